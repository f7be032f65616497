"""Files that would fill the memory or take for ever, and files half right: one sentence, soon, or what can be read."""

import gzip
import io
import os
import threading
import time
import zipfile

import numpy as np
import pytest

from dure.science.picture import written
from dure.science.prepare import read, reading_disk
from dure.science.prepare.mixing import mix
from dure.science.prepare.mixing_parts import files_in
from dure.science.prepare.reading_refusals import FileLocked
from dure.science.prepare.sounds import Wave, encoded
from dure.vocabulary import FileForbidden, FileProblem

MB = 2**20
WAVE = encoded(Wave(np.zeros((9, 1), np.float32), 8000.0))


def _zip_of(name, size):
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        for _ in range(size // MB):
            file.write(bytes(MB))
    return made.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_packed_bomb_is_refused_before_it_is_unpacked_whole(put, kind):
    zeros = bytes(280 * MB)
    packed = gzip.compress(zeros, 1) if kind == "gzip" else _zip_of("a.csv", 280 * MB)
    del zeros
    started = time.process_time()
    with pytest.raises(FileProblem, match="more than 200 times its size"):
        read([put(f"bomb.{kind}", packed)])
    assert time.process_time() - started < 5


def test_a_table_that_packs_well_is_read(put):
    rows = b"time,bar\n" + b"2024-03-05 14:05:00,1.5\n" * 200_000
    assert read([put("flat.csv.gz", gzip.compress(rows))]).frame.shape == (200_000, 2)


def test_a_line_of_two_hundred_megabytes_is_refused_soon(put):
    started = time.process_time()
    with pytest.raises(FileProblem, match="a line of 209,715,200 bytes that nothing divides"):
        read([put("line.csv", b"a,b\n" + b"x" * (200 * MB) + b"\n")])
    assert time.process_time() - started < 20


def test_files_of_several_encodings_are_one_table(tmp_path):
    rows = "온도,상태\n21.5,가동\n22.0,정지\n"
    for name, encoding in (("a", "utf-8-sig"), ("b", "cp949"), ("c", "utf-16")):
        (tmp_path / f"{name}.csv").write_bytes((rows * 1).encode(encoding))
    frame = mix([tmp_path]).table.frame
    assert frame.shape == (6, 2)
    assert set(frame["상태"].to_list()) == {"가동", "정지"}


def test_hundreds_of_tiny_files_are_one_table_in_seconds(tmp_path):
    for n in range(300):
        (tmp_path / f"{n}.csv").write_text(f"time,bar\n2024-03-05 14:{n // 60 % 60:02}:{n % 60:02},{n}.5\n")
    started = time.process_time()
    assert len(mix([tmp_path]).table.frame) == 300
    assert time.process_time() - started < 30
    assert [path.stem for path in files_in(tmp_path)][:3] == ["0", "1", "2"]


def test_too_many_columns_are_called_that(put):
    line = ",".join(f"c{n}" for n in range(30_000))
    with pytest.raises(FileProblem, match="a line of 30,000 columns, more than the 20,000"):
        read([put("wide.csv", f"{line}\n{line}\n")])


def test_a_quote_that_is_never_closed_is_called_that(put):
    with pytest.raises(FileProblem, match="a quote that is never closed"):
        read([put("quote.csv", 'a,b\n1,"x\n' + "1,2\n" * 100_000)])


def test_an_archive_under_a_password_is_locked_and_not_damaged(put):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    content = bytearray(made.getvalue())
    content[6] |= 1  # the bit of encryption, in the header of the member and in the list
    content[content.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileLocked, match="locked with a password"):
        read([put("locked.zip", bytes(content))])


def test_a_device_is_no_file():
    with pytest.raises(FileProblem, match="a device and no file"):
        read(["/dev/zero"])


def test_a_pipe_is_read_to_its_end_and_a_silent_one_is_refused_soon(tmp_path, monkeypatch):
    pipe = tmp_path / "line"
    os.mkfifo(pipe)
    monkeypatch.setattr(reading_disk, "WAIT_S", 0.3)
    with pytest.raises(FileProblem, match="is a pipe, and nothing came through it"):
        read([pipe])
    monkeypatch.setattr(reading_disk, "WAIT_S", 20.0)
    writer = threading.Thread(target=pipe.write_text, args=("a,b\n1,2\n3,4\n",))
    writer.start()
    assert read([pipe]).frame.rows() == [(1, 2), (3, 4)]
    writer.join()


@pytest.fixture
def nobody(tmp_path_factory):
    """A folder that all may look into, and a way to be nobody there: root may open everything."""
    folder = tmp_path_factory.mktemp("shared")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)
    (folder / "a.csv").write_text("a,b\n1,2\n")
    (folder / "a.wav").write_bytes(WAVE)
    (folder / "a.png").write_bytes(written(np.zeros((9, 9, 3), np.uint8)))
    for name in ("a.csv", "a.wav", "a.png"):
        read([folder / name])  # what reading needs is imported while we may
        (folder / name).chmod(0)
    (folder / "mine").mkdir(mode=0)
    os.seteuid(65534)
    yield folder
    os.seteuid(0)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another")
def test_what_may_not_be_opened_is_said_so_by_its_name(nobody):
    for name in ("a.csv", "a.wav", "a.png", "mine", "mine/a.csv", "mine/*.csv"):
        with pytest.raises(FileForbidden) as refused:
            read([nobody / name])
        assert refused.value.message == f"{nobody / name} may not be opened by you."
    with pytest.raises(FileForbidden):
        mix([nobody / "mine"])


def test_a_folder_that_may_not_be_looked_into_is_not_passed_over(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "theirs").mkdir()
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("theirs"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(FileForbidden, match=r"theirs may not be opened by you"):
        read([tmp_path])

"""Files that would fill the memory or take for ever, and files half right: one sentence, soon, or what can be read."""

import gzip
import io
import time
import zipfile

import pytest

from dure.science.prepare import read
from dure.science.prepare.mixing import mix
from dure.science.prepare.mixing_parts import files_in
from dure.vocabulary import FileProblem

MB = 2**20


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
    with pytest.raises(FileProblem):
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

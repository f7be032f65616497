"""Content is kept whole, once, bounded, and proved when it is read; a kill leaves no half."""

import hashlib
import os
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.transport import (
    Content,
    ContentAbsent,
    ContentDamaged,
    ContentNotWritten,
    ContentTooLarge,
    Keep,
    Reference,
    forgetting,
)


def test_what_was_put_is_got_and_written_once(tmp_path, recorded):
    picture = next((recorded / "pv-el-cells-elpv").glob("*.png")).read_bytes()
    content = Content(tmp_path)
    one = content.put(picture, "image/png", source="eye", part="A-17", trigger=5)
    inode = content.path(one.sha256).stat().st_ino
    two = Content(tmp_path).put(picture, "image/png", source="eye")
    assert one.sha256 == two.sha256 == hashlib.sha256(picture).hexdigest()
    assert content.path(one.sha256).stat().st_ino == inode
    assert content.get(one.sha256) == picture
    assert Reference.read(one.text).more == {"part": "A-17", "trigger": 5}
    assert oct(content.path(one.sha256).stat().st_mode & 0o777) == "0o600"


def test_a_changed_file_is_found_out_and_mended_by_the_same_content(tmp_path):
    content = Content(tmp_path)
    name = content.put(b"a picture", "image/png").sha256
    content.path(name).write_bytes(b"a pictur3")
    assert not content.verify(name)
    with pytest.raises(ContentDamaged):
        content.get(name)
    content.path(name).write_bytes(b"a pic")  # cut short, as by a power cut on a disk that lied
    content.put(b"a picture", "image/png")
    assert content.verify(name)


@pytest.mark.parametrize("name", ["", "..", "../../secret/node.json", "AB" * 32, "ab" * 31, "ab" * 32 + "/"])
def test_a_word_that_is_no_hash_names_nothing(tmp_path, name):
    content = Content(tmp_path)
    for ask in (content.path, content.get, content.hold, content.release):
        with pytest.raises(ContentAbsent):
            ask(name)


def test_the_oldest_go_when_a_source_has_too_much_and_what_is_held_stays(tmp_path):
    clock = iter(range(1000))
    content = Content(tmp_path, clock=lambda: next(clock))
    names = [content.put(bytes([n]) * 100, "x/y", source="eye").sha256 for n in range(10)]
    other = content.put(b"other", "x/y", source="ear").sha256
    content.hold(names[0])
    due = content.due("eye", Keep(size=500))
    assert [entry.sha256 for entry in due] == names[1:6]
    assert content.forget("eye", due) == due
    assert [content.has(name) for name in names] == [True] + [False] * 5 + [True] * 4
    assert content.has(other)
    assert Content(tmp_path).size("eye") == 500
    content.release(names[0])
    assert [entry.sha256 for entry in content.due("eye", Keep(size=400))] == [names[0]]
    assert forgetting("eye", due, 0).facts["bytes"] == 500


def test_what_is_older_than_the_days_goes(tmp_path):
    now = [0.0]
    content = Content(tmp_path, clock=lambda: now[0])
    old = content.put(b"old", "x/y", source="eye").sha256
    now[0] = 86_400.0
    young = content.put(b"young", "x/y", source="eye").sha256
    now[0] = 1.5 * 86_400
    due = content.due("eye", Keep.of(0, 1))
    assert [entry.sha256 for entry in due] == [old]
    content.forget("eye", due)
    assert content.has(young)
    assert not content.has(old)


def test_content_that_another_source_brought_later_stays(tmp_path):
    clock = iter(range(100))
    content = Content(tmp_path, clock=lambda: next(clock))
    name = content.put(b"both", "x/y", source="eye").sha256
    content.put(b"both", "x/y", source="ear")
    due = content.due("eye", Keep(age=0.5))
    assert content.forget("eye", due) == []
    assert content.verify(name)
    assert content.size("eye") == 0


def test_a_disk_that_refuses_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    content = Content(tmp_path)

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ContentNotWritten, match="No space left"):
        content.put(b"a picture", "image/png", source="eye")
    assert not [
        path for path in (tmp_path / "content").rglob("*") if path.is_file() and path.parent.name != "of"
    ]


def test_too_much_at_once_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("dure.plant.transport.content.MOST_BYTES", 10)
    with pytest.raises(ContentTooLarge):
        Content(tmp_path).put(b"x" * 11, "x/y")


@given(st.text(max_size=300) | st.dictionaries(st.sampled_from(["sha256", "media", "bytes", "part"]), st.none() | st.integers() | st.text(max_size=80)).map(str))  # fmt: skip
def test_any_text_is_a_reference_or_none(text):
    found = Reference.read(text)
    assert found is None or Reference.read(found.text) == found


WRITER = """
import os, sys
from pathlib import Path
from dure.plant.transport import Content
content = Content(Path(sys.argv[1]))
while True:
    print(content.put(os.urandom(200_000), "x/y", source="eye").sha256, flush=True)
"""


@pytest.mark.parametrize("rounds", [6, pytest.param(200, marks=pytest.mark.soak)])
def test_a_killed_writer_loses_nothing_that_it_confirmed(tmp_path, rounds):
    content, confirmed = Content(tmp_path), []
    for turn in range(rounds):
        writing = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        confirmed.append(writing.stdout.readline().strip())
        stop = threading.Timer(0.02 + 0.013 * turn % 0.1, writing.send_signal, [signal.SIGKILL])
        stop.start()
        confirmed += [line.strip() for line in writing.stdout if len(line) == 65]
        writing.wait()
        writing.stdout.close()
    assert len(confirmed) >= rounds
    assert all(content.verify(name) for name in confirmed)
    whole = [path for path in content.folder.glob("??/*") if len(path.name) == 64]
    assert all(content.verify(path.name) for path in whole)
    listed = (content.folder / "of/eye").read_text()
    assert all(path.name in listed for path in whole)  # so that each is let go one day

"""Served over HTTP: parts, refusals, tricks; received with every chunk verified."""

import random
import subprocess
from http.client import HTTPConnection

import pytest
from django.test import RequestFactory

from dure.sharing.delivery import (
    Bearer,
    Chest,
    ChunkWrong,
    FileHeld,
    FileInto,
    ManifestWrong,
    Patience,
    SourceRefuses,
    SourceSilent,
    chunk_view,
    cut_bytes,
    opened,
    opened_near,
    receive,
)
from sharing.delivery.local import served

CHUNK = 4_096
CONTENT = random.Random(7).randbytes(5 * CHUNK) + b"the end"  # noqa: S311 - rows, not keys
CALM = Patience(tries=3, first=0.01, ceiling=0.02, timeout=5)


@pytest.fixture
def held(tmp_path):
    file = tmp_path / "rows"
    file.write_bytes(CONTENT)
    with FileHeld.of(file, CHUNK) as made:
        yield made


def view_of(held, allowed=lambda: True):
    return chunk_view(
        lambda one: held if one == "t1" else None,
        lambda request, _one: allowed() and request.headers.get("Authorization") == "Bearer good",
    )


def ask(view, words="", *, token="good", transfer="t1", method="get", **headers):  # noqa: S107 - a token of this test
    what, _, name = words.partition("/")
    request = getattr(RequestFactory(), method)("/", headers={"Authorization": f"Bearer {token}", **headers})
    return view(request, transfer, what, name)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize(
    ("asked", "status", "first", "end"),
    [
        ("", 200, 0, None), ("bytes=0-0", 206, 0, 1), ("bytes=4095-4096", 206, 4095, 4097), ("bytes=5000-", 206, 5000, None),
        ("bytes=-7", 206, len(CONTENT) - 7, None), ("bytes=0-999999999", 206, 0, None), ("rows=1-2", 200, 0, None),
    ],
)  # fmt: skip
def test_any_part_can_be_had(held, asked, status, first, end) -> None:
    answer = ask(view_of(held), **({"Range": asked} if asked else {}))
    if asked.startswith("rows"):
        assert body(answer) == CONTENT
        return
    assert answer.status_code == status
    assert body(answer) == CONTENT[first:end]
    assert int(answer["Content-Length"]) == len(CONTENT[first:end])


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", "bytes=9-3", "bytes=-0"])
def test_a_part_that_is_not_there_is_416(held, asked) -> None:
    assert ask(view_of(held), Range=asked).status_code == 416


def test_unknown_and_unauthorised_are_one_answer(held) -> None:
    view = view_of(held)
    answers = [
        ask(view, token="bad"), ask(view, transfer="other"), ask(view, "manifest", token=""), ask(view, "odd"),
        ask(view, "chunks/" + "a" * 64), ask(view, "chunks/../../etc/passwd"), ask(view, "token", method="post"),
        ask(view, "receipt", method="post"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers[:6]} == {404}
    assert len({answer.content for answer in answers[:6]}) == 1
    assert {answer.status_code for answer in answers[6:]} == {405}


def test_one_chunk_can_be_had_by_its_hash(held) -> None:
    assert body(ask(view_of(held), f"chunks/{held.manifest.chunks[1]}")) == CONTENT[CHUNK : 2 * CHUNK]


def test_an_end_of_the_agreement_ends_what_is_under_way(held) -> None:
    allowed, now = [True], [0.0]
    view = chunk_view(lambda _one: held, lambda _request, _one: allowed[0], clock=lambda: now[0])
    content = iter(ask(view).streaming_content)
    next(content)
    allowed[0], now[0] = False, 2.0
    with pytest.raises(ConnectionAbortedError):
        list(content)


def test_a_delivery_arrives_in_a_file_and_is_gone_on_with(held, tmp_path) -> None:
    into = FileInto(tmp_path / "got")
    into.partly.write_bytes(CONTENT[:CHUNK] + bytes(CHUNK) + CONTENT[2 * CHUNK : 3 * CHUNK] + b"half")
    with served(view_of(held)) as url:
        done = receive(url, "good", into, root=held.manifest.root, opener=opened_near, patience=CALM)
    assert (tmp_path / "got").read_bytes() == CONTENT
    assert (done.found, done.fetched) == (2, len(held.manifest.chunks) - 2)


def test_curl_takes_it_as_a_file(held, tmp_path) -> None:
    with served(view_of(held)) as url:
        subprocess.run(
            ["curl", "-sS", "-H", "Authorization: Bearer good", "-o", tmp_path / "got", url],
            check=True,
            timeout=30,
        )
    assert (tmp_path / "got").read_bytes() == CONTENT


def test_what_was_not_agreed_is_not_fetched(held, tmp_path) -> None:
    with served(view_of(held)) as url, pytest.raises(ManifestWrong):
        receive(url, "good", FileInto(tmp_path / "got"), root="0" * 64, opener=opened_near, patience=CALM)
    assert not (tmp_path / "got.part").exists()


def test_bytes_that_changed_are_refused_and_the_others_kept(held, tmp_path) -> None:
    with held.path.open("r+b") as file:
        file.seek(2 * CHUNK)
        file.write(b"!")
    into = FileInto(tmp_path / "got")
    with served(view_of(held)) as url, pytest.raises(ChunkWrong, match=held.manifest.chunks[2]):
        receive(url, "good", into, opener=opened_near, patience=CALM)
    into.close()
    assert not (tmp_path / "got").exists()
    assert (tmp_path / "got.part").read_bytes()[:CHUNK] == CONTENT[:CHUNK]


def test_a_source_cut_short_is_said(held, tmp_path) -> None:
    held.path.write_bytes(CONTENT[:CHUNK])
    into = FileInto(tmp_path / "got")
    with served(view_of(held)) as url, pytest.raises(SourceSilent):
        receive(url, "good", into, opener=opened_near, patience=CALM)
    into.close()


def test_a_wrong_token_is_refused(held, tmp_path) -> None:
    with served(view_of(held)) as url, pytest.raises(SourceRefuses):
        receive(url, "bad", FileInto(tmp_path / "got"), opener=opened_near, patience=CALM)


def test_nobody_there_is_said_after_some_patience(tmp_path) -> None:
    waits = []
    with pytest.raises(SourceSilent):
        receive(
            "http://127.0.0.1:9/t1",
            "good",
            FileInto(tmp_path / "got"),
            opener=opened_near,
            patience=CALM,
            sleep=waits.append,
        )
    assert waits == [0.01, 0.02]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://localhost/x", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/", "file:///etc/passwd", "ftp://x/", "https://user:pass@example.com/", "https://example.com/\r\nX: y", "",
        "https://example.com:99999/", "https://example.com/?a=b",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_not_opened(tmp_path, url) -> None:
    with pytest.raises(SourceSilent):
        receive(url, "good", FileInto(tmp_path / "got"), opener=opened, patience=CALM)


def test_a_full_disk_is_said_as_such(held) -> None:
    from dure.vocabulary import DiskFull

    class Full:
        def has(self, _manifest, _index):
            return False

        def put(self, _manifest, _index, _content):
            raise OSError(28, "No space left on device")

        def settle(self, _manifest):
            raise AssertionError

    with served(view_of(held)) as url, pytest.raises(DiskFull):
        receive(url, "good", Full(), opener=opened_near, patience=CALM)


def test_an_empty_thing_is_delivered_too(tmp_path) -> None:
    class Empty:
        manifest = cut_bytes([], CHUNK)

        def read(self, index):
            raise AssertionError(index)

    with served(view_of(Empty())) as url:
        receive(url, "good", FileInto(tmp_path / "got"), opener=opened_near, patience=CALM)
    assert (tmp_path / "got").read_bytes() == b""


def test_a_redirect_is_not_followed(tmp_path) -> None:
    from django.http import HttpResponseRedirect

    def view(_request, **_rest):
        return HttpResponseRedirect("http://169.254.169.254/")

    with served(view) as url, pytest.raises(SourceSilent, match="302"):
        receive(url, "good", FileInto(tmp_path / "got"), opener=opened_near, patience=CALM)


@pytest.mark.parametrize("length", ["", "-1", "x", "99999999999999999999", "70000"])
def test_a_question_of_an_odd_length_is_refused(held, length) -> None:
    view = chunk_view(lambda _one: held, lambda *_: True, receipt=lambda _one, _body: {})
    with served(view) as url:
        host, _, path = url.removeprefix("http://").partition("/")
        connection = HTTPConnection(host, timeout=5)
        connection.putrequest("POST", f"/{path}/receipt")
        if length:
            connection.putheader("Content-Length", length)
        connection.endheaders()
        with connection.getresponse() as answer:
            assert answer.status == 413
        connection.close()


def test_a_chest_takes_it_encrypted(held, tmp_path) -> None:
    chest = Chest(tmp_path / "sharing")
    with served(view_of(held)) as url:
        done = receive(url, Bearer("good"), chest.part("a"), opener=opened_near, patience=CALM)
        again = receive(url, Bearer("good"), chest.part("a"), opener=opened_near, patience=CALM)
    assert b"".join(chest.part("a", make=False).whole(done.manifest)) == CONTENT
    assert (again.fetched, again.found) == (0, len(done.manifest.chunks))

"""Chunks put to the consumer's address, and rows that go on as they come."""

import json
import threading
import time

import pytest
from django.http import HttpResponse

from dure.sharing.delivery import (
    Bounds,
    Chest,
    FileHeld,
    InboxFile,
    LiveGone,
    Patience,
    SourceRefuses,
    SourceSilent,
    Strip,
    Tally,
    follow,
    live_view,
    name_of,
    opened_near,
    push,
    push_whole,
    take_view,
)
from dure.sharing.delivery.streaming import told
from sharing.delivery.local import served

CONTENT = bytes(range(256)) * 100 + b"end"
CALM = Patience(tries=3, first=0.01, ceiling=0.02, timeout=5)


@pytest.fixture
def held(tmp_path):
    file = tmp_path / "rows"
    file.write_bytes(CONTENT)
    with FileHeld.of(file, 1_024) as made:
        yield made


def test_a_push_arrives_and_is_gone_on_with(held, tmp_path) -> None:
    done = []
    part = Chest(tmp_path / "sharing").part("a")
    inbox = InboxFile(tmp_path / "inbox.json", held.manifest.root, part, done.append)
    view = take_view(
        lambda one: inbox if one == "t1" else None,
        lambda request, _one: request.headers["Authorization"] == "Bearer good",
    )
    with served(view) as url:
        with pytest.raises(SourceSilent, match="ended"):
            push(
                url,
                "good",
                held,
                opener=opened_near,
                patience=CALM,
                goes_on=iter([True] * 10 + [False]).__next__,
            )
        # Another process takes it up: the inbox is read anew.
        inbox = InboxFile(tmp_path / "inbox.json", held.manifest.root, part, done.append)
        assert inbox.manifest() == held.manifest
        brought = push(url, "good", held, opener=opened_near, patience=CALM)
        with pytest.raises(SourceRefuses):
            push(url, "bad", held, opener=opened_near, patience=CALM)
    # 25,603 bytes of which the first 25,600 repeat four chunks: the same bytes are sent once.
    assert brought.fetched + brought.found == len(held.manifest.chunks)
    assert brought.found >= 10
    assert b"".join(part.whole(held.manifest)) == CONTENT
    assert done == [held.manifest]


def test_a_push_of_something_else_is_refused(held, tmp_path) -> None:
    inbox = InboxFile(tmp_path / "inbox.json", "0" * 64, Chest(tmp_path).part("a"))
    with (
        served(take_view(lambda _one: inbox, lambda *_: True)) as url,
        pytest.raises(SourceSilent, match="400"),
    ):
        push(url, "good", held, opener=opened_near, patience=CALM)


def test_bytes_under_another_name_are_refused(held, tmp_path) -> None:
    from django.test import RequestFactory

    inbox = InboxFile(tmp_path / "inbox.json", held.manifest.root, Chest(tmp_path).part("a"))
    view, put = take_view(lambda _one: inbox, lambda *_: True), RequestFactory().put
    assert view(put("/", b"x"), "t1", "chunks", held.manifest.chunks[0]).status_code == 404  # no manifest yet
    assert view(put("/", held.manifest.to_json()), "t1", "manifest").status_code == 200
    assert view(put("/", b"x"), "t1", "chunks", held.manifest.chunks[0]).status_code == 400
    for odd in (name_of(b"x"), "../../x", ""):
        assert view(put("/", b"x"), "t1", "chunks", odd).status_code == 404
    assert json.loads(view(RequestFactory().post("/"), "t1", "done").content)["whole"] is False
    assert view(RequestFactory().delete("/"), "t1", "chunks").status_code == 405


def test_a_sink_of_another_maker_gets_one_body(held) -> None:
    got = {}

    def view(request, **_rest):
        got["body"], got["token"] = request.read(), request.headers["X-Api-Key"]
        return HttpResponse(status=201)

    with served(view) as url:
        assert push_whole(url, {"X-Api-Key": "k"}, held, opener=opened_near) == 201
    assert got == {"body": CONTENT, "token": "k"}


def test_rows_are_followed_once_each_and_in_order() -> None:
    strip, got, given, taken = Strip(), [], Tally(), Tally()
    view = live_view(
        lambda one: strip if one == "t1" else None, lambda *_: True, bounds=Bounds(seconds=0.2, lines=30, beat=0.05),
    )  # fmt: skip

    def measure():
        for number in range(120):
            strip.add({"t": number, "온도": number / 3})
            time.sleep(0.003)

    def take(number, row):
        got.append((number, row["t"]))
        return number < 120

    with served(view) as url:
        thread = threading.Thread(target=measure)
        thread.start()
        # Broken off after 40 rows, and gone on with from the cursor.
        cursor = follow(
            url,
            "x",
            0,
            lambda n, row: take(n, row) and n < 40,
            opener=opened_near,
            patience=CALM,
            tally=taken,
        )
        cursor = follow(url, "x", cursor, take, opener=opened_near, patience=CALM, tally=taken)
        thread.join()
    assert cursor == 120
    assert got == [(number, number - 1) for number in range(1, 121)]
    for _number, written in strip.after(0, 0):
        given.add(written)
    assert (taken.root, taken.rows, taken.size) == (given.root, 120, given.size)


def test_rows_that_are_gone_are_said_so() -> None:
    strip = Strip(most=10)
    for number in range(30):
        strip.add({"t": number})
    assert (strip.first, strip.last) == (21, 30)
    with served(live_view(lambda _one: strip, lambda *_: True, bounds=Bounds(seconds=0.1))) as url:
        with pytest.raises(LiveGone) as gone:
            follow(url, "x", 5, lambda *_: True, opener=opened_near, patience=CALM)
        assert gone.value.facts["first"] == 21
        assert follow(url, "x", 20, lambda n, _row: n < 30, opener=opened_near, patience=CALM) == 30


def test_a_strip_is_bounded_in_bytes() -> None:
    strip = Strip(size=1_000)
    for number in range(100):
        strip.add({"t": "x" * 90, "n": number})
    assert strip.last == 100
    assert strip.last - strip.first < 10
    with pytest.raises(ValueError, match="no line"):
        strip.add({"t": "x" * 70_000})
    with pytest.raises(ValueError, match="JSON"):
        strip.add({"t": float("nan")})


def test_an_answer_ends_when_the_agreement_does() -> None:
    strip, asked = Strip(), iter([True, True, False])
    strip.add({"t": 1})
    clock = iter(range(100)).__next__
    lines = told(
        strip,
        0,
        Bounds(seconds=50, beat=0.01),
        lambda: float(clock()),
        goes_on=asked.__next__,
        passed=lambda *_: None,
    )
    assert list(lines) == [b'{"n":1,"row":{"t":1}}\n', b'{"n":1}\n']

"""Pictures travel before the samples that refer to them, proved by their hash, and once."""

import hashlib
import http.client
import ssl
import time
from contextlib import closing

import pytest

from dure.plant.edge.contents import OF, Incoming, WrongContent, referenced
from dure.plant.transport import Content, Frame, Kind, SegmentLog, batch, encode, read_log, samples
from dure.plant.transport import decode as decoded
from dure.vocabulary import Sample
from plant.edge.conftest import until

MOMENT = 1_790_000_000 * 10**9


def written(pair, pictures, log):
    content = Content(pair.box)
    for number, picture in enumerate(pictures):
        reference = content.put(picture, "image/png", source="eye", part=f"A-{number}")
        log.append(batch([Sample("eye/picture", MOMENT + number, text=reference.text)]))


def arrived(home):
    frames = [frame for _, frame in read_log(home / "segments/eye") if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES]  # fmt: skip
    return [one for frame in frames for one in samples(decoded(frame.payload))]


def test_pictures_are_on_the_node_before_their_samples(pair, recorded):
    pictures = [path.read_bytes() for path in sorted((recorded / "pv-el-cells-elpv").glob("*.png"))[:12]]
    pair.start("intake")
    pair.start("forward")
    node = Content(pair.node)
    with SegmentLog(pair.box / "segments/eye") as log:
        for start in range(0, 12, 3):
            written(pair, pictures[start : start + 3], log)
            for sample in arrived(pair.node):  # at no moment is there a sample whose picture is not there
                assert node.verify(referenced([Frame(Kind.SAMPLES, encode(batch([sample])))])[0])
            pair.kill("forward" if start % 2 else "intake")
            pair.start("forward" if start % 2 else "intake")
        until(lambda: len({one.text for one in arrived(pair.node)}) == len(pictures))
    for picture in pictures:
        assert node.get(hashlib.sha256(picture).hexdigest()) == picture


def test_a_picture_that_the_box_let_go_does_not_hold_up_what_follows(pair):
    with SegmentLog(pair.box / "segments/eye") as log:
        written(pair, [b"gone", b"there"], log)
        Content(pair.box).path(hashlib.sha256(b"gone").hexdigest()).unlink()
        pair.start("intake")
        pair.start("forward")
        until(lambda: len(arrived(pair.node)) == 2)
    assert not Content(pair.node).has(hashlib.sha256(b"gone").hexdigest())
    assert Content(pair.node).verify(hashlib.sha256(b"there").hexdigest())


def post(pair, path, body, token=None, source="eye"):
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    with closing(http.client.HTTPSConnection("127.0.0.1", pair.port, context=unchecked, timeout=10)) as link:
        token = token or pair.invitation.token
        link.request("POST", path, body, {"Authorization": f"Bearer {token}", OF: source})
        return link.getresponse().status


def test_what_is_not_what_its_name_says_is_refused(pair):
    pair.start("intake")
    own, other = hashlib.sha256(b"a picture").hexdigest(), hashlib.sha256(b"another").hexdigest()
    assert post(pair, f"/v1/content/{own}", b"a picture", token="guessed") == 401
    assert post(pair, f"/v1/content/{other}", b"a picture") == 400
    assert post(pair, "/v1/content/..%2f..%2fsecret%2fnode.json", b"a picture") == 400
    assert post(pair, f"/v1/content/{own}", b"a picture", source="../eye") == 400
    assert not (pair.node / "content").exists()
    assert post(pair, f"/v1/content/{own}", b"a picture") == 200
    assert Content(pair.node).get(own) == b"a picture"


def test_a_node_without_room_lets_the_box_wait(tmp_path, monkeypatch):
    from dure.plant.transport import DiskFull

    monkeypatch.setattr("dure.plant.edge.contents.SPARE", 1.0)
    with pytest.raises(DiskFull):
        Incoming(tmp_path).keep("eye", b"a picture")


def test_what_a_node_lets_go_is_in_the_log_first(tmp_path, monkeypatch):
    from dure.plant.transport import FORGOTTEN, Event, Keep

    monkeypatch.setattr("dure.plant.edge.contents.KEPT", Keep(size=25))
    incoming = Incoming(tmp_path)
    (tmp_path / "segments").mkdir()
    with SegmentLog(tmp_path / "segments/eye") as log:
        for number in range(4):
            incoming.keep("eye", bytes([number]) * 10)
        gone = incoming.trim("eye", log, time.time_ns())
    events = [Event.from_bytes(frame.payload) for _, frame in read_log(tmp_path / "segments/eye")]
    assert len(gone) == 2
    assert [event.what for event in events] == [FORGOTTEN]
    assert events[0].facts["contents"] == [entry.sha256 for entry in gone]


def test_a_body_that_does_not_end_is_cut(monkeypatch):
    import asyncio

    monkeypatch.setattr("dure.plant.edge.contents.MOST_BYTES", 1000)

    class Endless:
        async def iter_chunked(self, _size):
            while True:
                yield b"x" * 100

    class Request:
        content = Endless()

    async def taken():
        from pathlib import Path

        await Incoming(Path("/nowhere")).body(Request(), "ab" * 32)

    with pytest.raises(WrongContent):
        asyncio.run(taken())

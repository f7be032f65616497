"""Cameras on RTSP: the promise, the password, TLS, triggers and kills, against GStreamer's server."""

import asyncio
import signal
import time

import pytest

from dure.plant.connect import (
    AddressRefused,
    AuthorityUnknown,
    CredentialsRefused,
    PasswordInTheClear,
    Source,
    SourceOdd,
    SourceUnreachable,
    add_source,
)
from dure.plant.connect.camera.pictures import decoded
from dure.plant.connect.check import World, check
from dure.plant.transport import Content, Reference, SegmentLog, batch
from dure.vocabulary import Quality, Sample, SourceProblem
from plant.connect.modbus.test_lines import certificate  # noqa: F401 - a fixture

pytestmark = pytest.mark.peer


def references(rows):
    return [Reference.read(row["text"]) for row in rows if row["signal"] == "eye/picture"]


async def used(connector, do):
    try:
        return await do(connector)
    finally:
        await connector.close()


def test_a_stream_keeps_the_promise(rtsp, camera, proxy, tmp_path, home):
    link, nothing = proxy(rtsp().port), proxy(1)

    class Seen(float):
        """A measure of which only the sort is known before: the same as every number there."""

        def __eq__(self, other):
            return 0.0 < float(other) < 1.0

        __hash__ = float.__hash__

    world = World(
        open=lambda: camera(f"rtsp://127.0.0.1:{link.port}/line"),
        nowhere=lambda: camera(f"rtsp://127.0.0.1:{nothing.port}/line"),
        known=(Sample("eye/brightness", 0, Seen(0.5)), Sample("eye/sharpness", 0, Seen(0.5))),
        units={"eye/brightness": "1"},
        leave=link.cut,
        come_back=link.restore,
        patience=30.0,
    )
    asyncio.run(check(world, tmp_path / "log"))
    from plant.connect.conftest import Stored

    stored = Stored(tmp_path / "log")
    kept = references(stored.rows)
    assert kept
    assert all(Content(home).verify(one.sha256) for one in kept)
    assert all(decoded(Content(home).get(one.sha256)).shape == (300, 300, 3) for one in kept[:3])
    assert len([gap for gap in stored.gaps if gap.filled_by == "permanent"]) == 1  # the cut


def test_a_password_is_answered_by_digest_and_a_wrong_one_is_told(rtsp, camera):
    server = rtsp("hana", "s3cret")
    url = f"rtsp://127.0.0.1:{server.port}/line"
    facts = asyncio.run(used(camera(url, user="hana", secret="s3cret"), lambda one: one.identify()))
    assert facts["product"] == "GStreamer RTSP server, H264"
    for told in ({}, {"user": "hana", "secret": "wrong"}):
        with pytest.raises(CredentialsRefused) as refused:
            asyncio.run(used(camera(url, **told), lambda one: one.identify()))
        assert "wrong" not in str(refused.value)


def test_a_password_is_not_sent_in_the_clear_unless_allowed(rtsp, camera):
    server = rtsp("hana", "basic-s3cret")
    url = f"rtsp://127.0.0.1:{server.port}/line"
    told = {"user": "hana", "secret": "basic-s3cret"}
    with pytest.raises(PasswordInTheClear):
        asyncio.run(used(camera(url, **told), lambda one: one.identify()))
    asyncio.run(used(camera(url, clear_password=True, **told), lambda one: one.identify()))


def test_over_tls_the_certificate_is_checked_and_the_picture_is_read(rtsp, camera, certificate):  # noqa: F811
    server = rtsp("hana", "basic-s3cret", str(certificate / "both.pem"))
    url = f"rtsps://localhost:{server.port}/line"
    told = {"user": "hana", "secret": "basic-s3cret"}
    with pytest.raises(AuthorityUnknown):
        asyncio.run(used(camera(url, **told), lambda one: one.identify()))
    facts = asyncio.run(
        used(camera(url, ca=str(certificate / "device.pem"), **told), lambda one: one.identify())
    )
    assert facts["security"] == "TLS"


def test_what_is_no_camera_is_refused_in_one_sentence(camera, rtsp):
    with pytest.raises(SourceUnreachable):
        asyncio.run(used(camera("rtsp://127.0.0.1:1/line"), lambda one: one.browse(5)))
    with pytest.raises(SourceOdd):
        asyncio.run(used(camera(f"rtsp://127.0.0.1:{rtsp().port}/none"), lambda one: one.browse(5)))
    with pytest.raises(AddressRefused):
        asyncio.run(used(camera("rtsp://127.0.0.1:99999999/a b"), lambda one: one.browse(5)))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"RTSP/1.0 abc\r\n\r\n",
        b"X" * 200_000,
        bytes(range(256)) * 40,
    ],
)
def test_odd_answers_of_a_server_are_refusals(camera, answer):
    async def ask():
        async def answered(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(answered, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            await used(camera(f"rtsp://127.0.0.1:{port}/line", timeout=2.0), lambda one: one.browse(5))
        finally:
            server.close()

    with pytest.raises(SourceProblem) as refused:
        asyncio.run(ask())
    assert "eye" in str(refused.value)


def test_a_picture_is_taken_when_a_signal_turns_true_with_the_part_of_another(
    rtsp, home, collector, stored, wait
):
    add_source(home, Source("eye", f"rtsp://127.0.0.1:{rtsp().port}/line", {"trigger": "signal:plc/InPlace", "part_from": "plc/Part", "late": 5}))  # fmt: skip
    (home / "segments").mkdir(parents=True)
    with SegmentLog(home / "segments/plc") as log:

        def told(place, part):
            now = time.time_ns()
            log.append(batch([Sample("plc/Part", now, text=part), Sample("plc/InPlace", now, place, quality=Quality.GOOD)], received=now))  # fmt: skip
            return now

        told(1.0, "A-0")  # it stands there already: no picture
        running = collector("eye")
        wait(lambda: running.status()["state"] == "collecting")
        moments = {}
        for part in ("A-1", "A-2", "A-3"):
            told(0.0, part)
            time.sleep(0.15)
            moments[part] = told(1.0, part)
            wait(
                lambda part=part: any(one.more.get("part") == part for one in references(stored("eye").rows))
            )
    found = references(stored("eye").rows)
    assert {one.more["part"]: one.more["trigger"] for one in found} == moments
    assert all(Content(home).verify(one.sha256) for one in found)


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.soak)])
def test_a_collector_killed_while_grabbing_leaves_no_sample_without_its_picture(  # noqa: PLR0917 - fixtures
    rtsp, home, collector, stored, wait, rounds
):
    add_source(home, Source("eye", f"rtsp://127.0.0.1:{rtsp().port}/line", {"period": 0.05}))
    seen = 0
    for turn in range(rounds):
        running = collector("eye")
        wait(lambda seen=seen: len(references(stored("eye").rows)) > seen + 5)
        time.sleep(0.037 * turn % 0.3)
        running.stop(signal.SIGKILL)
        before, seen = seen, len(references(stored("eye").rows))
        assert seen > before
    content = Content(home)
    kept = references(stored("eye").rows)
    assert all(content.verify(one.sha256) for one in kept)
    gaps = [gap for gap in stored("eye").gaps if gap.cause == "the collector was not running"]
    assert len(gaps) == rounds - 1

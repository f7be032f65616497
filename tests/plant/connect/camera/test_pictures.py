"""Pictures from folders, over HTTP and by ONVIF; malformed ones; what is taken at a trigger, and kept within bounds."""

import asyncio
import base64
import json
import random
import shutil
import threading
import time
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plant.connect import CredentialsRefused, PasswordInTheClear, Source, SourceOdd, add_source
from dure.plant.connect.camera import CameraSettings
from dure.plant.connect.camera.digest import authorization
from dure.plant.connect.camera.onvif import answer_of, discover
from dure.plant.connect.camera.pictures import PictureRefused, Shot, change, decoded, developed
from dure.plant.connect.camera.soap import XmlRefused, digest, parsed
from dure.plant.connect.check import World, check
from dure.plant.transport import FORGOTTEN, Content, Event, Frame, Kind, Reference, read_log
from dure.vocabulary import Sample, SourceProblem
from peers.servers import free_port

MOMENT = 1_767_323_045 * 10**9


def references(stored, name="eye/picture"):
    return [Reference.read(row["text"]) for row in stored.rows if row["signal"] == name]


@pytest.fixture
def cells(recorded):
    return sorted((recorded / "pv-el-cells-elpv").glob("*.png"))


class Seen(float):
    """A measure of which only the sort is known before."""

    def __eq__(self, other):
        return 0.0 < float(other) < 1.0

    __hash__ = float.__hash__


def test_a_folder_keeps_the_promise(camera, cells, tmp_path):
    folder, away = tmp_path / "aoi", tmp_path / "aoi-away"
    folder.mkdir()
    for number, cell in enumerate(cells[:3]):
        shutil.copy(cell, folder / f"A-{number}_top_2026010203040{5 + number}.png")
    text = Content(tmp_path).put(cells[0].read_bytes(), "image/png", part="A-0", file="A-0_top_20260102030405.png", width=300, height=300).text  # fmt: skip
    told = {"pattern": "{part}_{view}_{time}.png"}
    world = World(
        open=lambda: camera(f"camera+file://{folder}", **told),
        nowhere=lambda: camera(f"camera+file://{tmp_path}/nowhere"),
        known=(
            Sample("eye/top/picture", MOMENT, text=text),
            Sample("eye/top/sharpness", MOMENT + 10**9, Seen(0.5)),
        ),
        leave=lambda: folder.rename(away),
        come_back=lambda: away.rename(folder),
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_recorded_pictures_of_two_lines_are_kept_as_they_are(  # noqa: PLR0917 - fixtures
    recorded, home, collector, stored, wait, tmp_path
):
    tiles = sorted((recorded / "surface-magnetic-tile").rglob("*.jpg"))[:15]
    people = sorted((recorded / "safety-ppe-photos").glob("*.jpg"))[:5]
    assert tiles
    assert people
    folder = tmp_path / "drop"
    folder.mkdir()
    for file in (*tiles, *people):
        shutil.copy(file, folder / f"{file.parent.name[:3]}-{file.name}")
    (folder / "broken.jpg").write_bytes(people[0].read_bytes()[:400])
    add_source(home, Source("eye", f"camera+file://{folder}", {"settle": 0.1, "pattern": "{part}.*"}))
    collector("eye")
    wait(lambda: len(references(stored("eye"))) == 21)
    kept, content = references(stored("eye")), Content(home)
    given = {file.read_bytes() for file in (*tiles, *people)}
    assert {content.get(one.sha256) for one in kept if one} == given
    bad = [row for row in stored("eye").rows if row["quality"] == 2]
    assert [row["text"] for row in bad] == [None]
    assert all(one.more["part"] for one in kept if one)


def test_a_killed_collector_reads_each_file_of_the_folder_once(  # noqa: PLR0917 - fixtures
    cells, home, collector, stored, wait, tmp_path
):
    folder = tmp_path / "drop"
    folder.mkdir()
    add_source(home, Source("eye", f"camera+file://{folder}", {"settle": 0.0, "pattern": "{part}_{time}.png", "period": 0.05}))  # fmt: skip
    for turn in range(2):
        running = collector("eye")
        for number in range(12):
            place = turn * 12 + number
            shutil.copy(cells[place % len(cells)], folder / f".{place}")
            (folder / f".{place}").rename(folder / f"P{place}_{1_767_323_045 + place}.png")
        wait(lambda turn=turn: len(references(stored("eye"))) > turn * 12 + turn * 3)
        running.process.kill()
        running.process.wait()
    collector("eye")
    wait(lambda: {one.more["part"] for one in references(stored("eye"))} == {f"P{n}" for n in range(24)})
    rows = [row for row in stored("eye").rows if row["signal"] == "eye/picture"]
    assert len({(row["time"], row["sequence"]) for row in rows}) == 24
    assert all(Content(home).verify(one.sha256) for one in references(stored("eye")))


def test_the_oldest_pictures_go_and_each_deletion_is_an_event(cells, home, collector, stored, wait, tmp_path):  # noqa: PLR0917 - fixtures
    folder = tmp_path / "drop"
    folder.mkdir()
    some = cells[:20]
    for number, cell in enumerate(some):
        shutil.copy(cell, folder / f"P{number:02d}_{1_767_323_045 + number}.png")
    total = sum(cell.stat().st_size for cell in some)
    add_source(home, Source("eye", f"camera+file://{folder}", {"settle": 0.0, "pattern": "{part}_{time}.png", "period": 0.1, "keep": total / 2 / 1e9}))  # fmt: skip
    collector("eye")
    wait(lambda: len(references(stored("eye"))) == 20)
    shutil.copy(cells[21], folder / f"P99_{1_767_323_045 + 99}.png")
    time.sleep(5.2)  # it is looked at every five seconds
    shutil.copy(cells[22], folder / f"P98_{1_767_323_045 + 98}.png")

    def forgotten():
        frames = (frame for _, frame in read_log(home / "segments/eye"))
        events = [
            Event.from_bytes(f.payload) for f in frames if isinstance(f, Frame) and f.kind is Kind.EVENT
        ]
        return [name for event in events if event.what == FORGOTTEN for name in event.facts["contents"]]

    wait(lambda: forgotten() and Content(home).size("eye") <= total / 2)
    there = {path.name for path in (home / "content").glob("??/*")}
    assert {one.sha256 for one in references(stored("eye"))} - there == set(forgotten())
    assert sum(path.stat().st_size for path in (home / "content").glob("??/*")) <= total / 2


class Web(ThreadingHTTPServer):
    """A camera that is asked over HTTP, with the password by Digest or Basic."""

    def __init__(self, pictures, scheme=""):
        self.pictures, self.asked = pictures, []
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                told = self.headers.get("Authorization", "")
                outer.asked.append(told)
                if scheme and not told:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", scheme)
                    self.end_headers()
                    return
                if scheme.startswith("Digest"):
                    own = authorization([scheme], method="GET", uri=self.path, user="hana", password="s3cret", clear=False, nonce=told.split('cnonce="')[1].split('"')[0])  # fmt: skip
                    if own != told:
                        self.send_response(401)
                        self.end_headers()
                        return
                body = outer.pictures[len(outer.asked) % len(outer.pictures)]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"camera+http://127.0.0.1:{self.server_port}/snapshot.png"


async def read(connector):
    try:
        return await connector.read(await connector.browse(10))
    finally:
        await connector.close()


def test_a_picture_is_asked_over_http_with_a_digest_and_never_with_a_clear_password(camera, cells):
    pictures = [cells[0].read_bytes()]
    open_, digests = (
        Web(pictures),
        Web(pictures, 'Digest realm="eye", nonce="abc", qop="auth", algorithm=SHA-256'),
    )
    basic = Web(pictures, 'Basic realm="eye"')
    try:
        text, *_ = asyncio.run(read(camera(open_.url)))
        assert Reference.read(text.text).bytes == len(pictures[0])
        asyncio.run(read(camera(digests.url, user="hana", secret="s3cret")))
        with pytest.raises(CredentialsRefused):
            asyncio.run(read(camera(digests.url, user="hana", secret="wrong")))
        with pytest.raises(PasswordInTheClear):
            asyncio.run(read(camera(basic.url, user="hana", secret="s3cret")))
        assert not any("Basic" in told for told in basic.asked)
        with pytest.raises(SourceOdd):
            asyncio.run(read(camera(open_.url, largest=0.01)))
    finally:
        for server in (open_, digests, basic):
            server.shutdown()
            server.server_close()


def test_only_what_changed_is_kept_and_a_program_of_this_machine_triggers(
    cells, home, collector, stored, wait
):
    still, port = Web([cells[0].read_bytes()]), free_port()
    add_source(home, Source("eye", still.url, {"period": 0.05, "change": 2.0}))
    add_source(home, Source("called", still.url, {"trigger": f"http:{port}"}))
    first, second = collector("eye"), collector("called")
    try:
        wait(lambda: len(references(stored("eye"))) == 1 and second.status()["state"] == "collecting")
        wait(lambda: len(still.asked) > 20)
        assert len(references(stored("eye"))) == 1
        still.pictures[:] = [cells[40].read_bytes()]
        wait(lambda: len(references(stored("eye"))) == 2)
        told = urllib.request.Request(f"http://127.0.0.1:{port}/trigger", b"LOT-4", method="POST")
        with urllib.request.urlopen(told, timeout=10) as answer:  # noqa: S310 - our own address
            said = json.load(answer)
        assert said["part"] == "LOT-4"
        assert Content(home).verify(said["sha256"])
        assert [one.more["part"] for one in references(stored("called"), "called/picture")] == ["LOT-4"]
        from_a_page = urllib.request.Request(
            f"http://127.0.0.1:{port}/trigger", b"", {"Origin": "http://evil"}
        )
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(from_a_page, timeout=10)  # noqa: S310 - our own address
    finally:
        first.process.kill()
        still.shutdown()
        still.server_close()


def test_a_file_that_is_written_triggers_and_names_the_part(cells, home, collector, stored, wait, tmp_path):  # noqa: PLR0917 - fixtures
    web, calls = Web([cells[0].read_bytes()]), tmp_path / "call.txt"
    calls.write_text("OLD")
    add_source(home, Source("eye", web.url, {"trigger": f"file:{calls}", "part": "L1-{word}"}))
    running = collector("eye")
    try:
        wait(lambda: running.status()["state"] == "collecting")
        beside = tmp_path / "beside"
        beside.write_text("A-17\n")
        beside.replace(calls)
        wait(lambda: references(stored("eye")))
        assert [one.more["part"] for one in references(stored("eye"))] == ["L1-A-17"]
    finally:
        web.shutdown()
        web.server_close()


ROUNDS = 400


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(100_000, marks=pytest.mark.soak)])
def test_a_damaged_picture_is_refused_and_never_more(recorded, cells, rounds):
    chance = random.Random(4)  # noqa: S311 - chance here hides no secret
    whole = [cells[0].read_bytes(), next((recorded / "surface-magnetic-tile").rglob("*.jpg")).read_bytes()]
    for _ in range(rounds):
        broken = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 30)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        del broken[chance.randrange(10, len(broken)) :]
        try:
            picture = developed(Shot(0, content=bytes(broken)), CameraSettings())
        except PictureRefused:
            continue
        assert picture.width * picture.height <= 100_000_000


def test_a_picture_that_would_fill_the_memory_is_refused():
    import struct
    import zlib

    def part(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    with pytest.raises(PictureRefused):
        decoded(b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b""))


def test_pictures_are_made_smaller_and_written_anew_when_asked(cells):
    shot = Shot(0, content=cells[0].read_bytes())
    small = developed(shot, CameraSettings(width=100, format="jpeg", quality=80))
    assert (small.width, small.height, small.media) == (100, 100, "image/jpeg")
    assert decoded(small.content).shape == (100, 100, 3)
    other = developed(Shot(0, content=cells[40].read_bytes()), CameraSettings())
    assert change(developed(shot, CameraSettings()).grey, other.grey) > 2
    blurred = developed(Shot(0, frame=_blurred(decoded(shot.content))), CameraSettings())
    assert blurred.features["sharpness"] < developed(shot, CameraSettings()).features["sharpness"] / 2


def _blurred(frame):
    import cv2

    return cv2.GaussianBlur(frame, (9, 9), 3)


@pytest.mark.parametrize(
    "answer",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
        b"<a>" * 30_000,
        b"not xml",
        b"x" * 600_000,
    ],
)
def test_xml_that_is_a_trap_is_refused(answer):
    with pytest.raises(XmlRefused):
        parsed(answer)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_xml_or_refused(answer):
    with suppress(XmlRefused):
        parsed(answer)


class Onvif(ThreadingHTTPServer):
    """The answers of ONVIF's device and media service, as the standard words them; the digest is checked."""

    def __init__(self, stream, password="s3cret"):  # noqa: S107 - of a camera that the test itself is
        outer = self
        self.tokens = []

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = parsed(self.rfile.read(int(self.headers["Content-Length"])))
                words = {element.tag.rpartition("}")[2]: element for element in asked.iter()}
                name = next(name for name in BODIES if name in words)
                body, status = BODIES[name].format(stream=stream), 200
                if name != "GetSystemDateAndTime":
                    told = (
                        {key: words[key].text for key in ("Password", "Nonce", "Created")}
                        if "Nonce" in words
                        else {}
                    )
                    right = told and told["Password"] == digest(password, base64.b64decode(told["Nonce"]), told["Created"])  # fmt: skip
                    outer.tokens.append(told.get("Created"))
                    if not right:
                        body, status = "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>", 400  # fmt: skip
                whole = f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:ter="t" xmlns:tt="u" xmlns:tds="v" xmlns:trt="w"><s:Body>{body}</s:Body></s:Envelope>'.encode()  # fmt: skip
                self.send_response(status)
                self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()


BODIES = {
    "GetSystemDateAndTime": "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>16</tt:Hour><tt:Minute>20</tt:Minute><tt:Second>9</tt:Second></tt:Time><tt:Date><tt:Year>2020</tt:Year><tt:Month>4</tt:Month><tt:Day>9</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>",
    "GetDeviceInformation": "<tds:GetDeviceInformationResponse><tds:Manufacturer>Acme</tds:Manufacturer><tds:Model>Eye 4</tds:Model><tds:FirmwareVersion>1.2</tds:FirmwareVersion></tds:GetDeviceInformationResponse>",
    "GetCapabilities": "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://192.168.0.1/onvif/media</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>",
    "GetProfiles": '<trt:GetProfilesResponse><trt:Profiles token="main" fixed="true"><tt:Name>m</tt:Name></trt:Profiles><trt:Profiles token="sub"/></trt:GetProfilesResponse>',
    "GetStreamUri": "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{stream}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>",
}


@pytest.mark.peer
def test_onvif_leads_to_the_stream_of_the_host_that_was_asked(rtsp, camera):
    stream = rtsp("hana", "s3cret")
    device = Onvif(f"rtsp://192.168.0.1:{stream.port}/line")  # the name it gives itself behind a router
    url = f"camera+onvif://127.0.0.1:{device.server_port}"

    async def visit(connector):
        try:
            return await connector.identify()
        finally:
            await connector.close()

    try:
        facts = asyncio.run(visit(camera(url, user="hana", secret="s3cret", profile="sub")))
        assert facts == {"product": "Acme Eye 4", "version": "1.2", "security": "none"}
        assert all(
            created.startswith("2020-04-09T16:20:") for created in device.tokens
        )  # dated by the camera's clock
        with pytest.raises(CredentialsRefused):
            asyncio.run(visit(camera(url, user="hana", secret="wrong")))
        with pytest.raises(SourceProblem, match="main, sub"):
            asyncio.run(visit(camera(url, user="hana", secret="s3cret", profile="third")))
    finally:
        device.shutdown()
        device.server_close()


def test_discovery_takes_answers_to_its_own_question_that_lead_where_they_came_from():
    told = '<e xmlns:a="b"><a:RelatesTo>{asked}</a:RelatesTo><ProbeMatch><Scopes>onvif://www.onvif.org/name/Eye4</Scopes><XAddrs>http://10.9.9.9/x http://{host}:8000/onvif/device_service</XAddrs></ProbeMatch></e>'  # fmt: skip
    own = told.format(asked="urn:uuid:1", host="127.0.0.1").encode()
    assert (
        answer_of(own, "urn:uuid:1", "127.0.0.1").url == "camera+onvif://127.0.0.1:8000/onvif/device_service"
    )
    assert answer_of(own, "urn:uuid:2", "127.0.0.1") is None
    assert answer_of(own, "urn:uuid:1", "127.0.0.2") is None

    async def round_trip():
        loop = asyncio.get_running_loop()

        class Camera(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, addr):
                asked = next(one.text for one in parsed(data).iter() if one.tag.endswith("MessageID"))
                self.transport.sendto(b"garbage", addr)
                self.transport.sendto(told.format(asked=asked, host="127.0.0.1").encode(), addr)

        transport, _ = await loop.create_datagram_endpoint(Camera, local_addr=("127.0.0.1", 0))
        try:
            return await discover(seconds=0.5, group=transport.get_extra_info("sockname"))
        finally:
            transport.close()

    (seen,) = asyncio.run(round_trip())
    assert (seen.name, seen.url) == ("Eye4", "camera+onvif://127.0.0.1:8000/onvif/device_service")

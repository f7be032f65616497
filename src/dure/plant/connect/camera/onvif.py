"""ONVIF: cameras found on the local network, and the stream address of one (ONVIF Core 21.06, Media 1)."""

import asyncio
import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape

from dure.plant.connect import CredentialsRefused, Place, SourceOdd
from dure.plant.connect.camera.settings import CameraSettings
from dure.plant.connect.camera.snapshot import Snapshot
from dure.plant.connect.camera.soap import KIND, XmlRefused, envelope, local, parsed, texts
from dure.vocabulary import Text

GROUP = ("239.255.255.250", 3702)
"""Where WS-Discovery 1.1 asks (OASIS, 2.4)."""
MOST_CAMERAS = 200
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"


@dataclass(frozen=True, slots=True)
class Seen:
    """A camera that answered: its address for `dure connect add`, and its name if it told one."""

    url: str
    name: str = ""


async def discover(*, seconds: float = 3.0, most: int = 50, group: tuple[str, int] = GROUP) -> list[Seen]:
    """Cameras of the local network that answer within `seconds`, at most `most`; one question, no scan.

    Only answers are read that name the question; an address is taken only if it leads to the host that answered.
    """
    loop = asyncio.get_running_loop()
    asked = f"urn:uuid:{uuid.UUID(bytes=secrets.token_bytes(16))}"
    transport, answers = await loop.create_datagram_endpoint(
        lambda: _Answers(asked, most),
        local_addr=("0.0.0.0", 0),  # noqa: S104 - answers come by the interface that has the route
    )
    try:
        transport.sendto(probe(asked), group)
        await asyncio.sleep(min(max(seconds, 0.1), 30.0))
    finally:
        transport.close()
    return list(answers.seen.values())


def probe(asked: str) -> bytes:
    """The question for cameras (WS-Discovery 1.0 of April 2005, as ONVIF Core 7.3 wants it)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
        ' xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
        f"<w:MessageID>{asked}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
        "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
        "<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
    ).encode()


def answer_of(answer: bytes, asked: str, host: str) -> Seen | None:
    """The camera that an answer tells of, None if it is not one to our question.

    Raises
    ------
    XmlRefused
    """
    tree = parsed(answer)
    if asked not in texts(tree, "RelatesTo"):
        return None
    for address in " ".join(texts(tree, "XAddrs")).split():
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname == host:
            scopes = " ".join(texts(tree, "Scopes")).split()
            name = next((scope.rpartition("/")[2] for scope in scopes if "/name/" in scope), "")
            return Seen(f"camera+onvif{'s' if parts.scheme == 'https' else ''}://{parts.netloc}{parts.path}", name[:80])  # fmt: skip
    return None


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, asked: str, most: int) -> None:
        self.seen: dict[str, Seen] = {}
        self._asked, self._most = asked, min(most, MOST_CAMERAS)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take one answer."""
        try:
            found = answer_of(data, self._asked, str(addr[0]))
        except (XmlRefused, ValueError):
            return
        if found is not None and len(self.seen) < self._most:
            self.seen[found.url] = found


async def stream_address(place: Place, settings: CameraSettings) -> tuple[str, dict[str, str]]:
    """RTSP address of the camera's profile, and maker and model as it tells them.

    The address leads to the camera's own host, whatever name it gives itself: the password goes nowhere else.

    Raises
    ------
    SourceProblem
    """
    scheme, _, rest = place.url.partition("://")
    secured = scheme.endswith("onvifs")
    parts = urlsplit(f"http{'s' if secured else ''}://{rest}")
    device = urlunsplit(parts._replace(path=parts.path if len(parts.path) > 1 else "/onvif/device_service"))
    # The token of WS-Security is a digest of its own, so that HTTP is asked for no password unless it wants one.
    asking = Snapshot(place, settings, device)
    try:
        onvif = _Onvif(asking, place, settings)
        facts = await onvif.identified(device)
        media = await onvif.media(device)
        profile = await onvif.profile(media)
        uri = urlsplit(await onvif.uri(media, profile))
    finally:
        await asking.close()
    if uri.scheme not in ("rtsp", "rtsps") or not parts.hostname:
        raise SourceOdd(asking.where, why=Text("it names no RTSP address", "RTSP 주소를 알려 주지 않습니다"))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit(uri._replace(netloc=f"{host}:{uri.port}" if uri.port else host)), facts


@dataclass(slots=True)
class _Onvif:
    asking: Snapshot
    place: Place
    settings: CameraSettings
    behind: float = 0.0

    async def identified(self, device: str) -> dict[str, str]:
        """Maker and model; its clock first, since a token is dated by it (Core 5.9.1: GetSystemDateAndTime is open)."""
        clock = await self._ask(device, f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>', open_=True)
        self.behind = _clock(clock) - time.time()
        told = await self._ask(device, f'<GetDeviceInformation xmlns="{_DEVICE}"/>')
        names = {"manufacturer": "Manufacturer", "model": "Model", "version": "FirmwareVersion"}
        return {own: next(iter(texts(told, name)), "")[:80] for own, name in names.items()}

    async def media(self, device: str) -> str:
        """Address of the media service, on the host that was asked."""
        told = await self._ask(device, f'<GetCapabilities xmlns="{_DEVICE}"><Category>Media</Category></GetCapabilities>')  # fmt: skip
        found = next((texts(element, "XAddr") for element in told.iter() if local(element) == "Media"), [])
        path = urlsplit(found[0]).path if found else "/onvif/media_service"
        return urlunsplit(urlsplit(device)._replace(path=path or "/onvif/media_service"))

    async def profile(self, media: str) -> str:
        """Token of the wanted profile, else of the first."""
        told = await self._ask(media, f'<GetProfiles xmlns="{_MEDIA}"/>')
        tokens = [one.get("token", "")[:64] for one in told.iter() if local(one) == "Profiles"]
        wanted = self.settings.profile
        if not tokens or (wanted and wanted not in tokens):
            shown = ", ".join(tokens[:20]) or "–"
            raise SourceOdd(
                self.asking.where, why=Text(f"its profiles are {shown}", f"프로파일 목록: {shown}")
            )
        return wanted or tokens[0]

    async def uri(self, media: str, profile: str) -> str:
        """Address of the stream."""
        told = await self._ask(
            media,
            f'<GetStreamUri xmlns="{_MEDIA}" xmlns:t="http://www.onvif.org/ver10/schema"><StreamSetup>'
            "<t:Stream>RTP-Unicast</t:Stream><t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></StreamSetup>"
            f"<ProfileToken>{escape(profile)}</ProfileToken></GetStreamUri>",
        )
        return next(iter(texts(told, "Uri")), "")

    async def _ask(self, url: str, body: str, *, open_: bool = False) -> Any:
        user = "" if open_ else self.settings.user
        question = envelope(body, user, self.place.password or "", now=time.time() + self.behind)
        try:
            told = parsed(await self.asking.ask("POST", url, question, KIND, faults=True))
        except XmlRefused as odd:
            raise SourceOdd(
                self.asking.where, why=Text(f"no ONVIF: {odd}", f"ONVIF가 아닙니다: {odd}")
            ) from odd
        if any(local(one) == "Fault" for one in told.iter()):
            said = " ".join([*texts(told, "Value"), *texts(told, "Text")])[:200]
            if "NotAuthorized" in said:
                raise CredentialsRefused(self.asking.where, user=user or "–")
            raise SourceOdd(self.asking.where, why=said or "Fault")
        return told


def _clock(told: Any) -> float:
    """The camera's clock [s since 1970 UTC], ours where it tells none that can be."""
    utc = next((one for one in told.iter() if local(one) == "UTCDateTime"), None)
    if utc is None:
        return time.time()
    try:
        numbers = [int(texts(utc, name)[0]) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
        return datetime(*numbers, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type] # six numbers
    except (AttributeError, IndexError, ValueError, TypeError):
        return time.time()

"""What an RTSP server says of itself before a stream is opened: RFC 2326, OPTIONS and DESCRIBE, and SDP (RFC 8866)."""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from dure.plant.connect import (
    AddressRefused,
    AuthorityUnknown,
    CredentialsRefused,
    PasswordInTheClear,
    Place,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.plant.connect.camera.digest import OnlyInTheClear, authorization
from dure.plant.connect.camera.settings import CameraSettings
from dure.vocabulary import Text

PORTS = {"rtsp": 554, "rtsps": 322}
MOST_HEADERS = 64
MOST_SDP = 64 * 1024
EXAMPLE = "rtsp://192.168.0.20/stream1"


@dataclass(frozen=True, slots=True)
class Described:
    """What stands behind an address: the server by its own name, and the codec of the picture, as RTP names it."""

    server: str
    codec: str


def split(url: str, source: str) -> tuple[str, int, str]:
    """Host, port and the address as the server knows it.

    Raises
    ------
    AddressRefused
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port = None, 0
    if not host or not port or any(ord(sign) < 33 for sign in url):
        raise AddressRefused(url, source=source, example=EXAMPLE)
    return host, port, url


def context(settings: CameraSettings) -> ssl.SSLContext:
    """TLS that takes a certificate only from an authority this node, or `ca`, knows."""
    return ssl.create_default_context(cafile=settings.ca or None)


async def opened(
    place: Place, settings: CameraSettings, url: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the camera.

    Raises
    ------
    SourceUnreachable, SourceSilent, AuthorityUnknown
    """
    host, port, _ = split(url, place.source)
    where = f"{place.source} ({host}:{port})"
    secured = context(settings) if url.startswith("rtsps:") else None
    try:
        return await asyncio.wait_for(
            asyncio.open_connection(host, port, ssl=secured, limit=MOST_SDP), settings.timeout
        )
    except TimeoutError:
        raise SourceSilent(where, seconds=f"{settings.timeout:g}") from None
    except ssl.SSLCertVerificationError as unknown:
        raise AuthorityUnknown(where, why=unknown.verify_message) from unknown
    except OSError as refused:
        raise SourceUnreachable(where, why=refused.strerror or str(refused)) from refused


async def ended(writer: asyncio.StreamWriter) -> None:
    """End a connection at once: a peer that does not take leave (TLS close_notify) is not waited for."""
    writer.transport.abort()
    for _ in range(3):  # the socket is closed by the loop, some turns later
        await asyncio.sleep(0)


async def describe(place: Place, settings: CameraSettings, url: str) -> Described:
    """Ask what there is; with the password only if the server wants it, and never in the clear unless allowed.

    Raises
    ------
    SourceProblem
        Which says why there is no stream.
    """
    host, port, _ = split(url, place.source)
    where = f"{place.source} ({host}:{port})"
    reader, writer = await opened(place, settings, url)
    try:
        async with asyncio.timeout(settings.timeout):
            return await _asked(place, settings, url, where, reader, writer)
    except TimeoutError:
        raise SourceSilent(where, seconds=f"{settings.timeout:g}") from None
    except asyncio.IncompleteReadError as cut:
        raise SourceLost(where, why=Text("it hung up", "상대가 연결을 끊었습니다")) from cut
    except OSError as lost:
        raise SourceLost(where, why=lost.strerror or str(lost)) from lost
    except (ValueError, asyncio.LimitOverrunError) as odd:
        raise SourceOdd(where, why=Text("no RTSP server answers there", "RTSP 서버가 아닙니다")) from odd
    finally:
        await ended(writer)


async def _asked(  # noqa: PLR0913, PLR0917 - one question with all it needs
    place: Place,
    settings: CameraSettings,
    url: str,
    where: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> Described:
    more = ""
    for number in (1, 2):
        writer.write(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: {number}\r\nAccept: application/sdp\r\n{more}\r\n".encode())  # fmt: skip
        status, headers, body = await _answer(reader)
        if status == 200:
            return Described(_of(headers, "server")[:100] or "RTSP server", _codec(body))
        if status != 401 or more:
            break
        more = _credentials(place, settings, url, where, [value for name, value in headers if name == "www-authenticate"])  # fmt: skip
    if status in (401, 403):
        raise CredentialsRefused(where, user=settings.user or "–")
    raise SourceOdd(where, why=Text(f"RTSP answers {status}", f"RTSP 응답 {status}"))


def _credentials(place: Place, settings: CameraSettings, url: str, where: str, asked: list[str]) -> str:
    if not settings.user:
        raise CredentialsRefused(where, user="–")
    clear = settings.clear_password or url.startswith("rtsps:")
    try:
        told = authorization(asked, method="DESCRIBE", uri=url, user=settings.user, password=place.password or "", clear=clear)  # fmt: skip
    except OnlyInTheClear:
        raise PasswordInTheClear(where) from None
    return f"Authorization: {told}\r\n"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers by their small name, body; ValueError if it is no RTSP."""
    words = (await reader.readuntil(b"\r\n")).decode("latin-1").split(" ", 2)
    if len(words) < 2 or not words[0].startswith("RTSP/") or not words[1].isdecimal():
        raise ValueError("no RTSP")
    headers: list[tuple[str, str]] = []
    while (line := (await reader.readuntil(b"\r\n")).strip()) != b"":
        if len(headers) >= MOST_HEADERS:
            raise ValueError("too many headers")
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.strip().lower(), value.strip()))
    size = int(_of(headers, "content-length") or 0)
    if not 0 <= size <= MOST_SDP:
        raise ValueError("too long")
    return int(words[1]), headers, await reader.readexactly(size)


def _of(headers: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name == wanted), "")


def _codec(sdp: bytes) -> str:
    r"""Codec of the first video of a session description.

    >>> _codec(b"v=0\r\nm=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n")
    'H264'
    >>> _codec(b"v=0\r\nm=video 0 RTP/AVP 26\r\n")
    'JPEG'
    """
    inside, codec = False, ""
    for line in sdp.decode("utf-8", "replace").splitlines()[:2000]:
        if line.startswith("m="):
            if inside:
                break
            inside = line.startswith("m=video")
            codec = "JPEG" if inside and line.split()[-1] == "26" else ""  # RFC 3551, table 5
        elif inside and line.startswith("a=rtpmap:"):
            codec = line.partition(" ")[2].partition("/")[0][:20]
    return codec

"""One link to one or several units, over pymodbus: requests one after the other, each answered, refused or silent."""

import asyncio
import logging
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dure.plant.connect import (
    AddressRefused,
    AuthorityUnknown,
    Place,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.plant.connect.modbus.settings import ModbusSettings
from dure.vocabulary import Text

# Modbus application protocol 1.1b3 §7.
EXCEPTIONS = {
    1: Text("the device does not know this function", "기기가 이 기능을 모릅니다"),
    2: Text("the device has no such address", "기기에 없는 주소입니다"),
    3: Text("the device does not take this value or length", "기기가 이 값이나 길이를 받지 않습니다"),
    4: Text("the device failed", "기기에 고장이 났습니다"),
    5: Text("the device has begun and needs longer", "기기가 처리를 시작했고 시간이 더 필요합니다"),
    6: Text("the device is busy", "기기가 바쁩니다"),
    8: Text("the device's memory failed its parity check", "기기 메모리의 패리티 검사에 실패했습니다"),
    10: Text("the gateway has no path to the unit", "게이트웨이에 이 유닛으로 가는 경로가 없습니다"),
    11: Text("the unit behind the gateway did not answer", "게이트웨이 뒤의 유닛이 응답하지 않았습니다"),
}
PORTS = {"modbus": 502, "modbus+rtutcp": 502, "modbus+tls": 802}
EXAMPLES = {"modbus+rtu": "modbus+rtu:///dev/ttyUSB0", "modbus+tls": "modbus+tls://192.168.0.20"}


class Refused(Exception):
    """An exception code of the device in the place of an answer."""

    def __init__(self, code: int) -> None:
        words = EXCEPTIONS.get(code, Text("the device refused", "기기가 거절했습니다"))
        self.code = code
        self.why = Text(f"{words.en} (Modbus exception {code})", f"{words.ko}(Modbus 예외 {code})")
        super().__init__(self.why.en)


class Silent(Exception):
    """A unit that did not answer in time, however often it was asked."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the device is: a host and port, or a serial port."""

    scheme: str
    host: str
    port: int


def target_of(place: Place) -> Target:
    """Host and port, or serial port, of a source's address.

    >>> target_of(Place("press", "modbus://10.0.0.5", Path()))
    Target(scheme='modbus', host='10.0.0.5', port=502)
    """
    parts = urlsplit(place.url)
    scheme = parts.scheme.lower()
    example = EXAMPLES.get(scheme, f"{scheme}://192.168.0.20:502")
    if scheme == "modbus+rtu":
        device = unquote(parts.netloc + parts.path)
        if not device:
            raise AddressRefused(place.url, source=place.source, example=example)
        return Target(scheme, device, 0)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path.strip("/"):
        raise AddressRefused(place.url, source=place.source, example=example)
    return Target(scheme, host, port or PORTS[scheme])


class Link:
    """An open connection. `ask` gives the response, or raises `Refused`, `Silent`, `SourceLost` or `SourceOdd`."""

    def __init__(self, place: Place, settings: ModbusSettings) -> None:
        self.target, self.settings = target_of(place), settings
        at = (
            self.target.host
            if self.target.scheme == "modbus+rtu"
            else f"{self.target.host}:{self.target.port}"
        )
        self.where = f"{place.source} ({at})"
        self._client: Any = None
        self._broken: SourceLost | SourceOdd | None = None

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._client is not None and self._broken is None

    @property
    def security(self) -> str:
        """How the link is secured, in a word."""
        return "TLS" if self.target.scheme == "modbus+tls" else "none"

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        SourceUnreachable, SourceSilent, AuthorityUnknown
        """
        logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # what it says, our refusals say
        self._broken = None
        client = _client(self.target, self.settings, self._ended)
        guard = client.ctx.callback_data

        def received(content: bytes, addr: Any = None) -> int:
            # pymodbus lets the errors of a malformed frame out into asyncio, which would log them as its own
            try:
                return int(guard(content, addr))
            except Exception as malformed:  # noqa: BLE001 - whatever a foreign frame makes the library raise
                self._break(SourceOdd(self.where, why=Text(f"a malformed answer, {malformed}", f"응답의 형식이 잘못되었습니다, {malformed}")))  # fmt: skip
                return len(content)

        client.ctx.callback_data = received
        client.ctx.framer.decoder = _strict(client.ctx.framer.decoder)
        try:
            await asyncio.wait_for(client.ctx.call_create(), self.settings.timeout)
        except TimeoutError:
            raise SourceSilent(self.where, seconds=f"{self.settings.timeout:g}") from None
        except ssl.SSLCertVerificationError as unknown:
            raise AuthorityUnknown(self.where, why=unknown.verify_message) from unknown
        except OSError as refused:
            raise SourceUnreachable(
                self.where, why=os.strerror(refused.errno) if refused.errno else refused
            ) from refused
        self._client = client

    async def ask(self, request: Callable[[Any], Awaitable[Any]]) -> Any:
        """Response to one request of the pymodbus client, asked again when nothing comes."""
        for _ in range(self.settings.retries):
            try:
                return await self.ask_once(request)
            except Silent:
                continue
        return await self.ask_once(request)

    async def ask_once(self, request: Callable[[Any], Awaitable[Any]]) -> Any:
        """Response to one request; a write is not asked again, for it may have been done."""
        response = await self._once(request)
        if response is None:
            raise Silent
        if response.isError():
            raise Refused(int(response.exception_code))
        return response

    async def _once(self, request: Callable[[Any], Awaitable[Any]]) -> Any:
        from pymodbus.exceptions import ModbusException

        if self.settings.delay:
            await asyncio.sleep(self.settings.delay / 1e3)
        try:
            return await request(self._standing())
        except (TimeoutError, ModbusException):
            self._standing()
            await self._quiet()
            return None

    async def _quiet(self) -> None:
        """On a serial line an answer has no number: one that comes late must not be taken for the next one's."""
        if "rtu" in self.target.scheme:
            await asyncio.sleep(min(self.settings.timeout, 1.0))

    def odd(self, why: Text | str) -> SourceOdd:
        """The refusal of an answer that makes no sense; the link is closed, for nothing on it can be trusted."""
        odd = SourceOdd(self.where, why=why)
        self._break(odd)
        return odd

    async def close(self) -> None:
        """End the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
            await asyncio.sleep(0)  # the transport closes in the loop's next turn

    def _standing(self) -> Any:
        """The client of a link that stands; else what broke it is raised."""
        if self._broken is not None:
            raise self._broken
        if self._client is None:
            raise SourceLost(self.where, why=Text("it was closed", "연결을 닫았습니다"))
        return self._client

    def _ended(self, connected: bool) -> None:
        if not connected:
            self._break(SourceLost(self.where, why=Text("the device closed it", "기기가 연결을 닫았습니다")))

    def _break(self, why: SourceLost | SourceOdd) -> None:
        """Remember why the link is broken, and wake who waits for an answer: pymodbus would let the time run out."""
        from pymodbus.exceptions import ConnectionException

        self._broken = self._broken or why
        if self._client is not None and not self._client.ctx.response_future.done():
            waiting = self._client.ctx.response_future
            waiting.set_exception(ConnectionException("broken"))
            waiting.exception()  # seen, should nobody wait for it


def _client(target: Target, settings: ModbusSettings, ended: Callable[[bool], None]) -> Any:
    """The client of pymodbus: one try and no reconnecting of its own, both are ours."""
    from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusTlsClient
    from pymodbus.framer import FramerSocket, FramerType

    shared: dict[str, Any] = {"timeout": settings.timeout, "retries": 0, "reconnect_delay": 0, "trace_connect": ended}  # fmt: skip
    if target.scheme == "modbus+rtu":
        return AsyncModbusSerialClient(
            target.host, baudrate=settings.baud, parity=settings.parity, stopbits=settings.stop, **shared
        )
    if target.scheme == "modbus+tls":
        secured = AsyncModbusTlsClient(target.host, port=target.port, sslctx=_context(settings), **shared)
        # its own framer takes every TLS record for a whole frame; the frames are those of TCP
        secured.ctx.framer = FramerSocket(secured.ctx.framer.decoder)
        return secured
    framer = FramerType.RTU if target.scheme == "modbus+rtutcp" else FramerType.SOCKET
    return AsyncModbusTcpClient(target.host, port=target.port, framer=framer, **shared)


def _strict(decoder: Any) -> Any:
    """The decoder of pymodbus, which reads an odd number of bytes as registers and drops the last, refusing that."""
    from pymodbus.exceptions import ModbusIOException

    plain = decoder.decode

    def decode(frame: bytes) -> Any:
        if frame[0] in (3, 4) and frame[1] % 2:
            raise ModbusIOException(f"{frame[1]} bytes of registers")
        return plain(frame)

    decoder.decode = decode
    return decoder


def _context(settings: ModbusSettings) -> ssl.SSLContext:
    """TLS that trusts the given authority, else the system's; our certificate where the device asks for one."""
    try:
        context = ssl.create_default_context(cafile=settings.ca or None)
        if settings.certificate:
            context.load_cert_chain(settings.certificate)
    except (OSError, ssl.SSLError) as refused:
        raise AddressRefused(str(Path(settings.ca or settings.certificate)), example="/etc/dure/plant-ca.pem") from refused  # fmt: skip
    return context


def midpoint(began: int) -> int:
    """Middle between `began` and now [ns since 1970 UTC]."""
    return (began + time.time_ns()) // 2

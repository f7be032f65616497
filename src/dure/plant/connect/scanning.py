"""Looking for what answers on well-known ports, only in an address range that a person named.

A scan opens a TCP connection and closes it; of OPC UA it also asks the server's own discovery (FindServers and
GetEndpoints, OPC 10000-4 §5.4), and of Modbus, MQTT, PostgreSQL and the controllers of four makers one harmless
question. Nothing is written, no password is tried, and the number of connections a second is bounded.
"""

import asyncio
import ipaddress
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from dure.plant.connect.greetings import CONTROLLERS
from dure.vocabulary import InputError, Text

MOST_ADDRESSES = 4096
PER_SECOND = 200.0
AT_ONCE = 64
PATIENCE = 1.0
"""How long an address may take to answer. [s]"""
ANSWER = 3.0
"""How long a server that took the connection may take for its first word. [s]"""


@dataclass(frozen=True, slots=True)
class Door:
    """A well-known port: what listens there as a rule, and how its address is written."""

    port: int
    kind: str
    url: str
    title: Text


DOORS = (
    Door(4840, "opc.tcp", "opc.tcp://{host}:{port}", Text("OPC UA server", "OPC UA 서버")),
    Door(502, "modbus", "modbus://{host}:{port}", Text("Modbus device", "Modbus 기기")),
    Door(1883, "mqtt", "mqtt://{host}:{port}", Text("MQTT broker", "MQTT 브로커")),
    Door(8883, "mqtt", "mqtts://{host}:{port}", Text("MQTT broker with TLS", "MQTT 브로커(TLS)")),
    Door(102, "s7", "s7://{host}:{port}", Text("Siemens S7 controller", "지멘스 S7 PLC")),
    Door(5007, "slmp", "slmp://{host}:{port}", Text("Mitsubishi SLMP controller", "미쓰비시 SLMP PLC")),
    Door(9600, "fins", "fins://{host}:{port}", Text("Omron FINS controller", "옴론 FINS PLC")),
    Door(2004, "xgt", "xgt://{host}:{port}", Text("LS ELECTRIC XGT controller", "LS ELECTRIC XGT PLC")),
    Door(5432, "postgresql", "postgresql://{host}:{port}/", Text("PostgreSQL", "PostgreSQL")),
    Door(3306, "mysql", "mariadb://{host}:{port}/", Text("MariaDB or MySQL", "MariaDB 또는 MySQL")),
    Door(1433, "mssql", "mssql://{host}:{port}/", Text("SQL Server", "SQL Server")),
    Door(1521, "oracle", "oracle://{host}:{port}/", Text("Oracle", "Oracle")),
)


class RangeRefused(InputError):
    """A range of addresses that is none, or larger than may be looked through."""

    key = "range-refused"
    says = Text("“{where}” cannot be scanned: {why}.", "“{where}” 범위를 탐색할 수 없습니다: {why}.")
    remedy = Text(
        "Give a range of the plant's own network, like 192.168.0.0/24, of at most {most} addresses.",
        "192.168.0.0/24처럼 공장 안 네트워크 범위를 주소 {most}개 이하로 적어 주세요.",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Something that answers: where, what it probably is, and what it said of itself.

    `sure` when it spoke the protocol; else only the port is open.
    """

    host: str
    port: int
    kind: str
    url: str
    title: Text
    said: str = ""
    sure: bool = False


@dataclass(slots=True)
class Scan:
    """A scan as it goes: `done` of `total` doors tried; `found` so far; `cancelled` ends it."""

    total: int = 0
    done: int = 0
    found: list[Found] = field(default_factory=list)
    cancelled: bool = False
    over: bool = False


def addresses(words: str) -> list[str]:
    """Addresses of a range that may be scanned: a private or local network, a single host, or first-last.

    >>> addresses("192.168.0.4/30"), addresses("127.0.0.1"), addresses("10.0.0.1-10.0.0.3")
    (['192.168.0.5', '192.168.0.6'], ['127.0.0.1'], ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
    >>> addresses("8.8.8.0/24")
    Traceback (most recent call last):
    dure.plant.connect.scanning.RangeRefused: “8.8.8.0/24” cannot be scanned: it is not a private network. Give a range of the plant's own network, like 192.168.0.0/24, of at most 4096 addresses.
    """
    try:
        first, count = _span(words.strip())
    except ValueError:
        raise _refused(words, Text("it is no range of addresses", "주소 범위가 아닙니다")) from None
    if not 0 < count <= MOST_ADDRESSES:
        raise _refused(words, Text(f"it has {count} addresses", f"주소가 {count}개입니다"))
    found = [first + step for step in range(count)]
    if not all(one.is_private for one in (found[0], found[-1])):
        raise _refused(words, Text("it is not a private network", "사설 네트워크가 아닙니다"))
    return [str(one) for one in found]


def own_network() -> str:
    """The /24 in which this node stands, or the loopback where it has no network.

    The address is the one it would send from; nothing is sent (a datagram socket only chooses its way).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way, suppress(OSError):
        way.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
        own = ipaddress.ip_address(way.getsockname()[0])
        if own.is_private and not own.is_loopback:
            return str(ipaddress.ip_network(f"{own}/24", strict=False))
    return "127.0.0.1/32"


async def scan(
    hosts: Sequence[str],
    progress: Scan,
    *,
    doors: Sequence[Door] = DOORS,
    per_second: float = PER_SECOND,
    clock: Callable[[], float] = time.monotonic,
) -> list[Found]:
    """Try every door of every host, at most `per_second` [1/s]; `progress` is kept up to date."""
    tries = [(host, door) for host in hosts for door in doors]
    progress.total = len(tries)
    gate = asyncio.Semaphore(AT_ONCE)
    began, tasks = clock(), []
    for place, (host, door) in enumerate(tries):
        if progress.cancelled:
            break
        if (ahead := place / per_second - (clock() - began)) > 0:
            await asyncio.sleep(ahead)
        await gate.acquire()
        tasks.append(asyncio.create_task(_knock(host, door, progress, gate)))
    await asyncio.gather(*tasks)
    progress.found.sort(key=lambda one: (ipaddress.ip_address(one.host), one.port))
    progress.over = True
    return progress.found


def _span(words: str) -> tuple[ipaddress.IPv4Address, int]:
    first, dash, last = words.partition("-")
    if dash:
        low, high = ipaddress.IPv4Address(first.strip()), ipaddress.IPv4Address(last.strip())
        return low, int(high) - int(low) + 1
    network = ipaddress.IPv4Network(words, strict=False)
    if network.num_addresses > 2:
        return network.network_address + 1, network.num_addresses - 2
    return network.network_address, network.num_addresses


def _refused(words: str, why: Text) -> RangeRefused:
    return RangeRefused(words, why=why, most=MOST_ADDRESSES)


async def _knock(host: str, door: Door, progress: Scan, gate: asyncio.Semaphore) -> None:
    try:
        if not progress.cancelled and (found := await _at(host, door)):
            progress.found.extend(found)
    finally:
        progress.done += 1
        gate.release()


async def _at(host: str, door: Door) -> list[Found]:
    """What is behind one door: nothing, or the server, and the servers that it knows."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, door.port), PATIENCE)
    except (OSError, TimeoutError):
        return []
    said = ""
    try:
        question = QUESTIONS.get(door.kind)
        if question is not None and door.port != 8883:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, struct.error):
                said = await asyncio.wait_for(question(reader, writer, host, door.port), ANSWER)
    finally:
        writer.close()
    own = Found(host, door.port, door.kind, door.url.format(host=host, port=door.port), door.title, said, bool(said))  # fmt: skip
    return [own, *await _neighbours(own)] if door.kind == "opc.tcp" and said else [own]


async def _neighbours(server: Found) -> list[Found]:
    """The other servers that an OPC UA server knows (FindServers; a discovery server knows many)."""
    try:
        from asyncua.client.client import Client
    except ImportError:
        return []
    found = []
    with suppress(Exception):  # whatever a foreign server answers, the scan goes on
        applications = await asyncio.wait_for(Client(server.url, timeout=ANSWER).connect_and_find_servers(), ANSWER)  # fmt: skip
        for url, name in _discovered(applications):
            host, _, port = url.removeprefix("opc.tcp://").partition("/")[0].rpartition(":")
            if url != server.url and port.isdecimal() and int(port) != server.port:
                found.append(Found(server.host, int(port), "opc.tcp", url, server.title, f"{name} ({host})", True))  # fmt: skip
    return found[:50]


def _discovered(applications: Sequence[object]) -> Iterator[tuple[str, str]]:
    for one in applications:
        name = str(getattr(getattr(one, "ApplicationName", None), "Text", "") or "")[:80]
        for url in getattr(one, "DiscoveryUrls", None) or ():
            if isinstance(url, str) and url.startswith("opc.tcp://"):
                yield url[:300], name


async def _opcua(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> str:
    """Hello and Acknowledge (OPC 10000-6 §7.1.2)."""
    url = f"opc.tcp://{host}:{port}".encode()
    body = struct.pack("<5I", 0, 65536, 65536, 0, 0) + struct.pack("<i", len(url)) + url
    writer.write(b"HELF" + struct.pack("<I", 8 + len(body)) + body)
    kind = (await reader.readexactly(8))[:4]
    return "OPC UA" if kind in (b"ACKF", b"ERRF") else ""


async def _modbus(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _host: str, _port: int) -> str:
    """Read Device Identification, basic (Modbus Application Protocol 1.1b3 §6.21); an exception is an answer too."""
    writer.write(bytes.fromhex("000100000005ff2b0e0100"))
    head = await reader.readexactly(7)
    if head[2:4] != b"\0\0":
        return ""
    body = await reader.readexactly(min(256, max(1, struct.unpack(">H", head[4:6])[0] - 1)))
    return f"Modbus {_objects(body)}".strip()


def _objects(body: bytes) -> str:
    """Maker and product of a device identification."""
    if body[:2] != b"\x2b\x0e" or len(body) < 7:
        return ""
    words: list[str] = []
    place = 7
    while place + 2 <= len(body) and len(words) < 3:
        size = body[place + 1]
        words.append(body[place + 2 : place + 2 + size].decode(errors="replace"))
        place += 2 + size
    return " ".join(words)


async def _mqtt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _host: str, _port: int) -> str:
    """CONNECT with an empty client id, clean (MQTT 3.1.1 §3.1); CONNACK of any code is a broker; then DISCONNECT."""
    writer.write(bytes.fromhex("100c00044d5154540402000a0000"))
    answer = await reader.readexactly(4)
    if answer[0] != 0x20:
        return ""
    writer.write(b"\xe0\0")
    return "MQTT" if answer[3] == 0 else "MQTT, asks for a user"


async def _postgresql(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _host: str, _port: int
) -> str:
    """SSLRequest; the server answers S or N (PostgreSQL frontend/backend protocol §55.2)."""
    writer.write(struct.pack(">II", 8, 80877103))
    return {b"S": "PostgreSQL, with TLS", b"N": "PostgreSQL"}.get(await reader.readexactly(1), "")


async def _mysql(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _host: str, _port: int) -> str:
    """The server greets with its version (MySQL protocol, HandshakeV10)."""
    head = await reader.readexactly(5)
    if head[4] != 10:
        return ""
    version = await reader.readuntil(b"\0")
    return f"MariaDB/MySQL {version[:60].rstrip(bytes(1)).decode(errors='replace')}"


QUESTIONS = {
    "opc.tcp": _opcua,
    "modbus": _modbus,
    "mqtt": _mqtt,
    "postgresql": _postgresql,
    "mysql": _mysql,
    **CONTROLLERS,
}

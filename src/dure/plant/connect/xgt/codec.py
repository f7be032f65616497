"""Frames of XGT FEnet's dedicated protocol (LS ELECTRIC XGL-EFMT(B) user's manual, chapter 8; error codes §10.4)."""

import struct
from dataclasses import dataclass

from dure.plant.connect.asking import Framing, Refused, coded, odd
from dure.vocabulary import Text

LONGEST = 20 + 1400 + 64
COMPANY = b"LSIS-XGT\0\0"
READ, WRITE, STATUS = 0x54, 0x58, 0xB0
BIT, BYTES = 0x00, 0x14
FROM_US, FROM_CPU = 0x33, 0x11
_HEADER = struct.Struct("<10sHBBHHBB")
HEAD = _HEADER.size

ERRORS = {
    0x0001: Text("too many blocks in one request", "요청 하나의 블록 수가 너무 많습니다"),
    0x0002: Text("the CPU does not know this type", "CPU가 이 자료형을 모릅니다"),
    0x0003: Text("the CPU has no such device", "CPU에 없는 디바이스입니다"),
    0x0004: Text("the device has no such address", "디바이스에 없는 주소입니다"),
    0x0005: Text("more bytes than one request may have", "요청 하나의 바이트 수가 너무 많습니다"),
    0x0006: Text("more bytes than one request may have", "요청 하나의 바이트 수가 너무 많습니다"),
    0x0010: Text("the CPU does not know this device", "CPU가 이 디바이스를 모릅니다"),
    0x0011: Text("the CPU does not know this form of an address", "CPU가 이 주소 형식을 모릅니다"),
    0x0075: Text("the frame begins with another company", "프레임의 회사 ID가 다릅니다"),
    0x0076: Text("the frame's length is wrong", "프레임 길이가 잘못되었습니다"),
    0x0077: Text("the frame's sum is wrong", "프레임 체크섬이 잘못되었습니다"),
    0x0078: Text("the CPU does not know this command", "CPU가 이 명령을 모릅니다"),
}  # fmt: skip
SPLIT_AT = (0x0003, 0x0004, 0x0005, 0x0006, 0x0011)

# CPU Info and PLC Info of the header (XGL-EFMF manual, chapter 7-2).
SERIES = {0xA0: "XGK", 0xA4: "XGI", 0xA8: "XGR", 0xB0: "XGB (MK)", 0xB4: "XGB (IEC)"}
TYPES = {0x01: "CPUH", 0x02: "CPUS", 0x03: "CPUA", 0x04: "CPUE", 0x05: "CPUU", 0x11: "CPUHN", 0x12: "CPUSN", 0x15: "CPUUN"}  # fmt: skip
STATES = {0x01: "RUN", 0x02: "STOP", 0x04: "ERROR", 0x08: "DEBUG"}


@dataclass(frozen=True, slots=True)
class Told:
    """What every answer's header tells of the CPU: `info` of the PLC, code of the series."""

    info: int = 0
    series: int = 0

    @property
    def product(self) -> str:
        """Series and type in words.

        >>> Told(0x0101, 0xA0).product, Told(0x0101, 0xA0).state
        ('XGK CPUH', 'RUN')
        """
        return f"{SERIES.get(self.series, 'XGT')} {TYPES.get(self.info & 0x3F, '')}".strip()

    @property
    def state(self) -> str:
        """What the CPU is doing, as far as the code is known."""
        return STATES.get(self.info >> 8 & 0x1F, "")


def framing() -> Framing:
    """Company, then the length of what follows the header."""

    def length_of(head: bytes) -> int:
        company, _, _, source, _, length, _, _ = _HEADER.unpack(head)
        if company[:8] != COMPANY[:8] or source != FROM_CPU:
            raise odd("no answer of XGT FEnet", "XGT FEnet 응답이 아닙니다")
        return HEAD + int(length)

    return Framing(HEAD, length_of, LONGEST)


def request(serial: int, module: int, command: int, kind: int, content: bytes) -> bytes:
    """A request; the header's last byte is the sum of those before it.

    >>> request(1, 0, READ, BYTES, stretch("M", 200, 4)).hex()
    '4c5349532d5847540000000000330100120000a154001400000001000600254d423230300400'
    """
    body = struct.pack("<HHH", command, kind, 0) + content
    head = _HEADER.pack(COMPANY, 0, 0, FROM_US, serial, len(body), module, 0)
    return head[:-1] + bytes([sum(head) % 256]) + body


def stretch(device: str, start: int, count: int) -> bytes:
    """One block: name of its first byte, and how many."""
    return struct.pack("<H", 1) + _name(f"%{device}B{start}") + struct.pack("<H", count)


def bit(device: str, number: int, *, hexadecimal: bool, value: bool) -> bytes:
    """One bit to be written; `hexadecimal`: word and, behind it, the bit as a hexadecimal digit."""
    plain = f"{number // 16}{number % 16:X}" if hexadecimal else str(number)
    return struct.pack("<H", 1) + _name(f"%{device}X{plain}") + struct.pack("<HB", 1, value)


def told(frame: bytes) -> Told:
    """What the header tells."""
    _, info, series, _, _, _, _, _ = _HEADER.unpack_from(frame)
    return Told(info, series)


def answered(frame: bytes, serial: int, command: int, kind: int) -> bytes:
    """What follows the error state; raises `Refused` or `Malformed`."""
    given = _HEADER.unpack_from(frame)[4]
    body = frame[HEAD:]
    if given != serial or len(body) < 8:
        raise odd("an answer to another question", "다른 질문의 응답입니다")
    answer, of, _, error = struct.unpack_from("<HHHH", body)
    if answer != command + 1 or (of != kind and command != STATUS):
        raise odd("an answer to another question", "다른 질문의 응답입니다")
    if error:
        code = int.from_bytes(body[8:10], "little") if len(body) >= 10 else 0
        words = ERRORS.get(code, Text("the CPU refused", "CPU가 거절했습니다"))
        raise Refused(coded(words, f"XGT {code:04X}h"), splits=code in SPLIT_AT)
    return body[8:]


def bytes_of(content: bytes, count: int) -> bytes:
    """Bytes of the one block that was asked for."""
    if len(content) < 4:
        raise odd("an answer that ends too early", "응답이 중간에 끝났습니다")
    blocks, size = struct.unpack_from("<HH", content)
    if blocks != 1 or size != count or len(content) != 4 + count:
        raise odd(
            f"{len(content) - 4} bytes to a request of {count}",
            f"{count}바이트 요청에 {len(content) - 4}바이트입니다",
        )
    return content[4:]


def version_of(content: bytes) -> str:
    """Version of the CPU's system in a status answer (§8.2.5: 24 bytes, the version at byte 20)."""
    if len(content) < 4 + 24:
        return ""
    number = int.from_bytes(content[4 + 20 : 4 + 22], "little")
    return f"{number >> 8}.{number & 0xFF}" if number else ""


def _name(words: str) -> bytes:
    return struct.pack("<H", len(words)) + words.encode("ascii")

"""Frames of S7 communication over ISO-on-TCP: what is sent, and what of an answer is believed.

TPKT: RFC 1006 §6. COTP class 0: ISO 8073 (RFC 905) §13.3, §13.4, §13.7. S7 has no public standard; the layout is that
of Wireshark's dissector `packet-s7comm.c` and of the recorded controllers in the tests.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from dure.plant.connect.asking import Framing, Refused, coded, odd
from dure.vocabulary import Text

LONGEST = 4 + 3 + 960 + 64  # a PDU of 960 bytes is the largest of any S7 CPU
FULL = 0xFF
MOST_ITEMS = 20
READ, WRITE, SETUP = 0x04, 0x05, 0xF0
JOB, ACK, DATA, USER = 1, 2, 3, 7

# What stands in the place of an item's data.
ITEM_ERRORS = {
    0x01: Text("the controller has a hardware fault", "PLC 하드웨어에 이상이 있습니다"),
    0x03: Text("the controller does not allow access; permit PUT/GET and full access", "PLC가 접근을 허용하지 않습니다. PUT/GET과 전체 접근을 허용해 주세요"),
    0x05: Text("the area has no such address", "영역에 없는 주소입니다"),
    0x06: Text("the controller does not know this type here", "PLC가 이 자료형을 모릅니다"),
    0x07: Text("type and length do not go together", "자료형과 길이가 맞지 않습니다"),
    0x0A: Text("there is no such data block, or it is optimized", "데이터 블록이 없거나 최적화된 블록입니다"),
}  # fmt: skip
SPLIT_AT = (0x03, 0x05, 0x06, 0x0A)
# Error class and code of a refused request.
ERRORS = {
    0x8104: Text("the controller does not allow this; permit PUT/GET", "PLC가 허용하지 않습니다. PUT/GET을 허용해 주세요"),
    0x8404: Text("the controller refuses this now", "PLC가 지금은 거절합니다"),
    0x8500: Text("the request is longer than the controller takes", "PLC가 받는 길이보다 요청이 깁니다"),
}  # fmt: skip


def framing() -> Framing:
    """TPKT: version 3, a reserved byte, the length of the whole."""

    def length_of(head: bytes) -> int:
        if head[0] != 3:
            raise odd("no ISO-on-TCP frame", "ISO-on-TCP 프레임이 아닙니다")
        return int.from_bytes(head[2:4], "big")

    return Framing(4, length_of, LONGEST)


def packed(payload: bytes) -> bytes:
    """A PDU in a COTP data frame in a TPKT."""
    return struct.pack(">BBH", 3, 0, len(payload) + 7) + b"\x02\xf0\x80" + payload


def connect(local: int, remote: int) -> bytes:
    """Connection request between two TSAPs, with frames of 1024 bytes."""
    parameters = struct.pack(">BBHBBHBBB", 0xC1, 2, local, 0xC2, 2, remote, 0xC0, 1, 0x0A)
    return struct.pack(">BBHBBHHB", 3, 0, 11 + len(parameters), 6 + len(parameters), 0xE0, 0, 1, 0) + parameters  # fmt: skip


def confirmed(frame: bytes) -> None:
    """Whether the connection is confirmed; raises `Refused` if it was ended in its place, `Malformed` if neither."""
    if len(frame) >= 11 and frame[5] & 0xF0 == 0x80:
        raise Refused(Text("the controller has no such rack and slot", "PLC에 그런 랙과 슬롯이 없습니다"))
    if len(frame) < 11 or frame[5] & 0xF0 != 0xD0:
        raise odd("no connection confirm", "연결 확인 프레임이 아닙니다")


def setup(reference: int, length: int) -> bytes:
    """Ask for PDUs of `length` bytes, one request at a time."""
    return packed(_job(reference, struct.pack(">BBHHH", SETUP, 0, 1, 1, length)))


def agreed(frame: bytes, reference: int) -> int:
    """Length of a PDU [bytes] on which the controller agrees."""
    parameters, _ = _acknowledged(frame, reference, SETUP)
    length = struct.unpack(">H", parameters[6:8])[0] if len(parameters) == 8 else 0
    if not 64 <= length <= 960:
        raise odd(f"PDUs of {length} bytes", f"PDU 길이가 {length}바이트입니다")
    return int(length)


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch of bytes: code of its area, number of its data block, first byte, how many."""

    area: int
    block: int
    start: int
    count: int


def read(reference: int, items: Sequence[Item]) -> bytes:
    """Request of several stretches."""
    anys = [_any(0x02, item.count, item.block, item.area, item.start * 8) for item in items]
    return packed(_job(reference, bytes([READ, len(items)]) + b"".join(anys)))


def contents(frame: bytes, reference: int, items: Sequence[Item]) -> list[bytes | Refused]:
    """Content of every item, or why there is none; raises `Refused` where the whole request is."""
    parameters, data = _acknowledged(frame, reference, READ)
    if parameters[1:] != bytes([len(items)]):
        raise odd("another number of items", "항목 수가 다릅니다")
    found: list[bytes | Refused] = []
    place = 0
    for item in items:
        code, kind, length = _unpack(">BBH", data, place)
        if code != FULL:
            found.append(refusal(code))
            place += 4
            continue
        size = (length + 7) // 8 if kind in (3, 4, 5) else length
        if size != item.count or place + 4 + size > len(data):
            raise odd(
                f"{size} bytes to a request of {item.count}", f"{item.count}바이트 요청에 {size}바이트입니다"
            )
        found.append(data[place + 4 : place + 4 + size])
        place += 4 + size + size % 2  # all but the last item are filled up to an even length
    if place - len(data) not in (0, 1):
        raise odd("more data than was asked for", "요청보다 데이터가 많습니다")
    return found


def write(reference: int, item: Item, content: bytes, bit: int = -1) -> bytes:
    """Request that writes bytes, or a bit."""
    if bit > -1:
        target, head = _any(0x01, 1, item.block, item.area, item.start * 8 + bit), struct.pack(">BBH", 0, 3, 1)  # fmt: skip
    else:
        target, head = _any(0x02, len(content), item.block, item.area, item.start * 8), struct.pack(">BBH", 0, 4, 8 * len(content))  # fmt: skip
    return packed(_job(reference, bytes([WRITE, 1]) + target, head + content))


def written(frame: bytes, reference: int) -> None:
    """Whether it was written; raises `Refused`."""
    _, data = _acknowledged(frame, reference, WRITE)
    if len(data) != 1:
        raise odd("no acknowledgement", "쓰기 확인이 아닙니다")
    if data[0] != FULL:
        raise refusal(data[0])


def module(reference: int) -> bytes:
    """Request of the module identification (SZL 0x0011; SIMATIC system functions, "SSL ID W#16#xy11")."""
    parameters = bytes.fromhex("0001120411440100")
    data = bytes.fromhex("ff09000400110000")
    return packed(struct.pack(">BBHHHH", 0x32, USER, 0, reference, len(parameters), len(data)) + parameters + data)  # fmt: skip


def modules(frame: bytes, reference: int) -> dict[int, bytes]:
    """Records of the module identification by their index: 1 the module, 6 its hardware, 7 its firmware."""
    if len(frame) < 17 or frame[7:9] != bytes([0x32, USER]):
        raise odd("no answer to an identification", "모듈 식별 응답이 아닙니다")
    given, size, length = struct.unpack(">HHH", frame[11:17])
    parameters, data = frame[17 : 17 + size], frame[17 + size : 17 + size + length]
    if given != reference or len(data) != length or len(parameters) < 12:
        raise odd("no answer to an identification", "모듈 식별 응답이 아닙니다")
    if (error := struct.unpack(">H", parameters[10:12])[0]) or data[:1] != b"\xff":
        raise Refused(coded(Text("the controller tells no module", "PLC가 모듈 정보를 주지 않습니다"), f"{error:04X}h"))  # fmt: skip
    width, count = _unpack(">HH", data, 8)
    if width < 22 or len(data) < 12 + width * count or parameters[9]:
        raise odd("no module identification", "모듈 식별 정보가 아닙니다")
    records = [data[12 + n * width : 12 + (n + 1) * width] for n in range(count)]
    return {struct.unpack(">H", record[:2])[0]: record[2:] for record in records}


def refusal(code: int) -> Refused:
    """The refusal of one item."""
    words = ITEM_ERRORS.get(code, Text("the controller refused", "PLC가 거절했습니다"))
    return Refused(coded(words, f"S7 {code:02X}h"), splits=code in SPLIT_AT)


def _any(size: int, count: int, block: int, area: int, bits: int) -> bytes:
    """An S7 any-pointer: `size` 1 bit or 2 byte, address in bits."""
    return struct.pack(">BBBBHHB", 0x12, 0x0A, 0x10, size, count, block, area) + bits.to_bytes(3, "big")


def _job(reference: int, parameters: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">BBHHHH", 0x32, JOB, 0, reference, len(parameters), len(data)) + parameters + data


def _acknowledged(frame: bytes, reference: int, function: int) -> tuple[bytes, bytes]:
    """Parameters and data of the answer to a job; raises `Refused` or `Malformed`."""
    if frame[4:7] != b"\x02\xf0\x80" or len(frame) < 19 or frame[7] != 0x32 or frame[8] not in (ACK, DATA):
        raise odd("no answer of an S7 controller", "S7 PLC의 응답이 아닙니다")
    given, size, length, error = struct.unpack(">HHHH", frame[11:19])
    if given != reference:
        raise odd(
            f"an answer to question {given}, not {reference}",
            f"{reference}번이 아니라 {given}번 질문의 응답입니다",
        )
    if error:
        words = ERRORS.get(error, Text("the controller refused the request", "PLC가 요청을 거절했습니다"))
        raise Refused(coded(words, f"S7 {error:04X}h"))
    parameters, data = frame[19 : 19 + size], frame[19 + size :]
    if len(data) != length or parameters[:1] != bytes([function]):
        raise odd("an answer to another question", "다른 질문의 응답입니다")
    return parameters, data


def _unpack(form: str, data: bytes, place: int) -> tuple[int, ...]:
    if place + struct.calcsize(form) > len(data):
        raise odd("an answer that ends too early", "응답이 중간에 끝났습니다")
    return struct.unpack_from(form, data, place)

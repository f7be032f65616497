"""FINS frames and their way over TCP (Omron W342 §3, §5; W227 §3; W420 §7-4 FINS/TCP)."""

import struct
from dataclasses import dataclass

from dure.plant.connect.asking import Framing, Refused, coded, odd
from dure.vocabulary import Text

LONGEST = 16 + 2012 + 64
READ, WRITE, DATA = 0x0101, 0x0102, 0x0501
_TCP = struct.Struct(">4sIII")
NODES, NODES_GIVEN, FRAME, END = 0, 1, 2, 3

# Error codes of the FINS/TCP header (W420 §7-4-3).
TCP_ERRORS = {
    0x01: Text("the controller took it for no FINS frame", "PLC가 FINS 프레임으로 받아들이지 않았습니다"),
    0x02: Text("the request is too long", "요청이 너무 깁니다"),
    0x03: Text("the controller does not know this command", "PLC가 이 명령을 모릅니다"),
    0x20: Text("every connection of the controller is taken", "PLC의 연결을 모두 쓰고 있습니다"),
    0x21: Text("our node is connected already", "우리 노드가 이미 연결되어 있습니다"),
    0x22: Text("the controller protects itself from our address", "PLC가 우리 주소를 막고 있습니다"),
    0x23: Text("our node is out of range", "우리 노드 번호가 범위를 벗어났습니다"),
    0x24: Text("our node is the controller's own", "우리 노드 번호가 PLC와 같습니다"),
    0x25: Text("the controller has no node left", "PLC에 남은 노드 번호가 없습니다"),
}  # fmt: skip

# End codes (W342 §5-1-3): main and sub code, then the main code alone.
END_CODES = {
    0x0101: Text("our node is not in the network", "우리 노드가 네트워크에 없습니다"),
    0x0201: Text("the controller's node is not in the network", "PLC 노드가 네트워크에 없습니다"),
    0x0202: Text("there is no such unit", "그런 유닛이 없습니다"),
    0x0204: Text("the controller is busy", "PLC가 바쁩니다"),
    0x0205: Text("the controller did not answer the network", "PLC가 네트워크에 응답하지 않았습니다"),
    0x0401: Text("the controller does not know this command", "PLC가 이 명령을 모릅니다"),
    0x1101: Text("the controller has no such area", "PLC에 없는 영역입니다"),
    0x1103: Text("the area has no such address", "영역에 없는 주소입니다"),
    0x1104: Text("the request ends behind the area", "요청이 영역의 끝을 넘습니다"),
    0x110B: Text("the answer would be too long", "응답이 너무 길어집니다"),
    0x2002: Text("the memory is protected", "메모리가 보호되어 있습니다"),
    0x2101: Text("the area can only be read", "읽기 전용 영역입니다"),
    0x2102: Text("the memory is protected", "메모리가 보호되어 있습니다"),
    0x2108: Text("the content cannot be changed", "내용을 바꿀 수 없습니다"),
    0x2203: Text("the controller is in the wrong mode", "PLC의 운전 모드가 맞지 않습니다"),
    0x2211: Text("the controller is busy", "PLC가 바쁩니다"),
    0x3001: Text("somebody else has the right of access", "다른 쪽이 접근 권한을 갖고 있습니다"),
}  # fmt: skip
MAIN_CODES = {
    0x01: Text("our node cannot send", "우리 노드가 보낼 수 없습니다"),
    0x02: Text("the controller's node cannot be reached", "PLC 노드에 닿을 수 없습니다"),
    0x03: Text("the communications controller failed", "통신 컨트롤러에 이상이 있습니다"),
    0x05: Text("there is no route to the controller", "PLC로 가는 경로가 없습니다"),
    0x10: Text("the controller does not take this command's form", "PLC가 이 명령 형식을 받지 않습니다"),
    0x11: Text("the controller does not take this address or length", "PLC가 이 주소나 길이를 받지 않습니다"),
    0x20: Text("it cannot be read", "읽을 수 없습니다"),
    0x21: Text("it cannot be written", "쓸 수 없습니다"),
    0x22: Text("the controller cannot do this now", "PLC가 지금은 할 수 없습니다"),
    0x23: Text("there is no such unit", "그런 유닛이 없습니다"),
    0x25: Text("the unit has a fault", "유닛에 이상이 있습니다"),
}  # fmt: skip
SPLIT_AT = (0x11, 0x20)


@dataclass(frozen=True, slots=True)
class Route:
    """Network, node and unit of the controller, and our own node."""

    network: int
    node: int
    unit: int
    own_node: int


def framing() -> Framing:
    """“FINS”, and the length of what follows."""

    def length_of(head: bytes) -> int:
        if head[:4] != b"FINS":
            raise odd("no FINS/TCP frame", "FINS/TCP 프레임이 아닙니다")
        return 8 + int.from_bytes(head[4:8], "big")

    return Framing(8, length_of, LONGEST)


def over_tcp(content: bytes, command: int = FRAME) -> bytes:
    """Content behind a FINS/TCP header.

    >>> over_tcp(bytes(4), NODES).hex()
    '46494e530000000c000000000000000000000000'
    """
    return _TCP.pack(b"FINS", 8 + len(content), command, 0) + content


def from_tcp(frame: bytes, command: int) -> bytes:
    """What lies behind the header; raises `Refused` or `Malformed`."""
    if len(frame) < _TCP.size:
        raise odd("a FINS/TCP frame without a header", "머리부가 없는 FINS/TCP 프레임입니다")
    _, _, given, error = _TCP.unpack_from(frame)
    if error:
        words = TCP_ERRORS.get(error, Text("the controller refused", "PLC가 거절했습니다"))
        raise Refused(coded(words, f"FINS/TCP {error:02X}h"))
    if given != command:
        raise odd(f"command {given} in the place of {command}", f"{command} 대신 {given} 명령입니다")
    return frame[_TCP.size :]


def nodes(frame: bytes) -> tuple[int, int]:
    """Our node and the controller's, as it gave them (FINS/TCP command 1)."""
    content = from_tcp(frame, NODES_GIVEN)
    ours, theirs = struct.unpack(">II", content) if len(content) == 8 else (0, 0)
    if not (1 <= ours <= 254 and 1 <= theirs <= 254):
        raise odd("no node numbers", "노드 번호가 아닙니다")
    return ours, theirs


def request(route: Route, serial: int, command: int, content: bytes = b"") -> bytes:
    r"""A command that wants an answer.

    >>> request(Route(0, 1, 0, 11), 7, READ, place(0x82, 100) + b"\0\2").hex()
    '800002000100000b00070101820064000002'
    """
    head = struct.pack(">10B", 0x80, 0, 2, route.network, route.node, route.unit, 0, route.own_node, 0, serial)  # fmt: skip
    return head + struct.pack(">H", command) + content


def place(area: int, word: int, bit: int = 0) -> bytes:
    """An address: code of the area, word, bit."""
    return struct.pack(">BHB", area, word, bit)


def answered(frame: bytes, route: Route, serial: int, command: int) -> bytes:
    """Content of an answer; raises `Refused` or `Malformed`.

    The two upper bits of the sub code say that the CPU has an error of its own, bit 7 of the main code that a relay
    had one: the first is no refusal of this request.
    """
    if len(frame) < 14 or not frame[0] & 0x40:
        raise odd("no FINS answer", "FINS 응답이 아닙니다")
    if frame[9] != serial or frame[10:12] != struct.pack(">H", command) or frame[4] != route.own_node:
        raise odd("an answer to another question", "다른 질문의 응답입니다")
    main, sub = frame[12] & 0x7F, frame[13] & 0x3F
    if main or sub or frame[12] & 0x80:
        code = main << 8 | sub
        words = END_CODES.get(code) or MAIN_CODES.get(main, Text("the controller refused", "PLC가 거절했습니다"))  # fmt: skip
        raise Refused(coded(words, f"FINS {code:04X}h"), splits=main in SPLIT_AT)
    return frame[14:]


def data_of(content: bytes) -> tuple[str, str]:
    """Model and version of a CPU (command 0501: 20 characters each)."""
    if len(content) < 40:
        raise odd("no controller data", "PLC 정보가 아닙니다")
    model, version = (_words(content[start : start + 20]) for start in (0, 20))
    return model, version


def _words(content: bytes) -> str:
    plain = content.partition(b"\0")[0].decode("ascii", "replace")
    return "".join(letter for letter in plain if letter.isprintable()).strip()

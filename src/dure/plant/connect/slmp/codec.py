"""Frames of SLMP, binary: 3E and 4E (Mitsubishi SLMP reference manual SH-080956, chapters 4 and 5, appendix 1)."""

import struct
from dataclasses import dataclass

from dure.plant.connect.asking import Framing, Refused, coded, odd
from dure.vocabulary import Text

LONGEST = 2048 + 64
READ, WRITE, MODEL = 0x0401, 0x1401, 0x0101
HEADS = {"3E": (0x5000, 0xD000, 2), "4E": (0x5400, 0xD400, 6)}
"""Subheaders of request and answer as the wire has them, and how many bytes come before the route."""

POINTS = Text("too many points in one request", "요청 하나의 점수가 너무 많습니다")
# End codes of CPU and Ethernet modules (SH-080956 chapter 6; MELSEC iQ-R Ethernet user's manual §9.3).
END_CODES = {
    0x0055: Text("the CPU in RUN does not let itself be written; permit online change", "RUN 중 쓰기를 허용하지 않습니다. RUN 중 쓰기를 허용해 주세요"),
    0x4030: Text("the CPU does not know this device", "CPU에 없는 디바이스입니다"),
    0x4031: Text("the device number is beyond the CPU's range", "디바이스 번호가 CPU의 범위를 넘습니다"),
    0x4080: Text("the CPU does not take this request", "CPU가 이 요청을 받지 않습니다"),
    0xC035: Text("the CPU did not answer its Ethernet module", "CPU가 이더넷 모듈에 응답하지 않았습니다"),
    0xC050: Text("the port is set to ASCII; set it to binary", "포트가 ASCII로 설정되어 있습니다. 바이너리로 바꿔 주세요"),
    0xC051: POINTS,
    0xC052: POINTS,
    0xC053: POINTS,
    0xC054: POINTS,
    0xC056: Text("the device number is beyond the range", "디바이스 번호가 범위를 넘습니다"),
    0xC059: Text("the CPU does not know this command", "CPU가 이 명령을 모릅니다"),
    0xC05B: Text("the CPU cannot access this device", "CPU가 이 디바이스에 접근할 수 없습니다"),
    0xC05C: Text("the CPU does not take this content", "CPU가 이 내용을 받지 않습니다"),
    0xC05F: Text("the station does not take this request", "상대 국이 이 요청을 받지 않습니다"),
    0xC060: Text("the CPU does not take this content", "CPU가 이 내용을 받지 않습니다"),
    0xC061: Text("length and content do not go together", "길이와 내용이 맞지 않습니다"),
    0xC201: Text("the port is locked by a password", "포트가 암호로 잠겨 있습니다"),
    0xCEE0: Text("another request is being worked on", "다른 요청을 처리하는 중입니다"),
}  # fmt: skip
SPLIT_AT = (0x4030, 0x4031, 0xC051, 0xC052, 0xC056, 0xC05B, 0xC05C, 0xC060)


@dataclass(frozen=True, slots=True)
class Route:
    """Frame and station: network, PC, module I/O and multidrop number, and how long the CPU may take [s]."""

    frame: str = "3E"
    network: int = 0
    station: int = 0xFF
    module: int = 0x03FF
    multidrop: int = 0
    patience: float = 3.0


def framing(frame: str) -> Framing:
    """Subheader, serial number of 4E, route, length of what follows."""
    _, answer, before = HEADS[frame]
    head = before + 7

    def length_of(found: bytes) -> int:
        if found[:2] != answer.to_bytes(2, "big"):
            raise odd(f"no answer of SLMP {frame}", f"SLMP {frame} 응답이 아닙니다")
        return head + int.from_bytes(found[before + 5 : head], "little")

    return Framing(head, length_of, LONGEST)


def request(route: Route, serial: int, command: int, subcommand: int, content: bytes = b"") -> bytes:
    """A request.

    >>> request(Route(), 1, READ, 0, device(0xA8, 100, 2)).hex()
    '500000ffff03000c000c0001040000640000a80200'
    """
    ask, _, _ = HEADS[route.frame]
    begin = ask.to_bytes(2, "big") + (struct.pack("<HH", serial, 0) if route.frame == "4E" else b"")
    begin += struct.pack("<BBHB", route.network, route.station, route.module, route.multidrop)
    quarters = max(1, min(0xFFFF, round(route.patience * 4)))  # the monitoring timer counts 250 ms
    body = struct.pack("<HHH", quarters, command, subcommand) + content
    return begin + struct.pack("<H", len(body)) + body


def device(code: int, number: int, points: int) -> bytes:
    """Head device and number of points, as the Q and L series take them."""
    return number.to_bytes(3, "little") + struct.pack("<BH", code, points)


def answered(frame: bytes, route: Route, serial: int) -> bytes:
    """Content of an answer; raises `Refused` or `Malformed`."""
    _, _, before = HEADS[route.frame]
    if route.frame == "4E" and frame[2:4] != serial.to_bytes(2, "little"):
        raise odd("an answer to another question", "다른 질문의 응답입니다")
    if frame[before : before + 5] != struct.pack("<BBHB", route.network, route.station, route.module, route.multidrop):  # fmt: skip
        raise odd("an answer of another station", "다른 국의 응답입니다")
    body = frame[before + 7 :]
    if len(body) < 2:
        raise odd("an answer without an end code", "종료 코드가 없는 응답입니다")
    if code := int.from_bytes(body[:2], "little"):
        words = END_CODES.get(code, Text("the CPU refused", "CPU가 거절했습니다"))
        raise Refused(coded(words, f"{code:04X}h"), splits=code in SPLIT_AT)
    return body[2:]


def model_of(content: bytes) -> str:
    """Model name of a CPU (command 0101h): 16 characters and a code."""
    if len(content) != 18:
        raise odd("no CPU model name", "CPU 형명이 아닙니다")
    name = content[:16].partition(b"\0")[0].decode("ascii", "replace")
    return "".join(letter for letter in name if letter.isprintable()).strip()

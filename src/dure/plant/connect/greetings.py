"""One harmless question to a controller on a maker's port, for the scan: who is there. Nothing is written or kept."""

import struct
from asyncio import StreamReader, StreamWriter


async def s7(reader: StreamReader, writer: StreamWriter, _host: str, _port: int) -> str:
    """Connection request to slot 1 (ISO 8073 §13.3); a refusal of the slot is an answer too."""
    writer.write(bytes.fromhex("0300001611e00000000100c1020100c2020101c0010a"))
    head = await reader.readexactly(6)
    return "Siemens S7, ISO-on-TCP" if head[0] == 3 and head[5] & 0xF0 in (0xD0, 0x80) else ""


async def slmp(reader: StreamReader, writer: StreamWriter, _host: str, _port: int) -> str:
    """Read the CPU's model name (SH-080956 §5.5, command 0101h), as a 3E frame."""
    writer.write(bytes.fromhex("500000ffff030006000400 0101 0000"))
    head = await reader.readexactly(11)
    if head[:2] != b"\xd0\0":
        return ""
    length = int.from_bytes(head[7:9], "little")
    if head[9:] != b"\0\0" or not 18 <= length <= 64:
        return "Mitsubishi MELSEC"
    return f"Mitsubishi {_plain(await reader.readexactly(16))}"


async def fins(reader: StreamReader, writer: StreamWriter, _host: str, _port: int) -> str:
    """Ask for the node numbers (Omron W420 §7-4, FINS/TCP command 0)."""
    writer.write(b"FINS" + struct.pack(">IIII", 12, 0, 0, 0))
    head = await reader.readexactly(8)
    return "Omron FINS/TCP" if head[:4] == b"FINS" else ""


async def xgt(reader: StreamReader, writer: StreamWriter, _host: str, _port: int) -> str:
    """Status request (XGT FEnet manual §8.2.5)."""
    head = struct.pack("<10sHBBHHB", b"LSIS-XGT", 0, 0, 0x33, 0, 6, 0)
    writer.write(head + bytes([sum(head) % 256]) + struct.pack("<HHH", 0xB0, 0, 0))
    answer = await reader.readexactly(20)
    return "LS ELECTRIC XGT FEnet" if answer[:8] == b"LSIS-XGT" and answer[13] == 0x11 else ""


def _plain(words: bytes) -> str:
    return "".join(letter for letter in words.decode("ascii", "replace") if letter.isprintable()).strip()


CONTROLLERS = {"s7": s7, "slmp": slmp, "fins": fins, "xgt": xgt}

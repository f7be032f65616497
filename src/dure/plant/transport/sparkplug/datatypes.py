"""Data types of metrics (Sparkplug 3.0.0 §6.4.16): whole numbers in two's complement, arrays as packed bytes."""

import struct
from enum import IntEnum
from typing import Any


class DataType(IntEnum):
    """The enumerated types; the names are those of the standard."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    PROPERTY_SET = 20
    PROPERTY_SET_LIST = 21
    INT8_ARRAY = 22
    INT16_ARRAY = 23
    INT32_ARRAY = 24
    INT64_ARRAY = 25
    UINT8_ARRAY = 26
    UINT16_ARRAY = 27
    UINT32_ARRAY = 28
    UINT64_ARRAY = 29
    FLOAT_ARRAY = 30
    DOUBLE_ARRAY = 31
    BOOLEAN_ARRAY = 32
    STRING_ARRAY = 33
    DATETIME_ARRAY = 34


_BITS = {1: 8, 2: 16, 3: 32, 4: 64, 5: 8, 6: 16, 7: 32, 8: 64}
_ARRAYS = {22: "b", 23: "h", 24: "i", 25: "q", 26: "B", 27: "H", 28: "I", 29: "Q", 30: "f", 31: "d", 34: "Q"}
# Field of the oneof that holds a value of a type (§6.4.16).
FIELD = {
    **dict.fromkeys((1, 2, 3, 5, 6, 7), "int_value"),
    **dict.fromkeys((4, 8, 13), "long_value"),
    9: "float_value",
    10: "double_value",
    11: "boolean_value",
    **dict.fromkeys((12, 14, 15), "string_value"),
    16: "dataset_value",
    **dict.fromkeys((17, 18, *range(22, 35)), "bytes_value"),
    19: "template_value",
}
KNOWN = frozenset(int(kind) for kind in DataType)


def interpret(value: Any, kind: int) -> Any:
    """A value as its type means it; what does not fit the type is given as it is. Doing it twice changes nothing.

    >>> interpret(4_294_967_291, DataType.INT32), interpret(251, DataType.INT8), interpret(251, DataType.UINT8)
    (-5, -5, 251)
    >>> interpret(bytes.fromhex("fe8c"), DataType.INT8_ARRAY)
    (-2, -116)
    """
    bits = _BITS.get(kind)
    if bits is not None and type(value) is int:
        value &= (1 << bits) - 1
        return value - (1 << bits) if kind <= 4 and value >> (bits - 1) else value
    if kind >= 22 and type(value) is bytes:
        return read_array(value, kind)
    return value


def read_array(packed: bytes, kind: int) -> tuple[Any, ...] | bytes:
    r"""Values of an array type (§6.4.16.2, little-endian); the bytes themselves where they do not fit.

    >>> read_array(bytes.fromhex("0c00000034d0"), DataType.BOOLEAN_ARRAY)[:4]
    (False, False, True, True)
    >>> read_array(b"ABC\0hello\0", DataType.STRING_ARRAY)
    ('ABC', 'hello')
    """
    if kind == DataType.BOOLEAN_ARRAY:
        count = int.from_bytes(packed[:4], "little")
        if len(packed) < 4 or count > 8 * (len(packed) - 4):
            return packed
        return tuple(bool(packed[4 + n // 8] >> (7 - n % 8) & 1) for n in range(count))
    if kind == DataType.STRING_ARRAY:
        parts = packed.split(b"\0")
        return tuple(part.decode(errors="replace") for part in (parts[:-1] if not parts[-1] else parts))
    code = _ARRAYS.get(kind)
    if code is None or len(packed) % struct.calcsize(code):
        return packed
    return struct.unpack(f"<{len(packed) // struct.calcsize(code)}{code}", packed)


def write_array(values: tuple[Any, ...], kind: int) -> bytes:
    """Bytes of an array type.

    >>> write_array((-2, -116), DataType.INT8_ARRAY).hex()
    'fe8c'
    >>> write_array((False, False, True, True), DataType.BOOLEAN_ARRAY).hex()
    '0400000030'
    """
    if kind == DataType.BOOLEAN_ARRAY:
        packed = bytearray(-(-len(values) // 8))
        for place, value in enumerate(values):
            packed[place // 8] |= bool(value) << (7 - place % 8)
        return len(values).to_bytes(4, "little") + packed
    if kind == DataType.STRING_ARRAY:
        return b"".join(value.encode() + b"\0" for value in values)
    return struct.pack(f"<{len(values)}{_ARRAYS[kind]}", *values)

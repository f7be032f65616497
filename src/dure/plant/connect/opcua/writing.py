"""Writing one value, in the type that the variable has, and looking at what became of it.

Whether it may be written is decided before, by the arm.
"""

import asyncio
import math
import struct
from typing import Any

from dure.plant.connect.arming import READ_BACK, WriteNotTaken
from dure.plant.connect.opcua.browse import node_of
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.protocol import ua
from dure.vocabulary import InputError, Signal, SourceProblem, Text

_CURRENT_READ, _CURRENT_WRITE = 1, 2  # bits of AccessLevel, OPC 10000-3 §8.57
# whole numbers that a type can hold; Int64 and UInt64 as far as a float names them one by one
_RANGES = {
    "SByte": (-(2**7), 2**7 - 1), "Byte": (0, 2**8 - 1), "Int16": (-(2**15), 2**15 - 1), "UInt16": (0, 2**16 - 1),
    "Int32": (-(2**31), 2**31 - 1), "UInt32": (0, 2**32 - 1), "Int64": (-(2**53), 2**53), "UInt64": (0, 2**53),
}  # fmt: skip


class ValueNotHeld(InputError):
    """A value that the variable's type cannot hold."""

    key = "value-not-held"
    says = Text("{where} cannot hold {value}: it is {type}.", "{where}에는 {value}을(를) 쓸 수 없습니다: 자료형이 {type}입니다.")  # fmt: skip
    remedy = Text("Give {allowed}.", "다음 값을 주세요: {allowed}.")


class WriteRefused(SourceProblem):
    """A write that the server did not take."""

    key = "write-refused"
    says = Text("{where} was not written: {why}.", "{where}에 쓰지 못했습니다: {why}.")
    remedy = Text(
        "Check at the server that the variable may be written by this user.",
        "이 사용자가 그 변수에 쓸 수 있는지 서버에서 확인해 주세요.",
    )


async def write(link: Link, signal: Signal, value: float) -> None:
    """Write `value` to the signal's variable, and see that it reads so afterwards.

    Raises
    ------
    ValueNotHeld
        If the variable's type cannot hold it; nothing was written.
    WriteRefused
        If the server does not take it.
    WriteNotTaken
        If the server said yes and the variable says otherwise.
    """
    node = node_of(signal.address, (await link.limits()).namespaces)
    level = await _attribute(link, node, ua.AttributeIds.UserAccessLevel)
    if level.Value is not None and not int(level.Value.Value or 0) & _CURRENT_WRITE:
        raise WriteRefused(signal.id, why=Text("it may only be read", "읽기만 할 수 있습니다"))
    present = await _attribute(link, node, ua.AttributeIds.Value)
    given = coerced(signal.id, value, present.Value)
    (status,) = await link.session.write_attributes([node], [ua.DataValue(given)])
    if not status.is_good():
        raise WriteRefused(signal.id, why=status.name)
    if level.Value is None or int(level.Value.Value or 0) & _CURRENT_READ:
        await _verify(link, signal, node, given)


def coerced(signal: str, value: float, present: Any) -> Any:
    """Variant of the type that the variable has at present, Double where it has none.

    >>> from dure.plant.connect.opcua.protocol import ua
    >>> coerced("line1/SetPoint", 7.0, ua.Variant(1, ua.VariantType.Int16)).Value
    7
    >>> coerced("line1/SetPoint", 7.5, ua.Variant(1, ua.VariantType.Int16))
    Traceback (most recent call last):
    dure.plant.connect.opcua.writing.ValueNotHeld: line1/SetPoint cannot hold 7.5: it is Int16. Give a whole number, -32768 – 32767.
    """
    kind = ua.VariantType.Double if present is None else present.VariantType
    name = getattr(kind, "name", str(kind))
    if present is not None and present.is_array:
        raise ValueNotHeld(signal, value=f"{value:g}", type=f"{name}[]", allowed="a variable of one value")
    if kind is ua.VariantType.Boolean:
        return ua.Variant(_boolean(signal, value), kind)
    if kind is ua.VariantType.Double and math.isfinite(value):
        return ua.Variant(float(value), kind)
    if kind is ua.VariantType.Float and abs(value) <= 3.4028234663852886e38:
        return ua.Variant(struct.unpack("<f", struct.pack("<f", value))[0], kind)
    low, high = _RANGES.get(name, (1, 0))
    if low > high:
        raise ValueNotHeld(
            signal, value=f"{value:g}", type=name, allowed="a finite number to a variable of numbers"
        )
    if not (math.isfinite(value) and float(value).is_integer() and low <= value <= high):
        allowed = f"a whole number, {low} – {high}"
        raise ValueNotHeld(signal, value=f"{value:g}", type=name, allowed=allowed)
    return ua.Variant(int(value), kind)


def _boolean(signal: str, value: float) -> bool:
    if value not in (0.0, 1.0):
        raise ValueNotHeld(signal, value=f"{value:g}", type="Boolean", allowed="0 | 1")
    return bool(value)


async def _verify(link: Link, signal: Signal, node: Any, given: Any) -> None:
    """Read the variable until it shows what was written, a second or two at most."""
    read: Any = None
    for wait in READ_BACK:
        await asyncio.sleep(wait)
        answer = await _attribute(link, node, ua.AttributeIds.Value)
        read = None if answer.Value is None else answer.Value.Value
        if read == given.Value:
            return
    raise WriteNotTaken(signal.id, value=given.Value, read="–" if read is None else read)


async def _attribute(link: Link, node: Any, attribute: Any) -> Any:
    (answer,) = await link.session.read_attributes([node], attribute)
    return answer

"""Bytes of a device and what they mean: readings of a block, and what is written to a tag."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dure.plant.connect.blocks import Block, Spot
from dure.plant.connect.tags import ORDERS, Tag, order_of
from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GOOD, BAD = 0, 2
_FORMATS = {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8", "float32": "f4", "float64": "f8", "bcd": "u2", "bcd32": "u4"}  # fmt: skip


class ValueOutside(InputError):
    """A value that the tag's type cannot hold."""

    key = "value-outside-type"
    says = Text("{value} does not fit into {where}, a {type}.", "{value}은(는) {type}인 {where}에 들어가지 않습니다.")  # fmt: skip
    remedy = Text("Give a value that it can hold.", "담을 수 있는 값을 주세요.")


@dataclass(frozen=True, eq=False)
class Readout:
    """What requests brought, in columns of N rows, one for each tag asked, in their order.

    `values` NaN where there is none; `qualities` 0 good, 1 uncertain, 2 bad; `times` [ns since 1970 UTC] the
    midpoint of each row's request, None for that of the whole; `text` the words of rows that have words;
    `reasons` why a row is bad.
    """

    values: "NDArray[np.float64]"
    qualities: "NDArray[np.uint8]"
    times: "NDArray[np.int64] | None" = None
    text: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, Text] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Group:
    """Tags of one type: `rows` in the block, `gather` the places of their bytes, most significant first."""

    type: str
    rows: Any
    gather: Any
    scale: Any
    offset: Any
    bit: Any


@lru_cache(4096)
def _groups(block: Block) -> tuple[_Group, ...]:
    """A block's tags by type, each with the places of its bytes: made once, used at every poll."""
    import numpy as np

    by_type: dict[str, list[int]] = defaultdict(list)
    for row, tag in enumerate(block.tags):
        by_type["bool" if block.cell == 1 else tag.type].append(row)
    groups = []
    for kind, rows in by_type.items():
        tags, spots = [block.tags[row] for row in rows], [block.spots[row] for row in rows]
        gather = [_bytes_of(block, tag, spot, kind) for tag, spot in zip(tags, spots, strict=True)]
        groups.append(
            _Group(
                kind,
                np.array(rows),
                np.array(gather),
                np.array([tag.scale for tag in tags]),
                np.array([tag.offset for tag in tags]),
                np.array([spot.start - block.start if block.cell == 1 else spot.bit for spot in spots]),
            )
        )
    return tuple(groups)


def _bytes_of(block: Block, tag: Tag, spot: Spot, kind: str) -> list[int]:
    """Places in the block's content of a tag's bytes, most significant first."""
    if block.cell == 1:
        return [(spot.start - block.start) // 8]
    start = (spot.start - block.start) * block.cell // 8
    width = block.cell // 8 if kind == "bool" else tag.width
    if block.cell == 16 and width == 1 and not tag.is_text:  # the less significant byte of a register
        return [start + (tag.words in ORDERS[:2])]
    return [start + place for place in order_of(tag.words, width, text=tag.is_text)]


def decode(block: Block, content: bytes, *, time: int = 0) -> Readout:
    """Readings of the block's tags, in their order, from the bytes that the device sent at `time` [ns since 1970 UTC].

    Cells of 16 bits are two bytes each as the wire has them; cells of one bit lie eight in a byte, the first in
    the least significant bit (Modbus application protocol 1.1b3 §6.1). A number that is no number, and a BCD
    digit above 9, are bad. A 64-bit integer beyond 2⁵³ is rounded to the nearest float.

    Raises
    ------
    ValueError
        If `content` is not as long as the block.

    Examples
    --------
    >>> from dure.plant.connect.blocks import cells_of, plan
    >>> tags = [Tag("t", "0", "int16", scale=0.1), Tag("f", "1", "float32", words="CDAB")]
    >>> (block,) = plan(tags, lambda tag: Spot("holding", int(tag.address), cells_of(tag, 16)), limit=125)
    >>> decode(block, bytes.fromhex("00eb 0000 4148")).values
    array([23.5, 12.5])
    """
    import numpy as np

    if len(content) != block.width:
        raise ValueError(f"{len(content)} bytes for a block of {block.width}")
    raw = np.frombuffer(content, np.uint8)
    values = np.full(len(block.tags), math.nan)
    text: dict[int, str] = {}
    for group in _groups(block):
        if group.type.startswith("string"):
            found = raw[group.gather]
            text |= {int(row): words_of(bytes(line)) for row, line in zip(group.rows, found, strict=True)}
        else:
            with np.errstate(
                invalid="ignore", over="ignore"
            ):  # a signalling NaN, a float scaled out of range: bad
                values[group.rows] = _numbers(group, raw[group.gather]) * group.scale + group.offset
    bad = ~np.isfinite(values)
    bad[list(text)] = False
    values[bad] = math.nan
    times = np.full(len(block.tags), time, np.int64) if time else None
    return Readout(values, np.where(bad, BAD, GOOD).astype(np.uint8), times, text)


def _numbers(group: _Group, found: "NDArray[np.uint8]") -> "NDArray[np.float64]":
    import numpy as np

    if group.type == "bool":
        whole = (
            found[:, 0].astype(np.uint32)
            if found.shape[1] == 1
            else found.view(">u2")[:, 0].astype(np.uint32)
        )
        shift = np.where(group.bit < 0, 0, group.bit % (8 * found.shape[1]))
        picked = (whole >> shift) & 1
        return np.where(group.bit < 0, whole != 0, picked).astype(np.float64)
    numbers = np.ascontiguousarray(found).view(f">{_FORMATS[group.type]}")[:, 0]
    if group.type.startswith("bcd"):
        return _from_bcd(numbers.astype(np.uint32), 4 if group.type == "bcd" else 8)
    return numbers.astype(np.float64)


def _from_bcd(packed: "NDArray[np.uint32]", digits: int) -> "NDArray[np.float64]":
    import numpy as np

    nibbles = (packed[:, None] >> (4 * np.arange(digits, dtype=np.uint32))) & 15
    numbers = (nibbles * 10.0 ** np.arange(digits)).sum(axis=1)
    return np.where((nibbles > 9).any(axis=1), math.nan, numbers)


def words_of(content: bytes) -> str:
    """Words in a device's bytes up to the first NUL: UTF-8, else CP949, else Latin-1; trailing blanks dropped.

    >>> words_of("가동".encode("cp949") + bytes(2)), words_of(b"LOT-7   ")
    ('가동', 'LOT-7')
    """
    plain = content.partition(b"\0")[0]
    for encoding in ("utf-8", "cp949"):
        try:
            return plain.decode(encoding).rstrip()
        except UnicodeDecodeError:
            continue
    return plain.decode("latin-1").rstrip()


def encode(tag: Tag, value: float | str) -> bytes:
    """Bytes of one reading of a tag as `decode` reads them: what is written to the device.

    Raises
    ------
    ValueOutside
        If the type cannot hold it.

    Examples
    --------
    >>> encode(Tag("t", "0", "int16", scale=0.1), 23.5).hex(), encode(Tag("f", "0", "float32", words="CDAB"), 12.5).hex()
    ('00eb', '00004148')
    """
    import numpy as np

    try:
        plain = _plain(tag, value)
    except (OverflowError, ValueError, TypeError):
        raise ValueOutside(tag.id, value=value, type=tag.type) from None
    order = order_of(tag.words, len(plain), text=tag.is_text)
    content = np.zeros(max(order) + 1, np.uint8)
    content[order] = np.frombuffer(plain, np.uint8)
    return content.tobytes()


def _plain(tag: Tag, value: float | str) -> bytes:
    """Bytes with the most significant first; OverflowError or ValueError if the type cannot hold the value."""
    import numpy as np

    if tag.is_text:
        return _fitting(str(value).encode(), tag.width)
    number = (float(value) - tag.offset) / tag.scale
    if tag.type == "bool":
        return bytes([number != 0])
    if tag.type.startswith("float"):
        return np.array(_finite(number, tag.type), f">{_FORMATS[tag.type]}").tobytes()
    whole = round(number)
    if tag.type.startswith("bcd"):
        digits = 2 * tag.width
        return bytes.fromhex(_fitting_digits(whole, digits))
    return whole.to_bytes(tag.width, "big", signed=tag.type.startswith("int"))


def _fitting(content: bytes, width: int) -> bytes:
    if len(content) > width:
        raise ValueError(len(content))
    return content.ljust(width, b"\0")


def _fitting_digits(whole: int, digits: int) -> str:
    if not 0 <= whole < 10**digits:
        raise OverflowError(whole)
    return f"{whole:0{digits}d}"


def _finite(number: float, kind: str) -> float:
    if not math.isfinite(number) or (kind == "float32" and abs(number) > 3.4028235677973366e38):
        raise OverflowError(number)
    return number


def joined(count: int, parts: Iterable[tuple[Sequence[int], Readout]]) -> Readout:
    """Readouts of several blocks as one of `count` rows; `places` say which row each of a part's rows is.

    A row that no part brought is bad.
    """
    import numpy as np

    values, times = np.full(count, math.nan), np.zeros(count, np.int64)
    qualities = np.full(count, BAD, np.uint8)
    text: dict[int, str] = {}
    reasons: dict[int, Text] = {}
    for places, part in parts:
        rows = np.asarray(places, np.int64)
        values[rows], qualities[rows] = part.values, part.qualities
        if part.times is not None:
            times[rows] = part.times
        text |= {places[row]: words for row, words in part.text.items()}
        reasons |= {places[row]: why for row, why in part.reasons.items()}
    return Readout(values, qualities, times if times.all() else None, text, reasons)


def refused(count: int, why: Text, *, time: int = 0) -> Readout:
    """Readout of `count` tags that the device did not give at `time` [ns since 1970 UTC]: bad, and why."""
    import numpy as np

    times = np.full(count, time, np.int64) if time else None
    return Readout(np.full(count, math.nan), np.full(count, BAD, np.uint8), times, {}, dict.fromkeys(range(count), why))  # fmt: skip

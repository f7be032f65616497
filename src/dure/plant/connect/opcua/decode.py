"""Notifications from their bytes to columns, whole messages at once (OPC 10000-6 §5.2).

Most messages hold readings of one layout (every value a Double, say): those are read as one strided array. A
mixture is read item by item once; when a message of the same shape comes again, its offsets are known and only
verified (`Shapes`). What none of these understands is left to asyncua.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_ITEMS = 1_000_000
WORTH_A_SHAPE, MOST_SHAPES, MOST_WORDS = 16, 64, 64  # items in a message, shapes remembered, texts in one
EPOCH = 116_444_736_000_000_000  # 1970 in OPC UA time: 100 ns since 1601
NO_TIME = 0
_EARLIEST, _LATEST = (
    EPOCH - 2**63 // 100 + 10,
    EPOCH + 2**63 // 100 - 10,
)  # what 64 bits of ns can hold: 1677 – 2262
_DATA_CHANGE, _STATUS_CHANGE, _HISTORY_DATA = 811, 820, 658  # binary encodings, OPC 10000-6 §A (NodeIds.csv)

# type id: how a scalar of it is laid out; Boolean, SByte … Double, DateTime, StatusCode
_SCALARS = {
    1: "?",
    2: "b",
    3: "B",
    4: "<h",
    5: "<H",
    6: "<i",
    7: "<I",
    8: "<q",
    9: "<Q",
    10: "<f",
    11: "<d",
    19: "<I",
}
_SCALAR_STRUCTS = {type_id: struct.Struct(layout) for type_id, layout in _SCALARS.items()}
_STRING, _DATE_TIME, _BYTE_STRING, _XML, _LOCALIZED = 12, 13, 15, 16, 21
_U4, _I4, _I8 = struct.Struct("<I"), struct.Struct("<i"), struct.Struct("<q")


class NotUnderstood(ValueError):
    """Bytes that are no notification, or of a kind that is read elsewhere."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Readings as columns of N rows: client handle, source time [ns since 1970 UTC, 0 none], value, status."""

    handle: NDArray[np.uint32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    status: NDArray[np.uint32]
    text: dict[int, str] = field(default_factory=dict)
    ignored: frozenset[int] = frozenset()  # handles whose value is an array or a structure


@dataclass(frozen=True, slots=True)
class Message:
    """A NotificationMessage; `sent` is the server's clock [ns since 1970 UTC], `status` of a StatusChange or None.

    `broken` is whether a part of it could not be read: its readings are lost, and are to be named.
    """

    subscription: int
    sequence: int
    sent: int
    more: bool = False
    available: tuple[int, ...] = ()
    changes: tuple[Changes, ...] = ()
    status: int | None = None
    empty: bool = True
    broken: bool = False


def nanoseconds(ticks: int) -> int:
    """Time in ns since 1970 UTC of an OPC UA DateTime; 0 where it says nothing.

    >>> nanoseconds(133_444_736_000_000_000), nanoseconds(0)
    (1700000000000000000, 0)
    """
    return (ticks - EPOCH) * 100 if _EARLIEST < ticks < _LATEST else NO_TIME


def publish_response(body: bytes, shapes_of: "Callable[[int], Shapes | None]" = lambda _: None) -> Message:
    """Message of a PublishResponse, its bytes after the ResponseHeader; `shapes_of` a subscription, if it has any.

    Raises
    ------
    NotUnderstood
    """
    try:
        subscription, place = _U4.unpack_from(body, 0)[0], 4
        count = _count(_I4.unpack_from(body, place)[0], 4, body)
        available = struct.unpack_from(f"<{count}I", body, place + 4)
        place += 4 + 4 * count
        more = bool(body[place])
        shapes = shapes_of(subscription)
        return notification(body, place + 1, subscription, more=more, available=available, shapes=shapes)
    except (struct.error, IndexError) as short:
        raise NotUnderstood(str(short)) from short


def notification(  # noqa: PLR0913 - what the PublishResponse around it says
    body: bytes,
    place: int = 0,
    subscription: int = 0,
    *,
    more: bool = False,
    available: tuple[int, ...] = (),
    shapes: "Shapes | None" = None,
) -> Message:
    """Message whose NotificationMessage begins at `place`.

    Raises
    ------
    NotUnderstood
    """
    try:
        sequence, sent = struct.unpack_from("<Iq", body, place)
        count = _count(_I4.unpack_from(body, place + 12)[0], 3, body)
        place += 16
        changes: list[Changes] = []
        status, broken = None, False
        for _ in range(count):
            kind, start, end = _extension(body, place)
            place = end
            if kind == _DATA_CHANGE:
                try:
                    changes.append(data_change(body[start:end], shapes))
                except NotUnderstood:  # its length is known, so what follows can be read
                    broken = True
            elif kind == _STATUS_CHANGE:
                status = _U4.unpack_from(body, start)[0]
    except (struct.error, IndexError) as short:
        raise NotUnderstood(str(short)) from short
    return Message(
        subscription, sequence, nanoseconds(sent), more, available, tuple(changes), status, count == 0, broken
    )


def data_change(body: bytes, shapes: "Shapes | None" = None) -> Changes:
    """Readings of a DataChangeNotification, from its bytes; `shapes` are those met before.

    Raises
    ------
    NotUnderstood
    """
    return _readings(body, 4, _items_by_asyncua, shapes)


def history_data(body: bytes) -> Changes:
    """Readings of a HistoryData (OPC 10000-11 §6.5.2), from its bytes; their handles are 0.

    Raises
    ------
    NotUnderstood
    """
    return _readings(body, 0, _values_by_asyncua, None)


def history_results(body: bytes) -> list[tuple[int, bytes, Changes | None]]:
    """Results of a HistoryReadResponse, its bytes after the ResponseHeader: status, continuation point, readings.

    Raises
    ------
    NotUnderstood
    """
    try:
        count, place = _count(_I4.unpack_from(body, 0)[0], 11, body), 4
        results: list[tuple[int, bytes, Changes | None]] = []
        for _ in range(count):
            status, size = struct.unpack_from("<Ii", body, place)
            place += 8
            if size > len(body) - place:
                raise NotUnderstood("a continuation point that is cut off")
            point = body[place : place + max(size, 0)]
            place += max(size, 0)
            changes = None
            if body[place] <= 1 and body[place + (2 if body[place] == 0 else 4)] == 0:
                place += 3 if body[place] == 0 else 5  # an ExtensionObject without body
            else:
                kind, start, place = _extension(body, place)
                changes = history_data(body[start:place]) if kind == _HISTORY_DATA else None
            results.append((status, point, changes))
    except (struct.error, IndexError) as short:
        raise NotUnderstood(str(short)) from short
    return results


def _readings(
    body: bytes, lead: int, otherwise: Callable[[bytes], Changes], shapes: "Shapes | None"
) -> Changes:
    """Readings that each begin with `lead` bytes of client handle (4 or 0)."""
    try:
        count = _count(_I4.unpack_from(body, 0)[0], lead + 1, body)
        alike = _strided(body, count, lead) if count else None
        if alike is None and shapes is not None and count >= WORTH_A_SHAPE:
            alike = shapes.read(body, count)
        return alike if alike is not None else _one_by_one(body, count, lead)[0]
    except NotUnderstood:
        return otherwise(body)
    except (struct.error, IndexError) as short:
        raise NotUnderstood(str(short)) from short


def _count(count: int, smallest: int, body: bytes) -> int:
    """A length prefix, believed only if that many items fit."""
    if count > min(MAX_ITEMS, len(body) // smallest):
        raise NotUnderstood(f"{count} items in {len(body)} bytes")
    return max(count, 0)


def _extension(body: bytes, place: int) -> tuple[int, int, int]:
    """Type, start and end of an ExtensionObject's body."""
    kind = body[place]
    if kind == 0:
        type_id, place = body[place + 1], place + 2
    elif kind == 1:
        type_id, place = struct.unpack_from("<H", body, place + 2)[0], place + 4
    elif kind == 2:
        type_id, place = _U4.unpack_from(body, place + 3)[0], place + 7
    else:
        raise NotUnderstood("a notification whose type is not a number")
    if body[place] != 1:
        raise NotUnderstood("a notification without bytes")
    length = _I4.unpack_from(body, place + 1)[0]
    start = place + 5
    if not 0 <= length <= len(body) - start:
        raise NotUnderstood("a notification that is cut off")
    return type_id, start, start + length


def _strided(body: bytes, count: int, lead: int = 4) -> Changes | None:
    """Readings that all have one fixed layout, or None."""
    layout = _layout(body[4 + lead], body[5 + lead] if len(body) > 5 + lead else 0, lead)
    if layout is None or 4 + count * layout.itemsize + lead != len(body):  # 4 for the absent DiagnosticInfos
        return None
    rows = np.frombuffer(body, layout, count, offset=4)
    names = layout.names or ()
    if any((rows[name] != rows[name][0]).any() for name in ("mask", "type") if name in names):
        return None
    return _columns(rows, names, count)


def _columns(rows: NDArray[np.void], names: tuple[str, ...], count: int) -> Changes:
    handle = rows["handle"].astype(np.uint32) if "handle" in names else np.zeros(count, np.uint32)
    status = rows["status"].astype(np.uint32) if "status" in names else np.zeros(count, np.uint32)
    value = rows["value"].astype(np.float64) if "value" in names else np.full(count, np.nan)
    return Changes(handle, _times(rows, names, count), value, status)


def _times(rows: NDArray[np.void], names: tuple[str, ...], count: int) -> NDArray[np.int64]:
    """Source time of every row, the server's where the source gave none [ns since 1970 UTC]."""
    time = _since_epoch(rows["source"]) if "source" in names else np.zeros(count, np.int64)
    if "server" in names and not time.all():
        time = np.where(time == 0, _since_epoch(rows["server"]), time)
    if "source_pico" in names:
        time = time + rows["source_pico"].astype(np.int64) // 100
    return time


def _since_epoch(given: NDArray[np.int64]) -> NDArray[np.int64]:
    """`nanoseconds` of many; the usual case, that all are times, costs least."""
    ticks = given.astype(np.int64)
    if ticks.min() > _EARLIEST and ticks.max() < _LATEST:
        return (ticks - EPOCH) * 100
    known = (ticks > _EARLIEST) & (ticks < _LATEST)
    return np.where(known, (np.where(known, ticks, EPOCH) - EPOCH) * 100, NO_TIME)


@cache
def _layout(mask: int, kind: int, lead: int = 4) -> np.dtype[np.void] | None:
    """Layout of an item of that mask and type of value, if it is of fixed size."""
    parts: list[tuple[str, str]] = [("handle", "<u4")] if lead else []
    parts.append(("mask", "u1"))
    if mask & 1:
        scalar = _SCALARS.get(kind)
        if scalar is None:
            return None
        numpy_kind = {"?": "u1", "b": "i1", "B": "u1"}.get(scalar) or np.dtype(scalar).str
        parts += [("type", "u1"), ("value", numpy_kind)]
    # order of the fields: OPC 10000-6 §5.2.2.17
    for bit, name, field_kind in ((2, "status", "<u4"), (4, "source", "<i8"), (16, "source_pico", "<u2"), (8, "server", "<i8"), (32, "server_pico", "<u2")):  # fmt: skip
        if mask & bit:
            parts.append((name, field_kind))
    return np.dtype(parts)


def _one_by_one(body: bytes, count: int, lead: int = 4) -> tuple[Changes, list[int]]:
    """Readings of mixed layout, and where each begins."""
    handles, times, values, statuses = [0] * count, [0] * count, [0.0] * count, [0] * count
    text: dict[int, str] = {}
    ignored: set[int] = set()
    places = [0] * (count + 1)
    place = 4
    for row in range(count):
        places[row] = place
        if lead:
            handles[row] = _U4.unpack_from(body, place)[0]
        mask = body[place + lead]
        place += lead + 1
        value: float | str | None = None
        if mask & 1:
            value, place, scalar = _variant(body, place)
            if not scalar:
                ignored.add(handles[row])
        statuses[row], times[row], place = _rest(body, place, mask)
        if isinstance(value, str):
            text[row] = value
            value = None
        values[row] = float("nan") if value is None else value
    places[count] = place
    changes = Changes(
        np.array(handles, np.uint32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        np.array(statuses, np.uint32),
        text,
        frozenset(ignored),
    )
    return changes, places


def _rest(body: bytes, place: int, mask: int) -> tuple[int, int, int]:
    """Status, time and the place behind a DataValue whose value has been read."""
    status, source, server, pico = 0, 0, 0, 0
    if mask & 2:
        status, place = _U4.unpack_from(body, place)[0], place + 4
    if mask & 4:
        source, place = _I8.unpack_from(body, place)[0], place + 8
    if mask & 16:
        pico, place = struct.unpack_from("<H", body, place)[0], place + 2
    if mask & 8:
        server, place = _I8.unpack_from(body, place)[0], place + 8
    if mask & 32:
        place += 2
    return status, (nanoseconds(source) or nanoseconds(server)) + pico // 100, place


def _variant(  # noqa: PLR0911 - one return a kind of value
    body: bytes, place: int
) -> tuple[float | str | None, int, bool]:
    """Value of a Variant, the place behind it, and whether it is a single value."""
    head = body[place]
    place += 1
    if head & 0xC0:
        return None, _behind_array(body, place, head), False
    kind = head & 0x3F
    layout = _SCALAR_STRUCTS.get(kind)
    if layout is not None:
        return float(layout.unpack_from(body, place)[0]), place + layout.size, True
    if kind == 0:
        return None, place, True
    if kind == _STRING:
        return (*_string(body, place), True)
    if kind == _DATE_TIME:
        return _date(_I8.unpack_from(body, place)[0]), place + 8, True
    if kind == _LOCALIZED:
        return (*_localized(body, place), True)
    if kind in (_BYTE_STRING, _XML):
        return None, _string(body, place)[1], False
    raise NotUnderstood(f"a value of type {kind}")


def _string(body: bytes, place: int) -> tuple[str | None, int]:
    length = _I4.unpack_from(body, place)[0]
    place += 4
    if length < 0:
        return None, place
    if length > len(body) - place:
        raise NotUnderstood("a text that is cut off")
    return body[place : place + length].decode("utf-8", "replace"), place + length


def _localized(body: bytes, place: int) -> tuple[str | None, int]:
    mask = body[place]
    place += 1
    words: str | None = None
    if mask & 1:
        _, place = _string(body, place)
    if mask & 2:
        words, place = _string(body, place)
    return words, place


def _date(ticks: int) -> str | None:
    from datetime import UTC, datetime, timedelta

    time = nanoseconds(ticks)
    return (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time // 1000)).isoformat()
        if time
        else None
    )


def _behind_array(body: bytes, place: int, head: int) -> int:
    """The place behind an array of a type whose size is known."""
    kind = head & 0x3F
    if not head & 0x80:
        raise NotUnderstood("dimensions without an array")
    count = _count(_I4.unpack_from(body, place)[0], 1, body)
    place += 4
    size = 8 if kind == _DATE_TIME else _SCALAR_STRUCTS[kind].size if kind in _SCALAR_STRUCTS else None
    if size is not None:
        place += size * count
    elif kind in (_STRING, _BYTE_STRING, _XML):
        for _ in range(count):
            _, place = _string(body, place)
    else:
        raise NotUnderstood(f"an array of type {kind}")
    if head & 0x40:
        place += 4 + 4 * _count(_I4.unpack_from(body, place)[0], 4, body)
    if place > len(body):
        raise NotUnderstood("an array that is cut off")
    return place


def _items_by_asyncua(body: bytes) -> Changes:
    """Readings with values of rare types, through asyncua's own decoder."""
    from dure.plant.connect.opcua.protocol import from_binary, ua

    try:
        items = from_binary(ua.DataChangeNotification, ua.utils.Buffer(body)).MonitoredItems
        return _of_asyncua([item.ClientHandle for item in items], [item.Value for item in items])
    except Exception as odd:
        raise NotUnderstood(str(odd)) from odd


def _values_by_asyncua(body: bytes) -> Changes:
    """The same for a HistoryData."""
    from dure.plant.connect.opcua.protocol import from_binary, ua

    try:
        values = from_binary(ua.HistoryData, ua.utils.Buffer(body)).DataValues or []
        return _of_asyncua([0] * len(values), values)
    except Exception as odd:
        raise NotUnderstood(str(odd)) from odd


def _of_asyncua(handles: Sequence[int], readings: Sequence[Any]) -> Changes:
    read = [plain(reading) for reading in readings]
    text = {row: value for row, (value, _, _) in enumerate(read) if isinstance(value, str)}
    numbers = [value if isinstance(value, float) else float("nan") for value, _, _ in read]
    ignored = {
        handle
        for handle, reading, (value, _, _) in zip(handles, readings, read, strict=True)
        if value is None and reading.Value is not None and reading.Value.Value is not None
    }
    return Changes(
        np.array(handles, np.uint32),
        np.array([time for _, time, _ in read], np.int64),
        np.array(numbers, np.float64),
        np.array([status for _, _, status in read], np.uint32),
        text,
        frozenset(ignored),
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the items of a mixed message begin, and in which layouts: rows of one layout are read at once."""

    heads: NDArray[np.intp]
    masks: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    groups: tuple[tuple[NDArray[np.intp], np.dtype[np.void], NDArray[np.intp]], ...]  # rows, layout, bytes
    words: tuple[tuple[int, int, bytes], ...]  # row, place and length (as it is written) of the texts

    def fits(self, raw: NDArray[np.uint8], body: bytes) -> bool:
        """Whether mask and type of every item, and each text's length, are as they were: then every place is, too."""
        same = (raw[self.heads] == self.masks).all() and (raw[self.heads + 1] == self.kinds).all()
        return bool(same) and all(body[place + 6 : place + 10] == length for _, place, length in self.words)


class Shapes:
    """Mixed messages met before, by number of items and of bytes; one memory for each subscription."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[int, int], _Shape | None] = {}
        self._seen: tuple[int, int] = (0, 0)

    def read(self, body: bytes, count: int) -> Changes | None:
        """Readings of a message of a known shape; None if it is not known, or does not fit."""
        key = count, len(body)
        shape = self._shapes.get(key)
        raw = np.frombuffer(body, np.uint8)
        if shape is not None and shape.fits(raw, body):
            return _gathered(shape, raw, body, count)
        if self._seen != key or shape is not None:
            self._seen = key
            self._shapes.pop(key, None)
            return None
        changes, places = _one_by_one(body, count)
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        self._shapes[key] = _shape(raw, places, changes)
        return changes


def _shape(raw: NDArray[np.uint8], places: list[int], changes: Changes) -> _Shape | None:
    """Shape of a message; None where one would not help."""
    starts = np.array(places[:-1], np.intp)
    heads = starts + 4
    masks, kinds = raw[heads], raw[np.minimum(heads + 1, len(raw) - 1)]
    keys = masks.astype(np.int64) << 8 | np.where(masks & 1, kinds, 0)
    groups: list[tuple[NDArray[np.intp], np.dtype[np.void], NDArray[np.intp]]] = []
    words: list[tuple[int, int, bytes]] = []
    for key in np.unique(keys):
        rows = np.flatnonzero(keys == key)
        layout = _layout(int(key) >> 8, int(key) & 0xFF)
        if layout is not None:
            groups.append((rows, layout, starts[rows][:, None] + np.arange(layout.itemsize)))
        elif key & 0x1FF == 1 << 8 | _STRING and len(words) + len(rows) <= MOST_WORDS:
            at = starts[rows].tolist()
            words += [(int(row), place, raw[place + 6 : place + 10].tobytes()) for row, place in zip(rows, at, strict=True)]  # fmt: skip
        else:
            return None
    return None if changes.ignored else _Shape(heads, masks, kinds, tuple(groups), tuple(words))


def _gathered(shape: _Shape, raw: NDArray[np.uint8], body: bytes, count: int) -> Changes:
    handle, time = np.zeros(count, np.uint32), np.zeros(count, np.int64)
    value, status = np.full(count, np.nan), np.zeros(count, np.uint32)
    text: dict[int, str] = {}
    for rows, layout, places in shape.groups:
        part = _columns(raw[places].view(layout)[:, 0], layout.names or (), len(rows))
        handle[rows], time[rows], value[rows], status[rows] = part.handle, part.time, part.value, part.status
    for row, place, _ in shape.words:
        handle[row] = _U4.unpack_from(body, place)[0]
        words, after = _string(body, place + 6)
        status[row], time[row], _ = _rest(body, after, body[place + 4])
        if words is not None:
            text[row] = words
    return Changes(handle, time, value, status, text)


def plain(reading: object) -> tuple[float | str | None, int, int]:
    """Value (None if it is no single number or text), time [ns since 1970 UTC] and status of asyncua's DataValue."""
    from datetime import UTC, datetime

    given: Any = getattr(reading, "Value", None)
    inner: Any = None if given is None or given.is_array else given.Value
    value: float | str | None = None
    if isinstance(inner, bool | int | float):
        value = float(inner)
    elif isinstance(inner, datetime):
        value = inner.replace(tzinfo=UTC).isoformat()
    elif isinstance(inner, str):
        value = inner
    elif hasattr(inner, "Text"):
        value = inner.Text
    stamp = getattr(reading, "SourceTimestamp", None) or getattr(reading, "ServerTimestamp", None)
    status = getattr(getattr(reading, "StatusCode", None), "value", 0)
    return value, _since_1970(stamp), int(status)


def _since_1970(stamp: object) -> int:
    from datetime import UTC, datetime, timedelta

    if not isinstance(stamp, datetime):
        return NO_TIME
    return (stamp.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def quality(status: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Severity of status codes: 0 good, 1 uncertain, 2 bad (OPC 10000-4 §7.39.1, bits 30 and 31).

    >>> quality(np.array([0, 0x40000000, 0x80010000, 0x480], np.uint32)).tolist()
    [0, 1, 2, 0]
    """
    severity: NDArray[np.uint8] = np.minimum(status >> 30, 2).astype(np.uint8)
    return severity


def overflowed(status: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether the server dropped readings from its queue before this one (info type DataValue, overflow bit 7).

    >>> overflowed(np.array([0, 0x480, 0x400], np.uint32)).tolist()
    [False, True, False]
    """
    dropped: NDArray[np.bool_] = (status & 0x0C80) == 0x0480
    return dropped

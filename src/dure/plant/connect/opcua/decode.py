"""Notifications from their bytes to columns, whole messages at once (OPC 10000-6 §5.2).

Most messages hold readings of one layout (every value a Double, say): those are read as one strided array.
Others are read item by item; what neither understands is left to asyncua.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_ITEMS = 1_000_000
EPOCH = 116_444_736_000_000_000  # 1970 in OPC UA time: 100 ns since 1601
NO_TIME = 0
_LATEST = (2**63 - 1) // 100 + EPOCH
_DATA_CHANGE, _STATUS_CHANGE = 811, 820  # encodings of the two notifications, OPC 10000-6 §A (NodeIds.csv)

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
    """A NotificationMessage; `sent` is the server's clock [ns since 1970 UTC], `status` of a StatusChange or None."""

    subscription: int
    sequence: int
    sent: int
    more: bool = False
    available: tuple[int, ...] = ()
    changes: tuple[Changes, ...] = ()
    status: int | None = None
    empty: bool = True


def nanoseconds(ticks: int) -> int:
    """Time in ns since 1970 UTC of an OPC UA DateTime; 0 where it says nothing.

    >>> nanoseconds(133_444_736_000_000_000), nanoseconds(0)
    (1700000000000000000, 0)
    """
    return (ticks - EPOCH) * 100 if 0 < ticks < _LATEST else NO_TIME


def publish_response(body: bytes) -> Message:
    """Message of a PublishResponse, its bytes after the ResponseHeader.

    Raises
    ------
    NotUnderstood
    """
    try:
        subscription, place = _U4.unpack_from(body, 0)[0], 4
        count = _count(_I4.unpack_from(body, place)[0], 4, body)
        available = struct.unpack_from(f"<{count}I", body, place + 4)
        place += 4 + 4 * count
        return notification(body, place + 1, subscription, more=bool(body[place]), available=available)
    except (struct.error, IndexError) as short:
        raise NotUnderstood(str(short)) from short


def notification(
    body: bytes,
    place: int = 0,
    subscription: int = 0,
    *,
    more: bool = False,
    available: tuple[int, ...] = (),
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
        status = None
        for _ in range(count):
            kind, start, end = _extension(body, place)
            place = end
            if kind == _DATA_CHANGE:
                changes.append(data_change(body[start:end]))
            elif kind == _STATUS_CHANGE:
                status = _U4.unpack_from(body, start)[0]
    except (struct.error, IndexError) as short:
        raise NotUnderstood(str(short)) from short
    return Message(
        subscription, sequence, nanoseconds(sent), more, available, tuple(changes), status, empty=count == 0
    )


def data_change(body: bytes) -> Changes:
    """Readings of a DataChangeNotification, from its bytes.

    Raises
    ------
    NotUnderstood
    """
    try:
        count = _count(_I4.unpack_from(body, 0)[0], 5, body)
        alike = _strided(body, count) if count else None
        return alike if alike is not None else _one_by_one(body, count)
    except NotUnderstood:
        return _by_asyncua(body)
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


def _strided(body: bytes, count: int) -> Changes | None:
    """Readings that all have one fixed layout, or None."""
    layout = _layout(body, 4)
    if layout is None or 4 + count * layout.itemsize + 4 != len(body):  # 4 for the absent DiagnosticInfos
        return None
    rows = np.frombuffer(body, layout, count, offset=4)
    names = layout.names or ()
    if any((rows[name] != rows[name][0]).any() for name in ("mask", "type") if name in names):
        return None
    status = rows["status"].astype(np.uint32) if "status" in names else np.zeros(count, np.uint32)
    value = rows["value"].astype(np.float64) if "value" in names else np.full(count, np.nan)
    return Changes(rows["handle"].astype(np.uint32), _times(rows, names, count), value, status)


def _times(rows: NDArray[np.void], names: tuple[str, ...], count: int) -> NDArray[np.int64]:
    """Source time of every row, the server's where the source gave none [ns since 1970 UTC]."""
    time = np.zeros(count, np.int64)
    for name in ("server", "source"):
        if name in names:
            ticks = rows[name]
            known = (ticks > 0) & (ticks < _LATEST)
            time = np.where(known, (np.where(known, ticks, EPOCH) - EPOCH) * 100, time)
    if "source_pico" in names:
        time = time + rows["source_pico"].astype(np.int64) // 100
    return time


def _layout(body: bytes, place: int) -> np.dtype[np.void] | None:
    """Layout of the item that begins at `place`, if it is of fixed size."""
    mask = body[place + 4]
    parts: list[tuple[str, str]] = [("handle", "<u4"), ("mask", "u1")]
    if mask & 1:
        kind = _SCALARS.get(body[place + 5])
        if kind is None:
            return None
        numpy_kind = {"?": "u1", "b": "i1", "B": "u1"}.get(kind) or np.dtype(kind).str
        parts += [("type", "u1"), ("value", numpy_kind)]
    # order of the fields: OPC 10000-6 §5.2.2.17
    for bit, name, kind in ((2, "status", "<u4"), (4, "source", "<i8"), (16, "source_pico", "<u2"), (8, "server", "<i8"), (32, "server_pico", "<u2")):  # fmt: skip
        if mask & bit:
            parts.append((name, kind))
    return np.dtype(parts)


def _one_by_one(body: bytes, count: int) -> Changes:
    """Readings of mixed layout."""
    handles, times, values, statuses = [0] * count, [0] * count, [0.0] * count, [0] * count
    text: dict[int, str] = {}
    ignored: set[int] = set()
    place = 4
    for row in range(count):
        handles[row] = _U4.unpack_from(body, place)[0]
        mask = body[place + 4]
        place += 5
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
    return Changes(
        np.array(handles, np.uint32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        np.array(statuses, np.uint32),
        text,
        frozenset(ignored),
    )


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


def _by_asyncua(body: bytes) -> Changes:
    """Readings with values of rare types, through asyncua's own decoder."""
    from dure.plant.connect.opcua.protocol import from_binary, ua

    try:
        items = from_binary(ua.DataChangeNotification, ua.utils.Buffer(body)).MonitoredItems
    except Exception as odd:
        raise NotUnderstood(str(odd)) from odd
    read = [plain(item.Value) for item in items]
    text = {row: value for row, (value, _, _) in enumerate(read) if isinstance(value, str)}
    numbers = [value if isinstance(value, float) else float("nan") for value, _, _ in read]
    ignored = {
        item.ClientHandle
        for item, (value, _, _) in zip(items, read, strict=True)
        if value is None and item.Value.Value is not None and item.Value.Value.Value is not None
    }
    return Changes(
        np.array([item.ClientHandle for item in items], np.uint32),
        np.array([time for _, time, _ in read], np.int64),
        np.array(numbers),
        np.array([status for _, _, status in read], np.uint32),
        text,
        frozenset(ignored),
    )


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

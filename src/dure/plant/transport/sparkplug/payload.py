"""Payloads: metrics in and out of the bytes of a message (Sparkplug 3.0.0 §6.4).

Whoever reads checks what he needs: a codec that refuses everything unusual would lose readings.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dure.plant.transport.sparkplug.datatypes import FIELD, KNOWN, DataType, interpret, write_array
from dure.plant.transport.sparkplug.errors import PayloadWrong
from dure.plant.transport.sparkplug.schema import classes

COMPRESSED = "SPBV1.0_COMPRESSED"
MOST_METRICS = 100_000
LARGEST = 16 * 1024 * 1024  # bytes of a compressed payload when unpacked
LONGEST_TEXT = 16_384  # characters of a value kept as words
_MS = 1_000_000  # ns
_CLOCK_END = 2**63 // _MS - 1  # ms since 1970 that nanoseconds of 64 bits can still hold


class DataSet(NamedTuple):
    """A table (§6.4.10): names and types of the columns, and the rows."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    rows: tuple[tuple[Any, ...], ...]


class Template(NamedTuple):
    """A structure (§6.4.13): its metrics and parameters; `ref` names the definition of an instance."""

    metrics: "tuple[Metric, ...]"
    parameters: Mapping[str, Any]
    ref: str = ""
    definition: bool = False
    version: str = ""


class Metric(NamedTuple):
    """One metric (§6.4.6). `time` in ns since 1970 UTC, 0 where none is given; `value` None is null.

    `kind` is a `DataType`, 0 where the message leaves it out: the value is then as it travelled, and `interpret`
    gives it the type of the birth. `alias` is None where there is none.
    """

    name: str
    value: Any = None
    kind: int = 0
    alias: int | None = None
    time: int = 0
    historical: bool = False
    transient: bool = False
    properties: Mapping[str, Any] = {}


class Payload(NamedTuple):
    """What a message holds (§6.4.4); `seq` None where there is none, `time` in ns since 1970 UTC."""

    metrics: tuple[Metric, ...] = ()
    time: int = 0
    seq: int | None = None
    uuid: str = ""
    body: bytes = b""


def decode(content: bytes, where: str = "an edge node") -> Payload:
    """The payload in the bytes of a message, unpacked if it is compressed.

    Raises
    ------
    PayloadWrong
        If the bytes are no payload.

    Examples
    --------
    >>> decode(encode(Payload((Metric("temp", -5, DataType.INT16, alias=3, time=1_000_000_000),), seq=7))).metrics[0]
    Metric(name='temp', value=-5, kind=2, alias=3, time=1000000000, historical=False, transient=False, properties={})
    """
    return _read(content, where, packed=False)


def encode(payload: Payload, *, kinds: bool = True) -> bytes:
    """Bytes of a payload; without `kinds` the types are left out, as in data and commands by alias (§6.4.6).

    Raises
    ------
    ValueError, TypeError
        If a value does not fit its type.
    """
    made = classes().payload()
    if payload.time:
        made.timestamp = payload.time // _MS
    if payload.seq is not None:
        made.seq = payload.seq
    if payload.uuid:
        made.uuid = payload.uuid
    if payload.body:
        made.body = payload.body
    _put_metrics(made.metrics, payload.metrics, kinds=kinds)
    return bytes(made.SerializeToString())


def words(value: Any) -> str:
    r"""A value that is no number as text: tables, structures and arrays as JSON, bytes in hexadecimal digits.

    >>> words(DataSet(("a", "b"), (3, 12), ((1, "x"),)))
    '{"columns":["a","b"],"rows":[[1,"x"]]}'
    >>> words((1.5, 2.5)), words(b"\x01\xff")
    ('[1.5,2.5]', '01ff')
    """
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if isinstance(value, bytes):
        return value[: LONGEST_TEXT // 2].hex()
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))[:LONGEST_TEXT]


def _plain(value: Any) -> Any:
    if isinstance(value, DataSet):
        return {"columns": value.columns, "rows": value.rows}
    if isinstance(value, Template):
        return {metric.name: _plain(metric.value) for metric in value.metrics}
    if isinstance(value, bytes):
        return value.hex()
    return value


def _read(content: bytes, where: str, *, packed: bool) -> Payload:
    from google.protobuf.message import DecodeError

    try:
        found = classes().payload.FromString(content)
    except (DecodeError, ValueError) as refused:
        raise PayloadWrong(where, why=str(refused)[:200] or "no protobuf") from refused
    if found.uuid == COMPRESSED and not packed:
        return _unpacked(found, where)
    if len(found.metrics) > MOST_METRICS:
        raise PayloadWrong(where, why=f"it has more than {MOST_METRICS:,} metrics")
    return Payload(
        tuple(map(_metric, found.metrics)),
        _time(found.timestamp),
        found.seq if found.HasField("seq") else None,
        _text(found.uuid),
        found.body,
    )


def _unpacked(found: Any, where: str) -> Payload:
    """A payload that was compressed (§6.4.17 as Tahu and the npm client do it); its own seq and time count."""
    algorithm = next((_text(m.string_value) for m in found.metrics if m.name == "algorithm"), "DEFLATE")
    reader = zlib.decompressobj(31 if algorithm.upper() == "GZIP" else 15)
    try:
        content = reader.decompress(found.body, LARGEST)
    except zlib.error as refused:
        raise PayloadWrong(where, why=str(refused)) from refused
    if reader.unconsumed_tail:
        raise PayloadWrong(where, why=f"unpacked it has more than {LARGEST:,} bytes")
    inner = _read(content, where, packed=True)
    seq = found.seq if found.HasField("seq") else inner.seq
    return inner._replace(seq=seq, time=inner.time or _time(found.timestamp))


def _time(ms: int) -> int:
    """Nanoseconds of milliseconds; 0 where no clock of 64 bits can show it."""
    return ms * _MS if ms <= _CLOCK_END else 0


def _metric(found: Any) -> Metric:
    kind = found.datatype
    value = None if found.is_null else _value(found, kind)
    return Metric(
        _text(found.name),
        value,
        kind,
        found.alias if found.HasField("alias") else None,
        _time(found.timestamp),
        found.is_historical,
        found.is_transient,
        _properties(found.properties) if found.HasField("properties") else {},
    )


def _value(found: Any, kind: int) -> Any:
    field = found.WhichOneof("value")
    if field is None:
        return None
    value = getattr(found, field)
    if field == "dataset_value":
        return _dataset(value)
    if field == "template_value":
        return _template(value)
    return _text(value) if field == "string_value" else interpret(value, kind)


def _text(found: str | bytes) -> str:
    """A text; the runtime gives bytes where one is not UTF-8."""
    return found if isinstance(found, str) else found.decode(errors="replace")


def _dataset(found: Any) -> DataSet:
    types = tuple(found.types)
    rows = tuple(
        tuple(_value(element, kind) for element, kind in zip(row.elements, types, strict=False))
        for row in found.rows
    )
    return DataSet(tuple(map(_text, found.columns)), types, rows)


def _template(found: Any) -> Template:
    parameters = {_text(one.name): _value(one, one.type) for one in found.parameters}
    return Template(
        tuple(map(_metric, found.metrics)),
        parameters,
        _text(found.template_ref),
        found.is_definition,
        _text(found.version),
    )


def _properties(found: Any) -> dict[str, Any]:
    """A property set (§6.4.7); sets in sets are left out: no unit or quality lies there."""
    return {
        _text(key): None if value.is_null else _value(value, value.type)
        for key, value in zip(found.keys, found.values, strict=False)
        if value.WhichOneof("value") not in ("propertyset_value", "propertysets_value")
    }


def _put_metrics(target: Any, metrics: Iterable[Metric], *, kinds: bool = True) -> None:
    for metric in metrics:
        made = target.add()
        if metric.name:
            made.name = metric.name
        if metric.alias is not None:
            made.alias = metric.alias
        if metric.time:
            made.timestamp = metric.time // _MS
        if metric.historical:
            made.is_historical = True
        if metric.transient:
            made.is_transient = True
        _put_value(made, metric, kinds=kinds)
        for key, value in metric.properties.items():
            made.properties.keys.append(key)
            _put_property(made.properties.values.add(), value)


def _put_value(made: Any, metric: Metric, *, kinds: bool) -> None:
    kind = metric.kind
    if kind not in KNOWN:
        raise ValueError(f"{metric.name}: {kind} is no data type")
    if kind and kinds:
        made.datatype = kind
    if metric.value is None:
        made.is_null = True
    else:
        _put(made, metric.value, kind or _kind_of(metric.value))


def _put(made: Any, value: Any, kind: int) -> None:
    field = FIELD[kind]
    if kind == DataType.DATASET:
        _put_dataset(made.dataset_value, value)
    elif kind == DataType.TEMPLATE:
        _put_template(made.template_value, value)
    elif kind >= DataType.INT8_ARRAY:
        made.bytes_value = write_array(value, kind)
    elif field in ("int_value", "long_value"):
        setattr(made, field, int(value) & (0xFFFF_FFFF if field == "int_value" else 0xFFFF_FFFF_FFFF_FFFF))
    else:
        setattr(made, field, value)


def _put_dataset(made: Any, table: DataSet) -> None:
    if len(table.columns) != len(table.types):
        raise ValueError("a data set has as many types as columns")
    made.num_of_columns = len(table.columns)
    made.columns.extend(table.columns)
    made.types.extend(table.types)
    for row in table.rows:
        elements = made.rows.add().elements
        for value, kind in zip(row, table.types, strict=True):
            _put(elements.add(), value, kind)


def _put_template(made: Any, template: Template) -> None:
    made.is_definition = template.definition
    if template.ref:
        made.template_ref = template.ref
    if template.version:
        made.version = template.version
    _put_metrics(made.metrics, template.metrics)
    for name, value in template.parameters.items():
        kind = _kind_of(value)
        parameter = made.parameters.add(name=name, type=kind)
        _put(parameter, value, kind)


def _put_property(made: Any, value: Any) -> None:
    kind = DataType.INT32 if type(value) is int and abs(value) < 2**31 else _kind_of(value)
    made.type = kind
    _put(made, value, kind)


def _kind_of(value: Any) -> DataType:
    if isinstance(value, DataSet):
        return DataType.DATASET
    if isinstance(value, Template):
        return DataType.TEMPLATE
    kinds = {bool: DataType.BOOLEAN, int: DataType.INT64, float: DataType.DOUBLE, str: DataType.STRING, bytes: DataType.BYTES}  # fmt: skip
    return kinds[type(value)]

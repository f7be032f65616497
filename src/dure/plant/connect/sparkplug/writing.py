"""The command that writes a metric; whether it may be written is decided before."""

import json

from dure.plant.connect import SourceOdd
from dure.plant.connect.sparkplug.nodes import Known
from dure.plant.transport.sparkplug import DataType, Metric, Topic, command
from dure.vocabulary import Signal, Text

_WHOLE = range(DataType.INT8, DataType.UINT64 + 1)


def owner(signal: Signal) -> tuple[str, str, str, str]:
    """Group, edge node, device (empty: none) and metric of a signal's address.

    Raises
    ------
    SourceOdd

    Examples
    --------
    >>> owner(Signal("s/plant/line1/load", "s", address='["plant", "line1", "", "load"]'))
    ('plant', 'line1', '', 'load')
    """
    try:
        group, node, device, name = map(str, json.loads(signal.address))
    except (ValueError, TypeError):
        raise SourceOdd(
            signal.id, why=Text("its address names no metric", "주소에 메트릭이 없습니다")
        ) from None
    return group, node, device, name


def message(signal: Signal, value: float, known: Known | None, now: int) -> tuple[str, bytes]:
    """Topic and payload of the command, in the birth's type and by its alias if it has one (§6.4.27, §6.4.28).

    Raises
    ------
    SourceOdd
        If the birth is not known, or its type is not one that a number fits.
    """
    group, node, device, name = owner(signal)
    if known is None:
        raise SourceOdd(
            signal.id, why=Text("its edge node gave no birth with it", "에지 노드의 출생 메시지에 없습니다")
        )
    given = _fitting(value, known.kind)
    if given is None:
        raise SourceOdd(signal.id, why=Text("a number does not fit its type", "숫자를 쓸 수 없는 형식입니다"))
    by_alias = known.alias is not None
    metric = Metric("" if by_alias else name, given, known.kind, known.alias, time=now)
    written = command(Topic(group, "", node, device), metric, now)
    return written.topic, written.payload


def _fitting(value: float, kind: int) -> bool | int | float | None:
    if kind == DataType.BOOLEAN:
        return bool(value)
    if kind in _WHOLE:
        return round(value)
    return value if kind in (DataType.FLOAT, DataType.DOUBLE) else None

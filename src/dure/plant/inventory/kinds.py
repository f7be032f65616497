"""Equipment types: what a machine inherits, and how far its signals are what its type expects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dure.vocabulary import InputError, Text, UnknownUnit, same_kind

if TYPE_CHECKING:
    from dure.plant.inventory.records import Equipment, EquipmentType

DEEPEST = 12
"""Types inherit over at most so many steps; more is a circle."""


class TypesInCircle(InputError):
    """A type that inherits from itself."""

    key = "types-in-circle"
    says = Text(
        "{where} is a kind of itself: {chain}.", "{where}이(가) 자기 자신의 하위 유형입니다: {chain}."
    )
    remedy = Text("Give one of them another parent.", "그중 하나의 상위 유형을 바꾸세요.")


class Fit(StrEnum):
    """How a signal stands to what its type expects."""

    FINE = "fine"
    MISSING = "missing"
    OPTIONAL = "optional"
    UNIT_UNKNOWN = "unit-unknown"
    UNIT_DIFFERS = "unit-differs"
    OUT_OF_RANGE = "out-of-range"


@dataclass(frozen=True, slots=True)
class Expected:
    """A signal that a type expects: `name` is a pattern of the last part of its path, `low`/`high` in `unit`."""

    name: str
    unit: str = ""
    semantic_id: str = ""
    low: float | None = None
    high: float | None = None
    signal_class: str = ""
    optional: bool = False

    def meets(self, name: str) -> bool:
        """Whether a signal of that name is meant.

        >>> Expected("*temp*").meets("ChamberTemp"), Expected("*temp*").meets("Voltage")
        (True, False)
        """
        return fnmatchcase(name.lower(), self.name.lower())


@dataclass(frozen=True, slots=True)
class Conformity:
    """One expected signal of a machine, the signal that was found for it, and how it fits."""

    expected: Expected
    signal: str
    fit: Fit
    unit: str = ""


def chain(kind: "EquipmentType | None") -> "list[EquipmentType]":
    """A type and what it inherits from, the widest first.

    Raises
    ------
    TypesInCircle
    """
    found: list[EquipmentType] = []
    while kind is not None:
        found.insert(0, kind)
        if len(found) > DEEPEST or kind.parent_id == kind.pk:
            raise TypesInCircle(kind.pk, chain=" → ".join(one.pk for one in found[:4]))
        kind = kind.parent
    return found


def parameters_of(machine: "Equipment") -> dict[str, dict[str, Any]]:
    """Parameters in force: those of its types, the narrower over the wider, then its own.

    Each is `{value, unit, low, high, from}`, `from` being the type, or empty for the machine itself.
    """
    layers = [(kind.pk, kind.parameters) for kind in chain(machine.type)]
    return merged([*layers, ("", machine.parameters)])


def merged(layers: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, dict[str, Any]]:
    """Layers of parameters laid over each other, fact by fact.

    >>> merged([("cell", {"rated": {"value": 2.5, "unit": "A.h"}}), ("", {"rated": {"value": 2.9}})])
    {'rated': {'value': 2.9, 'unit': 'A.h', 'from': ''}}
    """
    found: dict[str, dict[str, Any]] = {}
    for origin, layer in layers:
        for name, facts in layer.items():
            found[name] = {**found.get(name, {}), **facts, "from": origin}
    return found


def expected_signals(kind: "EquipmentType | None") -> list[Expected]:
    """Signals that a type expects: a narrower type's row with the same pattern replaces the wider one's."""
    found: dict[str, Expected] = {}
    for one in chain(kind):
        found |= {row["name"]: Expected(**row) for row in one.signals}
    return list(found.values())


def conformity(
    kind: "EquipmentType | None", signals: Sequence[Mapping[str, Any]]
) -> tuple[list[Conformity], list[str]]:
    """How the signals of a machine fit its type, and the ids of those that the type does not know.

    Each signal has `id`, `unit` and, if it was measured, `low` and `high`; a signal meets the first pattern only.
    """
    left = {str(one["id"]): one for one in signals}
    checked: list[Conformity] = []
    for expected in sorted(expected_signals(kind), key=_exactness):
        met = [key for key in sorted(left) if expected.meets(key.rpartition("/")[2])]
        if not met:
            fit = Fit.OPTIONAL if expected.optional else Fit.MISSING
            checked.append(Conformity(expected, "", fit))
        for key in met:
            one = left.pop(key)
            checked.append(Conformity(expected, key, _fit(expected, one), str(one.get("unit") or "")))
    return checked, sorted(left)


def _exactness(expected: Expected) -> tuple[int, int]:
    """Patterns without wildcards first, then the longer ones: the nearest takes a signal before the wide does."""
    return (sum(expected.name.count(mark) for mark in "*?["), -len(expected.name))


def _fit(expected: Expected, signal: Mapping[str, Any]) -> Fit:
    unit = str(signal.get("unit") or "")
    if expected.unit and not unit:
        return Fit.UNIT_UNKNOWN
    if expected.unit and unit != expected.unit:
        return Fit.UNIT_DIFFERS
    low, high = signal.get("low"), signal.get("high")
    below = expected.low is not None and low is not None and low < expected.low
    above = expected.high is not None and high is not None and high > expected.high
    return Fit.OUT_OF_RANGE if below or above else Fit.FINE


def convertible(unit: str, wanted: str) -> bool:
    """Whether a unit that differs is of the same kind, so that a conversion would mend it."""
    try:
        return bool(unit and wanted) and same_kind(unit, wanted)
    except UnknownUnit:
        return False

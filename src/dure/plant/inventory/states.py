"""How equipment does: which of it is connected, which is sick, and what to do next. For pages and for the plant's own."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.plant.inventory.kinds import Conformity, Fit, conformity
from dure.plant.inventory.models import Equipment, Signal
from dure.plant.inventory.renames import suggest
from dure.plant.inventory.sources import source_states
from dure.plant.inventory.todo import Todo, Urgency
from dure.vocabulary import Text

SPEAKING = frozenset({"collecting", "finished"})
SICK = frozenset({"stuck", "clock-skew", "gaps", "bad-quality", "silent"})


@dataclass(frozen=True, slots=True)
class State:
    """A piece of equipment with all that is part of it: how many signals, findings, and whether it is connected."""

    signals: int = 0
    findings: int = 0
    sick: int = 0
    without_unit: int = 0
    connected: bool | None = None

    def __add__(self, other: "State") -> "State":
        both = [one for one in (self.connected, other.connected) if one is not None]
        return State(
            self.signals + other.signals,
            self.findings + other.findings,
            self.sick + other.sick,
            self.without_unit + other.without_unit,
            all(both) if both else None,
        )


@dataclass(frozen=True, slots=True)
class Branch:
    """Equipment in its tree: what it is, how it and all below it does, what is part of it."""

    equipment: Equipment
    state: State
    children: "tuple[Branch, ...]"


def equipment_state(home: Path) -> dict[str, State]:
    """State of each piece of equipment by its id, what is below it included."""
    speaking = {one.source.id: one.state in SPEAKING for one in source_states(home)}
    own = states_of(Signal.objects.values("equipment", "source", "unit", "kind", "findings"), speaking)
    return summed(dict(Equipment.objects.values_list("pk", "parent_id")), own)


def states_of(signals: Iterable[Mapping[str, Any]], speaking: Mapping[str, bool]) -> dict[str, State]:
    """State of each piece of equipment by its own signals alone."""
    found: dict[str, State] = {}
    for one in signals:
        keys = [finding["key"] for finding in one["findings"]]
        state = State(
            1, len(keys), int(any(key in SICK for key in keys)),
            int(not one["unit"] and one["kind"] == "number"), speaking.get(one["source"]),
        )  # fmt: skip
        found[one["equipment"]] = found.get(one["equipment"], State()) + state
    return found


def summed(parents: Mapping[str, str | None], own: Mapping[str, State]) -> dict[str, State]:
    """States with those of all parts added.

    >>> summed({"line": None, "cell": "line"}, {"cell": State(2, 1)})["line"].findings
    1
    """
    found = {key: own.get(key, State()) for key in parents}
    for key in parents:
        state, step, seen = own.get(key, State()), parents[key], {key}
        while step is not None and step in parents and step not in seen:
            found[step] = found[step] + state
            seen.add(step)
            step = parents[step]
    return found


def tree(home: Path) -> list[Branch]:
    """The equipment as a tree, roots first, each with its state."""
    states = equipment_state(home)
    children: dict[str | None, list[Equipment]] = {}
    for one in Equipment.objects.select_related("type"):
        children.setdefault(one.parent_id, []).append(one)

    def branch(one: Equipment) -> Branch:
        return Branch(one, states.get(one.pk, State()), tuple(map(branch, children.get(one.pk, ()))))

    return [branch(one) for one in children.get(None, ())]


def fits(machine: Equipment, signals: Sequence[Signal]) -> tuple[list[Conformity], list[str]]:
    """How the signals of a machine fit its type."""
    told = [
        {"id": one.pk, "unit": one.unit, "low": one.measured.get("low"), "high": one.measured.get("high")}
        for one in signals
    ]
    return conformity(machine.type, told)


def things_to_do() -> list[Todo]:
    """What the inventory asks of a person, the gravest first."""
    return [one for one in (_renames(), _misfits(), _units(), _untyped()) if one is not None]


def _renames() -> Todo | None:
    guesses = suggest(Signal.objects.all())
    if not guesses:
        return None
    text = Text(f"{len(guesses)} tags look renamed at their source.", f"소스에서 이름이 바뀐 듯한 태그가 {len(guesses)}개 있습니다.")  # fmt: skip
    return Todo(Urgency.SICK, text, Text("Let them go on", "이어가기"), "equipment:renames")


def _misfits() -> Todo | None:
    found = misfits()
    if not found:
        return None
    count = sum(found.values())
    text = Text(
        f"{count} signals of {len(found)} machines are not as their type expects.",
        f"설비 {len(found)}대의 신호 {count}개가 유형의 기대와 다릅니다.",
    )
    return Todo(Urgency.SOON, text, Text("Look at them", "확인하기"), "equipment:home", (), "?wrong=type")


def misfits() -> Counter[str]:
    """How many expected signals are missing or differ, by machine."""
    signals: dict[str, list[Signal]] = {}
    machines = Equipment.objects.exclude(type=None).select_related("type__parent__parent")
    keys = [one.pk for one in machines]
    for one in Signal.objects.filter(equipment__in=keys).only("id", "unit", "measured", "equipment"):
        signals.setdefault(one.equipment, []).append(one)
    found: Counter[str] = Counter()
    for machine in machines:
        checked, _unknown = fits(machine, signals.get(machine.pk, []))
        wrong = sum(one.fit not in (Fit.FINE, Fit.OPTIONAL) for one in checked)
        if wrong:
            found[machine.pk] = wrong
    return found


def _units() -> Todo | None:
    count = Signal.objects.filter(unit="").exclude(suggested_unit="").count()
    if not count:
        return None
    text = Text(
        "1 signal has a suggested unit." if count == 1 else f"{count} signals have a suggested unit.",
        f"단위가 제안된 신호가 {count}개 있습니다.",
    )
    return Todo(Urgency.TIDY, text, Text("Confirm them", "확인하기"), "inventory:data", (), "?wrong=suggested#signals-title")  # fmt: skip


def _untyped() -> Todo | None:
    leaves = Equipment.objects.filter(children=None, type=None, level="Equipment").count()
    if not leaves or not Equipment.objects.exclude(type=None).exists():
        return None
    text = Text(f"{leaves} machines have no type.", f"유형이 없는 설비가 {leaves}대 있습니다.")
    return Todo(Urgency.TIDY, text, Text("Give them one", "유형 지정"), "equipment:home")

"""A need of data, and how nearly a dataset meets it: what it has, and exactly what is missing, in both languages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dure.sharing.catalog.facts import Column, Event
from dure.sharing.catalog.quantities import label_of, quantity_of
from dure.sharing.catalog.refusals import NeedWrong
from dure.vocabulary import DureError, Text, same_kind, ucum

MOST_COLUMNS, MOST_EVENTS, MOST_WORDS = 60, 30, 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that is wanted: a name for people, its kind of quantity, its unit [UCUM]."""

    name: str
    quantity: str = ""
    unit: str = ""

    @property
    def label(self) -> Text:
        """What to call it."""
        kind = label_of(self.quantity)
        return Text(self.name or kind.en, self.name or kind.ko)


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody looks for: columns, the lowest rate [Hz], the class of equipment, events that are marked, the fewest rows."""

    columns: tuple[Wanted, ...] = ()
    rate: float | None = None
    equipment: str = ""
    events: tuple[str, ...] = ()
    rows: int = 0

    def report(self) -> dict[str, Any]:
        """The need as it is stored."""
        columns = [{"name": one.name, "quantity": one.quantity, "unit": one.unit} for one in self.columns]
        return {
            "columns": columns, "rate": self.rate, "equipment": self.equipment, "events": list(self.events), "rows": self.rows,
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Need":
        """A need from what a form or a file says; units as people write them.

        Raises
        ------
        NeedWrong, UnknownUnit

        Examples
        --------
        >>> Need.of({"columns": [{"name": "챔버온도", "unit": "°C"}], "rows": 1000}).columns[0].quantity
        'Temperature'
        """
        columns = tuple(_wanted(one) for one in _listed(told, "columns", MOST_COLUMNS))
        events = tuple(str(one)[:MOST_WORDS].strip() for one in _listed(told, "events", MOST_EVENTS))
        if not columns and not any(events):
            raise NeedWrong("columns", why=Text("it names no column and no event", "열도 이벤트도 없습니다"))
        rate, rows = _number(told, "rate"), _number(told, "rows")
        return cls(
            columns, rate or None, str(told.get("equipment") or "")[:MOST_WORDS].strip(), tuple(filter(None, events)), int(rows)
        )  # fmt: skip


def _listed(told: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = told.get(name) or []
    if not isinstance(found, (list, tuple)) or len(found) > most:
        raise NeedWrong(
            name, why=Text(f"a list of at most {most} is taken", f"최대 {most}개의 목록이어야 합니다")
        )
    return list(found)


def _number(told: Mapping[str, Any], name: str) -> float:
    try:
        found = float(told.get(name) or 0)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 <= found < 1e15:
        raise NeedWrong(name, why=Text("this is no number of its kind", "올바른 숫자가 아닙니다"))
    return found


def _wanted(one: Any) -> Wanted:
    if not isinstance(one, Mapping):
        raise NeedWrong(
            "columns", why=Text("a column has name and unit", "열에는 이름과 단위가 있어야 합니다")
        )
    name, written = str(one.get("name") or "")[:MOST_WORDS].strip(), str(one.get("unit") or "")[:40].strip()
    unit = ucum(written) if written else ""
    quantity = str(one.get("quantity") or "")[:80] or quantity_of(name, unit)
    if not (name or quantity):
        raise NeedWrong("columns", why=Text("a column has no name", "이름 없는 열이 있습니다"))
    return Wanted(name, quantity, unit)


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that a dataset lacks for a need: `part` is column, unit, rate, equipment, events or rows."""

    part: str
    what: str
    says: Text


@dataclass(frozen=True, slots=True)
class Near:
    """How nearly a dataset meets a need: share of what is wanted that is there [1], and what is missing."""

    entry: str
    share: float
    lacks: tuple[Lack, ...]
    title: Text = field(default_factory=lambda: Text("", ""))
    has: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


def compared(  # noqa: PLR0913 - the parts of a dataset
    need: Need,
    columns: Sequence[Column],
    events: Sequence[Event],
    rows: int,
    equipment: Sequence[str],
    *,
    entry: str = "",
    title: Text | None = None,
) -> Near:
    """A dataset held against a need; each column, event, and the rate, the equipment and the rows weigh the same.

    >>> need = Need.of({"columns": [{"name": "온도", "unit": "Cel"}, {"name": "전류", "unit": "A"}], "rate": 1.0})
    >>> near = compared(need, [Column("T1", quantity="Temperature", unit="K", rate=0.1)], (), 500, ())
    >>> [lack.says.en for lack in near.lacks]
    ['No column of current (A).', 'Temperature is measured at 0.1 Hz; 1 Hz is needed.']
    """
    lacks: list[Lack] = []
    has: list[str] = []
    for wanted in need.columns:
        found, lack = _column(wanted, columns)
        lacks += [lack] if lack else []
        has += [found.name] if found else []
    lacks += _rates(need, [one for one in columns if one.name in has])
    lacks += _events(need, events)
    lacks += _equipment(need, equipment)
    if need.rows > rows:
        lacks.append(
            Lack("rows", str(need.rows), Text(f"It has {rows:,} rows; {need.rows:,} are needed.", f"{rows:,}행이 있습니다. {need.rows:,}행이 필요합니다."))
        )  # fmt: skip
    asked = len(need.columns) + len(need.events) + bool(need.rate) + bool(need.equipment) + bool(need.rows)
    return Near(
        entry, 1 - len(lacks) / max(asked, len(lacks), 1), tuple(lacks), title or Text("", ""), tuple(has)
    )


def _column(wanted: Wanted, columns: Sequence[Column]) -> tuple[Column | None, Lack | None]:
    """The column that fits best; a unit of the same kind is converted, another kind of unit is a lack."""
    named = [one for one in columns if wanted.name and one.name.casefold() == wanted.name.casefold()]
    alike = [one for one in columns if wanted.quantity and one.quantity == wanted.quantity]
    if not named and not alike:
        unit = f" ({wanted.unit})" if wanted.unit else ""
        kind = wanted.label if not wanted.quantity else label_of(wanted.quantity)
        named_en = f" “{wanted.name}”" if not wanted.quantity else ""
        en = f"No column{named_en or f' of {kind.en}'}{unit}."
        ko = f"“{wanted.name}” 열이 없습니다{unit}." if named_en else f"{kind.ko} 열이 없습니다{unit}."
        return None, Lack("column", wanted.quantity or wanted.name, Text(en, ko))
    if not wanted.unit:
        return (named or alike)[0], None
    right = [one for one in (*named, *alike) if one.unit and _convertible(one.unit, wanted.unit)]
    if right:
        return right[0], None
    found = (named or alike)[0]
    en = f"“{found.name}” is in {found.unit}; {wanted.unit} is needed." if found.unit else f"The unit of “{found.name}” is not known; {wanted.unit} is needed."  # fmt: skip
    ko = f"“{found.name}”의 단위는 {found.unit}입니다. {wanted.unit}이(가) 필요합니다." if found.unit else f"“{found.name}”의 단위를 알 수 없습니다. {wanted.unit}이(가) 필요합니다."  # fmt: skip
    return found, Lack("unit", f"{wanted.quantity or wanted.name} {wanted.unit}", Text(en, ko))


def _convertible(unit: str, to: str) -> bool:
    try:
        return unit == to or same_kind(unit, to)
    except DureError:
        return False


def _rates(need: Need, found: Sequence[Column]) -> Iterator[Lack]:
    if not need.rate or not found:
        return
    slowest = min(found, key=lambda one: one.rate or 0.0)
    if (slowest.rate or 0.0) >= need.rate * 0.999:
        return
    name = label_of(slowest.quantity) if slowest.quantity else Text(slowest.name, slowest.name)
    first = name.en[:1].upper() + name.en[1:]
    if slowest.rate:
        says = Text(
            f"{first} is measured at {slowest.rate:.3g} Hz; {need.rate:.3g} Hz is needed.",
            f"{name.ko} 측정 주기는 {slowest.rate:.3g} Hz입니다. {need.rate:.3g} Hz가 필요합니다.",
        )
    else:
        says = Text(
            f"{first} has no known rate; {need.rate:.3g} Hz is needed.",
            f"{name.ko} 측정 주기를 알 수 없습니다. {need.rate:.3g} Hz가 필요합니다.",
        )
    yield Lack("rate", f"{need.rate:g}", says)


def _events(need: Need, events: Sequence[Event]) -> Iterator[Lack]:
    told = [f"{one.kind} {one.label.en} {one.label.ko}".casefold() for one in events if one.count != 0]
    for wanted in need.events:
        if not any(wanted.casefold() in one for one in told):
            yield Lack(
                "events",
                wanted,
                Text(f"No event “{wanted}” is marked.", f"“{wanted}” 이벤트 표시가 없습니다."),
            )


def _equipment(need: Need, equipment: Sequence[str]) -> Iterator[Lack]:
    wanted = need.equipment.casefold()
    if wanted and not any(wanted in one.casefold() for one in equipment if one):
        has = next((one for one in equipment if one), "")
        en = (
            f"It is of {has}; {need.equipment} is needed."
            if has
            else f"Its equipment is not known; {need.equipment} is needed."
        )
        ko = (
            f"{has} 데이터입니다. {need.equipment}이(가) 필요합니다."
            if has
            else f"설비를 알 수 없습니다. {need.equipment}이(가) 필요합니다."
        )
        yield Lack("equipment", need.equipment, Text(en, ko))

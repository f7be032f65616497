"""An alarm's definition as data: what is watched, how patiently, how grave it is and what is to be done.

Rationalisation after IEC 62682:2022 / ANSI/ISA-18.2-2016, clause 9: consequence, response and the time allowed for it
are written down; for the two highest priorities they are required.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from dure.plant.alarms.watching import Delays
from dure.science.formula import Checked, Formula, FormulaWrong, Kind, parse
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.vocabulary import DureError

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LONGEST_DELAY = 86_400.0
"""An on-delay, an off-delay or an age of an input. [s]"""
LONGEST_TEXT = 1000
SECOND = 1_000_000_000
TURNED = {">": "<=", ">=": "<=", "<": ">=", "<=": ">="}


class Priority(IntEnum):
    """How grave, gravest first; four levels as the standard allows."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4


class Unusable(ValueError):
    """A field that cannot stand: which, and why in both languages."""

    def __init__(self, name: str, reason: Text) -> None:
        super().__init__(name, str(reason))
        self.name, self.reason = name, reason


@dataclass(frozen=True, slots=True)
class Definition:
    """One alarm as a person wrote it.

    `condition` is a formula over signal ids that is true while something is wrong; it is over when `clear` is true,
    or, without `clear`, when it no longer holds by `deadband` (in the unit of what is compared). `suppress` is a
    formula that hides the alarm while it is true (a machine that stands). Times are in seconds.
    """

    id: str
    title: Text
    condition: str
    priority: Priority = Priority.LOW
    equipment: str = ""
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    deadband: float = 0.0
    clear: str = ""
    suppress: str = ""
    max_age_s: float = 0.0
    kind: str = "process"
    consequence: str = ""
    response: str = ""
    response_s: float = 0.0
    latch: bool = False
    enabled: bool = True
    file: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)

    @property
    def delays(self) -> Delays:
        """On-delay and off-delay. [ns]."""
        return Delays(round(self.on_delay_s * SECOND), round(self.off_delay_s * SECOND))

    @property
    def max_age(self) -> int:
        """Age after which an input is no longer known [ns]; 0: it holds until the next sample."""
        return round(self.max_age_s * SECOND)

    @property
    def signals(self) -> tuple[str, ...]:
        """Signals that its formulas read, each once."""
        read = [parse(text) for text in (self.condition, self.clear, self.suppress) if text]
        return tuple(dict.fromkeys(name for one in read for name in one.columns))


@dataclass(frozen=True, slots=True)
class Conditions:
    """The formulas of a definition, checked against the signals it reads."""

    holds: Checked
    over: Checked
    suppress: Checked | None


def conditions(definition: Definition, kinds: Mapping[str, Kind]) -> Conditions:
    """Check the formulas against the kinds of their signals.

    Raises
    ------
    Unusable
        With the field and the formula's own words: a formula that cannot be read, a signal that nobody knows, a whole
        column, a clash of units, a deadband on what is no comparison.
    """
    holds = _checked("condition", definition.condition, kinds)
    over = definition.clear or _over(definition, holds.formula)
    suppress = _checked("suppress", definition.suppress, kinds) if definition.suppress else None
    return Conditions(holds, _checked("clear" if definition.clear else "deadband", over, kinds), suppress)


def _checked(name: str, text: str, kinds: Mapping[str, Kind]) -> Checked:
    try:
        formula = parse(text)
        if not formula.columns:
            raise Unusable(name, Text("the formula reads no signal.", "수식이 신호를 쓰지 않습니다."))
        checked = formula.checked(kinds)
        checked.live(time="time")
    except FormulaWrong as refused:
        raise Unusable(name, _both(refused)) from refused
    if checked.kind.type not in {"yes-no", "number"}:
        raise Unusable(name, Text("the formula gives no yes or no.", "수식의 결과가 참·거짓이 아닙니다."))
    return checked


def _both(refused: "DureError") -> Text:
    facts = {"where": refused.where, **refused.facts}
    says, remedy = refused.says, refused.remedy
    return Text(
        f"{says.en.format(**facts)} {remedy.en.format(**facts)}",
        f"{says.ko.format(**facts)} {remedy.ko.format(**facts)}",
    )


def _over(definition: Definition, formula: Formula) -> str:
    """Formula that says when the condition is over by its deadband."""
    if not definition.deadband:
        return f"=NOT({str(formula)[1:]})"
    return f"={_relaxed(formula, formula.tree, definition.deadband)}"


def _relaxed(formula: Formula, tree: Any, band: float) -> str:
    def words(node: Any) -> str:
        return str(replace(formula, tree=node))[1:]

    links: Any = getattr(tree, "links", ())
    if len(links) == 1 and links[0].operator in TURNED:
        operator, sign = TURNED[links[0].operator], "-" if links[0].operator[0] == ">" else ""
        return f"(({words(tree.first)})-({words(links[0].term)})){operator}{sign}{band!r}"
    joined = {"AND": "OR", "OR": "AND"}.get(getattr(tree, "name", ""))
    if joined:
        return f"{joined}({', '.join(_relaxed(formula, one, band) for one in tree.arguments)})"
    raise Unusable(
        "deadband",
        Text(
            "a deadband needs comparisons such as [x]>80, alone or in AND and OR; write `clear` instead.",
            "불감대는 [x]>80 같은 비교식(단독 또는 AND·OR 안)에만 쓸 수 있습니다. 대신 clear를 적어 주세요.",
        ),
    )


def parsed(found: Mapping[str, Any]) -> Definition:
    """The definition that a mapping of a file or a form describes; formulas are read, signals not looked up.

    Raises
    ------
    Unusable
        With the first field that cannot stand.
    """
    known = {one.name for one in fields(Definition)} - {"file", "line"}
    for strange in sorted(set(found) - known):
        raise Unusable(strange, Text(f"there is no field “{strange}”.", f"‘{strange}’ 항목은 없습니다."))
    given = {name: _field(name, value) for name, value in found.items()}
    for needed in ("id", "title", "condition"):
        if not given.get(needed):
            raise Unusable(needed, Text(f"“{needed}” is missing.", f"‘{needed}’이(가) 없습니다."))
    made = Definition(**given)
    _rationalised(made)
    for name in ("condition", "clear", "suppress"):
        if text := getattr(made, name):
            try:
                parse(text)
            except FormulaWrong as refused:
                raise Unusable(name, _both(refused)) from refused
    if made.deadband and not made.clear:
        _over(made, parse(made.condition))
    return made


def _rationalised(made: Definition) -> None:
    if made.priority > Priority.HIGH:
        return
    for name in ("consequence", "response", "response_s"):
        if not getattr(made, name):
            raise Unusable(
                name,
                Text(
                    f"an alarm of priority {made.priority.name.lower()} needs “{name}”.",
                    f"우선순위가 {made.priority.name.lower()}인 알람에는 ‘{name}’이(가) 필요합니다.",
                ),
            )


def _field(name: str, value: Any) -> Any:
    if name == "id":
        return _matching(name, value)
    if name == "title":
        return _title(value)
    if name == "priority":
        return _priority(value)
    if name in {"latch", "enabled"}:
        if not isinstance(value, bool):
            raise Unusable(name, Text("it is true or false.", "true 또는 false여야 합니다."))
        return value
    if name in {"on_delay_s", "off_delay_s", "max_age_s", "response_s", "deadband"}:
        return _number(name, value)
    return _words(name, value)


def _matching(name: str, value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise Unusable(
            name,
            Text(
                "an id is a-z, 0-9 and hyphens, 64 at most.",
                "id는 영문 소문자, 숫자, 하이픈으로 64자까지입니다.",
            ),
        )
    return value


def _words(name: str, value: Any) -> str:
    most = 8000 if name in {"condition", "clear", "suppress"} else LONGEST_TEXT
    if not isinstance(value, str) or len(value) > most:
        raise Unusable(
            name, Text(f"it is a text of at most {most} characters.", f"{most}자 이하의 글자여야 합니다.")
        )
    return " ".join(value.split()) if most == LONGEST_TEXT else value.strip()


def _title(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    words = {"en": value, "ko": value} if isinstance(value, str) else value
    if not isinstance(words, Mapping) or not set(words) <= {"en", "ko"} or not words:
        raise Unusable(
            "title", Text("a title is a text, or en and ko.", "제목은 글자 하나이거나 en과 ko입니다.")
        )
    en, ko = (_words("title", words.get(one, "")) for one in ("en", "ko"))
    if not (en or ko):
        raise Unusable("title", Text("the title is empty.", "제목이 비어 있습니다."))
    return Text(en or ko, ko or en)


def _priority(value: Any) -> Priority:
    names = {one.name.lower(): one for one in Priority}
    found = names.get(value) if isinstance(value, str) else None
    if found is None:
        listed = ", ".join(names)
        raise Unusable(
            "priority", Text(f"a priority is one of {listed}.", f"우선순위는 {listed} 중 하나입니다.")
        )
    return found


def _number(name: str, value: Any) -> float:
    most = 1e12 if name == "deadband" else LONGEST_DELAY
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Unusable(
            name, Text(f"it is a number from 0 to {most:g}.", f"0에서 {most:g} 사이의 수여야 합니다.")
        )
    return float(value)

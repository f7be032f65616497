"""Score: weighted terms from 0 to 1, conditions that shut out, a bounded bonus; every part explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from dure.foundation.procedure.facts import Facts, holds, reckon, require
from dure.foundation.procedure.form import label_of
from dure.foundation.procedure.refusals import FactAbsent
from dure.foundation.procedure.written import read
from dure.science.formula import Kind
from dure.vocabulary import Text


@dataclass(frozen=True)
class Term:
    """A part of a score: its formula gives 0 to 1, and is cut to that."""

    id: str
    label: Text
    formula: str
    weight: float = 0.0


@dataclass(frozen=True)
class Hard:
    """A condition; whoever does not meet it is shut out, for this reason."""

    id: str
    formula: str
    reason: Text


@dataclass(frozen=True)
class Part:
    """What one term gave: its value from 0 to 1 (None if it is not known), and its points."""

    term: Term
    value: float | None
    points: float


@dataclass(frozen=True)
class Scored:
    """The whole: `total` is None for whoever is shut out, and `shut_out` says why."""

    total: float | None
    parts: tuple[Part, ...]
    bonus: float
    shut_out: tuple[Text, ...]
    of: float = 100.0

    def explained(self) -> tuple[str, ...]:
        """One line a term, the heaviest first; then what shut out.

        >>> score_of(EXAMPLE).of_facts({"task": 2 / 3, "data": 1.0, "cases": 4.0}).explained()
        ('Task 36.7 / 55', 'Data 36.7 / 36.7', 'Cases 6.14 / 8.33')
        """
        weight = sum(part.term.weight for part in self.parts) or 1.0
        whole = self.of / weight
        ordered = sorted(self.parts, key=lambda part: -part.term.weight)
        lines = [f"{part.term.label} {part.points:.3g} / {part.term.weight * whole:.3g}" for part in ordered]
        return (*lines, *(str(reason) for reason in self.shut_out))


@dataclass(frozen=True)
class Score:
    """Terms and conditions. `missing` says what a term without a value counts: zero, nothing (`drop`), or a refusal."""

    id: str
    label: Text
    terms: tuple[Term, ...]
    hard: tuple[Hard, ...]
    bonus: tuple[Term, ...]
    facts: Mapping[str, Kind]
    of: float = 100.0
    digits: int = 1
    missing: str = "zero"
    bonus_most: float = 5.0

    def of_facts(self, facts: Facts) -> Scored:
        """The score of somebody of whom this is known.

        Raises
        ------
        FactAbsent
            If a term's fact is missing and the score refuses that.

        Examples
        --------
        >>> score_of(EXAMPLE).of_facts({"task": 2 / 3, "data": 1.0, "cases": 4.0}).total
        79.5
        """
        shut_out = tuple(one.reason for one in self.hard if not self._holds(one, facts))
        values = [(one, self._value(one, facts)) for one in self.terms]
        counted = [(one, value) for one, value in values if value is not None or self.missing == "zero"]
        weight = sum(one.weight for one, _ in counted)
        share = self.of / weight if weight else 0.0
        parts = tuple(Part(one, value, one.weight * share * (value or 0.0)) for one, value in counted)
        bonus = max(
            -self.bonus_most, min(self.bonus_most, sum(_number(one, facts, self.facts) for one in self.bonus))
        )
        total = self._rounded(sum(part.points for part in parts) + bonus) if weight else None
        return Scored(None if shut_out else total, parts, bonus, shut_out, self.of)

    def _holds(self, one: Hard, facts: Facts) -> bool:
        try:
            return holds(one.formula, facts, self.facts)
        except FactAbsent:
            return False

    def _value(self, one: Term, facts: Facts) -> float | None:
        value = reckon(one.formula, facts, self.facts)
        if value is None and self.missing == "refuse":
            raise FactAbsent(str(one.label))
        return None if value is None else min(1.0, max(0.0, float(value)))  # type: ignore[arg-type]  # checked: a number

    def _rounded(self, total: float) -> float:
        step = Decimal(1).scaleb(-self.digits)
        return float(Decimal(repr(round(total, 9))).quantize(step, ROUND_HALF_UP))


def score_of(text: str, name: str = "") -> Score:
    """The score written in YAML.

    Raises
    ------
    ProcedureWrong
        If it breaks the format of `schemas/score.schema.json`, or a formula is wrong; says the line.
    """
    document = read("score", text, name)
    values = document.values
    score = Score(
        values["id"],
        label_of(values),
        tuple(Term(raw["id"], label_of(raw), raw["formula"], raw["weight"]) for raw in values["terms"]),
        tuple(Hard(raw["id"], raw["formula"], label_of(raw["reason"])) for raw in values.get("hard", ())),
        tuple(Term(raw["id"], label_of(raw), raw["formula"]) for raw in values.get("bonus", ())),
        {name: Kind(kind) for name, kind in values.get("facts", {}).items()},
        values.get("of", 100.0),
        values.get("round", 1),
        values.get("missing", "zero"),
        values.get("bonus_most", 5.0),
    )
    for part, want in (("terms", "number"), ("hard", "yes-no"), ("bonus", "number")):
        for at, one in enumerate(getattr(score, part)):
            require(document, (part, at, "formula"), one.formula, score.facts, want)
    return score


def _number(one: Term, facts: Facts, kinds: Mapping[str, Kind]) -> float:
    value = reckon(one.formula, facts, kinds)
    return float(value) if value is not None else 0.0  # type: ignore[arg-type]  # checked: a number


EXAMPLE = """
id: fit
ko: 적합도
en: Fit
facts: {task: number, data: number, cases: number}
hard: [{id: cases, formula: "=[cases]>0", reason: {ko: 실적이 없습니다., en: There is no case.}}]
terms:
  - {id: task, ko: 과제, en: Task, weight: 30, formula: "=[task]"}
  - {id: data, ko: 데이터, en: Data, weight: 20, formula: "=[data]"}
  - {id: cases, ko: 실적, en: Cases, weight: 4.545454545454546, formula: "=1-EXP(-[cases]/3)"}
"""

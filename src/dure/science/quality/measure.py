"""The promise of a quality measure: look at a table, say how good it is, what is wrong, and what to do.

A measure is one file in the folder of its characteristic: a frozen dataclass with its limits as fields, a `key`,
its name and sentences in both languages, and the `defect` it is for. It is pure, never changes what it looks at,
and names a column of the table or the table itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.subject import Subject
from dure.vocabulary import Text

TABLE = "table"


class Severity(IntEnum):
    """How much a finding matters: it spoils a model, it is to be looked at, it is good to know."""

    SERIOUS = 0
    CHECK = 1
    NOTE = 2

    @property
    def label(self) -> Text:
        """The word for people."""
        return (Text("serious", "심각"), Text("check", "확인"), Text("note", "참고"))[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing: where (a column, or `table`), what, and what to do."""

    key: str
    where: str
    message: Text
    remedy: Text
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)
    severity: Severity = Severity.CHECK
    columns: tuple[str, ...] = ()

    def report(self) -> dict[str, Any]:
        """The finding as the command's `--json` gives it, in the language in force."""
        told: dict[str, Any] = {
            "key": self.key,
            "where": self.where,
            "message": str(self.message),
            "remedy": str(self.remedy),
            "severity": self.severity.name.lower(),
        }
        return told | ({"columns": list(self.columns)} if self.columns else {})


@dataclass(frozen=True, slots=True)
class Value:
    """A measured quality: a share from 0 (bad) to 1 (good), or a number with a unit, with how it was computed."""

    characteristic: Characteristic
    key: str
    measure: Text
    value: float
    words: Text
    where: str = TABLE
    unit: str = "1"
    source: str = ""

    def report(self) -> dict[str, Any]:
        """The value as the command's `--json` gives it, in the language in force."""
        return {
            "characteristic": self.characteristic.id,
            "measure": str(self.measure),
            "value": self.value,
            "unit": self.unit,
            "where": self.where,
            "words": str(self.words),
            "source": self.source or self.characteristic.standard,
            "key": self.key,
        }


@dataclass(frozen=True)
class Measure:
    """What a measure promises; members set the class variables and give `measure`, or `values`, or both."""

    key: ClassVar[str] = ""
    characteristic: ClassVar[Characteristic]
    severity: ClassVar[Severity] = Severity.CHECK
    #: Name of the measure, in the standard's terms, and how it is computed, in one sentence.
    title: ClassVar[Text] = Text("", "")
    how: ClassVar[Text] = Text("", "")
    #: Standard and id of the measure, where the standard has it; else the characteristic's standard.
    source: ClassVar[str] = ""
    says: ClassVar[Text] = Text("", "")
    remedy: ClassVar[Text] = Text("", "")
    #: What one sentence says of several columns at once; `{names}` stand for them. Empty: each has its own.
    together: ClassVar[Text] = Text("", "")
    #: Key of the defect in `injection.DEFECTS` that this measure is for.
    defect: ClassVar[str] = ""
    #: What the value is a share of (see `Subject.count`); empty where the measure rates by itself.
    counts: ClassVar[str] = ""

    def measure(self, subject: Subject) -> Iterator[Finding]:  # noqa: ARG002 - the promise; members look at it
        """Findings on `subject`, none if all is well."""
        yield from ()

    def rated(self, subject: Subject) -> Iterator[Value]:  # noqa: ARG002 - the promise; members look at it
        """The measure's values, where they are no count of its findings."""
        yield from ()

    def values(self, subject: Subject, findings: Sequence[Finding]) -> Iterator[Value]:
        """The measure's values: those it rates itself, or the share of what it counts that no finding concerns."""
        whole = subject.count(self.counts) if self.counts else 0
        if whole:
            wrong = min(sum(self._affected(one) for one in findings), whole)
            yield self.value(1 - wrong / whole)
        else:
            yield from self.rated(subject)

    def _affected(self, finding: Finding) -> int:
        if self.counts == "columns":
            return max(len(finding.columns), 1)
        return int(finding.facts.get("affected", finding.facts.get("count", 0)))

    def value(self, value: float, where: str = TABLE, unit: str = "1") -> Value:
        """A value of this measure, at most six digits."""
        rounded = float(f"{value:.6g}")
        return Value(self.characteristic, self.key, self.title, rounded, self.how, where, unit, self.source)

    def found(
        self, where: str, columns: Any = (), severity: Any = None, **facts: Any
    ) -> Finding:  # Any: members give their facts as one mapping
        """A finding of this measure, its sentences filled with `facts`; `severity` if it is not the measure's own."""
        return Finding(
            self.key,
            where,
            filled(self.says, where, facts),
            filled(self.remedy, where, facts),
            facts,
            self.severity if severity is None else severity,
            tuple(columns),
        )


def filled(text: Text, where: str, facts: Mapping[str, Any]) -> Text:
    """Both sentences with their places filled; a whole number gets its thousands separators, a text its language.

    >>> filled(Text("{count} rows of “{where}”", "“{where}”의 {count}개 행"), "bar", {"count": 2490}).en
    '2,490 rows of “bar”'
    """
    spoken = {name: f"{fact:,}" if type(fact) is int else fact for name, fact in facts.items()}
    en = {name: fact.en if isinstance(fact, Text) else fact for name, fact in spoken.items()}
    ko = {name: fact.ko if isinstance(fact, Text) else fact for name, fact in spoken.items()}
    return Text(text.en.format(where=where, **en), text.ko.format(where=where, **ko))

"""The promise of a quality measure: look at a table, say what is wrong and what to do.

A measure is one file here: a frozen dataclass with its limits as fields, a `key`, and both sentences in both
languages. It is pure, never changes what it looks at, and names a column of the table or the table itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.columns import kind_of
from dure.science.quality.times import Clock, clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

TABLE = "table"
_LABEL_NAMES = (
    "passorfail", "pass_or_fail", "label", "target", "quality", "anomaly", "defect", "fault", "failure", "class",
    "machine failure", "result", "불량", "불량여부", "양불", "양불판정", "판정", "합부", "합격여부",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing: where (a column, or `table`), what, and what to do."""

    key: str
    where: str
    message: Text
    remedy: Text
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def report(self) -> dict[str, str]:
        """The finding as the command's `--json` gives it, in the language in force."""
        return {
            "key": self.key,
            "where": self.where,
            "message": str(self.message),
            "remedy": str(self.remedy),
        }


@dataclass(frozen=True)
class Subject:
    """What measures look at: a table, the rows of each of its files, its clock, and the column to be learnt."""

    frame: "pl.DataFrame"
    segments: tuple[int, ...]
    target: str | None = None
    sources: tuple[str, ...] = ()

    @cached_property
    def clock(self) -> Clock | None:
        """When each row was measured, if a column tells."""
        return clock(self.frame)

    @cached_property
    def label(self) -> str | None:
        """The column to be learnt: the one named, else one that is called as such columns are."""
        if self.target is not None:
            return self.target
        names = {name.strip().lower(): name for name in self.frame.columns}
        return next((names[word] for word in _LABEL_NAMES if word in names), None)

    @cached_property
    def starts(self) -> NDArray[np.bool_]:
        """Whether a row is the first of its file: nothing is compared across that line."""
        first = np.zeros(len(self.frame), dtype=bool)
        starts = np.concatenate([[0], np.cumsum(self.segments)]).astype(int)
        first[starts[starts < len(first)]] = True
        return first

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """Time [s] from the row before, NaN at the start of a file and where a time is unknown."""
        if self.clock is None:
            return np.full(len(self.frame), np.nan)
        steps = np.diff(self.clock.seconds, prepend=np.nan)
        return np.where(self.starts, np.nan, steps)

    def place(self, row: int) -> Text:
        """Where row number `row` (from 0) stands, for a sentence: its number in its file, and that file."""
        ends = np.cumsum(self.segments)
        file = int(np.searchsorted(ends, row, side="right"))
        if len(self.segments) < 2 or len(self.sources) != len(self.segments):
            return Text(f"row {row + 1}", f"{row + 1}행")
        name, within = PurePath(self.sources[file]).name, row - int(ends[file]) + self.segments[file] + 1
        return Text(f"row {within} of {name}", f"{name}의 {within}행")

    def of_kind(self, kind: str) -> Iterator["pl.Series"]:
        """Columns of that kind that hold any value."""
        for column in self.frame.get_columns():
            if kind_of(column.dtype) == kind and not column.is_null().all():
                yield column


@dataclass(frozen=True)
class Measure:
    """What a measure promises; members set `key`, `says` and `remedy` and give `measure`."""

    key: ClassVar[str] = ""
    says: ClassVar[Text] = Text("", "")
    remedy: ClassVar[Text] = Text("", "")

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """Findings on `subject`, none if all is well."""
        raise NotImplementedError

    def found(self, where: str, **facts: Any) -> Finding:
        """A finding of this measure, its sentences filled with `facts`."""
        return Finding(
            self.key, where, _filled(self.says, where, facts), _filled(self.remedy, where, facts), facts
        )


def _filled(text: Text, where: str, facts: Mapping[str, Any]) -> Text:
    """Both sentences with their places filled; a fact may itself be a text in both languages."""
    en = {name: fact.en if isinstance(fact, Text) else fact for name, fact in facts.items()}
    ko = {name: fact.ko if isinstance(fact, Text) else fact for name, fact in facts.items()}
    return Text(text.en.format(where=where, **en), text.ko.format(where=where, **ko))


def numbers(column: "pl.Series") -> NDArray[np.float64]:
    """Finite values of a column of numbers, in order."""
    import polars as pl

    values = column.cast(pl.Float64).drop_nulls()
    finite: NDArray[np.float64] = values.filter(values.is_finite()).to_numpy()
    return finite


def percent(share: float) -> str:
    """A share as people read it, never rounded to a clean 0 or 100.

    >>> percent(0.25), percent(0.00001), percent(0.99999)
    ('25 %', '<0.1 %', '>99.9 %')
    """
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.3g} %"


def duration(seconds: float) -> str:
    """A stretch of time as people say it.

    >>> duration(0.02), duration(90), duration(7200), duration(259_200)
    ('20 ms', '90 s', '2 h', '3 d')
    """
    for limit, size, unit in ((1, 1e-3, "ms"), (120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.3g} d"


def shown(names: Sequence[object], most: int = 3) -> str:
    """The first few of many, for a sentence.

    >>> shown(["a", "b", "c", "d"])
    'a, b, c …'
    """
    return ", ".join(str(name) for name in names[:most]) + (" …" if len(names) > most else "")

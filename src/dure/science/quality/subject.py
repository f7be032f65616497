"""What measures look at: a table with its files, clock and label, and what each of them would otherwise count again."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.columns import NUMBER, TEXT, kind_of, unit_in
from dure.science.quality.times import Clock, clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Fact = TypeVar("Fact")
_LABEL_NAMES = (
    "passorfail", "pass_or_fail", "label", "target", "quality", "anomaly", "defect", "fault", "failure", "class",
    "machine failure", "result", "불량", "불량여부", "양불", "양불판정", "판정", "합부", "합격여부",
)  # fmt: skip
# Columns are kept as arrays up to so many values in all; a larger table is read again by each measure.
_KEPT = 60_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A column of numbers in figures: finite values, different values, least, 1st and 99th percentile, most, MAD.

    Percentiles and different values are those of at most 200,000 values, evenly taken.
    """

    count: int
    distinct: int
    low: float
    first: float
    middle: float
    last: float
    high: float
    deviation: float

    @property
    def span(self) -> float:
        """From the 1st to the 99th percentile."""
        return self.last - self.first


@dataclass(frozen=True)
class Subject:
    """A table, the rows of each of its files, the column to be learnt, what its reader noted, and who opens its pictures."""

    frame: "pl.DataFrame"
    segments: tuple[int, ...]
    target: str | None = None
    sources: tuple[str, ...] = ()
    units: Mapping[str, str] | None = None
    content: Callable[[str], bytes] | None = None

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
    def steps(self) -> Floats:
        """Time [s] from the row before, NaN at the start of a file and where a time is unknown."""
        if self.clock is None:
            return np.full(len(self.frame), np.nan)
        steps = np.diff(self.clock.seconds, prepend=np.nan)
        return np.where(self.starts, np.nan, steps)

    @cached_property
    def usual_step(self) -> float:
        """Median time between rows [s], NaN without a clock."""
        forward = self.steps[self.steps > 0]
        return float(np.median(forward)) if len(forward) else float("nan")

    @property
    def ends(self) -> NDArray[np.int64]:
        """Row after the last of each file."""
        return np.cumsum(self.segments).astype(np.int64)

    def unit(self, name: str) -> str:
        """UCUM code of a column's unit: what its reader found, else what its header carries."""
        return (self.units or {}).get(name) or unit_in(name)

    def place(self, row: int) -> Text:
        """Where row number `row` (from 0) stands, for a sentence: its number in its file, and that file."""
        file = int(np.searchsorted(self.ends, row, side="right"))
        if len(self.segments) < 2 or len(self.sources) != len(self.segments):
            return Text(f"row {row + 1:,}", f"{row + 1:,}행")
        name, within = self.file(file), row - int(self.ends[file]) + self.segments[file] + 1
        return Text(f"row {within:,} of {name}", f"{name}의 {within:,}행")

    def file(self, number: int) -> str:
        """Name of a file, without its folder."""
        return PurePath(self.sources[number]).name if number < len(self.sources) else str(number + 1)

    def of_kind(self, kind: str) -> Iterator["pl.Series"]:
        """Columns of that kind that hold any value."""
        for column in self.frame.get_columns():
            if kind_of(column.dtype) == kind and column.null_count() < len(column):
                yield column

    @cached_property
    def signals(self) -> tuple[str, ...]:
        """Columns of numbers with any value, but for the clock."""
        ticks = self.clock.name if self.clock is not None else None
        return tuple(column.name for column in self.of_kind(NUMBER) if column.name != ticks)

    @cached_property
    def _arrays(self) -> dict[str, Floats]:
        return {}

    @cached_property
    def _shapes(self) -> dict[str, Shape | None]:
        return {}

    def array(self, name: str) -> Floats:
        """A column of numbers, NaN where a value is missing or infinite; not to be written to."""
        if name in self._arrays:
            return self._arrays[name]
        import polars as pl

        column = self.frame.get_column(name).cast(pl.Float64)
        values = column.fill_null(float("nan")).to_numpy()
        if np.isinf(values).any():
            values = np.where(np.isinf(values), np.nan, values)
        if self.frame.height * self.frame.width <= _KEPT:
            self._arrays[name] = values
        return values

    def shape(self, name: str) -> Shape | None:
        """A column of numbers in figures, None if it holds none."""
        if name not in self._shapes:
            self._shapes[name] = _shape(self.array(name))
        return self._shapes[name]

    @cached_property
    def _once(self) -> dict[Hashable, tuple[Any, ...]]:
        return {}

    def once(self, measure: Hashable, ask: Callable[["Subject"], Iterable[Fact]]) -> tuple[Fact, ...]:
        """What `ask` gives of this subject, asked once for a measure that needs it for findings and value."""
        if measure not in self._once:
            self._once[measure] = tuple(ask(self))
        return self._once[measure]

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """Columns of references to content; none where nobody opens it."""
        if self.content is None:
            return ()
        return tuple(one.name for one in self.of_kind(TEXT) if str(one.drop_nulls()[0]).startswith("sha256:"))

    def looked_at(self, name: str, most: int = 500) -> tuple[NDArray[np.int64], Floats]:
        """Rows of at most `most` pictures of a column, evenly taken, and how each looks (`dure.science.picture.looks`)."""
        if name not in self._looks:
            self._looks[name] = self._look(name, most)
        return self._looks[name]

    @cached_property
    def _looks(self) -> dict[str, tuple[NDArray[np.int64], Floats]]:
        return {}

    def _look(self, name: str, most: int) -> tuple[NDArray[np.int64], Floats]:
        from dure.science.picture import LOOKS, NotAPicture, looks

        there = np.flatnonzero(self.frame.get_column(name).is_not_null().to_numpy())
        rows, found = there[:: max(1, -(-len(there) // most))], []
        for row in rows:
            try:
                found.append(looks(self.content(self.frame[name][int(row)]), name))  # type: ignore[misc]  # pictures are named only where it is there
            except NotAPicture:  # a sound or a document
                return rows[:0], np.zeros((0, len(LOOKS)))
        return rows.astype(np.int64), np.array(found).reshape(len(found), len(LOOKS))

    def count(self, what: str) -> int:
        """How many there are of `values`, `numbers`, `rows`, `columns`, `labels`, `signals`, `files`, `steps`."""
        rows = len(self.frame)
        counts: Mapping[str, Any] = {
            "values": lambda: rows * self.frame.width,
            "numbers": lambda: rows * len(self.signals),
            "rows": lambda: rows,
            "columns": lambda: self.frame.width,
            "signals": lambda: len(self.signals),
            "labels": lambda: rows if self.label is not None else 0,
            "files": lambda: len(self.segments),
            "steps": lambda: int(np.isfinite(self.steps).sum()),
        }
        return int(counts[what]())

    @cached_property
    def label_runs(self) -> tuple[int, int, float] | None:
        """Runs of one class, classes, and changes that chance would give; None without a clear label, or with a clock."""
        if self.label is None or self.clock is not None or len(self.segments) > 1:
            return None
        column = self.frame.get_column(self.label).drop_nulls()
        classes = column.n_unique()
        if len(column) < 50 or not 2 <= classes <= 20:
            return None
        share = column.value_counts().to_series(1).to_numpy() / len(column)
        runs = int((column != column.shift()).sum()) + 1
        return runs, classes, float((1 - (share**2).sum()) * (len(column) - 1))

    @cached_property
    def ordered(self) -> bool:
        """Whether rows follow each other in time: a clock, or most signals near the row before them.

        Rows sorted by their label are near each other too, and follow nothing.
        """
        if self.clock is not None:
            return True
        if self.label_runs is not None and self.label_runs[0] <= 1.5 * self.label_runs[1]:
            return False
        near = [near_the_last(self.array(name), self.starts) for name in self.signals[:50]]
        return bool(near) and float(np.median(near)) > 0.5


def near_the_last(values: Floats, starts: NDArray[np.bool_]) -> float:
    """How alike a value and the one before it are: 1 - Var(step) / (2 Var(value)), 0 for a constant.

    >>> round(near_the_last(np.arange(100.0), np.zeros(100, bool)), 2)
    1.0
    """
    with np.errstate(invalid="ignore"):  # from one infinity to the next is no step
        steps = np.diff(values)[~starts[1:]]
    steps, values = steps[np.isfinite(steps)], values[np.isfinite(values)]
    whole = float(values.var()) if len(values) else 0.0
    return 1 - float((steps**2).mean()) / (2 * whole) if whole > 0 and len(steps) else 0.0


def counts_up(values: Floats) -> bool:
    """Whether a signal only rises or only falls, as a counter does.

    >>> counts_up(np.array([1.0, 2.0, 2.0, 5.0])), counts_up(np.array([1.0, 2.0, 1.0]))
    (True, False)
    """
    with np.errstate(invalid="ignore"):
        step = np.diff(values)
    step = step[np.isfinite(step) & (step != 0)]
    return bool(len(step) and max((step > 0).mean(), (step < 0).mean()) > 0.98)


def thinned(values: Floats, most: int = 200_000) -> Floats:
    """Every so-and-so-many-th value, at most `most`: enough for a percentile, not for the least or the most."""
    return values[:: max(1, -(-len(values) // most))]


def _shape(values: Floats) -> Shape | None:
    there = values[np.isfinite(values)]
    if not len(there):
        return None
    few = np.sort(thinned(there))
    first, middle, last = few[np.rint(np.array([0.01, 0.5, 0.99]) * (len(few) - 1)).astype(int)].tolist()
    deviation = float(np.median(np.abs(few - middle)))
    distinct = int((np.diff(few) > 0).sum()) + 1
    return Shape(len(there), distinct, float(there.min()), first, middle, last, float(there.max()), deviation)


def runs(values: Floats, starts: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of one value begin, and their lengths; a run ends with its file.

    >>> begins, lengths = runs(np.array([1.0, 1, 2, 2, 2]), np.zeros(5, bool))
    >>> begins.tolist(), lengths.tolist()
    ([0, 2], [2, 3])
    """
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    moved = np.concatenate([[True], values[1:] != values[:-1]]) | starts
    begins = np.flatnonzero(moved).astype(np.int64)
    return begins, np.diff(np.append(begins, len(values))).astype(np.int64)


def segments_of(ends: Sequence[int]) -> Iterator[slice]:
    """The files of a table as slices."""
    start = 0
    for end in ends:
        yield slice(start, int(end))
        start = int(end)

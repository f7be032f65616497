"""What a training is given: the request with its rows, and what can be seen of their order and kinship."""

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging.validation import noticed_group
from dure.science.learn.refusals import SettingRefused
from dure.science.learn.request import TrainRequest
from dure.science.learn.target import words
from dure.science.quality import clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Sources = tuple[tuple[str, int], ...]

#: How alike neighbouring rows must be, at the median of the columns, to follow each other where no clock says so.
ALIKE = 0.5


@dataclass(frozen=True)
class Given:
    """The request, the table, the sources it came from with their rows, and when each row was measured. [N] [s]."""

    request: TrainRequest
    frame: "pl.DataFrame"
    sources: Sources
    seconds: Floats | None = None
    clock: str = ""

    @property
    def segments(self) -> tuple[int, ...]:
        """Rows of each source."""
        return tuple(rows for _, rows in self.sources)

    def of(self, there: Flags) -> "Given":
        """The rows that `there` names."""
        import polars as pl

        if there.all():
            return self
        kept = [int(part.sum()) for part in np.split(there, np.cumsum(self.segments)[:-1])]
        return replace(
            self,
            frame=self.frame.filter(pl.Series(there)),
            sources=tuple((name, count) for (name, _), count in zip(self.sources, kept, strict=True)),
            seconds=None if self.seconds is None else self.seconds[there],
        )

    @property
    def where(self) -> str:
        """The sources as a refusal names them."""
        named = ", ".join(self.request.sources)
        return named if len(named) <= 120 else f"{named[:117]}…"

    @property
    def period(self) -> float:
        """Usual time between rows of one source, 0 where nobody knows. [s]."""
        if self.seconds is None:
            return 0.0
        parts = np.split(self.seconds, np.cumsum(self.segments)[:-1])
        return usual_step(np.concatenate([np.diff(part) for part in parts]))

    @property
    def group_codes(self) -> Rows | None:
        """Group of each row by the column that the asker named; None if none was. [N]."""
        return codes(self.frame.get_column(self.request.group)) if self.request.group else None


def given(request: TrainRequest, frame: "pl.DataFrame", sources: Sources) -> Given:
    """The rows with their clock, if there is one that runs on from row to row.

    A counted time that starts again (in each file, for each cell) orders rows within, not among each other: it
    stays an ordinary column.

    Raises
    ------
    SettingRefused
        If the column named by `--time` holds no times.
    """
    found = clock(frame, request.time)
    if found is None:
        if request.time is not None:
            raise SettingRefused(
                "--time", value=request.time, must=Text("a column of times", "시각이 담긴 열이어")
            )
        return Given(request, frame, sources)
    dated = any(kind.is_temporal() for name, kind in frame.schema.items() if name in found.name)
    runs_on = len(sources) == 1 and not (np.diff(found.seconds) < 0).any()
    if dated or request.time is not None or runs_on:
        return Given(request, frame, sources, found.seconds, found.name)
    return Given(request, frame, sources)


def usual_step(steps: Floats) -> float:
    """Median of the steps above 0; 0 if there is none.

    >>> usual_step(np.array([1.0, 1.0, 2.0, 0.0]))
    1.0
    """
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def groups_of(rows: Given, features: tuple[str, ...]) -> tuple[str, Rows | None]:
    """The groups that the asker named, that a column shows, or that several files make; and their name."""
    name = rows.request.group or noticed_group(rows.frame, features)
    if name:
        return name, codes(rows.frame.get_column(name))
    if len(rows.sources) > 1:
        return "file", np.repeat(np.arange(len(rows.sources)), rows.segments)
    return "", None


def twins(frame: "pl.DataFrame") -> Rows | None:
    """A number for each row, the same for rows that are copies; None where copies are no wonder. [N].

    Few settings with few outcomes repeat by themselves: where less than a quarter of the rows are different, a copy
    says nothing.

    >>> import polars as pl
    >>> twins(pl.DataFrame({"bar": [6.25, 7.5, 6.25], "scrap": [0, 1, 0]})).tolist()
    [0, 1, 0]
    """
    _, first, place = np.unique(frame.hash_rows(seed=0).to_numpy(), return_index=True, return_inverse=True)
    return None if len(first) < len(frame) / 4 else np.argsort(np.argsort(first))[place]


def codes(column: "pl.Series") -> Rows:
    """Each value as a number, in order of appearance. [N].

    >>> import polars as pl
    >>> codes(pl.Series(["B", "A", "B"])).tolist()
    [0, 1, 0]
    """
    place: dict[str | None, int] = {}
    return np.array([place.setdefault(word, len(place)) for word in words(column)], dtype=np.int64)


def runs(segments: tuple[int, ...], groups: Rows | None) -> tuple[int, ...]:
    """Rows of each stretch of one source and one group.

    >>> runs((3, 2), np.array([7, 7, 8, 8, 8]))
    (2, 1, 2)
    """
    if groups is None:
        return segments
    found: list[int] = []
    for part in np.split(groups, np.cumsum(segments)[:-1]):
        edges = [0, *(np.flatnonzero(np.diff(part)) + 1), len(part)]
        found += [int(end - start) for start, end in itertools.pairwise(edges)]
    return tuple(found)


def runs_of(rows: Given, group: str, groups: Rows | None) -> tuple[tuple[int, ...], str]:
    """Rows of each stretch that no window may leave, and the column whose change begins a new one.

    Where the rows of a group lie together, each group of a file is a stretch of its own.
    """
    if groups is None or group not in rows.frame.columns:
        return rows.segments, ""
    found = runs(rows.segments, groups)
    together = len(found) <= 2 * len(np.unique(groups)) * len(rows.segments)
    return (found, group) if together else (rows.segments, "")


def mingled(rows: Given, group: str, runs_by: str) -> bool:
    """Whether things take turns from row to row and no clock says when: then the row before is another thing's.

    Such a table is often sorted by its label, and looking back would tell it: neighbours are of one class.
    """
    return rows.seconds is None and group in rows.frame.columns and not runs_by


def consecutive(rows: Given, segments: tuple[int, ...], features: tuple[str, ...], kind: str) -> bool:
    """Whether each row of a stretch follows the one before in time, so that looking back means something.

    By the clock, if there is one and no two rows of a stretch share a time; else by how alike neighbours are.
    """
    if kind == "stratified":
        return False
    ends = np.cumsum(segments)[:-1]
    if rows.seconds is not None:
        steps = np.concatenate([np.diff(part) for part in np.split(rows.seconds, ends)])
        return bool(len(steps) and (steps > 0).mean() > 0.95 and (steps >= 0).mean() > 0.999)
    likeness = [
        _likeness(rows.frame.get_column(name).cast(float).to_numpy(), ends)
        for name in features
        if rows.frame.schema[name].is_numeric()
    ]
    return bool(likeness) and float(np.median(likeness)) > ALIKE


def _likeness(values: Floats, ends: NDArray[np.int64]) -> float:
    """Correlation of neighbours within stretches; 0 where there is none."""
    starts = np.delete(np.arange(len(values) - 1), ends - 1) if len(ends) else np.arange(len(values) - 1)
    one, other = values[starts], values[starts + 1]
    there = np.isfinite(one) & np.isfinite(other)
    if there.sum() < 10 or one[there].std() == 0 or other[there].std() == 0:
        return 0.0
    return float(np.corrcoef(one[there], other[there])[0, 1])

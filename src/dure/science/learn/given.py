"""What a training is given: the request with its rows, and what can be seen of their order and kinship."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import SettingRefused
from dure.science.learn.request import TrainRequest
from dure.science.learn.target import words
from dure.science.learn.validation import noticed_group
from dure.science.quality import clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Sources = tuple[tuple[str, int], ...]


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

"""How long a thing will last: remaining lives out of things that ran until they failed, and of some that did not yet.

A life is said up to a cap only: far from its end a thing shows nothing of it (the piecewise linear life of Heimes).
Things that were still alive teach as well: while they had more than the cap before them when they were seen last, that
is known; the rows behind are unknown, and the rows of things whose end was seen stand for them, by the inverse of the
probability of having been watched so long.

References
----------
F. O. Heimes, "Recurrent neural networks for remaining useful life estimation", PHM 2008 (the cap); E. L. Kaplan,
P. Meier, JASA 53, 457-481, 1958; J. M. Robins, A. Rotnitzky, "Recovery of information and adjustment for dependent
censoring", 1992 (inverse probability of censoring); L. Tian et al., "Predicting the restricted mean event time with the
subject's baseline covariates", Biostatistics 15(2), 2014.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.reckoning.ahead import numbers_of
from dure.science.learn.reckoning.stretches import Rows, order_of, stretch_of

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TARGET = "remaining life"
#: No row stands for more than so many.
HEAVIEST = 20.0


@dataclass(frozen=True)
class Lives:
    """How lives are reckoned.

    Parameters
    ----------
    group
        Column that names the thing.
    time
        Column that tells its age or the time; empty where rows are counted.
    event
        `COLUMN=VALUE` of the row at which a thing failed; empty where every thing ran until it failed.
    cap
        Remaining life beyond which nothing is said; None where there is none. In `unit`.
    unit
        What a life is counted in: `h`, the unit of the age, or rows.
    usual
        Mean whole life of the things learnt from. In `unit`.
    """

    group: str
    time: str = ""
    event: str = ""
    cap: float | None = None
    unit: str = "rows"
    usual: float = 0.0

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Lives":
        """As `to_dict` wrote it."""
        return cls(**facts)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def target(self) -> str:
        """Name of the column that is reckoned."""
        return TARGET

    @property
    def beside(self) -> dict[str, str]:
        """Columns of what needs no model, by its name."""
        return {"mean_life": f"{TARGET}: usual life less age"}

    def order(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> Rows | None:
        """Places of the rows thing by thing in time; None where they lie so already. [N]."""
        return order_of(frame, segments or [len(frame)], self.group, self.time)

    def reckons(self, frame: "pl.DataFrame") -> bool:
        """Whether lives can be reckoned from these rows."""
        return self.group in frame.columns or not self.group

    def ages(self, frame: "pl.DataFrame", stretch: Rows) -> Floats:
        """Age of the thing at each row, from its first row. [N] [unit]."""
        return ages(frame, self.time, stretch)

    def with_truth(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> "pl.DataFrame":
        """The rows, in order, with their remaining life where it is known, and the usual life less the age."""
        import polars as pl

        stretch = stretch_of(frame, segments or [len(frame)], self.group)
        age = self.ages(frame, stretch)
        failed = failed_things(frame, self.event, stretch)
        left = known_lives(age, stretch, failed, self.cap)
        without = np.clip(self.usual - age, 0.0, np.inf if self.cap is None else self.cap)
        columns = {self.target: left, self.beside["mean_life"]: without}
        return frame.with_columns([pl.Series(name, found).fill_nan(None) for name, found in columns.items()])

    def told_at(self, frame: "pl.DataFrame") -> Rows:
        """Place of the row at which the life left at each row is known: the last of its thing. [N]."""
        stretch = stretch_of(frame, [len(frame)], self.group)
        return np.asarray(np.cumsum(np.bincount(stretch))[stretch] - 1 if len(frame) else stretch)


def ages(frame: "pl.DataFrame", time: str, stretch: Rows) -> Floats:
    """Age at each row: by its own count, in hours of its clock, or in rows. [N]."""
    first = np.unique(stretch, return_index=True)[1]
    count = np.bincount(stretch) if len(stretch) else np.empty(0, dtype=np.int64)
    if time in frame.columns and frame.schema[time].is_numeric():
        # A counter of cycles tells the age itself: a record that begins late began old.
        return numbers_of(frame, time)
    if time in frame.columns and frame.schema[time].is_temporal():
        import polars as pl

        seconds = (
            frame.get_column(time).cast(pl.Datetime("us")).to_physical().cast(pl.Float64).to_numpy() / 1e6
        )
        return np.asarray((seconds - np.repeat(seconds[first], count)) / 3600.0)
    return np.asarray(np.arange(len(frame)) - np.repeat(first, count), dtype=np.float64)


def failed_things(frame: "pl.DataFrame", event: str, stretch: Rows) -> Flags:
    """Whether the end of each thing was seen: all of them without an event. [things]."""
    things = int(stretch[-1]) + 1 if len(stretch) else 0
    if not event:
        return np.ones(things, dtype=bool)
    from dure.science.learn.target import word, words

    column, _, value = event.partition("=")
    wanted = word(_as_number(value.strip()))
    hit = np.array([one == wanted for one in words(frame.get_column(column.strip()))], dtype=bool)
    return np.bincount(stretch[hit], minlength=things) > 0


def _as_number(value: str) -> object:
    try:
        return float(value)
    except ValueError:
        return value


def known_lives(age: Floats, stretch: Rows, failed: Flags, cap: float | None) -> Floats:
    """Remaining life of each row, NaN where it is not known, never above the cap. [N].

    >>> age, stretch = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 2.0]), np.array([0, 0, 0, 1, 1, 1])
    >>> known_lives(age, stretch, np.array([True, False]), 1.0).tolist()
    [1.0, 1.0, 0.0, 1.0, 1.0, nan]
    """
    last = last_of(age, stretch)[stretch]
    left = last - age
    most = np.inf if cap is None else cap
    unknown = ~failed[stretch] & (left < most)
    return np.where(unknown, np.nan, np.minimum(left, most))


def last_of(age: Floats, stretch: Rows) -> Floats:
    """Age of each thing when it was seen last. [things]."""
    found = np.full(int(stretch[-1]) + 1 if len(stretch) else 0, -np.inf)
    np.maximum.at(found, stretch, age)
    return found


def watched(last: Floats, failed: Flags) -> tuple[Floats, Floats]:
    """Ages, and the probability that a thing is still watched beyond each, by Kaplan and Meier over those that were not.

    >>> watched(np.array([2.0, 3.0, 4.0]), np.array([True, False, True]))
    (array([3.]), array([0.5]))
    """
    ages_there = np.unique(last[~failed])
    at_risk = np.array([(last >= at).sum() for at in ages_there], dtype=np.float64)
    # Who failed at this very age is no longer there to be lost from sight.
    at_risk -= np.array([((last == at) & failed).sum() for at in ages_there])
    lost = np.array([((last == at) & ~failed).sum() for at in ages_there])
    return ages_there, np.asarray(np.cumprod(1 - lost / np.maximum(at_risk, 1)), dtype=np.float64)


def weights(age: Floats, left: Floats, stretch: Rows, failed: Flags) -> Floats:
    """How many rows each row with a known life stands for. [N].

    >>> age, stretch = np.array([0.0, 2.0, 0.0, 3.0, 0.0, 4.0]), np.array([0, 0, 1, 1, 2, 2])
    >>> failed = np.array([True, False, True])
    >>> weights(age, known_lives(age, stretch, failed, 10.0), stretch, failed).tolist()
    [1.0, 1.0, 0.0, 0.0, 2.0, 1.0]
    """
    if failed.all():
        return np.where(np.isnan(left), 0.0, 1.0)
    places, share = watched(last_of(age, stretch), failed)
    steps = np.append(1.0, share)

    def still(at: Floats) -> Floats:
        # Watched up to and at this age: only what was lost before counts.
        return np.asarray(steps[np.searchsorted(places, at, side="left")])

    known = ~np.isnan(left)
    end = np.where(known, age + np.where(known, left, 0.0), age)
    found = still(age) / np.maximum(still(end), 1.0 / HEAVIEST)
    return np.where(known, np.minimum(found, HEAVIEST), 0.0)


def usual_life(last: Floats, failed: Flags) -> float:
    """Mean whole life, by Kaplan and Meier where some were still alive (up to the oldest).

    >>> usual_life(np.array([10.0, 20.0]), np.array([True, True]))
    15.0
    >>> round(usual_life(np.array([10.0, 20.0, 30.0]), np.array([True, False, True])), 3)
    23.333
    """
    if failed.all():
        return float(last.mean())
    order = np.unique(last)
    alive, mean, before = 1.0, 0.0, 0.0
    for at in order:
        mean, before = mean + alive * (at - before), float(at)
        alive *= 1 - ((last == at) & failed).sum() / max((last >= at).sum(), 1)
    return float(mean)


def cap_of(left: Floats, said: Floats) -> float | None:
    """The remaining life up to which `said` follows the truth; None where it does so to the end.

    The bend of a level line that `said` follows best: beyond it signals tell nothing of the life that is left.

    >>> left = np.arange(0.0, 300.0)
    >>> cap_of(left, np.minimum(left, 120.0))
    120.0
    >>> cap_of(left, left) is None
    True
    """
    places = np.quantile(left, np.linspace(0.1, 1.0, 31))
    agreed = [_follows(np.minimum(left, at), said) for at in places]
    best = int(np.argmax(agreed))
    fine = np.linspace(places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)], 41)
    cap = float(fine[int(np.argmax([_follows(np.minimum(left, at), said) for at in fine]))])
    if cap >= np.quantile(left, 0.95) or _follows(np.minimum(left, cap), said) < _follows(left, said) + 0.01:
        return None
    return float(f"{cap:.3g}")


def _follows(one: Floats, other: Floats) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1] ** 2)

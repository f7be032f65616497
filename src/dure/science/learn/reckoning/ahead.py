"""What a signal will be some rows ahead: the value to be foretold, and what foretells it without a model.

References
----------
R. J. Hyndman, G. Athanasopoulos, "Forecasting: principles and practice", 3rd ed., 2021, §5.2 (naive, seasonal naive
and drift method).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.reckoning.stretches import Floats, Rows, later, order_of, stretch_of

if TYPE_CHECKING:
    import polars as pl

_SPANS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}  # [s]
#: Horizons below the one asked for that have a model of their own, for the rows behind a table's end.
RUNGS = 5


@dataclass(frozen=True)
class Ahead:
    """A signal, how far ahead it is foretold, and how its table is read.

    Parameters
    ----------
    of
        Column that is foretold.
    rows
        Rows ahead.
    told
        The same as a person says it: `24 h`, `96 rows`.
    time, group
        Columns that order the rows and name the thing that they are of; empty where there is none.
    period
        Time between rows, 0 where nobody knows. [s]
    seasons
        Rows after which the signal repeats itself, the shortest first.
    known
        Columns whose values are known ahead.
    scale
        Mean absolute change over the shortest season (over one row where there is none): the unit of the mean absolute
        scaled error.
    """

    of: str
    rows: int
    told: str
    time: str = ""
    group: str = ""
    period: float = 0.0
    seasons: tuple[int, ...] = ()
    known: tuple[str, ...] = ()
    scale: float = 1.0

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Ahead":
        """As `to_dict` wrote it."""
        kept = dict(facts)
        return cls(**{**kept, "seasons": tuple(kept["seasons"]), "known": tuple(kept["known"])})

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "seasons": list(self.seasons), "known": list(self.known)}

    @property
    def target(self) -> str:
        """Name of the column that is reckoned.

        >>> Ahead("kWh", 96, "24 h").target
        'kWh in 24 h'
        """
        return f"{self.of} in {self.told}"

    @property
    def beside(self) -> dict[str, str]:
        """Columns of what needs no model, by its name."""
        names = ["last_value", "drift", *(["seasonal_naive"] if self.seasons else [])]
        names += ["long_seasonal_naive"] if len(self.seasons) > 1 else []
        return {name: f"{self.target}: {name.replace('_', ' ')}" for name in names}

    def of_known(self, name: str) -> str:
        """Column of what `name` will be then."""
        return f"{name} in {self.told}"

    def order(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> Rows | None:
        """Places of the rows thing by thing in time; None where they lie so already. [N]."""
        return order_of(frame, segments or [len(frame)], self.group, self.time)

    def reckons(self, frame: "pl.DataFrame") -> bool:
        """Whether the value to come can be reckoned from these rows."""
        return self.of in frame.columns

    def with_known(
        self, frame: "pl.DataFrame", segments: Sequence[int] = (), rows: int | None = None
    ) -> "pl.DataFrame":
        """The rows, in order, with what is known of then beside them, where they do not carry it already.

        With `rows` what is known so many rows ahead takes its place: for a model of a shorter horizon.
        """
        stretch = stretch_of(frame, segments or [len(frame)], self.group)
        place = later(np.arange(len(frame), dtype=np.float64), self.rows if rows is None else rows, stretch)
        wanted = [
            name
            for name in self.known
            if name in frame.columns and (rows is not None or self.of_known(name) not in frame.columns)
        ]
        made = [_gathered(frame.get_column(name), place).alias(self.of_known(name)) for name in wanted]
        return frame.with_columns(made) if made else frame

    def with_truth(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> "pl.DataFrame":
        """The rows, in order, with the value to be foretold and what foretells it without a model."""
        import polars as pl

        stretch = stretch_of(frame, segments or [len(frame)], self.group)
        values = numbers_of(frame, self.of)
        answers = {self.beside[name]: found for name, found in naive(values, self, stretch).items()}
        columns = {self.target: later(values, self.rows, stretch), **answers}
        return frame.with_columns([pl.Series(name, found).fill_nan(None) for name, found in columns.items()])

    def told_at(self, frame: "pl.DataFrame") -> Rows:
        """Place of the row at which the value foretold by each row is measured; -1 where none is. [N]."""
        place = later(
            np.arange(len(frame), dtype=np.float64), self.rows, stretch_of(frame, [len(frame)], self.group)
        )
        return np.where(np.isnan(place), -1.0, place).astype(np.int64)

    @property
    def rungs(self) -> list[int]:
        """Shorter horizons that have a model of their own, in rows."""
        return rungs(self.rows)


def _gathered(column: "pl.Series", place: Floats) -> "pl.Series":
    """Values at the given places; missing where the place is. [N]."""
    import polars as pl

    gone = np.isnan(place)
    there = column.gather(pl.Series(np.where(gone, 0, place).astype(np.int64)))
    return pl.select(pl.when(pl.Series(~gone)).then(there)).to_series()


def naive(values: Floats, ahead: Ahead, stretch: Rows) -> dict[str, Floats]:
    """What each row says of the value `ahead.rows` later without a model. [N] each.

    >>> said = naive(np.array([0.0, 2.0, 4.0, 6.0]), Ahead("x", 1, "1 row", seasons=(2,)), np.zeros(4, dtype=np.int64))
    >>> said["last_value"].tolist(), said["drift"].tolist(), said["seasonal_naive"].tolist()
    ([0.0, 2.0, 4.0, 6.0], [nan, 4.0, 6.0, 8.0], [nan, 0.0, 2.0, 4.0])
    """
    _, first, rows = np.unique(stretch, return_index=True, return_counts=True)
    since = np.arange(len(values)) - np.repeat(first, rows)
    start = np.repeat(values[first], rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        drift = values + ahead.rows * (values - start) / np.where(since > 0, since, np.nan)
    found = {"last_value": values, "drift": drift}
    for name, season in zip(("seasonal_naive", "long_seasonal_naive"), ahead.seasons, strict=False):
        found[name] = later(values, -back_to(season, ahead.rows), stretch)
    return found


def back_to(season: int, rows: int) -> int:
    """Rows back at which the season stood where it will stand `rows` rows ahead.

    >>> back_to(96, 96), back_to(96, 4), back_to(96, 100)
    (0, 92, 92)
    """
    return -(-rows // season) * season - rows


def rungs(rows: int) -> list[int]:
    """Shorter horizons, ever farther apart.

    >>> rungs(96), rungs(2), rungs(1)
    ([1, 2, 6, 15, 39], [1], [])
    """
    return [int(one) for one in np.unique(np.geomspace(1, rows, RUNGS + 1).round()) if one < rows]


def span_of(written: str) -> float | None:
    """Seconds in `24h`, `30min`, `7d`; None if it is no time.

    >>> span_of("24h"), span_of("30 min"), span_of("96")
    (86400.0, 1800.0, None)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|h|d|w)\s*", written)
    return float(found[1]) * _SPANS[found[2]] if found else None


def in_words(rows: int, period: float) -> str:
    """A horizon as a person says it.

    >>> in_words(96, 900.0), in_words(2, 900.0), in_words(3, 0.0), in_words(1, 0.0)
    ('24 h', '30 min', '3 rows', '1 row')
    """
    span = rows * period
    for unit, size in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if span >= (2 if unit == "d" else 1) * size and abs(span / size - round(span / size)) < 1e-6:
            return f"{round(span / size)} {unit}"
    return f"{rows} {'row' if rows == 1 else 'rows'}"


def scale_of(values: Floats, season: int, stretch: Rows) -> float:
    """Mean absolute change over a season: the unit of the mean absolute scaled error.

    >>> scale_of(np.array([1.0, 2.0, 4.0]), 1, np.zeros(3, dtype=np.int64))
    1.5
    """
    change = np.abs(later(values, season, stretch) - values)
    change = change[np.isfinite(change)]
    return float(change.mean()) if len(change) and change.mean() > 0 else 1.0


def numbers_of(frame: "pl.DataFrame", name: str) -> Floats:
    """A column as numbers, NaN where missing. [N]."""
    import polars as pl

    found = frame.get_column(name).cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().copy()
    found[~np.isfinite(found)] = np.nan
    return found


__all__ = [
    "Ahead",
    "Floats",
    "NDArray",
    "back_to",
    "in_words",
    "naive",
    "numbers_of",
    "rungs",
    "scale_of",
    "span_of",
]

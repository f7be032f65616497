"""Whether dates in digits begin with day, month or year: one answer for a file, however it grows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Table

NAMED = {"dmy": "day", "mdy": "month", "ymd": "year"}
_OTHER = {"day": "month", "month": "day"}


class OrderUnfit(ValueError):
    """Dates that the order a person named does not fit; the argument says why, in both languages."""


@dataclass(frozen=True, slots=True)
class Orders:
    """By column of times, which part is first as the rows were read: `sure` where they settle it, else a `guess`.

    `short` are the columns whose years have two digits.
    """

    sure: Mapping[str, str] = field(default_factory=dict)
    guess: Mapping[str, str] = field(default_factory=dict)
    short: frozenset[str] = frozenset()


def orders_of(table: "Table") -> Orders:
    """What reading decided for each column of a table."""
    guessed = {
        note.where: note.facts["order"].en for note in table.notes if note.key == "date-order-undecided"
    }
    short = frozenset(note.where for note in table.notes if note.key == "year-short")
    return Orders(dict(table.orders), guessed, short)


def named(frame: "pl.DataFrame", orders: Orders, order: str) -> "pl.DataFrame":
    """The rows with the times as a person says they are written: `dmy`, `mdy` or `ymd`.

    Raises
    ------
    OrderUnfit
        If a date cannot be read so.
    """
    wanted = NAMED[order]
    for column, read in {**orders.guess, **orders.sure}.items():
        if wanted == "year":
            frame = _year_first(frame, column, read) if column in orders.short else frame
        elif read != wanted and column in orders.sure:
            raise OrderUnfit(
                Text(
                    f"a date in “{column}” cannot be read with order {order}",
                    f"“{column}”에 {order} 순서로 읽을 수 없는 날짜가 있습니다",
                )
            )
        elif read != wanted:
            frame = frame.with_columns(_turned(frame[column]))
    return frame


def kept(frame: "pl.DataFrame", orders: Orders, before: Mapping[str, str]) -> "pl.DataFrame":
    """The rows with guessed columns turned to the order in which earlier rows of the file were read."""
    for column, read in orders.guess.items():
        if before.get(column, read) != read:
            frame = frame.with_columns(_turned(frame[column]))
    return frame


def contradicted(orders: Orders, before: Mapping[str, str]) -> str:
    """A column whose rows now settle that earlier ones were read the wrong way; empty if there is none."""
    return next((name for name, order in orders.sure.items() if before.get(name, order) != order), "")


def likelier(column: "pl.Series", read: str, changed: int) -> str:
    """Which part of guessed dates is first, if the last of them was written within two days of the file's last change.

    `read` is the order they were read in, `changed` the last change [ns since 1970 UTC].
    """
    from datetime import UTC, datetime, time, timedelta

    def near(times: "pl.Series") -> bool:
        last = times.drop_nulls()[-1:].to_list()
        if not last:
            return False
        moment = last[0] if isinstance(last[0], datetime) else datetime.combine(last[0], time())
        return abs(moment.replace(tzinfo=UTC) - datetime.fromtimestamp(changed / 1e9, UTC)) < timedelta(
            days=2
        )

    return _OTHER[read] if not near(column) and near(_turned(column)) else read


def _turned(column: "pl.Series") -> "pl.Series":
    """Day and month changed over."""
    import polars as pl

    one = pl.col(column.name)
    return _dated(column, pl.date(one.dt.year(), one.dt.day(), one.dt.month()))


def _year_first(frame: "pl.DataFrame", column: str, read: str) -> "pl.DataFrame":
    """`21/10/05`, read as the 21st October 2005, as the 5th October 2021."""
    import polars as pl

    times = _turned(frame[column]) if read == "month" else frame[column]
    one = pl.col(column)
    date = pl.date(2000 + one.dt.day().cast(pl.Int32), one.dt.month(), one.dt.year() % 100)
    return frame.with_columns(_dated(times, date))


def _dated(column: "pl.Series", date: "pl.Expr") -> "pl.Series":
    """The times of a column on other days."""
    import polars as pl

    frame, one = column.to_frame(), pl.col(column.name)
    if column.dtype == pl.Date:
        return frame.select(date.alias(column.name)).to_series()
    return frame.select(date.dt.combine(one.dt.time(), "ns").alias(column.name)).to_series()

"""Following one table: pages of rows from where it stood, to the disk, then the place."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.plant.connect import Sink
from dure.plant.connect.sql.query import newest, page, untimed
from dure.plant.connect.sql.refusals import ColumnChanged, TimesCrowded
from dure.plant.connect.sql.rows import Row, Rows
from dure.plant.connect.sql.shape import Shape
from dure.plant.connect.sql.tail import Places, Tail
from dure.plant.connect.sql.times import zoned

if TYPE_CHECKING:
    from sqlalchemy import Select

CROWD = 1_000_000  # rows of one time that are read before it is refused
Ask = Callable[["Select[Any]"], Awaitable[Sequence[Row]]]


@dataclass(slots=True)
class Follower:
    """One table as it is followed; `ask` runs a statement, `say` keeps a note under a key."""

    shape: Shape
    rows: Rows
    places: Places
    ask: Ask
    say: Callable[[str, str], None]
    lag: float
    batch: int
    zone: str
    clock: Callable[[], int] = time.time_ns
    _tail: Tail = field(init=False)
    _without_time: int = 0

    def __post_init__(self) -> None:
        self._tail = Tail(round(self.lag * 1e9), self.places.place(self.shape.name))
        before = self.places.kinds(self.shape.name)
        for column in self.shape.values:
            now = self.shape.columns[column]
            if before.get(column, now) != now:
                raise ColumnChanged(
                    self.rows.where, table=self.shape.name, column=column, before=before[column], now=now
                )

    async def begin(self) -> None:
        """Count the rows that have no time, and say which zone is assumed."""
        ((count,),) = await self.ask(untimed(self.shape))
        self._untimed(int(count))
        rows = await self.ask(page(self.shape, None, 1))
        if rows and not zoned([self.rows.cell(rows[0], self.shape.time)]):
            self.say(
                f"zone {self.shape.name}",
                f"{self.shape.name}: times in “{self.shape.time}” have no zone; {self.zone} is assumed",
            )

    async def look(self, sink: Sink) -> int:
        """Read to the present end; how many rows were new."""
        begin, limit, count, after = self._tail.begin, self.batch, 0, False
        while True:
            rows = await self.ask(page(self.shape, begin, limit, after=after))
            count += await self._store(rows, sink)
            if len(rows) < limit:
                break
            begin, limit = self._next(rows, begin, limit)
            after = bool(self.shape.key)
        if not rows and not count and begin is not None and not after:
            await self._begin_anew(begin)
        return count

    def _next(self, rows: Sequence[Row], begin: Any, limit: int) -> tuple[Any, int]:
        """Where to read on. Rows of one time that fill a page are asked for again with twice as many."""
        last = self.rows.place(rows[-1])
        if self.shape.key or last != begin:
            return last, self.batch if self.shape.key else limit
        if limit >= CROWD:
            raise TimesCrowded(self.rows.where, table=self.shape.name, count=limit)
        return last, min(CROWD, 2 * limit)

    async def _store(self, rows: Sequence[Row], sink: Sink) -> int:
        """Put the rows that are new into the sink; when they are on the disk, keep the place."""
        fresh, times = self._fresh(rows)
        if fresh:
            await sink.room()
            written = sink.put(self.rows.readings(fresh, times))
            sink.hurry()
            await written
        if rows:
            self._tail.settle(self.clock())
            kinds = {column: self.shape.columns[column] for column in self.shape.values}
            self.places.keep(self.shape.name, self._tail.begin, kinds)
        return len(fresh)

    def _fresh(self, rows: Sequence[Row]) -> tuple[list[Row], list[int]]:
        fresh: list[Row] = []
        times: list[int] = []
        for row in rows:
            when = self.rows.time(row)
            if not self._tail.take(hash(repr(row)), self.rows.place(row), when or self._tail.newest):
                continue
            if when is None:
                self._untimed(self._without_time + 1)
            else:
                fresh.append(row)
                times.append(when)
        return fresh, times

    def _untimed(self, count: int) -> None:
        self._without_time = count
        if count:
            self.say(
                f"untimed {self.shape.name}",
                f"{self.shape.name}: {count} rows have no “{self.shape.time}” and are left out",
            )

    async def _begin_anew(self, begin: Any) -> None:
        """A table that was emptied and numbers its rows from 1 again is read from its beginning."""
        ((most,),) = await self.ask(newest(self.shape))
        if most is not None and most < begin:
            self._tail = Tail(self._tail.lag)
            self.say(f"anew {self.shape.name}", f"{self.shape.name}: was emptied and is read anew")

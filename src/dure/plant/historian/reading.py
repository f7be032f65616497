"""The one read path: hot table and pieces as if they were one table, in one moment of the database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Array, Block, empty, joined
from dure.plant.historian.errors import TooMuch
from dure.plant.historian.hot import hot_rows
from dure.plant.historian.matching import BEFORE, KEY, replaced
from dure.plant.historian.rolling import COLUMNS, HOUR
from dure.plant.historian.settings import Settings
from dure.plant.historian.shelf import Piece, Record, Shelf, overlapping, pieces, records
from dure.plant.historian.store import Usage, arrow
from dure.plant.transport import SAMPLE_SCHEMA

Row = dict[str, Any]
Got = TypeVar("Got")
SAMPLES = ("time", "sequence", "value", "text", "quality", "received")
NUMBERS = ("time", "sequence", "value", "quality")
_LOOK_BACK = (60, 3600, 86_400, 7 * 86_400, 30 * 86_400)  # [s]
_ROWS_AT_ONCE = 1_000_000
_CELLS_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Moment:
    """What one question sees."""

    pieces: Sequence[Piece]
    months: dict[str, str]
    records: Sequence[Record]
    hot: bool


@dataclass(slots=True)
class Reader:
    """Answers questions on a cursor of its own; one thread uses it at a time.

    A question about the past alone never touches the database: it needs the list of pieces and the files.
    """

    cursor: duckdb.DuckDBPyConnection
    shelf: Shelf
    settings: Settings
    usage: Usage = field(default_factory=Usage)
    raw: bool = False  # whether this question wants the readings as they came, without corrections
    _moment: Moment | None = None

    def signals(self) -> list[Row]:
        """Every signal with its count, and the times of its first and last sample [ns]."""
        return self.shelf.newest.signals()

    def last(self, signals: Sequence[str] | None) -> list[Row]:
        """Newest sample of each signal."""
        return self.shelf.newest.last(signals)

    def moment(self, end: int) -> Moment:
        """What this question sees of the samples before `end`: the same until `leave`."""
        if self._moment is None or (not self._moment.hot and end > self.shelf.view.hot_low):
            self._moment = self._look(end)
        return self._moment

    def leave(self) -> None:
        """The question is answered."""
        if self._moment is not None and self._moment.hot:
            with suppress(duckdb.Error):  # a failing statement has ended the transaction itself
                self.cursor.execute("ROLLBACK")
        self._moment = None

    def blocks(
        self, names: Sequence[str], start: int, end: int, columns: Sequence[str] = NUMBERS
    ) -> list[Block]:
        """Samples of the sorted `names` with `start` ≤ time < `end`: a sorted block a piece, the hot rows last."""
        now = self.moment(end)
        columns = (*columns, "sequence") if self.raw and "sequence" not in columns else columns
        found = [
            self.shelf.files.read(piece.raw, names, start, end, columns)
            for piece in overlapping(now.pieces, start, end - 1)
        ]
        if now.hot:
            rows = hot_rows(self.cursor, self.shelf.newest, names, start, end)
            found.append(Block(names, {name: rows.columns[name] for name in ("code", *columns)}))
        found = [block for block in found if len(block)]
        return [self._as_it_came(block, start, end) for block in found] if self.raw else found

    def _as_it_came(self, block: Block, start: int, end: int) -> Block:
        """Each correction, newest first, taken back: what is left is what the first of them found."""
        for record in self._records_of(start, end):
            rows = self.shelf.files.read(record.file, block.names, start, end, (*KEY, *BEFORE))
            block = replaced(block, rows, BEFORE) if len(rows) else block
        return block

    def _records_of(self, start: int, end: int) -> list[Record]:
        return [one for one in self.moment(end).records if one.low < end and one.high >= start]

    def block(self, names: Sequence[str], start: int, end: int, columns: Sequence[str] = NUMBERS) -> Block:
        """The same as one block sorted by signal, time and sequence."""
        found = self.blocks(names, start, end, columns)
        return joined(found) if found else empty(names, columns)

    def rolled(
        self, asked: Sequence[str], low: int, high: int, width: int, columns: Sequence[str] = COLUMNS
    ) -> tuple[list[Block], list[Block]]:
        """What is rolled up of whole stretches of `width`, a minute or an hour, and the samples of which nothing is.

        `low` and `high` are borders of stretches. No sample is in both. A stretch may have a row a piece.
        """
        now, names, read = self.moment(high), list(asked), self.shelf.files.read
        if self.raw and self._records_of(low, high):
            return [], self.blocks(names, low, high)
        rolled = [
            read(file, names, low, high, columns)
            for month, file in sorted(now.months.items())
            if width == HOUR and _overlaps(month, low, high)
        ]
        raw: list[Block] = []
        for piece in now.pieces:
            if piece.low < high and piece.high >= low and not (width == HOUR and piece.hours):
                left = names
                if piece.minutes:  # of the signals that are worth it; the others are read as they are
                    rolled.append(read(piece.minutes, names, low, high, columns))
                    seen = set(np.unique(rolled[-1]["code"]).tolist())
                    left = [name for place, name in enumerate(names) if place not in seen] if seen else names
                if left and piece.raw:
                    block = read(piece.raw, left, low, high, NUMBERS)
                    raw.append(block if left is names else recoded(block, names))
        if now.hot:
            rows = hot_rows(self.cursor, self.shelf.newest, names, low, high)
            raw.append(Block(names, {name: rows.columns[name] for name in ("code", *NUMBERS)}))
        rolled = [block for block in rolled if len(block)]
        return rolled, [one for one in raw if len(one)]

    def query(self, signals: Sequence[str], start: int, end: int) -> Iterator[Block]:
        """Samples ordered by signal, time and sequence, in blocks."""
        self._refuse_too_many(signals, start, end, self.settings.max_rows)
        for names in self.some(sorted(set(signals)), start, end):
            block = self.block(names, start, end, SAMPLES)
            if len(block):
                yield block

    def every(
        self, signals: Sequence[str], start: int, end: int, every: int, max_age: int | None
    ) -> pa.Table:
        """Table of one row a tick: `time` and a column a signal."""
        names = list(dict.fromkeys(signals))
        ticks = np.arange(start, end, every, dtype=np.int64)
        self.refuse_cells("query_every", len(ticks) * len(names))
        columns: dict[str, Any] = {"time": pa.array(ticks)}
        found: dict[str, pa.Array] = {}
        for some in self.some(sorted(names), start, end):
            held = self.held(some, start, max_age)
            block = good(self.block(some, start, end))
            bounds = block.bounds()
            for place, name in enumerate(some):
                rows = slice(bounds[place], bounds[place + 1])
                times, values = _with_held(block["time"][rows], block["value"][rows], held.get(name))
                found[name] = at(times, values, ticks, max_age)
        return pa.table(columns | {name: found[name] for name in names})

    def refuse_cells(self, where: str, cells: int) -> None:
        """Refuse an answer of more values than are given at once."""
        if cells > self.settings.max_cells:
            raise TooMuch(where, asked=cells, what="values", limit=self.settings.max_cells)

    def held(self, names: Sequence[str], start: int, max_age: int | None) -> dict[str, tuple[int, float]]:
        """Newest good sample before `start` of each of the sorted `names` that has one: near first, then further."""
        newest = self.shelf.newest
        first = newest["first"]
        wanted = [name for name in names if name in newest.ids and first[newest.ids[name]] < start]
        oldest = 0 if max_age is None else max(0, start - max_age)
        found: dict[str, tuple[int, float]] = {}
        later = start
        for earlier in (*(start - seconds * 1_000_000_000 for seconds in _LOOK_BACK), 0):
            missing = [name for name in wanted if name not in found]
            if not missing or later <= oldest:
                break
            block = good(self.block(missing, max(earlier, oldest), later))
            for name, place in block.each():
                found[name] = (int(block["time"][place][-1]), float(block["value"][place][-1]))
            later = max(earlier, oldest)
        return found

    def ingested(self, after: int, limit: int) -> tuple[pa.Table, int]:
        """Hot samples numbered behind `after`, and the number of the last of them."""
        query = """SELECT s.name AS signal, h.time, h.sequence, h.value, h.text, h.quality, h.received, h.number
            FROM hot h JOIN signals s ON s.id = h.signal WHERE h.number > $after ORDER BY h.number LIMIT $limit"""
        table = arrow(self.cursor, query, {"after": after, "limit": limit})
        last = table["number"][-1].as_py() if table.num_rows else after
        return table.select(SAMPLE_SCHEMA.names).cast(SAMPLE_SCHEMA), last

    def gaps(self, source: str | None) -> list[Row]:
        """The gap ledger, newest first."""
        query = "FROM gaps WHERE $source IS NULL OR source = $source ORDER BY start DESC LIMIT 10000"
        return self._records(query, {"source": source})

    def events(self, source: str | None) -> list[Row]:
        """Events of the connections, newest first."""
        import json

        query = "FROM events WHERE $source IS NULL OR source = $source ORDER BY time DESC LIMIT 1000"
        return [json.loads(row["facts"]) for row in self._records(query, {"source": source})]

    def count(self, signals: Sequence[str], start: int, end: int) -> int:
        """Number of samples in a range."""
        return sum(len(block) for block in self.blocks(sorted(set(signals)), start, end, ("time",)))

    def counted(self, names: Sequence[str]) -> Array:
        """How many samples each signal has ever had."""
        newest = self.shelf.newest
        counts = newest["count"]
        return np.array([counts[newest.ids[name]] if name in newest.ids else 0 for name in names], np.int64)

    def some(self, names: list[str], start: int, end: int) -> Iterator[list[str]]:
        """Some signals at a time, so that what is read stays in memory."""
        first, held = 0, 0
        for place, rows in enumerate(self.expected(names, start, end).tolist()):
            if held + rows > _ROWS_AT_ONCE and place > first:
                yield names[first:place]
                first, held = place, 0
            held += rows
        yield names[first:]

    def windows(self, name: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Windows of a range with about so many samples of a signal as memory takes; none where it has no sample."""
        place = self.shelf.newest.ids.get(name)
        if place is None:
            return
        first, last = (int(self.shelf.newest[column][place]) for column in ("first", "time"))
        start, end = max(start, first), min(end, last + 1)
        parts = 1 + int(self.expected([name], start, max(start, end))[0]) // _ROWS_AT_ONCE
        step = max(1, -(-(end - start) // parts))
        for low in range(start, end, step):
            yield low, min(low + step, end)

    def expected(self, names: Sequence[str], start: int, end: int) -> Array:
        """About how many samples of each signal lie in a range, by its count and its first and last time."""
        newest = self.shelf.newest
        ids = [newest.ids.get(name, -1) for name in names]
        if not ids or not len(newest["count"]):
            return np.zeros(len(names), np.int64)
        count, first, last = (newest[name][ids].astype(float) for name in ("count", "first", "time"))
        shared = np.minimum(last, end) - np.maximum(first, start)
        share = np.clip(shared / np.maximum(last - first, 1), 0, 1)
        return np.where(np.array(ids) < 0, 0, np.ceil(count * share)).astype(np.int64)

    def _look(self, end: int) -> Moment:
        view = self.shelf.view
        if self._moment is None and end <= view.hot_low:
            return Moment(view.pieces, view.months, view.records, hot=False)
        if self._moment is None or not self._moment.hot:
            self.cursor.execute("BEGIN")
        row: Any = self.cursor.execute("SELECT number FROM generation").fetchall()[0]
        view = self.shelf.view
        if row[0] == view.generation:
            return Moment(view.pieces, view.months, view.records, hot=True)
        months = dict(self.cursor.execute("SELECT month, file FROM months").fetchall())
        return Moment(pieces(self.cursor), months, records(self.cursor), hot=True)

    def _refuse_too_many(self, signals: Sequence[str], start: int, end: int, limit: int) -> None:
        """Count only where the signals have more than `limit` samples in all: the usual question is small."""
        if int(self.counted(sorted(set(signals))).sum()) <= limit:
            return
        if (asked := self.count(signals, start, end)) > limit:
            raise TooMuch("query", asked=asked, what="samples", limit=limit)

    def _records(self, query: str, facts: Row | None = None) -> list[Row]:
        rows: list[Row] = arrow(self.cursor, query, facts or {}).to_pylist()
        return rows


def in_one_moment(reader: Reader, ask: Callable[[Reader], Got]) -> Got:
    """`ask` on one moment of the database; once more if a file it chose was replaced meanwhile."""
    with reader.usage:
        try:
            return ask(reader)
        except FileNotFoundError:
            reader.leave()
            return ask(reader)
        finally:
            reader.leave()


def good(block: Block) -> Block:
    """The samples that a value at a time may be: of quality good, and a number."""
    return block.take((block["quality"] == 0) & ~np.isnan(block["value"]))


def at(times: Array, values: Array, ticks: Array, max_age: int | None) -> pa.Array:
    """The value at each tick: that of the last of the sorted `times` at or before it, not older than `max_age`.

    >>> at(np.array([10, 20]), np.array([1.0, 2.0]), np.array([5, 10, 19, 25, 99]), max_age=50).to_pylist()
    [None, 1.0, 1.0, 2.0, None]
    """
    if not len(times):
        return pa.nulls(len(ticks), pa.float64())
    place = np.searchsorted(times, ticks, side="right") - 1
    absent = place < 0
    if max_age is not None:
        absent |= ticks - times[place] > max_age
    return pa.array(values[place], mask=absent)


def recoded(block: Block, names: Sequence[str]) -> Block:
    """A block over some of `names`, as one over all of them; both sorted."""
    places = {name: place for place, name in enumerate(names)}
    moved = np.array([places[name] for name in block.names], np.int32)
    return Block(names, {**block.columns, "code": moved[block["code"]]})


def _with_held(times: Array, values: Array, held: tuple[int, float] | None) -> tuple[Array, Array]:
    if held is None:
        return times, values
    return np.r_[held[0], times], np.r_[held[1], values]


def _overlaps(month: str, low: int, high: int) -> bool:
    year, number = int(month[:4]), int(month[5:])
    start = np.datetime64(month, "M")
    begin, end = (int(one.astype("datetime64[ns]").astype(np.int64)) for one in (start, start + 1))
    return bool(number and year) and begin < high and end > low

"""The one read path: hot table and day files as if they were one table, in one moment of the database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from dure.plant.historian.errors import TooMuch
from dure.plant.historian.settings import Settings
from dure.plant.historian.store import Usage, arrow, files_between, transaction
from dure.plant.transport import SAMPLE_SCHEMA

Record = dict[str, Any]
Got = TypeVar("Got")

_HOT = """
    SELECT w.name AS signal, h.time, h.sequence, h.value, h.text, h.quality, h.received
    FROM hot h JOIN (SELECT unnest($ids) AS id, unnest($names) AS name) w ON w.id = h.signal
    WHERE h.time >= $start AND h.time < $end
"""
_FILES = """
    UNION ALL SELECT f.signal, f.time, f.sequence, f.value, f.text, f.quality, f.received
    FROM read_parquet($files, hive_partitioning = false) f WHERE f.signal IN (SELECT unnest($names)) AND f.time >= $start AND f.time < $end
"""
_SAMPLES = "WITH samples AS (" + _HOT + ")"
_SAMPLES_AND_FILES = "WITH samples AS (" + _HOT + _FILES + ")"

_QUERY = " SELECT * FROM samples ORDER BY signal, time, sequence"
_COUNT = " SELECT count(*) FROM samples"
_TREND = """
, buckets AS (
    SELECT signal, (time - $start) // $width AS bucket, avg(time - $start) AS time, min(value) AS low,
           max(value) AS high, avg(value) AS mean
    FROM samples WHERE quality <> 2 AND isfinite(value) GROUP BY ALL
)
SELECT signal, list(round(($start + time) / 1e9, 3) ORDER BY bucket), list(low ORDER BY bucket),
       list(high ORDER BY bucket), list(mean ORDER BY bucket)
FROM buckets GROUP BY signal
"""
_NEWEST_GOOD = """
SELECT signal, max(time) AS time, arg_max(value, (time, sequence)) AS value
FROM samples WHERE quality = 0 AND NOT isnan(value) GROUP BY signal
"""
# One row a tick and signal, in the order asked for. Where a source gave one time twice the later sequence counts.
_EVERY = """
, good AS (
    SELECT signal, time, arg_max(value, sequence) AS value
    FROM samples WHERE quality = 0 AND NOT isnan(value) GROUP BY signal, time
    UNION ALL SELECT unnest($held_names), unnest($held_times), unnest($held_values)
), asked AS (
    SELECT w.name, w.place, $first + i * $every AS tick
    FROM (SELECT unnest($names) AS name, generate_subscripts($names, 1) AS place) w, range($ticks) r(i)
)
SELECT CASE WHEN $max_age IS NULL OR a.tick - g.time <= $max_age THEN g.value END AS value
FROM asked a ASOF LEFT JOIN good g ON g.signal = a.name AND g.time <= a.tick
ORDER BY a.place, a.tick
"""
_LOOK_BACK = (60, 3600, 86_400)  # [s]
_CELLS_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Answers questions over hot table and day files on a cursor of its own; one thread uses it at a time."""

    cursor: duckdb.DuckDBPyConnection
    archive: Path
    settings: Settings
    usage: Usage = field(default_factory=Usage)

    def signals(self) -> list[Record]:
        """Every signal with its count, and the times of its first and last sample [ns]."""
        query = "SELECT s.name AS signal, l.count, l.first, l.time AS last FROM last l JOIN signals s ON s.id = l.signal"
        return self._records(query + " ORDER BY 1")

    def last(self, signals: Sequence[str] | None) -> list[Record]:
        """Newest sample of each signal."""
        query = """SELECT s.name AS signal, l.time, CASE WHEN isfinite(l.value) THEN l.value END AS value, l.text,
            l.quality, l.received, l.sequence FROM last l JOIN signals s ON s.id = l.signal
            WHERE $names IS NULL OR s.name IN (SELECT unnest($names::VARCHAR[])) ORDER BY s.name"""
        return self._records(query, {"names": None if signals is None else list(signals)})

    def query(self, signals: Sequence[str], start: int, end: int) -> Iterator[pa.RecordBatch]:
        """Samples ordered by signal, time and sequence, in batches; all is read from the files before the first."""
        self._refuse_too_many(signals, start, end, self.settings.max_rows)
        found: pa.RecordBatchReader = self.run(_QUERY, signals, start, end).to_arrow_reader(50_000)
        return (
            part
            for batch in found
            for part in pa.Table.from_batches([batch]).cast(SAMPLE_SCHEMA).to_batches()
        )

    def every(
        self, signals: Sequence[str], start: int, end: int, every: int, max_age: int | None
    ) -> pa.Table:
        """Table of one row a tick: `time` and a column a signal."""
        names = list(dict.fromkeys(signals))
        ticks = len(range(start, end, every))
        if ticks * len(names) > self.settings.max_cells:
            raise TooMuch(
                "query_every", asked=ticks * len(names), what="values", limit=self.settings.max_cells
            )
        columns: dict[str, Any] = {"time": pa.array(range(start, end, every), pa.int64())}
        step = max(1, _CELLS_AT_ONCE // max(1, ticks))
        for place in range(0, len(names), step):
            some = names[place : place + step]
            values = self._ticks(some, start, end, every, max_age)
            columns |= {name: values.slice(i * ticks, ticks) for i, name in enumerate(some)}
        return pa.table(columns)

    def _ticks(
        self, names: list[str], start: int, end: int, every: int, max_age: int | None
    ) -> pa.ChunkedArray:
        held = self._held(names, start, max_age)
        facts = {
            "held_names": list(held),
            "held_times": [time for time, _ in held.values()],
            "held_values": [value for _, value in held.values()],
            "first": start,
            "every": every,
            "ticks": len(range(start, end, every)),
            "max_age": max_age,
        }
        return self.run(_EVERY, names, start, end, facts).to_arrow_table()["value"]

    def _held(self, names: list[str], start: int, max_age: int | None) -> dict[str, tuple[int, float]]:
        """Newest good sample before `start` of each signal that has one: looked for near first, then further."""
        first = {row["signal"]: row["first"] for row in self.signals()}
        wanted = [name for name in names if first.get(name, start) < start]
        oldest = 0 if max_age is None else max(0, start - max_age)
        found: dict[str, tuple[int, float]] = {}
        later = start
        for earlier in (*(start - seconds * 1_000_000_000 for seconds in _LOOK_BACK), 0):
            missing = [name for name in wanted if name not in found]
            if not missing or later <= oldest:
                break
            rows = self.run(_NEWEST_GOOD, missing, max(earlier, oldest), later).fetchall()
            found |= {name: (time, value) for name, time, value in rows}
            later = max(earlier, oldest)
        return found

    def trend(self, signals: Sequence[str], start: int, end: int, points: int) -> Record:
        """Smallest, largest and mean value of each signal over at most `points` equal stretches."""
        width = -(-(end - start) // points)
        rows = self.run(_TREND, signals, start, end, {"width": width}).fetchall()
        drawn: Record = {name: {"time": [], "min": [], "max": [], "mean": []} for name in signals}
        return drawn | {
            name: {"time": time, "min": low, "max": high, "mean": mean}
            for name, time, low, high, mean in rows
        }

    def ingested(self, after: int, limit: int) -> tuple[pa.Table, int]:
        """Hot samples numbered behind `after`, and the number of the last of them."""
        query = """SELECT s.name AS signal, h.time, h.sequence, h.value, h.text, h.quality, h.received, h.number
            FROM hot h JOIN signals s ON s.id = h.signal WHERE h.number > $after ORDER BY h.number LIMIT $limit"""
        table = arrow(self.cursor, query, {"after": after, "limit": limit})
        last = table["number"][-1].as_py() if table.num_rows else after
        return table.select(SAMPLE_SCHEMA.names).cast(SAMPLE_SCHEMA), last

    def gaps(self, source: str | None) -> list[Record]:
        """The gap ledger, newest first."""
        query = "FROM gaps WHERE $source IS NULL OR source = $source ORDER BY start DESC LIMIT 10000"
        return self._records(query, {"source": source})

    def events(self, source: str | None) -> list[Record]:
        """Events of the connections, newest first."""
        import json

        query = "FROM events WHERE $source IS NULL OR source = $source ORDER BY time DESC LIMIT 1000"
        return [json.loads(row["facts"]) for row in self._records(query, {"source": source})]

    def count(self, signals: Sequence[str], start: int, end: int) -> int:
        """Number of samples in a range."""
        return int(self.run(_COUNT, signals, start, end).fetchall()[0][0])

    def _refuse_too_many(self, signals: Sequence[str], start: int, end: int, limit: int) -> None:
        """Count only where the signals have more than `limit` samples in all: the usual question is small."""
        if sum(row["count"] for row in self.signals() if row["signal"] in set(signals)) <= limit:
            return
        if (asked := self.count(signals, start, end)) > limit:
            raise TooMuch("query", asked=asked, what="samples", limit=limit)

    def run(
        self, query: str, signals: Sequence[str], start: int, end: int, more: Record | None = None
    ) -> duckdb.DuckDBPyRelation:
        """A query over `samples`: those of `signals` with `start` ≤ time < `end`."""
        names = list(dict.fromkeys(signals))
        ids = dict(self.cursor.execute("SELECT name, id FROM signals").fetchall())
        facts: Record = {
            "names": names,
            "ids": [ids.get(name, -1) for name in names],
            "start": start,
            "end": end,
        }
        files = files_between(self.cursor, self.archive, start, end - 1)
        if files:
            return self.cursor.sql(
                _SAMPLES_AND_FILES + query, params={**facts, **(more or {}), "files": files}
            )
        return self.cursor.sql(_SAMPLES + query, params={**facts, **(more or {})})

    def _records(self, query: str, facts: Record | None = None) -> list[Record]:
        rows: list[Record] = arrow(self.cursor, query, facts or {}).to_pylist()
        return rows


def in_one_moment(reader: Reader, ask: Callable[[Reader], Got]) -> Got:
    """`ask` on one moment of the database; once more if a day file it chose was replaced meanwhile."""
    with reader.usage:
        try:
            with transaction(reader.cursor):
                return ask(reader)
        except duckdb.IOException:
            with transaction(reader.cursor):
                return ask(reader)

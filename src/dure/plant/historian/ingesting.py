"""From the logs into the database: every sample once, whatever is sent twice or killed in between."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dure.plant.historian.requests import LATEST
from dure.plant.historian.ring import Ring, Stretch
from dure.plant.historian.store import arrow, files_between, registered, transaction
from dure.plant.historian.wire import Paths
from dure.plant.transport import (
    SAMPLE_SCHEMA,
    Damage,
    Event,
    Frame,
    Gap,
    Kind,
    Position,
    WrongSamples,
    decode,
    forget,
    read_log,
)

# A row ahead of its signal's newest is certainly new; only the others are compared with what is stored.
_FRESH = """
SELECT s.id, a.*, coalesce((a.time, a.sequence) > (l.time, l.sequence), true) AS ahead
FROM (SELECT DISTINCT ON (signal, time, sequence) * FROM arrived) a
JOIN signals s ON s.name = a.signal LEFT JOIN last l ON l.signal = s.id
"""
_UNKNOWN_IN_HOT = """
SELECT l.* FROM late l ANTI JOIN (
    SELECT signal, time, sequence FROM hot WHERE time BETWEEN $low AND $high
) h ON h.signal = l.id AND h.time = l.time AND h.sequence = l.sequence
"""
_UNKNOWN_IN_FILES = """
SELECT l.* FROM late l ANTI JOIN (
    SELECT signal, time, sequence FROM read_parquet($files, hive_partitioning = false) WHERE time BETWEEN $low AND $high
    AND signal IN (SELECT DISTINCT signal FROM late)
) f ON f.signal = l.signal AND f.time = l.time AND f.sequence = l.sequence
"""
_KEEP = """
INSERT INTO hot SELECT number, id, time, sequence, value, text, quality, received FROM fresh ORDER BY number
"""
_KEEP_LAST = """
INSERT INTO last
SELECT id, newest.time, newest.sequence, newest.value, newest.text, newest.quality, newest.received, count, first
FROM (
    SELECT id, count(*) AS count, min(time) AS first, arg_max(
        {time: time, sequence: sequence, value: value, text: text, quality: quality, received: received},
        (time, sequence)) AS newest
    FROM fresh GROUP BY id
)
ON CONFLICT (signal) DO UPDATE SET
    count = count + excluded.count,
    first = least(first, excluded.first),
    value = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.value ELSE value END,
    text = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.text ELSE text END,
    quality = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.quality ELSE quality END,
    received = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.received ELSE received END,
    sequence = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.sequence ELSE sequence END,
    time = greatest(time, excluded.time)
"""
_KEEP_GAP = """
INSERT INTO gaps VALUES ($source, $start, $end, $first_sequence, $last_sequence, $cause, $filled_by)
ON CONFLICT DO UPDATE SET "end" = excluded."end", cause = excluded.cause, filled_by = excluded.filled_by
"""


@dataclass(slots=True)
class Load:
    """What one round takes from the logs into one transaction."""

    tables: list[pa.Table] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    moved: dict[str, Position] = field(default_factory=dict)
    size: int = 0

    def add(self, source: str, position: Position, frame: Frame | Damage) -> None:
        """Take one frame; one that cannot be understood is named in the gap ledger instead."""
        self.moved[source] = position
        if isinstance(frame, Damage):
            self.gaps.append(_lost(source, position, f"{frame.size} bytes of the log are damaged"))
            return
        self.size += len(frame.payload)
        try:
            self._read(source, position, frame)
        except (WrongSamples, ValueError, TypeError) as refused:
            self.gaps.append(_lost(source, position, f"a frame of the log cannot be read: {refused}"))

    def _read(self, source: str, position: Position, frame: Frame) -> None:
        if frame.kind is Kind.SAMPLES:
            self._read_samples(source, position, decode(frame.payload))
        elif frame.kind is Kind.GAP:
            self.gaps.append(Gap.from_bytes(frame.payload))
        else:
            self.events.append(Event.from_bytes(frame.payload))

    def _read_samples(self, source: str, position: Position, table: pa.Table) -> None:
        """Take the rows whose time a clock can show; a null DateTime of OPC UA (1601) or a wild one is named."""
        possible = pc.and_(pc.greater_equal(table["time"], 0), pc.less(table["time"], LATEST))
        kept = table.filter(possible)
        if impossible := table.num_rows - kept.num_rows:
            self.gaps.append(_lost(source, position, f"{impossible} samples with an impossible source time"))
        self.tables.append(kept)


def _lost(source: str, position: Position, cause: str) -> Gap:
    now = time.time_ns()
    return Gap(source, now, now, position.segment, position.offset, cause, filled_by="permanent")


class Ingest:
    """Ingests all logs below `segments`; the only writer of `hot`, `last` and `positions`."""

    def __init__(self, database: duckdb.DuckDBPyConnection, paths: Paths, ring: Ring, burst: int) -> None:
        self._database, self._ring, self._burst = database, ring, burst
        self._segments, self._archive = paths.segments, paths.archive
        stored = database.execute("SELECT source, segment, place FROM positions").fetchall()
        self.positions = {source: Position(segment, place) for source, segment, place in stored}
        self._known = dict(database.execute("SELECT name, id FROM signals").fetchall())

    def tick(self) -> int:
        """Ingest what the logs hold beyond their positions, at most one burst; how many samples were new."""
        load = self._collect()
        if not load.moved:
            return 0
        known = dict(self._known)
        with transaction(self._database):
            stretch = self._keep_samples(load.tables, known)
            self._keep_notes(load)
            self._move(load.moved)
        self._known, self.positions = known, self.positions | load.moved
        if stretch is not None:
            self._ring.put(stretch)
        for source, position in load.moved.items():
            forget(self._segments / source, position)
        return 0 if stretch is None else int(stretch.table.num_rows)

    def _collect(self) -> Load:
        load = Load()
        for source in sources(self._segments):
            for position, frame in read_log(self._segments / source, self.positions.get(source)):
                load.add(source, position, frame)
                if load.size >= self._burst:
                    return load
        return load

    def _keep_samples(self, tables: list[pa.Table], known: dict[str, int]) -> Stretch | None:
        if not tables:
            return None
        arrived = pa.concat_tables(tables)
        self._name(arrived, known)
        fresh = self._without_known(arrived)
        if not fresh.num_rows:
            return None
        first = self._number(fresh.num_rows)
        numbers = pa.array(range(first, first + fresh.num_rows), pa.int64())
        with registered(self._database, "fresh", fresh.append_column("number", numbers)):
            self._database.execute(_KEEP)
            self._database.execute(_KEEP_LAST)
        return Stretch(first, fresh.select(SAMPLE_SCHEMA.names).cast(SAMPLE_SCHEMA))

    def _name(self, arrived: pa.Table, known: dict[str, int]) -> None:
        """Give an id to each signal that comes for the first time."""
        for name in pc.unique(arrived["signal"]).to_pylist():
            if name not in known:
                known[name] = len(known)
                self._database.execute(
                    "INSERT INTO signals VALUES ($id, $name)", {"id": known[name], "name": name}
                )

    def _without_known(self, arrived: pa.Table) -> pa.Table:
        with registered(self._database, "arrived", arrived):
            fresh = arrow(self._database, _FRESH)
        ahead, fresh = fresh["ahead"], fresh.drop_columns(["ahead"])
        late = fresh.filter(pc.invert(ahead))
        if not late.num_rows:
            return fresh
        return pa.concat_tables([fresh.filter(ahead), self._unknown(late)])

    def _unknown(self, late: pa.Table) -> pa.Table:
        """The late rows that neither the hot table nor a day file holds yet."""
        span = {"low": pc.min(late["time"]).as_py(), "high": pc.max(late["time"]).as_py()}
        with registered(self._database, "late", late):
            late = arrow(self._database, _UNKNOWN_IN_HOT, span)
        files = files_between(self._database, self._archive, span["low"], span["high"])
        if not (files and late.num_rows):
            return late
        with registered(self._database, "late", late):
            return arrow(self._database, _UNKNOWN_IN_FILES, {**span, "files": files})

    def _number(self, rows: int) -> int:
        """Number of the first of `rows` new samples."""
        query = "UPDATE counter SET number = number + $rows RETURNING number"
        last: Any = self._database.execute(query, {"rows": rows}).fetchone()
        return int(last[0]) - rows + 1

    def _keep_notes(self, load: Load) -> None:
        for gap in load.gaps:
            facts = {name: getattr(gap, name) for name in Gap.__dataclass_fields__}
            self._database.execute(_KEEP_GAP, facts)
        for event in load.events:
            row = [event.source, event.time, event.what, event.to_bytes().decode()]
            self._database.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", row)

    def _move(self, moved: dict[str, Position]) -> None:
        for source, position in moved.items():
            row = [source, position.segment, position.offset]
            self._database.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", row)


def sources(segments: Path) -> list[str]:
    """Ids of the sources that have a log."""
    return sorted(entry.name for entry in segments.iterdir() if entry.is_dir()) if segments.is_dir() else []

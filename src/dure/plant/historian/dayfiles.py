"""Day files: the permanent, open form of a closed day, and the moment at which they become the truth.

A file counts from the transaction that enters it in `dayfiles` and removes its rows from `hot`. Before it is begun
its name stands in `doubtful`; what a kill leaves behind is therefore known at the next start and removed, and a
file that stands in neither list (the database was lost) is taken in.
"""

import os
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dure.plant.historian.store import arrow, transaction
from dure.plant.transport import SAMPLE_SCHEMA

DAY = 86_400_000_000_000  # ns
_BATCH_ROWS = 50_000
_GROUP_ROWS = 500_000
_EPOCH = date(1970, 1, 1)

_ROWS_OF_DAY = """
SELECT s.name AS signal, h.time, h.sequence, h.value, h.text, h.quality, h.received
FROM hot h JOIN signals s ON s.id = h.signal WHERE h.time >= $low AND h.time < $high
"""
_ROWS_OF_FILES = " UNION ALL SELECT * FROM read_parquet($files, hive_partitioning = false)"
_IN_ORDER = " ORDER BY signal, time, sequence"
_TAKE_IN_SIGNALS = """
INSERT INTO signals SELECT (SELECT count(*) FROM signals) + row_number() OVER (ORDER BY signal) - 1, signal
FROM (SELECT DISTINCT signal FROM read_parquet($files, hive_partitioning = false)) f WHERE signal NOT IN (SELECT name FROM signals)
"""
_TAKE_IN_LAST = """
INSERT INTO last
SELECT s.id, newest.time, newest.sequence, newest.value, newest.text, newest.quality, newest.received, count, first
FROM (
    SELECT signal, count(*) AS count, min(time) AS first, arg_max(
        {time: time, sequence: sequence, value: value, text: text, quality: quality, received: received},
        (time, sequence)) AS newest
    FROM read_parquet($files, hive_partitioning = false) GROUP BY signal
) f JOIN signals s ON s.name = f.signal
ON CONFLICT (signal) DO UPDATE SET count = count + excluded.count, first = least(first, excluded.first)
"""


class DayFiles:
    """Writes days from the hot table to `archive/day=YYYY-MM-DD/<n>.parquet`; one at a time."""

    def __init__(self, database: duckdb.DuckDBPyConnection, archive: Path) -> None:
        self._database, self._archive = database.cursor(), archive
        self._guard = threading.Lock()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def settle(self) -> list[str]:
        """At the start: remove what a kill left half done, take in files the database does not know. Those taken."""
        with self._guard:
            for unfinished in self._archive.glob("day=*/*.tmp"):
                unfinished.unlink()
            self._remove_doubtful()
            return self._take_in()

    def due(self, now_ns: int, close_after: float) -> list[date]:
        """Days in the hot table that ended `close_after` [s] ago or earlier."""
        border = (now_ns - int(close_after * 1e9)) // DAY * DAY
        query = "SELECT DISTINCT time // 86400000000000 AS day FROM hot WHERE time < $border ORDER BY day"
        return [
            _EPOCH + timedelta(days=day)
            for (day,) in self._database.execute(query, {"border": border}).fetchall()
        ]

    def compact(self, day: date) -> dict[str, Any]:
        """Write all rows of `day` (UTC), hot and filed, to one new file; rows and bytes of it."""
        with self._guard:
            folder = self._archive / f"day={day.isoformat()}"
            file = folder / f"{_next_number(folder)}.parquet"
            self._doubt(file)
            with transaction(self._database):
                facts = self._write(day, file)
            self._remove_doubtful()
            return facts

    def _write(self, day: date, file: Path) -> dict[str, Any]:
        low = (day - _EPOCH).days * DAY
        span = {"low": low, "high": low + DAY}
        counted: Any = self._database.execute(
            "SELECT count(*) FROM hot WHERE time >= $low AND time < $high", span
        ).fetchone()
        if not counted[0]:
            return {"day": day.isoformat(), "rows": 0, "bytes": 0}
        old = self._database.execute("SELECT file FROM dayfiles WHERE day = ?", [day.isoformat()]).fetchall()
        earlier = [str(self._archive / name) for (name,) in old]
        query = _ROWS_OF_DAY + (_ROWS_OF_FILES if earlier else "") + _IN_ORDER
        chosen = self._database.sql(query, params={**span, **({"files": earlier} if earlier else {})})
        rows, first, last = _write_parquet(file, chosen.to_arrow_reader(_BATCH_ROWS))
        self._enter(file, day, first, last, rows)
        self._database.execute("DELETE FROM hot WHERE time >= $low AND time < $high", span)
        self._replace(file, [name for (name,) in old])
        return {"day": day.isoformat(), "rows": rows, "bytes": file.stat().st_size}

    def _enter(self, file: Path, day: date, low: int, high: int, rows: int) -> None:
        row = [self._name(file), day.isoformat(), low, high, rows, file.stat().st_size]
        self._database.execute("INSERT INTO dayfiles VALUES (?, ?, ?, ?, ?, ?)", row)

    def _replace(self, file: Path, old: list[str]) -> None:
        """The new file counts, those it replaces are to be removed."""
        self._database.execute("DELETE FROM doubtful WHERE file = ?", [self._name(file)])
        for name in old:
            self._database.execute("DELETE FROM dayfiles WHERE file = ?", [name])
            self._database.execute("INSERT INTO doubtful VALUES (?)", [name])

    def _doubt(self, file: Path) -> None:
        self._database.execute("INSERT OR IGNORE INTO doubtful VALUES (?)", [self._name(file)])

    def _remove_doubtful(self) -> None:
        for (name,) in self._database.execute("SELECT file FROM doubtful").fetchall():
            (self._archive / name).unlink(missing_ok=True)
            with suppress(OSError):  # the day has other files
                (self._archive / name).parent.rmdir()
            self._database.execute("DELETE FROM doubtful WHERE file = ?", [name])

    def _take_in(self) -> list[str]:
        known = {name for (name,) in self._database.execute("SELECT file FROM dayfiles").fetchall()}
        strange = sorted(
            file for file in self._archive.glob("day=*/*.parquet") if self._name(file) not in known
        )
        with transaction(self._database):
            for file in strange:
                self._take_in_one(file)
        return [self._name(file) for file in strange]

    def _take_in_one(self, file: Path) -> None:
        facts = {"files": [str(file)]}
        query = "SELECT min(time) AS low, max(time) AS high, count(*) AS rows FROM read_parquet($files, hive_partitioning = false)"
        low, high, rows = arrow(self._database, query, facts).to_pylist()[0].values()
        self._enter(file, date.fromisoformat(file.parent.name.removeprefix("day=")), low, high, rows)
        self._database.execute(_TAKE_IN_SIGNALS, facts)
        self._database.execute(_TAKE_IN_LAST, facts)

    def _name(self, file: Path) -> str:
        return file.relative_to(self._archive).as_posix()


def day_of(time_ns: int) -> date:
    """UTC day of a time.

    >>> day_of(1_700_000_000_000_000_000).isoformat()
    '2023-11-14'
    """
    return datetime.fromtimestamp(time_ns // 1_000_000_000, tz=UTC).date()


def _next_number(folder: Path) -> int:
    return 1 + max((int(file.stem) for file in folder.glob("*.parquet") if file.stem.isdecimal()), default=0)


def _write_parquet(file: Path, rows: pa.RecordBatchReader) -> tuple[int, int, int]:
    """Write sorted rows so that the file is either whole or absent; number of rows, earliest and latest time."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_suffix(".tmp")
    with unfinished.open("wb") as sink:
        with _writer(sink) as writer:
            count, low, high = _copy(rows, writer)
        sink.flush()
        os.fsync(sink.fileno())
    unfinished.rename(file)
    for folder in (file.parent, file.parent.parent):
        _sync_folder(folder)
    return count, low, high


def _writer(sink: Any) -> pq.ParquetWriter:
    """Measured on recorded plant data: `benchmarks/historian.py` prints the bytes a sample of the alternatives."""
    return pq.ParquetWriter(
        sink,
        SAMPLE_SCHEMA,
        compression="zstd",
        use_dictionary=["signal", "text", "value"],
        column_encoding={
            "time": "DELTA_BINARY_PACKED",
            "received": "DELTA_BINARY_PACKED",
            "sequence": "DELTA_BINARY_PACKED",
        },
        write_statistics=["signal", "time"],
        version="2.6",
    )


def _copy(rows: pa.RecordBatchReader, writer: pq.ParquetWriter) -> tuple[int, int, int]:
    count, low, high = 0, 2**63 - 1, 0
    waiting: list[pa.RecordBatch] = []
    for batch in rows:
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= _GROUP_ROWS:
            count, low, high = _flush(waiting, writer, count, low, high)
            waiting = []
    return _flush(waiting, writer, count, low, high) if waiting else (count, low, high)


def _flush(
    waiting: list[pa.RecordBatch], writer: pq.ParquetWriter, count: int, low: int, high: int
) -> tuple[int, int, int]:
    import pyarrow.compute as pc

    table = pa.Table.from_batches(waiting).cast(SAMPLE_SCHEMA)
    writer.write_table(table, row_group_size=_GROUP_ROWS)
    span = pc.min_max(table["time"]).as_py()
    return count + table.num_rows, min(low, span["min"]), max(high, span["max"])


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

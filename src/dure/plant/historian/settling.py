"""At the start: what a kill left half done is removed, files that the database does not know are taken in."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from dure.plant.historian.register import Register
from dure.plant.historian.store import arrow, transaction

_TAKE_IN_SIGNALS = """
INSERT INTO signals SELECT (SELECT count(*) FROM signals) + row_number() OVER (ORDER BY signal) - 1, signal
FROM (SELECT DISTINCT signal FROM read_parquet($files, hive_partitioning = false)) f
WHERE signal NOT IN (SELECT name FROM signals)
"""
_TAKE_IN_LAST = """
INSERT INTO last
SELECT s.id, newest.time, newest.sequence, newest.value, newest.text, newest.quality, newest.received, count, first
FROM (
    SELECT signal, count(*) AS count, min(time) AS first, arg_max(
        {time: time, sequence: sequence, value: value, text: text, quality: quality, received: RECEIVED},
        (time, sequence)) AS newest
    FROM read_parquet($files, hive_partitioning = false) GROUP BY signal
) f JOIN signals s ON s.name = f.signal
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


def settle(register: Register) -> list[str]:
    """Bring files and lists together; the names of the files taken in."""
    with register.guard, register.shelf.turn:
        for unfinished in register.archive.rglob("*.tmp"):
            unfinished.unlink()
        register.remove_doubtful()
        taken = _take_in(register)
        _remove_unknown(register)
        register.shelf.look(register.database)
        if taken:
            register.shelf.newest.load(register.database)
        return taken


def _remove_unknown(register: Register) -> None:
    """Roll-ups that the database does not know are made anew, not trusted."""
    known = _column(register, "SELECT minutes FROM rolled") | _column(register, "SELECT file FROM months")
    for kind in ("minute/day=*", "hour/month=*"):
        for file in register.archive.glob(f"{kind}/*.parquet"):
            if register.name(file) not in known:
                file.unlink()


def _take_in(register: Register) -> list[str]:
    known = _column(register, "SELECT file FROM dayfiles") | _column(register, "SELECT file FROM corrections")
    found = [*register.archive.glob("day=*/*.parquet"), *register.archive.glob("correction/*.parquet")]
    strange = sorted(file for file in found if register.name(file) not in known)
    with transaction(register.database):
        for file in strange:
            (_take_in_record if file.parent.name == "correction" else _take_in_samples)(register, file)
    return [register.name(file) for file in strange]


def _take_in_samples(register: Register, file: Path) -> None:
    facts = {"files": [str(file)]}
    query = "SELECT min(time) AS low, max(time) AS high, count(*) AS rows FROM read_parquet($files, hive_partitioning = false)"
    low, high, rows = arrow(register.database, query, facts).to_pylist()[0].values()
    row = [
        register.name(file),
        file.parent.name.removeprefix("day="),
        low,
        high,
        rows,
        file.stat().st_size,
    ]
    register.database.execute("INSERT INTO dayfiles VALUES (?, ?, ?, ?, ?, ?)", row)
    register.database.execute(_TAKE_IN_SIGNALS, facts)
    delayed = "delay" in register.shelf.files.index(register.name(file)).names
    query = _TAKE_IN_LAST.replace("RECEIVED", "time + delay" if delayed else "received")
    register.database.execute(query, facts)


def _take_in_record(register: Register, file: Path) -> None:
    """The record of a correction says itself who made it, when and why."""
    footer = pq.read_metadata(file)
    told = json.loads((footer.metadata or {}).get(b"dure.correction", b"null"))
    if not isinstance(told, dict):
        return
    query = "SELECT coalesce(min(time), 0), coalesce(max(time), 0), count(DISTINCT signal) FROM read_parquet($file)"
    ((low, high, signals),) = register.database.execute(query, {"file": str(file)}).fetchall()
    row = [
        int(file.stem), str(told["kind"]), int(told["made"]), str(told["by"]), str(told["reason"]), register.name(file),
        footer.num_rows, signals, low, high, int(told["undoes"]), json.dumps(told["facts"]),
    ]  # fmt: skip
    register.database.execute("INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _column(register: Register, query: str) -> set[str]:
    return {name for (name,) in register.database.execute(query).fetchall()}

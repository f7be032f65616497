"""The database of the historian: what stands in it, and how it is opened.

`hot` holds what is not yet in a day file, in the order of arrival (`number`); `last` the newest sample and the
count of each signal, right up to the number in `kept`; `positions` how far each log is ingested, moved in the same
transaction as the rows; `dayfiles` the files that count; `rolled` what is rolled up of each, also when retention has
removed its samples; `months` the files of hours; `corrections` who changed or added samples, when and why;
`generation` counts the changes of those four; `doubtful` the files that a kill may have left behind and that do
not count. A database of an earlier release opens: what it lacks is made, its `last` was right up to its counter.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from dure.plant.historian.settings import Settings

_REST = "32MB"
_TABLES = """
CREATE TABLE IF NOT EXISTS signals(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS hot(
    number BIGINT NOT NULL, signal INTEGER NOT NULL, time BIGINT NOT NULL, sequence INTEGER NOT NULL,
    value DOUBLE NOT NULL, text VARCHAR, quality UTINYINT NOT NULL, received BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS last(
    signal INTEGER PRIMARY KEY, time BIGINT NOT NULL, sequence INTEGER NOT NULL, value DOUBLE NOT NULL,
    text VARCHAR, quality UTINYINT NOT NULL, received BIGINT NOT NULL, count BIGINT NOT NULL, first BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS positions(source VARCHAR PRIMARY KEY, segment BIGINT NOT NULL, place BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS counter(number BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS gaps(
    source VARCHAR, start BIGINT, "end" BIGINT, first_sequence BIGINT, last_sequence BIGINT, cause VARCHAR,
    filled_by VARCHAR, PRIMARY KEY (source, start, first_sequence, last_sequence));
CREATE TABLE IF NOT EXISTS events(source VARCHAR, time BIGINT, what VARCHAR, facts VARCHAR, PRIMARY KEY (source, time, what));
CREATE TABLE IF NOT EXISTS dayfiles(
    file VARCHAR PRIMARY KEY, day VARCHAR NOT NULL, low BIGINT NOT NULL, high BIGINT NOT NULL, rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS doubtful(file VARCHAR PRIMARY KEY);
CREATE TABLE IF NOT EXISTS rolled(
    piece VARCHAR PRIMARY KEY, file VARCHAR NOT NULL, minutes VARCHAR NOT NULL, hours BOOLEAN NOT NULL,
    low BIGINT NOT NULL, high BIGINT NOT NULL);
ALTER TABLE rolled ADD COLUMN IF NOT EXISTS thinned BOOLEAN;
CREATE TABLE IF NOT EXISTS corrections(
    number BIGINT PRIMARY KEY, kind VARCHAR NOT NULL, made BIGINT NOT NULL, who VARCHAR NOT NULL, why VARCHAR NOT NULL,
    file VARCHAR NOT NULL, rows BIGINT NOT NULL, signals BIGINT NOT NULL, low BIGINT NOT NULL, high BIGINT NOT NULL,
    undoes BIGINT NOT NULL, facts VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS months(month VARCHAR PRIMARY KEY, file VARCHAR NOT NULL, bytes BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS generation(number BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS kept(number BIGINT NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (FROM counter);
INSERT INTO generation SELECT 0 WHERE NOT EXISTS (FROM generation);
INSERT INTO kept SELECT number FROM counter WHERE NOT EXISTS (FROM kept);
"""


def open_store(folder: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """The database in `folder`, made if absent; closed to the network and to anything but its own files."""
    (folder / "archive").mkdir(parents=True, exist_ok=True, mode=0o700)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    database = duckdb.connect(str(folder / "hot.duckdb"), config=config)
    # Registered Arrow tables are the only names from Python: a local variable must never be found by a query.
    database.execute("SET python_enable_replacements = false")
    database.execute(_TABLES)
    return database


class Usage:
    """Who is using the database: any number at once, or one who wants to be alone with it for a moment."""

    def __init__(self) -> None:
        self._guard, self._users = threading.Lock(), 0

    def __enter__(self) -> None:
        """Use it."""
        with self._guard:
            self._users += 1

    def __exit__(self, *_: object) -> None:
        """Done with it."""
        with self._guard:
            self._users -= 1

    def alone(self, act: Callable[[], None]) -> bool:
        """Whether nobody uses it and `act` was done; who comes meanwhile waits."""
        with self._guard:
            if self._users:
                return False
            act()
            return True


def give_back_memory(cursor: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let go of cached blocks: lowering the limit is DuckDB's way to say so. 262 MB became 158 MB when measured."""
    for limit in (_REST, settings.memory_limit):
        cursor.execute("SET memory_limit = $limit", {"limit": limit})
    pa.default_memory_pool().release_unused()


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """All of it, or nothing; what is read inside is one moment of the database."""
    cursor.execute("BEGIN")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        _roll_back(cursor)
        raise


def arrow(cursor: duckdb.DuckDBPyConnection, query: str, facts: object = None) -> pa.Table:
    """The whole result of a query as an Arrow table."""
    return cursor.sql(query, params=facts).to_arrow_table()


@contextmanager
def registered(cursor: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """An Arrow table under a name that SQL can use, inside the `with` block."""
    cursor.register(name, table)
    try:
        yield
    finally:
        cursor.unregister(name)


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # the failing statement has ended the transaction itself

"""Databases as a source: rows of PostgreSQL, MariaDB, MySQL, SQLite, SQL Server and Oracle, read on as they appear."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from dure.plant.connect import (
    DONE,
    Arm,
    Mark,
    Place,
    Settings,
    Sink,
    Standing,
    WriteNotArmed,
)
from dure.plant.connect.sql.address import DRIVERS, engine_of, url_of
from dure.plant.connect.sql.looking import Looking
from dure.plant.connect.sql.query import check_query
from dure.plant.connect.sql.refusals import refusal
from dure.plant.connect.sql.settings import SqlSettings
from dure.plant.connect.sql.times import zone_of
from dure.vocabulary import Sample, Signal, Text

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection, Engine, Select

__all__ = ["CONNECTOR", "Sql", "SqlSettings"]

MOST = 1_000_000  # rows of a table that are given as they are
Given = TypeVar("Given")


class Sql:
    """A database, or some tables or one query of it; see `Connector` for the promise.

    Rows are read in the order of a key that only grows, else of their time, `batch` at once, each look in a
    transaction that can only read. Those of the last `lag` seconds are read again at every look, for rows
    become visible when their writer commits and not in the order of their keys.
    """

    schemes: ClassVar[tuple[str, ...]] = tuple(DRIVERS)
    title: ClassVar[Text] = Text("Databases", "데이터베이스")
    requires: ClassVar[str] = "sqlalchemy"
    live: ClassVar[bool] = False  # the age of its newest row says nothing of its clock
    standard: ClassVar[str] = "ISO/IEC 9075-2 (SQL)"
    settings_type: ClassVar[type[Settings]] = SqlSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": Standing(Mark.EXEMPT, "a table says nothing of quality; an empty cell is no reading"),
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": Standing(
            Mark.EXEMPT, "a table keeps what it holds; without a key a row later than `lag` is not seen"
        ),
        "back-fill": DONE,
        "encrypted": DONE,
        "peer-trusted": Standing(
            Mark.TODO, "with tls=verify only; a certificate of the server's own cannot be trusted by hand yet"
        ),
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": Standing(
            Mark.DONE,
            "PostgreSQL, MariaDB, SQLite; SQL Server, Oracle and MySQL not verified: no server of that maker can be run here",
        ),
    }

    def __init__(self, place: Place, settings: SqlSettings) -> None:
        self.place, self.settings = place, settings
        self._said: dict[str, str] = {}
        self._engine: Engine | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sql")
        self._looking = Looking(place.source, settings, zone_of(settings.zone, place.source), self._say)
        if settings.query:
            check_query(settings.query, place.source)
        self._where = f"{place.source} ({place.url})"
        url_of(place, settings)

    @property
    def notes(self) -> list[str]:
        """What was left out or assumed."""
        return list(self._said.values())

    async def identify(self) -> dict[str, str]:
        """Product and version of the server, and whether the link is encrypted."""
        return await self._ask(self._looking.identify)

    async def browse(self, limit: int = 10_000) -> list[Signal]:
        """The value columns of every table with a time, or the tags of a long one."""
        return await self._ask(partial(self._looking.browse, limit=limit))

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The newest cell of each signal."""
        return await self._ask(partial(self._looking.newest, signals=signals))

    async def rows(self, table: str, after: int | None = None, limit: int = MOST) -> "pa.Table":
        """All columns of a table as they are; see `dure.plant.connect.rows`."""
        return await self._ask(partial(self._looking.rows, name=table, after=after, limit=limit))

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Every row once, then those that appear; see the class."""
        from dure.plant.connect.sql.following import Follower
        from dure.plant.connect.sql.tail import Places

        settings = self.settings
        places = Places(self.place.home / "run" / f"collector-{self.place.source}.tables.json")
        shapes = await self._ask(partial(self._looking.shapes, signals=signals))
        followers = [
            Follower(
                shape, self._looking.rows_of(shape, signals), places, self._rows, self._say,
                lag=settings.lag, batch=settings.batch, zone=settings.zone,
            )
            for shape in shapes
        ]  # fmt: skip
        for follower in followers:
            await follower.begin()
        sink.up(", ".join(f"{shape.name} by {shape.order}" for shape in shapes[:20]))
        while True:
            for follower in followers:
                await follower.look(sink)
            await asyncio.sleep(settings.period)

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a table that another system writes is only read."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("a database is only read", "데이터베이스는 읽기만 합니다"))

    async def close(self) -> None:
        """Close the connection, after the statement that may still run."""
        await asyncio.wrap_future(self._thread.submit(self._dispose))

    async def _rows(self, statement: "Select[Any]") -> "Sequence[Sequence[Any]]":
        return await self._ask(lambda connection: connection.execute(statement).fetchall())

    async def _ask(self, do: "Callable[[Connection], Given]") -> Given:
        """Do something with a connection, in the thread that has it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, do)

    def _run(self, do: "Callable[[Connection], Given]") -> Given:
        """Within one transaction that can only read; a driver's errors become sentences.

        Raises
        ------
        SourceProblem
        """
        from sqlalchemy.exc import SQLAlchemyError

        if self._engine is None:
            self._engine = engine_of(self.place, self.settings)
        try:
            with self._engine.connect().execution_options(postgresql_readonly=True) as connection:
                return do(connection)
        except (SQLAlchemyError, OSError) as error:
            self._engine.dispose()
            settings = self.settings
            raise refusal(error, self._where, user=settings.user, seconds=settings.timeout) from None

    def _say(self, key: str, note: str) -> None:
        self._said[key] = note

    def _dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


CONNECTOR = Sql

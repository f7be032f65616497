"""Looking at a database: who answers, which signals there are, their newest values, and a table as it is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from dure.plant.connect.sql.query import latest, tags
from dure.plant.connect.sql.refusals import TableAbsent
from dure.plant.connect.sql.rows import Row, Rows, as_arrow, signals_of
from dure.plant.connect.sql.settings import SqlSettings
from dure.plant.connect.sql.shape import Shape, names, need_time, shape_of
from dure.plant.connect.sql.times import as_raw, nanoseconds
from dure.vocabulary import Quality, Sample, Signal

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection

PRODUCTS = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite",
            "mssql": "SQL Server", "oracle": "Oracle"}  # fmt: skip
_CIPHER = {
    "postgresql": "SELECT CASE WHEN ssl THEN version ELSE '' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    "mysql": "SHOW STATUS LIKE 'Ssl_cipher'",
}


@dataclass(frozen=True, slots=True)
class Looking:
    """What is done with one connection of a source at a time."""

    source: str
    settings: SqlSettings
    zone: tzinfo
    say: Callable[[str, str], None]

    def identify(self, connection: "Connection") -> dict[str, str]:
        """Product, version, and the cipher of the link where the server says it."""
        dialect = connection.dialect
        maria = getattr(dialect, "is_mariadb", False)
        version = ".".join(map(str, dialect.server_version_info or ()))
        asked = _CIPHER.get("mysql" if maria else dialect.name)
        row = connection.exec_driver_sql(asked).fetchone() if asked else None
        return {
            "product": PRODUCTS["mariadb" if maria else dialect.name],
            "version": version,
            "security": (row[-1] if row else "") or "none",
        }

    def browse(self, connection: "Connection", limit: int) -> list[Signal]:
        """At most `limit` signals; what was left out is said."""
        found: list[Signal] = []
        for shape in self._timed(connection):
            found += signals_of(self.source, shape, self._tags(connection, shape, limit + 1 - len(found)))
            if len(found) > limit:
                self.say("limit", f"browsing stopped at {limit} signals")
                break
        return found[:limit]

    def newest(self, connection: "Connection", signals: Sequence[Signal]) -> list[Sample]:
        """The newest cell of each signal, in their order."""
        rows: dict[tuple[str, str], tuple[Rows, Row] | None] = {}
        shapes: dict[str, Shape] = {}
        samples = []
        for signal in signals:
            table, column, tag = split_address(signal.address)
            shape = shapes.get(table) or self._shape(connection, table)
            shapes[table] = shape
            if (table, tag) not in rows:
                row = connection.execute(latest(shape, tag or None)).fetchone()
                rows[table, tag] = (self.rows_of(shape, ()), row) if row else None
            samples.append(_sample(signal, column, rows[table, tag]))
        return samples

    def rows(self, connection: "Connection", name: str, after: int | None, limit: int) -> "pa.Table":
        """All columns of at most `limit` rows, oldest first; from the time `after` on [ns since 1970 UTC] if it is given."""
        from sqlalchemy import select

        shape = shape_of(connection, name, self.settings, self.source)
        columns = shape.source.c
        chosen = select(*(columns[one] for one in shape.columns))
        if after is not None:
            need_time(shape, self.source)
            like = connection.execute(select(columns[shape.time]).where(columns[shape.time].is_not(None)).limit(1)).scalar()  # fmt: skip
            if like is not None:
                chosen = chosen.where(columns[shape.time] >= as_raw(after, like, self.zone))
        if shape.time:
            chosen = chosen.order_by(columns[shape.time])
        rows = connection.execute(chosen.limit(limit)).fetchall()
        if after is not None:
            place = list(shape.columns).index(shape.time)
            rows = [row for row in rows if (nanoseconds(row[place], self.zone) or 0) >= after]
        return as_arrow(list(shape.columns), rows, shape.columns, self.zone)

    def shapes(self, connection: "Connection", signals: Sequence[Signal]) -> list[Shape]:
        """Shapes of the tables that the signals lie in; of all that are read, if none is given.

        Raises
        ------
        TableAbsent
            If there is none.
        """
        wanted = {split_address(signal.address)[0] for signal in signals}
        found = (
            [self._shape(connection, name) for name in sorted(wanted)] if wanted else self._timed(connection)
        )
        if not found:
            raise TableAbsent(self.source, table=self.settings.table or "*")
        return found

    def rows_of(self, shape: Shape, signals: Sequence[Signal]) -> Rows:
        """What turns rows of a shape into readings."""
        return Rows(self.source, shape, self.zone, self.source, frozenset(signal.id for signal in signals))

    def _shape(self, connection: "Connection", name: str) -> Shape:
        return need_time(shape_of(connection, name, self.settings, self.source), self.source)

    def _timed(self, connection: "Connection") -> list[Shape]:
        """The tables that are read: those named, which must have a time, else all that have one."""
        chosen, left = names(connection, self.settings)
        if left:
            self.say("tables", left)
        if self.settings.table or self.settings.query:
            return [self._shape(connection, name) for name in chosen]
        shapes = [shape_of(connection, name, self.settings, self.source) for name in chosen]
        silent = [shape.name for shape in shapes if not shape.time or not shape.values]
        if silent:
            self.say("silent", f"tables without a time or values: {', '.join(silent[:20])}")
        return [shape for shape in shapes if shape.time and shape.values]

    def _tags(self, connection: "Connection", shape: Shape, limit: int) -> Sequence[Row]:
        return connection.execute(tags(shape, max(1, limit))).fetchall() if shape.tag else ()


def split_address(address: str) -> tuple[str, str, str]:
    """Table, column and tag of a signal's address.

    >>> split_address("mes.temps:v=Oven 1:T"), split_address("readings:pressure")
    (('mes.temps', 'v', 'Oven 1:T'), ('readings', 'pressure', ''))
    """
    table, _, rest = address.partition(":")
    column, _, tag = rest.partition("=")
    return table, column, tag


def _sample(signal: Signal, column: str, found: tuple[Rows, Row] | None) -> Sample:
    cell = found[0].cell(found[1], column) if found else None
    if found is None or cell is None:
        return Sample(signal.id, 0, quality=Quality.BAD)
    time = found[0].time(found[1]) or 0
    if signal.kind == "text":
        return Sample(signal.id, time, text=str(cell))
    return Sample(signal.id, time, float(cell) if not isinstance(cell, str) else math.nan)

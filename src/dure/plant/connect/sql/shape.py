"""What a table or a query is: its columns and their kinds, and which of them is the time, the key, the tag."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dure.plant.connect.sql.refusals import ColumnAbsent, TableAbsent, TimeAbsent
from dure.plant.connect.sql.settings import SqlSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, FromClause, Inspector

SAMPLE = 100  # rows looked at where a schema does not say of what kind a column is
TABLES = 1000
QUERY = "query"
_SYSTEM = {"information_schema", "pg_catalog", "mysql", "performance_schema", "sys", "INFORMATION_SCHEMA"}
_TIME = re.compile(
    r"^(time|ts|t|date_?time|timestamp|sample_?time|event_?time|measured_?at|recorded_?at|"
    r"created_?at|reg_?(dt|date|time)|log_?time|일시|시각|측정(일시|시각|시간)|시간|date|일자)$",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How one table is read.

    `name` as ids say it, `columns` to their kind (`number`, `boolean`, `text`, `time`, `other`); `time`, `key`,
    `tag`, `unit` name columns or are empty; `values` are the columns that become readings, `units` what a
    column's own words say of its unit.
    """

    name: str
    columns: Mapping[str, str]
    source: "FromClause"
    time: str = ""
    key: str = ""
    values: tuple[str, ...] = ()
    tag: str = ""
    unit: str = ""
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> str:
        """Column by which rows are read on: the key, else the time."""
        return self.key or self.time


def names(connection: "Connection", settings: SqlSettings) -> tuple[list[str], str]:
    """Names of the tables to read, `schema.table` outside the usual schema; and what was left out, in words."""
    from sqlalchemy import inspect

    if settings.query:
        return [QUERY], ""
    if settings.table:
        return [name.strip() for name in settings.table.split(",") if name.strip()], ""
    inspector = inspect(connection)
    found: list[str] = []
    for schema in _schemas(inspector):
        before = "" if schema in (None, inspector.default_schema_name) else f"{schema}."
        parts = _partitions(connection, schema or inspector.default_schema_name)
        tables = [*(set(inspector.get_table_names(schema)) - parts), *inspector.get_view_names(schema)]
        found += [f"{before}{table}" for table in sorted(tables)]
        if len(found) > TABLES:
            return found[:TABLES], f"looking stopped at {TABLES} tables"
    return found, ""


def shape_of(connection: "Connection", name: str, settings: SqlSettings, where: str) -> Shape:
    """The shape of a table of that name, or of the query.

    Raises
    ------
    TableAbsent, ColumnAbsent, TimeAbsent
    """
    shape = (
        _query(connection, settings) if name == QUERY and settings.query else _table(connection, name, where)
    )
    named = settings if settings.table or settings.query else SqlSettings()
    for column in (named.time, named.key, named.tag, named.unit, *_listed(named.values)):
        if column and column not in shape.columns:
            raise ColumnAbsent(where, table=name, column=column, known=", ".join(shape.columns))
    return _filled(shape, named)


def need_time(shape: Shape, where: str) -> Shape:
    """The shape, if it has a time.

    Raises
    ------
    TimeAbsent
    """
    if not shape.time:
        raise TimeAbsent(where, table=shape.name, known=", ".join(shape.columns))
    return shape


def kind_of(value: Any) -> str:
    """Kind of a column by a value in it.

    >>> [kind_of(value) for value in (True, 1, 2.5, "a", datetime(2026, 1, 1), b"")]
    ['boolean', 'number', 'number', 'text', 'time', 'other']
    """
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, datetime | date):
        return "time"
    return "text" if isinstance(value, str) else "other"


def _partitions(connection: "Connection", schema: str | None) -> set[str]:
    """Tables of PostgreSQL that are parts of another, through which their rows are read."""
    from sqlalchemy import text

    if connection.dialect.name != "postgresql":
        return set()
    asked = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition AND n.nspname = :schema"
    return set(connection.execute(text(asked), {"schema": schema}).scalars())


def _schemas(inspector: "Inspector") -> list[str | None]:
    """The usual schema; on servers that keep applications in schemas, the others too."""
    if inspector.dialect.name not in ("postgresql", "mssql"):
        return [None]
    others = sorted(set(inspector.get_schema_names()) - _SYSTEM - {inspector.default_schema_name})
    return [inspector.default_schema_name, *(s for s in others if not s.startswith(("pg_", "db_")))]


def _table(connection: "Connection", name: str, where: str) -> Shape:
    from sqlalchemy import column, inspect, table

    inspector = inspect(connection)
    schema, plain = _found(inspector, name, where)
    described = inspector.get_columns(plain, schema)
    chosen = table(plain, *(column(one["name"]) for one in described), schema=schema)
    kinds = {one["name"]: _declared(one["type"], connection.dialect.name) for one in described}
    if "" in kinds.values():
        seen = _sampled(connection, chosen)
        kinds = {name: kind or seen.get(name, "other") for name, kind in kinds.items()}
    words = {one["name"]: f"{one.get('comment') or ''}" for one in described}
    return Shape(name, kinds, chosen, key=_growing(inspector, plain, schema, described), units=_units(words))


def _found(inspector: "Inspector", name: str, where: str) -> tuple[str | None, str]:
    """Schema and table that a name means; only what the schema itself lists is ever used."""
    schema, dot, plain = name.partition(".")
    for in_schema, table in ((None, name), *(((schema, plain),) if dot else ())):
        known = {*inspector.get_table_names(in_schema), *inspector.get_view_names(in_schema)}
        if table in known:
            return in_schema, table
    raise TableAbsent(where, table=name)


def _query(connection: "Connection", settings: SqlSettings) -> Shape:
    from sqlalchemy import column, literal_column, select, text

    from dure.plant.connect.sql.query import asked

    plain = text(asked(settings.query)).columns().subquery(QUERY)
    result: CursorResult[Any] = connection.execute(
        select(literal_column("*")).select_from(plain).limit(SAMPLE)
    )
    columns = list(result.keys())
    rows = result.fetchall()
    kinds = _kinds(columns, rows)
    typed = text(asked(settings.query)).columns(*(column(name) for name in columns)).subquery(QUERY)
    return Shape(QUERY, kinds, typed)


def _sampled(connection: "Connection", chosen: "FromClause") -> dict[str, str]:
    from sqlalchemy import select

    result = connection.execute(select(chosen).limit(SAMPLE))
    return _kinds(list(result.keys()), result.fetchall())


def _kinds(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Kind of each column by the first value in it; `other` where there is none."""
    found = {}
    for place, name in enumerate(columns):
        first = next((row[place] for row in rows if row[place] is not None), None)
        found[name] = "other" if first is None else kind_of(first)
    return found


def _declared(declared: Any, dialect: str) -> str:
    """Kind that a declared type says, empty where it says nothing reliable."""
    from sqlalchemy import types

    if isinstance(declared, types.Boolean):
        return "boolean"
    if isinstance(declared, types.Integer | types.Numeric | types.Float):
        return "number"
    if isinstance(declared, types.DateTime | types.Date):
        return "time"
    if isinstance(declared, types.LargeBinary | types.JSON | types.ARRAY | types.Interval | types.Time):
        return "other"
    if isinstance(declared, types.String):
        return "text"
    return "" if dialect == "sqlite" or isinstance(declared, types.NullType) else "other"


def _growing(inspector: "Inspector", table: str, schema: str | None, described: Sequence[Any]) -> str:
    """The primary key, if it is one whole number."""
    from sqlalchemy import types

    keys = inspector.get_pk_constraint(table, schema).get("constrained_columns") or []
    whole = {one["name"] for one in described if isinstance(one["type"], types.Integer)}
    return keys[0] if len(keys) == 1 and keys[0] in whole else ""


def _filled(shape: Shape, settings: SqlSettings) -> Shape:
    """The shape with what the settings name, and guesses for the rest."""
    from dataclasses import replace

    time = settings.time or _time(shape.columns)
    key = settings.key or (shape.key if shape.key != time else "")
    key = key if shape.columns.get(key) in ("number", "text", "time") else ""
    apart = {time, key, settings.tag, settings.unit}
    values = _listed(settings.values) or tuple(
        name
        for name, kind in shape.columns.items()
        if name not in apart and kind in ("number", "boolean", "text")
    )
    return replace(shape, time=time, key=key, values=values, tag=settings.tag, unit=settings.unit)


def _time(columns: Mapping[str, str]) -> str:
    """Column that is most likely the time: one of a time type, best with such a name; else one with such a name."""
    typed = [name for name, kind in columns.items() if kind == "time"]
    told = [name for name in columns if _TIME.match(name)]
    return next((name for name in told if name in typed), "") or next(iter([*typed, *told]), "")


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def _units(words: Mapping[str, str]) -> dict[str, str]:
    """UCUM units that the columns' names or comments carry."""
    from dure.science.quality import unit_in

    found = {name: unit_in(name) or unit_in(f"x {said}") for name, said in words.items()}
    return {name: unit for name, unit in found.items() if unit}

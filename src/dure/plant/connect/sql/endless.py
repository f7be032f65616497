"""Moments that Python lacks: `infinity` and far years of PostgreSQL, 0000-00-00 of MySQL; the last or first it has."""

from datetime import UTC, date, datetime
from typing import Any

# What stands for a moment after and before all others, by the type of a column.
ENDS: dict[str, tuple[Any, Any]] = {
    "timestamptz": (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)),
    "timestamp": (datetime.max, datetime.min),  # noqa: DTZ901 - a mark, no moment
    "date": (date.max, date.min),
}


def read_postgresql(connection: Any) -> None:
    """Let a connection of psycopg give such a moment instead of an error that ends the whole answer."""
    from psycopg import DataError
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    def lenient(plain: type[Loader], last: Any, first: Any) -> type[Loader]:
        class Moment(Loader):  # that of C can be asked, but not inherited from
            def __init__(self, oid: int, context: Any = None) -> None:
                super().__init__(oid, context)
                self._plain = plain(oid, context)

            def load(self, data: Any) -> Any:
                try:
                    return self._plain.load(data)
                except DataError as beyond:
                    return first if "too small" in str(beyond) else last

        return Moment

    for kind, (last, first) in ENDS.items():
        number = connection.adapters.types[kind].oid
        plain = connection.adapters.get_loader(number, Format.TEXT)
        connection.adapters.register_loader(number, lenient(plain, last, first))


def mysql_cells() -> dict[Any, Any]:
    """How PyMySQL reads cells; a date that is none, which it gives as a word, is such a moment here."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    def lenient(plain: Any, first: Any) -> Any:
        def read(cell: str) -> Any:
            found = plain(cell)
            return first if isinstance(found, str) else found

        return read

    kinds = {FIELD_TYPE.DATETIME: "timestamp", FIELD_TYPE.TIMESTAMP: "timestamp", FIELD_TYPE.DATE: "date"}
    return conversions | {one: lenient(conversions[one], ENDS[kind][1]) for one, kind in kinds.items()}

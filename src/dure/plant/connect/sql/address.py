"""From a source's address to an engine that can only read, with time limits and TLS as the settings say."""

import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from dure.plant.connect import AddressRefused, Place
from dure.plant.connect.sql.endless import mysql_cells, read_postgresql
from dure.plant.connect.sql.refusals import CLEAR
from dure.plant.connect.sql.settings import SqlSettings
from dure.vocabulary import ExtraAbsent

if TYPE_CHECKING:
    import ssl

    from sqlalchemy import URL, Engine

# Driver and usual port of every kind of address; sqlite has a file instead of a host.
DRIVERS = {
    "postgresql": ("postgresql+psycopg", 5432),
    "mariadb": ("mariadb+pymysql", 3306),
    "mysql": ("mysql+pymysql", 3306),
    "mssql": ("mssql+pymssql", 1433),
    "oracle": ("oracle+oracledb", 1521),
    "sqlite": ("sqlite", 0),
}
EXAMPLES = {"sqlite": "sqlite:///var/lib/mes.db", "oracle": "oracle://10.0.0.5:1521/SERVICE"}
CONNECT_WITHIN = 10.0  # s
NO_TLS = 2026  # CR_SSL_CONNECTION_ERROR


def url_of(place: Place, settings: SqlSettings) -> "URL":
    """SQLAlchemy's form of a source's address; the password is in it and is masked when it is shown.

    Raises
    ------
    AddressRefused
        If host, database or file is missing, or something else is in it.

    Examples
    --------
    >>> from pathlib import Path
    >>> place = Place("mes", "postgresql://10.0.0.5/plant", Path("home"), "secret")
    >>> print(url_of(place, SqlSettings(user="reader")))
    postgresql+psycopg://reader:***@10.0.0.5:5432/plant
    """
    from sqlalchemy import URL

    parts = urlsplit(place.url)
    example = EXAMPLES.get(parts.scheme, f"{parts.scheme}://10.0.0.5/database")
    driver, usual = DRIVERS[parts.scheme]
    named = unquote(parts.path.removeprefix("/"))
    try:
        port = parts.port or usual
    except ValueError:
        named = ""
    if parts.query or parts.fragment or not named:
        raise AddressRefused(place.url, source=place.source, example=example)
    if parts.scheme == "sqlite":
        if parts.netloc:
            raise AddressRefused(place.url, source=place.source, example=example)
        file = "/" + quote(
            named.lstrip("/")
        )  # sqlite:///var/mes.db, or sqlite:////var/mes.db as SQLAlchemy writes it
        return URL.create(driver, database=f"file:{file}", query={"mode": "ro", "uri": "true"})
    if not parts.hostname:
        raise AddressRefused(place.url, source=place.source, example=example)
    database, query = (None, {"service_name": named}) if parts.scheme == "oracle" else (named, {})
    return URL.create(
        driver, settings.user or None, place.password or None, parts.hostname, port, database, query
    )


def engine_of(place: Place, settings: SqlSettings) -> "Engine":
    """An engine with one connection, read only; nothing is connected yet.

    Raises
    ------
    AddressRefused
    ExtraAbsent
        If the driver is not installed.
    """
    from sqlalchemy import create_engine, event

    url = url_of(place, settings)
    kind = urlsplit(place.url).scheme
    options = _OPTIONS[kind](url, settings)
    pool = {} if kind == "sqlite" else {"pool_size": 1, "max_overflow": 0, "pool_pre_ping": True}
    try:
        engine = create_engine(url, hide_parameters=True, **pool, **options)
    except ImportError as absent:
        raise ExtraAbsent(place.source, library=absent.name or kind, extra="databases") from absent

    started = [time.monotonic()]  # of the statement that runs: SQLite has no limit of its own

    @event.listens_for(engine, "connect")
    def ready(connection: Any, _: object) -> None:
        _READY[kind](connection, settings, started)

    @event.listens_for(engine, "before_cursor_execute")
    def begins(*_: object) -> None:
        started[0] = time.monotonic()

    if kind == "oracle":
        event.listen(
            engine, "begin", lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        )
    return engine


def _postgresql(url: "URL", settings: SqlSettings) -> dict[str, Any]:
    modes = {"prefer": "prefer", "require": "require", "verify": "verify-full", "off": "disable"}
    limit = round(settings.timeout * 1000)
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={limit} -c lock_timeout={limit} "
        "-c timezone=UTC"
    )
    words: dict[str, Any] = {
        "sslmode": modes[settings.tls],
        "connect_timeout": round(CONNECT_WITHIN),
        "options": options,
        "application_name": "dure",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": round(settings.timeout * 1000),
    }
    if settings.tls not in ("require", "verify"):
        words["require_auth"] = "!password"  # a server may not ask for it in the clear
    if settings.tls == "verify":
        words["sslrootcert"] = settings.ca or "system"
    del url
    return {"connect_args": words}


def _mysql(url: "URL", settings: SqlSettings) -> dict[str, Any]:
    import pymysql

    words: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password or "",
        "database": url.database,
        "connect_timeout": round(CONNECT_WITHIN),
        "read_timeout": round(settings.timeout) + 5,
        "write_timeout": round(settings.timeout) + 5,
        "program_name": "dure",
        "local_infile": False,
        "charset": "utf8mb4",
        "conv": mysql_cells(),
    }
    if settings.tls in ("prefer", "off"):
        words["auth_plugin_map"] = {b"mysql_clear_password": _RefuseClear}

    def connect() -> Any:
        """Encrypted; in the clear only if the settings say so, or let it be where the server cannot."""
        if settings.tls == "off":
            return pymysql.connect(**words, ssl_disabled=True)
        try:
            return pymysql.connect(**words, ssl=_context(settings))
        except pymysql.err.OperationalError as refused:
            if settings.tls != "prefer" or refused.args[0] != NO_TLS:
                raise
            return pymysql.connect(**words, ssl_disabled=True)

    return {"creator": connect}


def _context(settings: SqlSettings) -> "ssl.SSLContext":
    import ssl

    context = ssl.create_default_context(cafile=settings.ca or None)
    if settings.tls != "verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class _RefuseClear:
    """Takes the place of PyMySQL's answer to a server that asks for the password in the clear."""

    def __init__(self, _: object) -> None: ...

    def authenticate(self, _: object) -> object:
        """Never."""
        from pymysql.err import OperationalError

        raise OperationalError(2061, CLEAR)


def _mssql(url: "URL", settings: SqlSettings) -> dict[str, Any]:
    import pytds  # type: ignore[import-untyped]  # it brings no types

    def connect() -> Any:
        with socket.create_connection((url.host, url.port), CONNECT_WITHIN):
            pass  # pytds tries a port at which nothing listens again and again, and then tells of a time-out
        return pytds.connect(
            dsn=url.host,
            port=url.port,
            database=url.database,
            user=url.username,
            password=url.password or "",
            login_timeout=CONNECT_WITHIN,
            timeout=settings.timeout,
            readonly=True,
            cafile=(settings.ca or None) if settings.tls in ("require", "verify") else None,
            validate_host=settings.tls == "verify",
            appname="dure",
        )

    return {"module": pytds, "creator": connect}


def _oracle(url: "URL", settings: SqlSettings) -> dict[str, Any]:
    del url
    words: dict[str, Any] = {"tcp_connect_timeout": CONNECT_WITHIN}
    if settings.tls in ("require", "verify"):
        words |= {"protocol": "tcps", "ssl_server_dn_match": settings.tls == "verify"}
    return {"connect_args": words}


def _sqlite(url: "URL", settings: SqlSettings) -> dict[str, Any]:
    """Opened anew at each look: a file that was moved away or replaced is noticed."""
    from sqlalchemy.pool import NullPool

    del url
    return {
        "poolclass": NullPool,
        "connect_args": {"timeout": settings.timeout, "check_same_thread": False},
    }


_OPTIONS = {
    "postgresql": _postgresql,
    "mariadb": _mysql,
    "mysql": _mysql,
    "mssql": _mssql,
    "oracle": _oracle,
    "sqlite": _sqlite,
}


def _ready_mysql(connection: Any, settings: SqlSettings, _: object) -> None:
    limit = (
        f"SET SESSION max_statement_time={settings.timeout:g}"
        if "mariadb" in connection.get_server_info().lower()
        else f"SET SESSION max_execution_time={round(settings.timeout * 1000)}"
    )
    with connection.cursor() as cursor:
        for statement in ("SET SESSION TRANSACTION READ ONLY", "SET SESSION time_zone='+00:00'", limit):
            cursor.execute(statement)


def _ready_sqlite(connection: Any, settings: SqlSettings, started: list[float]) -> None:
    connection.execute("PRAGMA query_only=ON")
    connection.set_progress_handler(lambda: time.monotonic() - started[0] > settings.timeout, 100_000)


def _ready_mssql(connection: Any, settings: SqlSettings, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCK_TIMEOUT {round(settings.timeout * 1000)}")


def _ready_oracle(connection: Any, settings: SqlSettings, _: object) -> None:
    connection.call_timeout = round(settings.timeout * 1000)


_READY = {
    "postgresql": lambda connection, *_: read_postgresql(connection),
    "mariadb": _ready_mysql,
    "mysql": _ready_mysql,
    "mssql": _ready_mssql,
    "oracle": _ready_oracle,
    "sqlite": _ready_sqlite,
}

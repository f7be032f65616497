"""Where records and keys are: SQLite below the home, or the PostgreSQL that a setting names."""

import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dure.node.options import Options

# Write-ahead log, so that readers never wait for the writer; every commit reaches the disk, as the ledger needs.
_AT_CONNECT = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"


def database(options: Options) -> dict[str, Any]:
    """The `DATABASES` entry for `options.database_url`.

    >>> database(Options(database_url="postgresql://dure:se%40cret@db:5433/plant"))["PASSWORD"]
    'se@cret'
    """
    url = urlsplit(options.database_url)
    if url.scheme in {"postgresql", "postgres"}:
        return _postgresql(url)
    file = (
        Path(options.database_url.removeprefix("sqlite:///")) if url.scheme else options.home / "db.sqlite3"
    )
    # BEGIN IMMEDIATE: a transaction that will write waits its turn at once instead of failing half-way.
    options_of_sqlite = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _AT_CONNECT}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": options_of_sqlite}


def _postgresql(url: Any) -> dict[str, Any]:
    more = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": more.pop("host", url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": more,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def system_database_url(options: Options) -> str:
    """Where DBOS keeps its workflows: beside the records, in the same PostgreSQL or in a SQLite file of its own."""
    if options.database_url.startswith("postgres"):
        return options.database_url.replace("postgres://", "postgresql://", 1)
    return f"sqlite:///{options.home / 'dbos.sqlite3'}"


def secret_key(home: Path) -> str:
    """The key that signs sessions: the one `dure up` made at its first start, else one for this process only."""
    place = home / "secret" / "django.key"
    if "pytest" in sys.modules or not place.is_file():
        return secrets.token_urlsafe(50)
    return place.read_text().strip()


def password_hashers() -> list[str]:
    """Argon2 alone; tests take the cheapest of Django's, since they hash by the hundred."""
    hasher = "MD5PasswordHasher" if "pytest" in sys.modules else "Argon2PasswordHasher"
    return [f"django.contrib.auth.hashers.{hasher}"]

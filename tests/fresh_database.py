"""A database of a test's own, for the processes it starts: SQLite below its home, or PostgreSQL when the tests run there."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

PREPARATION = [sys.executable, "-m", "dure.node.preparation"]
OWNER = """
import django; django.setup()
from dure.foundation.parties import create_first_owner, setup_token
create_first_owner(setup_token(), username="daon", password="honest machines 2026", organisation="Daon Battery")
"""


@contextmanager
def fresh_database(home: Path) -> Iterator[dict[str, str]]:
    """Environment of a prepared node in `home` whose only person is its owner (id 1); nobody else sees its records."""
    server = os.environ.get("DURE_DATABASE_URL", "")
    template, database = _template(server)
    shutil.copytree(template, home, dirs_exist_ok=True)
    if not database:
        yield _environment(home, "")
        return
    name = f"fresh_{uuid.uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {database}")
    try:
        yield _environment(home, _named(server, name))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def prepared_home() -> Path:
    """A home on SQLite as `dure up` leaves it before anybody has come: to be copied, never to be run."""
    home = _empty()
    _run(PREPARATION, _environment(home, ""))
    return home


@cache
def _template(server: str) -> tuple[Path, str]:
    # Migrations take seconds: they run once, and every test gets a copy.
    home, database = _empty(), ""
    if server.startswith("postgres"):
        database = f"template_{uuid.uuid4().hex[:12]}"
        _execute(server, f"CREATE DATABASE {database}")
        _run(PREPARATION, _environment(home, _named(server, database)))
    else:
        shutil.copytree(prepared_home(), home)
    _run([sys.executable, "-c", OWNER], _environment(home, _named(server, database) if database else ""))
    return home, database


def _empty() -> Path:
    home = Path(tempfile.mkdtemp(prefix="dure-template-")) / "home"
    atexit.register(shutil.rmtree, home.parent, ignore_errors=True)
    return home


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _environment(home: Path, url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DURE_DATABASE_URL"}
    more = {"DURE_DATABASE_URL": url} if url else {}
    return {
        **kept,
        **more,
        "DURE_HOME": str(home),
        "DURE_LANG": "en",
        "DJANGO_SETTINGS_MODULE": "dure.node.settings",
    }


def _named(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _execute(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())

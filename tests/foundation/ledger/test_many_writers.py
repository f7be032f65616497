"""Several processes and threads write to one ledger at the same time: nothing is lost, no number is given twice."""

import json
import subprocess
import sys

import pytest

from fresh_database import fresh_database

WRITERS, THREADS, EACH = 3, 4, 10

WRITE = f"""
import sys, threading, django
django.setup()
from django.db import connection, transaction
from dure.foundation.ledger import record
def write(thread):
    for number in range({EACH}):
        with transaction.atomic():
            record(f"person:{{sys.argv[1]}}", "tried", f"thread:{{thread}}", {{"number": number}})
    connection.close()
threads = [threading.Thread(target=write, args=(thread,)) for thread in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def environment(home):
    """A node's databases in the test's own home."""
    with fresh_database(home) as prepared:
        yield prepared


def verified(environment):
    """What the command says of a ledger that holds."""
    answer = subprocess.run(
        [sys.executable, "-m", "dure", "ledger", "verify", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def test_many_writers_lose_nothing_and_the_tree_holds(environment):
    before = verified(environment)["entries"]  # its owner, and the procedures that it came with
    assert before >= 1
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(writer)], env=environment)
        for writer in range(WRITERS)
    ]
    assert [writer.wait() for writer in writers] == [0] * WRITERS
    facts = verified(environment)
    assert facts["entries"] == facts["signed"] == before + WRITERS * THREADS * EACH


def test_a_home_without_a_ledger_says_so(home):
    answer = subprocess.run(
        [sys.executable, "-m", "dure", "ledger", "verify", "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, json.loads(answer.stdout)["error"]["key"]) == (2, "ledger-absent")
    assert not home.exists()

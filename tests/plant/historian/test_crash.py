"""kill -9 anywhere: every acknowledged sample is stored exactly once."""

import json
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from dure.plant.historian import Historian, HistorianDown
from dure.plant.historian.corrections import Note
from dure.plant.historian.writing import DAY
from dure.plant.transport import SegmentLog, batch
from dure.vocabulary import Sample

NOON = 20_000 * DAY + DAY // 2

COLLECTOR = """
import os, sys, time
from pathlib import Path
from dure.plant.transport import SegmentLog, batch
from dure.vocabulary import Sample
first = int(sys.argv[2])
with SegmentLog(Path(sys.argv[1]), rotate_bytes=50_000) as log:
    for n in range(first, first + 100_000, 10):
        log.append(batch(Sample("line1/p", n, value=float(n)) for n in range(n, n + 10)))
        os.write(1, b"%d\\n" % (n + 10))
        time.sleep(0.002)
"""
# Has everything imported once; for each question a child of it works on the home and kills itself at a line of the
# files named: the n-th that runs, or the first that begins so.
KILLED = """
import importlib.util, json, linecache, os, signal, sys
from datetime import date
from pathlib import Path

spec = importlib.util.spec_from_file_location("conftest_store", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)

def work(home, fatal, work, files):
    ran = 0

    def line(frame, event, argument):
        nonlocal ran
        if event == "line":
            ran += 1
            text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            if str(ran) == fatal or text.startswith(fatal):
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame, event, argument):
        return line if os.path.basename(frame.f_code.co_filename) in files else None

    with module.opened(Path(home)) as store:
        sys.settrace(call)
        exec(work, {"module": module, "store": store, "date": date})
        sys.settrace(None)

for asked in sys.stdin:
    child = os.fork()
    if not child:
        try:
            work(*json.loads(asked))
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
COMPACT = "store.dayfiles.compact(date(2024, 10, 4))"
INGEST = "store.ingest.tick()"
EXPECTED = [n / 2 for n in range(48)]


def values(store):
    return [row["value"] for row in store.rows()]


@pytest.fixture(scope="module")
def killer():
    command = [sys.executable, "-c", KILLED, str(Path(__file__).with_name("conftest.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait(30)


@pytest.fixture
def killed(killer, home):
    """Whether `work` on the home's store was killed at the line `fatal`."""

    def ask(fatal, work, files):
        killer.stdin.write(json.dumps([str(home), str(fatal), work, files.split(",")]) + "\n")
        killer.stdin.flush()
        code = int(killer.stdout.readline())
        assert code in {0, -signal.SIGKILL}
        return code != 0

    return ask


def put_two_halves(store):
    hour = 3_600_000_000_000
    store.put([Sample("line1/p", NOON + n * hour, value=float(n)) for n in range(24)])
    store.dayfiles.compact(date(2024, 10, 4))
    store.put([Sample("line1/p", NOON + n * hour + 1, value=n + 0.5) for n in range(24)])


def kill_a_compaction(killed, open_home, fatal):
    was_killed = killed(fatal, COMPACT, "dayfiles.py,register.py,layout.py,store.py")
    with open_home() as store:
        assert values(store) == EXPECTED
        counted = store.ingest._database.execute(
            "SELECT file FROM dayfiles UNION ALL SELECT file FROM months UNION ALL SELECT minutes FROM rolled WHERE minutes <> ''"
        ).fetchall()
        found = [
            file.relative_to(store.paths.archive).as_posix() for file in store.paths.archive.rglob("*.*")
        ]
        assert sorted(found) == sorted(name for (name,) in counted)
    return was_killed


def test_a_compaction_killed_at_any_moment_leaves_one_truth(killed, open_home):
    with open_home() as store:
        put_two_halves(store)
    for fatal in (
        "os.fsync(sink.fileno())",
        "unfinished.rename(self.file)",
        "_sync_folder(folder)",
        "self._database.execute(_DELETE_HOT",
        'cursor.execute("COMMIT")',
        "self.register.remove_doubtful()",
    ):
        assert kill_a_compaction(killed, open_home, fatal), fatal


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_compaction_killed_at_each_of_its_lines_leaves_one_truth(killed, open_home):
    with open_home() as store:
        put_two_halves(store)
    line = 1
    while kill_a_compaction(killed, open_home, line):
        line += 1
    assert line > 90


CORRECT = """
import numpy as np
store.correct(["line1/p"], 0, 2**62, module.Reading(scale=2.0, offset=1.0))
"""
BACKFILL = """
import pyarrow as pa
from dure.plant.transport import batch
from dure.vocabulary import Sample
made = [Sample("line1/old", 5 + n, value=float(n)) for n in range(7)]
store.corrections.backfill(module.Note("backfill", "person:1", "card", 3), pa.Table.from_batches([batch(made)]))
"""
FILES = "corrections.py,correcting.py,remaking.py,register.py,layout.py,store.py,ingesting.py"


def kept(open_home):
    """Readings, those that came, and the numbers of the records; every file counts and every record has its own."""
    with open_home() as store:
        now, came = values(store), [row["value"] for row in store.as_they_came()]
        drawn = store.reader.trend(["line1/p"], NOON, NOON + DAY, 12)["line1/p"]["max"]
        records = store.corrections.listed()
        found = {
            file.relative_to(store.paths.archive).as_posix() for file in store.paths.archive.rglob("*.*")
        }
        view = store.reader.shelf.view
        counted = {piece.raw for piece in view.pieces} | {
            piece.minutes for piece in view.pieces if piece.minutes
        }
        counted |= set(view.months.values()) | {row["file"] for row in records}
        assert found == counted
        assert store.reader.last(["line1/p"])[0]["value"] == now[-1]
        assert drawn == [max(now[n : n + 4]) for n in range(0, 48, 4)]
        return now, came, len(records)


def kill_a_correction(killed, open_home, fatal):
    """All of it is there with its record, or nothing; then it is undone, for the next one."""
    was_killed = killed(fatal, CORRECT, FILES)
    now, came, records = kept(open_home)
    assert came == EXPECTED
    assert now == ([2 * value + 1 for value in EXPECTED] if records % 2 else EXPECTED)
    if records % 2:
        with open_home() as store:
            store.corrections.undo(
                Note("undo", "person:1", "again", 4), store.corrections.listed()[0]["number"]
            )
    return was_killed


LINES = (
    "self._register.doubt([_file(number)])", "register.doubt([_file(number)])", "os.fsync(sink.fileno())",
    "sheet.finish()", "with self._shelf.turn:", "register.enter_month(month, file)", "cursor.execute(_CHANGE_HOT, facts)",
    "cursor.execute(_CHANGE_LAST, facts)", "cursor.execute(_ENTER, row)", 'cursor.execute("COMMIT")',
    "self._shelf.newest.amend(amended)", "register.remove_doubtful()",
)  # fmt: skip


def test_a_correction_killed_at_any_moment_is_whole_or_not_there(killed, open_home):
    with open_home() as store:
        put_two_halves(store)  # one half in a day file, one hot
    for fatal in LINES[1:]:
        assert kill_a_correction(killed, open_home, fatal), fatal
    assert not kill_a_correction(killed, open_home, "no line begins so")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_correction_killed_at_each_of_its_lines_is_whole_or_not_there(killed, open_home):
    with open_home() as store:
        put_two_halves(store)
    line = 1
    while kill_a_correction(killed, open_home, line):
        line += 1
    assert line > 150


def test_a_backfill_killed_at_any_moment_is_whole_with_its_record_or_not_there(killed, open_home):
    for fatal in ("self._register.doubt([_file(number)])", "sheet.add(block)", "cursor.execute(_ENTER, row)",
                  'cursor.execute("COMMIT")', "self._register.remove_doubtful()"):  # fmt: skip
        assert killed(fatal, BACKFILL, FILES), fatal
        with open_home() as store:
            records, rows = store.corrections.listed(), len(store.rows())
            assert [row["rows"] for row in records] == ([7] if rows else [])
            assert rows in {0, 7}
            folder = store.paths.archive / "correction"
            assert len(list(folder.glob("*"))) == len(records)
            if records:
                break
    assert records


def kill_an_ingest(killed, open_home, fatal, n):
    with open_home() as store, SegmentLog(store.paths.segments / "line1") as log:
        log.append(batch(Sample("line1/p", NOON + i, value=float(i)) for i in range(n * 10, n * 10 + 10)))
    return killed(fatal, INGEST, "ingesting.py,store.py")


def all_there_once(open_home, count):
    with open_home() as store:
        store.drain()
        assert values(store) == list(range(count))
        assert store.reader.signals()[0]["count"] == count


def test_an_ingest_killed_at_any_moment_is_repeated_without_a_double(killed, open_home):
    moments = (
        "self._database.execute(_KEEP)",
        "self._move(load.moved)",
        'cursor.execute("COMMIT")',
        "forget(",
    )
    for n, fatal in enumerate(moments):
        assert kill_an_ingest(killed, open_home, fatal, n), fatal
    all_there_once(open_home, 40)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_an_ingest_killed_at_each_of_its_lines_is_repeated_without_a_double(killed, open_home):
    line = 1
    while kill_an_ingest(killed, open_home, line, line - 1):
        all_there_once(open_home, line * 10)  # so that the next ingest has one frame to take, not all of them
        line += 1
    assert line > 60
    all_there_once(open_home, line * 10)


def stored(client):
    return client.query(["line1/p"], 0, 10**9)["value"].to_pylist()


def settled(client):
    end = time.monotonic() + 60
    while any(source["behind"] for source in client.health()["sources"].values()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return stored(client)


def kill_both_again_and_again(home, start, rounds, seed):
    """A collector and the historian are killed in turn; the collector's pipe says what was acknowledged."""
    dice, acknowledged = random.Random(seed), 0  # noqa: S311 - dice of a test
    for _ in range(rounds):
        collector = subprocess.Popen(
            [sys.executable, "-c", COLLECTOR, str(home / "segments" / "line1"), str(acknowledged)], stdout=subprocess.PIPE
        )  # fmt: skip
        with start(home) as (_, historian):
            collector.stdout.readline()
            time.sleep(dice.uniform(0.05, 0.6))
            for process in dice.sample([historian, collector], 2):
                process.kill()
                process.wait()
                time.sleep(dice.uniform(0, 0.1))
        with collector.stdout as pipe:
            acknowledged = max([acknowledged, *(int(line) for line in pipe.read().split(b"\n") if line)])
    with start(home) as (client, _):
        found = settled(client)
    assert found == list(range(len(found)))
    assert len(found) >= acknowledged > 0
    return len(found) - acknowledged


def test_collector_and_historian_killed_in_turn_lose_nothing_acknowledged(home, start):
    assert kill_both_again_and_again(home, start, rounds=4, seed=1) <= 10


@pytest.mark.soak
def test_sixty_rounds_of_kills_lose_nothing_acknowledged(home, start):
    assert kill_both_again_and_again(home, start, rounds=60, seed=2) <= 10


def test_an_append_through_the_service_is_kept_when_the_historian_is_killed_at_once(home, start):
    with start(home) as (client, process):
        client.append("deploy", [Sample("deploy/score", n, value=1.0) for n in range(500)])
        process.kill()
        process.wait()
        with pytest.raises(HistorianDown):
            client.signals()
    with start(home), Historian(home) as client:
        settled(client)
        assert client.signals()[0]["count"] == 500

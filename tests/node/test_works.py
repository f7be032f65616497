"""Long work on recorded castings: cancelled within two seconds, and going on at its stage after kill -9."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import sqlalchemy

from dure.node.databases import system_database_url
from dure.node.options import read
from dure.node.works import DurableWorks, WorkUnknown
from dure.vocabulary import Permit, WorkState, use_language
from fresh_database import fresh_database
from running_node import until

OWNER = 1


@pytest.fixture
def environment(home):
    """A prepared node with an owner, nothing of it running."""
    with fresh_database(home) as prepared:
        yield prepared


@pytest.fixture
def works(environment):
    """The works as a page sees them."""
    handed = DurableWorks(system_database_url(read(environment)))
    yield handed
    handed.close()


@pytest.fixture
def castings(recorded, environment):
    """Recorded castings of one mould, as somebody would bring them in."""
    place = Path(environment["DURE_HOME"]) / "uploads" / "castings.csv.gz"
    shutil.copy(recorded / "die-casting-kr" / "train_group_8600.csv.gz", place)
    return place


def output(environment, program):
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Worker:
    """A worker process of the node, as the supervisor starts it."""

    def __init__(self, environment):
        self.log = Path(environment["DURE_HOME"], "logs", "worker-of-test.log").open("ab")  # noqa: SIM115 - held as long as the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dure.node.worker"], env=environment, stdout=self.log, stderr=self.log
        )

    def hands(self):
        """The process in which a stage runs."""
        return [one for one in psutil.Process(self.process.pid).children() if _is_hands(one)]

    def kill(self):
        """As a power cut would."""
        self.end(signal.SIGKILL)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        self.process.wait(20)
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def _is_hands(process):
    try:
        return "dure.node.hands" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False


def asked(castings, **more):
    request = {
        "sources": [str(castings)],
        "target": "passorfail",
        "task": "classify",
        "budget": 3.0,
        "permit": {"data": ["castings"], "actions": sorted(Permit.own([]).actions)},
        **more,
    }
    return {"request": request, "name": "Castings", "by": OWNER, "learnt_from": ["upload:1"]}


PICKLED = re.compile(r"gA[SR][A-Za-z0-9+/=]{20}")
"""How base64 of a pickle of protocol 3 to 5 begins."""


def everything_kept(works):
    """Every row of every table that DBOS keeps."""
    engine = sqlalchemy.create_engine(works._url.replace("postgresql://", "postgresql+psycopg://"))
    kept = sqlalchemy.MetaData()
    kept.reflect(engine, schema="dbos" if engine.dialect.name == "postgresql" else None)
    with engine.connect() as connection:
        rows = [str(row) for table in kept.sorted_tables for row in connection.execute(table.select())]
    engine.dispose()
    return rows


def steps_done(home, work):
    """When each file of the learning was last written."""
    return {path.name: path.stat().st_mtime_ns for path in (home / "work" / work / "learning").iterdir()}


def test_a_training_killed_twice_goes_on_at_its_stage_ends_right_and_keeps_no_pickle(
    environment, works, castings, home
):
    work = works.submit("train", asked(castings))
    assert works.find(work).state is WorkState.WAITING
    with Worker(environment) as worker:
        until(lambda: works.find(work).stage in {"search", "fit"}, 60)
        assert works.find(work).state is WorkState.RUNNING
        hands = worker.hands()
        worker.kill()
        until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in hands), 10)
    before = steps_done(home, work)
    assert works.find(work).state is WorkState.RUNNING

    with Worker(environment) as worker:
        until(worker.hands, 60)
        worker.hands()[0].kill()  # the stage's own process dies too, as the out-of-memory killer would do it
        found = until(
            lambda: (now := works.find(work)).state not in {WorkState.WAITING, WorkState.RUNNING} and now, 180
        )
    assert found.error == {}
    assert (found.state, found.progress) == (WorkState.DONE, 1.0)
    after = steps_done(home, work)
    first = {name for name in before if name.startswith(("read", "plan", "prepared", "recipe"))}
    assert first
    assert {name: after[name] for name in first} == {name: before[name] for name in first}
    assert found.result["task"] == "classify"
    assert found.result["metric"]["roc_auc"] > found.result["null"]["roc_auc"] + 0.1
    assert (home / "models" / found.result["model"] / "card.json").is_file()
    registered = output(
        environment,
        "import django; django.setup()\n"
        "from dure.plant.registry.models import ModelVersion\n"
        "print([(str(m.pk), m.name, m.trained_by.username) for m in ModelVersion.objects.all()])",
    )
    assert registered == str([(found.result["model"], "Castings", "daon")])
    kept = everything_kept(works)
    assert any("Castings" in row for row in kept)
    assert not [row for row in kept if PICKLED.search(row)]
    assert [one.id for one in works.recent("train")] == [work]
    assert works.recent("import") == []


def test_a_running_training_is_cancelled_within_two_seconds(environment, works, castings, home):
    work = works.submit("train", asked(castings, budget=60.0))
    with Worker(environment) as worker:
        until(lambda: works.find(work).stage == "search", 60)
        hands = worker.hands()[0]
        began = time.monotonic()
        works.cancel(work)
        until(lambda: not hands.is_running() or hands.status() == psutil.STATUS_ZOMBIE, 10)
        assert time.monotonic() - began < 2.0
        assert works.find(work).state is WorkState.CANCELLED

        second = works.submit("train", asked(castings, target="no such column"))
        found = until(lambda: (now := works.find(second)).state is WorkState.FAILED and now, 60)
    assert "no such column" in found.error["message"]
    assert set(found.error) == {"key", "message", "where", "remedy"}
    with use_language("ko"):
        assert re.search("[가-힣]", works.find(second).error["message"])
    assert not list((home / "models").iterdir())


def test_waiting_work_can_be_cancelled_before_anybody_begins(works, castings):
    work = works.submit("train", asked(castings))
    works.cancel(work)
    assert works.find(work).state is WorkState.CANCELLED
    assert works.find("unknown") is None


@pytest.mark.parametrize(
    ("kind", "facts"), [("dance", {}), ("train", {"when": object()}), ("train", {"x": float("nan")})]
)
def test_work_that_nobody_can_carry_out_is_refused_at_once(kind, facts):
    with pytest.raises(WorkUnknown):
        DurableWorks("sqlite:////nowhere").submit(kind, facts)

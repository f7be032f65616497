"""A recorded experiment brought in becomes samples, once; an upload prepared becomes another upload."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from dure.node.databases import system_database_url
from dure.node.options import read
from dure.node.works import DurableWorks
from dure.vocabulary import WorkState
from fresh_database import fresh_database
from machines.historian_process import historian_process
from running_node import until

STORE = """
import sys, django; django.setup()
from dure.foundation.parties import Person
from dure.plant.inventory import store_upload
with open(sys.argv[1], "rb") as file:
    print(store_upload([file.read()], sys.argv[2], Person.objects.get(), obligations=sys.argv[3:]).pk)
"""
LOOK_AT = """
import sys, json, django; django.setup()
from dure.plant.inventory import Upload
one = Upload.objects.get(pk=sys.argv[1])
print(json.dumps({"title": one.title, "rows": one.rows, "path": str(one.path), "obligations": one.obligations}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A prepared node with an owner, nothing of it running."""
    with fresh_database(tmp_path_factory.mktemp("bringing") / "home") as prepared:
        yield prepared


@pytest.fixture(scope="module")
def works(environment):
    """The works as a page sees them, and a worker that carries them out."""
    handed = DurableWorks(system_database_url(read(environment)))
    with (Path(environment["DURE_HOME"]) / "logs" / "worker.log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "dure.node.worker"], env=environment, stderr=log)
    yield handed
    worker.terminate()
    worker.wait(20)
    handed.close()


def say(environment, program, *words):
    command = [sys.executable, "-c", program, *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ended(works, work):
    return until(
        lambda: (now := works.find(work)).state not in {WorkState.WAITING, WorkState.RUNNING} and now, 120
    )


def test_a_file_brought_in_twice_is_stored_once(environment, works, recorded):
    file = recorded / "skab" / "valve1" / "1.csv.gz"
    upload = say(environment, STORE, file, "1.csv.gz")
    facts = {"upload": upload, "source": "skab", "time": "datetime", "by": 1}
    with historian_process(Path(environment["DURE_HOME"])) as historian:
        first = ended(works, works.submit("import", facts))
        assert first.error == {}
        frame = pl.read_csv(file, separator=";")
        stored = until(lambda: _all_there(historian, frame), 60)
        assert {signal["signal"] for signal in stored} == {
            f"skab/{name}" for name in frame.columns if name != "datetime"
        }
        second = ended(works, works.submit("import", facts))
        assert second.error == {}
        assert {signal["signal"]: signal["count"] for signal in historian.signals()} == {
            signal["signal"]: signal["count"] for signal in stored
        }
        wrong = ended(works, works.submit("import", {**facts, "source": "skab2", "time": "no such column"}))
    assert wrong.state is WorkState.FAILED
    assert "no such column" in wrong.error["message"]


def _all_there(historian, frame):
    signals = [one for one in historian.signals() if one["signal"].startswith("skab/")]
    whole = len(signals) == len(frame.columns) - 1
    return signals if whole and all(one["count"] == frame.height for one in signals) else None


def test_an_upload_prepared_becomes_another_under_the_same_obligations(environment, works, recorded):
    file = recorded / "die-casting-kr" / "train_group_8600.csv.gz"
    upload = say(environment, STORE, file, "castings.csv.gz", "no-export")
    facts = {"upload": upload, "title": "castings, prepared", "target": "passorfail", "by": 1}
    done = ended(works, works.submit("prepare", facts))
    assert done.error == {}
    prepared = json.loads(say(environment, LOOK_AT, done.result["upload"]))
    table = pl.read_parquet(prepared["path"])
    before = json.loads(say(environment, LOOK_AT, upload))
    assert (prepared["title"], prepared["obligations"]) == ("castings, prepared", ["no-export"])
    assert table.height == prepared["rows"] == before["rows"]
    assert "passorfail" in table.columns
    assert "version = " in done.result["recipe"]

    forbidden = say(environment, STORE, file, "lent.csv.gz", "no-prepare")
    refused = ended(works, works.submit("prepare", {**facts, "upload": forbidden}))
    assert (refused.state, refused.error["key"]) == (WorkState.FAILED, "action-refused")
    gone = ended(works, works.submit("prepare", {**facts, "upload": "none"}))
    assert gone.error["key"] == "upload-gone"

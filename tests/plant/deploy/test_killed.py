"""A worker may be killed at any time: each tick is decided once, and every prediction is there."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dure.plant.deploy import Alarm, Scorer
from dure.plant.deploy.seen import read
from dure.science.learn import load
from machines.historian_process import SECOND

START = 1_700_000_000 * SECOND
WORKER = Path(__file__).parents[2] / "machines/scoring_worker.py"
SPEED, UNTIL = 60.0, 1200


@contextmanager
def worker(*words):
    # It keeps its records in the home of this test, whatever database the tests themselves run on.
    environment = {name: value for name, value in os.environ.items() if name != "DURE_DATABASE_URL"}
    process = subprocess.Popen(
        [sys.executable, WORKER, *map(str, words)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def prepared(line):
    assets = line.home / "assets.json"
    assets.write_text(json.dumps(line.assets()))
    with worker("prepare", line.package, assets, START) as process:
        number = process.stdout.read().strip()
        assert process.wait(120) == 0
    return number


def decided(folder):
    table = read(folder)
    return 0 if table is None else max(table["time"].to_pylist())


def published(line, number):
    """Wait until what was decided is told too: a last kill in between would have no worker to mend it."""
    signals = [f"deploy/{number}/{asset}/score" for asset in line.tables]
    end = time.time() + 60
    while time.time() < end:
        last = {one["signal"]: one["time"] for one in line.historian.last(signals)}
        if all(last.get(signal, 0) >= START + UNTIL * SECOND for signal in signals):
            return
        time.sleep(0.05)
    raise AssertionError("the last ticks were not published")


@pytest.mark.timeout(240)
def test_killed_again_and_again_a_worker_scores_each_tick_once(at_home):
    number, chance = prepared(at_home), random.Random(7)  # noqa: S311 - when to kill, no secret
    folder, begun, kills = at_home.home / "scored" / number, time.time() + 5, 0
    while decided(folder) < START + UNTIL * SECOND:
        with worker("run", START, begun, SPEED) as process:
            process.stdout.readline()
            if kills < 4:
                time.sleep(chance.uniform(0.05, 1.5))
                process.send_signal(signal.SIGKILL)
                assert process.wait(30) == -signal.SIGKILL
                kills += 1
            else:
                while decided(folder) < START + UNTIL * SECOND:
                    assert process.stdout.readline()
                published(at_home, number)
    # what the last worker logged while it was killed has no successor to publish it
    seen = pl.DataFrame(pl.from_arrow(read(folder))).filter(pl.col("time") <= START + UNTIL * SECOND)
    assert max(Counter(zip(seen["asset"], seen["time"], strict=True)).values()) == 1
    model = load(at_home.package)
    for asset in at_home.tables:
        own = seen.filter(pl.col("asset") == asset)
        assert own["time"].to_list() == [START + n * SECOND for n in range(own.height)]
        scored = own.filter(pl.col("verdict") == 0)
        assert scored.height > 900
        table = at_home.historian.query([f"deploy/{number}/{asset}/score"], 0, START + UNTIL * SECOND + 1)
        assert table["time"].to_pylist() == scored["time"].to_list()
        assert table["value"].to_pylist() == scored["out:score"].to_list()
        frame = own.select(pl.col(f"in:{name}").fill_nan(None).alias(name) for name in at_home.columns)
        again = model.predict(frame)["score"].to_numpy()
        assert np.array_equal(again[own["verdict"].to_numpy() == 0], scored["out:score"].to_numpy())


class Cut:
    """A historian's client whose process dies at the n-th append: what came before has happened."""

    def __init__(self, historian, appends):
        self.historian, self.appends = historian, appends

    def __getattr__(self, name):
        return getattr(self.historian, name)

    def append(self, source, samples):
        self.appends -= 1
        if self.appends < 0:
            raise KeyboardInterrupt
        self.historian.append(source, samples)


def waited(line, deployment, asset, time_):
    from time import monotonic, sleep

    end = monotonic() + 20
    while monotonic() < end:
        table = line.historian.query([deployment.signal(asset, "score")], 0, 2**61)
        if table.num_rows and table["time"][-1].as_py() >= time_:
            return table
        sleep(0.02)
    raise AssertionError("no prediction came")


def test_dead_between_log_and_publication_the_next_one_publishes(at_home, deployed, tmp_path):
    alarms = []
    for appends in range(40):
        scorer = Scorer(Cut(at_home.historian, 1), tmp_path / "scored")
        try:
            for step in (20, 40):
                scorer.tick(START + (appends * 30 + step) * SECOND)
        except KeyboardInterrupt:
            alarms.append(Alarm.objects.count())
        scorer.close()
    last = Scorer(at_home.historian, tmp_path / "scored")
    last.tick(START + 1200 * SECOND)
    last.close()
    assert len(alarms) > 20
    seen = pl.DataFrame(pl.from_arrow(read(tmp_path / "scored" / str(deployed.pk))))
    for asset in at_home.tables:
        scored = seen.filter((pl.col("asset") == asset) & (pl.col("verdict") == 0))
        table = waited(at_home, deployed, asset, scored["time"][-1])
        assert table["time"].to_pylist() == scored["time"].to_list()
        turns = scored.filter(pl.col("turn") == "raised")["time"].to_list()
        assert [a.raised for a in Alarm.objects.filter(asset=asset).order_by("raised")] == turns
    assert Alarm.objects.exists()


def test_two_workers_do_not_score_the_same_line(at_home, deployed, tmp_path):
    first, second = (Scorer(at_home.historian, tmp_path / "scored") for _ in range(2))
    first.tick(START + 50 * SECOND)
    second.tick(START + 60 * SECOND)
    deployed.refresh_from_db()
    assert "Another process is scoring" in deployed.health["en"]
    first.close()
    second.tick(START + 60 * SECOND)
    second.close()
    deployed.refresh_from_db()
    assert deployed.health["state"] == "scoring"

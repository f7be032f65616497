"""A worker killed at any moment: no alarm is lost, none is doubled, and the historian hears each state once."""

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from dure.plant.alarms.files import read_definitions
from dure.plant.alarms.replaying import turns
from dure.science.formula import Kind
from fresh_database import fresh_database
from machines.historian_process import experiment, historian_process, play, samples

WORKER = Path(__file__).with_name("alarm_worker.py")
PLAIN = "Accelerometer1RMS"
ROLLED = "Pressure"


@contextmanager
def worker(environment):
    process = subprocess.Popen([sys.executable, WORKER], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def journal(environment):
    words = [sys.executable, "-m", "dure", "alarms", "journal", "--limit", "10000", "--json"]
    said = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return json.loads(said.stdout)["entries"][::-1]


def define(home, table):
    means = {PLAIN: table[PLAIN], ROLLED: table[ROLLED].rolling_mean(5).drop_nulls()}
    limits = {name: float(np.quantile(values.to_numpy(), 0.7)) for name, values in means.items()}
    (home / "alarms").mkdir()
    (home / "alarms" / "pump.toml").write_text(
        f"""[[alarm]]
id = "plain"
title = "Vibration"
condition = "=[pump/{PLAIN}]>{limits[PLAIN]}"

[[alarm]]
id = "rolled"
title = "Pressure"
condition = "=ROLLMEAN([pump/{ROLLED}], 5)>{limits[ROLLED]}"
deadband = 0.001
"""
    )
    return read_definitions(home / "alarms")


def killed_again_and_again(recorded, home, as_received, kills, rows):
    """Play the experiment while workers are killed; what the journal, the historian and a replay of all say."""
    table = experiment(recorded / "skab/valve1/0.csv.gz").head(rows)
    chance = random.Random(5)  # noqa: S311 - when to kill, no secret
    with fresh_database(home) as environment, historian_process(home) as historian:
        definitions = define(home, table)
        played, killed, pieces = 0, 0, max(1, rows // (kills * 3))
        while killed < kills:
            with worker(environment) as process:
                assert process.stdout.readline()
                for _ in range(chance.randint(1, 4)):
                    part = table.slice(played, pieces if played else 1)
                    if len(part):
                        play(historian, "pump", [as_received(samples("pump", part), time.time_ns())])
                    played += len(part)
                    if not killed:
                        process.stdout.readline()
                        process.stdout.readline()
                time.sleep(chance.uniform(0, 0.3))
                process.send_signal(signal.SIGKILL)
                assert process.wait(30) == -signal.SIGKILL
                killed += 1
        play(historian, "pump", [as_received(samples("pump", table.slice(played)), time.time_ns())])
        with worker(environment) as process:  # the last one has nobody to mend what it leaves
            for _ in range(30):
                assert process.stdout.readline()
        found = journal(environment)
        kinds = {f"pump/{name}": Kind("number") for name in (PLAIN, ROLLED)}
        all_samples = historian.query(list(kinds), 0, 2**62 - 1)
        import polars as pl

        frame = pl.DataFrame(pl.from_arrow(all_samples))
        replayed = {
            one.id: [
                (event.value, at)
                for at, event in turns(one, frame.filter(pl.col("signal").is_in(one.signals)), kinds, 2**62)
            ]
            for one in definitions
        }
        told = {
            one.id: historian.query([f"alarms/{one.id}"], 0, 2**62 - 1)["value"].to_pylist()
            for one in definitions
        }
    return found, replayed, told


def hold(found, replayed, told):
    for name, expected in replayed.items():
        own = [entry for entry in found if entry["alarm"] == name]
        assert len(expected) > 3
        # the journal lists by time; one time holds one event of an alarm
        assert [(entry["event"], entry["at"]) for entry in own] == expected
        assert told[name] == [float(entry["to"]) for entry in own]


@pytest.mark.timeout(200)
def test_killed_a_few_times_it_says_what_a_replay_of_all_says(recorded, home, as_received):
    hold(*killed_again_and_again(recorded, home, as_received, kills=2, rows=300))


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_killed_forty_times_it_says_what_a_replay_of_all_says(recorded, home, as_received):
    hold(*killed_again_and_again(recorded, home, as_received, kills=40, rows=1140))

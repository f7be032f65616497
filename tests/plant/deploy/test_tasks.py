"""Models of other tasks on the line, what a tick costs, and a historian that is away."""

import numpy as np
import polars as pl
import psutil
import pytest

from dure.plant.deploy import Alarm, Deployment, Scorer
from dure.plant.historian import Historian
from dure.plant.inventory import training_table
from dure.plant.registry import open_model, register, release
from dure.science.learn import TrainRequest, train
from dure.vocabulary import Permit
from machines.historian_process import SECOND, play, samples

START = 1_700_000_000 * SECOND
ASSET = "pumps/P0"


@pytest.fixture
def scorer(at_home, tmp_path):
    scorer = Scorer(at_home.historian, tmp_path / "scored")
    yield scorer
    scorer.close()


def learnt(line, tmp_path, engineer, columns, label=None, **asked):
    inputs = {name: f"{ASSET}/{name}" for name in columns}
    table = training_table(
        line.historian, {ASSET: inputs}, START, START + 900 * SECOND, SECOND, out=tmp_path / "learn.parquet"
    )
    if label is not None:
        pl.read_parquet(table.path).with_columns(label).write_parquet(table.path)
    request = TrainRequest((str(table.path),), time="time", ignore=("asset",), budget=5, **asked)
    train(request, tmp_path / "package", Permit.own([str(table.path)]))
    model = register(tmp_path / "package", "Learnt", engineer)
    release(model, engineer)
    needed = [one["name"] for one in model.card["inputs"]]
    return model, [{"asset": ASSET, "inputs": {name: inputs[name] for name in needed}}]


def spoken(line, deployment, what):
    from time import monotonic, sleep

    end = monotonic() + 20
    while monotonic() < end:
        table = line.historian.query([deployment.signal(ASSET, what)], 0, 2**61)
        if table.num_rows and table["time"][-1].as_py() >= START + 300 * SECOND:
            return table
        sleep(0.02)
    raise AssertionError(f"no {what} came")


def in_batch(line, model, assets, tmp_path):
    table = training_table(
        line.historian,
        {ASSET: assets[0]["inputs"]},
        START,
        START + 301 * SECOND,
        SECOND,
        out=tmp_path / "b.parquet",
    )
    return open_model(model).predict(pl.read_parquet(table.path))


def test_an_estimate_is_stored_with_its_interval_and_alarms_only_where_a_person_set_a_limit(
    at_home, engineer, placed, scorer, tmp_path
):
    model, assets = learnt(
        at_home, tmp_path, engineer, at_home.columns, target="Temperature", task="estimate"
    )
    quiet = placed(model, "Temperature", assets, engineer)
    limited = placed(model, "Temperature with a limit", assets, engineer, threshold=50.0)
    scorer.tick(START + 300 * SECOND)
    batch = in_batch(at_home, model, assets, tmp_path)
    for what in ("prediction", "lower", "upper"):
        table = spoken(at_home, quiet, what)
        at = [(time - START) // SECOND for time in table["time"].to_pylist()]
        assert table["value"].to_pylist() == batch[what].to_numpy()[at].tolist()
    assert not Alarm.objects.filter(deployment=quiet).exists()
    # The water is 70 °C and more, so a limit of 50 stands from the third tick on.
    alarm = Alarm.objects.get(deployment=limited)
    assert alarm.threshold == 50.0
    # What would have to be otherwise is asked for below that limit, as the model of the limit is no judge of its own.
    assert alarm.reasons["instead"]["was"] > 50.0
    assert all(one["now"] != one["was"] for one in alarm.reasons["instead"]["changes"])
    assert len(spoken(at_home, limited, "prediction")) == len(spoken(at_home, quiet, "prediction"))


def test_a_class_is_stored_in_its_own_words(at_home, engineer, placed, scorer, tmp_path):
    warm = (
        pl.when(pl.col("Temperature") > pl.col("Temperature").median())
        .then(pl.lit("warm"))
        .otherwise(pl.lit("cool"))
    )
    model, assets = learnt(
        at_home, tmp_path, engineer, ["Temperature", "Current", "Voltage"], warm.alias("state"), target="state", task="classify"
    )  # fmt: skip
    deployment = placed(model, "State", assets, engineer)
    scorer.tick(START + 300 * SECOND)
    table = spoken(at_home, deployment, "prediction")
    at = [(time - START) // SECOND for time in table["time"].to_pylist()]
    assert (
        table["text"].to_pylist()
        == in_batch(at_home, model, assets, tmp_path)["prediction"].to_numpy()[at].tolist()
    )
    assert set(table["text"].to_pylist()) == {"warm", "cool"}


def test_a_tick_of_24_assets_costs_less_than_150_ms_of_cpu(at_home, released, engineer, placed, scorer):
    table = at_home.tables[ASSET].head(180)
    play(at_home.historian, "many", [samples(f"many/A{n:02}", table) for n in range(24)])
    assets = [
        {"asset": f"many/A{n:02}", "inputs": {name: f"many/A{n:02}/{name}" for name in at_home.columns}}
        for n in range(24)
    ]
    placed(released, "Many", assets, engineer)
    service, own = psutil.Process(at_home.historian.health()["pid"]), psutil.Process()
    scorer.tick(START + 100 * SECOND)

    def busy():
        times = (service.cpu_times(), own.cpu_times())
        return sum(one.user + one.system for one in times)

    costs = []
    for second in range(101, 161, 6):
        before = busy()
        for tick in range(6):
            scorer.tick(START + (second + tick) * SECOND + 1)
        costs.append((busy() - before) / 6)
    assert np.median(costs) < 0.150


def test_while_the_historian_is_away_it_says_so_and_goes_on_after(at_home, deployed, tmp_path):
    absent = Scorer(Historian(tmp_path / "nowhere"), tmp_path / "scored")
    absent.tick(START + 60 * SECOND)
    assert "does not answer" in Deployment.objects.get(pk=deployed.pk).health["en"]
    absent.close()
    back = Scorer(at_home.historian, tmp_path / "scored")
    back.tick(START + 60 * SECOND)
    back.close()
    assert Deployment.objects.get(pk=deployed.pk).health["state"] == "scoring"

"""Every task once through the command, on recorded data: train, predict on what was held back, evaluate it."""

import gzip
import shutil

import polars as pl
import pytest

BUDGET = ("--budget", "2s")
ADDED = {
    "forecast": {"prediction", "lower", "upper", "forecast_for"},
    "life": {"prediction", "lower", "upper"},
    "inspect": {"prediction"},
    "listen": {"score", "alarm"},
    "read": {"prediction"},
}


def _halves(frame, place, at):
    """The rows up to `at` to learn from, and those after it."""
    frame[:at].write_csv(place / "learnt.csv")
    frame[at:].write_csv(place / "held.csv")
    return place / "learnt.csv", place / "held.csv"


def forecast(recorded, place):
    packed = (recorded / "steel-energy-daewoo" / "Steel_industry_data.csv.gz").read_bytes()
    frame = pl.read_csv(gzip.decompress(packed), infer_schema_length=None)[:1_600]
    kept = frame.select("date", "Usage_kWh", "NSM", "Load_Type")
    return *_halves(kept, place, 1_200), ("--target", "Usage_kWh", "--horizon", "1h")


def life(recorded, place):
    packed = gzip.decompress((recorded / "c-mapss" / "train_FD001.txt.gz").read_bytes()).decode()
    rows = [line.split() for line in packed.splitlines()]
    chosen = {0: "unit", 1: "cycle", 6: "t50", 8: "p30", 15: "bypass"}
    frame = pl.DataFrame({name: [float(row[at]) for row in rows] for at, name in chosen.items()})
    frame = frame.filter((pl.col("unit") <= 14) & (pl.col("cycle") % 3 == 0))
    return *_halves(frame, place, int((frame["unit"] <= 11).sum())), ("--group", "unit", "--time", "cycle")


def inspect(recorded, place):
    for kind in ("MT_Free", "MT_Uneven"):
        for at, path in enumerate(sorted((recorded / "surface-magnetic-tile" / kind).glob("*.jpg"))[:18]):
            folder = place / ("타일 새것" if at % 3 == 2 else "타일 학습") / kind
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder)
    return place / "타일 학습", place / "타일 새것", ("--target", "folder")


def listen(recorded, place):
    for at, path in enumerate(sorted((recorded / "bearing-mfpt").glob("*.mat"))):
        folder = place / ("held" if at == 3 else "learnt")
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder)
    return place / "learnt", place / "held", ()


def read(recorded, place):
    path = next((recorded / "safety-accidents-stefanini").glob("*.csv"))
    frame = pl.read_csv(path).select("Description", "Accident Level")[:150]
    return *_halves(frame, place, 110), ("--target", "Accident Level")


@pytest.mark.parametrize("made", [forecast, life, inspect, listen, read], ids=lambda one: one.__name__)
def test_a_task_is_trained_used_and_measured(dure, recorded, tmp_path, made):
    task = made.__name__
    learnt, held, words = made(recorded, tmp_path)
    facts = dure("train", learnt, "--task", task, *words, *BUDGET, "-o", tmp_path / "model")
    assert facts["task"] == task
    assert set(facts["null"]) <= set(facts["metric"])
    said = dure("predict", facts["model"], held, "-o", tmp_path / "said.parquet")
    out = pl.read_parquet(tmp_path / "said.parquet")
    assert (said["task"], said["rows"]) == (task, len(out))
    assert set(out.columns) >= ADDED[task]
    assert out.get_column("score" if task == "listen" else "prediction").null_count() == 0
    if held.is_file():
        given = pl.read_csv(held)
        assert len(out) == len(given)
        assert out.columns[: given.width] == given.columns
        assert out.get_column(given.columns[-1]).to_list() == given.get_column(given.columns[-1]).to_list()
    measured = dure("evaluate", facts["model"], held)
    assert measured["task"] == task
    assert measured["metric"]
    assert task == "listen" or measured["null"]

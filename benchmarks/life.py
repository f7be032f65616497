"""Remaining life on C-MAPSS FD001's official test, and battery capacity across discharge protocols.

FD001: trained on the 100 engines that ran until they failed, judged on the last row of each of the 100 test engines
(RUL_FD001.txt); RMSE with the truth as it is and with the truth capped at 125 (as most papers have it), and NASA's score.
Batteries: capacity by `--pack battery` with whole cells held back, trained on two protocols, judged on the third; SOH is the
capacity over 2.0 Ah. Published (from memory, see SOURCE.md): FD001 CNN 18.45, LSTM 16.14, DCNN 12.61.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from dure.science.learn import TrainRequest, evaluate, load, train
from dure.science.learn.judging.reckoned import nasa_score
from dure.science.prepare import read, read_each
from dure.vocabulary import Permit

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
NAMES = ["unit", "cycle", "set1", "set2", "set3", *(f"s{at}" for at in range(1, 22))]


def engines(name: str) -> pl.DataFrame:
    """One of the files with names."""
    frame = read((str(DATA / "c-mapss" / f"{name}_FD001.txt.gz"),)).frame
    frame = frame.select(frame.columns[: len(NAMES)])
    return frame.rename(dict(zip(frame.columns, NAMES, strict=True)))


def turbofans(work: Path, budget: float) -> None:
    """FD001."""
    engines("train").write_parquet(work / "train.parquet")
    started = time.monotonic()
    asked = TrainRequest(
        (str(work / "train.parquet"),), task="life", group="unit", time="cycle", budget=budget
    )
    facts = train(asked, work / "model", Permit.own(["train"]))
    model, test = load(work / "model"), engines("test")
    said = (
        test.select("unit")
        .hstack(model.predict(test))
        .group_by("unit", maintain_order=True)
        .last()["prediction"]
        .to_numpy()
    )
    truth = np.loadtxt(DATA / "c-mapss" / "RUL_FD001.txt").ravel()
    age = test.group_by("unit", maintain_order=True).last()["cycle"].to_numpy()
    usual = np.clip(model.card["reckoned"]["lives"]["usual"] - age, 0, model.card["reckoned"]["lives"]["cap"])
    for name, one in (("ours", said), ("null: usual life less age", usual)):
        rmse, capped = (
            float(np.sqrt(((one - true) ** 2).mean())) for true in (truth, np.minimum(truth, 125))
        )
        print(
            f"FD001 test, {name}: RMSE {rmse:.2f}, capped at 125 {capped:.2f}, score {nasa_score(truth, one):.0f}, MAE {np.abs(one - truth).mean():.2f}"
        )
    print(
        f"    held back: {facts['metric']}, null {facts['null']}, cap {model.card['reckoned']['lives']['cap']}, {time.monotonic() - started:.0f} s",
        flush=True,
    )


def batteries(work: Path, budget: float) -> None:
    """Capacity across protocols."""
    folder = DATA / "battery-soh-xjtu"
    protocols = ("2C", "3C", "R2.5")
    files = {one: sorted(map(str, folder.glob(f"{one}_battery-*.csv.gz"))) for one in protocols}
    off, null = [], []
    for held in protocols:
        learnt = [file for one in protocols if one != held for file in files[one]]
        asked = TrainRequest(tuple(learnt), target="capacity", task="estimate", pack="battery", budget=budget)
        train(asked, work / "soh", Permit.own(learnt))
        model, tables = load(work / "soh"), read_each(files[held])
        found = [
            np.abs(model.predict(one.frame)["prediction"].to_numpy() - one.frame["capacity"].to_numpy()) / 2.0
            for one in tables
        ]
        off.append(np.concatenate(found))
        mean = float(model.card["target_mean"])
        null.append(np.concatenate([np.abs(mean - one.frame["capacity"].to_numpy()) / 2.0 for one in tables]))
        metric = evaluate(model, tables)["metric"]
        print(
            f"SOH, {held} held back: MAE {off[-1].mean():.4f}, null {null[-1].mean():.4f}, inside the interval {metric['interval_coverage']:.2f}",
            flush=True,
        )
    print(
        f"SOH, all cycles: MAE {np.concatenate(off).mean():.4f}, mean of protocols {np.mean([one.mean() for one in off]):.4f}, null {np.concatenate(null).mean():.4f}"
    )


def main(budget: float = 30.0) -> None:
    """Both."""
    with tempfile.TemporaryDirectory() as work:
        os.environ["DURE_HOME"] = work
        if "--batteries" not in sys.argv:
            turbofans(Path(work), budget)
        batteries(Path(work), budget / 2)


if __name__ == "__main__":
    main(*(float(one) for one in sys.argv[1:2] if one[0] != "-"))

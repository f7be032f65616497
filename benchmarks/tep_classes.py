"""Tennessee Eastman, eleven states told apart: learnt from the training runs, judged on the test runs after the onset.

A table for each run, with its fault as the class. `dure train` sees the training runs only; which window it looks back
on is chosen there, on stretches held back. In the test runs the fault begins at row 161, so rows before it are left
out (the run without a fault counts whole). LightGBM on single rows, and on the same window as a reference, stand
beside. Prints accuracy over all rows with the range over five seeds.
"""

import argparse
import gzip
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from dure.science.learn import TrainRequest, load, train
from dure.vocabulary import Permit

DATA = (
    Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "tennessee-eastman"
)
FAULTS, ONSET = range(11), 160
NAMES = [*(f"XMEAS{at}" for at in range(1, 42)), *(f"XMV{at}" for at in range(1, 12))]


def run(fault: int, part: str) -> pl.DataFrame:
    """One run with its fault; `d00.dat` is stored turned on its side."""
    with gzip.open(DATA / f"d{fault:02d}{part}.dat.gz", "rt") as file:
        values = np.loadtxt(file)
    values = values.T if values.shape[0] == 52 else values
    return pl.DataFrame(values, schema=NAMES).with_columns(fault=pl.lit(fault))


def judged(decided: list[np.ndarray]) -> float:
    """Accuracy over the rows after the onset."""
    right = [
        found[0 if fault == 0 else ONSET :] == fault for fault, found in zip(FAULTS, decided, strict=True)
    ]
    return float(np.concatenate(right).mean())


def ours(work: Path, sources: tuple[str, ...], seed: int, budget: float) -> tuple[float, str, float]:
    """Accuracy, what was chosen, seconds."""
    began = time.monotonic()
    facts = train(
        TrainRequest(sources, "fault", seed=seed, budget=budget), work / f"model-{seed}", Permit.own(sources)
    )
    model = load(work / f"model-{seed}")
    decided = [model.predict(run(fault, "_te"))["prediction"].to_numpy() for fault in FAULTS]
    chosen = model.card["search"]["view"]["dynamic"]
    views = ", ".join(f"{one['name']} {one['relative']:.3f}" for one in model.card["search"]["views"])
    print(f"  held back in training: accuracy {facts['metric']['accuracy']:.3f}; loss by view: {views}")
    return judged(decided), f"{facts['family']}, {chosen}", time.monotonic() - began


def single_rows(seed: int) -> float:
    """LightGBM as it comes, on single rows."""
    import lightgbm

    learnt = pl.concat([run(fault, "") for fault in FAULTS])
    data = lightgbm.Dataset(learnt.select(NAMES).to_numpy(), learnt["fault"].to_numpy())
    asked = {
        "objective": "multiclass",
        "num_class": len(FAULTS),
        "seed": seed,
        "verbosity": -1,
        "num_threads": 2,
    }
    booster = lightgbm.train({**asked, "bagging_fraction": 0.9, "bagging_freq": 1}, data, 100)
    found = [
        np.asarray(booster.predict(run(fault, "_te").select(NAMES).to_numpy())).argmax(axis=1)
        for fault in FAULTS
    ]
    return judged(found)


def main() -> None:
    """Train with each seed and print accuracy beside LightGBM and the commonest class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=60.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        os.environ["DURE_HOME"] = place
        for fault in FAULTS:
            run(fault, "").write_parquet(work / f"d{fault:02d}.parquet")
        sources = tuple(str(path) for path in sorted(work.glob("d*.parquet")))
        found = []
        for seed in range(asked.seeds):
            accuracy, chosen, seconds = ours(work, sources, seed, asked.budget)
            peer = single_rows(seed)
            found.append((accuracy, peer))
            print(
                f"seed {seed}: dure {accuracy:.3f} ({chosen}; {seconds:.0f} s), LightGBM on single rows {peer:.3f}"
            )
        for name, values in zip(("dure", "LightGBM"), np.array(found).T, strict=True):
            print(f"{name}: {values.mean():.3f} ({values.min():.3f}-{values.max():.3f})")
        print(f"always the commonest class: {960 / (960 + 800 * 10):.3f}")


if __name__ == "__main__":
    main()

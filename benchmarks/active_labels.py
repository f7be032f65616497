"""Does it help to label what is suggested? Balanced accuracy after so many labels, suggested beside drawn at random.

A person who knows every answer is asked for a batch, the classifier (logistic, balanced classes) learns from all labels so
far, and is judged on rows that were held back (40 %, by class, once a seed). Both begin with the same budget: “suggested”
chooses the first batch by what is typical and the later ones by what the classifier wavers on; “random” draws all of them.
Whatever class has no label yet is never said. The null is the draw at random; beside it the commonest class (1 / classes).

Sets: magnetic tiles (6 classes, 304 numbers of `image.embed` and 28 of `image.statistics`, near-duplicates on one side),
solar cells (4 degrees of damage), AI4I (failure or not, 5 measured columns and the quality), Tennessee Eastman (11 classes).

    python benchmarks/active_labels.py [--seeds 10] [--set tiles|cells|ai4i|tep]   figures, mean over seeds and the paired difference
"""

import argparse
import os
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dure.science.learn import suggest
from dure.science.prepare import read, step_named

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
HELD, BATCH, ROUNDS = 0.4, 20, 6
Floats, Codes = NDArray[np.float64], NDArray[np.int64]


def pictures(name: str, target: str) -> tuple[Floats, Codes, Codes]:
    """Numbers of pictures, their classes, and groups that stay on one side."""
    from dure.science.learn.tasks.inspect import _groups

    frame = read([DATA / name]).frame
    seen = [
        step_named(step)().fit(frame.select("image")).transform(frame.select("image")).to_numpy()
        for step in ("image.statistics", "image.embed")
    ]
    _, codes = _groups(frame, "image", None)
    groups = np.unique(codes.to_numpy(), return_inverse=True)[1]
    words = frame.get_column(target).cast(pl.String).to_numpy()
    return np.hstack(seen).astype(float), np.unique(words, return_inverse=True)[1], groups


def ai4i() -> tuple[Floats, Codes, Codes]:
    """Measured columns; failure or not."""
    frame = pl.read_csv(DATA / "ai4i2020-synthetic" / "ai4i2020.csv.gz")
    names = [
        "Air temperature [K]",
        "Process temperature [K]",
        "Rotational speed [rpm]",
        "Torque [Nm]",
        "Tool wear [min]",
    ]
    kind = frame.get_column("Type").replace_strict({"L": 0, "M": 1, "H": 2}).to_numpy()
    x = np.column_stack([frame.select(names).to_numpy().astype(float), kind])
    torque, speed = x[:, 3], x[:, 2]
    x = np.column_stack([x, torque * speed, x[:, 1] - x[:, 0], torque * x[:, 4]])
    return x, frame.get_column("Machine failure").to_numpy().astype(np.int64), np.arange(len(x))


def tep() -> tuple[Floats, Codes, Codes]:
    """Rows of Tennessee Eastman after the onset, eleven classes, runs in blocks of 20 rows."""
    x, y = [], []
    for fault in range(11):
        path = next(iter(sorted((DATA / "tennessee-eastman").glob(f"d{fault:02d}_te.dat.gz"))), None)
        if path is None:
            continue
        rows = np.loadtxt(path)
        rows = rows.T if rows.shape[0] == 52 else rows
        x.append(rows[-400:])
        y.append(np.full(len(x[-1]), fault))
    code = np.concatenate(y)
    return np.vstack(x), code, np.arange(len(code)) // 20


def sets(chosen: str) -> dict[str, tuple[Floats, Codes, Codes]]:
    """The sets that were asked for."""
    makers = {
        "tiles": lambda: pictures("surface-magnetic-tile", "folder"),
        "cells": lambda: pictures("pv-el-cells-elpv", "defect_probability"),
        "ai4i": ai4i,
        "tep": tep,
    }
    return {name: make() for name, make in makers.items() if chosen in ("", name)}


def split(y: Codes, groups: Codes, seed: int) -> NDArray[np.bool_]:
    """Held-back rows: whole groups, of each class the same share."""
    rng, held = np.random.default_rng(seed), np.zeros(len(y), dtype=bool)
    for one in np.unique(y):
        own = np.unique(groups[y == one])
        picked = rng.permutation(own)[: max(1, round(HELD * len(own)))]
        held |= np.isin(groups, picked) & (y == one)
    return held


def learnt(x: Floats, y: Codes, rows: Codes, at: Floats, classes: int) -> Floats:
    """Probabilities of every class at `at`, learnt from the labelled rows."""
    from sklearn.linear_model import LogisticRegression

    found = np.zeros((len(at), classes))
    seen = np.unique(y[rows])
    if len(seen) == 1:
        found[:, seen[0]] = 1.0
        return found
    model = LogisticRegression(C=0.1 if x.shape[1] > 100 else 1.0, class_weight="balanced", max_iter=400)
    found[:, seen] = model.fit(x[rows], y[rows]).predict_proba(at)
    return found


def balanced(y: Codes, said: Codes) -> float:
    """Mean over the classes of the share found."""
    return float(np.mean([(said[y == one] == one).mean() for one in np.unique(y)]))


def one_run(x: Floats, y: Codes, held: NDArray[np.bool_], seed: int, how: str) -> list[float]:
    """Balanced accuracy on the held-back rows after each batch."""
    open_, rng, classes = np.flatnonzero(~held), np.random.default_rng(1000 + seed), int(y.max()) + 1
    mean, spread = x[open_].mean(axis=0), x[open_].std(axis=0) + 1e-12
    z = (x - mean) / spread
    order, labelled, worth = rng.permutation(len(open_)), np.zeros(len(open_), dtype=bool), []
    for turn in range(ROUNDS):
        if labelled.all():
            break
        if how == "random":
            labelled[order[: BATCH * (turn + 1)]] = True
        else:
            rows = open_[labelled]
            said = learnt(z, y, rows, z[open_], classes) if turn and len(np.unique(y[rows])) > 1 else None
            if said is not None:
                said = said[:, np.unique(y[rows])]
            for place in suggest(x[open_], labelled, said, BATCH):
                labelled[place.place] = True
        worth.append(balanced(y[held], learnt(z, y, open_[labelled], z[held], classes).argmax(axis=1)))
    return worth


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=10)
    asked.add_argument("--set", default="")
    told = asked.parse_args()
    for name, (x, y, groups) in sets(told.set).items():
        runs: dict[str, list[list[float]]] = {"random": [], "suggested": []}
        for seed in range(told.seeds):
            held = split(y, groups, seed)
            for how, found in runs.items():
                found.append(one_run(x, y, held, seed, how))
        turns = min(len(one) for found in runs.values() for one in found)
        random, ours = (np.array([one[:turns] for one in runs[how]]) for how in ("random", "suggested"))
        print(
            f"{name}: {len(y):,} items, {len(np.unique(y))} classes, {told.seeds} seeds, null of one class {1 / len(np.unique(y)):.3f}"
        )
        for turn in range(random.shape[1]):
            gain = ours[:, turn] - random[:, turn]
            error = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
            print(
                f"  {BATCH * (turn + 1):4d} labels: random {random[:, turn].mean():.3f}, suggested {ours[:, turn].mean():.3f}, "
                f"difference {gain.mean():+.3f} ± {error:.3f}"
            )


if __name__ == "__main__":
    main()

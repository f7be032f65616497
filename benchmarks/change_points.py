"""Change points of detectors: the setting is chosen on the sets of `detect_frozen.py`, none of them SKAB, then scored on SKAB.

Each experiment's first 400 rows are normal; its change points are the first row of its fault and the first row after. Compared:
the rows at which the alarm goes on or off, and level changes of the score (`dure.science.learn.serving.changes`) over windows
and limits; score: NAB, profiles standard and low false positives, 60 rows to the right. The choice is the best mean over the
sets of the two profiles. `--skab` then scores it once on the open SKAB experiments, `--nab` on NAB's machine temperature.
"""

import os
import sys
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
from detect_frozen import DATA, FIRST, Experiment, experiments, raw_scores

from dure.science.learn import TrainRequest, load, train
from dure.science.learn.choosing.detecting import FACTOR, QUANTILE, STEADY
from dure.science.learn.judging.evaluation_of_alarms import abnormal
from dure.science.learn.judging.metrics import change_metrics
from dure.science.learn.judging.nab import LOW_FP, STANDARD, Timeline, nab, switches
from dure.science.learn.serving.changes import Changes
from dure.science.prepare import read_each
from dure.vocabulary import Permit

GRID = [
    Changes(rows, limit, least)
    for rows, limit, least in product((10, 20, 30, 45), (1.5, 2.0, 3.0, 4.0), (0.2, 0.4))
]


def scored(one: Experiment) -> np.ndarray:
    """Calmed score of the rows after the first 400, 1 is the limit."""
    held, rest = raw_scores(one, "neighbours, whitened", 5, 10)
    limit = FACTOR * np.quantile(np.concatenate([STEADY.scores(part) for part in held]), QUANTILE)
    return STEADY.scores(rest) / max(limit, 1e-9)


def as_alarm(points: np.ndarray) -> np.ndarray:
    """An alarm that switches at each of the points: what NAB's scorer takes."""
    return np.cumsum(points) % 2 == 1


def timeline(one: Experiment, points: np.ndarray) -> Timeline:
    """The experiment's true changes with what was found."""
    return Timeline(np.arange(len(points), dtype=float), switches(one.truth[FIRST:]), as_alarm(points))


def worth(pool: list[Experiment], found: list[np.ndarray]) -> tuple[float, float]:
    """NAB standard and low FP, the mean over the sets."""
    kinds = list(dict.fromkeys(one.kind for one in pool))
    lines = [
        [timeline(one, points) for one, points in zip(pool, found, strict=True) if one.kind == kind]
        for kind in kinds
    ]
    return tuple(float(np.nanmean([nab(one, profile) for one in lines])) for profile in (STANDARD, LOW_FP))


def main() -> None:
    """Choose, then show."""
    pool = experiments(0)
    scores = [scored(one) for one in pool]
    found = {"alarm on or off": [switches(STEADY.alarms(one)) for one in scores]}
    found |= {changes: [changes.points(one) for one in scores] for changes in GRID}
    found |= {
        ("both", changes): [c | a for c, a in zip(found[changes], found["alarm on or off"], strict=True)]
        for changes in GRID
    }
    ranked = sorted(
        ((sum(worth(pool, points)) / 2, name) for name, points in found.items()), key=lambda one: -one[0]
    )
    for mean, name in ranked[:6]:
        print(f"{mean:6.2f}  {name}  {[round(one, 1) for one in worth(pool, found[name])]}")
    print("alarm on or off", worth(pool, found["alarm on or off"]))
    if "--skab" in sys.argv:
        skab()


def skab() -> None:
    """The frozen setting on the open experiments: the column `change_point` of `predict` against the marked changes."""
    sources = sorted(str(path) for path in (DATA / "skab").glob("valve*/*.csv.gz"))
    with tempfile.TemporaryDirectory() as work:
        os.environ["DURE_HOME"] = work
        permit = Permit.own(sources)
        train(TrainRequest(tuple(sources), task="detect", normal_rows=400), Path(work) / "model", permit)
        model, lines = load(Path(work) / "model"), {"alarm on or off": [], "change_point": []}
        for table in read_each(sources):
            said = model.predict(table.frame, source=table.sources[0])[400:]
            true = abnormal(table.frame.get_column("changepoint"))[400:]
            seconds = table.frame.get_column("datetime").to_physical().to_numpy()[400:] / 1e9
            lines["alarm on or off"].append(Timeline(seconds, true, said["alarm"].to_numpy() > 0))
            lines["change_point"].append(Timeline(seconds, true, as_alarm(said["change_point"].to_numpy())))
        for name, found in lines.items():
            print("SKAB", name, change_metrics(found))


if __name__ == "__main__":
    main() if "--skab-only" not in sys.argv else skab()

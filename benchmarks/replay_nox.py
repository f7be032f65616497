"""NOX and CO of a gas turbine, year after year: a deployed model with late labels beside the same model left alone.

Run: python benchmarks/replay_nox.py [FOLDER OF DATA SETS] [--quick]
Every split is trained on years before the year replayed; no year after 2013 is read. Beside stand LightGBM left
alone, LightGBM with one bias update, a quadratic ridge refitted every 24 rows on the last 1,500 labelled rows, and
the label known last. Intervals: 500 resamplings of 24 blocks of consecutive rows.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("DURE_HOME", tempfile.mkdtemp(prefix="dure-bench-"))

from dure.science.learn import TrainRequest, load, train
from dure.science.prepare import read_each
from dure.science.replay import Delay
from dure.science.replay.replaying import outcome
from dure.vocabulary import Permit

INPUTS = ("AT", "AP", "AH", "AFDP", "GTEP", "TIT", "TAT", "TEY", "CDP")
SPLITS = (((2011,), 2012), ((2011, 2012), 2013), ((2011,), 2013))
DELAYS = (1, 8, 24, 168)
BLOCKS = 24


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    default = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[1] / "shared")) / "data"
    folder = Path(words[0] if words else default) / "gas-turbine-emissions"
    print(
        "target  trained      replayed delay | deployed R2 [90 %]       MAE   in 90 % | alone    bias  ridge2   last | CPU s"
    )
    for target, other in (("NOX", "CO"), ("CO", "NOX")):
        for years, year in SPLITS:
            model = trained(folder, years, target, other)
            for delay in DELAYS if (years, year) == SPLITS[1] else (24,):
                row(model, folder, years, year, target, delay)


def trained(folder, years, target, other):
    sources = tuple(str(folder / f"gt_{year}.csv.gz") for year in years)
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "model"
        asked = TrainRequest(sources, target=target, ignore=(other,), budget=20.0, families=("boosting",))
        train(asked, out, Permit.own(sources))
        return load(out)


def row(model, folder, years, year, target, delay):
    tables = read_each([folder / f"gt_{year}.csv.gz"])
    began = time.process_time()
    line, played, facts = outcome(model, tables, target=target, delay=Delay(rows=delay))
    spent = time.process_time() - began
    y = np.array(line.labels, dtype=float)
    said = np.array([one.prediction for one in played.predictions])
    static = np.array([one.static for one in played.predictions])
    before = read_each([folder / f"gt_{one}.csv.gz" for one in years])
    past = np.concatenate([table.frame.select(INPUTS).to_numpy() for table in before])
    known = np.concatenate([table.frame[target].to_numpy() for table in before])
    ridge = refitted_ridge(past, known, tables[0].frame.select(INPUTS).to_numpy(), y, delay)
    low, high = interval(y, said)
    trained_on = "+".join(str(one) for one in years)
    print(
        f"{target:<7} {trained_on:<12} {year}     {delay:>5} | {r2(y, said):8.3f} [{low:.3f} {high:.3f}] "
        f"{facts['deployed']['mean_absolute_error']:8.3f} {facts['deployed']['interval_coverage']:8.3f} | "
        f"{r2(y, static):6.3f} {r2(y, biased(y, static, delay)):7.3f} {r2(y, ridge):7.3f} "
        f"{facts['nulls']['persistence']['r2']:6.3f} | {spent:.0f}",
        flush=True,
    )


def r2(y, said):
    return 1 - ((y - said) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def interval(y, said):
    """90 % of R² over resampled blocks of rows."""
    blocks = np.array_split(np.arange(len(y)), BLOCKS)
    chance = np.random.default_rng(0)
    found = []
    for _ in range(500):
        rows = np.concatenate([blocks[at] for at in chance.integers(0, BLOCKS, BLOCKS)])
        found.append(r2(y[rows], said[rows]))
    return np.quantile(found, [0.05, 0.95])


def biased(y, static, delay, half=24.0):
    """The static model and the weighted mean of its errors as far as their labels have come."""
    keep, sums, count = 0.5 ** (1 / half), 0.0, 0.0
    found = static.copy()
    for at in range(len(y)):
        if at >= delay:
            sums, count = sums * keep + y[at - delay] - static[at - delay], count * keep + 1
        found[at] += sums / (count + 0.5)
    return found


def refitted_ridge(past, known, x, y, delay, window=1500, every=24, penalty=10.0):
    """A quadratic ridge on the last labelled rows, refitted every so many."""
    centre, scale = past.mean(axis=0), past.std(axis=0)
    z = np.clip((np.concatenate([past, x]) - centre) / scale, -4, 4)
    one, other = np.triu_indices(z.shape[1])
    terms = np.hstack([np.ones((len(z), 1)), z, z[:, one] * z[:, other]])
    truth, first = np.concatenate([known, y]), len(past)
    punish = penalty * np.eye(terms.shape[1])
    punish[0, 0] = 0.0
    found = np.empty(len(y))
    for at in range(0, len(y), every):
        last = first + at - delay + 1
        rows = slice(max(last - window, 0), last)
        gram = terms[rows].T @ terms[rows] + punish
        found[at : at + every] = terms[first + at : first + at + every] @ np.linalg.solve(
            gram, terms[rows].T @ truth[rows]
        )
    return found


if __name__ == "__main__":
    main()

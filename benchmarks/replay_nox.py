"""NOX and CO of a gas turbine, year after year: a deployed model with late labels beside the same model left alone.

Run: OMP_NUM_THREADS=1 python benchmarks/replay_nox.py [FOLDER OF DATA SETS]
Every split is trained on years before the year replayed; no year after 2013 is read. Beside stand LightGBM left
alone, LightGBM with one bias update, a quadratic ridge refitted every 24 rows on the last 1,500 labelled rows, and
the label known last. Intervals: 500 resamplings of 24 blocks of consecutive rows.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import Model, TrainRequest, load, train
from dure.science.prepare import read_each
from dure.science.replay import Delay
from dure.science.replay.replaying import outcome
from dure.vocabulary import Permit

INPUTS = ("AT", "AP", "AH", "AFDP", "GTEP", "TIT", "TAT", "TEY", "CDP")
SPLITS = (((2011,), 2012), ((2011, 2012), 2013), ((2011,), 2013))
DELAYS = (1, 8, 24, 168)
BLOCKS = 24
WINDOW, EVERY, PENALTY = 1500, 24, 10.0
Floats = NDArray[np.float64]


def main() -> None:
    os.environ.setdefault("DURE_HOME", tempfile.mkdtemp(prefix="dure-bench-"))
    words = sys.argv[1:]
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


def trained(folder: Path, years: Sequence[int], target: str, other: str) -> Model:
    sources = tuple(str(folder / f"gt_{year}.csv.gz") for year in years)
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "model"
        asked = TrainRequest(sources, target=target, ignore=(other,), budget=20.0, families=("boosting",))
        train(asked, out, Permit.own(sources))
        return load(out)


def row(model: Model, folder: Path, years: Sequence[int], year: int, target: str, delay: int) -> None:  # noqa: PLR0913, PLR0917 - one line of the table
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


def r2(y: Floats, said: Floats) -> float:
    return float(1 - ((y - said) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def interval(y: Floats, said: Floats) -> tuple[float, float]:
    """90 % of R² over resampled blocks of rows."""
    blocks = np.array_split(np.arange(len(y)), BLOCKS)
    chance = np.random.default_rng(0)
    found = []
    for _ in range(500):
        rows = np.concatenate([blocks[at] for at in chance.integers(0, BLOCKS, BLOCKS)])
        found.append(r2(y[rows], said[rows]))
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high)


def biased(y: Floats, static: Floats, delay: int, half: float = 24.0) -> Floats:
    """The static model and the weighted mean of its errors as far as their labels have come."""
    keep, sums, count = 0.5 ** (1 / half), 0.0, 0.0
    found = static.copy()
    for at in range(len(y)):
        if at >= delay:
            sums, count = sums * keep + y[at - delay] - static[at - delay], count * keep + 1
        found[at] += sums / (count + 0.5)
    return found


def refitted_ridge(past: Floats, known: Floats, x: Floats, y: Floats, delay: int) -> Floats:
    """A quadratic ridge on the last labelled rows, refitted every so many."""
    centre, scale = past.mean(axis=0), past.std(axis=0)
    z = np.clip((np.concatenate([past, x]) - centre) / scale, -4, 4)
    one, other = np.triu_indices(z.shape[1])
    terms = np.hstack([np.ones((len(z), 1)), z, z[:, one] * z[:, other]])
    truth, first = np.concatenate([known, y]), len(past)
    punish = PENALTY * np.eye(terms.shape[1])
    punish[0, 0] = 0.0
    found = np.empty(len(y))
    for at in range(0, len(y), EVERY):
        last = first + at - delay + 1
        rows = slice(max(last - WINDOW, 0), last)
        gram = terms[rows].T @ terms[rows] + punish
        found[at : at + EVERY] = terms[first + at : first + at + EVERY] @ np.linalg.solve(
            gram, terms[rows].T @ truth[rows]
        )
    return found


if __name__ == "__main__":
    main()

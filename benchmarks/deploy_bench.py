"""DeployBench: recorded plants that drift, each trained on its earlier part and replayed on its later one.

Run: OMP_NUM_THREADS=1 python benchmarks/deploy_bench.py [FOLDER OF DATA SETS] [SET…]
One policy for all sets (the default). Per set: the deployed model, the same model left alone, and no model; the
difference to the model left alone with 90 % over 500 resamplings of 20 blocks of consecutive rows.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from dure.science.learn import Model, TrainRequest, classify_metrics, estimate_metrics, load, train
from dure.science.prepare import read, read_each
from dure.science.replay import Delay
from dure.science.replay.replaying import Floats, Line, Played, Rows, outcome
from dure.vocabulary import Permit

BLOCKS = 20
Case = tuple[pl.DataFrame, pl.DataFrame, str, str]


def gas(folder: Path, target: str, other: str) -> Case:
    place = folder / "gas-turbine-emissions"
    years = [pl.read_csv(place / f"gt_{year}.csv.gz") for year in (2011, 2012, 2013)]
    return pl.concat(years[:2], how="vertical_relaxed").drop(other), years[2].drop(other), target, "24 rows"


def nox(folder: Path) -> Case:
    return gas(folder, "NOX", "CO")


def co(folder: Path) -> Case:
    return gas(folder, "CO", "NOX")


def steel(folder: Path) -> Case:
    """Energy of a steel works from its reactive power and load; CO2 is computed from the energy and left out."""
    frame = in_time(folder / "steel-energy-daewoo")
    drop = [name for name in frame.columns if "CO2" in name]
    return halves(frame.drop(drop), 0.4, "Usage_kWh", "24h", limit=12_000)


def solar(folder: Path) -> Case:
    """Temperature of a solar module from the weather."""
    frame = read([folder / "solar-plant-india/Plant_1_Weather_Sensor_Data.csv.gz"]).frame
    keep = [
        name for name in frame.columns if frame.schema[name].is_numeric() or frame.schema[name].is_temporal()
    ]
    return halves(frame.select(keep), 0.4, "MODULE_TEMPERATURE", "6h")


def battery(folder: Path) -> Case:
    """Capacity of cells from their charge curve: trained on eight cells, replayed on cells of another protocol."""
    place = folder / "battery-soh-xjtu"
    first = pl.concat([pl.read_csv(place / f"2C_battery-{cell}.csv.gz") for cell in range(1, 9)])
    later = pl.concat([pl.read_csv(place / f"3C_battery-{cell}.csv.gz") for cell in range(1, 16)])
    return first, later, "capacity", "10 rows"


def ev(folder: Path) -> Case:
    """Temperature of a car's battery: trained on summer trips, replayed on winter trips, one row a second."""
    place = folder / "ev-thermal-bmw-i3"
    tables = [read([path]).frame for path in sorted(place.glob("Trip*.csv.gz"))]
    target = next(name for name in tables[0].columns if name.startswith("Battery Temperature"))
    shared = [
        n for n in tables[0].columns if all(n in one.columns and one.schema[n].is_numeric() for one in tables)
    ]
    shared = [name for name in shared if not name.lower().startswith("time")]
    summer = [one.select(shared)[::20] for one in tables[:10]]
    winter = [one.select(shared)[::20] for one in tables[10:]]
    first, later = (pl.concat(part, how="vertical_relaxed") for part in (summer, winter))
    return first, later, target, "120 rows"


def casting(folder: Path) -> Case:
    """Defects of five moulds: trained on the first castings in time, replayed on the later ones."""
    paths = sorted((folder / "die-casting-kr").glob("train_group_*.csv.gz"))
    frame = read(paths).frame
    frame = frame.sort([name for name in ("date", "time") if name in frame.columns])
    drop = [
        name
        for name in ("id", "line", "name", "mold_name", "tryshot_signal", "date", "time", "registration_time")
        if name in frame.columns
    ]
    cut = len(frame) // 2
    frame = frame.drop(drop)
    return frame[:cut], frame[cut : cut + 12_000], "passorfail", "500 rows"


def tennessee(folder: Path) -> Case:
    """Simulated: a composition measured by an analyser, in runs with faults that were not in training."""
    place = folder / "tennessee-eastman"
    names = [f"x{at + 1}" for at in range(52)]
    calm = np.loadtxt(place / "d00.dat.gz")
    calm = calm if calm.shape[1] == 52 else calm.T
    faults = np.concatenate([np.loadtxt(place / f"d{at:02}_te.dat.gz") for at in range(1, 11)])
    first, later = (pl.DataFrame(part, schema=names, orient="row") for part in (calm, faults))
    return first, later, "x38", "5 rows"


SETS = {"NOX": nox, "CO": co, "steel": steel, "solar": solar, "battery": battery, "EV": ev, "casting": casting, "TEP (simulated)": tennessee}  # fmt: skip


def in_time(place: Path) -> pl.DataFrame:
    """The only table of a folder in order of its dates."""
    frame = read([str(place / "*.csv.gz")]).frame
    dates = [name for name in frame.columns if frame.schema[name].is_temporal()]
    return frame.sort(dates[0], maintain_order=True) if dates else frame


def halves(frame: pl.DataFrame, share: float, target: str, delay: str, limit: int | None = None) -> Case:
    cut = int(share * len(frame))
    return frame[:cut], frame[cut:][:limit], target, delay


def main() -> None:
    os.environ.setdefault("DURE_HOME", tempfile.mkdtemp(prefix="dure-bench-"))
    default = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[1] / "shared")) / "data"
    words = sys.argv[1:]
    folder = Path(words.pop(0)) if words and Path(words[0]).is_dir() else default
    print(
        "set              rows  delay    measure       deployed   alone  no model | gain [90 %]            | in 90 % | CPU s"
    )
    for name, make in SETS.items():
        if not words or name in words:
            play(name, *make(folder))


def play(name: str, first: pl.DataFrame, later: pl.DataFrame, target: str, delay: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place) / "first.parquet", Path(place) / "model"
        first.write_parquet(source)
        later.write_parquet(Path(place) / "later.parquet")
        train(TrainRequest((str(source),), target=target, budget=20.0), out, Permit.own([str(source)]))
        model = load(out)
        tables = read_each([Path(place) / "later.parquet"])
    began = time.process_time()
    line, played, facts = outcome(model, tables, target=target, delay=Delay.of(delay))
    spent = time.process_time() - began
    measure = (
        "r2"
        if model.task == "estimate"
        else "average_precision"
        if "average_precision" in facts["static"]
        else "log_loss"
    )
    low, high = gain(model, line, played, measure)
    values = [facts[kind].get(measure, float("nan")) for kind in ("deployed", "static", "null")]
    inside = facts["deployed"].get("interval_coverage", float("nan"))
    print(
        f"{name:<16} {facts['rows']:>5} {delay:>7}  {measure:<13} {values[0]:8.3f} {values[1]:8.3f} {values[2]:8.3f}  | "
        f"{values[0] - values[1]:+.3f} [{low:+.3f} {high:+.3f}] | {inside:6.3f}  | {spent:.0f}",
        flush=True,
    )


def gain(model: Model, line: Line, played: Played, measure: str) -> tuple[float, float]:
    """90 % of what the deployment gains in the measure, over resampled blocks of rows."""
    rows = [
        at
        for at, (one, label) in enumerate(zip(played.predictions, line.labels, strict=True))
        if not one.refused and label is not None
    ]
    said = [played.predictions[at] for at in rows]
    labels = pl.Series([line.labels[at] for at in rows])
    if model.task == "estimate":
        y = labels.cast(pl.Float64).to_numpy()
        both = [np.array([one.prediction for one in said]), np.array([one.static for one in said])]

        def worth(found: Floats, at: Rows) -> float:
            return estimate_metrics(y[at], found[at]).get(measure, np.nan)
    else:
        y = model.classes.codes(labels).astype(int)
        both = [
            np.array([one.probability for one in said]),
            np.array([one.static_probability for one in said]),
        ]

        def worth(found: Floats, at: Rows) -> float:
            metrics = classify_metrics(
                y[at], found[at], found[at].argmax(axis=1), positive=model.classes.positive
            )
            return metrics.get(measure, np.nan)

    blocks, chance = np.array_split(np.arange(len(y)), BLOCKS), np.random.default_rng(0)
    found = []
    for _ in range(500):
        at = np.concatenate([blocks[one] for one in chance.integers(0, BLOCKS, BLOCKS)])
        found.append(worth(both[0], at) - worth(both[1], at))
    low, high = np.nanquantile(found, [0.05, 0.95])
    return float(low), float(high)


if __name__ == "__main__":
    main()

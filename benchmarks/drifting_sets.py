"""Deployed accuracy on recorded sets that drift: `dure replay` with late labels beside AutoML left alone.

Run: python benchmarks/drifting_sets.py [SET …]  (one set a time: each takes two to three minutes)

The rule for a set, written before anything was scored: it is recorded (not simulated) and holds a number to be known
in every row; rows follow in time or one run after the other; the set itself suggests the split (a later year, half, batch
or season, a protocol never seen); at least 900 rows on each side; and a fifth of its numeric inputs move by a
Kolmogorov distance of 0.10 or more across the split (a quarter at first; the gas turbine, which the goal names, moves 22 %). Columns that are reckoned from the target are left out for all.

Ours: `dure train` (30 s ceiling), then `dure replay` of the later rows, labels so many rows late. Peers: LightGBM as it
comes, FLAML and AutoGluon (medium preset, no torch), 60 s each, trained on the same rows and columns, left alone as
AutoML leaves a model. Beside them the best peer with a running bias update, which nobody sells, and two nulls: the mean,
and the label known last. Environments: `scripts/peers`, or `dure engines add`.
"""

import gzip
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dure.science.learn import TrainRequest, load, train
from dure.science.learn.engines import Engine, Job, ask, engine_named
from dure.science.prepare import read_each
from dure.science.replay import Delay
from dure.science.replay.replaying import outcome
from dure.vocabulary import DureError, Permit

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared")) / "data"
BUDGET, OURS = 60.0, 30.0
Floats = NDArray[np.float64]
Frame = pl.DataFrame


@dataclass(frozen=True)
class Set:
    """A set: what it is, the frames before and after its split, the target, and how late labels come. [rows]"""

    words: str
    frames: Callable[[], tuple[Frame, Frame]]
    target: str
    delay: int


def turbine(target: str) -> Callable[[], tuple[Frame, Frame]]:
    """A gas turbine: 2011 and 2012 teach, 2013 is lived through."""

    def frames() -> tuple[Frame, Frame]:
        other = {"NOX": "CO", "CO": "NOX"}[target]
        years = [
            pl.read_csv(DATA / "gas-turbine-emissions" / f"gt_{year}.csv.gz").drop(other)
            for year in (2011, 2012, 2013)
        ]
        return pl.concat(years[:2]), years[2]

    return frames


def steel() -> tuple[Frame, Frame]:
    """Electricity of a steel works: the first half of 2018 teaches; CO₂ is reckoned from the target."""
    frame = pl.read_csv(
        DATA / "steel-energy-daewoo" / "Steel_industry_data.csv.gz", infer_schema_length=None
    ).drop("CO2(tCO2)", "date")
    return frame[: len(frame) // 2], frame[len(frame) // 2 :]


def solar() -> tuple[Frame, Frame]:
    """Mean power of 22 inverters by the weather: the first half of 22 days teaches."""
    folder, clock = DATA / "solar-plant-india", "%d-%m-%Y %H:%M"
    made = pl.read_csv(folder / "Plant_1_Generation_Data.csv.gz", infer_schema_length=None).with_columns(
        pl.col("DATE_TIME").str.to_datetime(clock)
    )
    weather = pl.read_csv(
        folder / "Plant_1_Weather_Sensor_Data.csv.gz", infer_schema_length=None
    ).with_columns(pl.col("DATE_TIME").str.to_datetime(clock))
    power = made.group_by("DATE_TIME").agg(pl.col("AC_POWER").mean())
    frame = weather.join(power, on="DATE_TIME").sort("DATE_TIME")
    frame = frame.with_columns(hour=pl.col("DATE_TIME").dt.hour() + pl.col("DATE_TIME").dt.minute() / 60)
    frame = frame.drop("DATE_TIME", "PLANT_ID")
    return frame[: len(frame) // 2], frame[len(frame) // 2 :]


def battery() -> tuple[Frame, Frame]:
    """Capacity of lithium cells from their charge: 2C and 3C protocols teach, R2.5 is never seen before."""
    folder = DATA / "battery-soh-xjtu"

    def cells(protocol: str) -> Frame:
        paths = sorted(
            folder.glob(f"{protocol}_*.csv.gz"), key=lambda path: int(path.name.split("-")[-1].split(".")[0])
        )
        return pl.concat([pl.read_csv(path) for path in paths], how="vertical_relaxed")

    return pl.concat([cells("2C"), cells("3C")], how="vertical_relaxed"), cells("R2.5")


def dryer() -> tuple[Frame, Frame]:
    """Temperature of the product in a batch dryer: the first half of the batches teaches."""
    frame = pl.read_csv(DATA / "process-openmv" / "batch_dryer.csv.gz")
    batches = frame["batch_id"].unique(maintain_order=True).to_list()
    first = pl.col("batch_id").is_in(batches[: len(batches) // 2])
    return frame.filter(first).drop("batch_id"), frame.filter(~first).drop("batch_id")


def drive() -> tuple[Frame, Frame]:
    """Battery temperature of an electric car, a row each five seconds: summer trips teach, winter trips follow."""
    paths = sorted((DATA / "ev-thermal-bmw-i3").glob("Trip*.csv.gz"))
    trips = [_trip(path) for path in paths]
    shared = [name for name in trips[0].columns if all(name in one.columns for one in trips)]
    kept = [one.select(shared) for one in trips]
    summer = [path.name.startswith("TripA") for path in paths]
    sides = [
        pl.concat([one for one, warm in zip(kept, summer, strict=True) if warm is side])
        for side in (True, False)
    ]
    return sides[0], sides[1]


def _trip(path: Path) -> Frame:
    """One trip as numbers; other battery temperatures and its clock are left out."""
    lines = gzip.decompress(path.read_bytes()).decode("latin1").replace("\r\n", "\n")
    frame = pl.read_csv(lines.encode(), separator=";", infer_schema=False, truncate_ragged_lines=True)
    numbers = frame.select(
        pl.col(name).cast(pl.Float64, strict=False) for name in frame.columns if name.strip()
    )
    names = {name: name.split(" [")[0].strip() for name in numbers.columns}
    numbers = numbers.rename({old: new for old, new in names.items() if list(names.values()).count(new) == 1})
    left = [
        name
        for name in numbers.columns
        if "Time" in name
        or "SoC" in name
        or ("Battery Temperature" in name and name != "Battery Temperature")
    ]
    return numbers.drop(left).gather_every(50)


SETS = {
    "nox": Set("gas turbine NOX, 2011–12 → 2013", turbine("NOX"), "NOX", 24),
    "co": Set("gas turbine CO, 2011–12 → 2013", turbine("CO"), "CO", 24),
    "steel": Set("steel works kWh, 1st → 2nd half of 2018", steel, "Usage_kWh", 96),
    "solar": Set("solar plant AC power, first → second 11 days", solar, "AC_POWER", 96),
    "battery": Set("cell capacity, 2C and 3C → R2.5", battery, "capacity", 24),
    "dryer": Set("batch dryer temperature, first → second half of batches", dryer, "DryerTemp", 60),
    "drive": Set("car battery temperature, summer → winter", drive, "Battery Temperature", 120),
}


def moved(before: Frame, after: Frame, target: str) -> float:
    """Share of the numeric inputs whose Kolmogorov distance across the split is 0.10 or more."""
    names = [name for name, kind in before.schema.items() if kind.is_numeric() and name != target]
    return float(
        np.mean(
            [
                distance(before[name].drop_nulls().to_numpy(), after[name].drop_nulls().to_numpy()) >= 0.10
                for name in names
            ]
        )
    )


def distance(one: Floats, other: Floats) -> float:
    """Largest difference of two distributions."""
    both = np.concatenate([one, other])
    parts = [np.searchsorted(np.sort(part), both, side="right") / max(len(part), 1) for part in (one, other)]
    return float(np.abs(parts[0] - parts[1]).max())


def ours(one: Set, before: Frame, after: Frame) -> tuple[Floats, Floats]:
    """What was deployed and what the static model said of each later row."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        before.write_csv(folder / "before.csv")
        after.write_csv(folder / "after.csv")
        asked = TrainRequest((str(folder / "before.csv"),), target=one.target, task="estimate", budget=OURS)
        train(asked, folder / "model", Permit.own(asked.sources))
        model = load(folder / "model")
        _, played, _ = outcome(model, read_each([folder / "after.csv"]), delay=Delay(rows=one.delay))
    rows = played.predictions
    return np.array([row.prediction for row in rows], dtype=float), np.array(
        [row.static for row in rows], dtype=float
    )


def engine(name: str) -> Engine:
    """An engine in the node's environment for it, else in the peers'."""
    found, own = engine_named(name), ROOT / f".venv-{'peers' if name == 'flaml' else name}" / "bin" / "python"
    return replace(found, python=own) if own.exists() else found


def peer(name: str, one: Set, before: Frame, after: Frame) -> Floats:
    """What an engine says of the later rows."""
    both = pl.concat([before, after], how="vertical_relaxed")
    known = np.arange(len(before)), np.arange(len(before), len(both))
    job = Job(
        "estimate", both.drop(one.target), both[one.target].cast(float).to_numpy(), [known], budget=BUDGET
    )
    return ask(engine(name), job).said[0]


def lightgbm(one: Set, before: Frame, after: Frame) -> Floats:
    """LightGBM as it comes."""
    import lightgbm as trees

    x = pl.concat([before, after], how="vertical_relaxed").drop(one.target)
    coded = x.select(
        pl.col(name) if kind.is_numeric() else pl.col(name).cast(pl.Categorical).to_physical()
        for name, kind in x.schema.items()
    )
    rows = coded.cast(pl.Float64).to_numpy()
    model = trees.LGBMRegressor(n_jobs=2, verbose=-1).fit(rows[: len(before)], before[one.target].to_numpy())
    return np.asarray(model.predict(rows[len(before) :]))


def biased(y: Floats, static: Floats, delay: int, half: float = 24.0) -> Floats:
    """A static model and the weighted mean of its errors as far as their labels have come."""
    keep, sums, count, found = 0.5 ** (1 / half), 0.0, 0.0, static.copy()
    for at in range(len(y)):
        if at >= delay:
            sums, count = sums * keep + y[at - delay] - static[at - delay], count * keep + 1
        found[at] += sums / (count + 0.5)
    return found


def r2(y: Floats, said: Floats) -> float:
    return float(1 - ((y - said) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def ahead(y: Floats, one: Floats, other: Floats, blocks: int = 24) -> tuple[float, float]:
    """90 % of the difference of R² over resampled blocks of rows."""
    parts, chance = np.array_split(np.arange(len(y)), blocks), np.random.default_rng(0)
    found = []
    for _ in range(500):
        rows = np.concatenate([parts[at] for at in chance.integers(0, blocks, blocks)])
        found.append(r2(y[rows], one[rows]) - r2(y[rows], other[rows]))
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high)


def row(name: str, one: Set) -> None:
    """One line of the table, as it is found."""
    before, after = (frame.filter(pl.col(one.target).is_not_null()) for frame in one.frames())
    drift = moved(before, after, one.target)
    print(
        f"{name}: {one.words}; {len(before)} → {len(after)} rows, {len(before.columns) - 1} inputs, {drift:.0%} moved, labels {one.delay} rows late",
        flush=True,
    )
    if drift < 0.2 or min(len(before), len(after)) < 900:
        print("  outside the rule: not scored")
        return
    y = after[one.target].cast(float).to_numpy()
    began, worked = time.monotonic(), _worked()
    deployed, static = ours(one, before, after)
    tell("dure replay", y, deployed, began, worked)
    print(f"  {'dure, left alone':18} R2 {r2(y, static):7.3f}", flush=True)
    static_peers = {}
    for peer_name, ask_it in _peers(one, before, after):
        began, worked = time.monotonic(), _worked()
        try:
            static_peers[peer_name] = ask_it()
        except DureError as refused:
            print(f"  {peer_name:18} {refused}")
            continue
        tell(peer_name, y, static_peers[peer_name], began, worked)
    best = max(static_peers, key=lambda one: r2(y, static_peers[one]))
    low, high = ahead(y, deployed, static_peers[best])
    print(f"  ahead of {best}: {r2(y, deployed) - r2(y, static_peers[best]):+.3f} [{low:+.3f}, {high:+.3f}]")
    print(f"  {'its bias updated':18} R2 {r2(y, biased(y, static_peers[best], one.delay)):7.3f}")
    last = np.concatenate([np.full(one.delay, before[one.target].mean()), y[: -one.delay]])
    print(
        f"  {'last known label':18} R2 {r2(y, last):7.3f}   mean of before {r2(y, np.full(len(y), before[one.target].mean())):.3f}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _peers(one: Set, before: Frame, after: Frame) -> Sequence[tuple[str, Callable[[], Floats]]]:
    return (
        ("LightGBM", lambda: lightgbm(one, before, after)),
        ("FLAML", lambda: peer("flaml", one, before, after)),
        ("AutoGluon", lambda: peer("autogluon", one, before, after)),
    )


def tell(name: str, y: Floats, said: Floats, began: float, worked: float) -> None:
    """R², average error, seconds of wall and of work."""
    print(
        f"  {name:18} R2 {r2(y, said):7.3f}  MAE {np.abs(y - said).mean():9.4g}  {time.monotonic() - began:4.0f} s wall {_worked() - worked:4.0f} s CPU",
        flush=True,
    )


def _worked() -> float:
    """CPU of this process and of those that ended. [s]"""
    whole = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in whole)


def main() -> None:
    os.environ.setdefault("DURE_HOME", tempfile.mkdtemp(prefix="dure-bench-"))
    for name in sys.argv[1:] or list(SETS):
        row(name, SETS[name])


if __name__ == "__main__":
    main()

"""Alarms a shift, promised and then measured, with operating states told apart and without.

For each set a detector learns the first part (by time, or some of the runs), all of it taken as normal, and promises alarms
a shift with an interval; then they are counted on the part after it. Off by: how far the two rates are apart, mean over the rows
of all states. A rate measured is inside if its own interval meets the promised one.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from dure.science.learn import TrainRequest, evaluate, load, train
from dure.science.prepare import read_each
from dure.vocabulary import Permit

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
Parts = tuple[list[pl.DataFrame], list[pl.DataFrame]]


def sets() -> Iterator[tuple[str, Parts, dict[str, Any]]]:
    """Name, first and later part, and how states are named."""
    steel = frames("steel-energy-daewoo/*.gz")[0].drop("NSM")
    yield "steel mill, Load_Type", halves(steel, 0.5), {"state": "Load_Type"}
    yield (
        "steel mill, usage above 10 kWh",
        halves(steel, 0.5),
        {"state": '=IF([Usage_kWh]>10,"working","idle")'},
    )
    weather = frames("solar-plant-india/*Weather*.gz")[0]
    yield "solar plant, found (night = off)", halves(weather, 0.6), {"state": "auto"}
    runs = frames("cnc-kamp/experiment_*.gz")
    yield (
        "CNC, Machining_Process",
        (runs[:8], runs[8:]),
        {"state": "Machining_Process", "ignore": ("INSPECT",)},
    )
    casts = [frame.filter(pl.col("passorfail") == 0) for frame in frames("die-casting-kr/train*.gz")]
    ignore = ("id", "count", "passorfail", "date", "time")
    later = tuple(zip(*(halves(one, 0.6) for one in casts), strict=True))
    parts = ([one[0] for one in later[0]], [one[0] for one in later[1]])
    yield "die casting, mold_code", parts, {"state": "mold_code", "ignore": ignore}
    trips = frames("ev-thermal-bmw-i3/TripB*.gz")
    common = [name for name in trips[0].columns if all(name in one.columns for one in trips)]
    trips = [one.select(common) for one in trips]
    yield (
        "EV trips, heater on",
        (trips[:6], trips[6:]),
        {"state": '=IF([Heating Power LIN [W]]]>100,"heating","not heating")'},
    )


def frames(pattern: str) -> list[pl.DataFrame]:
    """Tables of a set."""
    return [one.frame for one in read_each(sorted(str(path) for path in DATA.glob(pattern)))]


def halves(frame: pl.DataFrame, share: float) -> Parts:
    """The first rows, and the rest."""
    cut = int(len(frame) * share)
    return [frame[:cut]], [frame[cut:]]


def main() -> None:
    """Print the table."""
    for name, parts, asked in sets():
        print(name)
        for title, given in (
            ("one limit", {k: v for k, v in asked.items() if k != "state"}),
            ("by state", asked),
        ):
            print(f"  {title:10}", told(parts, given))


def told(parts: Parts, asked: dict[str, Any]) -> str:
    """Promise and measure of one way."""
    with tempfile.TemporaryDirectory() as work:
        os.environ["DURE_HOME"] = work
        first, later = (
            written(part, Path(work) / name) for part, name in zip(parts, ("a", "b"), strict=True)
        )
        train(TrainRequest(first, task="detect", **asked), Path(work) / "model", Permit.own(first))
        model = load(Path(work) / "model")
        facts = evaluate(model, read_each(later))
    promise = [one for one in facts["promise"] if not one.get("silent")]
    measured = {one["state"]: one for one in facts["measured"] if not one.get("silent")}
    off, inside, lines = [], 0, []
    for one in promise:
        met = measured.get(one["state"])
        if met is None:
            continue
        unit = next(key for key in one if key.startswith("alarms_per"))
        off.append((abs(met["alarms"] / met["rows"] - one["alarms"] / one["rows"]), met["rows"]))
        inside += met["low"] <= one["high"] and met["high"] >= one["low"]
        lines.append(
            f"{one['state'] or 'all'} {one[unit]:.3g} [{one['low']:.2g}, {one['high']:.2g}] → {met[unit]:.3g}"
        )
    whole = 1000 * sum(apart * rows for apart, rows in off) / max(sum(rows for _, rows in off), 1)
    silent = sum(one["rows"] for one in facts["measured"] if one.get("silent"))
    return (
        f"off by {whole:.3f} alarms a thousand rows; {inside} of {len(off)} inside; {silent} rows in states never learnt\n"
        f"             promised [95 %] → measured, {unit.replace('_', ' ')}: " + "; ".join(lines)
    )


def written(part: list[pl.DataFrame], folder: Path) -> tuple[str, ...]:
    """The tables as files."""
    folder.mkdir()
    for at, frame in enumerate(part):
        frame.write_parquet(folder / f"{at:02d}.parquet")
    return tuple(sorted(str(path) for path in folder.glob("*.parquet")))


if __name__ == "__main__":
    main()

"""What a field's pack is worth: scores on a recorded set of the field with and without `--pack`, beside the null.

    .venv/bin/python benchmarks/packs.py DATA [FIELD ...] [--budget 30]

DATA is the folder of the recorded sets. Each training is judged as `dure train` judges it (groups or blocks held back);
the same rows, target, seed and budget, once without and once with the pack.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dure.science.learn import TrainRequest, train
from dure.science.packs import load
from dure.science.prepare import read
from dure.science.quality import unit_in
from dure.vocabulary import Permit

SHOWN = {"estimate": "mean_absolute_error", "classify": "balanced_accuracy"}


@dataclass(frozen=True)
class Case:
    """One set of one field, as a question."""

    field: str
    name: str
    tables: dict[str, pl.DataFrame]
    target: str
    asked: dict[str, Any] = field(default_factory=dict)


def trips(data: Path) -> Case:
    """Temperature of the cabin from the other signals of winter trips, at one row in 5 s; trips are held back."""
    names = ("TripB05", "TripB11", "TripB13", "TripB18")
    kept = (
        "Ambient Temperature", "Coolant Temperature Heatercore", "Requested Coolant Temperature", "Coolant Temperature Inlet",
        "Heat Exchanger Temperature", "Cabin Temperature Sensor", "Heating Power CAN", "AirCon Power", "Battery Temperature",
        "Velocity", "Coolant Volume Flow", "Temperature Heat Exchanger Outlet", "Temperature Coolant Heater",
    )  # fmt: skip
    tables = {}
    for name in names:
        frame = read([data / "ev-thermal-bmw-i3" / f"{name}.csv.gz"]).frame
        columns = [
            one
            for one in frame.columns
            if one.startswith(kept) and "Sensor" not in one.replace("Cabin Temperature Sensor", "")
        ]
        numbers = [one for one in columns if frame.schema[one].is_numeric()]
        tables[name] = frame.select(numbers).gather_every(50)
    shared = set.intersection(*(set(one.columns) for one in tables.values()))
    tables = {name: one.select([c for c in one.columns if c in shared]) for name, one in tables.items()}
    return Case("thermal", "ev-thermal-bmw-i3", tables, "Heating Power CAN [kW]")


def heat_pumps(data: Path) -> Case:
    """Certified seasonal efficiency (EN 14825) of heat pumps from their certified points; makers' files are held back."""
    parts = []
    for path in sorted((data / "heat-pump-keymark").glob("*.csv.gz")):
        frame = read([path]).frame
        wanted = ["EN14511_2_001", "EN14511_2_002", "EN14825_001", "temperature", "climate"]
        if set(wanted) <= set(frame.columns):
            parts.append(
                frame.select(
                    *(pl.col(one).cast(pl.Float64, strict=False) for one in wanted),
                    maker=pl.lit(path.name[:24]),
                )
            )
    whole = pl.concat(parts)
    points = whole.filter(pl.col("EN14511_2_002") > 0).select(
        "maker", "temperature", "EN14511_2_001", "EN14511_2_002"
    )
    points = points.unique(["maker", "temperature"], maintain_order=True)
    seasons = whole.filter(pl.col("EN14825_001") > 0).select("maker", "temperature", "climate", "EN14825_001")
    table = seasons.join(points, on=["maker", "temperature"]).unique(maintain_order=True)
    return Case("thermal", "heat-pump-keymark", {"pumps": table}, "EN14825_001", {"group": "maker"})


def cultures(data: Path) -> Case:
    """Dissolved oxygen from biomass, acidity and time of culture; wells are held back."""
    frame = read(
        [data / "fermentation-biolector" / "BLPro__107-AR_Coryne-AR-2019-04-15-12-39-30.csv.gz"]
    ).frame
    return Case("fermentation", "fermentation-biolector", {"wells": wide(frame)}, "DO", {"group": "well"})


def wide(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a well and cycle: what its three optical filters read, with the hours since the start."""
    rows = frame.filter(pl.col("Type") == "M", pl.col("Well name").is_not_null())
    kinds = {"Biomass": "Amp_1", "DO(PSt3)": "Cal", "pH(HP8)": "Cal"}
    parts = [
        rows.filter(pl.col("Filter") == kind).select(
            "Well name", "Cycle", pl.col(column).alias(kind.partition("(")[0]), *([(pl.col("Time") / 3600).alias("Culture time")] if kind == "Biomass" else [])
        )
        for kind, column in kinds.items()
    ]  # fmt: skip
    found = parts[0]
    for part in parts[1:]:
        found = found.join(part, on=["Well name", "Cycle"])
    return found.sort("Well name", "Cycle").rename({"Well name": "well"}).drop("Cycle")


def seams(data: Path) -> Case:
    """Kind of imperfection from statistics of voltage and current; plates are held back."""
    frame = read([data / "arc-welding-kuka" / "VTrecords4.csv.gz"]).frame
    frame = frame.sort("mark", "id").drop("id", "method", "Imperfection_id")
    return Case(
        "welding",
        "arc-welding-kuka",
        {"seams": frame},
        "Imperfection_description",
        {"group": "mark", "task": "classify"},
    )


def eastman(data: Path) -> Case:
    """Which of eleven states the plant is in, from one row; the last part of every run is held back."""
    names = [f"XMEAS({n})" for n in range(1, 42)] + [f"XMV({n})" for n in range(1, 12)]
    tables = {}
    for fault in range(11):
        frame = read([data / "tennessee-eastman" / f"d{fault:02d}_te.dat.gz"]).frame
        frame = frame.rename(dict(zip(frame.columns, names, strict=True)))[160 if fault else 0 :: 4]
        tables[f"d{fault:02d}"] = frame.with_columns(
            fault=pl.lit(f"F{fault:02d}"), part=np.arange(len(frame)) * 5 // len(frame)
        )
    whole = pl.concat(list(tables.values()))
    return Case(
        "reactor", "tennessee-eastman", {"plant": whole}, "fault", {"group": "part", "task": "classify"}
    )


def polyethylene(data: Path) -> Case:
    """Conversion in a tubular reactor of two zones; 54 rows."""
    frame = read([data / "process-openmv" / "multivariate_LDPE_LDPE.csv.gz"]).frame
    return Case(
        "reactor", "process-openmv (LDPE)", {"ldpe": frame.drop("column_1", "Mn", "Mw", "LCB", "SCB")}, "Conv"
    )


def plants(data: Path) -> Case:
    """Power of plants from light, wind and warmth, without the expected power that the set has; plants are held back."""
    frame = read([data / "pv-om-tickets-pvops" / "example_prod_with_covariates.csv.gz"]).frame
    frame = frame.filter(pl.col("irrad_poa_Wm2") > 20).drop("expected_kW").drop_nulls()
    size = frame.group_by("randid", maintain_order=True).agg(rated=pl.col("generated_kW").quantile(0.99))
    frame = (
        frame.join(size, on="randid")
        .with_columns(generated_kW=pl.col("generated_kW") / pl.col("rated"))
        .drop("rated", "date")
    )
    return Case("photovoltaic", "pv-om-tickets-pvops", {"plants": frame}, "generated_kW", {"group": "randid"})


def inverters(data: Path) -> Case:
    """Alternating power of one plant from its weather, in order of time."""
    folder = data / "solar-plant-india"
    made = (
        read([folder / "Plant_1_Generation_Data.csv.gz"])
        .frame.group_by("DATE_TIME")
        .agg(AC_POWER=pl.col("AC_POWER").mean())
    )
    weather = read([folder / "Plant_1_Weather_Sensor_Data.csv.gz"]).frame.drop("PLANT_ID")
    table = weather.join(made, on="DATE_TIME").filter(pl.col("IRRADIATION") > 0.02).sort("DATE_TIME")
    return Case("photovoltaic", "solar-plant-india", {"plant": table}, "AC_POWER", {"time": "DATE_TIME"})


def accidents(data: Path) -> Case:
    """Whether an accident could have been grave (level IV and above), from its report and its facts; 425 rows."""
    frame = read([data / "safety-accidents-stefanini"]).frame.drop("column_1", "Data", "Accident Level")
    grave = pl.col("Potential Accident Level").is_in(["IV", "V", "VI"])
    frame = frame.with_columns(grave=pl.when(grave).then(pl.lit("yes")).otherwise(pl.lit("no")))
    return Case(
        "safety",
        "safety-accidents-stefanini",
        {"accidents": frame.drop("Potential Accident Level")},
        "grave",
        {"task": "classify"},
    )


CASES: tuple[Callable[[Path], Case], ...] = (
    trips, heat_pumps, cultures, seams, eastman, polyethylene, plants, inverters, accidents
)  # fmt: skip


def measured(case: Case, budget: float) -> Iterator[dict[str, Any]]:
    """Facts of a training without, then with the pack."""
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for name, table in case.tables.items():
            table.write_parquet(Path(folder) / f"{name}.parquet")
            sources.append(str(Path(folder) / f"{name}.parquet"))
        for pack in (None, case.field):
            request = TrainRequest(tuple(sources), case.target, pack=pack, budget=budget, **case.asked)
            yield train(request, Path(folder) / f"{pack}.model", Permit.own(sources))


def main() -> None:
    """Print one row of the table for every case."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path)
    asked.add_argument("fields", nargs="*")
    asked.add_argument("--budget", type=float, default=30.0)
    given = asked.parse_args()
    print("| field | set | rows | asked | matched | features | measure | null | without | with |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for make in CASES:
        case = make(given.data)
        if given.fields and not {case.field, case.name} & set(given.fields):
            continue
        table = next(iter(case.tables.values()))
        pack = load(case.field)
        columns = [name for name in table.columns if name != case.target]
        without, with_pack = measured(case, given.budget)
        measure = SHOWN[without["task"]]
        figures = [without["null"].get(measure), without["metric"][measure], with_pack["metric"][measure]]
        told = [f"{one:.4g}" if one is not None else "–" for one in figures]
        rows = sum(len(one) for one in case.tables.values())
        units = {name: unit_in(name) for name in columns}
        found, made = pack.columns(columns), pack.features_for(columns, units)
        print(
            f"| {case.field} | {case.name} | {rows} | {case.target} by {without['validation']['kind']} | {len(found)} | "
            f"{len(made)} | {measure} | {' | '.join(told)} | {without['family']} → {with_pack['family']}",
            flush=True,
        )


if __name__ == "__main__":
    main()

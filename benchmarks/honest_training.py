"""What `dure train` says of real factory data beside what needs no model, with the seconds it takes (budget 60 s)."""

import gzip
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dure.science.learn import TrainRequest, load, train
from dure.science.prepare import read_each
from dure.vocabulary import Permit

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
ASKED = {
    "die-casting-kr, pass or fail": ("die-casting-kr/train*.csv.gz", {"target": "passorfail"}),
    "die-casting-kr without tryshot_signal": (
        "die-casting-kr/train*.csv.gz",
        {"target": "passorfail", "ignore": ("tryshot_signal",)},
    ),
    "injection-moulding-airtlab, quality": ("injection-moulding-airtlab/data.csv.gz", {"target": "quality"}),
    "battery-soh-xjtu, capacity [Ah]": ("battery-soh-xjtu/*.csv.gz", {"target": "capacity"}),
    # CO2 and the reactive energies are measured by the same meter at the same time: without them the task is honest.
    "steel-energy-daewoo, Usage_kWh from what is known before": (
        "steel-energy-daewoo/*.csv.gz",
        {
            "target": "Usage_kWh",
            "ignore": (
                "CO2(tCO2)",
                "Lagging_Current_Reactive_Power_kVarh",
                "Leading_Current_Reactive_Power_kVarh",
                "Lagging_Current_Power_Factor",
                "Leading_Current_Power_Factor",
            ),
        },
    ),
    "solar-plant-india, AC power from the yields and the clock": (
        "solar-plant-india/Plant_1_Generation_Data.csv.gz",
        {"target": "AC_POWER", "ignore": ("DC_POWER",)},
    ),
    "solar-plant-india, module temperature": (
        "solar-plant-india/Plant_1_Weather_Sensor_Data.csv.gz",
        {"target": "MODULE_TEMPERATURE"},
    ),
    "process-openmv LDPE, conversion": ("process-openmv/multivariate_LDPE_LDPE.csv.gz", {"target": "Conv"}),
    "process-openmv solvents, boiling point": (
        "process-openmv/multivariate_solvents.csv.gz",
        {"target": "BoilingPoint"},
    ),
    "process-openmv batch yield from purity": (
        "process-openmv/monitoring_batch-yield-and-purity.csv.gz",
        {"target": "yield"},
    ),
}
# Longer tables made here: the life left of each engine, the tool of each milling run.
MADE = ("c-mapss, life left [cycles, at most 125]", "cnc-kamp, tool worn or not, runs never seen")


def main() -> None:
    """Train each and print the measures; names on the command line choose by a part of the title."""
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        os.environ["DURE_HOME"] = work
        every = {title: (sorted(DATA.glob(pattern)), asked) for title, (pattern, asked) in ASKED.items()}
        every |= {MADE[0]: (engines(Path(work)), {"target": "life", "task": "estimate"})}
        every |= {MADE[1]: (mills(Path(work)), {"target": "tool_condition"})}
        for title, (paths, asked) in every.items():
            if not wanted or any(word in title for word in wanted):
                told(title, tuple(map(str, paths)), asked, Path(work) / "model")
        if not wanted or "tennessee" in wanted:
            plant(Path(work))


def told(title: str, sources: tuple[str, ...], asked: dict[str, Any], out: Path) -> None:
    """Train one and print each measure with its interval, beside the null with its own."""
    began = time.process_time()
    facts = train(TrainRequest(sources, **asked), out, Permit.own(sources))
    used = time.process_time() - began
    judged, metrics = facts["validation"], json.loads((out / "metrics.json").read_bytes())
    print(
        f"{title}: {facts['rows']:,} rows, {facts['family']}, {judged['kind']}, gap {judged['gap']}, "
        f"{facts['seconds']} s wall, {used:.0f} s CPU",
        flush=True,
    )
    for name, value in facts["metric"].items():
        own, null = metrics["interval"].get(name), metrics["null_interval"].get(name)
        print(f"  {name:26} {value:9.4f} {_span(own)}   {facts['null'].get(name, np.nan):9.4f} {_span(null)}")


def _span(edges: list[float] | None) -> str:
    return f"({edges[0]:.4f} to {edges[1]:.4f})" if edges else ""


def engines(work: Path) -> list[Path]:
    """FD001 with the cycles that each engine has left, at most 125 (a new engine shows no wear)."""
    with gzip.open(DATA / "c-mapss" / "train_FD001.txt.gz", "rt") as file:
        values = np.loadtxt(file)
    names = ["unit", "cycle", *(f"setting{at}" for at in (1, 2, 3)), *(f"sensor{at}" for at in range(1, 22))]
    frame = pl.DataFrame(values, schema=names).with_columns(pl.col("unit", "cycle").cast(pl.Int64))
    left = pl.col("cycle").max().over("unit") - pl.col("cycle")
    frame.with_columns(life=left.clip(0, 125).cast(pl.Float64)).write_parquet(work / "engines.parquet")
    return [work / "engines.parquet"]


def mills(work: Path) -> list[Path]:
    """Each milling run with the condition of its tool."""
    runs = pl.read_csv(DATA / "cnc-kamp" / "train.csv")
    made = []
    for number, condition in runs.select("No", "tool_condition").iter_rows():
        path = DATA / "cnc-kamp" / f"experiment_{number:02d}.csv.gz"
        if path.exists():
            frame = pl.read_csv(path, infer_schema_length=None)
            made.append(work / f"run{number:02d}.parquet")
            frame.with_columns(tool_condition=pl.lit(condition)).write_parquet(made[-1])
    return made


def plant(work: Path) -> None:
    """Tennessee Eastman: share of faulty rows found at 1 % of the held-back normal rows, and at the model's own limit."""
    normal = (str(DATA / "tennessee-eastman" / "d00_te.dat.gz"),)
    for family in ("neighbours", "principal_components"):
        request = TrainRequest(normal, task="detect", families=(family,))
        train(request, work / "plant", Permit.own(normal))
        model = load(work / "plant")
        scores = [
            model.predict(table.frame)["score"].to_numpy()
            for table in read_each(
                [DATA / "tennessee-eastman" / f"d{fault:02d}_te.dat.gz" for fault in range(1, 11)]
            )
        ]
        # The limit in the model is 1.3 times the 0.99 quantile of normal rows held back.
        for name, cut in (("1 % of held-back rows", 1 / 1.3), ("the model's limit", 1.0)):
            found = [float((score[160:] > cut).mean()) for score in scores]
            false = float(np.mean([(score[model.warm_up : 160] > cut).mean() for score in scores]))
            listed = " ".join(f"{share:.1%}" for share in found)
            print(
                f"tennessee-eastman {family}, {name}: mean {np.mean(found):.1%}, before the fault {false:.2%}; {listed}"
            )


if __name__ == "__main__":
    main()

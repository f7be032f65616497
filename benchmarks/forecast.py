"""Forecasts on recorded plants beside repeating: scaled error, weighted quantile loss and coverage, rolling origin with a gap.

Each set is trained by `train --task forecast` with its budget; figures are those of the card: rows of the last four of six
stretches, predicted only from what came before with the horizon left out between. Every null stands beside. Solar power is
the plant's sum a quarter hour; once with the weather then given (a perfect weather forecast: an upper bound), once without.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from dure.science.learn import TrainRequest, load, train
from dure.science.prepare import read
from dure.vocabulary import Permit

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
SHOWN = ("mean_absolute_scaled_error", "weighted_quantile_loss", "mean_absolute_error")


def solar() -> pl.DataFrame:
    """Power of the plant with its weather, a row a quarter hour."""
    folder = DATA / "solar-plant-india"
    power = read((str(folder / "Plant_1_Generation_Data.csv.gz"),)).frame
    weather = read((str(folder / "Plant_1_Weather_Sensor_Data.csv.gz"),)).frame.drop("PLANT_ID")
    whole = power.group_by("DATE_TIME").agg(pl.col("AC_POWER").sum().alias("AC power [kW]"))
    return whole.join(weather, on="DATE_TIME").sort("DATE_TIME")


def main(budget: float = 20.0) -> None:
    """Train each and print."""
    steel = read((str(DATA / "steel-energy-daewoo" / "Steel_industry_data.csv.gz"),)).frame
    machine = read((str(DATA / "nab" / "machine_temperature_system_failure.csv.gz"),)).frame
    irradiated = ("IRRADIATION", "AMBIENT_TEMPERATURE", "MODULE_TEMPERATURE")
    runs = [
        ("steel energy, 24 h", steel, {"target": "Usage_kWh", "time": "date", "horizon": "24h"}),
        ("steel energy, 1 h", steel, {"target": "Usage_kWh", "time": "date", "horizon": "1h"}),
        ("solar, 1 h", solar(), {"target": "AC power [kW]", "time": "DATE_TIME", "horizon": "1h"}),
        ("solar, 24 h", solar(), {"target": "AC power [kW]", "time": "DATE_TIME", "horizon": "24h"}),
        ("solar, 24 h, weather known", solar(), {"target": "AC power [kW]", "time": "DATE_TIME", "horizon": "24h", "known": irradiated}),
        ("NAB machine temperature, 1 h", machine, {"target": "value", "time": "timestamp", "horizon": "1h"}),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as work:
        os.environ["DURE_HOME"] = work
        for name, frame, asked in runs:
            one(name, frame, asked, budget, Path(work))


def one(name: str, frame: pl.DataFrame, asked: dict[str, object], budget: float, work: Path) -> None:
    """Train on one table and print its figures beside each null's."""
    file = work / "table.parquet"
    frame.write_parquet(file)
    started = time.monotonic()
    facts = train(
        TrainRequest((str(file),), task="forecast", budget=budget, **asked),
        work / "model",
        Permit.own([str(file)]),
    )
    card = load(work / "model").card
    import json

    beside = json.loads((work / "model" / "metrics.json").read_bytes())["nulls"]
    said = " / ".join(f"{facts['metric'][one]:.3f}" for one in SHOWN)
    print(f"{name}: {facts['rows']} rows, {facts['family']}, MASE / WQL / MAE {said}, coverage {facts['metric']['interval_coverage']:.3f} "
          f"of 0.80, seasons {card['reckoned']['ahead']['seasons']}, {time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
    for null, worth in beside.items():
        print(f"    {null}: " + " / ".join(f"{worth[one]:.3f}" for one in SHOWN), flush=True)


if __name__ == "__main__":
    main(*(float(one) for one in sys.argv[1:2]))

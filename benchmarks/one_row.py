"""One row through gate, recipe and model in this process: microseconds a row, and the same verdicts as a whole table.

Five models on recorded rows (the battery cell is simulated: `dure.science.process.battery`). Each line is given at least
20,000 rows one by one, and a million in all; recorded rows are gone through again with a little noise where there are
fewer. `flips` counts rows whose verdict, to the last bit, is not that of `Model.predict` on the whole table.

Wall time is what the line waits; on a shared machine its 99 % hold the turns of other processes, so the processor's own
time of each row stands beside. The peers run in `.venv-peers` on one-row pandas frames, as their users call them:
LightGBM through scikit-learn's API with as many trees, and FLAML after 10 s of search; both get features already made.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-peers" / "bin" / "python"
DATA = Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared")) / "data"
ROWS, WARM = 20_000, 500
Frame = pl.DataFrame


@dataclass(frozen=True)
class Case:
    """A model to be taught and the rows that it is given."""

    title: str
    rows: Callable[[], Frame]
    asked: Mapping[str, Any]
    learnt: int
    through: int = 200_000
    steps: tuple[Mapping[str, Any], ...] = field(default=())


def turbine() -> Frame:
    """Gas turbine, hourly, 2011 to 2013, with what it was one, two and three hours ago."""
    return pl.concat(
        [pl.read_csv(path) for path in sorted((DATA / "gas-turbine-emissions").glob("gt_*.csv.gz"))]
    ).drop("CO")


def milling() -> Frame:
    """AI4I 2020 (synthetic): process values and the machine's failure, none of the failure's kinds."""
    rows = pl.read_csv(DATA / "ai4i2020-synthetic" / "ai4i2020.csv.gz")
    return rows.drop("UID", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF")


def water() -> Frame:
    """SKAB, one valve experiment after the other."""
    files = sorted((DATA / "skab" / "valve1").glob("*.csv.gz"))
    rows = pl.concat([pl.read_csv(path, separator=";") for path in files])
    return rows.drop("datetime", "anomaly", "changepoint")


def plant() -> Frame:
    """Tennessee Eastman: normal operation, then ten faults; 52 signals."""
    files = [DATA / "tennessee-eastman" / f"d{number:02d}_te.dat.gz" for number in range(11)]
    return pl.from_numpy(
        np.concatenate([np.loadtxt(path) for path in files]), schema=[f"x{at}" for at in range(52)]
    )


def cell() -> Frame:
    """A simulated cell under charge and discharge pulses."""
    from dure.science.process.battery import Cell, CellState, advance, terminal_voltage

    rng, state, rows = np.random.default_rng(0), CellState(), []
    for row in range(4_000):
        current = (2.5, 0.0, -2.5, 0.0)[row % 20 // 5]
        state = advance(Cell(), state, current, 25.0, 1.0)
        volts = float(terminal_voltage(Cell(), state, current)) + rng.normal(0, 3e-4)
        rows.append((volts, current + rng.normal(0, 2e-3), float(state.temperature), 25.0))
    return pl.DataFrame(
        rows, schema=["Voltage", "Current", "Temperature", "Chamber temperature"], orient="row"
    )


def lags(columns: list[str]) -> tuple[Mapping[str, Any], ...]:
    """Steps that put earlier hours beside each row."""
    return tuple({"step": "series.lag", "columns": columns, "rows": rows} for rows in (1, 2, 3))


MACHINE = {"target": "Machine failure", "task": "classify", "families": ("boosting",)}
CASES = (
    Case("NOx, trees with lags 1-3", turbine, {"target": "NOX", "families": ("boosting",)}, 8_000,
         steps=lags(["AT", "AP", "AH", "AFDP", "GTEP", "TIT", "TAT", "TEY", "CDP"])),
    Case("AI4I failure, trees with the machine's quantities", milling, {**MACHINE, "equipment": "rotating_machine"}, 7_000),
    Case("SKAB, nearest windows", water, {"task": "detect", "families": ("neighbours",)}, 400),
    Case("TEP, nearest windows of 52 signals", plant, {"task": "detect", "families": ("neighbours",)}, 960),
    Case("TEP, Ledoit-Wolf on 52 signals", plant, {"task": "detect", "families": ("ledoit_wolf",)}, 960),
    Case("battery cell, its own features", cell, {"task": "detect", "pack": "battery"}, 2_000),
)  # fmt: skip


def taught(case: Case, work: Path) -> Any:
    """The model of a case, opened; steps of the case are put behind its own recipe before the trees are fitted."""
    from dure.science.learn import TrainRequest, load, train
    from dure.vocabulary import Permit

    frame = case.rows().head(case.learnt)
    if case.steps:
        return by_hand(case, frame)
    frame.write_parquet(work / "rows.parquet")
    sources = (str(work / "rows.parquet"),)
    train(TrainRequest(sources, budget=10, **case.asked), work / "model", Permit.own(sources))
    return load(work / "model")


def by_hand(case: Case, frame: Frame) -> Any:
    """Trees on a recipe that is given: the search would choose its own."""
    from dure.science.learn import Exported, Lesson, Model, ModelCard, family_named, opened
    from dure.science.prepare import Recipe
    from dure.vocabulary import Permit

    target, family = case.asked["target"], case.asked["families"][0]
    inputs = frame.drop(target)
    recipe = Recipe.from_dict({"version": 1, "steps": [dict(one) for one in case.steps]})
    fitted = recipe.fit(inputs, Permit.own(["rows"]))
    x = fitted.transform(inputs).to_numpy()
    settings = {**family_named("estimate", family).candidates(*x.shape)[0], "iterations": 300}
    made: Exported = family_named("estimate", family).fit(
        Lesson(x, frame[target].to_numpy()), settings, lambda: None
    )
    limits = {name: (float(inputs[name].min()), float(inputs[name].max())) for name in inputs.columns}
    card = {
        "task": "estimate", "target": target, "family": family, "form": made.form, "fits": [{"file": "model.txt"}],
        "interval": {"below": 1.0, "above": 1.0},
        "inputs": [{"name": name, "kind": "number", "unit": "", "low": low, "high": high} for name, (low, high) in limits.items()],
    }  # fmt: skip
    return Model(ModelCard(card), fitted, {"model.txt": opened(made)}, {}, {})


def given(case: Case, model: Any, rows: int) -> Frame:
    """So many rows for the line: recorded ones, gone through again with a thousandth of noise."""
    recorded = case.rows().select(one["name"] for one in model.inputs)
    rng, parts = np.random.default_rng(1), [recorded]
    while sum(map(len, parts)) < rows:
        noise = [
            (pl.col(name) * pl.Series(1 + rng.normal(0, 1e-3, len(recorded)))).alias(name)
            for name, kind in recorded.schema.items()
            if kind.is_float()
        ]
        parts.append(recorded.with_columns(noise))
    return pl.concat(parts).head(rows)


def timed(line: Any, rows: list[tuple[Any, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Wall and processor time of each row. [N] each, [µs]."""
    wall, busy = np.empty(len(rows)), np.empty(len(rows))
    for at, row in enumerate(rows):
        started, spent = time.perf_counter_ns(), time.thread_time_ns()
        line.push(row)
        busy[at], wall[at] = time.thread_time_ns() - spent, time.perf_counter_ns() - started
    return wall[WARM:] / 1e3, busy[WARM:] / 1e3


def quietest(wall: np.ndarray) -> np.ndarray:
    """The thousand rows in a row that other processes disturbed least. [1000]."""
    blocks = wall[: len(wall) // 1_000 * 1_000].reshape(-1, 1_000)
    found: np.ndarray = blocks[np.percentile(blocks, 99, axis=1).argmin()]
    return found


def flips(model: Any, rows: Frame) -> int:
    """Rows whose verdict on the line is not, to the bit, that of the whole table."""
    found = model.predict(rows)
    wanted = found.select(name for name in found.columns if name != "operating_state").rows()
    line, unlike = model.line(), 0
    for row, want in zip(rows.iter_rows(), wanted, strict=True):
        said = line.push(row)
        if model.task == "detect":
            got: tuple[Any, ...] = (said.score, int(said.alarm))
        elif model.task == "estimate":
            got = (said.prediction, said.lower, said.upper)
        else:
            got = (said.prediction, *said.probabilities)
        unlike += got != want
    return unlike


def percentiles(values: np.ndarray) -> str:
    """Median, 95 %, 99 % and 99.9 %."""
    return " ".join(f"{value:8.1f}" for value in np.percentile(values, [50, 95, 99, 99.9]))


_PEER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, lightgbm
facts = json.load(open(sys.argv[1]))
x, y = pd.DataFrame(np.array(facts["x"]), columns=facts["names"]), np.array(facts["y"])
def timed(model, rows=2000):
    spent = np.empty(rows)
    for at in range(rows):
        row = x.iloc[[at % len(x)]]
        started = time.perf_counter_ns()
        model.predict(row) if facts["task"] == "regression" else model.predict_proba(row)
        spent[at] = (time.perf_counter_ns() - started) / 1e3
    return np.percentile(spent[100:], [50, 95, 99, 99.9]).tolist()
kind = lightgbm.LGBMRegressor if facts["task"] == "regression" else lightgbm.LGBMClassifier
found = {"LightGBM, scikit-learn API": timed(kind(n_estimators=300, n_jobs=1, verbosity=-1).fit(x, y))}
try:
    from flaml import AutoML
    model = AutoML()
    model.fit(x, y, task=facts["task"], time_budget=10, verbose=0, n_jobs=1)
    found["FLAML, 10 s"] = timed(model)
except ImportError:
    pass
print(json.dumps(found))
"""


def peers(case: Case, model: Any, work: Path) -> dict[str, list[float]]:
    """The peers' µs a row on features already made: 50 %, 95 %, 99 %, 99.9 %."""
    if "target" not in case.asked or not PEER.exists():
        return {}
    frame = case.rows().head(case.learnt)
    x = model.features(frame)[100:5_000]
    target = frame[case.asked["target"]].to_numpy()[100:5_000]
    facts = {
        "x": np.nan_to_num(x).tolist(), "y": target.tolist(), "names": [f"c{at}" for at in range(x.shape[1])],
        "task": "regression" if model.task == "estimate" else "classification",
    }  # fmt: skip
    (work / "peer.json").write_text(json.dumps(facts))
    done = subprocess.run(
        [str(PEER), "-c", _PEER, str(work / "peer.json")], capture_output=True, text=True, check=True
    )
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print each case beside its peers."""
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted, seen, unlike = sys.argv[1:], 0, 0
    for case in CASES:
        if wanted and not any(word in case.title for word in wanted):
            continue
        with tempfile.TemporaryDirectory() as work:
            os.environ["DURE_HOME"] = work
            model = taught(case, Path(work))
            line = model.line()
            rows = given(case, model, case.through)
            wall, busy = timed(line, rows.head(ROWS + WARM).rows())
            wrong = flips(model, rows)
            seen, unlike = seen + len(rows), unlike + wrong
            print(
                f"{case.title}: {len(model.inputs)} inputs, {model.card['family']}, {line.facts['form']}, warm-up {model.warm_up}"
            )
            print(
                f"  ours, wall       {percentiles(wall)} µs (50 %, 95 %, 99 %, 99.9 %)   load {os.getloadavg()[0]:.1f}"
            )
            print(f"  ours, quietest   {percentiles(quietest(wall))} µs of 1,000 rows in a row")
            print(f"  ours, processor  {percentiles(busy)} µs   flips {wrong} of {len(rows):,}")
            for name, spent in peers(case, model, Path(work)).items():
                print(f"  {name:16} {' '.join(f'{value:8.0f}' for value in spent)} µs", flush=True)
    print(f"in all {unlike} flips in {seen:,} rows")


if __name__ == "__main__":
    main()

"""Ten million rows through five formula columns: ours beside pandas' DataFrame.eval and rolling, interleaved.

    .venv/bin/python benchmarks/formula.py [rows] [repeats]

The peer runs in `.venv-peers` (pandas, with numexpr if it is there); `scripts/peers` makes it. Both read the same Parquet
file outside the clock; a run is the five columns, in a fresh process each time.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-peers" / "bin" / "python"
FORMULAS = {
    "power": "=[torque]*[speed]*2*PI()/60",
    "hot": "=IF(AND([temp]>80, [press]>3), 1, 0)",
    "change": "=DIFF([press])",
    "smooth": "=ROLLMEAN([temp], 60)",
    "peak": "=ROLLMAX([press], 60)",
}

OURS = """
import json, sys, time
import polars as pl
from dure.science.formula import evaluate_all
formulas = json.loads(sys.argv[2])
frame = pl.read_parquet(sys.argv[1])
evaluate_all(formulas, frame.head(1000))
wall, cpu = time.perf_counter(), time.process_time()
made = evaluate_all(formulas, frame)
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "sum": [made[name].sum() for name in formulas]}))
"""

PANDAS = """
import json, sys, time
import pandas as pd
frame = pd.read_parquet(sys.argv[1])
def run(frame):
    made = frame.eval("power = torque * speed * 2 * 3.141592653589793 / 60")
    made["hot"] = frame.eval("temp > 80 and press > 3").astype("float64")
    made["change"] = frame["press"].diff()
    made["smooth"] = frame["temp"].rolling(60, min_periods=1).mean()
    made["peak"] = frame["press"].rolling(60, min_periods=1).max()
    return made
run(frame.head(1000))
wall, cpu = time.perf_counter(), time.process_time()
made = run(frame)
names = ["power", "hot", "change", "smooth", "peak"]
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "sum": [float(made[name].sum()) for name in names]}))
"""


def rows_file(folder: Path, rows: int) -> Path:
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(0)
    columns = {"torque": (40, 5), "speed": (1500, 50), "temp": (80, 3), "press": (3, 0.5)}
    path = folder / "rows.parquet"
    pl.DataFrame({name: chance.normal(mean, by, rows) for name, (mean, by) in columns.items()}).write_parquet(
        path
    )
    return path


def run(python: str | Path, code: str, *arguments: str) -> dict[str, object]:
    said = subprocess.run([python, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return dict(json.loads(said.stdout.splitlines()[-1]))


def main() -> None:
    rows, repeats = (int(given) for given in (*sys.argv[1:3], *("10000000", "5")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        path = str(rows_file(Path(folder), rows))
        found: dict[str, list[dict[str, object]]] = {"ours": [], "pandas": []}
        for _ in range(repeats):
            found["ours"].append(run(sys.executable, OURS, path, json.dumps(FORMULAS)))
            if PEER.exists():
                found["pandas"].append(run(PEER, PANDAS, path))
        report(rows, found)


def report(rows: int, found: dict[str, list[dict[str, object]]]) -> None:
    print(f"{rows:,} rows, five formula columns, {len(found['ours'])} repeats")
    medians = {}
    for name, runs in found.items():
        if not runs:
            print(f"{name}: not here; scripts/peers makes .venv-peers")
            continue
        for clock in ("wall", "cpu"):
            times = sorted(float(str(one[clock])) for one in runs)
            medians[name, clock] = statistics.median(times)
            print(
                f"{name:8} {clock:4} median {medians[name, clock]:6.2f} s, {times[0]:.2f} to {times[-1]:.2f}"
            )
    if ("pandas", "cpu") in medians:
        for clock in ("wall", "cpu"):
            print(f"ours / pandas {clock}: {medians['ours', clock] / medians['pandas', clock]:.2f}")
        pairs = zip(found["ours"][0]["sum"], found["pandas"][0]["sum"], strict=True)  # type: ignore[call-overload]  # figures come as JSON
        assert all(abs(a - b) <= 1e-6 * max(1.0, abs(b)) for a, b in pairs), "the two reckon different things"


if __name__ == "__main__":
    main()

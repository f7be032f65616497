"""AI4I 2020 (simulated milling machine): average precision of `dure train` with the machine template, beside its peers.

The target is `Machine failure`; TWF, HDF, PWF, OSF and RNF are parts of the answer and never learnt from (`dure train`
leaves them out by itself and says so; the peers are not given them). Rows are split 70 to 30 by class, once a seed.
Peers: LightGBM as it comes, LightGBM and FLAML (60 s) with and without three physical columns (power, temperature
difference, strain). A peer that is not installed in `.venv-peers` is passed over (`scripts/peers` makes it).

Prints the mean over seeds with the lowest and highest, wall seconds and CPU seconds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
DATA = (
    Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared"))
    / "data"
    / "ai4i2020-synthetic"
    / "ai4i2020.csv.gz"
)
PEERS = ROOT / ".venv-peers" / "bin" / "python"
TARGET, PARTS = "Machine failure", ["TWF", "HDF", "PWF", "OSF", "RNF"]
MEASURED = [
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
]

PEER = """
import json, sys, time
import numpy as np
kind, folder, budget, seed = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
held = np.load(folder + "/rows.npz")
x, y, test = held["x"], held["y"], held["test"]
began = time.monotonic()
if kind.startswith("lightgbm"):
    import lightgbm
    model = lightgbm.LGBMClassifier(n_jobs=2, random_state=seed, verbose=-1).fit(x, y)
else:
    from flaml import AutoML
    model = AutoML()
    model.fit(x, y, task="classification", metric="ap", time_budget=budget, n_jobs=2, seed=seed, verbose=0)
np.save(folder + "/said.npy", model.predict_proba(test)[:, 1])
print(json.dumps({"seconds": time.monotonic() - began}))
"""


def split(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to be judged on, 70 to 30 in each class."""
    truth = table()[TARGET].to_numpy()
    rng, test = np.random.default_rng(seed), []
    for one in (0, 1):
        rows = rng.permutation(np.flatnonzero(truth == one))
        test.append(rows[: round(0.3 * len(rows))])
    held = np.sort(np.concatenate(test))
    return np.setdiff1d(np.arange(len(truth)), held), held


def table() -> pl.DataFrame:
    """The table as it is published."""
    return pl.read_csv(DATA)


def columns(*, physics: bool) -> np.ndarray:
    """What peers learn from: measurements, the kind of product, and where asked the three physical columns."""
    frame = table()
    x = frame.select(MEASURED).cast(pl.Float64).to_numpy()
    kind = frame["Type"].replace_strict({"L": 0.0, "M": 1.0, "H": 2.0}, return_dtype=pl.Float64).to_numpy()
    own = [*x.T, kind]
    if physics:
        own += [x[:, 3] * x[:, 2] * 2 * np.pi / 60, x[:, 1] - x[:, 0], x[:, 4] * x[:, 3]]
    return np.stack(own, axis=1)


def precision(hit: np.ndarray, score: np.ndarray) -> float:
    """Average precision."""
    from dure.science.learn.judging.metrics import ranking

    return ranking(hit, score)["average_precision"]


def ours(work: Path, seed: int, budget: float) -> tuple[float, float, float]:
    """Average precision, wall and CPU seconds of `dure train --equipment rotating_machine`."""
    from dure.science.learn import TrainRequest, load, train
    from dure.vocabulary import Permit

    learn, held = split(seed)
    table()[learn].write_csv(work / "learn.csv")
    sources = (str(work / "learn.csv"),)
    request = TrainRequest(sources, TARGET, equipment="rotating_machine", budget=budget, seed=seed)
    began, cpu = time.monotonic(), time.process_time()
    facts = train(request, work / "model", Permit.own(sources))
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    left = {one["column"] for one in facts["left_out"]}
    if not left.issuperset(PARTS):
        raise SystemExit(f"learnt from parts of the answer: {set(PARTS) - left}")
    found = load(work / "model").predict(table()[held])
    return precision(table()[TARGET].to_numpy()[held] == 1, found["probability_1"].to_numpy()), wall, cpu


def peer(work: Path, kind: str, seed: int, budget: float) -> tuple[float, float, float]:
    """The same of a peer, in a process of its own."""
    learn, held = split(seed)
    x, truth = columns(physics=kind.endswith("physics")), table()[TARGET].to_numpy()
    np.savez(work / "rows.npz", x=x[learn], y=truth[learn], test=x[held])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = [str(PEERS), "-c", PEER, kind, str(work), str(budget), str(seed)]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = json.loads(done.stdout.strip().splitlines()[-1])["seconds"]
    return precision(truth[held] == 1, np.load(work / "said.npy")), wall, cpu


def main() -> None:
    """Interleave ours and the peers over seeds and print what each reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=24.0, help="ours [s]")
    parser.add_argument("--peer-budget", type=float, default=60.0, help="FLAML [s]")
    parser.add_argument("--peers", default="lightgbm,lightgbm-physics,flaml,flaml-physics")
    asked = parser.parse_args()
    kinds = [one for one in asked.peers.split(",") if one]
    if not PEERS.exists():
        print("No peers: run scripts/peers, which makes .venv-peers.", file=sys.stderr)
        kinds = []
    found: dict[str, list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as place:
        os.environ["DURE_HOME"] = place
        for seed in range(asked.seeds):
            found.setdefault("dure", []).append(ours(Path(place), seed, asked.budget))
            for kind in kinds:
                found.setdefault(kind, []).append(peer(Path(place), kind, seed, asked.peer_budget))
            for name, values in found.items():
                print(f"seed {seed} {name:18} {values[-1][0]:.3f}  {values[-1][1]:.0f} s", flush=True)
    for name, values in found.items():
        reached, wall, cpu = np.array(values).T
        print(
            f"{name:18} average precision {reached.mean():.3f} ({reached.min():.3f}-{reached.max():.3f}), "
            f"{np.median(wall):.0f} s wall, {np.median(cpu):.0f} s CPU"
        )
    print(f"no model           average precision {table()[TARGET].mean():.3f}")


if __name__ == "__main__":
    main()

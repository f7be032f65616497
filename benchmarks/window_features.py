"""Window features under tsfresh's names against tsfresh: CPU seconds a window, and how far the values lie apart.

Windows of 60 rows of every signal in the Tennessee Eastman files that are here. tsfresh runs in `.venv-peers` as a child
that is started once; both are asked in turn, five times. tsfresh is timed on evenly spread windows (2,000 for the usual 25
features, 20 for `--all` that have a value in 60 rows) and compared on more (all; 200). Constant windows are left out of the
comparison: there tsfresh reports the rounding of the mean, by the rule in `dure.science.window.features` they are exact.
A difference is relative to the value, and, for what can cancel to nothing, to at least the size in `_FLOORS`; features that
differ relative to the value alone are named.

Needs `.venv-peers`: `uv venv .venv-peers && uv pip install --python .venv-peers/bin/python tsfresh lightgbm pandas flaml`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-peers" / "bin" / "python"
DATA = Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared")) / "data" / "tennessee-eastman"
REPEATS, ROWS = 5, 60
NAMES = (
    "mean", "standard_deviation", "variance", "skewness", "kurtosis", "minimum", "maximum", "median", "quantile__q_0.1",
    "quantile__q_0.9", "abs_energy", "root_mean_square", "mean_abs_change", "mean_change", "absolute_sum_of_changes",
    "cid_ce__normalize_False", "cid_ce__normalize_True", "count_above_mean", "longest_strike_above_mean",
    "first_location_of_maximum", "last_location_of_minimum", "autocorrelation__lag_1", "c3__lag_1",
    'linear_trend__attr_"slope"', "ratio_beyond_r_sigma__r_2",
)  # fmt: skip

# Sums that cancel: what either gives there is rounding, and the size of what was added is the scale.
_FLOORS = {"skewness": 1.0, "ar_coefficient": 1.0, "cwt_coefficients": 1e-2, "agg_linear_trend": 1e-20}

_PEER = """
import os, sys, time, warnings
os.environ["OMP_NUM_THREADS"] = "1"
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from tsfresh.feature_extraction import extract_features
from tsfresh.feature_extraction.settings import from_columns
windows, names, out = np.load(sys.argv[1]), sys.argv[3:], sys.argv[2]
settings = from_columns(["value__" + name for name in names])["value"]
def found(count):
    rows = np.arange(count * windows.shape[1])
    table = pd.DataFrame({"id": rows // windows.shape[1], "time": rows, "value": windows[:count].ravel()})
    started = time.process_time()
    made = extract_features(table, column_id="id", column_sort="time", column_value="value", default_fc_parameters=settings,
                            n_jobs=0, disable_progressbar=True)
    return time.process_time() - started, made[["value__" + name for name in names]].to_numpy(dtype=float)
print("ready", flush=True)
for line in sys.stdin:
    busy, values = found(int(line))
    np.save(out, values)
    print(busy, flush=True)
"""


def windows_of_tep() -> np.ndarray:
    """Windows of 60 rows of each signal of each file, one after the other. [N, 60]."""
    found = []
    for path in sorted(DATA.glob("d*.dat.gz")):
        values = np.loadtxt(path)
        values = values.T if values.shape[0] == 52 else values  # d00 lies on its side
        whole = len(values) // ROWS * ROWS
        found.append(values[:whole].T.reshape(-1, ROWS))
    return np.concatenate(found)


def asked(child: "subprocess.Popen[str]", count: int) -> float:
    """CPU seconds of tsfresh on the first `count` windows."""
    stdin, stdout = _open(child.stdin), _open(child.stdout)
    stdin.write(f"{count}\n")
    stdin.flush()
    return float(stdout.readline())


def _open(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the peer has no pipe")
    return stream


def main() -> None:
    """Print ratio and difference."""
    if not PEER.exists():
        sys.exit(__doc__)
    os.environ["OMP_NUM_THREADS"] = "1"
    from dure.science.window import FEATURES, features

    everything = "--all" in sys.argv
    windows = windows_of_tep()
    timed, compared = (20, 200) if everything else (2_000, len(windows))
    spread = np.random.default_rng(0).permutation(len(windows))  # the first are those that are timed
    windows = windows[spread][: 3_000 if everything else None]
    names = NAMES
    if everything:
        there = np.isfinite(features(np.random.default_rng(0).normal(size=(1, ROWS))))[0]
        names = tuple(name for name, one in zip(FEATURES, there, strict=True) if one)
    print(f"{len(windows):,} windows of {ROWS} rows × {len(names)} features")
    with tempfile.TemporaryDirectory() as work:
        np.save(f"{work}/windows.npy", windows)
        command = [str(PEER), "-c", _PEER, f"{work}/windows.npy", f"{work}/found.npy", *names]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            _open(child.stdout).readline()
            ours, theirs = [], []
            for _ in range(REPEATS):
                busy = time.process_time()
                found = features(windows, names)
                ours.append((time.process_time() - busy) / len(windows) * 1e6)
                theirs.append(asked(child, timed) / timed * 1e6)
            asked(child, compared)
            peer = np.load(f"{work}/found.npy")
            _open(child.stdin).close()
    ratios = np.array(theirs) / np.array(ours)
    print(f"ours    {np.median(ours):8.2f} µs CPU a window ({min(ours):.2f}–{max(ours):.2f})")
    print(f"tsfresh {np.median(theirs):8.0f} µs CPU a window ({min(theirs):.0f}–{max(theirs):.0f})")
    print(f"ratio   {np.median(ratios):8.0f} ({min(ratios):.0f}–{max(ratios):.0f})")
    told(names, found[:compared], peer, np.ptp(windows[:compared], axis=1) > 0)


def told(names: Sequence[str], found: np.ndarray, peer: np.ndarray, changing: np.ndarray) -> None:
    """How far the values lie apart on windows that change, and how many constant ones were left out."""
    found, peer = found[changing], peer[changing]
    floors = np.array([_FLOORS.get(name.partition("__")[0], 1e-300) for name in names])
    value = np.maximum(np.maximum(np.abs(found), np.abs(peer)), 1e-300)
    same = (found == peer) | (np.isnan(found) & np.isnan(peer))
    apart = np.where(same, 0.0, np.abs(found - peer))
    alone, scaled = apart / value, apart / np.maximum(value, floors)
    missing = np.isnan(found) != np.isnan(peer)
    print(f"{len(found):,} windows change, {(~changing).sum():,} constant ones left out")
    print(f"features within 1e-9 of the value: {(np.nanmax(alone, axis=0) <= 1e-9).sum()} of {len(names)}")
    print(f"the same, with the scale of what cancels: {(np.nanmax(scaled, axis=0) <= 1e-9).sum()}")
    for at in np.flatnonzero((np.nanmax(scaled, axis=0) > 1e-9) | missing.any(axis=0)):
        off = int((scaled[:, at] > 1e-9).sum())
        print(
            f"  {names[at]}: {off} windows differ, by up to {np.nanmax(scaled[:, at]):.1e}; missing in one: {missing[:, at].sum()}"
        )


if __name__ == "__main__":
    main()

"""Window features under tsfresh's names against tsfresh: CPU seconds a window, and how far the values lie apart.

Windows of 60 rows of every signal in the Tennessee Eastman files that are here. tsfresh runs in `.venv-peers` as a child
that is started once; both are asked in turn, five times. tsfresh is timed on the first 2,000 windows (its time grows with
their number, see the last line) and compared on all of them. Its constant windows are left out of the comparison: there
it reports the rounding of the mean, by the rule in `dure.science.window.features` they are exact.

Needs `.venv-peers`: `uv venv .venv-peers && uv pip install --python .venv-peers/bin/python tsfresh lightgbm pandas flaml`.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import numpy as np

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-peers" / "bin" / "python"
DATA = Path(os.environ.get("DURE_SHARED", ROOT.parent / "shared")) / "data" / "tennessee-eastman"
REPEATS, TIMED, ROWS = 5, 2_000, 60
NAMES = (
    "mean", "standard_deviation", "variance", "skewness", "kurtosis", "minimum", "maximum", "median", "quantile__q_0.1",
    "quantile__q_0.9", "abs_energy", "root_mean_square", "mean_abs_change", "mean_change", "absolute_sum_of_changes",
    "cid_ce__normalize_False", "cid_ce__normalize_True", "count_above_mean", "longest_strike_above_mean",
    "first_location_of_maximum", "last_location_of_minimum", "autocorrelation__lag_1", "c3__lag_1",
    'linear_trend__attr_"slope"', "ratio_beyond_r_sigma__r_2",
)  # fmt: skip

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
    from dure.science.window import features

    windows = windows_of_tep()
    print(
        f"{len(windows):,} windows of {ROWS} rows × {len(NAMES)} features, {len(list(DATA.glob('d*.dat.gz')))} files"
    )
    with tempfile.TemporaryDirectory() as work:
        np.save(f"{work}/windows.npy", windows)
        command = [str(PEER), "-c", _PEER, f"{work}/windows.npy", f"{work}/found.npy", *NAMES]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            _open(child.stdout).readline()
            ours, theirs, walls = [], [], []
            for _ in range(REPEATS):
                started, busy = time.perf_counter(), time.process_time()
                found = features(windows, NAMES)
                ours.append((time.process_time() - busy) / len(windows) * 1e6)
                walls.append(time.perf_counter() - started)
                theirs.append(asked(child, TIMED) / TIMED * 1e6)
            whole = asked(child, len(windows)) / len(windows) * 1e6
            peer = np.load(f"{work}/found.npy")
            _open(child.stdin).close()
    ratios = np.array(theirs) / np.array(ours)
    print(
        f"ours    {np.median(ours):8.2f} µs CPU a window ({min(ours):.2f}–{max(ours):.2f}), all in {np.median(walls):.3f} s"
    )
    print(f"tsfresh {np.median(theirs):8.0f} µs CPU a window ({min(theirs):.0f}–{max(theirs):.0f})")
    print(f"ratio   {np.median(ratios):8.0f} ({min(ratios):.0f}–{max(ratios):.0f})")
    changing = np.ptp(windows, axis=1) > 0
    scale = np.maximum(np.maximum(np.abs(found), np.abs(peer)), 1e-300)
    # the skewness of a symmetric window is 0 and what either gives is rounding: there 1 is the scale
    scale[:, NAMES.index("skewness")] = np.maximum(scale[:, NAMES.index("skewness")], 1.0)
    apart = np.abs(found - peer) / scale
    apart = np.where((found == peer) | (np.isnan(found) & np.isnan(peer)), 0.0, apart)
    worst = np.nanmax(apart[changing], axis=0)
    print(
        f"{changing.sum():,} windows change; largest relative difference there {worst.max():.1e} ({NAMES[worst.argmax()]})"
    )
    unlike = int((np.isnan(found) != np.isnan(peer))[changing].sum())
    print(f"missing in one of the two only: {unlike}; {(~changing).sum():,} constant windows left out")
    constant = {
        name: int((apart[~changing, at] > 1e-9).sum() + np.isnan(apart[~changing, at]).sum())
        for at, name in enumerate(NAMES)
    }
    print(
        "constant windows that tsfresh sees otherwise:",
        {name: rows for name, rows in constant.items() if rows},
    )
    print(f"tsfresh on all windows at once: {whole:.0f} µs CPU a window")


if __name__ == "__main__":
    main()

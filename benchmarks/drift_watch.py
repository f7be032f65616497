"""The drift watch on clean rows and on rows that moved: how often it cries, and how soon it sees.

Clean: simulated signals that remember themselves (autoregressive, so that neighbours are alike as on a machine), Tennessee
Eastman's second fault-free run, and every other block of 500 rows of a steel mill and of a gas turbine's first year, the
blocks between them being learnt. Moved: one signal of the same by one standard deviation; a gas turbine two years on;
Tennessee Eastman's faults. A look is taken after every tenth of the 300 rows compared.
"""

import os
from pathlib import Path

import numpy as np
import polars as pl

from dure.science.learn.serving.drift import LOOK, PIECES, DriftWatch, references
from dure.science.prepare import read_each

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
STEP, BLOCK = LOOK // PIECES, 500


def main() -> None:
    """Print the table."""
    for name, known, live, states in cases():
        signals = [str(at) for at in range(known.shape[1])]
        facts = references(known, states[0] or [""] * len(known), signals)
        looks, pairs, worst = looked(facts, live, states[1])
        print(
            f"{name}: {looks} looks, a signal moved in {pairs / max(looks * len(signals), 1):.2%} of signal-looks, any in {worst:.1%}"
        )
        moved = live.copy()
        moved[:, 0] += np.nanstd(known[:, 0])
        rows = seen_after(facts, moved, states[1])
        print(
            "   the first signal moved by one standard deviation: "
            + (f"seen after {rows} rows" if rows else f"not seen in {len(moved)} rows")
        )


def seen_after(facts: dict[str, object], live: np.ndarray, states: list[str]) -> int:
    """Rows until the first signal is said to have moved; 0 if it never is."""
    watch = DriftWatch(facts)
    for at in range(0, len(live), STEP):
        watch.push(live[at : at + STEP], states[at : at + STEP] if states else ())
        if any(one.signal == "0" for one in watch.moved()):
            return at + STEP
    return 0


def looked(facts: dict[str, object], live: np.ndarray, states: list[str]) -> tuple[int, int, float]:
    """Looks with a whole window, signals moved in all of them, share of looks with any."""
    watch, looks, pairs, some = DriftWatch(facts), 0, 0, 0
    for at in range(0, len(live) - STEP + 1, STEP):
        watch.push(live[at : at + STEP], states[at : at + STEP] if states else ())
        if at + STEP >= LOOK:
            found = len({one.signal for one in watch.moved()})
            looks, pairs, some = looks + 1, pairs + found, some + bool(found)
    return looks, pairs, some / max(looks, 1)


def cases() -> list[tuple[str, np.ndarray, np.ndarray, tuple[list[str], list[str]]]]:
    """Name, rows learnt, rows watched, their states."""
    random, none = np.random.default_rng(0), ([], [])
    found = [
        (f"simulated, memory {memory}", *(wander(random, memory) for _ in range(2)), none)
        for memory in (0.0, 0.9, 0.99)
    ]
    found.append(("chemical plant, fault-free", plant("d00_te"), plant("d00"), none))
    found += [
        (f"chemical plant, fault {fault} (moved)", plant("d00_te"), plant(f"d{fault:02d}_te")[160:], none)
        for fault in (1, 3, 10)
    ]
    steel = table("steel-energy-daewoo/*.gz")
    names = [name for name in steel.columns if steel.schema[name].is_numeric() and name != "NSM"]
    load = steel["Load_Type"].to_list()
    known, live = apart(len(steel))
    x = steel.select(names).to_numpy().astype(float)
    found.append(("steel mill, one state", x[known], x[live], none))
    found.append(
        (
            "steel mill, by Load_Type",
            x[known],
            x[live],
            ([load[at] for at in known], [load[at] for at in live]),
        )
    )
    turbine = [table(f"gas-turbine-emissions/gt_{year}*").to_numpy() for year in (2011, 2013)]
    known, live = apart(len(turbine[0]))
    found.append(("gas turbine, same year", turbine[0][known], turbine[0][live], none))
    found.append(("gas turbine, two years on (moved)", turbine[0], turbine[1], none))
    return found


def wander(random: np.random.Generator, memory: float) -> np.ndarray:
    """20 signals of 6,000 rows with that much memory."""
    x = random.normal(size=(6000, 20))
    for at in range(1, len(x)):
        x[at] = memory * x[at - 1] + np.sqrt(1 - memory**2) * x[at]
    return x


def apart(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Every other block, and the blocks between."""
    odd = np.arange(rows) // BLOCK % 2 == 1
    return np.flatnonzero(~odd), np.flatnonzero(odd)


def table(pattern: str) -> pl.DataFrame:
    """One file."""
    return read_each([str(next(DATA.glob(pattern)))])[0].frame


def plant(name: str) -> np.ndarray:
    """A run of the chemical plant."""
    x = table(f"tennessee-eastman/{name}.dat.gz").to_numpy().astype(float)
    return x if x.shape[1] == 52 else x.T


if __name__ == "__main__":
    main()

"""What every engine script shares: reading the job, answering turn by turn. Runs outside, without dure.

The job's folder holds `job.json` (`task`, `columns`, `words`, `target`, `turns`, `budget` [s a turn], `seed`, `threads`)
and for each turn `fit_K.parquet` (inputs and target) and `asked_K.parquet` (inputs only: no truth leaves dure).
The script writes `said_K.parquet` (`prediction`, or `p0` … by class) and, last, `answer.json`.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Answer = Callable[[dict[str, Any], Any, Any, Any], tuple[dict[str, Any], dict[str, Any]]]


def play(engine: str, version: str, answer: Answer) -> None:
    """Call `answer(job, x, y, asked)` for each turn; it gives the columns said, and the winner with its settings."""
    import pandas as pd

    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text())
    turns = []
    for turn in range(job["turns"]):
        fit = pd.read_parquet(folder / f"fit_{turn}.parquet")
        asked = pd.read_parquet(folder / f"asked_{turn}.parquet")
        began, worked = time.monotonic(), time.process_time()
        said, facts = answer(job, fit[job["columns"]], fit[job["target"]], asked[job["columns"]])
        pd.DataFrame(said).to_parquet(folder / f"said_{turn}.parquet")
        spent = {"seconds": time.monotonic() - began, "work": time.process_time() - worked}
        turns.append({**facts, **spent})
    draft = folder / "answer.json.draft"
    draft.write_text(json.dumps({"engine": engine, "version": version, "turns": turns}))
    draft.replace(folder / "answer.json")


def by_class(found: Any, classes: Iterable[Any]) -> dict[str, Any]:
    """Probabilities by class as columns `p0`, `p1`, …; a class that the turn never saw has none."""
    known = {int(one): place for place, one in enumerate(classes)}
    none = found[:, 0] * 0.0
    return {f"p{one}": found[:, known[one]] if one in known else none for one in range(max(known) + 1)}

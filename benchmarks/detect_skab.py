"""One frozen detector on the open half of SKAB: F1, false and missed alarms, NAB, seconds, beside all-ones.

The same setting for every file, none of it chosen on these labels: mean and spread over 10 rows, 5 nearest neighbours, limit 1.3
times the 0.99 quantile of normal rows held back. Published on all 34 files: best F1 0.78 (Conv-AE, MSET), best NAB 32.42
(MSCRED); all-ones 0.70 and -1.47. The open half has 20 of them.
"""

import os
import tempfile
import time
from pathlib import Path

from dure.science.learn import TrainRequest, evaluate, load, train
from dure.science.prepare import read_each
from dure.vocabulary import Permit

DATA = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "skab"


def main() -> None:
    """Train on the first 400 rows of each file, score the rest."""
    sources = tuple(str(path) for path in sorted(DATA.glob("valve*/*.csv.gz")))
    for family in ("neighbours", "principal_components"):
        with tempfile.TemporaryDirectory() as work:
            os.environ["DURE_HOME"] = work
            folder = Path(work) / "model"
            request = TrainRequest(sources, task="detect", normal_rows=400, families=(family,))
            started = time.perf_counter()
            train(request, folder, Permit.own(sources))
            taught = time.perf_counter() - started
            model, tables = load(folder), read_each(sources)
            started, busy = time.perf_counter(), time.process_time()
            for table in tables:
                model.predict(table.frame, source=table.sources[0])
            wall, busy = time.perf_counter() - started, time.process_time() - busy
            facts = evaluate(model, tables, target="anomaly", changepoint="changepoint")
        print(
            f"{family}: trained in {taught:.1f} s, {sum(len(t.frame) for t in tables):,} rows scored in {wall:.2f} s ({busy:.2f} s CPU)"
        )
        for name, value in facts["metric"].items():
            null = facts["null"].get(name)
            print(
                f"  {name:24} {value:9.3f}   all-ones {null:9.3f}"
                if null is not None
                else f"  {name:24} {value:9.3f}"
            )


if __name__ == "__main__":
    main()

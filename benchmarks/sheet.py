"""The sheet on 10 million rows: time of each answer in the server, the folder on this disk.

Of what is reckoned beside the page (order, values, figures, pivot, chart) three times are told: until the page has an
answer (of how far it is), until it is done, and the longest piece, within which it cannot be stopped.

.venv/bin/python benchmarks/sheet.py [ROWS]
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
REPEATS = 5
os.environ["DURE_HOME"] = tempfile.mkdtemp(prefix="sheet-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "dure.node.settings"


def main() -> None:  # noqa: PLR0915 - one list of measurements
    from pathlib import Path

    from dure.node.preparation import make_home

    make_home(Path(os.environ["DURE_HOME"]))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    import numpy as np
    import polars as pl
    import psutil

    from dure.foundation.parties import Person
    from dure.plant.studio import Desk, looking
    from dure.plant.studio.background import Job
    from dure.plant.studio.opening import make

    luck = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "time": pl.datetime_range(
                pl.datetime(2024, 1, 1),
                pl.datetime(2024, 1, 1) + pl.duration(seconds=ROWS - 1),
                "1s",
                eager=True,
            ),
            "temp": luck.normal(60, 5, ROWS),
            "press": luck.normal(3, 0.2, ROWS),
            "count": luck.integers(0, 1000, ROWS),
            "state": pl.Series(luck.choice(["run", "stop", "idle", "fault"], ROWS)),
            "lot": pl.Series(luck.integers(0, 5000, ROWS)).cast(pl.String),
        }
    )
    person = Person.objects.create(username="bench")
    print(f"{ROWS:,} rows, 6 columns; load {os.getloadavg()[0]:.1f}")
    sheet = timed(
        "open (write the source, its quick form)",
        lambda: make(frame, "bench", person, {"kind": "paste", "data": []}),
        1,
    )
    desk = Desk(sheet)

    def act(kind: str, **facts: object) -> None:
        desk.act({"version": desk.history.version, "kind": kind, **facts}, "bench")
        desk.state()

    def cells() -> None:
        at = int(luck.integers(0, max(1, desk.view.rows - 200)))
        here = Desk(sheet)
        looking.cells_of(here.grid, here.view, at, at + 200)

    timed("state, first", lambda: Desk(sheet).state(), 1)
    timed("200 rows at any place", cells, 20)
    timed("type one cell and state", lambda: act("edit", cells=[[int(luck.integers(0, ROWS)), "temp", 1.5]]))
    timed("200 rows at any place after typing", cells, 20)
    timed(
        "formula, arithmetic",
        lambda: act("formula", column="heat", text=f"=[temp]*[press]+{luck.random():.6f}"),
    )
    timed(
        "formula, ROLLMEAN of 60 rows",
        lambda: act("formula", column="rolled", text=f"=ROLLMEAN([temp], 60)+{luck.random():.6f}"),
        2,
    )
    timed("filter by a number", lambda: act("filter", column="temp", op=">", value=55 + float(luck.random())))
    timed("200 rows of the filtered", cells, 20)

    def look(name: str, work: Callable[..., Any]) -> None:
        """A look as the page asks for it: again and again until it is there."""
        begin, pieces = time.perf_counter(), []

        def watched(grid: Any, view: Any, tell: Callable[[float], None]) -> Any:
            last = time.perf_counter()

            def told(share: float) -> None:
                nonlocal last
                pieces.append(time.perf_counter() - last)
                tell(share)
                last = time.perf_counter()

            found = work(grid, view, told)
            pieces.append(time.perf_counter() - last)
            return found

        answered, found = 0.0, None
        while found is None or isinstance(found, Job):
            found = Desk(sheet).look(name, {"turn": float(begin)}, watched)[1]
            answered = answered or time.perf_counter() - begin
        print(
            f"{name}: answered after {answered * 1e3:,.0f} ms, done after {time.perf_counter() - begin:,.2f} s, longest piece {max(pieces) * 1e3:,.0f} ms",
            flush=True,
        )

    def ordering(name: str, by: list[dict[str, Any]]) -> None:
        begin = time.perf_counter()
        act("sort", by=by)
        answered, busy = time.perf_counter() - begin, True
        while busy:
            busy = bool(Desk(sheet).state()["busy"])
        print(
            f"{name}: answered after {answered * 1e3:,.0f} ms, done after {time.perf_counter() - begin:,.2f} s"
        )

    ordering(
        "sort by a number, then a count",
        [{"column": "press", "down": True}, {"column": "count", "down": False}],
    )
    timed("200 rows of the sorted", cells, 20)
    ordering(
        "sort by a text, then a number",
        [{"column": "state", "down": False}, {"column": "temp", "down": True}],
    )
    act("sort", by=[])
    look(
        "values of a column, 5,000 texts",
        lambda grid, view, tell: looking.distinct(grid, view, "lot", "", tell),
    )
    look(
        "values of a column, all numbers differ",
        lambda grid, view, tell: looking.distinct(grid, view, "temp", "", tell),
    )
    look("figures with histogram", lambda grid, view, tell: looking.summary(grid, view, "temp", tell=tell))
    of = {"rows": ["lot"], "columns": ["state"], "values": [{"column": "temp", "how": "mean"}]}
    look("pivot lot x state", lambda grid, view, tell: looking.pivot(grid, view, of, tell))
    medians = {**of, "columns": [], "values": [{"column": "temp", "how": "median"}]}
    look("pivot of medians by lot", lambda grid, view, tell: looking.pivot(grid, view, medians, tell))
    drawn = {"x": "time", "y": ["temp", "press"], "points": 800}
    look("chart of two columns, 800 buckets", lambda grid, view, tell: looking.chart(grid, view, drawn, tell))
    across = {**drawn, "x": "temp", "y": ["press"]}
    look("chart across an unordered column", lambda grid, view, tell: looking.chart(grid, view, across, tell))
    told = psutil.Process().memory_full_info()
    print(f"memory of its own {told.uss / 1e6:,.0f} MB")


def timed(name: str, do: Callable[[], Any], repeats: int = REPEATS) -> Any:
    import gc

    gc.collect()
    took, found = [], None
    for _ in range(repeats):
        begin = time.perf_counter()
        found = do()
        took.append(time.perf_counter() - begin)
    print(
        f"{name}: {statistics.median(took) * 1e3:,.1f} ms (most {max(took) * 1e3:,.1f}, of {repeats})",
        flush=True,
    )
    return found


if __name__ == "__main__":
    try:
        main()
    finally:
        import shutil

        shutil.rmtree(os.environ["DURE_HOME"], ignore_errors=True)

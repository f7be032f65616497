"""Preparing pictures on Ray: one machine against two, Ray tasks against Daft on Ray, and a machine killed in the middle.

Machines are raylets of one processor each on this host, so two of them are the host's two cores. Pictures are the recorded ones,
each turned into a vector (`image.embed`). Every run must give the bits that this process gives.
python benchmarks/on_ray.py FOLDER_OF_RECORDED_SETS [repeats]
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import daft
import polars as pl
import ray
from ray.cluster_utils import Cluster

from dure.science.prepare import Recipe, Table, read, spreading
from dure.science.prepare.preparing import apply
from dure.vocabulary import Permit

SETS = ("surface-magnetic-tile/**/*.jpg", "pv-el-cells-elpv/**/*.png", "surface-deeppcb/**/*.jpg")


def recipe(turn: int) -> Recipe:
    """Each turn asks for another size: a worker remembers what it made of a picture."""
    step = {"step": "image.embed", "column": "image", "side": 256 + turn}
    return Recipe.from_dict({"version": 1, "aside": ["file"], "steps": [step]})


class DaftOnRay:
    """The same promise on Daft: a column of items, a partition each."""

    remote = True

    def __init__(self, address: str) -> None:
        os.environ["DAFT_PROGRESS_BAR"] = "0"
        daft.set_runner_ray(address=address)

    def each(
        self, work: Callable[[Any], Any], items: Sequence[Any], done: Callable[[int], None]
    ) -> list[Any]:
        run: Any = daft.func(work, return_dtype=daft.DataType.python())
        frame = daft.from_pydict({"at": list(range(len(items))), "item": list(items)})
        spread = frame.into_partitions(len(items)).select(daft.col("at"), run(daft.col("item")).alias("made"))
        made: dict[int, Any] = {}
        for row in spread.iter_rows():
            made[row["at"]] = row["made"]
            done(len(made))
        return [made[at] for at in range(len(items))]


def one(name: str, count: int, folder: Path, repeats: int, *, killed: bool) -> dict[str, Any]:
    """Seconds of `repeats` runs on a cluster of its own, after one that starts its workers; with a machine killed, of one."""
    frame = pl.concat([read([str(folder / found)]).frame.select("file", "image") for found in SETS])
    table = Table(frame, ("pictures",), (len(frame),))
    began = time.perf_counter()
    truth = apply(recipe(0), table, Permit.own(["pictures"]))
    here = time.perf_counter() - began
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    spare = [cluster.add_node(num_cpus=1) for _ in range(count - 1)]
    ours = spreading.OnRay(cluster.address, "here")
    spreading._engine.set(DaftOnRay(cluster.address) if name == "Daft on Ray" else ours)  # noqa: SLF001 - beside ours
    took: list[float] = []

    def kill(share: float, _: str) -> None:
        if killed and spare and took and share > 0.3:
            cluster.remove_node(spare.pop(), allow_graceful=False)

    spreading._progress.set(kill)  # noqa: SLF001
    for turn in range((1 if killed else repeats) + 1):
        began = time.perf_counter()
        made = apply(recipe(turn), table, Permit.own(["pictures"]))
        took.append(time.perf_counter() - began)
        assert turn or made.equals(truth)
    assert not (killed and spare)
    ray.shutdown()
    cluster.shutdown()
    return {"pictures": len(frame), "here": here, "first": took[0], "took": took[1:]}


def main(folder: Path, repeats: int = 5) -> None:
    """Print medians of each engine on one and two machines, and what a killed machine costs."""
    medians: dict[tuple[str, int], float] = {}
    for count, killed in ((1, False), (2, False), (2, True)):
        for name in ("Daft on Ray", "Ray tasks"):
            words = [
                sys.executable,
                __file__,
                "one",
                name,
                str(count),
                str(folder),
                str(repeats),
                str(int(killed)),
            ]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            middle = statistics.median(told["took"])
            how = ", one killed in the middle" if killed else ""
            print(f"{told['pictures']} pictures, {name}, {count} machines{how}: {middle:.2f} s ({min(told['took']):.2f}–{max(told['took']):.2f}), first {told['first']:.1f} s; here {told['here']:.2f} s", flush=True)  # fmt: skip
            if not killed:
                medians[name, count] = middle
    for name in ("Daft on Ray", "Ray tasks"):
        print(f"{name}: two machines {medians[name, 1] / medians[name, 2]:.2f} times as fast as one")


if __name__ == "__main__":
    if sys.argv[1] == "one":
        name, count, folder, repeats, killed = sys.argv[2:]
        print(json.dumps(one(name, int(count), Path(folder), int(repeats), killed=killed == "1")))
    else:
        main(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:]))

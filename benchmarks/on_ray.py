"""Preparing pictures on Ray: one machine against two, Daft against Ray alone, and a machine killed in the middle.

Machines are raylets of one processor each on this host, so two of them are the host's two cores. Pictures are the recorded ones,
each turned into a vector (`image.embed`). Every run must give the bits that this process gives.
python benchmarks/on_ray.py FOLDER_OF_RECORDED_SETS [repeats]
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import ray
from ray.cluster_utils import Cluster

from dure.science.prepare import Recipe, Table, read, spreading
from dure.science.prepare.preparing import apply
from dure.vocabulary import Permit, Progress

SETS = ("surface-magnetic-tile/**/*.jpg", "pv-el-cells-elpv/**/*.png", "surface-deeppcb/**/*.jpg")
RECIPE = Recipe.from_dict(
    {"version": 1, "aside": ["file"], "steps": [{"step": "image.embed", "column": "image"}]}
)


class RayAlone:
    """The same promise on Ray's own tasks."""

    remote = True

    def each(
        self, work: Callable[[Any], Any], items: Sequence[Any], done: Callable[[int], None]
    ) -> list[Any]:
        run = ray.remote(max_retries=3)(work)
        waiting = {run.remote(item): at for at, item in enumerate(items)}
        made: dict[int, Any] = {}
        while waiting:
            ready, _ = ray.wait(list(waiting), num_returns=1)
            for one in ready:
                made[waiting.pop(one)] = ray.get(one)
                done(len(made))
        return [made[at] for at in range(len(items))]


@contextmanager
def machines(count: int) -> Iterator[Cluster]:
    """A cluster of so many raylets, joined and warm."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    for _ in range(count - 1):
        cluster.spare = cluster.add_node(num_cpus=1)
    spreading._join(cluster.address)  # noqa: SLF001 - the benchmark puts its own engine beside ours
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
        spreading._join.cache_clear()  # noqa: SLF001


def timed(engine: spreading.Engine, table: Table, told: Progress | None = None) -> tuple[float, pl.DataFrame]:
    """Seconds and the prepared table."""
    spreading._engine.set(engine)  # noqa: SLF001
    spreading._progress.set(told)  # noqa: SLF001
    began = time.perf_counter()
    made = apply(RECIPE, table, Permit.own(["pictures"]))
    return time.perf_counter() - began, made


def main(folder: Path, repeats: int = 5) -> None:
    """Print seconds of each engine on one and two machines, medians, and those with a machine killed."""
    frame = pl.concat([read([str(folder / one)]).frame.select("file", "image") for one in SETS])
    table = Table(frame, ("pictures",), (len(frame),))
    _, truth = timed(spreading.Here(), table)
    print(f"{len(frame)} pictures, {truth.width} columns")
    medians: dict[tuple[str, int], float] = {}
    for count in (1, 2):
        with machines(count) as cluster:
            engines = {"Daft on Ray": ours(cluster), "Ray alone": RayAlone()}
            took: dict[str, list[float]] = {name: [] for name in engines}
            for turn in range(repeats + 1):  # the first starts the workers and loads the model
                for name, engine in engines.items():
                    seconds, made = timed(engine, table)
                    assert made.equals(truth)
                    if turn:
                        took[name].append(seconds)
            for name, seconds in took.items():
                medians[name, count] = statistics.median(seconds)
                print(
                    f"{name}, {count} machines: {medians[name, count]:.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"
                )
    for name in ("Daft on Ray", "Ray alone"):
        print(f"{name}: two machines {medians[name, 1] / medians[name, 2]:.2f} times as fast as one")
        with machines(2) as cluster:
            engine = ours(cluster) if name == "Daft on Ray" else RayAlone()
            timed(engine, table)
            killed: list[float] = []

            def kill(share: float, _: str, cluster: Cluster = cluster, killed: list[float] = killed) -> None:
                if share > 0.3 and not killed:
                    killed.append(share)
                    cluster.remove_node(cluster.spare, allow_graceful=False)

            seconds, made = timed(engine, table, kill)
            assert made.equals(truth)
            print(f"{name}, a machine killed after {killed[0]:.0%}: {seconds:.2f} s, the same bits")


def ours(cluster: Cluster) -> spreading.Engine:
    """The product's engine on a cluster that is joined."""
    return spreading.DaftOnRay(cluster.address, "here")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(one) for one in sys.argv[2:]))

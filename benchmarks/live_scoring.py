"""How soon a sample has its prediction, and what a tick costs: real historian, real package, real clock.

500 signals (125 assets of 4 inputs) at 1 Hz for `--seconds`, their source time once on the second and once spread
over it; then the CPU of one tick for 24 assets of 4 inputs, of the worker and of the historian.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import psutil

if TYPE_CHECKING:
    from dure.plant.deploy import Deployment
    from dure.plant.historian import Historian

SECOND = 1_000_000_000
INPUTS = ("Current", "Pressure", "Temperature", "Voltage")


def start_historian(home: Path) -> "tuple[subprocess.Popen[bytes], Historian]":
    from dure.plant.historian import Historian

    process = subprocess.Popen(
        [sys.executable, "-m", "dure.plant.historian"], env={**os.environ, "DURE_HOME": str(home)}
    )
    client = Historian(home)
    assert client.wait(60)
    return process, client


def usual(random: np.random.Generator, signal: str) -> float:
    """A reading as it is on a quiet line: the kind of signal decides its height."""
    at = INPUTS.index(signal.rpartition("/")[2]) + 1
    return float(random.normal(10 * at, 1 + at))


def trained(home: Path) -> Path:
    from dure.science.learn import TrainRequest, train
    from dure.vocabulary import Permit

    random = np.random.default_rng(0)
    table = home / "normal.parquet"
    pl.DataFrame({name: [usual(random, name) for _ in range(1200)] for name in INPUTS}).write_parquet(table)
    request = TrainRequest((str(table),), task="detect", normal_rows=1190, budget=10)
    train(request, home / "trained", Permit.own([str(table)]))
    return home / "trained"


def feed(home: Path, assets: int, ended: threading.Event, *, spread: bool) -> None:
    """A collector: each second one reading of each input of each asset, fsynced."""
    from dure.plant.transport import SegmentLog, batch
    from dure.vocabulary import Sample

    random = np.random.default_rng(1)
    names = [f"line/A{asset:03}/{name}" for asset in range(assets) for name in INPUTS]
    parts = 10 if spread else 1
    with SegmentLog(home / "segments" / ("spread" if spread else "line")) as log:
        while not ended.is_set():
            now = time.time_ns()
            part = now * parts // SECOND % parts
            source = now * parts // SECOND * SECOND // parts
            own = names[part * len(names) // parts : (part + 1) * len(names) // parts]
            log.append(batch([Sample(n, source, usual(random, n), received=now) for n in own]))
            step = SECOND // parts
            ended.wait((step - time.time_ns() % step) / 1e9)


def bring(package: Path, assets: int) -> "Deployment":
    from dure.foundation.parties import Organisation, Person, give_role
    from dure.plant.deploy import deploy
    from dure.plant.registry import register, release

    person, _ = Person.objects.get_or_create(username="bench")
    place, _ = Organisation.objects.get_or_create(name="bench")
    give_role(person, "engineer", place)
    model = register(package, "bench", person)
    if model.release is None:
        release(model, person)
    listed = [
        {"asset": f"line/A{n:03}", "inputs": {name: f"line/A{n:03}/{name}" for name in INPUTS}}
        for n in range(assets)
    ]
    return deploy(model, "bench", listed, person, reason="bench")


def live(
    home: Path, historian: "Historian", package: Path, given: argparse.Namespace, *, spread: bool
) -> None:
    from dure.plant.deploy import Scorer, change

    assets, seconds = given.assets, given.seconds
    ended = threading.Event()
    feeding = threading.Thread(target=feed, args=(home, assets, ended), kwargs={"spread": spread})
    feeding.start()
    time.sleep(75)  # a window's history, so that every tick is scored
    deployment, scorer = bring(package, assets), Scorer(historian, home / "scored")
    service = psutil.Process(historian.health()["pid"])
    for _ in range(5):
        time.sleep(scorer.tick())
    before = service.cpu_times()
    own, began = time.process_time(), time.time()
    while time.time() < began + seconds:
        time.sleep(scorer.tick())
    after, took = service.cpu_times(), time.time() - began
    (runner,) = scorer._runners.values()  # noqa: SLF001 - the figures themselves
    delays = np.array(runner.delays.seen)[-int(assets * seconds) :]
    scored = historian.signals()
    rows = sum(
        one["count"]
        for one in scored
        if one["signal"].endswith("/score") and f"/{deployment.pk}/" in one["signal"]
    )
    phase = "spread over the second" if spread else "on the second"
    print(f"{assets * len(INPUTS)} signals, {phase}: {rows} predictions in {took:.0f} s")
    print(f"  tick -> stored p50 {np.percentile(delays, 50):.3f} s, p95 {np.percentile(delays, 95):.3f} s")
    busy = after.user + after.system - before.user - before.system
    print(
        f"  CPU a second: worker {1000 * (time.process_time() - own) / took:.0f} ms, historian {1000 * busy / took:.0f} ms"
    )
    scorer.close()
    change(deployment, "stopped", deployment.by, "measured")
    ended.set()
    feeding.join()


def tick_cost(home: Path, historian: "Historian", package: Path) -> None:
    """CPU of one tick of 24 assets, ticks of a recorded stretch one by one."""
    from dure.plant.deploy import Deployment, Scorer

    deployment = bring(package, 24)
    newest = min(one["time"] for one in historian.last([f"line/A{n:03}/Current" for n in range(24)]))
    since = newest // SECOND * SECOND - 60 * SECOND
    Deployment.objects.filter(pk=deployment.pk).update(since=since)
    scorer = Scorer(historian, home / "cost")
    scorer.tick(since)
    service = psutil.Process(historian.health()["pid"])
    before, own = service.cpu_times(), time.process_time()
    for second in range(1, 51):
        scorer.tick(since + second * SECOND + 1)
    after, took = service.cpu_times(), time.process_time() - own
    busy = after.user + after.system - before.user - before.system
    print(
        f"24 assets x 4 inputs, one tick: worker {1000 * took / 50:.1f} ms CPU, historian {1000 * busy / 50:.1f} ms CPU"
    )
    scorer.close()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=40)
    words.add_argument("--assets", type=int, default=125)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        home.mkdir()
        os.environ |= {"DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        process, historian = start_historian(home)
        try:
            package = trained(home)
            for spread in (False, True):
                live(home, historian, package, given, spread=spread)
            tick_cost(home, historian, package)
        finally:
            historian.close()
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()

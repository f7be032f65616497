"""What following alarms costs the worker: 1,000 definitions on 1,000 signals at 1 Hz, five times; and a flood kept.

No peer: the alarm systems at hand are no programs that run here. Prints CPU of one core.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from dure.plant.historian import Historian

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fresh_database import fresh_database  # the tests' own node
from machines.historian_process import SECOND, historian_process, samples

DEFINITIONS, SECONDS, REPEATS = 1_000, 20, 5
START = 1_700_000_000 * SECOND


def speak(historian: Historian, start: int, count: int) -> None:
    for machine in range(100):
        values = {f"s{s}": [float((machine * 7 + s * 13 + n) % 90) for n in range(count)] for s in range(10)}
        table = pl.DataFrame({"time": [start + n * SECOND for n in range(count)], **values})
        historian.append("bench", samples(f"m{machine}", table))


def cost(act: Callable[[], Any]) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before


def flood(names: list[str]) -> float:
    from dure.plant.alarms import Alarm, Event
    from dure.plant.alarms.keeping import Happening, keep

    Alarm.objects.bulk_create(Alarm(pk=one, title_en=one, title_ko=one) for one in names)
    return cost(lambda: keep([Happening(one, Event.ANNUNCIATE, START) for one in names]))


def main() -> None:
    home = Path(tempfile.mkdtemp()) / "home"
    with fresh_database(home) as environment, historian_process(home) as historian:
        os.environ.update(environment)
        import django

        django.setup()
        from dure.plant.alarms import Evaluator

        (home / "alarms").mkdir()
        blocks = [
            f'[[alarm]]\nid = "a-{n}"\ntitle = "A {n}"\ncondition = "=[m{n % 100}/s{n // 100}]>80"\non_delay_s = 5\ndeadband = 2\n'
            for n in range(DEFINITIONS)
        ]
        (home / "alarms" / "all.toml").write_text("\n".join(blocks))
        worker, at = Evaluator(historian, home), START
        speak(historian, at, 1)
        time.sleep(3)
        print(f"{DEFINITIONS} definitions begin: {cost(lambda: worker.tick(START + SECOND)):.1f} s")
        followed, idle = [], []
        for _ in range(REPEATS):
            speak(historian, at + SECOND, SECONDS)
            at += SECONDS * SECOND
            time.sleep(4)
            followed.append(cost(lambda now=at + SECOND: worker.tick(now)) / SECONDS)
            idle.append(cost(lambda now=at + SECOND: worker.tick(now)))
        print(
            f"at 1 Hz: {100 * statistics.median(followed):.1f} % of one core; a quiet tick {1e3 * statistics.median(idle):.0f} ms"
        )
        kept = flood([f"flood-{n}" for n in range(10_000)])
        print(f"a flood of 10,000 kept in {kept:.1f} s: {10_000 / kept:.0f} a second")


if __name__ == "__main__":
    main()

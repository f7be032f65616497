"""`python -m dure.node.worker`: carries out long work, scores live signals, follows alarms, measures what there is.

It may be killed at any moment: works go on at their stage, scoring goes on where the historian's feed stands.
"""

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from dure.node.databases import system_database_url
from dure.node.lifeline import end_with_parent
from dure.node.logs import write_json_lines
from dure.node.options import read

log = structlog.get_logger("worker")
# Folders of finished work are kept so long. [s]
KEEP_WORK = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Duty:
    """Something done again and again: what, how often [s], and how long a failed one may wait at most [s]."""

    name: str
    every: float
    act: Callable[[], Any]
    longest_wait: float = 60.0


def duties() -> list[Duty]:
    """What the worker does beside long work."""
    from dure.foundation.ledger import checkpoint
    from dure.node.introductions import historian
    from dure.node.workflows import sweep
    from dure.plant.serve import BEAT

    scoring = _Scoring()
    return [
        Duty("scoring", 1.0, scoring.tick),
        Duty("pulse", BEAT, scoring.beat),
        Duty("alarms", 1.0, _Alarms().tick, longest_wait=5.0),
        Duty("inventory", 60.0, lambda: importlib.import_module("dure.plant.inventory").refresh(historian())),
        Duty("events", 5.0, _bring_in_events),
        Duty("refits", 60.0, _propose_refits),
        Duty("deadlines", 60.0, lambda: importlib.import_module("dure.foundation.procedure").sweep()),
        Duty("messages to other firms", 5.0, _send_to_others, longest_wait=30.0),
        Duty(
            "credentials to other firms",
            30.0,
            lambda: importlib.import_module("dure.sharing.participants").deliver_due(),
        ),
        Duty("ledger checkpoint", 60.0, checkpoint),
        Duty("sweeping", 3600.0, lambda: sweep(KEEP_WORK, time.time())),
    ]


def _bring_in_events() -> None:
    from dure.plant.events import bring_in_due
    from dure.vocabulary import home

    bring_in_due(home(), time.time())


def _send_to_others() -> None:
    # What the pages' own courier left behind when its process ended.
    from dure.sharing.exchange import deliver_due

    deliver_due()


def _propose_refits() -> None:
    from datetime import UTC, datetime

    from dure.node.works import works
    from dure.plant.deploy import propose

    propose(works(), datetime.now(UTC))


class _Scoring:
    def __init__(self) -> None:
        self._scorer: Any = None
        self._due = 0.0

    def tick(self) -> float:
        """Score what can be scored; seconds until the next tick is worth a look."""
        if self._scorer is None:
            from dure.node.introductions import historian
            from dure.plant.deploy import Scorer

            self._scorer = Scorer(historian())
        wait = float(self._scorer.tick())
        self._due = time.time() + wait
        return wait

    def beat(self) -> None:
        """Say that scoring lives, for those outside who use its results; silent while it hangs."""
        from dure.plant.serve import beat
        from dure.vocabulary import home

        beat(home(), time.time(), self._due)


class _Alarms:
    def __init__(self) -> None:
        self._evaluator: Any = None

    def tick(self) -> float:
        """Follow every alarm's condition; seconds until the next tick is worth a look."""
        if self._evaluator is None:
            from dure.node.introductions import historian
            from dure.plant.alarms import Evaluator

            self._evaluator = Evaluator(historian())
        return float(self._evaluator.tick())


def keep_doing(duty: Duty, ended: threading.Event) -> None:
    """Do `duty` until `ended`; a failure is logged once and tried again, with waits that grow."""
    from django.db import close_old_connections

    failed, wait = "", duty.every
    while not ended.wait(wait):
        try:
            close_old_connections()
            asked = duty.act()
        except Exception as mistake:  # one duty's fault must not end the others
            wait = min(2 * wait, max(duty.every, duty.longest_wait))
            if failed != (failed := repr(mistake)):
                log.exception("duty.failed", duty=duty.name)
            continue
        if failed:
            log.info("duty.works_again", duty=duty.name)
        # A duty that knows when it is next worth its while says so.
        failed, wait = "", asked if isinstance(asked, float) else duty.every


def main() -> None:
    """Run until told to end."""
    end_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")
    options = read()
    write_json_lines(options.log_level)
    import django

    django.setup()
    from dure.node import workflows

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    workflows.launch(system_database_url(options), at_once=options.work_at_once)
    log.info("worker.ready")
    threads = [threading.Thread(target=keep_doing, args=(duty, ended), daemon=True) for duty in duties()]
    for thread in threads:
        thread.start()
    ended.wait()
    log.info("worker.ended")
    sys.stderr.flush()
    os._exit(0)  # a work in the middle of a stage ends with us, and goes on at the next start


if __name__ == "__main__":
    main()

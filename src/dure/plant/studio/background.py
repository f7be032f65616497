"""What takes long is reckoned beside the pages, by threads of this process, with progress, and may be stopped.

Dear columns (`BACKGROUND`) lie in the sheet's cache under their fingerprint; a process that is ended begins the column
again when it is next looked at. Looks at a large table (`LOOKS`: orders, values, figures, pivots, charts) are given up
when nobody asks for them any more.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.plant.studio.refusals import FunctionRefused
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 2
"""Threads of a kind of work; more would only take the processors from each other."""
WAIT = 0.4
"""Seconds that a page waits for a look before it is told how far it is."""
LEFT = 30.0
"""Seconds after which a look that nobody asks for is given up."""
_MOST = 200
Work = Callable[[Callable[[float], None]], "pl.Series"]


class Stopped(FunctionRefused):
    """A person stopped what was being reckoned."""

    key = "sheet-stopped"
    says = Text("It was stopped by {why}.", "{why} 님이 계산을 멈췄습니다.")
    remedy = Text("Ask for it again to begin anew.", "다시 요청하면 처음부터 계산합니다.")


@dataclass
class Job:
    """One work under way."""

    patience: float = math.inf
    share: float = 0.0
    stopped_by: str = ""
    result: Any = None
    refusal: DureError | None = None
    asked: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event, repr=False)
    thread: threading.Thread | None = field(default=None, repr=False)

    def tell(self, share: float) -> None:
        """How far it is; raises `Stopped` when somebody stopped it, or nobody waits for it."""
        self.share = share
        if self.stopped_by:
            raise Stopped("column", why=self.stopped_by)
        if time.monotonic() - self.asked > self.patience:
            raise Stopped("column", why="–")


class Background:
    """The works of a kind under way in this process."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = math.inf) -> None:
        self._jobs: dict[str, Job] = {}
        self._guard = threading.Lock()
        self._room = threading.BoundedSemaphore(at_once)
        self._patience = patience

    def reckon(self, key: str, work: Work) -> "pl.Series | float":
        """The column when it is done, else the share that is.

        Raises
        ------
        DureError
            What the work refused.
        """
        job = self._begun(key, work)
        if job.refusal is not None:
            raise job.refusal
        if job.result is None:
            return job.share
        self._forget(key, job)
        return job.result  # type: ignore[no-any-return] # a work of this kind gives a column

    def ask(self, key: str, work: Callable[[Callable[[float], None]], Any], seconds: float = WAIT) -> Job:
        """The work after at most `seconds`: `over` with its `result`, or under way with its `share`.

        What it gives must be found elsewhere by the next who asks: a work that is over is forgotten.

        Raises
        ------
        DureError
            What the work refused, once; asked again it begins anew.
        """
        job = self._begun(key, work)
        job.asked = time.monotonic()
        job.over.wait(seconds)
        if job.over.is_set():
            self._forget(key, job)
            if job.refusal is not None:
                raise job.refusal
        return job

    def wait(self, key: str, work: Callable[[Callable[[float], None]], Any]) -> Any:
        """What the work gives, however long it takes.

        Raises
        ------
        DureError
            What the work refused.
        """
        job = self.ask(key, work)
        while not job.over.wait(1.0):
            job.asked = time.monotonic()
        if job.refusal is not None:
            raise job.refusal
        return job.result

    def _begun(self, key: str, work: Callable[[Callable[[float], None]], Any]) -> Job:
        with self._guard:
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = Job(self._patience)
                job.thread = threading.Thread(
                    target=_run, args=(job, work, self._room), name="column", daemon=True
                )
                job.thread.start()
                self._sweep()
        return job

    def _sweep(self) -> None:
        """Forget the oldest that are over and were never fetched."""
        over = [key for key, job in self._jobs.items() if job.over.is_set()]
        for key in over[: max(0, len(self._jobs) - _MOST)]:
            del self._jobs[key]

    def _forget(self, key: str, job: Job) -> None:
        with self._guard:
            if self._jobs.get(key) is job:
                del self._jobs[key]

    def stop(self, key: str, by: str) -> None:
        """Stop a work at its next piece."""
        with self._guard:
            job = self._jobs.get(key)
            if job is not None:
                job.stopped_by = by

    def under_way(self) -> list[str]:
        """What is under way."""
        with self._guard:
            return [key for key, job in self._jobs.items() if not job.over.is_set()]

    def again(self, key: str) -> None:
        """Forget what was refused, so that it is tried anew."""
        with self._guard:
            if key in self._jobs and self._jobs[key].refusal is not None:
                del self._jobs[key]


def _run(job: Job, work: Callable[[Callable[[float], None]], Any], room: threading.BoundedSemaphore) -> None:
    from django.db import connections

    try:
        with room:
            job.tell(0.0)
            job.result = work(job.tell)
    except DureError as refusal:
        job.refusal = refusal
    except Exception as mistake:  # noqa: BLE001 - whatever a library says must not leave the column waiting for ever
        name = type(mistake).__name__
        job.refusal = FunctionRefused("column", why=Text(name, name))
    finally:
        connections.close_all()
        job.over.set()


BACKGROUND = Background()
LOOKS = Background(patience=LEFT)

"""Dear columns are reckoned beside the pages, by threads of this process, with progress, and may be stopped.

What was reckoned lies in the sheet's cache under its fingerprint; a process that is ended begins the column again
when it is next looked at.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dure.plant.studio.refusals import FunctionRefused
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = threading.BoundedSemaphore(2)
Work = Callable[[Callable[[float], None]], "pl.Series"]


class Stopped(FunctionRefused):
    """A person stopped a column."""

    key = "sheet-stopped"
    says = Text("{where} was stopped by {why}.", "{why} 님이 {where} 계산을 멈췄습니다.")
    remedy = Text("Change the formula to begin again.", "수식을 바꾸면 다시 시작합니다.")


@dataclass
class Job:
    """One column under way."""

    share: float = 0.0
    stopped_by: str = ""
    result: "pl.Series | None" = None
    refusal: DureError | None = None
    thread: threading.Thread | None = field(default=None, repr=False)

    def tell(self, share: float) -> None:
        """How far it is; raises `Stopped` when somebody stopped it."""
        self.share = share
        if self.stopped_by:
            raise Stopped("column", why=self.stopped_by)


class Background:
    """The columns under way in this process."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._guard = threading.Lock()

    def reckon(self, key: str, work: Work) -> "pl.Series | float":
        """The column when it is done, else the share that is.

        Raises
        ------
        DureError
            What the work refused.
        """
        with self._guard:
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = Job()
                job.thread = threading.Thread(target=_run, args=(job, work), name="column", daemon=True)
                job.thread.start()
        if job.refusal is not None:
            raise job.refusal
        if job.result is None:
            return job.share
        with self._guard:
            self._jobs.pop(key, None)
        return job.result

    def stop(self, key: str, by: str) -> None:
        """Stop a column at its next batch."""
        with self._guard:
            job = self._jobs.get(key)
            if job is not None:
                job.stopped_by = by

    def under_way(self) -> list[str]:
        """What is under way."""
        with self._guard:
            return [key for key, job in self._jobs.items() if job.result is None and job.refusal is None]

    def again(self, key: str) -> None:
        """Forget what was refused, so that it is tried anew."""
        with self._guard:
            if key in self._jobs and self._jobs[key].refusal is not None:
                del self._jobs[key]


def _run(job: Job, work: Work) -> None:
    from django.db import connections

    try:
        with AT_ONCE:
            job.tell(0.0)
            job.result = work(job.tell)
    except DureError as refusal:
        job.refusal = refusal
    except Exception as mistake:  # noqa: BLE001 - whatever a library says must not leave the column waiting for ever
        name = type(mistake).__name__
        job.refusal = FunctionRefused("column", why=Text(name, name))
    finally:
        connections.close_all()


BACKGROUND = Background()

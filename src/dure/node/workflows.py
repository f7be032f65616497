"""Long work as durable workflows: killed with -9 at any point, it goes on at the stage it had reached.

A workflow writes its facts to `home/work/<id>/`, then runs its stages as DBOS steps. A stage runs in a process of
its own (`hands`), reads what the former stage left in the folder and leaves its own; the interrupted one runs
again from its start.
"""

import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSPortableJSONSerializer, error

from dure.node.hands import WorkBroken, told
from dure.node.works import APPLICATION, QUEUE, VERSION
from dure.vocabulary import home

# How often a running stage looks whether it was cancelled, and how often it tells how far it is. [s]
LOOK, TELL = 0.5, 0.5


def migrate(url: str) -> None:
    """Bring the workflows' tables at `url` up to date."""
    if url.startswith("sqlite:///"):
        import sqlite3

        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            file.execute("PRAGMA journal_mode=WAL")  # kept in the file: pages read while the worker writes
        file.close()
    DBOS.migrate(url)


def launch(url: str, *, at_once: int) -> None:
    """Begin to carry out works from the database at `url`, first those that were cut off."""
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": url,
            "application_version": VERSION,
            "executor_id": "worker",
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            "enable_otlp": False,
            "log_level": "WARNING",
            "max_executor_threads": at_once + 2,
            "sys_db_pool_size": 4,
        }
    )
    DBOS.launch()
    DBOS.register_queue(
        QUEUE, worker_concurrency=at_once, polling_interval_sec=1.0, on_conflict="always_update"
    )


@DBOS.workflow(name="train")
def train(facts: dict[str, Any]) -> dict[str, Any]:
    """A model learnt from tables and taken into the registry."""
    return _through("train", facts)


@DBOS.workflow(name="prepare")
def prepare(facts: dict[str, Any]) -> dict[str, Any]:
    """A table prepared by a recipe and kept among the uploads."""
    return _through("prepare", facts)


@DBOS.workflow(name="import")
def bring_in(facts: dict[str, Any]) -> dict[str, Any]:
    """A file's samples, appended to the historian."""
    return _through("import", facts)


def _through(kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    work = str(DBOS.workflow_id)
    result: dict[str, Any] = {}
    try:
        begun = _begin(work, kind, facts)
        for stage in begun.get("done", {}).get("stages", ()):
            outcome = _stage(work, kind, stage)
            if "error" in outcome:
                return outcome
            result |= outcome["done"]
    finally:
        _let_go(work)
    return begun if "error" in begun else {"result": result}


@DBOS.step(name="begin")
def _begin(work: str, kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Write down what was asked; the names of the stages."""
    folder = _folder(work)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / ".asked.json"
    beside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    beside.replace(folder / "asked.json")
    return _asked(work, kind, "")


@DBOS.step(name="stage")
def _stage(work: str, kind: str, stage: str) -> dict[str, Any]:
    """Run one stage and tell how far it is."""
    _tell(work, stage=stage)
    told = time.monotonic()

    def heard(words: Mapping[str, Any]) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL:
            told = time.monotonic()
            _tell(work, progress=words["at"], stage=words["stage"] or stage)

    return _asked(work, kind, stage, heard)


def _asked(
    work: str, kind: str, stage: str, heard: Callable[[Mapping[str, Any]], None] | None = None
) -> dict[str, Any]:
    for attempt in ("first", "again"):
        for words in _hands(work, kind).do(stage):
            if words is None:
                _stop_if_cancelled(work)
            elif "at" in words:
                if heard is not None:
                    heard(words)
            else:
                return words
        _let_go(work)
        _stop_if_cancelled(work)
        DBOS.logger.warning(f"the process of work {work} ended in stage {stage!r} ({attempt} time)")
    return {"error": told(WorkBroken(stage, why="its process was ended"))}


def _tell(work: str, **noted: Any) -> None:
    DBOS.update_workflow_attributes(work, noted, merge=True)


def _stop_if_cancelled(work: str) -> None:
    status = DBOS.get_workflow_status(work)
    if status is not None and status.status == "CANCELLED":
        _let_go(work)
        raise error.DBOSWorkflowCancelledError(f"work {work} was cancelled")


def _folder(work: str) -> Path:
    return home() / "work" / work


class Hands:
    """The process that does the stages of one work."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module; the id is ours
            [sys.executable, "-m", "dure.node.hands", kind, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True, name="hands").start()

    def do(self, stage: str) -> Iterator[dict[str, Any] | None]:
        """The words about `stage` as they come; None each `LOOK` seconds; ends when its process does."""
        if self._process.stdin is None or self._process.poll() is not None:
            return
        try:
            self._process.stdin.write(f"{stage}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return
        looked = time.monotonic()
        while True:
            try:
                line = self._lines.get(timeout=LOOK)
            except queue.Empty:
                line = ""
            if line is None:
                return
            if line:
                yield json.loads(line)
            if time.monotonic() - looked >= LOOK:
                looked = time.monotonic()
                yield None

    def end(self) -> None:
        """End the process at once; nothing half-written counts."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    self._lines.put(line)
        self._lines.put(None)


_at_work: dict[str, Hands] = {}


def _hands(work: str, kind: str) -> Hands:
    if work not in _at_work:
        _at_work[work] = Hands(kind, _folder(work))
    return _at_work[work]


def _let_go(work: str) -> None:
    if work in _at_work:
        _at_work.pop(work).end()


def sweep(older_than: float, now: float) -> None:
    """Remove the folders of works last touched more than `older_than` seconds before `now`."""
    for folder in (home() / "work").iterdir():
        if now - folder.stat().st_mtime > older_than and folder.name not in _at_work:
            shutil.rmtree(folder, ignore_errors=True)

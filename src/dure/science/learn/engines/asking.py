"""Asking an engine: a folder of Parquet and JSON, a process of its own in it, and what it said, checked.

The engine is foreign: it is given no truth of the rows it is asked, no address of the node and no more time than was
agreed; what it gives is read as numbers only.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.engines.environment import Engine, EngineFailed, EngineTooSlow, last_line

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Above its budget an engine may take so many times it and so many seconds more: imports, a last fit, a busy machine.
PATIENCE, GRACE = 2.0, 90.0
#: An answer's facts may be so long, and the words of a failure. [bytes]
MOST_ANSWER, MOST_WORDS = 1_000_000, 20_000
TARGET, POLL = "truth of the row", 0.2


@dataclass(frozen=True)
class Job:
    """What an engine is asked.

    Parameters
    ----------
    task
        `estimate` or `classify`.
    frame
        Inputs. [N rows]
    y
        The target: numbers, or places of classes. [N]
    turns
        Rows to learn from and rows to be answered, for each turn.
    classes
        How many classes there are; 0 for a number.
    budget
        For each turn. [s]
    """

    task: str
    frame: "pl.DataFrame"
    y: Floats
    turns: Sequence[tuple[Rows, Rows]]
    classes: int = 0
    budget: float = 60.0
    seed: int = 0
    threads: int = 2


@dataclass(frozen=True)
class Answered:
    """What an engine said: for each turn its output [T] or [T, C]; its version; winner, settings and time of each turn."""

    said: tuple[Floats, ...]
    version: str
    turns: tuple[dict[str, Any], ...]


def unwatched(share: float) -> None:
    """A watch that nobody keeps."""
    del share


def ask(engine: Engine, job: Job, watch: Callable[[float], None] = unwatched) -> Answered:
    """Run an engine on a job.

    Parameters
    ----------
    watch
        Called several times a second with the share of the turns that are done; what it raises stops the engine.

    Raises
    ------
    EngineAbsent, EngineFailed, EngineTooSlow
        If it is not installed, ended without a sound answer, or took too long.
    """
    python = engine.runs
    with tempfile.TemporaryDirectory(prefix="dure-engine-") as place:
        folder = Path(place)
        _put(job, folder)
        _run(engine, python, job, folder, watch)
        return _answer(engine, job, folder)


def _put(job: Job, folder: Path) -> None:
    """The job as files; the rows asked go without their truth."""
    import polars as pl
    import polars.selectors as cs

    # Values without bound are missing to our own models too; FLAML would stop at them.
    frame = job.frame.with_columns(pl.when(cs.float().is_finite()).then(cs.float()))
    for turn, (fit, asked) in enumerate(job.turns):
        truth = job.y[fit] if not job.classes else job.y[fit].astype(np.int64)
        frame[fit].with_columns(pl.Series(TARGET, truth)).write_parquet(folder / f"fit_{turn}.parquet")
        frame[asked].write_parquet(folder / f"asked_{turn}.parquet")
    facts = {
        "task": job.task,
        "columns": job.frame.columns,
        "words": [name for name, kind in job.frame.schema.items() if not kind.is_numeric()],
        "target": TARGET,
        "turns": len(job.turns),
        "budget": job.budget,
        "seed": job.seed,
        "threads": job.threads,
    }
    (folder / "job.json").write_text(json.dumps(facts))


def _run(engine: Engine, python: Path, job: Job, folder: Path, watch: Callable[[float], None]) -> None:
    """The engine's process until it ends, is too slow, or is no longer wanted; its children end with it."""
    until = time.monotonic() + len(job.turns) * job.budget * PATIENCE + GRACE
    with (folder / "words").open("wb") as words:
        process = subprocess.Popen(  # noqa: S603 - the engine's own Python and a script of this package
            [str(python), str(engine.script), str(folder)],
            cwd=folder, env=_surroundings(folder, job.threads), stdin=subprocess.DEVNULL, stdout=words, stderr=words,
            start_new_session=True,
        )  # fmt: skip
        try:
            while process.poll() is None:
                if time.monotonic() > until:
                    raise EngineTooSlow(
                        engine.name, seconds=round(len(job.turns) * job.budget * PATIENCE + GRACE)
                    )
                watch(len(list(folder.glob("said_*.parquet"))) / len(job.turns))
                time.sleep(POLL)
        finally:
            _end(process)
    if process.returncode:
        raise EngineFailed(engine.name, what=_last_words(folder) or f"exit {process.returncode}")


def _surroundings(folder: Path, threads: int) -> dict[str, str]:
    """What an engine knows of the machine: nothing of the node's settings or secrets."""
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**known, "HOME": str(folder), "TMPDIR": str(folder), "OMP_NUM_THREADS": str(threads), "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(folder: Path) -> str:
    with (folder / "words").open("rb") as words:
        words.seek(max(0, (folder / "words").stat().st_size - MOST_WORDS))
        return last_line(words.read().decode(errors="replace"))


def _answer(engine: Engine, job: Job, folder: Path) -> Answered:
    """The answer, if it is whole and sound."""
    try:
        place = folder / "answer.json"
        with place.open("rb") as answer:
            facts = json.loads(answer.read(MOST_ANSWER))
        turns = tuple(dict(one) for one in facts["turns"][: len(job.turns)])
        said = tuple(_said(folder, job, turn) for turn in range(len(job.turns)))
    except Exception as broken:
        # Whatever a foreign file breaks in a reader is the engine's failure, said in one sentence.
        raise EngineFailed(engine.name, what=str(broken)[:200] or type(broken).__name__) from broken
    return Answered(said, str(facts.get("version", ""))[:40], turns)


def _said(folder: Path, job: Job, turn: int) -> Floats:
    """What was said in one turn, as many rows as were asked, finite, and for classes summing to 1."""
    import polars as pl

    names = [f"p{one}" for one in range(job.classes)] or ["prediction"]
    found = pl.read_parquet(folder / f"said_{turn}.parquet")
    found = found.with_columns(pl.lit(0.0).alias(name) for name in names if name not in found.columns)
    said = found.select(pl.col(names).cast(pl.Float64)).to_numpy()
    if len(said) != len(job.turns[turn][1]) or not np.isfinite(said).all():
        raise ValueError("it answered other rows than it was asked, or no numbers")
    if not job.classes:
        return said[:, 0]
    whole = said.sum(axis=1, keepdims=True)
    if (said < 0).any() or (np.abs(whole - 1.0) > 1e-3).any():
        raise ValueError("its probabilities do not sum to 1")
    return np.asarray(said / whole)

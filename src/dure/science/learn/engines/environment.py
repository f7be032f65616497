"""Where engines live: a virtual environment each, below `engines/NAME` of the node's home, with pinned requirements."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.vocabulary import InputError, NodeProblem, Text, home

OUTSIDE = Path(__file__).parent / "outside"
#: An installation that takes longer is given up. [s]
MOST_SECONDS = 1_800.0
READY = "ready.json"


class EngineUnknown(InputError):
    """An engine that does not exist was asked for."""

    key = "engine-unknown"
    says = Text("There is no search engine called {where}.", "{where}(이)라는 탐색 엔진이 없습니다.")
    remedy = Text("Choose from: auto, {known}.", "다음에서 고르세요: auto, {known}.")


class EngineAbsent(NodeProblem):
    """An engine that is not installed here was asked for."""

    key = "engine-absent"
    says = Text(
        "The search engine {where} is not installed on this node.",
        "탐색 엔진 {where}이(가) 이 노드에 설치되어 있지 않습니다.",
    )
    remedy = Text("Run: dure engines add {where}", "다음을 실행하세요: dure engines add {where}")


class EngineFailed(NodeProblem):
    """An engine, or its installation, ended without an answer that can be read."""

    key = "engine-failed"
    says = Text(
        "The search engine {where} gave no answer: {what}.",
        "탐색 엔진 {where}이(가) 답하지 못했습니다: {what}.",
    )
    remedy = Text(
        "Train with --engine auto, or install it again with: dure engines add {where}",
        "--engine auto로 학습하거나 다음으로 다시 설치하세요: dure engines add {where}",
    )


class EngineTooSlow(NodeProblem):
    """An engine did not end in the time it was given, and was stopped."""

    key = "engine-too-slow"
    says = Text(
        "The search engine {where} was stopped after {seconds} s.",
        "탐색 엔진 {where}을(를) {seconds}초 뒤에 멈췄습니다.",
    )
    remedy = Text(
        "Give it a larger --budget, or train with --engine auto.",
        "--budget을 늘리거나 --engine auto로 학습하세요.",
    )


@dataclass(frozen=True, slots=True)
class Engine:
    """A foreign search: its name, who makes it, its script, and the Python that runs it."""

    name: str
    label: Text
    script: Path
    python: Path | None = None

    @property
    def requirements(self) -> Path:
        """What is installed for it, one pinned line each."""
        return self.script.with_suffix(".txt")

    @property
    def folder(self) -> Path:
        """Its environment on this node."""
        return home() / "engines" / self.name

    @property
    def runs(self) -> Path:
        """The Python that runs it.

        Raises
        ------
        EngineAbsent
            If its environment is not there, or was not finished.
        """
        if self.python is not None:
            return self.python
        if not (self.folder / READY).is_file():
            raise EngineAbsent(self.name)
        return self.folder / "bin" / "python"


ENGINES: dict[str, Engine] = {
    name: Engine(name, label, OUTSIDE / f"{name}_engine.py")
    for name, label in (
        ("flaml", Text("FLAML (Microsoft Research)", "FLAML(마이크로소프트 리서치)")),
        ("autogluon", Text("AutoGluon Tabular (Amazon)", "AutoGluon Tabular(아마존)")),
    )
}


def engine_named(name: str) -> Engine:
    """The engine of that name.

    Raises
    ------
    EngineUnknown
        If there is none.

    Examples
    --------
    >>> engine_named("flaml").requirements.read_text().splitlines()[0]
    'flaml[automl]==2.7.0'
    """
    if name not in ENGINES:
        raise EngineUnknown(name[:40], known=", ".join(ENGINES))
    return ENGINES[name]


def listed() -> list[dict[str, Any]]:
    """Every engine: `engine`, `label`, `installed`, `requirements`."""
    return [
        {
            "engine": one.name,
            "label": str(one.label),
            "installed": (one.folder / READY).is_file(),
            "requirements": _lines(one.requirements),
        }
        for one in ENGINES.values()
    ]


def add(name: str, index: Sequence[str] = ()) -> dict[str, Any]:
    """Make the environment of an engine; an older one is replaced only when the new one is whole.

    Parameters
    ----------
    name
        One of `ENGINES`.
    index
        Further words for pip, such as `--no-index --find-links FOLDER` where a plant has no network.

    Raises
    ------
    EngineUnknown, EngineFailed
        If there is no such engine, or pip could not install it.
    """
    engine = engine_named(name)
    draft = engine.folder.with_name(f".{name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        _run(engine, [sys.executable, "-m", "venv", str(draft)])
        pip = [
            str(draft / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        _run(engine, [*pip, *index, "-r", str(engine.requirements)])
        (draft / READY).write_text(json.dumps({"requirements": _lines(engine.requirements)}))
        shutil.rmtree(engine.folder, ignore_errors=True)
        draft.rename(engine.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {"engine": name, "folder": str(engine.folder), "requirements": _lines(engine.requirements)}


def _run(engine: Engine, words: list[str]) -> None:
    """One step of an installation; its last line is the reason of a refusal."""
    quiet = {**os.environ, "PYTHONNOUSERSITE": "1"}
    quiet.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and files of this package
            words, capture_output=True, text=True, timeout=MOST_SECONDS, env=quiet, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise EngineTooSlow(engine.name, seconds=round(MOST_SECONDS)) from late
    if done.returncode:
        raise EngineFailed(engine.name, what=last_line(done.stderr) or f"pip {done.returncode}")


def last_line(text: str) -> str:
    """The last line that says something, short.

    >>> last_line("MemoryError: no room ")
    'MemoryError: no room'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line and not line.startswith("#")]

"""The stages of each kind of long work. A stage may be run twice: it leaves whole files, or none.

A stage takes the facts, the work's folder and a `Progress`; what it returns is added to the work's result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dure.vocabulary import Permit, Progress

Facts = Mapping[str, Any]
Stage = Callable[[Facts, Path, Progress], "dict[str, Any] | None"]


def stages(kind: str) -> dict[str, Stage]:
    """The stages of `kind`, in their order."""
    return {"train": _train, "prepare": _prepare, "import": _import}[kind]()


def _train() -> dict[str, Stage]:
    from dure.science.learn import STAGES

    learning: dict[str, Stage] = {name: _learning(act) for name, act in STAGES.items()}
    return {**learning, "register": _register}


def _learning(act: Callable[..., None]) -> Stage:
    def stage(facts: Facts, folder: Path, progress: Progress) -> None:
        from dure.science.learn import TrainRequest

        act(TrainRequest.from_dict(facts["request"]), folder, progress)

    return stage


def _register(facts: Facts, folder: Path, _progress: Progress) -> dict[str, Any]:
    raise NotImplementedError


def _prepare() -> dict[str, Stage]:
    return {}


def _import() -> dict[str, Stage]:
    return {}

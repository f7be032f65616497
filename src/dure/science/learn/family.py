"""The promise of a model family, and how families are found.

A family is one file below its task (`estimate/`, `classify/`, `detect/`) with one class that keeps `Family`; a family
from another wheel is named by an entry point of group `dure.models`. What `fit` gives is already the exported form:
nothing but this form ever predicts, in validation, in a batch or on the line, so that no verdict can change
between them.
"""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import ModelRefused, Text

Floats = NDArray[np.float64]
Settings = Mapping[str, Any]

#: Tasks that can be learnt today, in words.
TASKS: Mapping[str, Text] = {
    "estimate": Text("estimate a number", "수치 예측"),
    "classify": Text("tell classes apart", "분류"),
    "detect": Text("find what is not normal", "이상 탐지"),
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a family learns from.

    Parameters
    ----------
    x
        Prepared rows, NaN where a value is missing. [N, F]
    y
        Target of each row: its number, or the place of its class; empty for `detect`. [N]
    classes
        How many classes there are; 0 for other tasks.
    seed
        Start of every random choice.
    held_x, held_y
        Rows kept back, on which an iterative family may see when to stop; empty when there are none.
    words
        How many words each column numbers from 0, 0 for a column of numbers; empty when all are numbers. [F]
    weights
        How much each row counts; empty where all count alike. [N]
    """

    x: Floats
    y: Floats = field(default_factory=lambda: np.empty(0))
    classes: int = 0
    seed: int = 0
    held_x: Floats = field(default_factory=lambda: np.empty((0, 0)))
    held_y: Floats = field(default_factory=lambda: np.empty(0))
    words: tuple[int, ...] = ()
    weights: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class Exported:
    """A fitted model in the form that is kept and served.

    `form` is `onnx`, `lightgbm` or `blend`; `facts` are what was learnt, in plain values (iterations, neighbours, …).
    """

    form: str
    content: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)


class Served(Protocol):
    """An exported model, opened."""

    constants: Mapping[str, Floats]

    def run(self, x: Floats) -> Floats:
        """Its output for each row: a number, the score, or the probability of each class. [N] or [N, C]."""

    def shares(self, x: Floats) -> Floats | None:
        """What each column adds to the output of each row, where the form itself knows. [N, F]."""


class OutOfTime(Exception):
    """A tick's word that the time for this fit is over: an iterative family keeps what it has learnt so far."""


class Tick(Protocol):
    """Called often while a family fits; raises when the work is to stop (`OutOfTime` when only its time is over)."""

    def __call__(self) -> None:
        """Say that work goes on."""


@runtime_checkable
class Family(Protocol):
    """What a model family promises.

    `name` is its file's name, `task` the folder's; `label` what a person reads.
    """

    name: ClassVar[str]
    task: ClassVar[str]
    label: ClassVar[Text]

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Settings worth trying on so many rows and columns, the best guess first."""

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """The model learnt from `lesson`, exported; the same lesson and settings give the same bytes."""

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """How much each column speaks for each row's output; None when the family cannot say. [N, F]."""


class FamilyUnknown(ModelRefused):
    """A model of a family that is not installed."""

    key = "family-unknown"
    says = Text("No model family “{where}” is installed.", "“{where}” 모델 계열이 설치되어 있지 않습니다.")
    remedy = Text(
        "Install the package that brings it, or choose one of: {known}.",
        "그 계열을 담은 패키지를 설치하거나 다음에서 고르세요: {known}.",
    )


#: What is served but never searched for: several families together, and the answer that needs no model.
_ASSEMBLED: Mapping[str, str] = {
    "blend": "dure.science.learn.forms.blend",
    "null": "dure.science.learn.forms.constant",
}


@cache
def families(task: str) -> Mapping[str, Family]:
    """Families of `task` by name: those in its folder, then those of other wheels.

    >>> sorted(families("detect"))
    ['ledoit_wolf', 'neighbours', 'principal_components']
    """
    folder = importlib.import_module(f"dure.science.learn.{task}")
    found = {}
    for module in pkgutil.iter_modules(folder.__path__):
        member = importlib.import_module(f"{folder.__name__}.{module.name}")
        found[module.name] = _one_in(member)
    for entry in entry_points(group="dure.models"):
        family = entry.load()()
        if isinstance(family, Family) and family.task == task:
            found.setdefault(family.name, family)
    return found


def _one_in(module: Any, *given: str) -> Family:
    own = [kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__]
    made = [kind(*given) for kind in own if isinstance(kind, type) and hasattr(kind, "candidates")]
    if len(made) != 1 or not isinstance(made[0], Family):
        raise TypeError(f"{module.__name__} must hold exactly one class that keeps the promise of Family")
    return made[0]


def family_named(task: str, name: str) -> Family:
    """The family of that task and name.

    Raises
    ------
    FamilyUnknown
        If it is not installed.
    """
    if name in _ASSEMBLED:
        return _one_in(importlib.import_module(_ASSEMBLED[name]), task)
    there = families(task)
    if name not in there:
        raise FamilyUnknown(f"{task}.{name}", known=", ".join(sorted(there)))
    return there[name]

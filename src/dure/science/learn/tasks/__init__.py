"""Tasks as people ask for them: look at pictures, listen, read, foretell, say how long it will last.

One file here is one task. It turns what was asked into one of the base tasks underneath (`estimate`, `classify`,
`detect`), and names the steps that make numbers of pictures, sounds, words or histories; families, honest
validation, nulls, the package and its parity are then those of the base task. The card keeps what was `asked`.

A step that opens content must remember what it made of a reference (a bounded while): every fold asks it again.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.request import TrainRequest
    from dure.science.prepare import Step, Table
    from dure.vocabulary import Text


@runtime_checkable
class AskedTask(Protocol):
    """What a task promises; `alone` says that a row owes nothing to the rows before it (no window, no calming)."""

    name: ClassVar[str]
    label: ClassVar["Text"]
    alone: ClassVar[bool]

    def shape(self, request: "TrainRequest", table: "Table") -> tuple["TrainRequest", "Table"]:
        """The request and the table with all that is reckoned from them: a target, a group, what is ignored.

        Raises
        ------
        InputError
            A leaf of it, if this table cannot be asked so.
        """

    def base(self, request: "TrainRequest", frame: "pl.DataFrame") -> str:
        """`estimate`, `classify`, `detect`, or empty where the target decides; `request` and `frame` are shaped."""

    def inputs(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
        """Columns of references or words that the steps read: inputs of the model, whatever they look like."""

    def steps(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple["Step", ...]:
        """Steps put first in every view; they take the `inputs` away and leave numbers."""


@cache
def asked_tasks() -> Mapping[str, AskedTask]:
    """Tasks that can be asked for, by name: the files of this folder, then those of other wheels (`dure.tasks`).

    >>> isinstance(asked_tasks(), dict)
    True
    """
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    members = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = {task.name: task for module in members for task in _tasks_in(module)}
    for entry in entry_points(group="dure.tasks"):
        task = entry.load()()
        if isinstance(task, AskedTask):
            found.setdefault(task.name, task)
    return found


def asked_of(request: "TrainRequest") -> AskedTask | None:
    """The task that was asked for, where it is none of the base tasks."""
    return asked_tasks().get(request.asked)


def inputs_of(request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
    """Columns that are inputs whatever they look like."""
    task = asked_of(request)
    return () if task is None else task.inputs(request, frame)


def _tasks_in(module: object) -> list[AskedTask]:
    own = [kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__]  # type: ignore[attr-defined]  # a module has a name
    return [kind() for kind in own if isinstance(kind, type) and hasattr(kind, "shape")]

"""The plan of a training: what `read` and `prepare` found out, kept as plain files between the stages."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.columns import Aside, Columns
from dure.science.learn.choosing.view import View
from dure.science.learn.judging.validation import Setting, Validation
from dure.science.learn.target import Classes
from dure.science.prepare import Recipe
from dure.vocabulary import DiskFull, Text, is_full

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

#: The plan as it was made, and as the chosen model sees it.
PLANNED, SHOWN = "plan.json", "shown.json"


@dataclass(frozen=True)
class Plan:
    """Everything decided before the first model is fitted.

    `segments` are the rows of each stretch that no window may leave: of a file, of a group in it; `sources` the
    files with their rows; `period` the usual time between rows, 0 where nobody knows [s]; `runs_by` the column whose
    change begins a new stretch. `views` are the ways in which rows may be shown, the plain one first; `consecutive` says
    whether each row of a stretch follows the one before in time; `facts` are what else the card is to say.
    """

    task: str
    why: Text
    target: str | None
    columns: Columns
    recipe: Recipe
    sources: tuple[tuple[str, int], ...]
    segments: tuple[int, ...]
    clock: str = ""
    period: float = 0.0
    group: str = ""
    classes: Classes | None = None
    validation: Validation | None = None
    notes: tuple[Text, ...] = field(default_factory=tuple)
    views: tuple[View, ...] = ()
    consecutive: bool = False
    runs_by: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that are learnt from."""
        return self.columns.features

    def shown_by(self, view: View) -> "Plan":
        """The plan with the columns and the recipe of the view that was chosen."""
        columns = replace(self.columns, features=view.columns)
        return replace(self, columns=columns, recipe=view.recipe)

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON holds it."""
        plain = replace(self, views=())
        return {
            **asdict(plain),
            "recipe": self.recipe.to_dict(),
            "views": [view.to_dict() for view in self.views],
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Plan":
        """The plan that `to_dict` wrote."""
        known = dict(facts)
        known["columns"] = Columns(
            tuple(known["columns"]["features"]),
            *(
                tuple(Aside(one["column"], one["key"], Text(**one["why"])) for one in known["columns"][name])
                for name in ("left_out", "to_look_at")
            ),
        )
        known["segments"] = tuple(known["segments"])
        known["why"] = Text(**known["why"])
        known["notes"] = tuple(Text(**one) for one in known["notes"])
        known["recipe"] = Recipe.from_dict(known["recipe"])
        known["views"] = tuple(View.from_dict(one) for one in known["views"])
        known["sources"] = tuple((name, rows) for name, rows in known["sources"])
        if known["classes"]:
            known["classes"] = Classes(**{**known["classes"], "names": tuple(known["classes"]["names"])})
        if known["validation"]:
            known["validation"] = Validation(
                **{**known["validation"], "words": Text(**known["validation"]["words"])}
            )
        return cls(**known)


@dataclass(frozen=True)
class Material:
    """The plan with its rows: the table, when each was measured, its group, its target.

    `weights` say how many rows each one stands for where only inspected parts carry a label; None where all count alike.
    """

    plan: Plan
    frame: "pl.DataFrame"
    y: Floats
    seconds: Floats | None = None
    groups: Rows | None = None
    weights: Floats | None = None
    #: What a recipe made of the rows, by view: folds that learnt the same need not make it again.
    seen: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def reckoned(self) -> Mapping[str, Any]:
        """What the asked task found: `beside` (columns of what needs no model), `null` (the one to be beaten) and more."""
        found: Mapping[str, Any] = self.plan.facts.get("reckoned") or {}
        return found

    @property
    def median(self) -> bool:
        """Whether the absolute error is lessened: what is said is then the median, not the mean."""
        return bool(self.reckoned.get("median"))

    @cached_property
    def beside(self) -> dict[str, Floats]:
        """What the asked task knows without a model, NaN where it knows nothing. [N] each."""
        return {
            name: _column(self.frame, column) for name, column in (self.reckoned.get("beside") or {}).items()
        }

    @cached_property
    def teaching(self) -> Floats | None:
        """How much each row teaches; None where all teach alike. [N]."""
        name = self.reckoned.get("weight")
        return _column(self.frame, name) if name else None

    def null(self, taught: Rows, judged: Rows) -> Floats:
        """The answer that needs no model for rows `judged`, by rows `taught`: the task's own, else the mean. [J]."""
        usual = np.full(len(judged), self.y[taught].mean())
        if (name := self.reckoned.get("null")) not in self.beside:
            return usual
        own = self.beside[str(name)][judged]
        return np.where(np.isnan(own), usual, own)

    @property
    def setting(self) -> Setting:
        """What the validation is chosen by."""
        count = len(self.plan.classes.names) if self.plan.classes else 0
        return Setting(self.y, count, self.seconds, self.plan.clock, self.groups, self.plan.group)


def _column(frame: "pl.DataFrame", name: str) -> Floats:
    import polars as pl

    return frame.get_column(name).cast(pl.Float64).fill_null(float("nan")).to_numpy()


def keep(material: Material, folder: Path) -> None:
    """Write plan and rows into `folder`, the plan last: where it lies, all of it does."""
    write_table(material.frame, folder / "rows.parquet")
    arrays: dict[str, NDArray[Any]] = {"y": material.y}
    if material.seconds is not None:
        arrays["seconds"] = material.seconds
    if material.groups is not None:
        arrays["groups"] = material.groups
    if material.weights is not None:
        arrays["weights"] = material.weights
    write_arrays(arrays, folder / "rows.npz")
    write_json(material.plan.to_dict(), folder / PLANNED)


def keep_shown(plan: Plan, folder: Path) -> None:
    """Write the plan as the model that was chosen sees it; the first one stays, for a stage that is done again."""
    write_json(plan.to_dict(), folder / SHOWN)


def kept(folder: Path, name: str = PLANNED) -> Material:
    """The rows that `keep` wrote with the plan of that name; with the first one where there is no other."""
    import polars as pl

    place = folder / name if (folder / name).exists() else folder / PLANNED
    plan = Plan.from_dict(json.loads(place.read_bytes()))
    arrays = read_arrays(folder / "rows.npz")
    frame = pl.read_parquet(folder / "rows.parquet")
    return Material(
        plan, frame, arrays["y"], arrays.get("seconds"), arrays.get("groups"), arrays.get("weights")
    )


def write_json(facts: Mapping[str, Any], path: Path) -> None:
    """Write one JSON file, whole or not at all."""
    _put(json.dumps(facts, ensure_ascii=False).encode(), path)


def read_json(path: Path) -> dict[str, Any]:
    """One JSON file that `write_json` wrote."""
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def write_bytes(content: bytes, path: Path) -> None:
    """Write one file, whole or not at all."""
    _put(content, path)


def write_table(frame: "pl.DataFrame", path: Path) -> None:
    """Write one Parquet file, whole or not at all."""
    draft = path.with_name(f".{uuid4().hex[:8]}.{path.name}")
    try:
        frame.write_parquet(draft)
    except Exception as refused:
        # Polars has an error of its own for a disk that is full
        draft.unlink(missing_ok=True)
        if is_full(refused):
            raise DiskFull(str(path)) from refused
        raise
    draft.replace(path)


def write_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write named arrays into one file, whole or not at all."""
    draft = path.with_name(f".{uuid4().hex[:8]}.{path.name}")
    with draft.open("wb") as file:
        np.savez(file, **dict(arrays))  # type: ignore[arg-type]  # numpy's stub takes every keyword for allow_pickle
    draft.replace(path)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Named arrays that `write_arrays` wrote; no object is ever unpickled."""
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def digest(path: Path) -> str:
    """SHA-256 of a file; empty if it is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(content: bytes, path: Path) -> None:
    draft = path.with_name(f".{uuid4().hex[:8]}.{path.name}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

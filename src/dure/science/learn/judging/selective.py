"""Selective labels: only some parts were inspected, and not by chance; what that does to a model and to its score.

Whether a row carries a label is foretold from its columns like any class. If that works (ROC AUC 0.7 and more), the
labelled rows are others than the rest: then it is said which columns differ, and each labelled row is also counted as
often as there are rows like it (inverse propensity), so that the score for all parts stands beside that for the
inspected ones.

References
----------
H. Lakkaraju et al., "The selective labels problem", KDD 2017; D. G. Horvitz, D. J. Thompson, "A generalization of
sampling without replacement from a finite universe", JASA 47(260), 663-685, 1952.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.given import Given
from dure.science.learn.choosing.view import View
from dure.science.learn.judging.metrics import ranking
from dure.science.learn.refusals import ColumnUnknown, nearest
from dure.science.learn.target import words
from dure.vocabulary import Permit, Text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: ROC AUC from which on labels are not missing by chance.
NOT_BY_CHANCE = 0.7
#: Rows without a label below which nothing is said.
FEWEST, LEAST_SHARE = 30, 0.02
#: A row counts as at most so many.
MOST_WEIGHT = 20.0
MOST_ROWS, PARTS = 20_000, 3
MOST_COLUMNS = 5
_NO = {"", "0", "false", "no", "n", "아니오", "미검사"}


@dataclass(frozen=True)
class Picked:
    """How the labelled rows differ from all: `auc`, columns with their means, and the weight of each labelled row."""

    labelled: int
    rows: int
    noticed: bool
    auc: float
    columns: Sequence[dict[str, Any]]
    weights: Floats

    @property
    def words(self) -> Text:
        """What it means, as a person says it."""
        named = ", ".join(f"“{one['column']}”" for one in self.columns[:3])
        differ = Text(
            f"; they differ most in {named}" if named else "", f" 가장 다른 열: {named}." if named else ""
        )
        return Text(
            f"Only {self.labelled} of {self.rows} rows carry a label, and not by chance (told apart with ROC AUC "
            f"{self.auc:.2f}){differ.en}. The score holds for inspected parts; the weighted score beside it stands for all.",
            f"{self.rows}행 가운데 {self.labelled}행에만 라벨이 있고 우연이 아닙니다(구별 ROC AUC {self.auc:.2f}).{differ.ko} 점수는 "
            "검사한 부품에 대한 것이고, 옆의 가중 점수가 전체를 나타냅니다.",
        )

    def to_dict(self) -> dict[str, Any]:
        """What the card has of it."""
        return {
            "labelled": self.labelled,
            "rows": self.rows,
            "noticed": self.noticed,
            "auc": round(self.auc, 4),
            "columns": list(self.columns),
            "words": {"en": self.words.en, "ko": self.words.ko},
        }


def inspected(frame: "pl.DataFrame", asked: str) -> Flags:
    """Rows that were inspected, by `COLUMN` (anything but empty, 0, no) or `COLUMN=VALUE`. [N].

    Raises
    ------
    ColumnUnknown
        If there is no such column.

    Examples
    --------
    >>> import polars as pl
    >>> inspected(pl.DataFrame({"qc": ["x", None, "0"]}), "qc").tolist()
    [True, False, False]
    """
    name, _, value = (part.strip() for part in asked.partition("="))
    if name not in frame.columns:
        raise ColumnUnknown("--inspected", column=name, **nearest(name, frame.columns))
    found = words(frame.get_column(name))
    if value:
        return np.array([word == value for word in found], dtype=bool)
    return np.array([(word or "").lower() not in _NO for word in found], dtype=bool)


def picked(every: Given, labelled: Flags, view: View) -> Picked | None:
    """How the labelled rows were picked; None where all have a label, or those that do are like the rest.

    Parameters
    ----------
    every
        All rows, with and without a label.
    labelled
        Which have one. [N]
    view
        The plain view: what a model sees of a row.
    """
    absent = int((~labelled).sum())
    if absent < max(FEWEST, LEAST_SHARE * len(labelled)) or labelled.sum() < FEWEST:
        return None
    from dure.science.learn.model import matrix

    frame = every.frame.select(view.columns)
    permit = every.request.permit or Permit.own(["rows"])
    recipe = view.recipe.fit(frame, permit, every.segments)
    prepared = recipe.transform(frame, every.segments)
    x = matrix(prepared)
    chance = _propensity(x, labelled, every.request.seed)
    auc = ranking(labelled, chance).get("roc_auc", 0.5)
    if auc < NOT_BY_CHANCE and every.request.inspected is None:
        return None
    weights = np.clip(labelled.mean() / np.maximum(chance[labelled], 1e-3), 1 / MOST_WEIGHT, MOST_WEIGHT)
    columns = _differing(x, labelled, prepared.columns)
    return Picked(
        int(labelled.sum()), len(labelled), every.request.inspected is None, auc, columns, weights / weights.mean()
    )  # fmt: skip


def _propensity(x: Floats, labelled: Flags, seed: int) -> Floats:
    """Probability that a row carries a label, each part foretold by the others. [N]."""
    from dure.science.learn.family import Lesson, family_named
    from dure.science.learn.forms.opening import opened

    part = np.random.default_rng(seed).permutation(len(x)) % PARTS
    found = np.full(len(x), float(labelled.mean()))
    settings = {"learning_rate": 0.1, "num_leaves": 12, "min_data_in_leaf": 20, "iterations": 60}
    for at in range(PARTS):
        rows = np.flatnonzero(part != at)[:MOST_ROWS]
        if len(np.unique(labelled[rows])) < 2:
            continue
        lesson = Lesson(x[rows], labelled[rows].astype(np.float64), 2, seed)
        served = opened(family_named("classify", "boosting").fit(lesson, settings, lambda: None))
        found[part == at] = served.run(x[part == at])[:, 1]
    return found


def _differing(x: Floats, labelled: Flags, names: Sequence[str]) -> list[dict[str, Any]]:
    """Columns whose labelled rows lie furthest from all, in units of the spread of all."""
    with np.errstate(invalid="ignore"):
        found: list[dict[str, Any]] = []
        for column, name in zip(x.T, names, strict=True):
            there = ~np.isnan(column)
            spread = column[there].std() if there.any() else 0.0
            if spread > 0 and (there & labelled).any():
                here, whole = float(column[there & labelled].mean()), float(column[there].mean())
                found.append(
                    {"column": name, "labelled": here, "all": whole, "shift": float((here - whole) / spread)}
                )
    return sorted(found, key=lambda one: -abs(one["shift"]))[:MOST_COLUMNS]

"""Gradient-boosted trees for a number: the best guess for tables of mixed columns."""

from collections.abc import Sequence
from typing import ClassVar

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms import boosting
from dure.vocabulary import Text


class Boosting:
    """LightGBM with squared error, served in its text form."""

    name: ClassVar[str] = "boosting"
    task: ClassVar[str] = "estimate"
    label: ClassVar[Text] = Text("gradient-boosted trees (LightGBM)", "그래디언트 부스팅 트리(LightGBM)")

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Sizes of trees, the best guess first."""
        del columns
        return boosting.candidates(rows)

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """Trees that lessen the squared error, or with `median` the absolute one."""
        objective = (
            {"objective": "quantile", "alpha": 0.5} if settings.get("median") else {"objective": "regression"}
        )
        return boosting.fit(lesson, settings, tick, objective)

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """What each column adds to the number, by TreeSHAP; in the unit of the target. [N, F]."""
        return served.shares(x)

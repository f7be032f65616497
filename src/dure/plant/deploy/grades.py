"""How a deployed model does, and how it would without its late labels: both on the same latest labelled rows."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from dure.science.replay import Loop

#: Labelled rows that the figures are about.
LATEST = 500


@dataclass(slots=True)
class Grades:
    """Errors of the latest labelled rows of one asset: adapted, static, and whether the interval held the truth.

    The error is the distance for a number, and 1 for a wrong class or verdict.
    """

    task: str
    rows: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=LATEST))

    def add(self, loop: "Loop", said: Any, truth: float | str) -> None:
        """One row: `said` is what the loop said of it when it came."""
        graded = {"estimate": _number, "classify": _class, "detect": _verdict}[self.task](loop, said, truth)
        if graded is not None:
            self.rows.append(graded)

    @classmethod
    def together(cls, task: str, parts: Sequence["Grades"]) -> dict[str, Any]:
        """Mean errors over all assets: `metric`, `adapted`, `static`, `coverage` (None for other tasks), `rows`.

        >>> grades = Grades("estimate")
        >>> grades.rows.extend([(1.0, 3.0, 1.0), (2.0, 5.0, 0.0)])
        >>> Grades.together("estimate", [grades])["adapted"], Grades.together("estimate", [grades])["static"]
        (1.5, 4.0)
        """
        rows = [row for part in parts for row in part.rows]
        count = max(1, len(rows))
        adapted, static, held = (sum(row[at] for row in rows) / count for at in range(3))
        return {
            "metric": "mean_absolute_error" if task == "estimate" else "error_rate",
            "rows": len(rows),
            "adapted": adapted if rows else None,
            "static": static if rows else None,
            "coverage": held if rows and task == "estimate" else None,
        }

    def to_dict(self) -> dict[str, Any]:
        """The rows, as JSON holds them."""
        return {"task": self.task, "rows": [list(row) for row in self.rows]}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        made = cls(facts["task"])
        made.rows.extend((float(a), float(s), float(h)) for a, s, h in facts["rows"])
        return made


def _number(loop: "Loop", said: Any, truth: float | str) -> tuple[float, float, float] | None:
    del loop
    try:
        value = float(truth)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    off = abs(float(said.served[0]) - value)
    return off, abs(float(said.row.static[0]) - value), float(off <= said.width)


def _class(loop: "Loop", said: Any, truth: float | str) -> tuple[float, float, float] | None:
    import numpy as np
    import polars as pl

    (code,) = loop.model.classes.codes(pl.Series("label", [truth], strict=False)).tolist()
    if math.isnan(code):
        return None
    static = int(loop.model.decided(np.asarray(said.row.static)[None])[0])
    return float(loop.threshold.decide(said.served) != int(code)), float(static != int(code)), 0.0


def _verdict(loop: "Loop", said: Any, truth: float | str) -> tuple[float, float, float] | None:
    import polars as pl

    from dure.science.learn import abnormal

    score = float(said.row.static[0])
    (bad,) = abnormal(pl.Series("label", [truth], strict=False)).tolist()
    return float((score > loop.limit.at(said.row.words)) != bad), float((score > 1.0) != bad), 0.0

"""Ridge regression: a weighted sum of the columns, with small weights; hard to beat on few rows.

References
----------
A. E. Hoerl, R. W. Kennard, "Ridge regression: biased estimation for nonorthogonal problems", Technometrics 12(1),
55-67, 1970.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph
from dure.science.learn.forms.linear import as_served, standard_columns
from dure.science.learn.forms.onehot import folded
from dure.vocabulary import Text


class Ridge:
    """Standardised columns, each with a weight; exported to ONNX in double precision."""

    name: ClassVar[str] = "ridge"
    task: ClassVar[str] = "estimate"
    label: ClassVar[Text] = Text("ridge regression", "릿지 회귀")

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Strengths of the penalty, per row."""
        del rows, columns
        return [{"penalty": penalty} for penalty in (1e-3, 1e-1, 1e-5, 1.0)]

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """Weights w that make ‖y - Zw‖² + penalty·N·‖w‖² least."""
        tick()
        graph = Graph(lesson.x.shape[1])
        standard, z = standard_columns(graph, lesson.x, lesson.words)
        middle = float(lesson.y.mean())
        gram = z.T @ z + settings["penalty"] * len(z) * np.eye(z.shape[1])
        weights = np.linalg.solve(gram, z.T @ (lesson.y - middle))
        weighted = graph.add("Mul", standard, graph.constant("weights", weights[:, None]))
        output = graph.add("Add", graph.total(weighted), graph.constant("middle", [middle]))
        return Exported("onnx", graph.finish(output), {"penalty": settings["penalty"]})

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Weight times deviation from the mean, in the unit of the target. [N, F]."""
        return folded(served, as_served(served, x) * served.constants["weights"].T, x.shape[1])

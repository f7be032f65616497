"""Ridge regression: a weighted sum of the columns, with small weights; hard to beat on few rows.

References
----------
A. E. Hoerl, R. W. Kennard, "Ridge regression: biased estimation for nonorthogonal problems", Technometrics 12(1),
55-67, 1970; E. J. Schlossmacher, "An iterative technique for absolute deviations curve fitting", JASA 68, 857-859, 1973.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph
from dure.science.learn.forms.linear import as_served, standard_columns
from dure.science.learn.forms.onehot import folded
from dure.vocabulary import Text

#: Rounds of reweighting that make of least squares nearly least absolute errors.
ROUNDS = 8


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
        counts = lesson.weights / lesson.weights.mean() if len(lesson.weights) else np.ones(len(z))
        middle, weights = _weighed(z, lesson.y, counts, settings["penalty"])
        for _ in range(ROUNDS if settings.get("median") else 0):
            off = np.abs(lesson.y - middle - z @ weights)
            near = counts / np.maximum(off, max(0.01 * float(off.mean()), 1e-12))
            middle, weights = _weighed(z, lesson.y, near / near.mean(), settings["penalty"])
        weighted = graph.add("Mul", standard, graph.constant("weights", weights[:, None]))
        output = graph.add("Add", graph.total(weighted), graph.constant("middle", [middle]))
        return Exported("onnx", graph.finish(output), {"penalty": settings["penalty"]})

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Weight times deviation from the mean, in the unit of the target. [N, F]."""
        return folded(served, as_served(served, x) * served.constants["weights"].T, x.shape[1])


def _weighed(z: Floats, y: Floats, counts: Floats, penalty: float) -> tuple[float, Floats]:
    """Middle and weights of a weighted ridge; columns were centred with all rows alike, the middle takes up the rest."""
    counted = bool((counts != 1.0).any())
    middle = float(np.average(y, weights=counts)) if counted else float(y.mean())
    shift = np.average(z, axis=0, weights=counts) if counted else np.zeros(z.shape[1])
    centred = z - shift if counted else z
    weighed = centred.T * counts if counted else centred.T
    gram = weighed @ centred + penalty * len(z) * np.eye(z.shape[1])
    weights = np.linalg.solve(gram, weighed @ (y - middle))
    return middle - float(shift @ weights), np.asarray(weights, dtype=np.float64)

"""Mahalanobis' distance from the usual, with a covariance that few rows can bear.

Strange is what lies far from the centre in units of how signals usually spread and move together. It needs no
neighbours and is the cheapest of the detectors: one product of a matrix with a row.

References
----------
P. C. Mahalanobis, "On the generalised distance in statistics", Proc. Nat. Inst. Sci. India 2(1), 49-55, 1936; O. Ledoit,
M. Wolf 2004 as in `dure.science.learn.forms.covariance`.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.covariance import ledoit_wolf, whitening
from dure.science.learn.forms.graph import Graph, scaled
from dure.vocabulary import Text


class LedoitWolf:
    """Distance from the centre in Ledoit and Wolf's metric; exported to ONNX in double precision."""

    name: ClassVar[str] = "ledoit_wolf"
    task: ClassVar[str] = "detect"
    label: ClassVar[Text] = Text(
        "Mahalanobis distance (Ledoit-Wolf covariance)", "마할라노비스 거리(Ledoit-Wolf 공분산)"
    )

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """One frozen setting: without labels there is nothing to choose by."""
        del rows, columns
        return [{"window": 3}]

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """Centre and whitening axes of the normal rows."""
        tick()
        z, usual, centre, scale = scaled(lesson.x)
        graph = Graph(z.shape[1])
        standard = graph.standardised(graph.filled(graph.columns_first(), usual), centre, scale)
        white = graph.turned(standard, whitening(z))
        distance = graph.add("Sqrt", graph.total(graph.add("Mul", white, white)))
        score = graph.add("Div", distance, graph.constant("limit", [float(settings.get("limit", 1.0))]))
        return Exported("onnx", graph.finish(score), {"shrinkage": round(ledoit_wolf(z)[1], 4)})

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Squares of the whitened columns, each nearest to its own; they sum to the squared distance. [N, F]."""
        known = served.constants
        z = (np.where(np.isnan(x), known["usual"].T, x) - known["centre"].T) / known["scale"].T
        return np.asarray((z @ known["axes"][:, :, 0]) ** 2)

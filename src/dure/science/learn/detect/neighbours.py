"""Distance to the nearest normal rows, in a metric that knows how signals move together.

Strange is what no normal row looks like. The columns are whitened by their Ledoit-Wolf covariance first, so that a step
against the usual relation of two signals is long and one along it short. `benchmarks/detect_frozen.py` measures it beside
the plain distance, and beside the one from the centre that is the default.

References
----------
F. Angiulli, C. Pizzuti, "Fast outlier detection in high dimensional spaces", PKDD 2002 (mean of the k distances);
O. Ledoit, M. Wolf 2004 as in `dure.science.learn.forms.covariance`.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.covariance import whitening
from dure.science.learn.forms.graph import Graph, scaled, thinned
from dure.vocabulary import Text

MOST_ROWS = 1_000


class Neighbours:
    """Mean whitened distance to the nearest normal rows; exported to ONNX in double precision."""

    name: ClassVar[str] = "neighbours"
    task: ClassVar[str] = "detect"
    label: ClassVar[Text] = Text(
        "distance to normal windows (nearest neighbours)", "정상 구간과의 거리(최근접 이웃)"
    )

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """One frozen setting: without labels there is nothing to choose by."""
        del rows, columns
        return [{"window": 3, "neighbours": 5}]

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """The normal rows themselves, whitened; at most 1,000, evenly spread."""
        tick()
        z, usual, centre, scale = scaled(lesson.x)
        axes = whitening(z)
        kept = z[thinned(len(z), MOST_ROWS)] @ axes
        count = min(int(settings["neighbours"]), len(kept))
        graph = Graph(z.shape[1])
        standard = graph.standardised(graph.filled(graph.columns_first(), usual), centre, scale)
        squared, _ = graph.nearest(graph.distances(graph.turned(standard, axes), kept), count)
        mean = graph.add(
            "Div", graph.total(graph.add("Sqrt", squared)), graph.constant("asked", [float(count)])
        )
        score = graph.add("Div", mean, graph.constant("limit", [float(settings.get("limit", 1.0))]))
        return Exported("onnx", graph.finish(score), {"neighbours": count, "reference_rows": len(kept)})

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Squared distance to the nearest normal rows, split by the whitened column nearest to each. [N, F]."""
        known = served.constants
        z = (np.where(np.isnan(x), known["usual"].T, x) - known["centre"].T) / known["scale"].T
        if "axes" in known:
            z = z @ known["axes"][:, :, 0]
        off = (z[:, None, :] - known["reference"][:, :, 0].T[None]) ** 2
        order = np.argsort(off.sum(axis=2), axis=1, kind="stable")[:, : int(known["count"][0])]
        return np.asarray(np.take_along_axis(off, order[:, :, None], axis=1).sum(axis=1))

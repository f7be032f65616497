"""Principal components with T² and Q: strange is what leaves the usual range, or breaks the usual relations.

Hotelling's T² says how far a row lies from the centre inside the space of the usual relations between signals, Q
(squared prediction error) how far outside of it. Each is taken as a share of its limit; the root of the larger one
is the score, so that it grows like a distance.

References
----------
J. E. Jackson, G. S. Mudholkar, "Control procedures for residuals associated with principal component analysis",
Technometrics 21(3), 341-349, 1979 (limit of Q). Contributions: C. F. Alcala, S. J. Qin, "Reconstruction-based
contribution for process monitoring", Automatica 45(7), 1593-1600, 2009 (complete decomposition).
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph, scaled
from dure.vocabulary import Text


class PrincipalComponents:
    """T² and Q of a principal component model, root of the larger share of its limit; exported to ONNX."""

    name: ClassVar[str] = "principal_components"
    task: ClassVar[str] = "detect"
    label: ClassVar[Text] = Text("principal components (T² and Q)", "주성분 분석(T²·Q)")

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """One frozen setting: 90 % of the variance, limits at 1 %."""
        del rows, columns
        return [{"window": 1, "variance": 0.9, "level": 0.99}]

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """Components of the correlation matrix of the normal rows."""
        tick()
        z, usual, centre, scale = scaled(lesson.x)
        values, vectors = np.linalg.eigh(z.T @ z / max(len(z) - 1, 1))
        values, vectors = np.clip(values[::-1], 1e-12, None), _signed(vectors[:, ::-1])
        kept = int(np.searchsorted(np.cumsum(values) / values.sum(), settings["variance"])) + 1
        kept = min(kept, max(1, len(values) - 1))
        limits = t2_limit(len(z), kept, settings["level"]), q_limit(values[kept:], settings["level"])
        graph = Graph(z.shape[1])
        standard = graph.standardised(graph.filled(graph.columns_first(), usual), centre, scale)
        score = _larger_share(graph, standard, vectors[:, :kept], values[:kept], limits)
        limit = graph.constant("limit", [float(settings.get("limit", 1.0))])
        return Exported("onnx", graph.finish(graph.add("Div", score, limit)), {"components": kept})

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """T² and Q, whichever gave the score, split by column; the parts sum to its square. [N, F]."""
        known = served.constants
        z = (np.where(np.isnan(x), known["usual"].T, x) - known["centre"].T) / known["scale"].T
        axes, spread = known["axes"][:, :, 0], known["spread"].T
        scores = z @ axes
        inside = (scores / np.sqrt(spread) @ axes.T) ** 2 / known["t2_limit"]
        outside = (z - scores @ axes.T) ** 2 / known["q_limit"]
        t2_first = inside.sum(axis=1) >= outside.sum(axis=1)
        return np.asarray(np.where(t2_first[:, None], inside, outside))


def t2_limit(rows: int, components: int, level: float) -> float:
    """Limit of T² for new rows, by the F distribution.

    >>> round(t2_limit(100, 3, 0.99), 2)
    12.34
    """
    from scipy.special import fdtri

    rows = max(rows, components + 2)
    factor = components * (rows - 1) * (rows + 1) / (rows * (rows - components))
    return float(factor * fdtri(components, rows - components, level))


def q_limit(left: Floats, level: float) -> float:
    """Limit of Q from the variances `left` outside the model (Jackson and Mudholkar 1979, eq. 3.4).

    >>> round(q_limit(np.array([0.5, 0.3, 0.2]), 0.99), 2)
    4.22
    """
    from scipy.special import ndtri

    first, second, third = (float((left**power).sum()) for power in (1, 2, 3))
    if first <= 1e-9:
        return 1e-9
    h = max(1 - 2 * first * third / (3 * second**2), 1e-3)
    inner = ndtri(level) * np.sqrt(2 * second * h**2) / first + 1 + second * h * (h - 1) / first**2
    return float(first * inner ** (1 / h))


def _signed(vectors: Floats) -> Floats:
    """Each component with its largest weight positive: their sign is free, and a model must not depend on it."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0, -1.0, 1.0)


def _larger_share(
    graph: Graph, standard: str, axes: Floats, spread: Floats, limits: tuple[float, float]
) -> str:
    columns, kept = axes.shape
    along = graph.constant("axes", axes[:, :, None])
    scores = graph.total(graph.add("Mul", graph.shaped(standard, columns, 1, -1), along))
    squared = graph.add("Div", graph.add("Mul", scores, scores), graph.constant("spread", spread[:, None]))
    back = graph.constant("axes_turned", axes.T[:, :, None])
    rebuilt = graph.total(graph.add("Mul", graph.shaped(scores, kept, 1, -1), back))
    off = graph.add("Sub", standard, rebuilt)
    shares = [
        graph.add("Div", graph.total(squared), graph.constant("t2_limit", [limits[0]])),
        graph.add("Div", graph.total(graph.add("Mul", off, off)), graph.constant("q_limit", [limits[1]])),
    ]
    return graph.add("Sqrt", graph.add("Max", *shares))

"""Nearest neighbours for classes: which class the most alike rows had."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph
from dure.science.learn.forms.neighbours import CANDIDATES, weighted_neighbours
from dure.vocabulary import Text


class Neighbours:
    """Shares of the classes among the nearest rows, weighted by nearness; exported to ONNX in double precision."""

    name: ClassVar[str] = "neighbours"
    task: ClassVar[str] = "classify"
    label: ClassVar[Text] = Text("nearest neighbours", "최근접 이웃")

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Few or more neighbours."""
        del rows, columns
        return CANDIDATES

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """The rows themselves, standardised."""
        tick()
        graph = Graph(lesson.x.shape[1])
        shares = np.eye(lesson.classes)[lesson.y.astype(np.int64)]
        found = weighted_neighbours(graph, lesson.x, shares, int(settings["neighbours"]), lesson.words)
        return Exported(
            "onnx", graph.finish(graph.add("Transpose", found, perm=[1, 0]), lesson.classes), dict(settings)
        )

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Neighbours do not add up; the model asks what changes when a column takes its usual value."""
        del served, x
        return None

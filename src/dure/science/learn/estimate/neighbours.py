"""Nearest neighbours for a number: what happened in the most alike rows."""

from collections.abc import Sequence
from typing import ClassVar

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph
from dure.science.learn.forms.neighbours import CANDIDATES, weighted_neighbours
from dure.vocabulary import Text


class Neighbours:
    """Mean of the nearest rows, weighted by nearness; exported to ONNX in double precision."""

    name: ClassVar[str] = "neighbours"
    task: ClassVar[str] = "estimate"
    label: ClassVar[Text] = Text("nearest neighbours", "최근접 이웃")

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Few or more neighbours."""
        del rows, columns
        return CANDIDATES

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """The rows themselves, standardised."""
        tick()
        graph = Graph(lesson.x.shape[1])
        found = weighted_neighbours(
            graph, lesson.x, lesson.y[:, None], int(settings["neighbours"]), lesson.words
        )
        return Exported("onnx", graph.finish(graph.shaped(found, -1)), dict(settings))

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Neighbours do not add up; the model asks what changes when a column takes its usual value."""
        del served, x
        return None

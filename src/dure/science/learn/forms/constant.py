"""The answer that needs no model: the mean, or how common each class is; or what a column says by itself.

Served when nothing is better.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph
from dure.vocabulary import Text


class Constant:
    """One answer for every row; exported to ONNX, so that it is served like any model."""

    name: ClassVar[str] = "null"
    label: ClassVar[Text] = Text("no model: always the usual answer", "모델 없음: 항상 평소 값")

    def __init__(self, task: str) -> None:
        self.task = task

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Nothing is to be set."""
        del rows, columns
        return [{}]

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """The mean of the target, or the shares of its classes; with `place`, that column on a straight line.

        `slope` and `offset` make the line, `low` and `high` bound it; a missing value gives the mean.
        """
        tick()
        if "place" in settings:
            return _line(lesson, settings)
        graph = Graph(lesson.x.shape[1])
        # Nothing of a row counts: its first column, times 0, gives the answer its length.
        usual = np.zeros(lesson.x.shape[1])
        first = graph.add("Slice", graph.filled(graph.columns_first(), usual), *_first_row(graph))
        nothing = graph.add("Mul", first, graph.constant("zero", [[0.0]]))
        if not lesson.classes:
            found = graph.add("Add", nothing, graph.constant("usual_answer", [[lesson.y.mean()]]))
            return Exported("onnx", graph.finish(graph.shaped(found, -1)), {})
        shares = np.bincount(lesson.y.astype(np.int64), minlength=lesson.classes) / len(lesson.y)
        found = graph.add("Add", nothing, graph.constant("usual_answer", shares[:, None]))
        return Exported("onnx", graph.finish(graph.add("Transpose", found, perm=[1, 0]), lesson.classes), {})

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """No column counts. [N, F]."""
        del served
        return np.zeros_like(x)


def _line(lesson: Lesson, settings: Settings) -> Exported:
    """One column, times a slope, plus an offset, within bounds."""
    graph, place = Graph(lesson.x.shape[1]), int(settings["place"])
    slope, offset = float(settings.get("slope", 1.0)), float(settings.get("offset", 0.0))
    usual = np.zeros(lesson.x.shape[1])
    usual[place] = (lesson.y.mean() - offset) / slope
    own = graph.add("Slice", graph.filled(graph.columns_first(), usual), *_first_row(graph, place))
    found = graph.add("Mul", own, graph.constant("slope", [[slope]]))
    found = graph.add("Add", found, graph.constant("offset", [[offset]]))
    found = graph.bounded(
        found, np.array([settings.get("low", -np.inf)]), np.array([settings.get("high", np.inf)])
    )
    return Exported("onnx", graph.finish(graph.shaped(found, -1)), {})


def _first_row(graph: Graph, place: int = 0) -> tuple[str, str, str]:
    """Start, end and axis of the first line, or that of `place`, as `Slice` takes them."""
    return (
        graph.constant("slice_start", [place], np.int64),
        graph.constant("slice_end", [place + 1], np.int64),
        graph.constant("slice_axis", [0], np.int64),
    )

"""Logistic regression: log-odds as a weighted sum of the columns; hard to beat on few rows.

References
----------
D. R. Cox, "The regression analysis of binary sequences", J. R. Stat. Soc. B 20(2), 215-242, 1958.
"""

import warnings
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick
from dure.science.learn.forms.graph import Graph, thinned
from dure.science.learn.forms.linear import as_served, standard_columns
from dure.science.learn.forms.onehot import folded
from dure.vocabulary import Text

#: Rows that the weights are learnt from: more hardly change a weighted sum, and its fit cannot be cut short.
MOST_ROWS = 20_000


class Logistic:
    """Standardised columns, a weight for each and each class; exported to ONNX in double precision."""

    name: ClassVar[str] = "logistic"
    task: ClassVar[str] = "classify"
    label: ClassVar[Text] = Text("logistic regression", "로지스틱 회귀")

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """Strengths of the penalty."""
        del rows, columns
        return [{"penalty": penalty} for penalty in (1.0, 0.05, 30.0)]

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """Weights of least penalised log loss."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        tick()
        graph = Graph(lesson.x.shape[1])
        standard, z = standard_columns(graph, lesson.x, lesson.words)
        with warnings.catch_warnings():
            # A fit cut short at the last step is judged like any other candidate: by its inner score.
            warnings.simplefilter("ignore", ConvergenceWarning)
            kept = thinned(len(z), MOST_ROWS)
            fitted = LogisticRegression(C=1.0 / settings["penalty"], max_iter=150).fit(
                z[kept], lesson.y[kept].astype(np.int64)
            )
        weights, offsets = _every_class(fitted.coef_, fitted.intercept_, fitted.classes_, lesson.classes)
        by_class = graph.add(
            "Mul", graph.shaped(standard, z.shape[1], 1, -1), graph.constant("weights", weights.T[:, :, None])
        )
        log_odds = graph.add("Add", graph.total(by_class), graph.constant("offsets", offsets[:, None]))
        return Exported(
            "onnx", graph.finish(_softmax(graph, log_odds), lesson.classes), {"penalty": settings["penalty"]}
        )

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """Weight times deviation from the mean, for the likeliest class or the second of two. [N, F]."""
        z, weights = as_served(served, x), served.constants["weights"][:, :, 0].T
        chosen = weights[1] if len(weights) == 2 else weights[served.run(x).argmax(axis=1)]
        return folded(served, z * chosen, x.shape[1])


def _every_class(weights: Floats, offsets: Floats, seen: Floats, classes: int) -> tuple[Floats, Floats]:
    """A row of weights for each class, also for two (the first is 0) and for a class that was not seen."""
    if len(weights) == 1:
        weights = np.concatenate([np.zeros_like(weights), weights])
        offsets = np.concatenate([np.zeros(1), offsets])
    every = np.zeros((classes, weights.shape[1])), np.full(classes, -30.0)
    for place, at in enumerate(seen.astype(np.int64)):
        every[0][at], every[1][at] = weights[place], offsets[place]
    return every


def _softmax(graph: Graph, log_odds: str) -> str:
    """Probabilities from log-odds, classes first; turned so that rows come first. [N, C]."""
    highest = graph.add("ReduceMax", log_odds, axes=[0], keepdims=1)
    raised = graph.add("Exp", graph.add("Sub", log_odds, highest))
    return graph.add("Transpose", graph.add("Div", raised, graph.total(raised)), perm=[1, 0])

"""Nearest neighbours as an ONNX graph: what estimating and classifying by them share.

References
----------
T. M. Cover, P. E. Hart, "Nearest neighbor pattern classification", IEEE Trans. Inf. Theory 13(1), 21-27, 1967; weights by
S. A. Dudani, "The distance-weighted k-nearest-neighbor rule", IEEE Trans. Syst. Man Cybern. 6(4), 325-327, 1976.
"""

from collections.abc import Sequence

import numpy as np

from dure.science.learn.family import Floats, Settings
from dure.science.learn.forms.graph import Graph, thinned, usual_values
from dure.science.learn.forms.linear import centre_and_scale
from dure.science.learn.forms.onehot import spread_out, usual_without_words

#: Reference rows that are kept: more make the package and the line slower, hardly better.
MOST_ROWS = 2_000
CANDIDATES: tuple[Settings, ...] = ({"neighbours": 5}, {"neighbours": 15}, {"neighbours": 40})


def weighted_neighbours(
    graph: Graph, x: Floats, answers: Floats, count: int, words: Sequence[int] = ()
) -> str:
    """Mean answer of the nearest reference rows, weighted by nearness.

    Parameters
    ----------
    graph
        The graph to write into.
    x
        Rows to learn from; at most `MOST_ROWS` are kept, evenly spread. [N, F]
    answers
        What each row answers: one number, or a share for each class. [N, A]
    count
        How many neighbours are asked.
    words
        How many words each column numbers, 0 for numbers; empty for numbers only. [F]

    Returns
    -------
    Name of the result, answers first. [A, N]
    """
    usual = usual_without_words(usual_values(x), words)
    filled = graph.filled(graph.columns_first(), usual)
    apart, rows = spread_out(graph, filled, np.where(np.isnan(x), usual, x), words)
    centre, scale = centre_and_scale(rows, words)
    z = (rows - centre) / scale
    kept = thinned(len(z), MOST_ROWS)
    standard = graph.standardised(apart, centre, scale)
    count = min(count, len(z[kept]))
    squared, places = graph.nearest(graph.distances(standard, z[kept]), count)
    near = graph.add(
        "Div",
        graph.constant("one", [1.0]),
        graph.add("Add", graph.add("Sqrt", squared), graph.constant("tiny", [1e-6])),
    )
    found = graph.add("Gather", graph.constant("answers", answers[kept].T), places, axis=1)
    # [A, k, N] -> [k, A, N]: the sum must run over the first axis.
    spread = graph.add("Mul", graph.add("Transpose", found, perm=[1, 0, 2]), graph.shaped(near, count, 1, -1))
    return graph.add("Div", graph.total(spread), graph.total(near))

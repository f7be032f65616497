"""Nearest neighbours as an ONNX graph: what estimating and classifying by them share.

References
----------
T. M. Cover, P. E. Hart, "Nearest neighbor pattern classification", IEEE Trans. Inf. Theory 13(1), 21-27, 1967; weights by
S. A. Dudani, "The distance-weighted k-nearest-neighbor rule", IEEE Trans. Syst. Man Cybern. 6(4), 325-327, 1976.
"""

from dure.science.learn.family import Floats, Settings
from dure.science.learn.graph import Graph, scaled, thinned

#: Reference rows that are kept: more make the package and the line slower, hardly better.
MOST_ROWS = 2_000
CANDIDATES: tuple[Settings, ...] = ({"neighbours": 5}, {"neighbours": 15})


def weighted_neighbours(graph: Graph, x: Floats, answers: Floats, count: int) -> str:
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

    Returns
    -------
    Name of the result, answers first. [A, N]
    """
    z, usual, centre, scale = scaled(x)
    kept = thinned(len(z), MOST_ROWS)
    standard = graph.standardised(graph.filled(graph.columns_first(), usual), centre, scale)
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

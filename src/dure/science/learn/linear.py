"""Weighted sums of standardised columns: what ridge and logistic regression share.

A weighted sum knows nothing beyond the range it was learnt on, and there it runs away: a new mould, a sensor that is
off by a thousand. Columns are therefore kept inside their range, widened by a tenth.
"""

import numpy as np

from dure.science.learn.family import Floats, Served
from dure.science.learn.graph import Graph, scaled

WIDER = 0.1


def standard_columns(graph: Graph, x: Floats) -> tuple[str, Floats]:
    """Name of the bounded, standardised columns in `graph` [F, N], and the rows of `x` treated alike [N, F]."""
    z, usual, centre, scale = scaled(x)
    whole = np.where(np.isnan(x), usual, x)
    low, high = whole.min(axis=0), whole.max(axis=0)
    margin = WIDER * (high - low)
    filled = graph.filled(graph.columns_first(), usual)
    return graph.standardised(graph.bounded(filled, low - margin, high + margin), centre, scale), z


def as_served(served: Served, x: Floats) -> Floats:
    """Rows as the graph sees them: filled, bounded, standardised. [N, F]."""
    known = served.constants
    whole = np.where(np.isnan(x), known["usual"].T, x)
    bounded = np.clip(whole, known["low"].T, known["high"].T)
    return np.asarray((bounded - known["centre"].T) / known["scale"].T)

"""Weighted sums of standardised columns: what ridge and logistic regression share.

A weighted sum knows nothing beyond the range it was learnt on, and there it runs away: a new mould, a sensor that is
off by a thousand. Columns are therefore kept inside their range, widened by a tenth.
"""

from collections.abc import Sequence

import numpy as np

from dure.science.learn.family import Floats, Served
from dure.science.learn.forms.graph import Graph, scaled, usual_values
from dure.science.learn.forms.onehot import LEAST_SPREAD, expanded, places, spread_out, usual_without_words

WIDER = 0.1


def standard_columns(graph: Graph, x: Floats, words: Sequence[int] = ()) -> tuple[str, Floats]:
    """Name of the bounded, standardised columns in `graph` [E, N], and the rows of `x` treated alike [N, E].

    A column of words (`words` says how many) becomes one column a word; E is F where there are none.
    """
    usual = usual_without_words(usual_values(x), words)
    whole = np.where(np.isnan(x), usual, x)
    low, high = whole.min(axis=0), whole.max(axis=0)
    margin = WIDER * (high - low)
    filled = graph.filled(graph.columns_first(), usual)
    bounded = graph.bounded(filled, low - margin, high + margin)
    apart, rows = spread_out(graph, bounded, whole, words)
    centre, scale = centre_and_scale(rows, words)
    return graph.standardised(apart, centre, scale), (rows - centre) / scale


def centre_and_scale(rows: Floats, words: Sequence[int]) -> tuple[Floats, Floats]:
    """Mean and spread of each column; a rare word counts as if it were less rare. [E] each."""
    _, _, centre, scale = scaled(rows)
    flags = len(places(words)[1])
    if flags:
        scale[-flags:] = np.maximum(scale[-flags:], LEAST_SPREAD)
    return centre, scale


def as_served(served: Served, x: Floats) -> Floats:
    """Rows as the graph sees them: filled, bounded, words apart, standardised. [N, E]."""
    known = served.constants
    whole = np.where(np.isnan(x), known["usual"].T, x)
    rows = np.clip(whole, known["low"].T, known["high"].T)
    if "at" in known:
        rows = expanded(rows, known["numbers"], known["at"], known["code"][:, 0])
    return np.asarray((rows - known["centre"].T) / known["scale"].T)

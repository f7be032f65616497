"""Columns of words as one column a word, inside the exported graph: what weighted sums and distances need.

The recipe numbers words from 0, the commonest first. To a tree such a number is as good as the word; to a weighted
sum it is not, for word 2 is not twice word 1.
"""

from collections.abc import Sequence

import numpy as np

from dure.science.learn.family import Floats, Served
from dure.science.learn.forms.graph import Graph

#: Words of a column that get a column of their own; rarer ones share none.
MOST = 30
#: A rare word must not weigh more than one of this spread.
LEAST_SPREAD = 0.25


def usual_without_words(usual: Floats, words: Sequence[int]) -> Floats:
    """What stands for a missing value: the usual number, or no word at all (-1). [F]."""
    return usual if not words else np.where(np.asarray(words) > 0, -1.0, usual)


def spread_out(graph: Graph, filled: str, whole: Floats, words: Sequence[int]) -> tuple[str, Floats]:
    """Name of the columns in `graph` with one for each word [E, N], and the rows of `whole` treated alike [N, E].

    Parameters
    ----------
    filled
        Name of the columns without missing values. [F, N]
    whole
        The same rows to learn from. [N, F]
    words
        How many words each column numbers, 0 for numbers; empty for numbers only. [F]
    """
    numbers, at, code = places(words)
    if not len(at):
        return filled, whole
    graph.constant("numbers", numbers, np.int64)
    each = graph.add("Gather", filled, graph.constant("at", at, np.int64), axis=0)
    off = graph.add("Abs", graph.add("Sub", each, graph.constant("code", code[:, None])))
    like = graph.add("Sub", graph.constant("one_word", [[1.0]]), off)
    flags = graph.add("Max", like, graph.constant("no_word", [[0.0]]))
    kept = graph.add("Gather", filled, "numbers", axis=0)
    return graph.add("Concat", kept, flags, axis=0), expanded(whole, numbers, at, code)


def places(words: Sequence[int]) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Columns of numbers; for each word its column and its number.

    >>> [found.tolist() for found in places((0, 2, 0))]
    [[0, 2], [1, 1], [0.0, 1.0]]
    """
    counts = [min(count, MOST) for count in words]
    numbers = np.array([place for place, count in enumerate(counts) if count == 0], dtype=np.int64)
    at = np.array([place for place, count in enumerate(counts) for _ in range(count)], dtype=np.int64)
    code = np.array([float(word) for count in counts for word in range(count)])
    return numbers, at, code


def expanded(whole: Floats, numbers: np.ndarray, at: np.ndarray, code: Floats) -> Floats:
    """Rows with a column of 0 and 1 for each word, behind the numbers. [N, E]."""
    flags = np.maximum(1.0 - np.abs(whole[:, at] - code), 0.0)
    return np.concatenate([whole[:, numbers], flags], axis=1)


def folded(served: Served, parts: Floats, columns: int) -> Floats:
    """What each expanded column adds, summed for the column that it came from. [N, F]."""
    known = served.constants
    if "at" not in known:
        return parts
    origin = np.concatenate([known["numbers"], known["at"]]).astype(np.int64)
    found = np.zeros((len(parts), columns))
    np.add.at(found.T, origin, parts.T)
    return found

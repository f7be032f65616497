"""What is fitted where there is time for nothing else: strong for what it costs, a fraction of a second of work.

A search that is starved is judged by these, never by the answer that needs no model alone.
"""

from collections.abc import Sequence

import numpy as np

from dure.science.learn.choosing.candidates import Candidate
from dure.science.learn.family import Settings, families

#: Rows that a cheap guess learns from, and the trees it has (fewer where every round grows one for each class).
CHEAP_ROWS, TREES = 4_000, 60
#: Families that cost next to nothing, the strongest first; one of them at least is there for every task.
CHEAP = ("boosting", "ridge", "logistic")


def cheap_candidates(task: str, wanted: Sequence[str], rows: int, classes: int) -> list[Candidate]:
    """Cheap members of the families that are wanted; the first of those where none is cheap.

    >>> [one.family.name for one in cheap_candidates("estimate", (), 1000, 0)]
    ['boosting', 'ridge']
    >>> [one.name for one in cheap_candidates("estimate", ("neighbours",), 1000, 0)]
    ['neighbours neighbours=5']
    """
    members = {name: one for name, one in sorted(families(task).items()) if not wanted or name in wanted}
    names = [name for name in CHEAP if name in members] or list(members)[:1]
    return [
        Candidate(members[name], _settings(members[name].candidates(rows, 1)[0], classes)) for name in names
    ]


def _settings(usual: Settings, classes: int) -> Settings:
    """The usual settings with few small trees, where it has any."""
    if "num_leaves" not in usual:
        return usual
    trees = int(np.clip(2 * TREES // max(classes, 2), 15, TREES))
    step = 0.15 if trees == TREES else 0.3
    return {**usual, "num_leaves": 12, "learning_rate": step, "iterations": trees, "max_bin": 63}

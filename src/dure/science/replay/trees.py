"""The refit: trees learnt anew from the newest labelled rows, beside what the static model says of them.

Unlike the other experts it needs the rows themselves, and time: so it waits until its refit is made, which a node
does outside the tick of the line.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from dure.science.learn import Exported, Lesson, family_named, opened
from dure.science.replay.expert import Floats, Row
from dure.science.replay.packing import packed, unpacked
from dure.vocabulary import Progress

SETTINGS = {"learning_rate": 0.06, "num_leaves": 15, "min_data_in_leaf": 20, "feature_fraction": 0.8}
ITERATIONS, MOST_VALUES = 120, 600_000
FEWEST, FEWEST_OF_CLASS = 100, 5

Lessons = Mapping[str, Any]


class Trees:
    """Trees on the newest rows, and the rows for the next ones."""

    names: ClassVar[tuple[str, ...]] = ("trees",)

    def __init__(self, rows: int, columns: int, outputs: int) -> None:
        self.rows = max(min(rows, MOST_VALUES // (columns + outputs + 1)), FEWEST)
        self.outputs = outputs
        self.x = np.empty((0, columns + outputs))
        self.y = np.empty((0, outputs))
        self.labels = self.learnt = 0
        self.content = ""
        self._served: Any = None

    @property
    def since(self) -> int:
        """Labels since the refit in force."""
        return self.labels - self.learnt

    def say(self, row: Row) -> Floats:
        """What the trees say; the static model until the first refit."""
        if not self.content:
            return row.static[None]
        if self._served is None:
            self._served = opened(Exported("lightgbm", self.content.encode()))
        found = self._served.run(np.concatenate([row.x, row.static])[None]).reshape(1, -1)
        return np.asarray(row.static + found if self.outputs == 1 else found)

    def learn(self, row: Row, y: Floats) -> None:
        """The row takes the place of the oldest."""
        place, x = self.labels % self.rows, np.concatenate([row.x, row.static])
        if self.labels < self.rows:
            self.x, self.y = _room_for(self.x, self.labels), _room_for(self.y, self.labels)
        self.x[place], self.y[place] = x, y
        self.labels += 1

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """The label changes, if its row is still among the newest."""
        del row
        if age < min(self.labels, self.rows):
            self.y[(self.labels - 1 - age) % self.rows] += change

    @property
    def ready(self) -> bool:
        """Whether there is enough to learn from: rows, and of two classes a few."""
        if self.labels < FEWEST:
            return False
        counts = self.y[: self.labels].sum(axis=0)
        return self.outputs == 1 or int((counts >= FEWEST_OF_CLASS).sum()) > 1

    def lesson(self) -> dict[str, Any]:
        """What a refit needs, as JSON holds it: the rows in order of their labels."""
        kept = min(self.labels, self.rows)
        order = np.arange(self.labels - kept, self.labels) % self.rows
        return {"x": packed(self.x[order]), "y": packed(self.y[order]), "labels": self.labels}

    def take(self, refitted: Mapping[str, Any]) -> None:
        """Say from now on what the refit says."""
        self.content, self.learnt, self._served = refitted["content"], int(refitted["labels"]), None

    def to_dict(self) -> dict[str, Any]:
        """The rows, and the trees in LightGBM's text form."""
        kept = min(self.labels, self.rows)
        arrays = {"x": packed(self.x[:kept]), "y": packed(self.y[:kept])}
        return {**arrays, "labels": self.labels, "learnt": self.learnt, "content": self.content}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.x, self.y = unpacked(facts["x"]), unpacked(facts["y"])
        self.labels, self.learnt = int(facts["labels"]), int(facts["learnt"])
        self.content, self._served = facts["content"], None


def _room_for(values: Floats, place: int) -> Floats:
    """The array with room for a row at `place`; it grows by doubling."""
    if place < len(values):
        return values
    return np.concatenate([values, np.zeros((max(place, 64), values.shape[1]))])


def refitted(lesson: Lessons, progress: Progress) -> dict[str, Any]:
    """The refit that a lesson asks for; the same lesson gives the same bytes. JSON in, JSON out."""
    x, y = unpacked(lesson["x"]), unpacked(lesson["y"])
    classes = 0 if y.shape[1] == 1 else y.shape[1]
    goal = y.argmax(axis=1).astype(np.float64) if classes else y[:, 0] - x[:, -1]
    family = family_named("classify" if classes else "estimate", "boosting")
    made = family.fit(
        Lesson(x, goal, classes, 0),
        {**SETTINGS, "iterations": ITERATIONS},
        lambda: progress(0.5, "refit"),
    )
    return {"content": made.content.decode(), "labels": int(lesson["labels"])}

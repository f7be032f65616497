"""A fit that is made whole: where time is short it learns from fewer rows by larger steps, never by half its trees.

Half a model says next to nothing, and would lose to the answer that needs none; a model of fewer rows errs a little more.
"""

from dataclasses import dataclass, replace

from dure.science.learn.choosing.clockwork import LEAST, Clockwork
from dure.science.learn.family import Exported, Family, Lesson, OutOfTime, Settings
from dure.science.learn.forms.graph import thinned

#: Trees by which the rest is foreseen, and how far beyond its time a fit may go that is half done.
SEEN, BEYOND = 5, 1.3
#: Rows that a fit always learns from, and the largest step of its trees.
FEWEST_ROWS, LARGEST_STEP = 4_000, 0.3
#: How often a fit may begin anew with less.
TRIES = 2


@dataclass
class Pace:
    """The tick of one fit; it ends a fit early that could not be whole in time.

    Parameters
    ----------
    trees
        Iterations that the fit will have; 0 where it has none.
    ends
        When it is to be done, on the clock of `work`. [s]
    """

    work: Clockwork
    trees: int
    ends: float
    seen: int = 0
    #: Share of the fit that there is time for, once that is known to be too little.
    share: float = 1.0

    def __post_init__(self) -> None:
        """Note when the fit began."""
        self.began, self.first = self.work.spent, 0.0

    def tick(self) -> None:
        """Say that work goes on; raises `OutOfTime` where the whole cannot be done in time."""
        self.work.say()
        self.seen += 1
        if self.seen == 1:
            self.first = self.work.worked
        if not SEEN <= self.seen < self.trees / 2:
            return
        tree = (self.work.worked - self.first) / (self.seen - 1) * self.work.stretch
        left = max(self.ends - self.began, LEAST)
        rest = tree * (self.trees - self.seen)
        if self.work.spent - self.began + rest > BEYOND * left:
            self.share = left / max(tree * self.trees, left)
            self.work.cut += 1
            raise OutOfTime


def fitted_whole(
    family: Family, lesson: Lesson, settings: Settings, work: Clockwork, ends: float
) -> Exported:
    """The family fitted with all its trees, by about `ends`: on fewer rows and by larger steps where time is short."""
    trees = int(settings.get("iterations", 0))
    for _ in range(TRIES):
        pace = Pace(work, trees, ends)
        exported = family.fit(lesson, settings, pace.tick)
        if pace.share == 1.0:
            return exported
        lesson, settings = lessened(lesson, settings, pace.share)
        trees = int(settings["iterations"])
    # What is left of it is little: it is made whole whatever the clock says.
    return family.fit(lesson, settings, work.say)


def lessened(lesson: Lesson, settings: Settings, share: float) -> tuple[Lesson, Settings]:
    """A lesson and settings that take about `share` of the time: fewer rows first, then larger and fewer steps.

    >>> import numpy as np
    >>> lesson, settings = lessened(Lesson(np.zeros((8000, 1)), np.zeros(8000)), {"learning_rate": 0.1, "iterations": 90}, 0.25)
    >>> len(lesson.x), settings
    (4000, {'learning_rate': 0.2, 'iterations': 45})
    """
    rows = min(max(int(len(lesson.y) * share), FEWEST_ROWS), len(lesson.y))
    kept = thinned(len(lesson.y), rows)
    rest = share * len(lesson.y) / rows
    weights = lesson.weights[kept] if len(lesson.weights) else lesson.weights
    fewer = replace(lesson, x=lesson.x[kept], y=lesson.y[kept], weights=weights)
    step = float(settings.get("learning_rate", LARGEST_STEP))
    larger = max(min(round(step / max(rest, 1e-3), 3), LARGEST_STEP), step)
    if larger == step:
        return fewer, settings
    trees = max(int(settings["iterations"] * step / larger), 1)
    return fewer, {**settings, "learning_rate": larger, "iterations": trees}

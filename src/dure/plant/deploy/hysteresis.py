"""When an alarm is raised and cleared: a pure state machine over scores, one step a tick.

It is raised after `raise_after` ticks in a row above the threshold and cleared after `clear_after` ticks in a row
at or below a lower level, so that a score that trembles at the threshold neither floods the line nor hides a
fault (ISA-18.2-2016, on-delay, off-delay and deadband). A tick without a score tells nothing and changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import isnan


class Turn(StrEnum):
    """What a tick did to an alarm."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Rule:
    """Threshold [score], level below which it calms down [score], and how many ticks in a row each takes.

    >>> Rule.of(threshold=2.0, raise_after=3, clear_after=10, clear_share=0.9).clear_level
    1.8
    """

    threshold: float
    clear_level: float
    raise_after: int = 3
    clear_after: int = 10

    @classmethod
    def of(cls, *, threshold: float, raise_after: int, clear_after: int, clear_share: float) -> "Rule":
        """Rule whose clear level lies `1 - clear_share` of the threshold's size below it."""
        level = threshold - (1 - clear_share) * abs(threshold)
        return cls(threshold, level, max(1, raise_after), max(1, clear_after))


@dataclass(frozen=True, slots=True)
class Watch:
    """Where an asset stands: ticks in a row towards the next turn, and since when [ns] it is out of the usual.

    While closed, `streak` counts ticks above the threshold; while open, ticks at or below the clear level.
    """

    open: bool = False
    streak: int = 0
    began: int = 0


def look(rule: Rule, watch: Watch, time: int, score: float) -> tuple[Watch, Turn | None]:
    """State after a tick at `time` [ns] with `score`, and the turn it made.

    >>> rule, watch = Rule(1.0, 0.9, raise_after=2, clear_after=1), Watch()
    >>> for time, score in enumerate([1.5, 1.5, 0.95, 0.5]):
    ...     watch, turn = look(rule, watch, time, score)
    ...     print(time, turn)
    0 None
    1 raised
    2 None
    3 cleared
    """
    if isnan(score):
        return watch, None
    return _while_open(rule, watch, score) if watch.open else _while_closed(rule, watch, time, score)


def _while_closed(rule: Rule, watch: Watch, time: int, score: float) -> tuple[Watch, Turn | None]:
    if score <= rule.threshold:
        return Watch(), None
    began = watch.began if watch.streak else time
    streak = watch.streak + 1
    if streak < rule.raise_after:
        return Watch(open=False, streak=streak, began=began), None
    return Watch(open=True, streak=0, began=began), Turn.RAISED


def _while_open(rule: Rule, watch: Watch, score: float) -> tuple[Watch, Turn | None]:
    streak = watch.streak + 1 if score <= rule.clear_level else 0
    if streak < rule.clear_after:
        return Watch(open=True, streak=streak, began=watch.began), None
    return Watch(), Turn.CLEARED

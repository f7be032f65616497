"""What is fresh: pure words about ages, so that they can be tested without a clock."""

from dataclasses import dataclass, field
from enum import StrEnum

from dure.vocabulary import Quality

TOLD_WITHIN = 1.5
"""Age from which a pulse or the historian's last answer no longer counts [s]; with the beat it makes two seconds."""
OWN = ("deploy/", "alarms/")
"""Signals that dure itself reckons, and that are stale when it does not."""


class Why(StrEnum):
    """Why dure is stale; empty when it is not."""

    FRESH = ""
    HISTORIAN = "the historian does not answer"
    SCORING = "scoring has stopped"


@dataclass(frozen=True, slots=True)
class Present:
    """A signal's newest sample [time in ns since 1970 UTC], and how long its samples usually lie apart [ns]."""

    signal: str
    time: int
    value: float | None
    text: str | None
    quality: Quality
    usual: int = 0

    def after(self, time: int) -> int:
        """The usual distance, when the next sample bears `time`: it follows a change within a few samples."""
        step = max(0, time - self.time)
        return step if not self.usual else (3 * self.usual + step) // 4


@dataclass(slots=True)
class Freshness:
    """Whether dure lives, and what each value is worth at a moment [s since 1970].

    >>> from dure.vocabulary import Quality
    >>> fresh = Freshness(answered=100.0, beaten=100.0)
    >>> fresh.why(101.0), fresh.why(103.0).name
    (<Why.FRESH: ''>, 'HISTORIAN')
    """

    answered: float = 0.0
    beaten: float = 0.0
    allowance: float = 2.0
    values: dict[str, Present] = field(default_factory=dict)

    def why(self, now: float) -> Why:
        """Why dure is stale, or that it is not."""
        if now - self.answered > TOLD_WITHIN:
            return Why.HISTORIAN
        if now - self.beaten > TOLD_WITHIN:
            return Why.SCORING
        return Why.FRESH

    def quality(self, signal: str, now: float) -> Quality:
        """Quality to publish: a good value that may be stale is uncertain; a bad one stays bad."""
        present = self.values[signal]
        if present.quality is not Quality.GOOD:
            return present.quality
        why = self.why(now)
        if why is Why.HISTORIAN or (why is Why.SCORING and signal.startswith(OWN)):
            return Quality.UNCERTAIN
        return Quality.UNCERTAIN if self._late(present, now) else Quality.GOOD

    def _late(self, present: Present, now: float) -> bool:
        """Whether the next sample is overdue, by the allowance and twice the usual distance; alarms speak on change."""
        if not present.usual or present.signal.startswith("alarms/"):
            return False
        return now - present.time / 1e9 > self.allowance + 3 * present.usual / 1e9

    def take(self, signal: str, time: int, value: float | None, text: str | None, quality: int) -> bool:
        """Take a sample; whether it is newer than what was there."""
        before = self.values.get(signal)
        if before is not None and time < before.time:
            return False
        usual = (
            before.after(time) if before is not None and time > before.time else before.usual if before else 0
        )
        self.values[signal] = Present(signal, time, value, text, Quality(quality), usual)
        return True

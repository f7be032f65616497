"""How far back a function looks: rows, or a duration."""

import re
from dataclasses import dataclass

_NANOSECONDS = {"ms": 10**6, "s": 10**9, "sec": 10**9, "초": 10**9, "m": 60 * 10**9, "min": 60 * 10**9, "분": 60 * 10**9,
                "h": 3600 * 10**9, "시간": 3600 * 10**9, "d": 86_400 * 10**9, "일": 86_400 * 10**9}  # fmt: skip
_DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]+|초|분|시간|일)\s*")
ROWS, SPAN = 100_000, 31 * 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Window:
    """So many rows, or so long a duration [ns]; the other is 0."""

    rows: int = 0
    span: int = 0


NO_WINDOW = Window()


def duration(written: str) -> int | None:
    """Nanoseconds of a duration as people write it; None if it is none.

    >>> duration("60s"), duration("1.5 min"), duration("soon")
    (60000000000, 90000000000, None)
    """
    found = _DURATION.fullmatch(written)
    if not found or found[2] not in _NANOSECONDS:
        return None
    whole, _, part = found[1].partition(".")
    return int(whole + part.ljust(9, "0")) * _NANOSECONDS[found[2]] // 10**9


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a formula looks: stages of rows, then nanoseconds, each taken from where the last one ended."""

    stages: tuple[tuple[int, int], ...] = ()

    @property
    def rows(self) -> int:
        """All rows of the stages."""
        return sum(rows for rows, _ in self.stages)

    @property
    def span(self) -> int:
        """All nanoseconds of the stages."""
        return sum(span for _, span in self.stages)

    def further(self, rows: int, span: int) -> "Reach":
        """The reach of a function that looks back this far at values that look back so far."""
        return Reach(((rows, span), *self.stages)) if rows or span else self

    def joined(self, other: "Reach") -> "Reach":
        """A reach that holds both: going back is monotone, so stage by stage the larger is enough."""
        least, most = sorted((self.stages, other.stages), key=len)
        both = [(max(a[0], b[0]), max(a[1], b[1])) for a, b in zip(least, most, strict=False)]
        return Reach((*both, *most[len(least) :]))

"""How a second table is joined: by time or by key, how late and how old its rows may be, and whose rows stay."""

import re
from dataclasses import dataclass

from dure.science.prepare.joining_refusals import DelayRefused

FIRST, JOINED = "first", "joined"
NANOSECONDS = {
    "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "sec": 10**9, "m": 60 * 10**9, "min": 60 * 10**9,
    "h": 3600 * 10**9, "d": 86_400 * 10**9,
}  # fmt: skip
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ns|us|ms|sec|s|min|m|h|d)\s*")


@dataclass(frozen=True, slots=True)
class Join:
    """How a second table is joined: `on` a key, `first=second` where names differ, or empty for time.

    `delay` and `within` are durations (`30min`), `by` a column that both have and rows must share, `rows` says whose
    rows stay: those of the `first` table or those of the one `joined`.
    """

    table: str
    on: str = ""
    by: str = ""
    delay: str = "0s"
    within: str = ""
    rows: str = FIRST

    def to_dict(self) -> dict[str, str]:
        """The join as a recipe file holds it, without what is not set."""
        every = {
            "table": self.table, "on": self.on, "by": self.by, "delay": self.delay, "within": self.within,
            "rows": self.rows,
        }  # fmt: skip
        return {name: value for name, value in every.items() if value}


def nanoseconds(written: str) -> int:
    """Nanoseconds [ns] in a duration.

    >>> nanoseconds("30min"), nanoseconds("1.5 h")
    (1800000000000, 5400000000000)
    """
    found = _DURATION.fullmatch(written)
    if found is None:
        raise DelayRefused(written)
    return round(float(found.group(1)) * NANOSECONDS[found.group(2)])

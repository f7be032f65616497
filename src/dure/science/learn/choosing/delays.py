"""Delays: after how many rows a signal shows in the target.

A furnace answers its burner minutes later, an analyser reports what passed it long ago. For each column the delay is
looked for at which the ranks of column and target agree best, on the rows learnt from only; it counts if it agrees
clearly better than no delay does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import Text

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

#: Rows that are looked at: the latest so many.
MOST_ROWS, FEWEST_ROWS = 30_000, 50
#: Longest delay, in rows and as a share of the shortest usual stretch.
LONGEST, SHARE = 60, 0.1
#: What the target leaves unexplained (1 - r²) must be so much smaller than without a delay.
CLEARLY = 0.9
MOST_FOUND = 12


@dataclass(frozen=True, slots=True)
class Delay:
    """`column` shows in the target `rows` rows later; `strength` is the agreement then, `at_zero` without a delay."""

    column: str
    rows: int
    strength: float
    at_zero: float

    def words(self, target: str) -> Text:
        """The delay as a person says it.

        >>> Delay("TIT", 2, 0.71, 0.6).words("NOX").en
        'NOX follows TIT after 2 rows (agreement 0.71, without delay 0.60).'
        """
        after, now = f"{self.strength:.2f}", f"{self.at_zero:.2f}"
        plural = "row" if self.rows == 1 else "rows"
        return Text(
            f"{target} follows {self.column} after {self.rows} {plural} (agreement {after}, without delay {now}).",
            f"{target}은(는) {self.column}을(를) {self.rows}행 뒤에 따라갑니다(일치도 {after}, 지연 없이 {now}).",
        )

    def to_dict(self, target: str) -> dict[str, Any]:
        """The delay as the card has it."""
        said = self.words(target)
        return {
            "column": self.column,
            "rows": self.rows,
            "strength": round(self.strength, 4),
            "at_zero": round(self.at_zero, 4),
            "words": {"en": said.en, "ko": said.ko},
        }


def find_delays(
    x: Floats, y: Floats, names: Sequence[str], segments: Sequence[int], known: Flags
) -> list[Delay]:
    """The columns that show in the target later, the clearest first.

    Parameters
    ----------
    x
        Prepared columns, rows in order. [N, F]
    y
        Target of each row: a number, or the place of one of two classes. [N]
    names
        Name of each column. [F]
    segments
        Rows of each stretch; no delay reaches over its edge.
    known
        Rows whose target may be looked at. [N]

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cause = np.cumsum(rng.normal(size=600))
    >>> effect = np.concatenate([cause[:3], cause[:-3]])
    >>> found = find_delays(cause[:, None], effect, ["valve"], [600], np.ones(600, dtype=bool))
    >>> found[0].column, found[0].rows
    ('valve', 3)
    """
    most = min(LONGEST, int(SHARE * np.median(segments)))
    place = np.concatenate([np.arange(rows) for rows in segments])
    at = np.flatnonzero(known & ~np.isnan(y) & (place >= most))[-MOST_ROWS:]
    if most < 1 or len(at) < FEWEST_ROWS:
        return []
    target = _ranks(y[at])
    found = [_one(x[:, column], name, at, target, most) for column, name in enumerate(names)]
    clear = [one for one in found if one is not None]
    return sorted(clear, key=lambda one: one.at_zero - one.strength)[:MOST_FOUND]


def _one(x: Floats, name: str, at: Rows, target: Floats, most: int) -> Delay | None:
    """The delay of one column behind ranks of the target at rows `at`; None if none is clear."""
    agreed = [_agreement(x[at - rows], target) for rows in _steps(most)]
    best = int(np.argmax(np.abs(agreed)))
    rows, strength, at_zero = _steps(most)[best], abs(agreed[best]), abs(agreed[0])
    unclear = 1 - strength**2 > CLEARLY * (1 - at_zero**2)
    if rows == 0 or unclear or strength < max(3 / np.sqrt(len(at)), 0.1):
        return None
    return Delay(name, rows, float(strength), float(at_zero))


def _steps(most: int) -> list[int]:
    """Delays that are tried: each up to 12 rows, then ever coarser.

    >>> _steps(20)
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 17, 20]
    """
    found = list(range(min(most, 12) + 1))
    while found[-1] < most:
        found.append(min(max(found[-1] + 1, int(found[-1] * 1.22)), most))
    return found


def _agreement(x: Floats, target_ranks: Floats) -> float:
    """Spearman's rank correlation; 0 where a column never changes."""
    there = ~np.isnan(x)
    if there.sum() < FEWEST_ROWS:
        return 0.0
    ranks = _ranks(x[there])
    other = target_ranks[there]
    if ranks.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(ranks, other)[0, 1])


def _ranks(values: Floats) -> Floats:
    """Rank of each value, equals sharing the mean of theirs. [N]."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values))

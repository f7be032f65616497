"""Drift watch: which signal has moved, in which operating state, against the rows learnt from.

For each state and signal the card keeps nine quantiles of the rows learnt from. Live values are counted between
them, and the largest gap between the two distributions (Kolmogorov-Smirnov on those bins) is compared with a limit that
the rows learnt from set themselves: their own stretches, each against the others, moved by so much while all was
well. Rows of a machine remember each other, so that a textbook level would cry at every shift. A change of state moves
nothing: each state is compared with itself.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
#: Rows of one state that are compared at a time, and the pieces in which they leave again.
LOOK, PIECES = 300, 10
#: A limit lies so many standard deviations above the mean gap of the stretches learnt from, within these bounds:
#: many signals are looked at often, and `benchmarks/drift_watch.py` holds it to few cries on clean rows.
SPREADS, LEAST, MOST = 6.0, 0.25, 0.95
#: Fewer rows of a state than this are no distribution.
FEWEST = 100
#: At most so many signals and states are watched.
MOST_SIGNALS, MOST_STATES = 200, 24


@dataclass(frozen=True, slots=True)
class Moved:
    """A signal that left its distribution: the gap (0 to 1), its limit, and the live median beside the usual one."""

    signal: str
    state: str
    gap: float
    limit: float
    median: float
    usual: float


@dataclass(frozen=True)
class Reference:
    """Distribution of each signal in one state: inner edges [F, BINS - 1], shares [F, BINS], limits [F]."""

    edges: Floats
    shares: Floats
    limits: Floats

    @classmethod
    def of(cls, rows: Floats, look: int = LOOK) -> "Reference":
        """What `rows` in order say of the usual; their own stretches of `look` rows set the limits. [N, F]."""
        edges = _quantiles(rows)
        shares = _shares(_counts(rows, edges))
        look = min(look, max(len(rows) // 4, 1))
        stretches = [rows[at : at + look] for at in range(0, len(rows) - look // 2, look)]
        gaps = np.array([_gap(_shares(_counts(part, edges)), shares) for part in stretches])
        # a stretch is part of what it is compared with: the factor gives it back what that hides
        hidden = len(stretches) / max(len(stretches) - 1, 1)
        limits = hidden * (gaps.mean(axis=0) + SPREADS * gaps.std(axis=0))
        return cls(edges, shares, np.clip(limits, LEAST, MOST))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it, six digits each."""
        return {
            name: [[_six(value) for value in row] for row in np.atleast_2d(values)]
            for name, values in (("edges", self.edges), ("shares", self.shares), ("limits", self.limits))
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Reference":
        """As `to_dict` wrote it."""
        edges, shares, limits = (
            np.array(facts[name], dtype=np.float64) for name in ("edges", "shares", "limits")
        )
        return cls(edges, shares, limits[0])


def references(
    rows: Floats, states: Sequence[str], signals: Sequence[str], look: int = LOOK
) -> dict[str, Any]:
    """What a card keeps so that drift can be watched: signals, and the reference of each state with enough rows.

    Parameters
    ----------
    rows
        Signals of the rows learnt from, in order, NaN where missing. [N, F]
    states
        Operating state of each; all "" where none is known. [N]
    """
    named = np.array(states)
    known = [name for name in dict.fromkeys(states) if (named == name).sum() >= FEWEST][:MOST_STATES]
    kept = list(signals)[:MOST_SIGNALS]
    found = {name: Reference.of(rows[named == name, : len(kept)], look).to_dict() for name in known}
    return {"signals": kept, "look": look, "states": found}


class DriftWatch:
    """Live rows against the references of a card; keeps counts of the last `look` rows of each state, no rows."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.signals: list[str] = list(facts["signals"])
        self._known = {str(name): Reference.from_dict(one) for name, one in facts["states"].items()}
        self._piece = max(int(facts["look"]) // PIECES, 1)
        self._counts: dict[str, deque[Floats]] = defaultdict(lambda: deque(maxlen=PIECES))
        self._filled: dict[str, int] = defaultdict(int)

    def push(self, rows: Floats, states: Sequence[str] = ()) -> None:
        """Count rows [n, F] in the order of `signals`; states that were never learnt are passed over."""
        named = np.array(states or [""] * len(rows))
        for state in set(named.tolist()) & self._known.keys():
            own = rows[named == state, : len(self.signals)]
            while len(own):
                room = self._piece - self._filled[state] % self._piece
                self._add(state, own[:room])
                own = own[room:]

    def _add(self, state: str, rows: Floats) -> None:
        counted = _counts(rows, self._known[state].edges)
        if self._filled[state] % self._piece == 0:
            self._counts[state].append(counted)
        else:
            self._counts[state][-1] = self._counts[state][-1] + counted
        self._filled[state] += len(rows)

    def moved(self) -> list[Moved]:
        """Signals that have left their distribution, the worst first; states seen too shortly say nothing.

        >>> rng = np.random.default_rng(0)
        >>> facts = references(rng.normal(size=(3000, 2)), [""] * 3000, ["flow", "heat"])
        >>> watch = DriftWatch(facts)
        >>> watch.push(rng.normal(size=(300, 2)))
        >>> watch.moved()
        []
        >>> watch.push(rng.normal([0.0, 2.0], size=(300, 2)))
        >>> [(one.signal, round(one.gap, 1)) for one in watch.moved()]
        [('heat', 0.7)]
        """
        found = []
        for state, counts in self._counts.items():
            if len(counts) < PIECES:
                continue
            found += _moved(state, sum(counts, np.zeros(1)), self._known[state], self.signals)
        return sorted(found, key=lambda one: one.limit - one.gap)


def _moved(state: str, counts: Floats, usual: Reference, signals: Sequence[str]) -> list[Moved]:
    shares = _shares(counts)
    gaps = _gap(shares, usual.shares)
    return [
        Moved(
            signals[at],
            state,
            float(gaps[at]),
            float(usual.limits[at]),
            _middle(shares[at], usual.edges[at]),
            float(usual.edges[at][BINS // 2 - 1]),
        )
        for at in np.flatnonzero((gaps > usual.limits) & (counts.sum(axis=1) > 0)).tolist()
    ]


def _quantiles(rows: Floats) -> Floats:
    """Inner edges of ten bins of each column. [F, BINS - 1]."""
    inner = np.arange(1, BINS) / BINS
    found = [column[np.isfinite(column)] for column in rows.T]
    return np.array([np.quantile(one, inner) if len(one) else np.zeros(BINS - 1) for one in found])


def _counts(rows: Floats, edges: Floats) -> Floats:
    """How many values of each column lie in each bin. [F, BINS].

    >>> _counts(np.array([[0.0], [5.0], [np.nan]]), np.arange(1.0, 10.0)[None]).tolist()
    [[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    return np.array(
        [
            np.bincount(np.searchsorted(edge, column[np.isfinite(column)]), minlength=BINS)
            for column, edge in zip(rows.T, edges, strict=True)
        ],
        dtype=np.float64,
    ).reshape(len(edges), BINS)


def _shares(counts: Floats) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0), dtype=np.float64)


def _gap(shares: Floats, usual: Floats) -> Floats:
    """Largest gap between the distribution functions of each column. [F]."""
    return np.asarray(np.abs(np.cumsum(shares - usual, axis=1)).max(axis=1), dtype=np.float64)


def _middle(shares: Floats, edges: Floats) -> float:
    """About the median: the edge at which half of the values lie below."""
    return float(edges[min(int(np.searchsorted(np.cumsum(shares), 0.5)), BINS - 2)])


def _six(value: float) -> float:
    return float(f"{value:.6g}")

"""How the inputs of a deployment and its alarms stand, operating state by operating state.

A pump that stands still has not drifted, and a shift of start-ups is no shift of running: what moved and how many
alarms there were is told for each state apart, beside what the model's card promised for that state.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from math import exp, lgamma, log
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.plant.deploy.blocks import Block
from dure.plant.deploy.hysteresis import Turn

if TYPE_CHECKING:
    from dure.science.learn import DriftWatch

MINUTE_NS = 60_000_000_000
SHIFT_MINUTES = 480
MOST_MOVED = 5
CHANCE = 0.05
#: So many rows of the same value are a value that stands still.
STILL_ROWS = 60


def surpassed(alarms: int, high: float) -> bool:
    """Whether so many alarms are more than chance gives where at most `high` are expected (Poisson, 5 %).

    >>> surpassed(0, 0.0), surpassed(1, 0.3), surpassed(1, 0.01), surpassed(6, 2.0)
    (False, False, True, True)
    """
    if alarms <= 0 or high <= 0.0:
        return alarms > 0
    fewer = sum(exp(count * log(high) - high - lgamma(count + 1)) for count in range(alarms))
    return 1.0 - fewer < CHANCE


class Condition:
    """Drift and alarms of one deployment; keeps counts of the last shift and no rows."""

    def __init__(self, card: Mapping[str, Any], columns: Sequence[str], every_ns: int) -> None:
        self._facts = card.get("drift") or {}
        self._promise = {one["state"]: one for one in card.get("promise") or ()}
        self._columns, self._every = list(columns), every_ns
        self._watches: dict[str, DriftWatch] = {}
        self._latest: dict[str, deque[Any]] = {}
        self._minutes: dict[int, dict[str, list[int]]] = {}

    def look(self, block: Block) -> None:
        """Count the scored ticks of a block."""
        states = [state or "" for state in block.states] or [""] * len(block.times)
        scored = block.scored
        if self._facts and scored.any():
            latest = self._latest.setdefault(block.asset, deque(maxlen=STILL_ROWS))
            latest.extend(block.rows[scored][-STILL_ROWS:])
            self._watch(block.asset).push(
                block.rows[scored][:, self._places], [states[at] for at in np.flatnonzero(scored)]
            )
        turns = block.turns or [None] * len(block.times)
        for at in np.flatnonzero(scored):
            minute = self._minutes.setdefault(int(block.times[at]) // MINUTE_NS, defaultdict(lambda: [0, 0]))
            minute[states[at]][0] += 1
            minute[states[at]][1] += turns[at] is Turn.RAISED
        newest = max(self._minutes, default=0)
        for old in [one for one in self._minutes if one <= newest - SHIFT_MINUTES]:
            del self._minutes[old]

    @property
    def _places(self) -> list[int]:
        return [self._columns.index(name) for name in self._facts["signals"] if name in self._columns]

    def _watch(self, asset: str) -> "DriftWatch":
        from dure.science.learn import DriftWatch

        return self._watches.setdefault(asset, DriftWatch(self._facts))

    def moved(self) -> list[dict[str, Any]]:
        """Signals that left the distribution that was learnt in their state, the worst first."""
        found = [(asset, one) for asset, watch in self._watches.items() for one in watch.moved()]
        found.sort(key=lambda pair: pair[1].limit - pair[1].gap)
        return [
            {
                "asset": asset,
                "signal": one.signal,
                "state": one.state,
                "median": one.median,
                "usual": one.usual,
                "still": self._still(asset, one.signal),
                "watched": len(self._facts["signals"]),
            }
            for asset, one in found[:MOST_MOVED]
        ]

    def _still(self, asset: str, signal: str) -> bool:
        """Whether the latest values of a signal that moved are all the same."""
        latest = self._latest.get(asset, ())
        if len(latest) < STILL_ROWS or signal not in self._columns:
            return False
        values = np.array(latest)[:, self._columns.index(signal)]
        return bool((values == values[0]).all())

    def shifts(self) -> list[dict[str, Any]]:
        """Of each state the hours watched in the last shift, its alarms, and what was promised for so long."""
        counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for minute in self._minutes.values():
            for state, (rows, raised) in minute.items():
                counted[state][0] += rows
                counted[state][1] += raised
        return [self._shift(state, *counts) for state, counts in sorted(counted.items()) if state]

    def _shift(self, state: str, rows: int, raised: int) -> dict[str, Any]:
        hours = rows * self._every / 3.6e12
        promised = self._promise.get(state, {})
        share = hours / 8.0
        told = {
            name: round(promised[key] * share, 3)
            for name, key in (("promised", "alarms_per_shift"), ("low", "low"), ("high", "high"))
            if "alarms_per_shift" in promised
        }
        return {"state": state, "hours": round(hours, 2), "alarms": raised, "silent": not told, **told}

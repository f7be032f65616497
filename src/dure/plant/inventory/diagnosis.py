"""From measures to findings: what is wrong with each signal, seen beside its siblings. Pure functions of numbers.

A sibling is the same signal on other equipment of the same source (`Cell01/Voltage`, `Cell02/Voltage`), or, for
the clock, other equipment of the same source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from dure.plant.inventory.finding import Finding

# A clock off by less is network and scan time; off by more than a day, it is a recording that is played back.
SKEW_S = 5.0
DAY_S = 86_400.0
# A value that stands this long, and ten times longer than its siblings' do, is stuck.
STUCK_S = 60.0
STUCK_TIMES = 10.0
BAD_SHARE = 0.01
GAP_SHARE = 0.01
SILENT_S = 30.0
SILENT_PERIODS = 10.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A signal as it was found and measured; `measures` is empty while it has never spoken."""

    id: str
    source: str
    unit: str
    measures: Mapping[str, Any]
    live: bool = True
    kind: str = "number"
    clocked: bool = True

    @property
    def equipment(self) -> str:
        """The path without the signal's own name."""
        return self.id.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.id.rpartition("/")[2]


def diagnose(signals: Sequence[Measured], now: int) -> dict[str, list[Finding]]:
    """Findings of each signal by its id, the gravest first; `now` in ns since 1970 UTC."""
    skews = clock_skews(signals)
    siblings: dict[tuple[str, str], list[Measured]] = {}
    for one in signals:
        siblings.setdefault((one.source, one.name), []).append(one)
    return {
        one.id: [
            finding
            for finding in (
                _never_spoke(one),
                _silent(one, now),
                _stuck(one, siblings[one.source, one.name]),
                _skewed(one, skews.get(one.equipment, 0.0)),
                _bad(one),
                _gaps(one),
                _no_unit(one),
            )
            if finding
        ]
        for one in signals
    }


def clock_skews(signals: Sequence[Measured]) -> dict[str, float]:
    """How far the clock of each equipment is behind [s], seen from its siblings, or from the node without any.

    With two or more others the median of the others is the reference, so that one wrong clock does not make the
    rest look wrong, and a whole recording played back late looks right.
    """
    lag: dict[str, list[float]] = {}
    source: dict[str, str] = {}
    for one in signals:
        if one.measures.get("skew_s") is not None:
            lag.setdefault(one.equipment, []).append(one.measures["skew_s"])
            source[one.equipment] = one.source
    middle = {place: median(values) for place, values in lag.items()}
    return {place: own - _reference(place, middle, source) for place, own in middle.items()}


def _reference(place: str, middle: Mapping[str, float], source: Mapping[str, str]) -> float:
    others = [middle[other] for other in middle if other != place and source[other] == source[place]]
    if len(others) >= 2:
        return median(others)
    return middle[place] if middle[place] > DAY_S else 0.0


def _never_spoke(one: Measured) -> Finding | None:
    return None if one.measures else Finding("never-spoke", {"signal": one.id})


def _silent(one: Measured, now: int) -> Finding | None:
    if not one.measures or not one.live:
        return None
    last = one.measures.get("received") or one.measures["last"]
    silent = (now - last) / 1e9
    usual = SILENT_PERIODS * (one.measures.get("period_s") or 0.0)
    if silent <= max(SILENT_S, usual):
        return None
    return Finding("silent", {"signal": one.id, "silent_s": round(silent)})


def _stuck(one: Measured, siblings: Sequence[Measured]) -> Finding | None:
    own = one.measures.get("stuck_s") or 0.0
    others = [s.measures.get("stuck_s") or 0.0 for s in siblings if s.id != one.id and s.measures]
    if not others or own < STUCK_S or own < STUCK_TIMES * median(others):
        return None
    value = one.measures.get("value")
    return Finding(
        "stuck", {"signal": one.id, "stuck_s": round(own), "value": "?" if value is None else f"{value:.6g}"}
    )


def _skewed(one: Measured, behind: float) -> Finding | None:
    if not one.measures or not one.clocked or not SKEW_S <= abs(behind) <= DAY_S:
        return None
    en, ko = ("behind", "늦습니다") if behind > 0 else ("ahead", "빠릅니다")
    equipment = one.equipment.rpartition("/")[2] or one.source
    facts = {"equipment": equipment, "skew_s": round(abs(behind)), "direction_en": en, "direction_ko": ko}
    return Finding("clock-skew", facts)


def _bad(one: Measured) -> Finding | None:
    share = one.measures.get("bad_share") or 0.0
    if share < BAD_SHARE:
        return None
    return Finding("bad-quality", {"signal": one.id, "bad_percent": f"{100 * share:.3g}"})


def _gaps(one: Measured) -> Finding | None:
    if (one.measures.get("gap_share") or 0.0) < GAP_SHARE:
        return None
    longest = round(one.measures.get("longest_gap_s") or 0.0, 1)
    facts = {"signal": one.id, "gaps": one.measures.get("gaps", 0), "longest_gap_s": longest}
    return Finding("gaps", facts)


def _no_unit(one: Measured) -> Finding | None:
    return None if one.unit or one.kind != "number" else Finding("no-unit", {"signal": one.id})

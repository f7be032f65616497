"""How a deployment does: one sentence in both languages, and the figures behind it."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from dure.plant.deploy.blocks import Floats, Times
from dure.vocabulary import DureError, Text

SHIFT_NS = 8 * 3_600_000_000_000
HOUR_NS = 3_600_000_000_000
MINUTE_NS = 60_000_000_000

SCORES = Text("Scores {assets} assets every {every_s} s.", "설비 {assets}대를 {every_s}초마다 채점합니다.")
SCORES_ONE = Text("Scores one asset every {every_s} s.", "설비 1대를 {every_s}초마다 채점합니다.")
STARTS = Text("Waiting: the first samples have not come yet.", "대기 중: 아직 첫 측정값이 오지 않았습니다.")
STALE = Text(
    "Waiting: {column} of {asset} is {age_s} s old; the limit is {max_age_s} s.",
    "대기 중: {asset}의 {column} 값이 {age_s}초 전 것입니다. 한도는 {max_age_s}초입니다.",
)
ABSENT = Text(
    "Waiting: {column} of {asset} has never spoken.", "대기 중: {asset}의 {column} 값이 온 적이 없습니다."
)
BAD = Text(
    "Waiting: the source marks {column} of {asset} as bad.",
    "대기 중: 소스가 {asset}의 {column} 값을 불량으로 표시합니다.",
)
SHORT = Text(
    "Waiting: {asset} has {rows} of the {needed} ticks that a prediction looks back on.",
    "대기 중: {asset}의 예측에 필요한 {needed}틱 중 {rows}틱이 모였습니다.",
)
HOLED = Text(
    "Waiting: too much of the last {needed} ticks of {asset} is missing.",
    "대기 중: {asset}의 최근 {needed}틱에 빠진 값이 너무 많습니다.",
)
OUTSIDE = Text(
    "Silent: {column} of {asset} is {value}, far outside what was learnt ({low}–{high}).",
    "예측 안 함: {asset}의 {column} 값 {value}이(가) 학습 범위({low}–{high})를 크게 벗어났습니다.",
)
FAILED = Text(
    "The model failed: {reason}. The worker's log has the details.",
    "모델 실행에 실패했습니다: {reason}. 자세한 내용은 워커 로그에 있습니다.",
)


def told(says: Text, **facts: object) -> dict[str, str]:
    """A sentence in both languages, as health keeps it.

    >>> told(ABSENT, asset="Cell07", column="Voltage")["en"]
    'Waiting: Voltage of Cell07 has never spoken.'
    """
    return {"en": says.en.format(**facts), "ko": says.ko.format(**facts)}


def refused(refusal: DureError) -> dict[str, str]:
    """A refusal as the sentence of a deployment that waits."""
    facts = {"where": refusal.where, **refusal.facts}
    return {
        "en": f"Waiting: {refusal.says.en.format(**facts)}",
        "ko": f"대기 중: {refusal.says.ko.format(**facts)}",
    }


@dataclass(slots=True)
class Drift:
    """Share of each input outside the range it was trained on, over the last hour; kept by the minute."""

    low: Floats
    high: Floats
    _minutes: dict[int, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Sequence[Mapping[str, Any]]) -> Self:
        """Watch the inputs of a card, each against its `low` and `high`; without them nothing is outside."""
        low = [-np.inf if one.get("low") is None else one["low"] for one in inputs]
        high = [np.inf if one.get("high") is None else one["high"] for one in inputs]
        return cls(np.array(low), np.array(high))

    def look(self, times: Times, rows: Floats) -> None:
        """Count rows [n, F] at `times` [n, ns]; missing values do not count."""
        outside = (rows < self.low) | (rows > self.high)
        there = ~np.isnan(rows)
        for minute in np.unique(times // MINUTE_NS):
            own = times // MINUTE_NS == minute
            before = self._minutes.get(int(minute), 0)
            self._minutes[int(minute)] = before + np.stack([outside[own].sum(0), there[own].sum(0)])
        newest = max(self._minutes, default=0)
        for minute in [m for m in self._minutes if m <= newest - 60]:
            del self._minutes[minute]

    def shares(self, columns: Sequence[str]) -> dict[str, float]:
        """Share outside, 0 to 1, by column.

        >>> drift = Drift(np.array([0.0]), np.array([1.0]))
        >>> drift.look(np.array([0, 1]), np.array([[0.5], [1.5]]))
        >>> drift.shares(["Voltage"])
        {'Voltage': 0.5}
        """
        if not self._minutes:
            return {}
        outside, there = sum(self._minutes.values())
        return {
            name: round(float(out / max(1, n)), 4)
            for name, out, n in zip(columns, outside, there, strict=True)
        }


@dataclass(slots=True)
class Delays:
    """How long after a tick its prediction stood in the historian. [s]."""

    seen: deque[float] = field(default_factory=lambda: deque(maxlen=6000))

    def add(self, now: int, ticks: Iterable[int]) -> None:
        """Note that the predictions of `ticks` [ns] are stored at `now` [ns]."""
        self.seen.extend((now - tick) / 1e9 for tick in ticks)

    def summary(self) -> dict[str, float]:
        """Median and 95th percentile of the last ones."""
        if not self.seen:
            return {}
        p50, p95 = np.percentile(self.seen, [50, 95])
        return {"p50": round(float(p50), 3), "p95": round(float(p95), 3)}


def shift_figures(card: Mapping[str, Any], alarms: int, watched_ns: int) -> dict[str, Any]:
    """Alarms a shift of 8 h: as measured here so far, and as the card promises from held-out normal data."""
    shifts = min(max(watched_ns / SHIFT_NS, 0.0), 1.0)
    return {
        "alarms": alarms,
        "hours": round(shifts * 8, 2),
        "promised": (card.get("metric") or {}).get("alarms_per_shift"),
    }

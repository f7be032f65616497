"""Values that cannot be, by their unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Floats, Shape, Subject
from dure.science.quality.telling import counted, number
from dure.vocabulary import Text, UnitsDiffer, UnknownUnit, convert

_COLD = Text("absolute zero", "절대영도")
_FULL = Text("the whole", "전체")
_VACUUM = Text("a vacuum", "진공")
_ACID = Text("the pH scale", "pH 범위")
# Least values by UCUM code; pressures are gauge unless the header says absolute.
_COLDEST = {"Cel": -273.15, "K": 0.0, "[degF]": -459.67}
_ABSOLUTE = re.compile(r"\babs|bara\b|psia\b|절대", re.IGNORECASE)
_CHANGE = re.compile(r"change|delta|diff|dev|error|slope|grad|변화|편차|차이|오차", re.IGNORECASE)
_ATMOSPHERE = 101_325.0
"""Standard atmosphere, ISO 2533. [Pa]."""


@dataclass(frozen=True)
class ImpossibleValues(Measure):
    """Temperatures below absolute zero, shares above 100 %, pressures below vacuum, pH off its scale.

    A share must otherwise keep to 0 to 100 (in 90 % of its rows), and passes with `slack` above: valves overshoot.
    """

    key: ClassVar[str] = "impossible-values"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text(
        "Data accuracy range (values that can be)", "데이터 정확 범위(있을 수 있는 값)"
    )
    how: ClassVar[Text] = Text("Share of numbers within what their unit allows.", "단위상 있을 수 있는 범위에 든 숫자의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” has {values} that cannot be, {beyond} {limit} ({bound}): as far as {farthest}, first {place}.", "“{where}”에 있을 수 없는 값이 {values} 있습니다. {limit}({bound})보다 {beyond}인 {farthest}까지 가며, 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check the unit and the scaling of the signal; clip what is no measurement (table.clip_to_limits).", "신호의 단위와 스케일을 확인하고, 측정값이 아니면 한계로 자르세요(table.clip_to_limits).")  # fmt: skip
    defect: ClassVar[str] = "impossible"
    counts: ClassVar[str] = "numbers"

    slack: float = 10.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column with such values."""
        for name in subject.signals:
            unit, shape = subject.unit(name), subject.shape(name)
            if shape is None or (not unit and "ph" not in name.lower()):
                continue
            values = subject.array(name)
            for low, high, limit in self._limits(name, unit, shape, values):
                if shape.low < low or shape.high > high:
                    wrong = np.flatnonzero((values < low) | (values > high))
                    yield self._told(subject, name, wrong, (low, high), limit)

    def _limits(
        self, name: str, unit: str, shape: Shape, values: Floats
    ) -> Iterator[tuple[float, float, Text]]:
        if unit in _COLDEST and not _CHANGE.search(name):
            yield _COLDEST[unit], float("inf"), _COLD
        elif unit == "%" and not _CHANGE.search(name):
            within = int(((values >= 0) & (values <= 100)).sum())
            if within > 0.9 * shape.count:
                yield float("-inf"), 100 + self.slack, _FULL
        elif re.search(r"(^|[^a-z])ph([^a-z]|$)", name.lower()):
            yield -1.0, 15.0, _ACID
        elif shape.low < 0 and not _CHANGE.search(name):
            yield from self._pressure(name, unit)

    def _pressure(self, name: str, unit: str) -> Iterator[tuple[float, float, Text]]:
        try:
            vacuum = convert(_ATMOSPHERE, "Pa", unit)
        except (UnitsDiffer, UnknownUnit):
            return
        yield (0.0 if _ABSOLUTE.search(name) else -1.1 * float(vacuum)), float("inf"), _VACUUM

    def _told(
        self, subject: Subject, name: str, wrong: NDArray[np.int64], limits: tuple[float, float], limit: Text
    ) -> Finding:
        values = subject.array(name)[wrong]
        below = bool(values[0] < limits[0])
        far, bound = float(values.min() if below else values.max()), limits[0] if below else limits[1]
        beyond = Text("below", "아래") if below else Text("above", "위")
        facts = {
            "limit": limit,
            "farthest": number(far),
            "place": subject.place(int(wrong[0])),
            "bound": number(bound),
        }
        return self.found(name, values=counted(len(wrong), "value"), count=len(wrong), beyond=beyond, **facts)

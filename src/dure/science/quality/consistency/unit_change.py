"""A signal that goes on in another unit, or with the other sign."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Floats, Subject, counts_up, segments_of
from dure.science.quality.telling import number
from dure.vocabulary import Text

# What turns one unit into another: slope, offset, and the pair as people know it. Exact by definition (SI Brochure,
# 9th ed., 2019; NIST SP 811 B.8 for psi).
CHANGES = (
    (1.8, 32.0, Text("as from °C to °F", "℃에서 ℉로 바뀔 때와 같습니다")),
    (1 / 1.8, -32 / 1.8, Text("as from °F to °C", "℉에서 ℃로 바뀔 때와 같습니다")),
    (1.0, 273.15, Text("as from °C to K", "℃에서 K로 바뀔 때와 같습니다")),
    (1.0, -273.15, Text("as from K to °C", "K에서 ℃로 바뀔 때와 같습니다")),
    *(
        (slope, 0.0, Text(f"by a factor of {slope:g}, {en}", f"{slope:g}배가 되었으며 {ko}"))
        for slope, en, ko in (
            (1000.0, "as from kilo to the unit itself", "킬로 단위가 풀릴 때와 같습니다"),
            (0.001, "as from a unit to its kilo", "킬로 단위로 바뀔 때와 같습니다"),
            (100.0, "as from bar to kPa", "bar에서 kPa로 바뀔 때와 같습니다"),
            (0.01, "as from kPa to bar", "kPa에서 bar로 바뀔 때와 같습니다"),
            (10.0, "as from MPa to bar, or a decimal point that moved", "MPa에서 bar로 바뀌거나 소수점이 밀릴 때와 같습니다"),
            (0.1, "as from bar to MPa, or a decimal point that moved", "bar에서 MPa로 바뀌거나 소수점이 밀릴 때와 같습니다"),
            (14.5038, "as from bar to psi", "bar에서 psi로 바뀔 때와 같습니다"),
            (0.0689476, "as from psi to bar", "psi에서 bar로 바뀔 때와 같습니다"),
            (6.89476, "as from psi to kPa", "psi에서 kPa로 바뀔 때와 같습니다"),
            (0.145038, "as from kPa to psi", "kPa에서 psi로 바뀔 때와 같습니다"),
            (3.6, "as from m/s to km/h", "m/s에서 km/h로 바뀔 때와 같습니다"),
            (1 / 3.6, "as from km/h to m/s", "km/h에서 m/s로 바뀔 때와 같습니다"),
            (60.0, "as from minutes to seconds", "분에서 초로 바뀔 때와 같습니다"),
            (1 / 60, "as from seconds to minutes", "초에서 분으로 바뀔 때와 같습니다"),
            (25.4, "as from inches to mm", "인치에서 mm로 바뀔 때와 같습니다"),
            (1 / 25.4, "as from mm to inches", "mm에서 인치로 바뀔 때와 같습니다"),
        )
    ),
)  # fmt: skip
_FLIP = (-1.0, 0.0, Text("with the sign turned round", "부호가 뒤집혔습니다"))


@dataclass(frozen=True)
class _Jump:
    """Where a signal may have changed, and its rows before and after."""

    row: int
    before: Floats
    after: Floats


def jumps(values: Floats, ends: NDArray[np.int64], window: int, most: int = 6) -> Iterator[_Jump]:
    """The largest steps within each file, and the borders of the files; `window` rows of either side of each."""
    parts = list(segments_of([int(end) for end in ends]))
    for part in parts if len(parts) <= 40 else ():
        if part.start:
            before = values[max(0, part.start - 5 * window) : part.start]
            yield from _made(part.start, before, values[part.start : part.start + 5 * window])
    step = np.abs(np.diff(values))
    step[~np.isfinite(step)] = 0.0
    step[ends[:-1] - 1] = 0.0
    for row in sorted(int(row) + 1 for row in np.argsort(step)[-most:] if step[row] > 0):
        part = next(part for part in parts if part.start <= row < part.stop)
        before = values[max(part.start, row - window) : row]
        yield from _made(row, before, values[row : min(part.stop, row + window)])


def _made(row: int, before: Floats, after: Floats) -> Iterator[_Jump]:
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if min(len(before), len(after)) >= 20:
        yield _Jump(row, before, after)


def fits(jump: _Jump, slope: float, offset: float) -> bool:
    """Whether the rows after a jump are those before it in another unit, and are not so as they stand.

    Level and spread must come back by the inverse change within half the spread, the noise from row to row within
    a factor of 1.6, and as they stand the two must not overlap.
    """
    back = (jump.after - offset) / slope
    before, after = (np.quantile(side, [0.05, 0.5, 0.95]) for side in (jump.before, back))
    raw = np.quantile(jump.after, [0.05, 0.5, 0.95])
    spread = float(before[2] - before[0])
    if spread <= 0 or not (raw[0] > before[2] or raw[2] < before[0]):
        return False
    apart = abs(float(raw[1] - before[1]))
    level = abs(offset) if slope == 1.0 else abs(float(before[1]))
    if apart < 1.5 * spread or float(np.abs(after - before).max()) > min(
        0.6 * spread + 0.02 * level, 0.2 * level
    ):
        return False
    noise = [float(np.abs(np.diff(side)).mean()) for side in (jump.before, back)]
    return min(noise) > 0 and max(noise) / min(noise) < 1.6


@dataclass(frozen=True)
class UnitChange(Measure):
    """A signal whose values jump as from one unit to another, level, spread and noise together."""

    key: ClassVar[str] = "unit-change"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Consistency of units", "단위 일관성")
    how: ClassVar[Text] = Text("Share of signals that keep one unit from the first row to the last.", "처음부터 끝까지 한 단위를 유지하는 신호의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” jumps from about {before} to about {after} at {place}, {change}.", "“{where}”이(가) {place}에서 약 {before}에서 약 {after}(으)로 뜁니다. {change}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Bring it to one unit before anything else, at the source or with a column formula (table.formula).", "다른 작업 전에 원본이나 수식 열(table.formula)로 단위를 통일하세요.")  # fmt: skip
    defect: ClassVar[str] = "other-unit"
    counts: ClassVar[str] = "signals"

    window: int = 200

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such signal, on its first such jump."""
        if not subject.ordered:
            return
        for name in subject.signals:
            shape = subject.shape(name)
            if (
                shape is not None
                and shape.distinct > 20
                and name != subject.label
                and not counts_up(subject.array(name))
            ):
                yield from self._first(subject, name)

    def _first(self, subject: Subject, name: str) -> Iterator[Finding]:
        whole = subject.frame.schema[name].is_integer()
        for jump in jumps(subject.array(name), subject.ends, self.window):
            for slope, offset, change in CHANGES:
                # a counter that starts again jumps by anything, 273 too
                if (offset == 0 or not whole) and fits(jump, slope, offset):
                    levels = {"before": number(float(f"{np.median(jump.before):.3g}")), "after": number(float(f"{np.median(jump.after):.3g}"))}  # fmt: skip
                    yield self.found(name, place=subject.place(jump.row), change=change, affected=1, **levels)
                    return


@dataclass(frozen=True)
class SignFlip(Measure):
    """A signal that keeps to one side of zero, and from one row on to the other."""

    key: ClassVar[str] = "sign-flip"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Consistency of signs", "부호 일관성")
    how: ClassVar[Text] = Text("Share of signals whose sign is not turned round from some row on.", "어느 행부터 부호가 뒤집히지 않은 신호의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” turns its sign at {place}, from about {before} to about {after}.", "“{where}”의 부호가 {place}에서 뒤집힙니다. 약 {before}에서 약 {after}(으)로 바뀝니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check the wiring and what counts as positive; turn it back with a column formula (table.formula).", "배선과 부호 기준을 확인하고 수식 열(table.formula)로 되돌리세요.")  # fmt: skip
    defect: ClassVar[str] = "sign-turned"
    counts: ClassVar[str] = "signals"

    window: int = 200

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such signal."""
        if not subject.ordered:
            return
        for name in subject.signals:
            shape, values = subject.shape(name), subject.array(name)
            if (
                shape is None
                or shape.distinct <= 20
                or not shape.low < 0 < shape.high
                or name == subject.label
            ):
                continue
            signs = np.sign(values[np.isfinite(values) & (values != 0)])
            if (np.diff(signs) != 0).sum() > 2 or min((signs > 0).sum(), (signs < 0).sum()) < 20:
                continue
            for jump in jumps(values, subject.ends, self.window, most=3):
                if fits(jump, *_FLIP[:2]):
                    levels = {"before": number(float(f"{np.median(jump.before):.3g}")), "after": number(float(f"{np.median(jump.after):.3g}"))}  # fmt: skip
                    yield self.found(name, place=subject.place(jump.row), affected=1, **levels)
                    break

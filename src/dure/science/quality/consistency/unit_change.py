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


@dataclass(frozen=True, slots=True)
class Side:
    """Rows on one side of a jump in figures: 5th, 50th and 95th percentile, and the mean step from row to row."""

    low: float
    middle: float
    high: float
    noise: float

    def back(self, slope: float, offset: float) -> "Side":
        """The side as it was before a change of unit by `slope` and `offset`."""
        low, high = sorted(((self.low - offset) / slope, (self.high - offset) / slope))
        return Side(low, (self.middle - offset) / slope, high, self.noise / abs(slope))


@dataclass(frozen=True, slots=True)
class Jump:
    """Where a signal may have changed, and its rows before and after."""

    row: int
    before: Side
    after: Side


def jumps(values: Floats, ends: NDArray[np.int64], windows: tuple[int, ...], most: int = 6) -> Iterator[Jump]:
    """The borders of at most 40 files, then the largest steps within files, with so many rows on either side."""
    parts = list(segments_of([int(end) for end in ends]))
    for part in parts[1:] if len(parts) <= 40 else ():
        whole = 5 * max(windows)
        yield from _jump(values, part.start, max(0, part.start - whole), part.start + whole)
    step = np.abs(np.diff(values))
    step[~np.isfinite(step)] = 0.0
    step[ends[:-1] - 1] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        # where the unit grows, later steps are larger than the jump itself: it stands out among ratios
        ratio = np.where(step > 0, np.abs(np.diff(np.log(np.abs(values)))), 0.0)
    ratio[~np.isfinite(ratio)] = 0.0
    largest = {
        int(row) + 1
        for kind in (step, ratio)
        for row in np.argpartition(kind, -most)[-most:]
        if step[row] > 0
    }
    for row in sorted(largest):
        part = next(part for part in parts if part.start <= row < part.stop)
        for window in windows:
            yield from _jump(values, row, max(part.start, row - window), min(part.stop, row + window))


def _jump(values: Floats, row: int, first: int, last: int) -> Iterator[Jump]:
    before, after = (side[np.isfinite(side)] for side in (values[first:row], values[row:last]))
    if min(len(before), len(after)) >= 20:
        yield Jump(row, _side(before), _side(after))


def _side(values: Floats) -> Side:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    return Side(low, middle, high, float(np.abs(np.diff(values)).mean()))


def fits(jump: Jump, slope: float, offset: float) -> bool:
    """Whether the rows after a jump are those before it in another unit, and are not so as they stand.

    Level and spread must come back by the inverse change within half the spread, the noise from row to row within
    a factor of 1.6, and as they stand the two must not overlap.
    """
    before, raw = jump.before, jump.after
    spread, apart = before.high - before.low, abs(raw.middle - before.middle)
    if spread <= 0 or apart < 1.5 * spread or not (raw.low > before.high or raw.high < before.low):
        return False
    back, level = raw.back(slope, offset), abs(offset) if slope == 1.0 else abs(before.middle)
    off = max(abs(back.low - before.low), abs(back.middle - before.middle), abs(back.high - before.high))
    noise = sorted((before.noise, back.noise))
    return off <= min(0.6 * spread + 0.02 * level, 0.2 * level) and 0 < noise[1] < 1.6 * noise[0]


def lasts(values: Floats, row: int, ends: NDArray[np.int64], rows: int = 1_000) -> bool:
    """Whether a signal stays where it jumped to: of `rows` rows on either side none but 1 in 20 overlap."""
    part = next(part for part in segments_of([int(end) for end in ends]) if part.start <= row < part.stop)
    first = part.start if row > part.start else max(0, row - rows)
    sides = [
        side[np.isfinite(side)]
        for side in (values[max(first, row - rows) : row], values[row : min(part.stop, row + rows)])
    ]
    before, after = (np.quantile(side, [0.05, 0.95]) for side in sides)
    return bool(before[1] < after[0] or after[1] < before[0])


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

    windows: tuple[int, ...] = (200, 40)

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
        shape = subject.shape(name)
        if shape is None or (shape.low > 0 and shape.high < 1.6 * shape.low and shape.high - shape.low < 200):
            return  # no change of unit is so small
        whole = subject.frame.schema[name].is_integer()
        values = subject.array(name)
        for jump in jumps(values, subject.ends, self.windows):
            for slope, offset, change in CHANGES:
                # a counter that starts again jumps by anything, 273 too
                if (
                    (offset == 0 or not whole)
                    and fits(jump, slope, offset)
                    and lasts(values, jump.row, subject.ends)
                ):
                    levels = {"before": _level(jump.before), "after": _level(jump.after)}
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

    windows: tuple[int, ...] = (200, 40)

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
            for jump in jumps(values, subject.ends, self.windows, most=3):
                if fits(jump, -1.0, 0.0):
                    levels = {"before": _level(jump.before), "after": _level(jump.after)}
                    yield self.found(name, place=subject.place(jump.row), affected=1, **levels)
                    break


def _level(side: Side) -> str:
    return number(float(f"{side.middle:.3g}"))

"""A clock that goes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, duration
from dure.vocabulary import Text

_HOUR, _DAY = 3_600.0, 86_400.0
_REASONS = {
    "again": Text("; the rows that follow are there already, so a stretch was sent twice", " 이어지는 행이 앞에도 있으므로 같은 구간이 두 번 전송된 것입니다."),
    "leap": Text("; it is a second, as a leap second or a time server makes it", " 1초인 것으로 보아 윤초나 시각 서버 때문일 수 있습니다."),
    "summer": Text("; it is one hour, as when daylight saving time ends", " 한 시간인 것으로 보아 서머타임 종료일 수 있습니다."),
    "zone": Text("; it is whole hours, as between time zones", " 정시 단위인 것으로 보아 시간대가 섞였을 수 있습니다."),
    "midnight": Text("; it is a whole day, as where midnight bears the date of the day before", " 하루 단위인 것으로 보아 자정 행에 전날 날짜가 적힌 것입니다."),
    "": Text("", ""),
}  # fmt: skip


@dataclass(frozen=True)
class TimeBackwards(Measure):
    """Rows that are older than the row before them: a clock set back, a stretch sent twice, runs stacked on each other."""

    key: ClassVar[str] = "time-backwards"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    title: ClassVar[Text] = Text("Order of times", "시각 순서 일관성")
    how: ClassVar[Text] = Text("Share of rows that are not older than the row before them.", "바로 앞 행보다 오래되지 않은 행의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” goes back {times}, first before {place} by {by}{why}.", "“{where}”이(가) {times} 거꾸로 갑니다. 처음은 {place} 앞에서 {by}입니다.{why}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Write times with their offset from UTC, or name the column that tells the runs apart (--group).", "UTC 시차를 함께 기록하거나 실행 구간을 구분하는 열을 알려 주세요(--group).")  # fmt: skip
    defect: ClassVar[str] = "clock-back"
    counts: ClassVar[str] = "steps"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        back = np.flatnonzero(subject.steps < 0)
        if subject.clock is not None and len(back):
            first = int(back[0])
            by = -float(np.median(subject.steps[back])) if len(back) > 2 else -float(subject.steps[first])
            facts = {"by": duration(-float(subject.steps[first])), "seconds": by}
            why = _REASONS[_reason(subject, first, by)]
            told = counted(len(back), "time")
            yield self.found(
                subject.clock.name, times=told, count=len(back), place=subject.place(first), why=why, **facts
            )


def _reason(subject: Subject, row: int, by: float) -> str:
    usual = subject.usual_step
    if _is_there_already(subject, row):
        return "again"
    whole = by + usual
    if not usual < _HOUR / 2:
        return ""
    if abs(whole - _HOUR) <= usual / 2 or abs(by - _HOUR) <= usual / 2:
        return "summer"
    for size, reason in ((_DAY, "midnight"), (_HOUR, "zone")):
        if (
            whole >= size - usual
            and abs(whole / size - round(whole / size)) * size <= usual / 2
            and whole < 15 * size
        ):
            return reason
    return "leap" if usual <= 1 and 0.5 <= by <= 1.5 else ""


def _is_there_already(subject: Subject, row: int, rows: int = 10) -> bool:
    """Whether the rows from `row` on are copies of rows before it, times and all."""
    import polars as pl

    frame = subject.frame
    after = frame.slice(row, min(rows, len(frame) - row)).unique()
    before = frame.slice(max(0, row - 100_000), min(row, 100_000))
    ticks = [
        name
        for name, kind in frame.schema.items()
        if kind == pl.Datetime or name == getattr(subject.clock, "name", "")
    ]
    shared = [name for name in frame.columns if name in ticks or not ticks]
    if not shared or len(after) < 3 or frame.width < 2:
        return False
    return len(after.join(before, on=frame.columns, how="semi", nulls_equal=True)) == len(after)

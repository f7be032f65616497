"""Rows that share their time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import counted
from dure.vocabulary import Text

_NONE = Text("", "")


@dataclass(frozen=True)
class DuplicateTimes(Measure):
    """Rows with the time of the row before: a coarse clock, a replay, or several machines in one table."""

    key: ClassVar[str] = "duplicate-times"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    title: ClassVar[Text] = Text("Uniqueness of times", "시각 유일성")
    how: ClassVar[Text] = Text("Share of rows whose time differs from that of the row before.", "바로 앞 행과 시각이 다른 행의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{rows} have the same “{where}” as the row before, first {place}{machines}.", "{rows}의 “{where}”이(가) 바로 앞 행과 같습니다. 처음은 {place}입니다.{machines}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Name the column that tells the machines apart (--group), or write times with their milliseconds.", "설비를 구분하는 열을 알려 주거나(--group) 밀리초까지 기록하세요.")  # fmt: skip
    defect: ClassVar[str] = "repeated-times"
    counts: ClassVar[str] = "steps"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        same = np.flatnonzero(subject.steps == 0)
        if subject.clock is not None and len(same):
            facts = {
                "rows": counted(len(same), "row"),
                "count": len(same),
                "machines": _machines(subject.clock.seconds),
            }
            yield self.found(subject.clock.name, place=subject.place(int(same[0])), **facts)


def _machines(seconds: Floats) -> Text:
    """How many rows a time usually has, where it is always about the same number above one."""
    _, counts = np.unique(seconds[np.isfinite(seconds)], return_counts=True)
    usual = int(np.median(counts))
    if usual < 2 or float((counts == usual).mean()) < 0.5:
        return _NONE
    return Text(
        f"; each time has {usual} rows, so {usual} machines seem to be in one table",
        f" 시각마다 행이 {usual}개이므로 설비 {usual}대가 한 표에 섞인 것 같습니다.",
    )

"""Stretches that are copies of earlier ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted
from dure.vocabulary import Text


@dataclass(frozen=True)
class ReplayedStretch(Measure):
    """Consecutive rows whose signals all repeat an earlier stretch, row by row: a gateway that replays, or data made up.

    Told from `rows` rows on, of which `distinct` at least differ from each other; a machine that stands still, or moves in a
    cycle of few values, is not.
    """

    key: ClassVar[str] = "replayed-stretch"
    characteristic: ClassVar[Characteristic] = Characteristic.CREDIBILITY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text(
        "Values credibility (no replayed stretches)", "값 신뢰성(되풀이된 구간 없음)"
    )
    how: ClassVar[Text] = Text("Share of rows outside stretches whose signals repeat an earlier stretch.", "앞선 구간의 신호를 그대로 되풀이한 구간에 들지 않는 행의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{rows} from {place} on repeat the signals from {before} on, value by value.", "{place}부터 {rows}의 신호 값이 {before}부터의 값을 그대로 되풀이합니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Find out whether a gateway sent its store twice or rows were copied, and keep one of the two.", "게이트웨이가 저장분을 두 번 보냈는지, 행이 복사되었는지 확인하고 하나만 남기세요.")  # fmt: skip
    defect: ClassVar[str] = "replayed"
    counts: ClassVar[str] = "rows"

    rows: int = 15
    distinct: int = 10

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table: the longest stretch, and how many rows in all."""
        names = [one for one in subject.signals if one != subject.label]
        if len(names) < 2 or len(subject.frame) < 2 * self.rows:
            return
        codes = subject.frame.select(names).hash_rows(seed=0).to_numpy()
        found = [one for one in _runs(codes, subject.starts) if one[1] >= self.rows]
        found = [one for one in found if len(np.unique(codes[one[0] : one[0] + one[1]])) >= self.distinct]
        if found:
            start, length, lag = max(found, key=lambda one: one[1])
            places = {"place": subject.place(start), "before": subject.place(start - lag)}
            count = sum(one[1] for one in found)
            yield self.found(TABLE, rows=counted(length, "row"), count=count, **places)


def _runs(codes: NDArray[np.uint64], starts: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Stretches of rows that each repeat the row `lag` before: first row, length, lag; lag 1 is a signal at rest."""
    order = np.argsort(codes, kind="stable")
    same = codes[order[1:]] == codes[order[:-1]]
    lag = np.zeros(len(codes), dtype=np.int64)
    lag[order[1:][same]] = order[1:][same] - order[:-1][same]
    begins = np.flatnonzero(np.concatenate([[True], lag[1:] != lag[:-1]]) | starts)
    for start, end in zip(begins, np.append(begins[1:], len(codes)), strict=True):
        if lag[start] > 1:
            yield int(start), int(end - start), int(lag[start])

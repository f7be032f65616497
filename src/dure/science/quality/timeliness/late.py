"""Rows that were recorded long after they were measured."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import counted, duration, percent
from dure.vocabulary import Text

_ARRIVED = re.compile(
    r"receiv|arriv|record|stored|insert|created|ingest|upload|수신|도착|저장|기록|등록|입력", re.IGNORECASE
)


@dataclass(frozen=True)
class LateArrivals(Measure):
    """Rows whose second time (received, stored …) is `times` the usual delay after the first, or before it.

    Columns of arrival are told by their names; the first column of times says when a row was measured.
    """

    key: ClassVar[str] = "late-arrivals"
    characteristic: ClassVar[Characteristic] = Characteristic.TIMELINESS
    title: ClassVar[Text] = Text("Timeliness of arrival", "도착 적시성")
    how: ClassVar[Text] = Text("Share of rows that arrived within ten times the usual delay after they were measured.", "측정한 뒤 평소 지연의 10배 안에 도착한 행의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{rows} ({share}) arrived late by “{where}”: usual is {usual}, the longest took {longest}.", "“{where}” 기준으로 {rows}({share})이 늦게 도착했습니다. 평소 {usual}, 가장 긴 지연은 {longest}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Do not let a model use these values before they had arrived.", "도착하기 전의 값을 모델이 쓰지 않게 하세요.")  # fmt: skip
    defect: ClassVar[str] = "late-rows"

    times: float = 10.0
    few: float = 0.001

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of arrivals."""
        for name, delays in self._delays(subject):
            late, usual = self._late(delays), float(np.median(delays))
            count = int(late.sum())
            if count and count >= self.few * len(delays):
                share, longest = percent(count / len(delays)), duration(float(delays.max()))
                told = {"usual": duration(max(usual, 0.0)), "longest": longest}
                yield self.found(name, rows=counted(count, "row"), count=count, share=share, **told)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of rows that arrived in time, of each column."""
        for name, delays in self._delays(subject):
            yield self.value(1 - float(self._late(delays).mean()), name)

    def _late(self, delays: Floats) -> NDArray[np.bool_]:
        usual = max(float(np.median(delays)), 1e-3)
        late: NDArray[np.bool_] = (delays > self.times * usual) | (delays < 0)
        return late

    def _delays(self, subject: Subject) -> Iterator[tuple[str, Floats]]:
        import polars as pl

        at = subject.clock.name if subject.clock is not None else ""
        if not isinstance(subject.frame.schema.get(at), pl.Datetime):
            return
        for name, kind in subject.frame.schema.items():
            if name == at or not isinstance(kind, pl.Datetime) or not _ARRIVED.search(name):
                continue
            took = subject.frame.select(
                pl.col(name).dt.replace_time_zone(None) - pl.col(at).dt.replace_time_zone(None)
            )
            delays = took.to_series().dt.total_microseconds().drop_nulls().cast(pl.Float64).to_numpy() / 1e6
            if len(delays):
                yield name, delays

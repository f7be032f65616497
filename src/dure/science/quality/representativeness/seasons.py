"""What part of a year and of a week the rows have seen."""

from calendar import month_abbr
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_DAY = 86_400.0


@dataclass(frozen=True)
class SeasonUnseen(Measure):
    """Dated rows over at least `days` days that lack months of the year, or hold hardly any rows of one.

    A month counts as seen with `share` of the rows that it would have if the months were even.
    """

    key: ClassVar[str] = "season-unseen"
    characteristic: ClassVar[Characteristic] = Characteristic.REPRESENTATIVENESS
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Representativeness of the seasons", "계절 대표성")
    how: ClassVar[Text] = Text("Share of the twelve months of which there are rows, at least a tenth of an even share.", "고른 몫의 10분의 1 이상 행이 있는 달의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” covers {seen} of the year only ({which}): what changes with the season is not in the data.", "“{where}”은(는) 한 해 중 {seen}({which})만 담고 있어 계절에 따른 변화가 데이터에 없습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Trust the model only for such months, and retrain as the others come.", "이 기간에만 모델을 믿고, 다른 계절의 데이터가 쌓이면 다시 학습하세요.")  # fmt: skip
    defect: ClassVar[str] = "half-a-year"

    days: float = 20.0
    share: float = 0.1

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        seen = self._months(subject)
        if seen is not None and subject.clock is not None and len(seen) < 12:
            which = _told(seen)
            yield self.found(
                subject.clock.name, seen=counted(len(seen), "month"), which=which, count=len(seen)
            )

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of the months that were seen."""
        seen = self._months(subject)
        if seen is not None:
            yield self.value(len(seen) / 12)

    def _months(self, subject: Subject) -> list[int] | None:
        """Months with rows; None without dates or over too short a time."""
        dated = _dated(subject)
        if dated is None or subject.clock is None or not len(subject.frame):
            return None
        ticks = subject.clock.seconds[np.isfinite(subject.clock.seconds)]
        if not len(ticks) or np.ptp(ticks) < self.days * _DAY:
            return None
        counts = dated.dt.month().drop_nulls().value_counts().sort(dated.name)
        enough = self.share * len(dated) / 12
        return [int(month) for month, rows in counts.iter_rows() if rows >= enough]


def _dated(subject: Subject) -> "pl.Series | None":
    import polars as pl

    ticks = subject.clock.name if subject.clock is not None else ""
    return next(
        (
            column
            for column in subject.frame.get_columns()
            if column.name in ticks and column.dtype in (pl.Datetime, pl.Date)
        ),
        None,
    )


def _told(months: list[int]) -> Text:
    names = [month_abbr[month] for month in months]
    if len(months) > 1 and months == list(range(months[0], months[-1] + 1)):
        return Text(f"{names[0]} to {names[-1]}", f"{months[0]}~{months[-1]}월")
    return Text(", ".join(names), ", ".join(f"{month}월" for month in months))

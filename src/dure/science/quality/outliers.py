"""Values far from all others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.columns import NUMBER
from dure.science.quality.measure import Finding, Measure, Subject, numbers, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class Outliers(Measure):
    """Values beyond median ± `deviations` × 1.4826 MAD, where they are few (at most `share` of the rows).

    1.4826 makes the median absolute deviation a standard deviation where values are normal (Hampel, "The
    influence curve and its role in robust estimation", JASA 69, 1974). A column that rests on one value most of
    the time has no such limits and is not judged.
    """

    key: ClassVar[str] = "outliers"
    says: ClassVar[Text] = Text("{count} of {rows} values of “{where}” ({share}) lie outside {low} to {high}, as far as {farthest}.", "“{where}”의 값 {rows}개 중 {count}개({share})가 {low}~{high} 범위를 벗어나며 가장 먼 값은 {farthest}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check whether they happened; if not, clip them (table.clip_to_limits).", "실제 값인지 확인하고, 아니라면 한계값으로 자르세요(table.clip_to_limits).")  # fmt: skip

    deviations: float = 8.0
    share: float = 0.02

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column with such values."""
        for column in subject.of_kind(NUMBER):
            values = numbers(column)
            if column.name == subject.label or len(values) < 30:
                continue
            middle = float(np.median(values))
            reach = self.deviations * 1.4826 * float(np.median(np.abs(values - middle)))
            beyond = values[np.abs(values - middle) > reach]
            if reach > 0 and 0 < len(beyond) <= self.share * len(values):
                farthest = float(beyond[np.abs(beyond - middle).argmax()])
                facts = {
                    "low": f"{middle - reach:.4g}",
                    "high": f"{middle + reach:.4g}",
                    "farthest": f"{farthest:.4g}",
                }
                yield self.found(
                    column.name,
                    count=len(beyond),
                    rows=len(values),
                    share=percent(len(beyond) / len(values)),
                    **facts,
                )

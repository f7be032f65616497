"""Rows that bear no key and no time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text

_KEY = re.compile(
    r"(^|[^a-z])(lot|batch|serial|barcode|shot|order|heat)([ _-]?(id|no|number|code|key))?([^a-z]|$)|(^|[^a-z])(id|uid|uuid)([^a-z]|$)"
    r"|번호|로트|배치|식별자|바코드|일련",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class UntracedRows(Measure):
    """Rows without a key in a column that names lots, orders or parts: they cannot be followed to what they tell of.

    A column counts as such by its name, if at least half of its rows have a value.
    """

    key: ClassVar[str] = "untraced-rows"
    characteristic: ClassVar[Characteristic] = Characteristic.TRACEABILITY
    title: ClassVar[Text] = Text("Traceability of data values", "데이터 값 추적성")
    how: ClassVar[Text] = Text("Share of rows that bear a time or the key of a lot, an order or a part.", "시각이나 로트·주문·부품 번호가 있는 행의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{rows} ({share}) have no “{where}”, first {place}.", "{rows}({share})에 “{where}”이(가) 없습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Fill the key where the row is made, or leave these rows out where parts are followed.", "행을 만드는 곳에서 번호를 채우거나, 부품을 추적할 때는 이 행을 빼세요.")  # fmt: skip
    defect: ClassVar[str] = "key-lost"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of keys with rows that lack one."""
        rows = len(subject.frame)
        for name in subject.frame.columns:
            column = subject.frame.get_column(name)
            lacking = column.null_count()
            if not _KEY.search(name) or not 0 < lacking <= rows / 2 or column.dtype.is_float():
                continue
            place = subject.place(column.is_null().arg_max() or 0)
            yield self.found(
                name, rows=counted(lacking, "row"), count=lacking, share=percent(lacking / rows), place=place
            )

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of rows with a time or a key."""
        import numpy as np

        rows = len(subject.frame)
        if not rows:
            return
        told = np.zeros(rows, dtype=bool)
        if subject.clock is not None:
            told |= np.isfinite(subject.clock.seconds)
        for name in subject.frame.columns:
            if _KEY.search(name):
                told |= subject.frame.get_column(name).is_not_null().to_numpy()
        yield self.value(float(told.mean()))

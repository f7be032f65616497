"""Rows that are alike in all but their label."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ConflictingLabels(Measure):
    """Equal inputs with different labels, where equal inputs are rare (at least `rich` of the rows are different).

    Clock, running numbers and words that are different in every row are no inputs.
    """

    key: ClassVar[str] = "conflicting-labels"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Label consistency", "라벨 일관성")
    how: ClassVar[Text] = Text("Share of rows that have no twin with the same inputs and another label.", "입력이 같은데 라벨이 다른 짝이 없는 행의 비율입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 5259-2"
    says: ClassVar[Text] = Text("{rows} ({share}) in {groups} have the same inputs but different “{where}”, first {place}.", "입력이 같은 {groups}의 {rows}({share})에서 “{where}” 값이 서로 다릅니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Find out which label is right; without it no model can tell them apart.", "어느 라벨이 맞는지 확인하세요. 이대로는 어떤 모델도 구분할 수 없습니다.")  # fmt: skip
    defect: ClassVar[str] = "relabelled-copies"
    counts: ClassVar[str] = "labels"

    rich: float = 0.5
    inputs: int = 2
    few: float = 0.01

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the column to be learnt."""
        names = self._inputs(subject)
        if subject.label is None or len(names) < self.inputs or len(subject.frame) < 2:
            return
        groups, rows, first = _conflicts(subject.frame, names, subject.label, self.rich)
        if rows:
            share = rows / len(subject.frame)
            facts = {"rows": counted(rows, "row"), "count": rows, "share": percent(share), "fraction": share}
            severity = Severity.SERIOUS if share > self.few else Severity.CHECK
            yield self.found(
                subject.label,
                severity=severity,
                groups=counted(groups, "group"),
                place=subject.place(first),
                **facts,
            )

    def _inputs(self, subject: Subject) -> list[str]:
        ticks = subject.clock.name if subject.clock is not None else ""
        return [
            column.name
            for column in subject.frame.get_columns()
            if column.name != subject.label
            and column.name not in ticks
            and not column.dtype.is_temporal()
            and not (not column.dtype.is_float() and column.n_unique() > 0.99 * len(column))
        ]


def _conflicts(frame: "pl.DataFrame", names: list[str], label: str, rich: float) -> tuple[int, int, int]:
    """Groups of equal inputs with several labels, their rows, and the first such row."""
    import polars as pl

    inputs = frame.select(names).hash_rows(seed=0)
    if inputs.n_unique() < rich * len(inputs):
        return 0, 0, 0
    keyed = pl.DataFrame({"input": inputs, "label": frame.get_column(label)}).with_row_index("row")
    several = keyed.drop_nulls("label").filter(pl.col("label").n_unique().over("input") > 1)
    if several.is_empty():
        return 0, 0, 0
    return several.get_column("input").n_unique(), len(several), int(several.get_column("row")[0])

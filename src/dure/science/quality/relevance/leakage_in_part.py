"""Values that give the answer away where they occur."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import percent, quoted
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class LeakageInPart(Measure):
    """A value of a column that goes with one class in `purity` of its rows, `lift` times as often as in all rows.

    Fault codes and the marks of an inspector are such columns: empty in most rows, and the answer where they are
    not. Columns of at most `values_of` values are judged, values of at least `rows` rows, classes of at most 20.
    """

    key: ClassVar[str] = "leakage-in-part"
    characteristic: ClassVar[Characteristic] = Characteristic.RELEVANCE
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text(
        "Columns without values that give the label away", "라벨을 드러내는 값이 없는 열"
    )
    how: ClassVar[Text] = Text("Share of columns none of whose values goes with one class nearly always, against the odds.", "특정 값이 한 부류와 거의 항상 함께 나타나지 않는 열의 비율입니다.")  # fmt: skip
    defect: ClassVar[str] = "fault-code"
    counts: ClassVar[str] = "columns"
    says: ClassVar[Text] = Text(
        "Where “{where}” is {value}, “{label}” is {answer} in {told} of {rows} rows, against {usual} of all rows.",
        "“{where}”이(가) {value}이면 “{label}”은(는) {rows}개 행 중 {told}개에서 {answer}입니다. 전체에서는 {usual}입니다.",
    )
    remedy: ClassVar[Text] = Text(
        "Leave it out if it is known only after the result (table.drop_columns).",
        "결과가 나온 뒤에야 아는 값이라면 빼세요(table.drop_columns).",
    )

    purity: float = 0.95
    lift: float = 5.0
    rows: int = 20
    values_of: int = 20

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column, on its most frequent such value."""
        if subject.label is not None:
            for name, told in _telling(self, subject, subject.label):
                yield self.found(name, label=subject.label, **told)

    def tells(self, frame: "pl.DataFrame", name: str, label: str) -> dict[str, object] | None:
        """Facts of a column's most frequent value that goes with one class, None if it has no such value."""
        import polars as pl

        pairs = frame.lazy().select(pl.col(name).alias("value"), pl.col(label).alias("answer")).drop_nulls()
        counts = pairs.group_by("value", "answer").agg(pl.len().alias("told"))
        sized = counts.with_columns(
            rows=pl.col("told").sum().over("value"),
            usual=pl.col("told").sum().over("answer") / pl.col("told").sum(),
        )
        told = sized.filter(
            (pl.col("rows") >= self.rows)
            & (pl.col("told") >= self.purity * pl.col("rows"))
            & (pl.col("told") >= self.lift * pl.col("usual") * pl.col("rows"))
        )
        found = told.sort("rows", "value", descending=True).head(1).collect().to_dicts()
        if not found:
            return None
        words = {name: str(found[0][name]) for name in ("value", "answer")}
        return {**found[0], **words, "usual": percent(found[0]["usual"])}


def _telling(measure: LeakageInPart, subject: Subject, label: str) -> Iterator[tuple[str, dict[str, object]]]:
    if subject.frame.get_column(label).n_unique() > 20:
        return
    for column in subject.frame.get_columns():
        if column.name != label and not column.dtype.is_float() and column.n_unique() <= measure.values_of:
            told = measure.tells(subject.frame, column.name, label)
            if told is not None:
                yield column.name, told


_OUTCOME = re.compile(r"inspect|verdict|defect|fail|fault|reject|scrap|passed|result|finali|error.?code|불량|판정|검사|고장|결과", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class KnownOnlyAfter(Measure):
    """Columns that may be known only after the fact: named like an outcome, or of the kind of one that gives it away.

    Of the kind means: yes or no, as rare, and named alike (the same number of letters, the same end) as a column of
    which a value goes with one class: TWF … RNF of a machine failure.
    """

    key: ClassVar[str] = "known-only-after"
    characteristic: ClassVar[Characteristic] = Characteristic.RELEVANCE
    title: ClassVar[Text] = Text("Columns known before the result", "결과 전에 알 수 있는 열")
    how: ClassVar[Text] = Text("Share of columns that neither are named like an outcome nor like one that gives it away.", "결과를 뜻하는 이름도, 결과를 드러내는 열과 같은 종류도 아닌 열의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” may be known only after “{label}”: {reason}.", "“{where}”은(는) “{label}” 뒤에야 아는 값일 수 있습니다. {reason}.")  # fmt: skip
    remedy: ClassVar[Text] = Text(
        "Leave it out if so (table.drop_columns).", "그렇다면 빼세요(table.drop_columns)."
    )
    defect: ClassVar[str] = "outcome-beside"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        if subject.label is None:
            return
        told = [name for name, _ in _telling(LeakageInPart(), subject, subject.label)]
        for column in subject.frame.get_columns():
            name = column.name
            if name == subject.label or name in told or column.n_unique() > 20:
                continue
            kin = [other for other in told if _of_a_kind(name, other) and _rare(column)]
            if kin:
                names = quoted(kin, 4)
                reason = Text(f"it is of the kind of {names.en}, which give it away", f"{names.ko}처럼 결과를 드러내는 열과 같은 종류입니다")  # fmt: skip
                yield self.found(name, label=subject.label, reason=reason)
            elif _OUTCOME.search(name):
                reason = Text("its name is that of an outcome", "이름이 결과를 뜻합니다")
                yield self.found(name, label=subject.label, reason=reason)


def _of_a_kind(name: str, other: str) -> bool:
    return (
        name != other
        and len(name) == len(other)
        and name[-1] == other[-1]
        and name.isupper() == other.isupper()
    )


def _rare(column: "pl.Series") -> bool:
    """Whether a column says yes or no, and mostly no."""
    seen = column.drop_nulls()
    return seen.n_unique() == 2 and float(seen.value_counts(sort=True).to_series(1)[0]) > 0.8 * len(seen)

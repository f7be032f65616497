"""Values that give the answer away where they occur."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.measure import Finding, Measure, Subject, percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class LeakageInPart(Measure):
    """A value of a column that goes with one class in `purity` of its rows, `lift` times as often as in all rows.

    Fault codes and the marks of an inspector are such columns: empty in most rows, and the answer where they are
    not. Columns of at most `values` values are judged, values of at least `rows` rows, classes of at most 20.
    """

    key: ClassVar[str] = "leakage-in-part"
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
    values: int = 20

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column, on its most frequent such value."""
        if subject.label is None or subject.frame.get_column(subject.label).n_unique() > 20:
            return
        for column in subject.frame.get_columns():
            if (
                column.name != subject.label
                and not column.dtype.is_float()
                and column.n_unique() <= self.values
            ):
                told = self._tells(subject.frame, column.name, subject.label)
                if told is not None:
                    yield self.found(column.name, label=subject.label, **told)

    def _tells(self, frame: "pl.DataFrame", name: str, label: str) -> dict[str, object] | None:
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
        return None if not found else {**found[0], "usual": percent(found[0]["usual"])}

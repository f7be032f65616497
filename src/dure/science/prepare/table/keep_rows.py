"""Rows kept by what stands in a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from dure.science.prepare.step import Learnt, Step, field
from dure.vocabulary import RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl

HOWS = (
    "=", "!=", ">", ">=", "<", "<=", "between", "in", "not in", "contains", "not contains", "begins", "ends", "empty", "not empty",
)  # fmt: skip
_TEXTS = frozenset({"contains", "not contains", "begins", "ends"})
_SAID = {
    "=": Text("is", "="), "!=": Text("is not", "≠"), ">": Text(">", ">"), ">=": Text("≥", "≥"), "<": Text("<", "<"), "<=": Text("≤", "≤"),
    "between": Text("is between", "범위:"), "in": Text("is one of", "다음 중 하나:"), "not in": Text("is none of", "다음이 아님:"),
    "contains": Text("contains", "포함:"), "not contains": Text("does not contain", "포함하지 않음:"), "begins": Text("begins with", "시작:"),
    "ends": Text("ends with", "끝:"), "empty": Text("is empty", "비어 있음"), "not empty": Text("is not empty", "비어 있지 않음"),
}  # fmt: skip


class ValueWrong(RecipeProblem):
    """A value that the column cannot be compared with."""

    key = "keep-rows-value"
    says = Text(
        "“{value}” cannot be compared with column “{where}”, which holds {holds}.",
        "“{value}”은(는) {holds} 열인 “{where}”과(와) 비교할 수 없습니다.",
    )
    remedy = Text("Correct the values of the step.", "단계의 값을 고쳐 주세요.")


@dataclass(frozen=True)
class KeepRows(Step):
    """Keep the rows whose value in a column fits; texts are compared to the letter, but for case where parts are sought.

    Values stand as texts: numbers as `55.5`, times as `2024-03-05T14:05:00` (ISO 8601; without a zone in the column's
    own), yes and no as `true`, `false`. A missing value fits `!=`, `not in`, `not contains` and `empty` only; an empty
    text among those of `in` stands for it.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, None, 3.0], "shift": ["A", "B", "A"]})
    >>> KeepRows(column="bar", how=">=", values=("2.5",)).fit(rows).transform(rows).rows()
    [(3.0, 'A')]
    >>> KeepRows(column="shift", how="in", values=("A",)).fit(rows).transform(rows)["bar"].to_list()
    [1.0, 3.0]
    """

    keeps_rows: ClassVar[bool] = False
    label: ClassVar[Text] = Text("Keep rows", "행 골라 남기기")
    column: str = field("column", Text("Column", "열"), of="any")
    how: str = field("choice", Text("Condition", "조건"), default="not empty", choices=HOWS)
    values: tuple[str, ...] = field("words", Text("Values", "값"), default=())

    def reads(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The rows that fit, in order.

        Raises
        ------
        ValueWrong
        """
        del learnt
        return frame.filter(self._fits(frame.schema[self.column]).fill_null(value=False))

    def _fits(self, dtype: "pl.DataType") -> "pl.Expr":
        import polars as pl

        column = pl.col(self.column)
        if self.how in ("empty", "not empty"):
            empty = column.is_null() | (column == "") if dtype == pl.String else column.is_null()
            return empty if self.how == "empty" else ~empty
        if self.how in _TEXTS:
            return _part(
                column.cast(pl.String).str.to_lowercase(), self.how, "".join(self.values[:1]).lower()
            )
        if self.how in ("in", "not in"):
            found = self._among(column, dtype)
            return found if self.how == "in" else ~found
        if self.how == "between":
            return self._between(column, dtype)
        value = self._lone("".join(self.values[:1]), dtype)
        fits: pl.Expr = {
            "=": column == value, "!=": (column != value) | column.is_null(), ">": column > value, ">=": column >= value,
            "<": column < value, "<=": column <= value,
        }[self.how]  # fmt: skip
        return fits

    def _between(self, column: "pl.Expr", dtype: "pl.DataType") -> "pl.Expr":
        import polars as pl

        low, high = [*self.values, "", ""][:2]
        parts = [column >= self._lone(low, dtype)] if low else []
        parts += [column <= self._lone(high, dtype)] if high else []
        return pl.all_horizontal(parts) if parts else pl.lit(value=True)

    def _among(self, column: "pl.Expr", dtype: "pl.DataType") -> "pl.Expr":
        import polars as pl

        full = [self._one_of(one, dtype) for one in self.values if one]
        found = pl.lit(value=False)
        if full:
            compared = column.cast(pl.Float64) if dtype.is_numeric() else column
            found = compared.is_in(pl.concat(full).implode()).fill_null(value=False)
        return found | column.is_null() if "" in self.values else found

    def _one_of(self, text: str, dtype: "pl.DataType") -> "pl.Series":
        """A value as a series of one, of the type that it is compared in."""
        import polars as pl

        value = self._read(text, dtype)
        if isinstance(value, pl.Series):
            return value
        return pl.Series([value], dtype=pl.Float64() if dtype.is_numeric() else dtype)

    def _lone(self, text: str, dtype: "pl.DataType") -> Any:
        import polars as pl

        value = self._read(text, dtype)
        return pl.lit(value).first() if isinstance(value, pl.Series) else value

    def _read(self, text: str, dtype: "pl.DataType") -> Any:
        import polars as pl

        holds = Text("text", "글자")
        try:
            if dtype.is_numeric():
                holds = Text("numbers", "숫자")
                return float(text)
            if dtype == pl.Boolean:
                holds = Text("yes and no", "예/아니오")
                return {"true": True, "false": False}[text.strip().lower()]
            if dtype.is_temporal():
                holds = Text("times", "시각")
                return _moment(text, dtype)
        except (ValueError, KeyError) as wrong:
            raise ValueWrong(self.column, value=text[:40], holds=holds) from wrong
        return text

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        shown = ", ".join(self.values[:4]) + (f" … ({len(self.values)})" if len(self.values) > 4 else "")
        how = _SAID[self.how]
        return Text(
            f"Keeps the rows whose {self.column} {how.en} {shown}".rstrip() + ".",
            f"{self.column} {how.ko} {shown}".rstrip() + " 조건에 맞는 행만 남깁니다.",
        )


def _part(low: "pl.Expr", how: str, word: str) -> "pl.Expr":
    if how == "begins":
        return low.str.starts_with(word)
    if how == "ends":
        return low.str.ends_with(word)
    found = low.str.contains(word, literal=True)
    return found if how == "contains" else ~found.fill_null(value=False)


def _moment(text: str, dtype: "pl.DataType") -> Any:
    """A time as the column's type is compared with."""
    import polars as pl

    if dtype == pl.Time:
        return time.fromisoformat(text)
    if dtype == pl.Date:
        return date.fromisoformat(text[:10])
    if not isinstance(dtype, pl.Datetime):
        raise ValueError(text)  # noqa: TRY004 - a value of the recipe is wrong, not the type of an argument
    found = datetime.fromisoformat(text)
    zoned = found.tzinfo is not None
    plain = pl.Series([(found.astimezone(UTC) if zoned else found).replace(tzinfo=None)]).cast(
        pl.Datetime(dtype.time_unit)
    )
    if dtype.time_zone:
        plain = plain.dt.replace_time_zone("UTC" if zoned else dtype.time_zone).dt.convert_time_zone(
            dtype.time_zone
        )
    return plain


__all__: Sequence[str] = ["HOWS", "KeepRows", "ValueWrong"]

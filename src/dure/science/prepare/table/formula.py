"""A column reckoned by a formula, in the one formula language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dure.science import formula as language
from dure.science.prepare.step import Floats, Learnt, Quantity, RowForm, Step, WindowForm, field
from dure.science.quality import unit_in
from dure.vocabulary import Text, ucum

if TYPE_CHECKING:
    import polars as pl

_parsed = lru_cache(maxsize=256)(language.parse)


@dataclass(frozen=True)
class Formula(Step):
    """Write a column that a formula gives: arithmetic, conditions, texts, and windows over the last rows.

    A statistic of a whole column (`MEDIAN([bar])`) is frozen at `fit`. A window over a duration needs `time`, a column
    that the recipe does not carry aside, and holds `rows` rows at most. Units are those that headers carry; the
    column's own `unit` is checked against what the formula gives.

    >>> import polars as pl
    >>> step = Formula(column="power", formula="=[torque]*[speed]*2*PI()/60", unit="W")
    >>> rows = pl.DataFrame({"torque": [40.0], "speed": [1500.0]})
    >>> round(step.fit(rows).transform(rows)["power"][0])
    6283
    """

    label: ClassVar[Text] = Text("Formula", "수식")
    column: str = field("word", Text("Column written", "쓸 열"), of="any")
    formula: str = field("formula", Text("Formula", "수식"))
    unit: str | None = field("word", Text("Unit of the result", "결과의 단위"), default=None)
    title: str | None = field("word", Text("Name for people", "표시 이름"), default=None)
    title_ko: str | None = field("word", Text("Korean name for people", "한국어 표시 이름"), default=None)
    time: str | None = field("column", Text("Time column", "시각 열"), default=None, of="time")
    rows: int = field(
        "count", Text("Rows that a duration holds at most", "시간 구간의 최대 행 수"), default=1_000, unit="{rows}", low=2, high=100_000
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Read the formula, so that a wrong one is refused with its position before any row is read."""
        super().__post_init__()
        try:
            read = self._read()
            if read.durations and self.time is None:
                call = read.durations[0]
                raise language.TimeNotNamed(call.name, at=call.at, formula=self.formula)
        except language.FormulaWrong as wrong:
            raise wrong.of(self._owner()) from None
        if self.unit:
            object.__setattr__(self, "unit", ucum(self.unit))

    def _read(self) -> language.Formula:
        return _parsed(self.formula)

    def _owner(self) -> Text:
        return Text(f"Formula of “{self.column}”", f"“{self.column}” 열의 수식")

    @property
    def warm_up(self) -> int:
        """Rows that its windows look back over."""
        spans = sum(span > 0 for _, span in self._read().reach.stages)
        return self._read().reach.rows + spans * (self.rows - 1)

    def reads(self) -> tuple[str, ...]:
        """The columns of the formula, and the times if it needs them."""
        read = self._read()
        needed = (self.time,) if self.time and read.durations else ()
        return tuple(dict.fromkeys((*read.columns, *needed)))

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then the one that is written, after the first column it is made from."""
        source = next(iter(self._read().columns), columns[0] if columns else self.column)
        return {name: name for name in columns} | {self.column: source}

    def quantities(self) -> dict[str, Quantity]:
        """The column that is written, by its name and unit."""
        title = self.title or self.column
        return {self.column: Quantity(Text(title, self.title_ko or title), self.unit or "")}

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """Statistics of whole columns, by their text."""
        return {"frozen": self._checked(frame, {}).whole_columns(frame)}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The column behind the others, or in its own place."""
        found = self._checked(frame, learnt["frozen"]).evaluate(frame, time=self.time, most=self.rows)
        return frame.with_columns(found.alias(self.column))

    def _checked(self, frame: "pl.DataFrame", frozen: Mapping[str, Any]) -> language.Checked:
        kinds = language.schema_of(frame.select(self.reads()), {name: unit_in(name) for name in self.reads()})
        return self._over(tuple(kinds.items()), tuple(frozen.items()))

    def _over(
        self, kinds: tuple[tuple[str, language.Kind], ...], frozen: tuple[tuple[str, Any], ...]
    ) -> language.Checked:
        try:
            return _checked(self.formula, kinds, frozen, self.unit)
        except language.FormulaWrong as wrong:
            raise wrong.of(self._owner()) from None

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm | None:
        """The column behind the newest row, where the formula looks at that row alone."""
        checked = self._on_arrays(learnt, columns)
        if checked is None or self.warm_up:
            return None
        place, names = self._place(columns), list(columns)
        return lambda window: _written(window[-1], place, checked.arrays(window[-1:], names)[0])  # type: ignore[index]  # `_on_arrays` gave only what has an array form

    def by_row(self, learnt: Learnt, columns: Sequence[str]) -> RowForm | None:
        """The column behind each row, its windows one step further."""
        checked = self._on_arrays(learnt, columns)
        form = checked.by_row(columns) if checked else None
        if form is None:
            return None
        place = self._place(columns)
        return lambda row: _written(row, place, form.push(row))

    def _place(self, columns: Sequence[str]) -> int | None:
        return columns.index(self.column) if self.column in columns else None

    def _on_arrays(self, learnt: Learnt, columns: Sequence[str]) -> language.Checked | None:
        """The formula over numbers alone; None if it needs texts or times, which arrays do not hold."""
        if any(name not in columns for name in self.reads()):
            return None
        kinds = tuple((name, language.Kind("number", unit_in(name) or None)) for name in self.reads())
        try:
            return self._over(kinds, tuple(learnt["frozen"].items()))
        except language.FormulaWrong:
            return None

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        unit = f" [{self.unit}]" if self.unit else ""
        return Text(
            f"Writes {self.column}{unit}: {self.formula}", f"{self.column}{unit} 열을 씁니다: {self.formula}"
        )


def _written(row: Floats, place: int | None, value: float) -> Floats:
    if place is None:
        return np.append(row, value)
    row = row.copy()
    row[place] = value
    return row


@lru_cache(maxsize=256)
def _checked(
    text: str,
    kinds: tuple[tuple[str, language.Kind], ...],
    frozen: tuple[tuple[str, Any], ...],
    unit: str | None,
) -> language.Checked:
    checked = _parsed(text).checked(dict(kinds), frozen=dict(frozen))
    language.require_unit(checked, unit)
    return checked

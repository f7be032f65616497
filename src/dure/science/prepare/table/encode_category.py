"""Words as numbers, by a list that is frozen at `fit`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, WordReader, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class EncodeCategory(Step):
    """Number the words of a column from 0, the commonest first; a word not seen at `fit` gets the next number.

    Past `most` words the rarer ones count as not seen. Missing stays missing.

    >>> import polars as pl
    >>> fitted = EncodeCategory(columns=("shift",)).fit(pl.DataFrame({"shift": ["B", "A", "B"]}))
    >>> fitted.transform(pl.DataFrame({"shift": ["A", "B", "C", None]}))["shift"].to_list()
    [1.0, 0.0, 2.0, None]
    """

    label: ClassVar[Text] = Text("Words as numbers", "범주를 숫자로")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    most: int = field(
        "count", Text("Words at most", "최대 범주 수"), default=100, unit="{words}", low=1, high=10_000
    )

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """The words of each column, the commonest first, equals in the order of the alphabet."""
        return {name: _words(frame.get_column(name), self.most) for name in self.columns}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns as codes [float64]."""
        return frame.with_columns([_codes(frame.get_column(name), learnt[name]) for name in self.columns])

    def word_reader(self, learnt: Learnt, column: str) -> WordReader | None:
        """The number of a word."""
        if column not in self.columns:
            return None
        codes = {word: float(code) for code, word in enumerate(learnt[column])}
        unseen = float(len(codes))
        return lambda word: float("nan") if word is None else codes.get(word, unseen)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row; numbers that were taken as words get their number by their value."""
        own = place_of(self.columns, columns)
        codes = [_codes_of_numbers(learnt[name]) for name in self.columns]
        unseen = [float(len(learnt[name])) for name in self.columns]

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            for place, known, other in zip(own, codes, unseen, strict=True):
                if row[place] == row[place]:
                    row[place] = known.get(float(row[place]), other)
            return row

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Numbers the words of {names}; a word never seen gets a number of its own.",
            f"{names}의 범주에 번호를 매기고, 처음 보는 범주에는 별도 번호를 줍니다.",
        )


def _words(column: "pl.Series", most: int) -> list[str]:
    from dure.science.prepare.conforming import as_words

    counts = as_words(column).drop_nulls().value_counts().rows()
    return [word for word, _ in sorted(counts, key=lambda one: (-one[1], one[0]))[:most]]


def _codes_of_numbers(words: list[str]) -> dict[float, float]:
    """The code of each number among the words: one number is one word, for words are written to the last bit."""
    found: dict[float, float] = {}
    for code, word in enumerate(words):
        try:
            found.setdefault(float(word), float(code))
        except ValueError:
            continue
    return found


def _codes(column: "pl.Series", words: list[str]) -> "pl.Series":
    import polars as pl

    from dure.science.prepare.conforming import as_words

    codes = [float(code) for code in range(len(words))]
    found = as_words(column).replace_strict(words, codes, default=float(len(words)), return_dtype=pl.Float64)
    return (
        found.to_frame()
        .select(pl.when(column.is_not_null()).then(pl.first()))
        .to_series()
        .rename(column.name)
    )

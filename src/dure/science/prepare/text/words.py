"""How often each of some terms stands in a text."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.on_words import Spreader, Spreading
from dure.science.prepare.step import Floats, Learnt, field, listed
from dure.science.prepare.wording import learnt_terms, terms_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Words(Spreading):
    """Count terms in the text of a column, which gives way to the counts unless it is to be kept.

    The `terms` are those named; with none named, the `most` terms of the texts seen at `fit`, in columns that bear
    numbers. Korean terms are counted without particles.

    >>> import polars as pl
    >>> fitted = Words(columns=("memo",), terms=("seal", "누유")).fit(pl.DataFrame({"memo": ["seal"]}))
    >>> fitted.transform(pl.DataFrame({"memo": ["Seal, seal!", "펌프에서 누유가 발생", None]})).rows()
    [(2.0, 0.0), (0.0, 1.0), (None, None)]
    """

    label: ClassVar[Text] = Text("Counts of terms", "낱말 개수")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    terms: tuple[str, ...] = field("words", Text("Terms", "낱말"), default=())
    most: int = field("count", Text("Terms at most", "최대 낱말 수"), default=50, low=1, high=2_000)

    keep: bool = field("yes-no", Text("Keep the text", "글 남기기"), default=False)

    def made_of(self, column: str) -> tuple[str, ...]:
        """`memo: seal`, or `memo.term_1` where no terms are named."""
        if self.terms:
            return tuple(f"{column}: {term}" for term in dict.fromkeys(self.terms))
        return tuple(f"{column}.term_{at}" for at in range(1, self.most + 1))

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """The terms of each column, those of most texts first."""
        return {name: self._terms(frame.get_column(name)) for name in self.columns}

    def _terms(self, column: "pl.Series") -> list[str]:
        from dure.science.prepare.conforming import as_words

        if self.terms:
            return list(dict.fromkeys(self.terms))
        return learnt_terms(as_words(column).drop_nulls().to_list(), self.most)

    def spreader(self, learnt: Learnt, column: str) -> Spreader:
        """How often each term stands in a text; 0 where there are fewer terms than columns."""
        terms, width = list(learnt[column]), len(self.made_of(column))
        place = {term.lower(): at for at, term in enumerate(terms)}

        def of(text: str) -> Floats:
            found = np.zeros(width)
            for term, times in Counter(terms_of(text)).items():
                if term in place:
                    found[place[term]] = times
            return found

        return of

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        many = len(dict.fromkeys(self.terms)) or self.most
        return Text(
            f"Counts up to {many} terms in {names}{'' if self.keep else '; the text itself gives way'}.",
            f"{names}에서 낱말 최대 {many}개의 개수를 셉니다{'' if self.keep else '. 글은 뺍니다'}.",
        )

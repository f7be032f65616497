"""Personal data in texts, masked."""

from dataclasses import dataclass
from typing import ClassVar

from dure.science.prepare.on_words import Rewriter, Rewriting
from dure.science.prepare.step import Learnt, field, listed
from dure.science.quality import PERSONAL_KINDS, masked
from dure.vocabulary import Text


@dataclass(frozen=True)
class MaskPersonal(Rewriting):
    """Put the kind in brackets where personal data stood: `[name]`, `[phone]`, `[resident]`.

    Found by rules (see the reference of quality measures): numbers that check, names beside a word that says so or told
    by their syllables and surroundings, and cells of a column whose header says “operator” or “성명”. A rare name without
    such a word is not found.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"memo": ["홍길동 과장 010-1234-5678"]})
    >>> MaskPersonal(columns=("memo",)).fit(rows).transform(rows).item()
    '[name] 과장 [phone]'
    """

    label: ClassVar[Text] = Text("Mask personal data", "개인정보 가리기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    kinds: tuple[str, ...] = field("choices", Text("Kinds", "종류"), default=tuple(PERSONAL_KINDS), choices=tuple(PERSONAL_KINDS))  # fmt: skip

    def rewriter(self, learnt: Learnt, column: str) -> Rewriter:
        """The text with its finds masked."""
        del learnt
        return lambda text: masked(text, self.kinds, column)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        en = ", ".join(PERSONAL_KINDS[kind].en for kind in self.kinds)
        ko = ", ".join(PERSONAL_KINDS[kind].ko for kind in self.kinds)
        return Text(f"Masks {en} found in {names}.", f"{names}에서 찾은 {ko} 정보를 가립니다.")

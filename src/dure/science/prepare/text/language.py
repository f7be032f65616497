"""Which language a text is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.on_words import MOST_CHARACTERS, Rewriter, rewritten
from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.science.prepare.word_tokens import token_of, word_of
from dure.science.prepare.wording import language_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Language(Step):
    """Add the language of each column's text beside the others: `ko`, `en`, `ja` or `other`; missing without letters.

    Told by the script of the letters; among Latin letters by words, accents and trigrams, English where in doubt.

    >>> import polars as pl
    >>> Language(columns=("memo",)).fit(rows := pl.DataFrame({"memo": ["펌프 누유", "42"]})).transform(rows).rows()
    [('펌프 누유', 'ko'), ('42', None)]
    """

    on_words: ClassVar[bool] = True
    label: ClassVar[Text] = Text("Language", "언어")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """`memo.language` after all others."""
        return {name: name for name in columns} | {f"{name}.language": name for name in self.columns}

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Texts and languages are words."""
        return tuple(name for name, source in self.names(columns).items() if source in self.columns)

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """One column more of each."""
        del learnt
        made = [rewritten(frame.get_column(name), _told).alias(f"{name}.language") for name in self.columns]
        # in the order that `names` gives
        return frame.with_columns(made)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row and a token of each language."""
        del learnt
        own = place_of(self.columns, columns)
        tell: Rewriter = _told

        def form(window: Floats) -> Floats:
            import numpy as np

            words = [word_of(token) for token in window[-1][own]]
            return np.append(
                window[-1], [token_of(None if w is None else tell(w[:MOST_CHARACTERS])) for w in words]
            )

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(f"Adds the language of {names}.", f"{names}의 언어를 덧붙입니다.")


def _told(text: str) -> str | None:
    return language_of(text) or None

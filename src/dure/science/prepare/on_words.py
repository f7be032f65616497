"""How steps on words run: value by value, the same function on tables and on rows of the line.

`Rewriting` makes other words of words; `Spreading` makes several numbers of them. A member gives one function of one
value; a value that comes again is not reckoned again within a table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, place_of
from dure.science.prepare.word_tokens import token_of, word_of

if TYPE_CHECKING:
    import polars as pl

# Characters of one value that are looked at; what lies beyond is passed over.
MOST_CHARACTERS = 100_000

Rewriter = Callable[[str], str | None]
Spreader = Callable[[str], Floats]


def rewritten(column: "pl.Series", rewrite: Rewriter) -> "pl.Series":
    """A column with `rewrite` of each of its words; missing stays missing.

    >>> import polars as pl
    >>> rewritten(pl.Series("memo", ["a", None, "a"]), str.upper).to_list()
    ['A', None, 'A']
    """
    import polars as pl

    from dure.science.prepare.conforming import as_words

    words = as_words(column).to_list()
    made = {word: rewrite(word[:MOST_CHARACTERS]) for word in dict.fromkeys(words) if word is not None}
    found = [made[word] if word is not None else None for word in words]
    return pl.Series(column.name, found, dtype=pl.String)


def spread(column: "pl.Series", of: Spreader, width: int) -> Floats:
    """`width` numbers of each word of a column, NaN where it is missing or blank. [N, width]."""
    from dure.science.prepare.conforming import as_words

    words = as_words(column).to_list()
    found = np.full((len(words), width), np.nan)
    made: dict[str, Floats] = {}
    for row, word in enumerate(words):
        if word is not None and word.strip():
            if word not in made:
                made[word] = of(word[:MOST_CHARACTERS])
            found[row] = made[word]
    return found


@dataclass(frozen=True)
class Rewriting(Step):
    """A step that makes other words of the words of its `columns`, in their places."""

    on_words: ClassVar[bool] = True

    def rewriter(self, learnt: Learnt, column: str) -> Rewriter:
        """What is made of one value of `column`; None where nothing is left of it."""
        raise NotImplementedError

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Its columns stay words."""
        return tuple(name for name in columns if name in self.reads())

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns as other words."""
        made = [rewritten(frame.get_column(name), self.rewriter(learnt, name)) for name in self.reads()]
        return frame.with_columns(made)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row with tokens of what was made of its words."""
        own = [(int(place_of([name], columns)[0]), self.rewriter(learnt, name)) for name in self.reads()]

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            for place, rewrite in own:
                word = word_of(row[place])
                row[place] = token_of(None if word is None else rewrite(word[:MOST_CHARACTERS]))
            return row

        return form


@dataclass(frozen=True)
class Spreading(Step):
    """A step that puts numbers in the place of each of its `columns` of words, or beside them where it is to `keep` them."""

    on_words: ClassVar[bool] = True

    def _keeps(self) -> bool:
        return bool(getattr(self, "keep", False))

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Its columns, where they are kept."""
        return tuple(name for name in columns if name in self.reads()) if self._keeps() else ()

    def made_of(self, column: str) -> tuple[str, ...]:
        """Names of the columns that are made of one."""
        raise NotImplementedError

    def spreader(self, learnt: Learnt, column: str) -> Spreader:
        """The numbers that are made of one value of `column`, as many as `made_of` names."""
        raise NotImplementedError

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The numbers stand where their words stood."""
        own, kept = set(self.reads()), self._keeps()
        made: dict[str, str] = {}
        for name in columns:
            if name not in own or kept:
                made[name] = name
            if name in own:
                made |= dict.fromkeys(self.made_of(name), name)
        return made

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """Numbers in the place of the words [float64]."""
        import polars as pl

        from dure.science.prepare.conforming import as_words

        made: list[pl.Series] = []
        for column in frame.get_columns():
            if column.name not in self.reads():
                made.append(column)
                continue
            if self._keeps():
                made.append(as_words(column))
            names = self.made_of(column.name)
            values = spread(column, self.spreader(learnt, column.name), len(names))
            made += [
                pl.Series(name, values[:, at], dtype=pl.Float64).fill_nan(None)
                for at, name in enumerate(names)
            ]
        return pl.DataFrame(made)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row with the numbers of its words."""
        own = {name: (len(self.made_of(name)), self.spreader(learnt, name)) for name in self.reads()}

        def form(window: Floats) -> Floats:
            parts: list[Floats] = []
            for value, name in zip(window[-1], columns, strict=True):
                if name not in own or self._keeps():
                    parts.append(np.array([value]))
                if name in own:
                    parts.append(_numbers(value, *own[name]))
            return np.concatenate(parts)

        return form


def _numbers(token: float, width: int, of: Spreader) -> Floats:
    word = word_of(token)
    if word is None or not word.strip():
        return np.full(width, np.nan)
    return of(word[:MOST_CHARACTERS])

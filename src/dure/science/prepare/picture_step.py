"""What steps on pictures share: a column of references, and numbers of one row a picture.

A member says which numbers it makes (`measures`) and makes them of one picture's bytes (`looked_at`). A picture is
treated alone, so that batch, chunks and single rows give the same bits; what was made of a reference is remembered for
a while, because every fold of a validation asks it again.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.media import called, each_content
from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, place_of
from dure.science.prepare.word_tokens import token_of, word_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_MOST_KEPT = 8_000_000


class _Remembered:
    """Numbers made of pictures, the latest few million of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Floats] = OrderedDict()
        self._size, self._lock = 0, Lock()

    def get(self, key: Hashable) -> Floats | None:
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Hashable, made: Floats) -> None:
        with self._lock:
            if key not in self._kept:
                self._size += len(made)
            self._kept[key] = made
            while self._size > _MOST_KEPT:
                self._size -= len(self._kept.popitem(last=False)[1])


_REMEMBERED = _Remembered()


@dataclass(frozen=True)
class PictureStep(Step):
    """A step that makes numbers of each picture; members give `measures`, `looked_at` and `explain`."""

    on_words: ClassVar[bool] = True

    column: str = field("column", Text("Picture", "그림"), default="image", of="image")
    keep: bool = field("yes-no", Text("Keep the picture itself", "그림 열도 남기기"), default=False)

    def measures(self) -> tuple[str, ...]:
        """Names of the numbers, without the column's."""
        raise NotImplementedError

    def looked_at(self, content: bytes, where: str) -> Floats:
        """The numbers of one picture; called from several threads. [measures]."""
        raise NotImplementedError

    def reads(self) -> tuple[str, ...]:
        """The picture."""
        return (self.column,)

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The picture, if it is kept."""
        return tuple(name for name in columns if self.keep and name == self.column)

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<picture> <measure>`."""
        kept = {name: name for name in columns if self.keep or name != self.column}
        return kept | {f"{self.column} {measure}": self.column for measure in self.measures()}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The numbers of each row's picture; missing where there is none.

        Raises
        ------
        ContentAbsent, NotAPicture, PictureDamaged, PictureTooLarge
            If a picture is not to be had, or cannot be read.
        """
        import polars as pl

        from dure.science.prepare.conforming import as_words

        del learnt
        found = self._of_rows(as_words(frame.get_column(self.column)).to_list())
        names = [f"{self.column} {measure}" for measure in self.measures()]
        made = pl.from_numpy(np.asfortranarray(found), schema=names, orient="row").fill_nan(None)
        kept = frame if self.keep else frame.drop(self.column)
        return kept.hstack(made) if kept.width else made

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row with the numbers of its picture."""
        del learnt
        picture = int(place_of([self.column], columns)[0])
        kept = [at for at, name in enumerate(columns) if self.keep or name != self.column]

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            word = word_of(row[picture])
            if self.keep:
                row[picture] = token_of(word)
            return np.concatenate([row[kept], self._of_rows([word])[0]])

        return form

    def _of_rows(self, references: Sequence[str | None]) -> Floats:
        """The numbers of each row. [rows, measures]."""
        known = {one: self._known(one) for one in dict.fromkeys(references) if one is not None}
        unknown = [one for one, numbers in known.items() if numbers is None]

        def work(content: bytes, reference: str) -> Floats:
            made = self.looked_at(content, called(reference))
            _REMEMBERED.put((self._key(), reference), made)
            return made

        fresh = dict(zip(unknown, each_content(unknown, work), strict=True))
        found = np.full((len(references), len(self.measures())), np.nan)
        for place, reference in enumerate(references):
            made = None if reference is None else known[reference]
            made = fresh.get(reference or "") if made is None else made
            if made is not None:
                found[place] = made
        return found

    def _known(self, reference: str) -> Floats | None:
        return _REMEMBERED.get((self._key(), reference))

    def _key(self) -> Hashable:
        """What the numbers depend on besides the picture."""
        return self.name()

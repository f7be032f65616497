"""Marks on a picture and the kind of the picture, as they were taught by masks and classes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dure.science.picture import HIDDEN, POOLS, Places, Taught, Teller, lesson, places_of, taught, turned
from dure.science.prepare.media import called, content_of, each_content, is_reference
from dure.science.prepare.picture_step import PictureStep
from dure.science.prepare.step import Floats, Learnt, WindowForm, field, place_of
from dure.science.prepare.word_tokens import token_of, word_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

#: Pictures that were taught are asked with what was learnt from the other two parts of them.
PARTS = 3
_MOST_BYTES = 512 * 2**20
#: Up to so many pictures teach turned as well: more pictures show what turning would, and are not looked at four times.
MOST_TURNED = 1_000
_DIGITS = 9


class _Kept:
    """Places and lessons of pictures that were taught, the latest 512 MB: every fold of a validation asks them again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._size, self._lock = 0, Lock()

    def of(self, content: bytes, reference: str, side: int) -> Places:
        found: Places = self._had((reference, side), lambda: places_of(content, called(reference), side))
        return found

    def lesson(self, content: bytes, shown: "_Shown", side: int, mask: bytes | None, *, turn: bool) -> Taught:
        """What a picture teaches, its kind left 0."""

        def make() -> Taught:
            views = turned(content, called(shown.picture), side) if turn else ()
            return lesson((self.of(content, shown.picture, side), *views), mask, 0)

        found: Taught = self._had((shown.picture, side, shown.mask, turn), make)
        return found

    def _had(self, key: Hashable, make: Callable[[], Places | Taught]) -> Any:
        with self._lock:
            found = self._kept.get(key)
        if found is not None:
            return found
        found = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = found
                self._size += found.size
            while self._size > _MOST_BYTES:
                self._size -= self._kept.popitem(last=False)[1].size
        return found


_KEPT = _Kept()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture that teaches: its reference, its mask's (or empty), the part it belongs to, and its kind."""

    picture: str
    mask: str
    part: int
    kind: str

    @classmethod
    def of(cls, line: str) -> "_Shown":
        picture, mask, part, kind = line.split(" ", 3)
        return cls(picture, "" if mask == "-" else mask, int(part), kind)


@dataclass(frozen=True)
class Marks(PictureStep):
    """What masks and classes of the pictures in `shown` teach, asked of each picture; needs the extra `media`.

    A line of `shown` is a picture's reference, that of its mask (or `-`), the number of the part that it shows, and its
    kind. Kinds in `marked` have marks that masks show. A picture that was taught is answered by what the pictures of
    other parts teach, so that what is learnt from the answers is not fooled by them.

    >>> Marks(shown=("sha256:0 - 1 good", "sha256:1 sha256:2 2 crack"), marked=("crack",)).measures()[-3:]
    ('crack mean', 'like crack', 'like good')
    """

    label: ClassVar[Text] = Text("Marks on a picture", "그림의 결함 흔적")
    shown: tuple[str, ...] = field("words", Text("Pictures that teach", "학습에 쓸 그림"), default=())
    marked: tuple[str, ...] = field("words", Text("Kinds with marks", "흔적이 있는 종류"), default=())
    side: int = field(
        "count",
        Text("Size it is looked at", "살펴보는 크기"),
        default=240,
        unit="{pixels}",
        low=64,
        high=1024,
    )

    def kinds(self) -> list[str]:
        """The kinds of pictures that are shown, in order."""
        return sorted({_Shown.of(line).kind for line in self.shown})

    def measures(self) -> tuple[str, ...]:
        """Of each kind of mark its pools, and how much the picture is like each kind."""
        pools = [f"{mark} {pool}" for mark in self.marked for pool in POOLS]
        return (*pools, *(f"like {kind}" for kind in self.kinds()))

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """What the pictures teach that stand in `frame`: all of them, and each part's others."""
        from dure.science.prepare.conforming import as_words

        there = set(as_words(frame.get_column(self.column)).to_list())
        shown = [
            one for one in map(_Shown.of, self.shown) if one.picture in there and is_reference(one.picture)
        ]
        numbers = {kind: at for at, kind in enumerate(self.kinds())}
        wanted = {one.picture: one for one in shown}
        # a lent shelf is lent to this thread: masks are opened here, pictures are given to the others
        turn = len(self.shown) <= MOST_TURNED
        masks = {one.picture: content_of(one.mask) if one.mask else None for one in shown}

        def look(content: bytes, reference: str) -> Taught:
            one = wanted[reference]
            made = _KEPT.lesson(content, one, self.side, masks[reference], turn=turn)
            return replace(made, kind=numbers[one.kind])

        made = zip(wanted, each_content(list(wanted), look), strict=True)
        lessons = {name: one for name, one in made if one is not None}
        part_of = {part: at % PARTS for at, part in enumerate(dict.fromkeys(one.part for one in shown))}
        held = {one.picture: part_of[one.part] for one in shown}
        marks = [numbers[kind] for kind in self.marked]
        groups = [[lessons[one.picture] for one in shown if held[one.picture] != at] for at in range(PARTS)]
        every = taught([lessons[one.picture] for one in shown], marks, len(numbers))
        tellers = [taught(group, marks, len(numbers)) for group in groups]
        return {"held": held, "all": _written(every), "others": [_written(one) for one in tellers]}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The numbers of each row's picture; missing where there is none; raises as every step on pictures."""
        import polars as pl

        from dure.science.prepare.conforming import as_words

        found = self.answered(as_words(frame.get_column(self.column)).to_list(), learnt, keep=True)
        names = [f"{self.column} {measure}" for measure in self.measures()]
        made = pl.from_numpy(np.asfortranarray(found), schema=names, orient="row").fill_nan(None)
        kept = frame if self.keep or not names else frame.drop(self.column)
        return kept.hstack(made) if kept.width else made

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<picture> <measure>`; the picture stays where nothing is taught."""
        kept = {name: name for name in columns if self.keep or not self.shown or name != self.column}
        return kept | {f"{self.column} {measure}": self.column for measure in self.measures()}

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The picture, if it stays."""
        return tuple(name for name in columns if (self.keep or not self.shown) and name == self.column)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row with the numbers of its picture."""
        picture, stays = int(place_of([self.column], columns)[0]), self.keep or not self.shown
        kept = [at for at, name in enumerate(columns) if stays or name != self.column]
        tellers = Tellers(learnt)

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            word = word_of(row[picture])
            if stays:
                row[picture] = token_of(word)
            return np.concatenate([row[kept], self.answered([word], tellers, keep=False)[0]])

        return form

    def teller(self, learnt: Learnt, reference: str) -> Teller:
        """What answers for a picture: for one that taught, what it did not teach."""
        return Tellers(learnt).of(reference)

    def answered(self, references: Sequence[str | None], learnt: "Learnt | Tellers", *, keep: bool) -> Floats:
        """The numbers of each picture, NaN where there is none. [rows, measures]."""
        tellers = learnt if isinstance(learnt, Tellers) else Tellers(learnt)

        def work(content: bytes, reference: str) -> Floats:
            known = keep and reference in tellers.held
            of = _KEPT.of if known else lambda had, name, side: places_of(had, called(name), side)
            return tellers.of(reference).numbers(of(content, reference, self.side))

        width = len(self.measures())
        if not width:
            return np.empty((len(references), 0))
        made = each_content(list(references), work)
        return np.array([np.full(width, np.nan) if one is None else one for one in made]).reshape(-1, width)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Looks in each picture of {self.column} for marks as {len(self.shown)} pictures showed them.",
            f"{self.column} 그림마다 그림 {len(self.shown)}장에서 배운 흔적을 찾습니다.",
        )


class Tellers:
    """What was learnt, opened: the one for new pictures, and for each that taught the one it did not teach."""

    def __init__(self, learnt: Learnt) -> None:
        self.held: Mapping[str, int] = learnt["held"]
        self._all, self._others = _read(learnt["all"]), [_read(one) for one in learnt["others"]]

    def of(self, reference: str) -> Teller:
        """The one that did not learn from this picture."""
        part = self.held.get(reference)
        return self._all if part is None else self._others[part]


def _written(teller: Teller) -> dict[str, Any]:
    """Weights as JSON holds them, to nine digits."""
    return {
        name: np.array([float(f"{one:.{_DIGITS}g}") for one in values.ravel()]).reshape(values.shape).tolist()
        for name, values in _arrays(teller).items()
    }


def _arrays(teller: Teller) -> dict[str, Floats]:
    """The arrays of a teller, by name."""
    return {one.name: getattr(teller, one.name) for one in fields(Teller)}


def _read(written: Mapping[str, Any]) -> Teller:
    found = {one.name: np.array(written[one.name], dtype=np.float64) for one in fields(Teller)}
    marks, kinds = found["offsets"].size, found["beside"].size
    shapes = {
        "between": (200, HIDDEN),
        "raised": (HIDDEN,),
        "weights": (HIDDEN, marks),
        "offsets": (marks,),
        "whole": (1488, kinds),
        "beside": (kinds,),
    }
    return Teller(**{name: values.reshape(shapes[name]) for name, values in found.items()})

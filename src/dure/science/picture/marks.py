"""Marks on a picture, told place by place: what masks beside the pictures teach, and what the whole picture adds.

A place stands for 8 × 8 pixels. What the network saw there at three depths (edges, texture, parts: 200 numbers) is held
against the unmarked places of all pictures by a small network, one answer for each kind of mark; the highest and the mean answers of
a picture are its numbers. Beside them stands one number a kind of picture, by ridge regression on the mean, the largest
value and the spread of every channel of four depths. A picture teaches as it is, mirrored, upside down and both: what a
mark is does not hang on which way a part lay, and a few parts are all there is to learn from.

References
----------
D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating errors", Nature 323, 533-536,
1986; A. E. Hoerl, R. W. Kennard, "Ridge regression", Technometrics 12(1), 55-67, 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import Deep, decoded, opencv
from dure.science.picture.embedding import Seen, outside, seen, seen_of, worked

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Halves = NDArray[np.float16]
Flags = NDArray[np.bool_]

SIDE = 240
DEPTHS, HOWS = ("edges", "texture", "parts", "whole"), ("mean", "max", "spread")
#: What is kept of the answers of all places, a number for each kind of mark.
POOLS = ("highest", "highest nearby", "top 0.5 %", "top 2 %", "top 10 %", "top 40 %", "mean")
_SHARES = (0.005, 0.02, 0.1, 0.4)
_PENALTY, _BIAS = 0.1, 10.0
#: What is between a place and its answers, how strongly weights are held small, and how often all places are shown.
HIDDEN = 16
_HELD_SMALL, _ROUNDS, _STEP, _AT_A_TIME = 1.0, 5, 2e-3, 256
#: Of eight clean places shown, one of each kind of mark; no answer is further from none than this.
_TO_ONE, _FURTHEST = 8, 12.0
#: Clean places, and places of one kind of mark, that are learnt from at most.
_MOST_PLACES = 40_000
#: Places that one view of a picture teaches at most; of a picture that is not turned four times as many.
_MOST_CLEAN, _MOST_MARKED = 40, 20
#: Steps along rows and columns that make the views of a picture.
_TURNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_MARKED, _NEARLY = 0.2, 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What was seen at each place.

    Parameters
    ----------
    fine
        Mean and largest of the edges, and texture. [88, h, w]
    coarse
        Parts, a place for two by two of the others. [112, h/2, w/2]
    numbers
        Mean, largest value and spread of each channel of four depths. [1488]
    """

    fine: Halves
    coarse: Halves
    numbers: Floats

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.fine.nbytes + self.coarse.nbytes + self.numbers.nbytes

    def at(self, places: NDArray[np.int64]) -> Floats:
        """All that was seen at some places, counted row by row. [places, 200]."""
        fine = self.fine.reshape(len(self.fine), -1)[:, places].astype(np.float64)
        return np.concatenate([fine, _widened(self.coarse, self.fine.shape[1:])[:, places]]).T


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """One picture as a lesson: clean and marked places [n, 200], the numbers of its views [views, 1488], its kind by number."""

    clean: Floats32
    marked: Floats32
    numbers: Floats
    kind: int

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.clean.nbytes + self.marked.nbytes + self.numbers.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Teller:
    """What was learnt: of a place, weights of what is between [200, 16] with offsets and of the answers [16, marks] with offsets; of a picture weights [1488, kinds] with offsets."""

    between: Floats
    raised: Floats
    weights: Floats
    offsets: Floats
    whole: Floats
    beside: Floats

    def numbers(self, places: Places) -> Floats:
        """The numbers of a picture: of each kind of mark its pools, then one of each kind. [7 × marks + kinds]."""
        answers = self.answers(places)
        return np.concatenate(
            [_pooled(one.ravel(), _nearby(one)) for one in answers] + [self.told(places.numbers)]
        )

    def answers(self, places: Places) -> Floats:
        """How much each place speaks for each kind of mark, against none (log-odds but for a constant). [marks, h, w]."""
        fine, split = places.fine.astype(np.float64), len(places.fine)
        # einsum adds in one order, whatever the machine's linear algebra does
        near = np.einsum("fk,fhw->khw", self.between[:split], fine)
        parts = np.einsum("fk,fhw->khw", self.between[split:], places.coarse.astype(np.float64))
        seen = np.maximum(
            near + _widened(parts, fine.shape[1:], flat=False) + self.raised[:, None, None], 0.0
        )
        found = np.einsum("fk,fhw->khw", self.weights, seen) + self.offsets[:, None, None]
        return np.asarray(np.clip(found, -_FURTHEST, _FURTHEST))

    def told(self, numbers: Floats) -> Floats:
        """What the whole picture says of each kind. [kinds]."""
        return np.asarray(np.einsum("f,fk->k", numbers, self.whole) + self.beside)

    def without_each(self, found: Seen, rows: int, columns: int) -> Floats:
        """The numbers with each place of a grid left out, and half a place around it. [rows × columns, F]."""
        answers = self.answers(places_in(found)).astype(np.float32)
        whole = found.without_each(rows, columns)
        made = []
        for at, numbers in enumerate(whole):
            row, column = divmod(at, columns)
            kept = (
                [
                    outside(one, row / rows, column / columns, 1 / rows, 1 / columns).astype(np.float64)
                    for one in (answers, np.stack([_blurred(one) for one in answers]))
                ]
                if len(answers)
                else [np.empty((0, 1))] * 2
            )
            pools = [_pooled(one, float(near.max())) for one, near in zip(*kept, strict=True)]
            made.append(np.concatenate([*pools, self.told(numbers)]))
        return np.array(made)


def places_of(content: bytes, where: str, side: int = SIDE) -> Places:
    """What was seen at each place of a picture; raises as `embedded`."""
    return places_in(looked(content, where, side))


def looked(content: bytes, where: str, side: int = SIDE) -> Seen:
    """What the network saw at the four depths that marks are told by; raises as `embedded`."""
    return seen(content, where, side, DEPTHS, HOWS)


def places_in(found: Seen) -> Places:
    """Places of what was seen at the four depths; kept in half precision, the same wherever they are asked for."""
    edges, texture, parts, _ = found.values
    fours = [edges[:, down::2, across::2] for down in (0, 1) for across in (0, 1)]
    mean = (fours[0] + fours[1] + fours[2] + fours[3]) * np.float32(0.25)
    largest = np.maximum(np.maximum(fours[0], fours[1]), np.maximum(fours[2], fours[3]))
    fine = np.concatenate([mean, largest, texture])
    return Places(fine.astype(np.float16), parts.astype(np.float16), found.numbers())


def turned(content: bytes, where: str, side: int = SIDE) -> tuple[Places, ...]:
    """What was seen at each place of a picture turned: mirrored, upside down, and both; raises as `embedded`."""
    picture = worked(content, where, side)
    views: list[Deep] = [picture[::down, ::across].copy() for down, across in _TURNS[1:]]
    return tuple(places_in(seen_of(view, DEPTHS, HOWS)) for view in views)


def lesson(views: Sequence[Places], mask: bytes | None, kind: int) -> Taught:
    """A picture as a lesson, by what was seen of it as it is and, if it is turned, then `turned`.

    Without a mask every place counts as clean. At most 160 clean and 80 marked places are kept.
    """
    share, most = _share(mask, views[0].fine.shape[1:]), len(_TURNS) // len(views)
    marked = share > _MARKED
    if share.max() > 0 and not marked.any():  # a mark smaller than a place
        marked = share >= _NEARLY * share.max()
    chosen = [
        (view, _most(share[::down, ::across] == 0, most * _MOST_CLEAN), _most(marked[::down, ::across], most * _MOST_MARKED))
        for view, (down, across) in zip(views, _TURNS, strict=False)  # one view, or all
    ]  # fmt: skip
    return Taught(
        np.concatenate([view.at(clean) for view, clean, _ in chosen]).astype(np.float32),
        np.concatenate([view.at(mark) for view, _, mark in chosen]).astype(np.float32),
        np.array([view.numbers for view in views]),
        kind,
    )


def taught(lessons: Sequence[Taught], marks: Sequence[int], kinds: int) -> Teller:
    """What tells the `marks` (kinds by number) from clean places, and the kinds of whole pictures; the same for the same lessons."""
    return Teller(*_by_place(lessons, marks), *_by_picture(lessons, kinds))


def _by_place(lessons: Sequence[Taught], marks: Sequence[int]) -> tuple[Floats, Floats, Floats, Floats]:
    """The four arrays of a place; zeros where no mark, or no clean place, was shown."""
    none = np.zeros((200, HIDDEN)), np.zeros(HIDDEN), np.zeros((HIDDEN, len(marks))), np.zeros(len(marks))
    clean = np.concatenate([one.clean for one in lessons] or [np.empty((0, 200), np.float32)])
    groups = [
        np.concatenate([clean[:0], *(one.marked for one in lessons if one.kind == mark)]) for mark in marks
    ]
    clean, groups = _fewer(clean), [_fewer(one) for one in groups]
    shown = [at for at, one in enumerate(groups) if len(one)]
    if not len(clean) or not shown:
        return none
    centre, spread = clean.mean(axis=0, dtype=np.float64), clean.std(axis=0, dtype=np.float64) + 1e-9
    often = [max(1, len(clean) // (_TO_ONE * len(groups[at]))) for at in shown]
    x = np.concatenate([clean, *(np.tile(groups[at], (n, 1)) for at, n in zip(shown, often, strict=True))])
    sizes = [len(clean), *(n * len(groups[at]) for at, n in zip(shown, often, strict=True))]
    between, raised, last, beside = _learnt(
        ((x - centre) / spread).astype(np.float32), np.repeat(np.arange(len(sizes)), sizes)
    )
    _, _, weights, offsets = none
    weights[:, shown], offsets[shown] = last, beside
    between = between / spread[:, None]
    return between, raised - centre @ between, weights, offsets


def _fewer(places: Floats32) -> Floats32:
    """The places, or as many as are learnt from, at even distances."""
    if len(places) <= _MOST_PLACES:
        return places
    return places[np.linspace(0, len(places) - 1, _MOST_PLACES).astype(np.int64)]


def _learnt(x: Floats32, kind: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
    """A network with one layer between that tells kinds, its answers as log-odds against the first."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    taught = MLPClassifier(
        (HIDDEN,), alpha=_HELD_SMALL, batch_size=min(_AT_A_TIME, len(x)), learning_rate_init=_STEP,
        max_iter=_ROUNDS, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # a few rounds are meant: more learn the parts by heart
        taught.fit(x, kind)
    (between, last), (raised, beside) = (
        [np.asarray(one, np.float64) for one in taught.coefs_],
        [np.asarray(one, np.float64) for one in taught.intercepts_],
    )
    if last.shape[1] > 1:  # of two kinds there is one answer, and that is against the first
        last, beside = last[:, 1:] - last[:, :1], beside[1:] - beside[0]
    return between, raised, last, beside


def _by_picture(lessons: Sequence[Taught], kinds: int) -> tuple[Floats, Floats]:
    """Ridge regression on 1 for a kind and −1 for others, in which every kind weighs alike. [1488, kinds], [kinds]."""
    if not lessons:
        return np.zeros((1488, kinds)), np.zeros(kinds)
    x = np.concatenate([one.numbers for one in lessons])
    kind = np.repeat([one.kind for one in lessons], [len(one.numbers) for one in lessons])
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    count = np.bincount(kind, minlength=kinds)
    weight = np.sqrt(len(kind) / (kinds * np.maximum(count, 1)))[kind]
    rows = np.column_stack([(x - centre) / scale, np.full(len(x), _BIAS)]) * weight[:, None]
    wanted = np.where(kind[:, None] == np.arange(kinds), 1.0, -1.0) * weight[:, None]
    ridge = _PENALTY * float((rows * rows).sum()) / len(rows)
    if len(rows) < rows.shape[1]:  # the same by the smaller of two systems of equations
        found = rows.T @ np.linalg.solve(rows @ rows.T + ridge * np.eye(len(rows)), wanted)
    else:
        found = np.linalg.solve(rows.T @ rows + ridge * np.eye(rows.shape[1]), rows.T @ wanted)
    whole = found[:-1] / scale[:, None]
    return whole, _BIAS * found[-1] - centre @ whole


def _share(mask: bytes | None, shape: tuple[int, ...]) -> Floats:
    """Share of each place that is marked. [h, w]."""
    if mask is None:
        return np.zeros(shape)
    marked = (decoded(mask, "mask")[:, :, 0] > 127).astype(np.float32)
    found = opencv().resize(marked, (shape[1], shape[0]), interpolation=opencv().INTER_AREA)
    return np.asarray(found, dtype=np.float64)


def _most(chosen: Flags, most: int) -> NDArray[np.int64]:
    """Places that are chosen, or `most` of them at even distances."""
    places = np.flatnonzero(chosen)
    return places if len(places) <= most else places[np.linspace(0, len(places) - 1, most).astype(np.int64)]


def _widened(values: NDArray[np.floating], shape: tuple[int, ...], *, flat: bool = True) -> Floats:
    """Each channel brought to a finer grid by bilinear interpolation. [channels, h × w], or [channels, h, w]."""
    cv2, size = opencv(), (shape[1], shape[0])
    wide = [cv2.resize(np.asarray(one, np.float64), size, interpolation=cv2.INTER_LINEAR) for one in values]
    found = np.array(wide, dtype=np.float64).reshape(len(values), *shape)
    return found.reshape(len(values), -1) if flat else found


def _blurred(answers: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(opencv().blur(answers, (3, 3)))


def _nearby(answers: Floats) -> float:
    return float(_blurred(answers).max())


def _pooled(answers: Floats, nearby: float) -> Floats:
    """The pools of one kind's answers. [7]."""
    ranked = np.sort(answers)[::-1]
    tops = [ranked[: max(1, int(len(ranked) * share))].mean() for share in _SHARES]
    return np.array([ranked[0], nearby, *tops, ranked.mean()])

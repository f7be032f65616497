"""Marks on a picture, told place by place: what masks beside the pictures teach, and what the whole picture adds.

A place stands for 8 × 8 pixels. What the network saw there at three depths (edges, texture, parts: 200 numbers) is held
against the unmarked places of all pictures, one weighted sum for each kind of mark; the highest and the mean answers of
a picture are its numbers. Beside them stands one number a kind of picture, by ridge regression on the mean, the largest
value and the spread of every channel of four depths.

References
----------
R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7(2), 179-188, 1936, with the
correlation drawn towards none (J. H. Friedman, "Regularized discriminant analysis", JASA 84(405), 165-175, 1989).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import decoded, opencv
from dure.science.picture.embedding import Seen, outside, seen

Floats = NDArray[np.float64]
Halves = NDArray[np.float16]
Flags = NDArray[np.bool_]

SIDE = 240
DEPTHS, HOWS = ("edges", "texture", "parts", "whole"), ("mean", "max", "spread")
#: What is kept of the answers of all places, a number for each kind of mark.
POOLS = ("highest", "highest nearby", "top 0.5 %", "top 2 %", "top 10 %", "top 40 %", "mean")
_SHARES = (0.005, 0.02, 0.1, 0.4)
_DRAWN, _PENALTY, _BIAS = 0.05, 0.1, 10.0
_MOST_CLEAN, _MOST_MARKED = 150, 60
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
    """One picture as a lesson: clean and marked places [n, 200], its numbers [1488], its kind by number."""

    clean: Floats
    marked: Floats
    numbers: Floats
    kind: int


@dataclass(frozen=True, slots=True, eq=False)
class Teller:
    """What was learnt: weights of a place [200, marks] with offsets, and of a picture [1488, kinds] with offsets."""

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
        near = np.einsum("fk,fhw->khw", self.weights[:split], fine)
        parts = np.einsum("fk,fhw->khw", self.weights[split:], places.coarse.astype(np.float64))
        return np.asarray(near + _widened(parts, fine.shape[1:], flat=False) + self.offsets[:, None, None])

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


def lesson(places: Places, mask: bytes | None, kind: int) -> Taught:
    """A picture as a lesson; without a mask every place counts as clean. At most 150 clean and 60 marked places."""
    share = _share(mask, places.fine.shape[1:])
    marked = share > _MARKED
    if share.max() > 0 and not marked.any():  # a mark smaller than a place
        marked = share >= _NEARLY * share.max()
    clean = _spread_out(np.flatnonzero(share.ravel() == 0), _MOST_CLEAN)
    return Taught(
        places.at(clean), places.at(_spread_out(np.flatnonzero(marked), _MOST_MARKED)), places.numbers, kind
    )


def taught(lessons: Sequence[Taught], marks: Sequence[int], kinds: int) -> Teller:
    """What tells the `marks` (kinds by number) from clean places, and the kinds of whole pictures; the same for the same lessons."""
    weights, offsets = _by_place(lessons, marks)
    whole, beside = _by_picture(lessons, kinds)
    return Teller(weights, offsets, whole, beside)


def _by_place(lessons: Sequence[Taught], marks: Sequence[int]) -> tuple[Floats, Floats]:
    clean = np.concatenate([one.clean for one in lessons] or [np.empty((0, 200))])
    groups = [
        np.concatenate([one.marked for one in lessons if one.kind == mark] or [clean[:0]]) for mark in marks
    ]
    weights, offsets = np.zeros((200, len(marks))), np.zeros(len(marks))
    if not len(clean) or not any(len(one) for one in groups):
        return weights, offsets
    centre = clean.mean(axis=0)
    off = np.concatenate([clean - centre, *(one - one.mean(axis=0) for one in groups if len(one))])
    axes = _inverse(off)
    for at, one in enumerate(groups):
        if len(one):
            mean = one.mean(axis=0)
            weights[:, at] = axes @ (mean - centre)
            offsets[at] = -0.5 * float((mean + centre) @ weights[:, at])
    return weights, offsets


def _inverse(off: Floats) -> Floats:
    """Inverse of the covariance of rows about their centres, its correlations drawn towards none."""
    spread = np.sqrt((off * off).mean(axis=0)) + 1e-9
    z = off / spread
    drawn = (1 - _DRAWN) * (z.T @ z) / len(z) + _DRAWN * np.eye(len(spread))
    return np.asarray(np.linalg.inv(drawn) / np.outer(spread, spread))


def _by_picture(lessons: Sequence[Taught], kinds: int) -> tuple[Floats, Floats]:
    """Ridge regression on 1 for a kind and −1 for others, in which every kind weighs alike. [1488, kinds], [kinds]."""
    if not lessons:
        return np.zeros((1488, kinds)), np.zeros(kinds)
    x, kind = np.array([one.numbers for one in lessons]), np.array([one.kind for one in lessons])
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    count = np.bincount(kind, minlength=kinds)
    weight = np.sqrt(len(kind) / (kinds * np.maximum(count, 1)))[kind]
    rows = np.column_stack([(x - centre) / scale, np.full(len(x), _BIAS)]) * weight[:, None]
    wanted = np.where(kind[:, None] == np.arange(kinds), 1.0, -1.0) * weight[:, None]
    gram = rows @ rows.T
    ridge = _PENALTY * np.trace(gram) / len(gram) * np.eye(len(gram))
    found = rows.T @ np.linalg.solve(gram + ridge, wanted)
    whole = found[:-1] / scale[:, None]
    return whole, _BIAS * found[-1] - centre @ whole


def _share(mask: bytes | None, shape: tuple[int, ...]) -> Floats:
    """Share of each place that is marked. [h, w]."""
    if mask is None:
        return np.zeros(shape)
    marked = (decoded(mask, "mask")[:, :, 0] > 127).astype(np.float32)
    found = opencv().resize(marked, (shape[1], shape[0]), interpolation=opencv().INTER_AREA)
    return np.asarray(found, dtype=np.float64)


def _spread_out(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
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

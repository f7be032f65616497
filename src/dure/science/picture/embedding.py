"""What the network sees of a picture as 304 numbers: of each channel of two depths its mean and its largest value.

Texture (8 × 8 pixels a place) and parts (16 × 16) carry what marks a surface; what is deeper knows dogs from cats. The
depths, the side and the two statistics were chosen on solar cells and circuit boards, not on magnetic tiles
(`benchmarks/tiles.py` says how).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import Deep, deep, facts_of, opencv
from dure.science.picture.network import TAPS, network

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

SIDE = 320
DEPTHS = ("texture", "parts")
#: Names of the numbers, in order.
MEASURES = tuple(
    f"{tap} {how} {at}" for tap in DEPTHS for how in ("mean", "max") for at in range(TAPS[tap][0])
)
_STEP, _LEAST, _WIDEST = 32, 64, 4


@dataclass(frozen=True, slots=True)
class Seen:
    """What each depth holds at each place of a picture: `values` [channels, h, w] by depth; `hows` are taken of each."""

    values: tuple[Floats32, ...]
    hows: tuple[str, ...] = ("mean", "max")

    def numbers(self) -> Floats:
        """The numbers of the picture as a whole: of each depth in turn each statistic of its channels. [F]."""
        whole = [one.reshape(len(one), -1) for one in self.values]
        return np.concatenate([_STATISTICS[how](one) for one in whole for how in self.hows])

    def without_each(self, rows: int, columns: int) -> Floats:
        """The numbers of the picture with each place of a grid left out, as if it were not there. [rows × columns, F].

        A place is left out with half a place around it.
        """
        found = []
        for place in range(rows * columns):
            row, column = divmod(place, columns)
            kept = [outside(one, row / rows, column / columns, 1 / rows, 1 / columns) for one in self.values]
            found.append(np.concatenate([_STATISTICS[how](one) for one in kept for how in self.hows]))
        return np.array(found)


def embedded(content: bytes, where: str, side: int = SIDE) -> Floats:
    """The 304 numbers of a picture, as `MEASURES` names them.

    Parameters
    ----------
    content, where
        The bytes, and what to call them in a sentence.
    side
        The picture is brought to about `side` × `side` pixels in area, its shape kept. [pixels]

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge, ExtraAbsent
    """
    return seen(content, where, side).numbers()


def seen(
    content: bytes,
    where: str,
    side: int = SIDE,
    depths: tuple[str, ...] = DEPTHS,
    hows: tuple[str, ...] = ("mean", "max"),
) -> Seen:
    """What each depth holds at each place; raises as `embedded`."""
    return seen_of(worked(content, where, side), depths, hows)


def seen_of(picture: Deep, depths: tuple[str, ...], hows: tuple[str, ...]) -> Seen:
    """What each depth holds at each place of a picture at its working size."""
    found = network(depths).see(picture)
    return Seen(tuple(found[tap] for tap in depths), hows)


def worked(content: bytes, where: str, side: int) -> Deep:
    """A picture at its working size; raises as `embedded`."""
    facts = facts_of(content, where)
    return _brought(deep(content, where, min(_size(facts.width, facts.height, side))), side)


def _brought(picture: Deep, side: int) -> Deep:
    """The picture at its working size."""
    cv2 = opencv()
    width, height = _size(picture.shape[1], picture.shape[0], side)
    smaller = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    brought: Deep = cv2.resize(picture, (width, height), interpolation=how)
    return brought


def _size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of about the area of `side` squared, in whole steps; no side longer than four times `side`.

    >>> _size(640, 480, 320), _size(100, 100, 320), _size(10_000, 1, 320)
    ((384, 288), (320, 320), (1280, 64))
    """
    scale = side / float(np.sqrt(width * height))
    whole = (round(one * scale / _STEP) * _STEP for one in (width, height))
    new_width, new_height = (min(max(one, _LEAST), _WIDEST * side) for one in whole)
    return new_width, new_height


def _mean(places: Floats32) -> Floats:
    return np.asarray(places.mean(axis=1, dtype=np.float64))


def _max(places: Floats32) -> Floats:
    return np.asarray(places.max(axis=1), dtype=np.float64)


def _spread(places: Floats32) -> Floats:
    return np.asarray(places.std(axis=1, dtype=np.float64))


#: Each statistic of each channel. [channels] of [channels, places].
_STATISTICS = {"mean": _mean, "max": _max, "spread": _spread}


def outside(values: Floats32, top: float, left: float, high: float, wide: float) -> Floats32:
    """The places outside a region given in shares of the picture. [channels, places]."""
    rows, columns = values.shape[1:]
    down = (np.arange(rows) + 0.5) / rows
    across = (np.arange(columns) + 0.5) / columns
    inside_down = (down > top - high / 2) & (down < top + 1.5 * high)
    inside_across = (across > left - wide / 2) & (across < left + 1.5 * wide)
    outside = ~(inside_down[:, None] & inside_across[None])
    if not outside.any():
        return values.reshape(len(values), -1)
    return values[:, outside]

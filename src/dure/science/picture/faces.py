"""Where faces are in a picture: a pyramid of sizes and three networks, each stricter than the one before.

The first network slides over the picture at every size and proposes windows of 12 pixels; the second looks at each
proposal in 24 pixels, the third in 48. Overlapping boxes are thinned by non-maximum suppression after each.
"""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import opencv
from dure.science.picture.face_network import face_network

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: A larger picture is made smaller to so many pixels on its longer side before faces are sought.
LONGEST = 1_280
# Least side of a face that is sought [pixels], and how much smaller each size of the pyramid is.
SMALLEST, _SHRINK = 16, 0.709
_CELL, _STRIDE = 12, 2
#: The third network says face from so much on, where a face is to be counted; the first two are less strict.
SURE = 0.8
# Boxes that go from one network to the next at most, the surest.
_MOST = (2_000, 600)


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box in the picture [pixels] and how sure the detector is of it [0, 1]."""

    left: float
    top: float
    right: float
    bottom: float
    sureness: float


def faces_in(picture: Pixels, sure: float = SURE, smallest: int = SMALLEST) -> tuple[Face, ...]:
    """The faces of a picture, the surest first.

    Parameters
    ----------
    picture
        RGB. [h, w, 3]
    sure
        Least sureness of a face [0, 1]: lower finds more faces, and more that are none.
    smallest
        Least side of a face that is sought, in the picture after it was made as small as `LONGEST`. [pixels]

    Raises
    ------
    ExtraAbsent, WeightsRefused
        If the wheel `mtcnn` is not installed or not what it should be.
    """
    cv2 = opencv()
    longest = max(picture.shape[:2])
    shrink = min(1.0, LONGEST / longest)
    if shrink < 1:
        size = (max(1, round(picture.shape[1] * shrink)), max(1, round(picture.shape[0] * shrink)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    # at 0.8 the paper's 0.6 and 0.7, for less strict answers less strict from the first network on
    boxes = _proposed(picture, smallest, 0.2 + sure / 2)
    boxes = _looked_at(picture, boxes, "rnet", 24, 0.3 + sure / 2)
    boxes = _looked_at(picture, boxes, "onet", 48, sure)
    boxes[:, :4] /= shrink
    return tuple(Face(*(float(value) for value in box)) for box in boxes)


def _proposed(picture: Pixels, smallest: int, sure: float) -> Floats:
    """What the first network proposes at all sizes. [n, 5]."""
    cv2 = opencv()
    first = face_network("pnet")
    height, width = picture.shape[:2]
    scales = (_CELL / smallest * _SHRINK**step for step in range(64))
    found = [np.zeros((0, 5))]
    for scale in takewhile(lambda one: min(height, width) * one >= _CELL, scales):
        size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
        box, face = first.see(
            _normal(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)[None])
        )  # fmt: skip
        found.append(_thinned(_windows(box[0], face[0, 1], scale, sure), 0.5))
    boxes = _thinned(np.concatenate(found), 0.7)
    return _square(boxes[: _MOST[1]])


def _windows(move: NDArray[Any], face: NDArray[Any], scale: float, sure: float) -> Floats:
    """The windows of one size that may hold a face, moved as the network says. [n, 5]."""
    rows, columns = np.nonzero(face > sure)
    start = np.stack([columns, rows], axis=1) * _STRIDE
    corners = np.concatenate([start, start + _CELL], axis=1) + move[:, rows, columns].T * _CELL
    made = np.concatenate([corners / scale, face[rows, columns][:, None]], axis=1).astype(np.float64)
    return _best(made, _MOST[0])


def _looked_at(picture: Pixels, boxes: Floats, name: str, side: int, sure: float) -> Floats:
    """The boxes that a later network takes for faces, moved as it says. [n, 5]."""
    if not len(boxes):
        return boxes
    patches = np.stack([_patch(picture, box, side) for box in boxes])
    move, face = face_network(name).see(_normal(patches))
    wide = boxes[:, 2:4] - boxes[:, :2] + 1
    moved = boxes[:, :4] + move * np.tile(wide, 2)
    kept = np.concatenate([moved, face[:, 1:]], axis=1)[face[:, 1] > sure]
    if side == 24:
        return _square(_thinned(kept, 0.7))
    return _thinned(kept, 0.7, of_smaller=True)


def _patch(picture: Pixels, box: Floats, side: int) -> Pixels:
    """What stands in a box, `side` pixels wide and high; grey beyond the picture's edge."""
    cv2 = opencv()
    left, top, right, bottom = np.rint(box[:4]).astype(int)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    height, width = picture.shape[:2]
    inside = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if top < 0 or left < 0 or bottom > height or right > width:
        whole = np.full((bottom - top, right - left, 3), 127, np.uint8)
        at = (max(-top, 0), max(-left, 0))
        whole[at[0] : at[0] + inside.shape[0], at[1] : at[1] + inside.shape[1]] = inside
        inside = whole
    how = cv2.INTER_AREA if inside.shape[0] > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(inside, (side, side), interpolation=how), np.uint8)


def _normal(pixels: NDArray[Any]) -> NDArray[np.float32]:
    return (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(128)


def _square(boxes: Floats) -> Floats:
    """The boxes as squares about the same middle. [n, 5]."""
    middle, half = (
        (boxes[:, :2] + boxes[:, 2:4]) / 2,
        (boxes[:, 2:4] - boxes[:, :2]).max(axis=1, initial=0) / 2,
    )
    return np.concatenate([middle - half[:, None], middle + half[:, None], boxes[:, 4:]], axis=1)


def _best(boxes: Floats, most: int) -> Floats:
    return boxes[np.argsort(-boxes[:, 4], kind="stable")[:most]]


def _thinned(boxes: Floats, most: float, *, of_smaller: bool = False) -> Floats:
    """Boxes of which none overlaps a surer one by more than `most` of both together, or of the smaller. [n, 5]."""
    left = _best(boxes, _MOST[0])
    kept = []
    while len(left):
        first, rest = left[0], left[1:]
        kept.append(first)
        shared = np.minimum(first[2:4], rest[:, 2:4]) - np.maximum(first[:2], rest[:, :2])
        both = shared.clip(0).prod(axis=1)
        one, other = (first[2:4] - first[:2]).prod(), (rest[:, 2:4] - rest[:, :2]).prod(axis=1)
        whole = np.minimum(one, other) if of_smaller else one + other - both
        left = rest[both <= most * whole]
    return np.array(kept).reshape(-1, 5)

"""Near-duplicates: pictures of one part under another light, or a moment later, must not stand on both sides of a split.

A fingerprint is the picture as 32 × 32 grey values less their local mean, at unit length: the light drops out, marks
stay. What all pictures have in common (the bars of a solar cell) is taken off first, then two are alike if their
fingerprints correlate by more than a bound; what is alike to the same third picture is one group.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import deep, opencv

Floats32 = NDArray[np.float32]

#: Correlation above which two pictures show the same thing.
ALIKE = 0.7
#: With fewer pictures nothing can be said of what they have in common.
_MANY = 20
_GRID, _BLOCK = 32, 2048


def fingerprint(content: bytes, where: str) -> Floats32:
    """The fingerprint of a picture [1024]; zeros where it is all of one grey.

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge, ExtraAbsent
    """
    cv2 = opencv()
    grey = cv2.cvtColor(deep(content, where, _GRID * 2), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_GRID, _GRID), interpolation=cv2.INTER_AREA).astype(np.float32)
    local = small - cv2.blur(small, (9, 9))
    spread = np.sqrt(cv2.blur(local * local, (9, 9))) + 1.0
    marks = (local / spread).ravel()
    marks -= marks.mean()
    length = float(np.sqrt((marks * marks).sum()))
    return np.asarray(marks / length if length > 1e-3 else np.zeros_like(marks), dtype=np.float32)


def alike(fingerprints: Sequence[Floats32], bound: float = ALIKE) -> list[int]:
    """A group for each picture: pictures of one group are near-duplicates, directly or by a third.

    Parameters
    ----------
    fingerprints
        As `fingerprint` gives them.
    bound
        Correlation above which two are alike.

    Examples
    --------
    >>> one = np.array([0.6, -0.8, 0.2], np.float32); one /= np.linalg.norm(one)
    >>> alike([one, -one, one])
    [0, 1, 0]
    """
    marks = _apart(np.array(fingerprints, dtype=np.float32).reshape(len(fingerprints), -1))
    first = list(range(len(marks)))
    for start in range(0, len(marks), _BLOCK):
        close = marks[start : start + _BLOCK] @ marks.T > bound
        for at, other in zip(*np.nonzero(close), strict=True):
            _join(first, start + int(at), int(other))
    roots = [_root(first, at) for at in range(len(first))]
    number = {root: place for place, root in enumerate(dict.fromkeys(roots))}
    return [number[root] for root in roots]


def _apart(marks: Floats32) -> Floats32:
    """Fingerprints less what they have in common, at unit length again."""
    if len(marks) < _MANY:
        return marks
    own = marks - marks.mean(axis=0)
    length = np.sqrt((own * own).sum(axis=1, keepdims=True))
    return np.where(length > 1e-3, own / np.maximum(length, 1e-3), 0).astype(np.float32)


def _root(first: list[int], at: int) -> int:
    while first[at] != at:
        first[at] = first[first[at]]
        at = first[at]
    return at


def _join(first: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(first, one), _root(first, other)))
    first[high] = low

"""Plain numbers of how a picture looks: bright, sharp, full of edges; what a worker can check by eye.

References
----------
Luma by ITU-R BT.601; sharpness as the variance of the Laplacian: J. L. Pech-Pacheco et al., "Diatom autofocusing in
brightfield microscopy", ICPR 2000; entropy by C. E. Shannon 1948, over 256 grey values.
"""

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import Deep, deep, facts_of, opencv

Floats = NDArray[np.float64]

SIDE = 512
#: What is measured, in order, with units: all but the size run from 0 to 1 (entropy in bits).
LOOKS = (
    "width", "height", "brightness", "contrast", "sharpness", "edges", "entropy", "saturation", "dark", "bright",
)  # fmt: skip
_STRONG = 100.0


def looks(content: bytes, where: str) -> Floats:
    """The ten numbers of a picture, on at most about 512 × 512 pixels.

    Parameters
    ----------
    content, where
        The bytes, and what to call them in a sentence.

    Returns
    -------
    Width and height as shown [pixels]; mean and standard deviation of grey [0–1]; variance of the Laplacian [0–1]; share
    of pixels on a strong edge; entropy of grey [bit]; mean saturation [0–1]; share of nearly black (≤ 5 %) and nearly
    white (≥ 95 %) pixels. [10]

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge, ExtraAbsent
    """
    cv2, facts = opencv(), facts_of(content, where)
    picture = deep(content, where, SIDE)
    turned = (picture.shape[1] > picture.shape[0]) != (facts.width > facts.height)
    wide, high = (facts.height, facts.width) if turned else (facts.width, facts.height)
    scale = SIDE / float(np.sqrt(picture.shape[0] * picture.shape[1]))
    if scale < 1:
        size = [max(1, round(one * scale)) for one in (picture.shape[1], picture.shape[0])]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    saturation = float(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)[:, :, 1].mean())
    saturation /= 255 if picture.dtype == np.uint8 else 1  # of floats it is a share
    share = np.bincount(np.round(grey).astype(np.uint8).ravel(), minlength=256) / grey.size
    there = share[share > 0]
    fine = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_32F))[1][0, 0])
    found = [wide, high, grey.mean() / 255, grey.std() / 255, fine * fine / 255**2]
    found += [_edges(grey), max(0.0, -float((there * np.log2(there)).sum())), saturation]
    found += [share[:13].sum(), share[243:].sum()]
    return np.array(found, dtype=np.float64)


def _edges(grey: Deep) -> float:
    """Share of pixels whose grey changes by more than 100 of 1,020 across three pixels (Sobel)."""
    cv2 = opencv()
    # of whole grey values single precision holds squares up to 2 × 1020² exactly
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return float((across * across + down * down > _STRONG**2).mean())

"""A heat map as a picture: the original in grey with what speaks for the verdict laid over it in colour."""

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.decoding import Pixels, decoded, opencv

Floats = NDArray[np.float64]

_MOST_SIDE = 1024


def as_png(heat: Floats, content: bytes, where: str) -> bytes:
    """The heat map over its picture, as PNG; no longer than 1,024 pixels on a side.

    Parameters
    ----------
    heat
        How much each place speaks for the verdict; what speaks against it is not coloured. [h, w]
    content, where
        The picture's bytes, and what to call them in a sentence.

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge, ExtraAbsent
    """
    cv2 = opencv()
    picture = _fitted(decoded(content, where))
    strength = np.clip(heat, 0.0, None) / max(float(np.nanmax(heat, initial=0.0)), 1e-12)
    size = (picture.shape[1], picture.shape[0])
    smooth = np.clip(cv2.resize(strength.astype(np.float32), size, interpolation=cv2.INTER_LINEAR), 0, 1)
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2BGR)
    colour = cv2.applyColorMap((smooth * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    over = (0.75 * smooth)[:, :, None]
    mixed = np.round(grey * (1 - over) + colour * over).astype(np.uint8)
    return bytes(cv2.imencode(".png", mixed)[1].tobytes())


def _fitted(picture: Pixels) -> Pixels:
    cv2 = opencv()
    scale = _MOST_SIDE / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = [max(1, round(one * scale)) for one in (picture.shape[1], picture.shape[0])]
    fitted: Pixels = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return fitted

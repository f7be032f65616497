"""One picture: recognised, decoded within bounds, made smaller, written, measured."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dure.plant.connect.camera.settings import CameraSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PIXELS = 100_000_000
FEATURES: Mapping[str, str] = {"brightness": "1", "sharpness": "1"}
"""Mean grey (0 black, 1 white), and the variance of the Laplacian of grey (Pech-Pacheco et al. 2000): low is blurred."""
_BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"BM": "image/bmp",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
}
ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


class PictureRefused(ValueError):
    """Bytes that are no picture we read, or one that is too large."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What a camera gave: a decoded frame (BGR, height × width × 3, uint8) or a picture's bytes, and when [ns]."""

    time: int
    frame: "NDArray[np.uint8] | None" = None
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Developed:
    """A picture ready to be kept; `grey` is a small version of it, by which change is seen."""

    content: bytes
    media: str
    width: int
    height: int
    features: dict[str, float]
    grey: "NDArray[np.uint8]"


def media_of(content: bytes) -> str:
    r"""Media type by the first bytes, empty if it is no picture.

    >>> media_of(b"\x89PNG\r\n\x1a\n...."), media_of(b"RIFF....WEBPVP8 "), media_of(b"hello")
    ('image/png', 'image/webp', '')
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((media for begin, media in _BEGINNINGS.items() if content.startswith(begin)), "")


def opencv() -> Any:
    """OpenCV, bounded and silent."""
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_PIXELS))
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # it would print addresses with their password
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    import cv2

    cv2.setNumThreads(1)  # a collector is one of many on its box
    return cv2


def decoded(content: bytes) -> "NDArray[np.uint8]":
    """The picture as BGR.

    Raises
    ------
    PictureRefused
        If it is damaged, of another kind, or has more than 100 million pixels.
    """
    import numpy as np

    cv2 = opencv()
    if not media_of(content):
        raise PictureRefused("no picture")
    try:
        frame = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as refused:
        raise PictureRefused("too large, or damaged") from refused
    if frame is None:
        raise PictureRefused("damaged")
    read: NDArray[np.uint8] = frame
    return read


def developed(shot: Shot, settings: CameraSettings) -> Developed:
    """A shot as it is kept. Bytes that a camera or a file gave stay as they are unless a setting asks otherwise.

    Raises
    ------
    PictureRefused
    """
    cv2 = opencv()
    frame = decoded(shot.content) if shot.frame is None else shot.frame
    if frame.shape[0] * frame.shape[1] > MOST_PIXELS:
        raise PictureRefused("too many pixels")
    smaller = bool(settings.width) and frame.shape[1] > settings.width
    if smaller:
        height = max(1, round(frame.shape[0] * settings.width / frame.shape[1]))
        frame = cv2.resize(frame, (settings.width, height), interpolation=cv2.INTER_AREA)
    content, media = shot.content, media_of(shot.content)
    if not content or smaller or settings.format != "as is":
        content, media = _written(cv2, frame, settings, media)
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    features = {
        "brightness": float(grey.mean()) / 255,
        "sharpness": float(cv2.Laplacian(grey, cv2.CV_64F).var()) / 255**2,
    }
    return Developed(content, media, frame.shape[1], frame.shape[0], features, _small(cv2, grey))


def change(before: "NDArray[np.uint8] | None", now: "NDArray[np.uint8]") -> float:
    """Mean absolute difference of grey, 0–255; endless where there is nothing to compare with."""
    import numpy as np

    if before is None or before.shape != now.shape:
        return float("inf")
    return float(np.abs(before.astype(np.int16) - now.astype(np.int16)).mean())


def _small(cv2: Any, grey: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    height = max(1, round(grey.shape[0] * 160 / grey.shape[1]))
    small: NDArray[np.uint8] = cv2.resize(grey, (160, height), interpolation=cv2.INTER_AREA)
    return small


def _written(cv2: Any, frame: "NDArray[np.uint8]", settings: CameraSettings, media: str) -> tuple[bytes, str]:
    as_png = settings.format == "png" or (settings.format == "as is" and media == "image/png")
    told = [] if as_png else [cv2.IMWRITE_JPEG_QUALITY, settings.quality]
    done, written = cv2.imencode(".png" if as_png else ".jpg", frame, told)
    if not done:
        raise PictureRefused("it cannot be written")
    return written.tobytes(), "image/png" if as_png else "image/jpeg"

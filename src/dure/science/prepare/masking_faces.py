"""Faces in pictures, masked, where the plant has a detector.

OpenCV 5 brings the code of a face detector (YuNet) and no weights, and its older cascades are gone; nothing is
downloaded. A picture is therefore refused rather than given back as if it had been looked at. With the ONNX file of
YuNet at hand, its boxes are widened by a quarter and painted over. Not verified here: no weights were at hand.
"""

from pathlib import Path

from dure.science.picture import decoded, written
from dure.vocabulary import NodeProblem, Text

# A box counts from this score; it is widened by so much of its size on every side.
LEAST_SCORE, WIDENED = 0.6, 0.25


class FaceDetectorAbsent(NodeProblem):
    """Faces are to be masked and nothing finds them."""

    key = "face-detector-absent"
    says = Text(
        "Faces in {where} cannot be found: no face detector comes with dure.",
        "{where}에서 얼굴을 찾을 수 없습니다. dure에는 얼굴 검출기가 들어 있지 않습니다.",
    )
    remedy = Text(
        "Leave the picture out, or give the ONNX file of the detector YuNet.",
        "그림을 빼거나 YuNet 검출기의 ONNX 파일을 지정하세요.",
    )


def mask_faces(content: bytes, where: str, detector: Path | None = None) -> bytes:
    """The picture as PNG with every face found painted over; nothing is given back unlooked at.

    Parameters
    ----------
    content
        A picture's bytes.
    where
        Its name, for sentences.
    detector
        ONNX file of YuNet (OpenCV Zoo, MIT).

    Raises
    ------
    FaceDetectorAbsent
        If there is no detector, or it cannot be opened.
    NotAPicture, PictureDamaged, PictureTooLarge
        If the picture cannot be decoded.
    """
    if detector is None or not detector.is_file():
        raise FaceDetectorAbsent(where)
    import cv2

    picture = decoded(content, where).copy()
    size = (picture.shape[1], picture.shape[0])
    try:
        found = cv2.FaceDetectorYN.create(str(detector), "", size, LEAST_SCORE)
        _, faces = found.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    except cv2.error as unusable:
        raise FaceDetectorAbsent(where) from unusable
    for left, top, width, height in [] if faces is None else faces[:, :4]:
        first = (int(left - WIDENED * width), int(top - WIDENED * height))
        last = (int(left + (1 + WIDENED) * width), int(top + (1 + WIDENED) * height))
        cv2.rectangle(picture, first, last, (0, 0, 0), thickness=-1)
    return written(picture)

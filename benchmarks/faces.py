"""What the face detector finds: faces pasted at known sizes and turns into pictures of parts, and parts without any.

Run: python benchmarks/faces.py FOLDER-OF-PICTURES-WITH-PEOPLE FOLDER-OF-PARTS [BOARDS …]
Faces are those that the detector itself is surest of and a person has looked at, cut out with a quarter around; so the
figures say what size, turn and surroundings cost, not what a face never found would cost (that was counted by eye).
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from dure.science.picture import Face, decoded, faces_in

Pixels = np.ndarray

SIDES, TURNS, LIMITS = (12, 16, 24, 32, 48, 96), (0, 15, 30, 45, 90), (0.8, 0.6)
MOST_PARTS = 60


def pictures(folder: str, most: int) -> list[Pixels]:
    """Pictures of a folder, evenly taken."""
    files = sorted(one for one in Path(folder).rglob("*") if one.suffix.lower() in (".jpg", ".png", ".jpeg"))
    return [decoded(one.read_bytes(), one.name) for one in files[:: max(1, len(files) // most)][:most]]


def cut_faces(folder: str) -> list[Pixels]:
    """Squares with a face in the middle, of the faces that the detector is sure of and that are large enough."""
    found = []
    for picture in pictures(folder, 100):
        for face in faces_in(picture, 0.99):
            side = face.right - face.left
            left, top = int(face.left - side / 4), int(face.top - side / 4)
            cut = picture[
                max(top, 0) : int(face.bottom + side / 4), max(left, 0) : int(face.right + side / 4)
            ]
            if side >= 45:
                found.append(cut)
    return found


def pasted(part: Pixels, face: Pixels, side: int, turn: int) -> tuple[Pixels, tuple[float, float]]:
    """The part picture with a face of `side` pixels, turned, in its middle; and where the face is."""
    whole = cv2.resize(part, (320, 320), interpolation=cv2.INTER_AREA)
    edge = round(side * 1.5)
    small = cv2.resize(face, (edge, edge), interpolation=cv2.INTER_AREA)
    turning = cv2.getRotationMatrix2D((edge / 2, edge / 2), turn, 1.0)
    small = cv2.warpAffine(small, turning, (edge, edge), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(cv2.circle(np.zeros((edge, edge), np.uint8), (edge // 2, edge // 2), edge // 2, 255, -1), turning, (edge, edge)) > 0  # fmt: skip
    start = 160 - edge // 2
    stretch = whole[start : start + edge, start : start + edge]
    stretch[inside] = small[inside]
    return whole, (160 - side / 2, 160 + side / 2)


def hit(faces: tuple[Face, ...], low: float, high: float) -> bool:
    """Whether a box covers the middle and at least a quarter of the face."""
    for one in faces:
        wide = max(0, min(one.right, high) - max(one.left, low))
        tall = max(0, min(one.bottom, high) - max(one.top, low))
        if wide * tall >= 0.25 * (high - low) ** 2:
            return True
    return False


def main(people: str, *others: str) -> None:
    """Print the tables."""
    cut = cut_faces(people)
    parts = [(Path(folder).name, pictures(folder, MOST_PARTS)) for folder in others]
    for limit in LIMITS:
        for name, shots in parts:
            counts = [len(faces_in(one, limit)) for one in shots]
            print(
                f"from {limit}: {name}: {sum(counts)} boxes in {sum(map(bool, counts))} of {len(counts)} pictures"
            )
        ground = [one for _, shots in parts for one in shots][:: max(1, len(parts) * MOST_PARTS // 8)]
        for turn in TURNS:
            for side in SIDES if turn == 0 else (48,):
                told = [
                    hit(faces_in(whole, limit), *place)
                    for face in cut for part in ground for whole, place in [pasted(part, face, side, turn)]
                ]  # fmt: skip
                print(f"from {limit}: side {side}, turned {turn}°: {sum(told)} of {len(told)} found")


if __name__ == "__main__":
    main(*sys.argv[1:])

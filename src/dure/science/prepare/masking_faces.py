"""Faces in pictures, masked for good: found by three networks, widened by a quarter, painted over or coarsened.

A masked picture is written anew as PNG, so that neither the pixels below nor the camera's thumbnail and place stay. It
lies on the shelf of the process under a reference of its own and is made again when it has been forgotten. What the
detector does not find stays to be seen: see “Words” in the explanations for what it was measured to find.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.media import (
    called,
    content_of,
    each_content,
    finder,
    is_reference,
    own_shelf,
    reference_of,
)
from dure.science.quality import Finding, Severity
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.picture import Face
    from dure.science.quality import Profile

#: How a face is masked.
HOW = ("fill", "pixelate")
#: From this sureness on a box is masked: a stain that is no face costs less than a face that stays.
MASKED_FROM = 0.6
# A box is widened by so much of its size on every side; a coarsened face keeps so many squares a side.
_WIDENED, _SQUARES = 0.25, 4
# References remembered, and bytes of masked pictures kept.
_MOST_KNOWN, _MOST_BYTES = 50_000, 64 * 2**20

_KEY = "faces-in-pictures"
_FACES = Text("“{where}” shows {faces} faces in {pictures} of {looked_at} pictures.", "“{where}”의 그림 {looked_at}장 가운데 {pictures}장에 얼굴 {faces}개가 보입니다.")  # fmt: skip
_FACES_DO = Text("Mask them (step image.mask_faces) or leave the pictures out, unless you may use them.", "사용 권한이 없다면 가리거나(image.mask_faces 단계) 그림을 빼 주세요.")  # fmt: skip
_NONE = Text("No face was found in {looked} pictures of “{where}”.", "“{where}”의 그림 {looked}장에서 얼굴을 찾지 못했습니다.")  # fmt: skip
_NONE_DO = Text("Look at some yourself: a face turned away is often missed.", "돌린 얼굴은 자주 놓치므로 몇 장은 직접 확인하세요.")  # fmt: skip

Pixels = NDArray[np.uint8]


def mask_faces(content: bytes, where: str, how: str = "fill", sure: float = MASKED_FROM) -> bytes:
    """The picture with every face found masked, as PNG; the bytes themselves where no face is found.

    Parameters
    ----------
    content, where
        A picture's bytes, and what to call it in sentences.
    how
        `fill` paints black; `pixelate` leaves 4 × 4 squares, which tells the colour of a face and no more.
    sure
        From this sureness on a box counts as a face. [0, 1]

    Raises
    ------
    ExtraAbsent
        If the detector's weights or OpenCV are not installed (`dure[media]`).
    NotAPicture, PictureDamaged, PictureTooLarge
        If the picture cannot be decoded.
    """
    from dure.science.picture import decoded, faces_in, written

    picture = decoded(content, where)
    found = faces_in(picture, sure)
    return written(_masked(picture, found, how)) if found else content


def _masked(picture: Pixels, faces: "Sequence[Face]", how: str) -> Pixels:
    made = picture.copy()
    for face in faces:
        wide, high = (face.right - face.left) * _WIDENED, (face.bottom - face.top) * _WIDENED
        top, bottom = max(0, int(face.top - high)), int(np.ceil(face.bottom + high))
        left, right = max(0, int(face.left - wide)), int(np.ceil(face.right + wide))
        inside = made[top:bottom, left:right]
        inside[:] = _coarse(inside) if how == "pixelate" and inside.size else 0
    return made


def _coarse(inside: Pixels) -> Pixels:
    """A stretch as squares of their mean colour."""
    import cv2

    height, width = inside.shape[:2]
    few = cv2.resize(inside, (min(_SQUARES, width), min(_SQUARES, height)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


@dataclass
class _Known:
    """Masked pictures by what they were made of: references of the latest, bytes of the last few."""

    references: "OrderedDict[Hashable, tuple[str, bool]]" = field(default_factory=OrderedDict)
    contents: "OrderedDict[str, bytes]" = field(default_factory=OrderedDict)
    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable) -> str | None:
        with self.lock:
            found = self.references.get(key)
            return None if found is None else found[0]

    def put(self, key: Hashable, made: str, content: bytes, *, own: bool) -> None:
        with self.lock:
            self.references[key] = (made, own)
            if own:
                self._keep(made, content)
            while len(self.references) > _MOST_KNOWN:
                _, (gone, was_own) = self.references.popitem(last=False)
                if was_own:
                    own_shelf().forget(gone)

    def content(self, reference: str, again: Callable[[], bytes]) -> bytes:
        """The bytes, kept or made again."""
        with self.lock:
            if reference in self.contents:
                self.contents.move_to_end(reference)
                return self.contents[reference]
        return again()

    def _keep(self, reference: str, content: bytes) -> None:
        if reference not in self.contents:
            self.size += len(content)
        self.contents[reference] = content
        while self.size > _MOST_BYTES and self.contents:
            self.size -= len(self.contents.popitem(last=False)[1])


_KNOWN = _Known()


def masked_references(cells: Sequence[str | None], how: str, sure: float) -> list[str | None]:
    """A reference to the masked picture of each cell, its own where no face is in it; None where there is no picture.

    Raises
    ------
    ContentAbsent, and as `mask_faces`
    """
    known = {one: _KNOWN.get((how, sure, one)) for one in dict.fromkeys(cells) if is_reference(one)}
    fresh = [one for one, made in known.items() if made is None]
    find = finder()

    def work(content: bytes, reference: str) -> str:
        made = mask_faces(content, called(reference), how, sure)
        if made is content:
            _KNOWN.put((how, sure, reference), reference, b"", own=False)
            return reference
        told = reference_of(made)
        again = partial(_made_again, find, reference, how, sure)
        own_shelf().put_made(made, partial(_KNOWN.content, told, again))
        _KNOWN.put((how, sure, reference), told, made, own=True)
        return told

    known |= dict(zip(fresh, each_content(fresh, work), strict=True))
    return [known.get(cell) for cell in cells]


def _made_again(find: Callable[[str], bytes], reference: str, how: str, sure: float) -> bytes:
    return mask_faces(find(reference), called(reference), how, sure)


def write_masked(column: "pl.Series", folder: Path) -> int:
    """Write the pictures of a column of references into `folder`, as `<hash>.png`; how many were written.

    Only pictures that were masked are written; the others lie where they lay.

    Raises
    ------
    ContentAbsent
        If a masked picture cannot be made again.
    OSError
        If the folder cannot be written.
    """
    masked = {made for made, own in list(_KNOWN.references.values()) if own}
    written = [one for one in column.drop_nulls().unique(maintain_order=True).to_list() if one in masked]
    if written:
        folder.mkdir(parents=True, exist_ok=True)
    for reference in written:
        (folder / f"{reference.partition(':')[2]}.png").write_bytes(content_of(reference))
    return len(written)


def with_faces(profile: "Profile", frame: "pl.DataFrame", most: int = 2_000) -> "Profile":
    """The profile, with how many faces there are in how many pictures, a finding for each column of pictures.

    Of a column at most `most` pictures are looked at, evenly taken.

    Raises
    ------
    ContentAbsent, and as `mask_faces`
    """
    found = [_finding(name, _pictures(frame.get_column(name)), most) for name in frame.columns]
    told = [one for one in found if one is not None]
    return replace(profile, findings=(*told, *profile.findings)) if told else profile


def _pictures(column: "pl.Series") -> list[str]:
    """The different references of a column to pictures, in order; none where the first is another thing."""
    import polars as pl

    from dure.science.picture import kind_of_picture

    if column.dtype != pl.String or not is_reference(next(iter(column.drop_nulls().head(1)), None)):
        return []
    different = [
        one for one in column.drop_nulls().unique(maintain_order=True).to_list() if is_reference(one)
    ]
    return different if kind_of_picture(content_of(different[0])) else []


def _finding(where: str, pictures: list[str], most: int) -> Finding | None:
    if not pictures:
        return None
    counts = each_content(pictures[:: -(-len(pictures) // most)], _faces_of)
    faces, having, looked = sum(one or 0 for one in counts), sum(bool(one) for one in counts), len(counts)
    if not faces:
        return Finding(_KEY, where, _filled(_NONE, where, looked=looked), _NONE_DO, {"faces": 0, "looked_at": looked}, Severity.NOTE)  # fmt: skip
    facts = {"faces": faces, "pictures": having, "looked_at": looked}
    return Finding(_KEY, where, _filled(_FACES, where, **facts), _FACES_DO, facts, Severity.SERIOUS)


def _filled(sentence: Text, where: str, **numbers: int) -> Text:
    told = {name: f"{number:,}" for name, number in numbers.items()}
    return Text(sentence.en.format(where=where, **told), sentence.ko.format(where=where, **told))


def _faces_of(content: bytes, reference: str) -> int:
    from dure.science.picture import decoded, faces_in

    return len(faces_in(decoded(content, called(reference))))

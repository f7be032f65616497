"""Folders, patterns and zip archives of pictures as a table: one row a picture.

Columns: `file` (its name within the folder), `folder` (the first folder below the root, if there are several: often the
class), `image` (a reference, see `media`), `width`, `height` [pixels], `channels`; and what stands beside the pictures:
the columns of a list (a csv, tsv or xlsx one of whose columns names them), `mask` and `masked` (a png that bears the name
of a jpg, or drawn from the boxes; and the share of it that is marked), `marks` and `mark kinds` (lines `x1 y1 x2 y2 kind` of a txt), `word` (the
word in which file names differ, as `test` and `temp`) and `part` (the rest of the name, where pictures share it).
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dure.science.picture import decoded, facts_of, written
from dure.science.prepare.media import MOST_BYTES, ContentTooLarge, own_shelf
from dure.science.prepare.reading_disk import files_below
from dure.science.prepare.reading_table import Layout, Table
from dure.vocabulary import FileProblem

if TYPE_CHECKING:
    import polars as pl

IMAGE = "image"
ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
MOST_PICTURES = 500_000
_USUAL_BITS = 8
_LISTS = (".csv", ".tsv", ".xlsx")
_NUMBER, _GAP = r"(\d{1,9}(?:\.\d+)?)", r"[ ,;\t]+"
_BOX = re.compile(rf"\s*{_NUMBER}{_GAP}{_NUMBER}{_GAP}{_NUMBER}{_GAP}{_NUMBER}{_GAP}(\w+)\s*")
_Box = tuple[str, tuple[int, int, int, int]]
# Words for a picture that shows how a part should look.
_PLAIN = frozenset({"temp", "template", "ref", "reference", "good", "ok", "golden"})
_FEW_WORDS = 12


@dataclass(frozen=True, slots=True)
class _File:
    """A file, or a member of a zip archive, with its name within the folder."""

    path: Path
    name: str
    part: str = ""

    @property
    def stem(self) -> str:
        return str(PurePosixPath(self.name).with_suffix(""))

    @property
    def ending(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    def content(self) -> bytes:
        if not self.part:
            with self.path.open("rb") as opened:
                found = opened.read(MOST_BYTES + 1)
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.part) as packed:
                found = packed.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise ContentTooLarge(str(self), limit=MOST_BYTES // 2**20)
        return found

    def __str__(self) -> str:
        return f"{self.path}#{self.part}" if self.part else str(self.path)


def pictures_at(source: str) -> Table | None:
    """The table of a folder, pattern, zip archive or file of pictures; None if it holds none, or tables that are no list of them.

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge, ContentTooLarge
        Naming the file, if one that should be a picture is none, ends too soon or is too large.
    """
    files = _files(source)
    pictures = [one for one in files if one.ending in ENDINGS]
    if not pictures or len(pictures) > MOST_PICTURES:
        return None
    lists = [one for one in files if one.ending in _LISTS]
    listed = _listed(lists, pictures)
    if lists and listed is None:
        return None
    shown, masks = _masks(pictures)
    boxes = [one for one in files if one.ending == ".txt"]
    return _table(source, [_row(one) for one in shown], [*_beside(shown, masks, boxes)], listed)


def pictures_of(paths: Sequence[Path], root: Path) -> Table:
    """The table of these pictures, named within `root`, without any list beside them; raises as `pictures_at`."""
    shown, masks = _masks([_File(path, path.relative_to(root).as_posix()) for path in paths])
    return _table(str(root), [_row(one) for one in shown], [*_beside(shown, masks, [])], None)


def _files(source: str) -> list[_File]:
    """The files meant, hidden ones passed over, in the natural order of their names."""
    path = Path(source).expanduser()
    if path.is_dir():
        found = [_File(one, one.relative_to(path).as_posix()) for one in files_below(path)]
    elif path.is_file():
        found = _members(path) if path.suffix.lower() == ".zip" else [_File(path, path.name)]
    elif has_magic(source):
        matched = [Path(one) for one in glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute pattern
        found = [_File(one, one.name) for one in matched if one.is_file()]
        found = _below_common(found)
    else:
        found = []
    shown = [
        one for one in found if not any(part.startswith((".", "__MACOSX")) for part in one.name.split("/"))
    ]
    return sorted(shown, key=lambda one: _natural(one.name))


def _members(path: Path) -> list[_File]:
    try:
        with zipfile.ZipFile(path) as archive:
            return [_File(path, one.filename, one.filename) for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError):
        return []


def _below_common(files: list[_File]) -> list[_File]:
    import os

    if not files:
        return files
    root = Path(os.path.commonpath([str(one.path.parent) for one in files]))
    return [replace(one, name=one.path.relative_to(root).as_posix()) for one in files]


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _row(file: _File) -> dict[str, Any]:
    content = file.content()
    facts = facts_of(content, str(file))
    reference = own_shelf().put(file.path, file.part, content)
    size = {"width": facts.width, "height": facts.height, "channels": facts.channels, "bits": facts.bits}
    return {"file": file.name, "folder": _folder(file.name), IMAGE: reference, **size}


def _folder(name: str) -> str:
    return name.split("/", maxsplit=1)[0] if "/" in name else ""


def _table(
    source: str, rows: list[dict[str, Any]], beside: "list[pl.Series]", listed: "pl.DataFrame | None"
) -> Table:
    import polars as pl

    frame = pl.DataFrame(rows).with_columns(pl.col("width", "height", "channels", "bits").cast(pl.Int64))
    if not (frame.get_column("bits") > _USUAL_BITS).any():
        frame = frame.drop("bits")
    if frame.get_column("folder").n_unique() < 2:
        frame = frame.drop("folder")
    frame = frame.hstack(beside)
    if listed is not None:
        frame = frame.join(listed, on="file", how="left", suffix=" (list)", maintain_order="left")
    return Table(frame, (source,), (len(frame),), (Layout("pictures"),))


def _masks(pictures: Sequence[_File]) -> tuple[list[_File], dict[str, _File]]:
    """The pictures without the masks among them; and the mask of each, by the picture's name: a png beside a jpg."""
    named = {one.name for one in pictures}
    masks: dict[str, _File] = {}
    for one in pictures:
        if one.ending != ".png":
            continue
        of = next(
            (f"{one.stem}{end}" for end in (".jpg", ".jpeg", ".JPG", ".JPEG") if f"{one.stem}{end}" in named),
            "",
        )
        if of:
            masks[of] = one
    taken = {one.name for one in masks.values()}
    return [one for one in pictures if one.name not in taken], masks


def _beside(
    shown: Sequence[_File], masks: Mapping[str, _File], boxes: Sequence[_File]
) -> "Iterator[pl.Series]":
    """What stands beside the pictures, as columns."""
    import polars as pl

    words, parts = _words(shown)
    if masks:
        yield from _mask_columns([_mask(masks.get(one.name)) for one in shown])
    if words:
        yield pl.Series("word", words, dtype=pl.String)
        if len(set(parts)) < len(parts):
            yield pl.Series("part", parts, dtype=pl.String)
    marks = _marks(shown, words, parts, boxes)
    if marks and not masks:
        yield from _mask_columns([_drawn(file, boxes) for file, boxes in zip(shown, marks, strict=True)])
    if marks:
        yield pl.Series("marks", [None if one is None else len(one) for one in marks], dtype=pl.Int64)
        yield pl.Series(
            "mark kinds",
            [None if one is None else ",".join(sorted({kind for kind, _ in one})) for one in marks],
            dtype=pl.String,
        )


def _mask_columns(found: "Sequence[tuple[str | None, float | None]]") -> "Iterator[pl.Series]":
    import polars as pl

    yield pl.Series("mask", [one[0] for one in found], dtype=pl.String)
    yield pl.Series("masked", [one[1] for one in found], dtype=pl.Float64)


def _drawn(file: _File, boxes: "list[_Box] | None") -> tuple[str | None, float | None]:
    """Reference of a mask in which the boxes of a picture are white, and the share of it that is marked."""
    import numpy as np

    if not boxes:
        return None, None
    facts = facts_of(file.content(), str(file))
    mask = np.zeros((facts.height, facts.width, 3), np.uint8)
    for _, (left, top, right, bottom) in boxes:
        mask[top:bottom, left:right] = 255
    marked = float((mask[:, :, 0] > 0).mean())
    # the boxes are few and the picture is black but for them: some hundred bytes
    content = written(mask)
    return own_shelf().put_made(content, lambda: content), marked


def _mask(file: _File | None) -> tuple[str | None, float | None]:
    """Reference of a mask, and the share of it that is marked."""
    if file is None:
        return None, None
    content = file.content()
    marked = float((decoded(content, str(file))[:, :, 0] > 127).mean())
    return own_shelf().put(file.path, file.part, content), marked


def _words(shown: Sequence[_File]) -> tuple[list[str], list[str]]:
    """The last word of each name and the rest of it; both empty where names do not differ in a few words."""
    found = [re.fullmatch(r"(.*?)[_\- ]?([^\W\d_]+)[_\- ]?(\d*)", one.stem) for one in shown]
    words = [one.group(2).lower() if one else "" for one in found]
    parts = [f"{one.group(1)}{one.group(3)}" if one else "" for one in found]
    counts = Counter(words)
    few = 2 <= len(counts) <= min(_FEW_WORDS, len(shown) // 2)
    return (words, parts) if few and "" not in counts else ([], [])


def _marks(
    shown: Sequence[_File], words: list[str], parts: list[str], boxes: Sequence[_File]
) -> "list[list[_Box] | None]":
    """The boxes that a text file marks in each picture; empty where there are no such files.

    A text file belongs to the picture of its name, else to those that share it as their part; of these a template has none.
    """
    read = {one.stem: kinds for one in boxes if (kinds := _boxes(one)) is not None}
    if not read:
        return []
    made: list[list[_Box] | None] = []
    for place, one in enumerate(shown):
        kinds = read.get(one.stem)
        if kinds is None and words:
            kinds = read.get(parts[place])
            kinds = [] if kinds is not None and words[place] in _PLAIN else kinds
        made.append(kinds)
    return made if any(one is not None for one in made) else []


def _boxes(file: _File) -> "list[_Box] | None":
    """Kind and corners of each box in a text file of boxes; None if it is none."""
    if file.path.stat().st_size > 2**20:
        return None
    lines = file.content().decode("utf-8", "replace").splitlines()
    found = [_BOX.fullmatch(line) for line in lines if line.strip()]
    return None if None in found else [(one.group(5), _corners(one)) for one in found if one]


def _corners(box: re.Match[str]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(float(box.group(at))) for at in (1, 2, 3, 4))
    return left, top, right, bottom


def _listed(lists: Sequence[_File], pictures: Sequence[_File]) -> "pl.DataFrame | None":
    """The list whose column names the pictures, with that column as `file`; None if there is no such list."""
    from dure.science.prepare.reading import read_each

    if len(lists) != 1 or lists[0].part:
        return None
    try:
        frame = read_each([lists[0].path])[0].frame
    except FileProblem:
        return None
    return _naming(frame, pictures)


def _naming(frame: "pl.DataFrame", pictures: Sequence[_File]) -> "pl.DataFrame | None":
    import polars as pl

    known = _spellings(pictures)
    for name, kind in frame.schema.items():
        if kind != pl.String:
            continue
        words = [str(word or "").replace("\\", "/") for word in frame.get_column(name).to_list()]
        named = [known.get(word) or known.get(PurePosixPath(word).name) for word in words]
        if len({one for one in named if one}) * 2 >= len(pictures):
            rows = frame.drop(name).with_columns(pl.Series("file", named, dtype=pl.String))
            return rows.filter(pl.col("file").is_not_null()).unique("file", keep="first", maintain_order=True)
    return None


def _spellings(pictures: Sequence[_File]) -> dict[str, str]:
    """How a list may write each picture: its name, without folders, without ending; what is not unique is left out."""
    counts: Counter[str] = Counter()
    found: dict[str, str] = {}
    for one in pictures:
        bare = PurePosixPath(one.name)
        for word in {one.name, bare.name, bare.stem}:
            counts[word] += 1
            found[word] = one.name
    return {word: name for word, name in found.items() if counts[word] == 1}

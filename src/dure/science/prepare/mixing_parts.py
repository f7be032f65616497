"""What a mixed folder holds, part by part: each file, sheet or packed file as a table, and why others are none."""

import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from dure.science.prepare.mixing_refusals import FolderTooFull
from dure.science.prepare.reading_notes import filled
from dure.science.prepare.reading_table import Table
from dure.vocabulary import DureError, ExtraAbsent, Text

if TYPE_CHECKING:
    import polars as pl

MOST_FILES = 100_000
# Beginnings of pictures and of sounds; what follows is judged by whoever reads them.
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*", b"GIF8")
_WEBP = (b"RIFF", b"WEBP")
_SOUNDS = (b"fLaC", b"OggS")
_WAVE = (b"RIFF", b"WAVE")
_MATLAB = b"MATLAB 5.0"
IMAGE, SOUND, TABLE = "image", "sound", "table"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that are no part of the table, and why: a sentence's end after their name."""

    files: tuple[str, ...]
    why: Text
    key: str


@dataclass(frozen=True)
class Part:
    """One table of the folder: `kind` table, image or sound, of one file or sheet, or of all pictures or sounds."""

    files: tuple[str, ...]
    kind: str
    table: Table
    sheet: str = ""

    @property
    def name(self) -> str:
        """The file, with its sheet if it is one of several; the first of many."""
        return self.files[0]

    @property
    def frame(self) -> "pl.DataFrame":
        """Its rows."""
        return self.table.frame


def files_in(folder: Path, most: int = MOST_FILES) -> list[Path]:
    """Every file of a folder that is not hidden, in the natural order of names.

    Raises
    ------
    FolderTooFull
        If there are more than `most`; the walk ends there.
    """
    from dure.science.prepare.reading import natural

    found: list[Path] = []
    for path in _walked(folder):
        found.append(path)
        if len(found) > most:
            raise FolderTooFull(str(folder), limit=most)
    return sorted(found, key=lambda path: natural(str(path)))


def _walked(folder: Path) -> Iterator[Path]:
    """Links are not followed: a folder may lead into itself."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walked(Path(entry.path))
            elif Path(entry.path).is_file():  # unlike the entry's own, false for a link that leads to itself
                yield Path(entry.path)


def kind_of_file(path: Path) -> str:
    """Whether a file begins as a picture or a sound; everything else is tried as a table."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return TABLE
    if head.startswith(_PICTURES) or (head[:4], head[8:12]) == _WEBP:
        return IMAGE
    if head.startswith((*_SOUNDS, _MATLAB)) or (head[:4], head[8:12]) == _WAVE:
        return SOUND
    return TABLE


# Names that people give to notes about the files beside them.
_NOTE = re.compile(
    r"(?i)(readme|licen[cs]e|copying|notice|source|changelog|authors|.*readme)(\.(md|txt|rst))?|.*\.(md|rst)"
)
_A_NOTE = Text(
    "{where} is a note for people and no table.", "{where}은(는) 사람이 읽는 안내문이며 표가 아닙니다."
)


def parts_of(
    paths: Sequence[Path], folder: Path, read: Callable[[Sequence[str]], list[Table]]
) -> tuple[list[Part], list[LeftOut]]:
    """What can be read of the files, and what cannot with the reason.

    Parameters
    ----------
    paths
        The files.
    folder
        What their names are told from.
    read
        `read_each` of `reading`: one table a source.
    """
    notes = [path for path in paths if _NOTE.fullmatch(path.name) and kind_of_file(path) == TABLE]
    out = [LeftOut((name,), filled(_A_NOTE, name, {}), "note-for-people") for name in _names(notes, folder)]
    rest = [path for path in paths if path not in set(notes)]
    kinds = {path: kind_of_file(path) for path in rest}
    whole = _of_one_kind(kinds, folder)
    if whole is not None:
        return [whole], _together(out)
    parts: list[Part] = []
    for kind in (IMAGE, SOUND):
        found, refused = _media([path for path in rest if kinds[path] == kind], folder, kind)
        parts += found
        out += refused
    for path in rest:
        if kinds[path] == TABLE:
            name = _name(path, folder)
            try:
                parts += _tables(path, name, read)
            except DureError as refused:
                out.append(left_out((name,), refused))
    return parts, _together(out)


def _of_one_kind(kinds: Mapping[Path, str], folder: Path) -> Part | None:
    """A folder of pictures or of sounds with no more than a list, or boxes, beside them, as its reader takes it."""
    from dure.science.prepare.reading_pictures import pictures_at
    from dure.science.prepare.reading_sounds import sounds_at

    media = {kind for kind in kinds.values() if kind != TABLE}
    tables = [path for path, kind in kinds.items() if kind == TABLE]
    if len(media) != 1 or not folder.is_dir() or any(folder not in path.parents for path in kinds):
        return None
    kind = media.pop()
    try:
        found = (pictures_at if kind == IMAGE else sounds_at)(str(folder))
    except DureError:
        return None  # one by one, so that what is broken leaves the others in
    boxes = [path for path in tables if path.suffix == ".txt"]
    lists = [path for path in tables if path.suffix in (".csv", ".tsv", ".xlsx")]
    if found is None or len(boxes) + len(lists) < len(tables) or len(lists) > 1:
        return None
    if boxes and "marks" not in found.frame.columns:
        return None
    return Part(tuple(_names(kinds, folder)), kind, found)


def left_out(files: tuple[str, ...], refused: DureError) -> LeftOut:
    """Files that were refused, with the sentence of the refusal in both languages."""
    return LeftOut(files, filled(type(refused).says, files[0], refused.facts), type(refused).key)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _names(paths: Iterable[Path], folder: Path) -> list[str]:
    return [_name(path, folder) for path in paths]


def _media(media: list[Path], folder: Path, kind: str) -> tuple[list[Part], list[LeftOut]]:
    """Pictures or sounds as one table; where that fails, without those that cannot be read."""
    from dure.science.prepare.reading_pictures import pictures_of
    from dure.science.prepare.reading_sounds import sounds_of

    read = pictures_of if kind == IMAGE else sounds_of
    out: list[LeftOut] = []
    try:
        return ([Part(tuple(_names(media, folder)), kind, read(media, folder))] if media else []), out
    except ExtraAbsent as absent:
        return [], [left_out(tuple(_names(media, folder)), absent)]
    except DureError:
        sound: list[Path] = []
        for path in media:
            try:
                read([path], folder)
            except DureError as refused:
                out.append(left_out((_name(path, folder),), refused))
            else:
                sound.append(path)
    return ([Part(tuple(_names(sound, folder)), kind, read(sound, folder))] if sound else []), out


def _tables(path: Path, name: str, read: Callable[[Sequence[str]], list[Table]]) -> Iterator[Part]:
    """The table of a file; of a workbook or an archive with several, each of them."""
    from dure.science.prepare.reading_refusals import HeaderOnly, PartUndecided

    try:
        yield Part((name,), TABLE, read([str(path)])[0])
    except PartUndecided:
        inner = _sheets(path) or _packed(path)
        found = 0
        for sheet in inner:
            try:
                yield Part((f"{name}#{sheet}",), TABLE, read([f"{path}#{sheet}"])[0], sheet)
                found += 1
            except HeaderOnly:
                continue  # an empty sheet says nothing
        if not found:
            raise


def _sheets(path: Path) -> list[str]:
    import fastexcel

    try:
        return list(fastexcel.read_excel(str(path)).sheet_names)
    except fastexcel.FastExcelError:
        return []


def _packed(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [one.filename for one in archive.infolist() if not one.is_dir()]


def _together(out: list[LeftOut]) -> list[LeftOut]:
    """Files that are left out for the same reason, said once."""
    found: dict[tuple[str, str], list[LeftOut]] = {}
    for one in out:
        found.setdefault((one.key, _reason(one)), []).append(one)
    return [
        LeftOut(tuple(file for one in alike for file in one.files), alike[0].why, alike[0].key)
        for alike in found.values()
    ]


def _reason(one: LeftOut) -> str:
    """The sentence without the file's own name and without numbers: what is the same of like files."""
    stem = PurePath(one.files[0]).name
    return "".join(
        sign for sign in one.why.en.replace(one.files[0], "").replace(stem, "") if not sign.isdigit()
    )

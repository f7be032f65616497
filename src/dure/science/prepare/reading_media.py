"""Pictures and sounds among the sources of one reading, also if folders or files of them stand side by side.

A shell spells `tiles/*` as one source a class and `tiles/*/*` as one a picture; both are read as the folder `tiles` is:
masks beside their pictures, and the class in the column `folder`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dure.science.prepare.reading_pictures import ENDINGS, pictures_at, pictures_of
from dure.science.prepare.reading_sounds import sounds_at
from dure.science.prepare.reading_table import Table


def media_in(sources: Sequence[str]) -> tuple[list[Table], list[str]]:
    """The tables of those sources that hold pictures or sounds, and the sources that hold none.

    Raises
    ------
    FileProblem
        As `pictures_at` and `sounds_at`.
    """
    once = list(dict.fromkeys(sources))
    loose = [one for one in once if Path(one).suffix.lower() in ENDINGS and Path(one).expanduser().is_file()]
    if len(loose) < 2:
        loose = []
    others = [one for one in once if one not in set(loose)]
    found = {one: made for one in others if (made := pictures_at(one) or sounds_at(one)) is not None}
    pictures = [_pictures(loose)] if loose else []
    return [*pictures, *_told_apart(found)], [one for one in sources if one not in {*loose, *found}]


def _pictures(files: Sequence[str]) -> Table:
    paths = [Path(one).expanduser().absolute() for one in files]
    return pictures_of(paths, _common([path.parent for path in paths]))


def _common(folders: Sequence[Path]) -> Path:
    return Path(os.path.commonpath(folders))


def _told_apart(found: Mapping[str, Table]) -> list[Table]:
    """Tables of several folders, with the folder of each and files named from where all of them lie."""
    import polars as pl

    paths = [Path(one).expanduser().absolute() for one in found]
    folders = [path if path.is_dir() else path.parent for path in paths]
    if len(set(folders)) < 2 or any("folder" in table.frame.columns for table in found.values()):
        return list(found.values())
    root, made = _common(folders), []
    for folder, table in zip(folders, found.values(), strict=True):
        below = folder.relative_to(root).parts
        named = pl.concat_str([pl.lit("".join(f"{part}/" for part in below)), pl.col("file")]).alias("file")
        frame = table.frame.with_columns(named)
        frame.insert_column(1, pl.Series("folder", [below[0] if below else ""] * len(frame), dtype=pl.String))
        made.append(replace(table, frame=frame))
    return made

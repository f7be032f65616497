"""Folders and files of sounds and vibration as a table: one row a recording, or one a frame of each.

A recording is a WAV, FLAC or OGG file, a MATLAB file of version 5 with a vector and its rate (`reading_matlab`), or a
Parquet file of waves that a list beside it names with its rate. Columns: `file`, `folder` if there are several,
`sound` (a reference, see `media`), `seconds`, `rate` [Hz], `channels`, what the file or its name says (`rpm`, `load`,
`name 1` …), and the columns of a list: a csv in the folder one of whose columns names the files.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.prepare.media import own_shelf
from dure.science.prepare.reading_disk import files_below
from dure.science.prepare.reading_matlab import RATES, is_matlab, recording_in
from dure.science.prepare.reading_table import Layout, Table
from dure.science.prepare.sounds import ENDINGS, Wave, WaveUnclear, decoded, encoded, facts_of, is_sound
from dure.vocabulary import FileForbidden, FileProblem, Text

if TYPE_CHECKING:
    import polars as pl

SOUND, RECORDING, START = "sound", "recording", "start"
_LISTS = (".csv", ".tsv", ".xlsx")
_NOTES = (".md", ".txt", ".pdf", ".json", ".yaml", ".toml")
_IN_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("rpm", re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)[ _-]?rpm|rpm[ _-]?(\d+(?:\.\d+)?)", re.IGNORECASE)),
    ("load", re.compile(r"load[ _-]?(\d+(?:\.\d+)?)", re.IGNORECASE)),
)


@dataclass(frozen=True)
class _Found:
    """A file of sound: its name within the folder, its reference, how long it is, what it says."""

    path: Path
    name: str
    reference: str
    seconds: float
    rate: float
    channels: int
    facts: dict[str, Any] = field(default_factory=dict)


def sounds_at(source: str) -> Table | None:
    """The table of a folder, pattern or file of sounds; None if it holds none, or tables that are no list of them.

    Raises
    ------
    SoundDamaged, SoundEmpty, SoundTooLong, WaveUnclear, ContentTooLarge
        If one of the sounds cannot be read.
    """
    root, paths = _paths(source)
    sounds = [path for path in paths if path.suffix.lower() in (*ENDINGS, ".mat")]
    parquet = [path for path in paths if path.suffix.lower() in (".parquet", ".pq")]
    tables = [path for path in paths if path.suffix.lower() in _LISTS]
    if not sounds and not (parquet and tables):
        return None
    listed = _list_of(tables, root, [*sounds, *parquet])
    if (tables and listed is None) or (parquet and not _lists_all(listed, parquet)):
        return None
    if not tables and any(path.suffix.lower() == ".mat" for path in sounds) and not _all_recordings(sounds):
        return None
    return _table(root, [*sounds, *parquet], listed)


def sounds_of(paths: Sequence[Path], root: Path) -> Table:
    """The table of these recordings, named within `root`, without any list beside them; raises as `sounds_at`."""
    return _table(root, list(paths), None)


def read_sounds(source: str | Path, *, window_s: float = 0.0, hop_s: float = 0.0) -> Table:
    """The table of a folder, pattern or file of sounds, cut into frames if `window_s` is given (see `framed`).

    Raises
    ------
    WaveUnclear
        If there is no sound to be found there; and as `sounds_at`.
    """
    found = sounds_at(str(source))
    if found is None:
        raise WaveUnclear(str(source), why=Text("there is no sound in it", "소리가 없습니다"))
    return framed(found, window_s, hop_s) if window_s else found


def framed(table: Table, window_s: float, hop_s: float = 0.0, column: str = SOUND) -> Table:
    """Each recording as rows of `window_s` seconds, the next `hop_s` after the last began (0: at its end).

    Adds `recording` (the file: the group that must not be split) and `start` [s]; what is left at the end is left out,
    a recording shorter than a frame is one row as it is.
    """
    import polars as pl

    frame = table.frame
    names = (
        frame.get_column("file").to_list() if "file" in frame.columns else frame.get_column(column).to_list()
    )
    rows, cells = [], []
    for row, (name, reference) in enumerate(zip(names, frame.get_column(column).to_list(), strict=True)):
        frames = (
            list(_frames(reference, window_s, hop_s or window_s)) if reference else [(reference, 0.0, 0.0)]
        )
        rows += [row] * len(frames)
        cells += [(name, *one) for one in frames]
    made = frame[rows].with_columns(
        pl.Series(column, [cell[1] for cell in cells], dtype=pl.String),
        pl.Series(RECORDING, [cell[0] for cell in cells], dtype=pl.String),
        pl.Series(START, [cell[2] for cell in cells], dtype=pl.Float64),
        *(
            [pl.Series("seconds", [cell[3] for cell in cells], dtype=pl.Float64)]
            if "seconds" in frame.columns
            else []
        ),
    )
    return replace(table, frame=made, rows_per_source=_counts(rows, table.rows_per_source))


def _frames(reference: str, window_s: float, hop_s: float) -> Iterator[tuple[str, float, float]]:
    wave = _wave_of(reference)
    length, hop = max(1, round(window_s * wave.rate)), max(1, round(hop_s * wave.rate))
    if len(wave.samples) < length:
        yield reference, 0.0, wave.seconds
    for start in range(0, len(wave.samples) - length + 1, hop):
        again = partial(_cut, reference, start, length)
        yield own_shelf().put_made(again(), again), start / wave.rate, length / wave.rate


def _cut(reference: str, start: int, length: int) -> bytes:
    wave = _wave_of(reference)
    return encoded(replace(wave, samples=wave.samples[start : start + length]))


@lru_cache(maxsize=1)
def _wave_of(reference: str) -> Wave:
    """A recording, kept while its frames are asked for."""
    from dure.science.prepare.media import called, content_of

    return decoded(content_of(reference), called(reference))


def _counts(rows: Sequence[int], per_source: Sequence[int]) -> tuple[int, ...]:
    ends = np.cumsum([0, *per_source])
    return tuple(int(count) for count in np.histogram(rows, ends)[0])


def _paths(source: str) -> tuple[Path, list[Path]]:
    path = Path(source).expanduser()
    if path.is_dir():
        return path, sorted(_shown(path), key=lambda one: _natural(str(one)))
    if path.is_file():
        return path.parent, [path]
    if has_magic(source):
        found = [Path(one) for one in glob(source, recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute pattern
        files = sorted((one for one in found if one.is_file()), key=lambda one: _natural(str(one)))
        return _common(files), files
    return path, []


def _shown(folder: Path) -> Iterator[Path]:
    for path in files_below(folder):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _common(files: list[Path]) -> Path:
    import os

    return Path(os.path.commonpath([str(one.parent) for one in files])) if files else Path()


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _all_recordings(sounds: list[Path]) -> bool:
    """A folder of MATLAB files is one of recordings if its first is."""
    first = next(path for path in sounds if path.suffix.lower() == ".mat")
    try:
        recording_in(first.read_bytes(), str(first))
    except FileProblem:
        return False
    return True


def _list_of(tables: list[Path], root: Path, files: list[Path]) -> "pl.DataFrame | None":
    """The only table, if one of its columns names the files; that column is then called `file`, as they are."""
    from dure.science.prepare.reading import read_each

    if len(tables) != 1:
        return None
    frame = read_each([tables[0]])[0].frame
    known = {word: _name(path, root) for path in files for word in (path.stem, path.name, _name(path, root))}
    import polars as pl

    for name, kind in frame.schema.items():
        words = frame.get_column(name).to_list() if kind == pl.String else []
        if words and all(word is None or str(word).replace("\\", "/") in known for word in words):
            named = [None if word is None else known[str(word).replace("\\", "/")] for word in words]
            return frame.drop(name).with_columns(pl.Series("file", named, dtype=pl.String)).unique("file", keep="first", maintain_order=True)  # fmt: skip
    return None


def _lists_all(listed: "pl.DataFrame | None", parquet: list[Path]) -> bool:
    """Whether a list names every Parquet file and has a column of rates: then they are waves, not tables."""
    if listed is None or _rate_column(listed) is None:
        return False
    names = set(listed.get_column("file").to_list())
    return all(any(str(name).endswith(path.name) for name in names) for path in parquet)


def _rate_column(listed: "pl.DataFrame") -> str | None:
    return next((name for name in listed.columns if name.lower() in RATES), None)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _table(root: Path, paths: list[Path], listed: "pl.DataFrame | None") -> Table:
    import polars as pl

    paths = sorted(paths, key=lambda one: _natural(str(one)))
    rates = _rates(listed)
    found = [_found(path, _name(path, root), rates.get(_name(path, root))) for path in paths]
    columns: dict[str, Any] = {"file": [one.name for one in found]}
    folders = [one.name.split("/")[0] if "/" in one.name else "" for one in found]
    if len(set(folders)) > 1:
        columns["folder"] = folders
    columns |= {
        SOUND: [one.reference for one in found],
        "seconds": [one.seconds for one in found],
        "rate": [one.rate for one in found],
        "channels": [one.channels for one in found],
    }
    said = _said(found, names=listed is None)
    columns |= {f"{name} in file" if name in columns else name: values for name, values in said.items()}
    frame = pl.DataFrame(columns)
    if listed is not None:
        frame = _joined(frame, listed)
    sources, layout = tuple(str(path) for path in paths), Layout("sound", header=False)
    return Table(
        frame, sources, (1,) * len(paths), (layout,) * len(paths), (), {"seconds": "s", "rate": "Hz"}
    )


def _joined(frame: "pl.DataFrame", listed: "pl.DataFrame") -> "pl.DataFrame":
    """The list's columns beside the sounds; where both have one, the list's."""
    kept = [
        name
        for name in frame.columns
        if name == "file" or name not in listed.columns or name.lower() in RATES
    ]
    own = [name for name in listed.columns if name == "file" or name.lower() not in RATES]
    return frame.select(kept).join(listed.select(own), on="file", how="left", maintain_order="left")


def _rates(listed: "pl.DataFrame | None") -> dict[str, float]:
    name = None if listed is None else _rate_column(listed)
    if listed is None or name is None:
        return {}
    return {file: float(rate) for file, rate in listed.select("file", name).iter_rows() if rate is not None}


def _found(path: Path, name: str, rate: float | None) -> _Found:
    """What a file is; its bytes lie on the shelf, those of a wave in another format as the WAV that it is."""
    content = _bytes_of(path)
    if is_sound(content) or path.suffix.lower() in ENDINGS:
        frames, hertz, channels = facts_of(content, str(path))
        return _Found(path, name, own_shelf().put(path, content=content), frames / hertz, hertz, channels)
    wave, facts = _foreign(content, path, rate)
    again = partial(_as_wav, path, rate)
    return _Found(
        path, name, own_shelf().put_made(encoded(wave), again), wave.seconds, wave.rate, wave.channels, facts
    )


def _as_wav(path: Path, rate: float | None) -> bytes:
    return encoded(_foreign(_bytes_of(path), path, rate)[0])


def _bytes_of(path: Path) -> bytes:
    from dure.science.prepare.media import MOST_BYTES, ContentAbsent, ContentTooLarge

    try:
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except PermissionError as refused:
        raise FileForbidden(str(path)) from refused
    except OSError as refused:
        raise ContentAbsent(str(path)) from refused
    if len(content) > MOST_BYTES:
        raise ContentTooLarge(str(path), limit=MOST_BYTES // 2**20)
    return content


def _foreign(content: bytes, path: Path, rate: float | None) -> tuple[Wave, dict[str, Any]]:
    if is_matlab(content):
        found = recording_in(content, str(path), rate)
        return found.wave, found.facts
    return _of_parquet(content, str(path), rate), {}


def _of_parquet(content: bytes, where: str, rate: float | None) -> Wave:
    """The columns of numbers of a Parquet file, a channel each."""
    import polars as pl

    from dure.science.prepare.reading_files import read_parquet

    if not content.startswith(b"PAR1"):
        raise WaveUnclear(
            where, why=Text("it is neither MATLAB 5 nor Parquet", "MATLAB 5나 Parquet이 아닙니다")
        )
    frame = read_parquet(content, where)
    names = [name for name, kind in frame.schema.items() if kind.is_float()]
    if not names or rate is None:
        raise WaveUnclear(
            where, why=Text("nothing says how often it was sampled", "표본율이 적혀 있지 않습니다")
        )
    samples = frame.select(pl.col(names).cast(pl.Float64)).to_numpy()
    return Wave(np.ascontiguousarray(samples), rate, tuple(names))


def _said(found: Sequence[_Found], *, names: bool) -> dict[str, list[Any]]:
    """Columns of what files say of themselves, then of what their names say; parts of names where no list tells more."""
    columns: dict[str, list[Any]] = {}
    for name in dict.fromkeys(name for one in found for name in one.facts):
        columns[name] = _of_one_kind([one.facts.get(name) for one in found])
    stems = [Path(one.name).stem for one in found]
    for name, pattern in _IN_NAMES:
        values = [_number_in(pattern, stem) for stem in stems]
        if name not in columns and any(value is not None for value in values):
            columns[name] = values
    return columns | (_parts(stems) if names else {})


def _of_one_kind(values: list[Any]) -> list[Any]:
    plain = all(value is None or isinstance(value, float) for value in values)
    return values if plain else [None if value is None else str(value) for value in values]


def _number_in(pattern: re.Pattern[str], stem: str) -> float | None:
    found = pattern.search(stem)
    return None if found is None else float(next(group for group in found.groups() if group is not None))


def _parts(stems: list[str]) -> dict[str, list[Any]]:
    """Parts of the names between `_`, counted from the end where names have unlike many; what is always the same says nothing.

    >>> _parts(["12k_IR007_0_105", "12k_B007_1_119", "normal_0_97"])
    {'name 1': ['IR007', 'B007', 'normal'], 'name 2': ['0', '1', '0']}
    """
    split = [[part for part in re.split(r"[_ ]+", stem) if part] for stem in stems]
    count = min((len(parts) for parts in split), default=0)
    made = {f"name {at + 1}": [parts[len(parts) - count + at] for parts in split] for at in range(count)}
    return {name: values for name, values in made.items() if len(set(values)) > 1 and not _numbered(values)}


def _numbered(values: list[str]) -> bool:
    """Whether it is the number of the file, another for each."""
    return len(set(values)) == len(values) and all(value.isdigit() for value in values)

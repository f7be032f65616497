"""MATLAB's files of version 5: numbers, texts and records by name, never objects or functions.

Rules of structure. A *recording* is a file with one long vector of numbers (at least 256, and 16 times as long as any
other) and one number that says how often it was sampled, under one of the names `sr`, `fs`, `rate`, `sample_rate`,
`sampling_rate`; other single numbers and short texts stand beside it under their own names, and a slower `rate` beside
another of these is that of the shaft (`shaft_hz`), as the MFPT society writes it. A *list of records* (a
struct array of at least two) becomes one row a record: single numbers and texts as they are, vectors as their mean,
least and greatest, records within records without the outer name.
"""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.prepare.sounds import MOST_SAMPLES, SoundTooLong, Wave, WaveUnclear
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

RATES = ("sr", "fs", "sample_rate", "sampling_rate", "rate")
_LONG, _LONGER, _DEEPEST, _MOST_FIELDS = 256, 16, 4, 2_000
Plain = float | str


@dataclass(frozen=True)
class Recording:
    """A vector with its rate, and what else the file says of it."""

    wave: Wave
    facts: dict[str, Plain]


def is_matlab(content: bytes) -> bool:
    """Whether bytes begin as a file of version 5 to 7.2.

    >>> is_matlab(b"MATLAB 5.0 MAT-file, Platform: GLNXA64"), is_matlab(b"RIFF")
    (True, False)
    """
    return content.startswith(b"MATLAB 5.0 MAT-file")


def recording_in(content: bytes, where: str, rate: float | None = None) -> Recording:
    """The recording in a file; `rate` [Hz] counts more than what the file says.

    Raises
    ------
    WaveUnclear
        If there is no vector that is plainly the longest, or no rate, or the file cannot be read.
    SoundTooLong
        If it has too many samples.
    """
    found = dict(_leaves(_opened(content, where)))
    vectors = sorted((one for one in found.items() if _is_vector(one[1])), key=lambda one: -one[1].size)
    vectors = [one for one in vectors if one[1].size * _LONGER > vectors[0][1].size]
    if not vectors or vectors[0][1].size < _LONG or len({one[1].size for one in vectors}) > 1:
        raise WaveUnclear(
            where, why=Text("no vector is plainly the recording", "녹음인 벡터를 가려낼 수 없습니다")
        )
    samples = np.stack([np.ravel(values).astype(np.float64) for _, values in vectors], axis=1)
    if samples.size > MOST_SAMPLES:
        raise SoundTooLong(where, limit=MOST_SAMPLES // 10**6, channels=len(vectors))
    facts = {name: plain for name, value in found.items() if (plain := _plain(value)) is not None}
    named = next((name for name in RATES if isinstance(facts.get(name), float)), None)
    hertz = rate or (float(facts[named]) if named else 0.0)
    if not 1.0 <= hertz <= 1e9:
        raise WaveUnclear(
            where, why=Text("nothing says how often it was sampled", "표본율이 적혀 있지 않습니다")
        )
    rest = {_called(name, named): value for name, value in facts.items() if name != named}
    return Recording(Wave(samples, hertz, tuple(name for name, _ in vectors)), rest)


def _called(name: str, named: str | None) -> str:
    return "shaft_hz" if name == "rate" and named is not None else name


def records_in(content: bytes, where: str) -> "pl.DataFrame | None":
    """One row a record of the file's only struct array of two or more; None if there is none."""
    import polars as pl

    arrays = [one for one in _records(_opened(content, where)) if one.size > 1]
    if len(arrays) != 1:
        return None
    rows = [_row(record) for record in arrays[0].ravel()]
    names = list(dict.fromkeys(name for row in rows for name in row))[:_MOST_FIELDS]
    return pl.DataFrame([pl.Series(name, _alike([row.get(name) for row in rows])) for name in names])


def _opened(content: bytes, where: str) -> dict[str, Any]:
    """Variables by name; scipy gives no objects of ours and runs nothing that a file holds."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = loadmat(io.BytesIO(content), chars_as_strings=True)  # type: ignore[arg-type]  # its stubs forget files that are open
    except (MatReadError, ValueError, TypeError, KeyError, IndexError, OSError, EOFError, NotImplementedError, MemoryError, OverflowError) as broken:  # fmt: skip  # what a broken file makes it raise
        raise WaveUnclear(where, why=Text("it is damaged", "파일이 손상되었습니다")) from broken
    except Exception as broken:
        raise WaveUnclear(where, why=Text("it is damaged", "파일이 손상되었습니다")) from broken
    return {name: value for name, value in found.items() if not name.startswith("__")}


def _leaves(variables: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Values by name, out of the only record of a struct; the first of a name counts."""
    for name, value in variables.items():
        if getattr(value, "dtype", None) is not None and value.dtype.names and value.size == 1:
            record = value.ravel()[0]
            if depth < _DEEPEST:
                yield from _leaves({field: record[field] for field in value.dtype.names}, depth + 1)
        else:
            yield name, value


def _records(variables: dict[str, Any], depth: int = 0) -> Iterator[Any]:
    for value in variables.values():
        if getattr(value, "dtype", None) is None or not value.dtype.names:
            continue
        if value.size == 1 and depth < _DEEPEST:
            record = value.ravel()[0]
            yield from _records({field: record[field] for field in value.dtype.names}, depth + 1)
        else:
            yield value


def _row(record: Any) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for name, value in _leaves({field: record[field] for field in record.dtype.names}):
        plain = _plain(value)
        if plain is not None:
            found[name] = plain
        elif _is_date(name, value):
            found[name] = _date(np.ravel(value))
        elif _is_vector(value):
            finite = np.ravel(value)[np.isfinite(np.ravel(value))].astype(np.float64)
            if len(finite):
                found |= {f"{name} mean": float(finite.mean()), f"{name} least": float(finite.min()), f"{name} greatest": float(finite.max())}  # fmt: skip
    return found


def _is_date(name: str, value: Any) -> bool:
    """MATLAB's `clock`: year, month, day, hour, minute, second."""
    if "time" not in name.lower() or not _is_vector(value) or value.size != 6:
        return False
    year, month, day, hour, minute, second = np.ravel(value)
    return bool(1900 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61)  # fmt: skip


def _date(clock: Any) -> str:
    year, month, day, hour, minute = (int(part) for part in clock[:5])
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{min(int(clock[5]), 59):02}"


def _is_vector(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and dtype.kind in "fiu" and value.size > 1 and max(value.shape) == value.size


def _plain(value: Any) -> Plain | None:
    """A single number or a short text; a text that is a number counts as one."""
    dtype = getattr(value, "dtype", None)
    if dtype is None or value.size != 1:
        return None
    one = value.ravel()[0]
    if dtype.kind in "fiub":
        return float(one)
    if dtype.kind == "U" and len(one) <= 200:
        try:
            return float(one)
        except ValueError:
            return str(one).strip()
    return None


def _alike(values: list[Plain | None]) -> list[Any]:
    if all(value is None or isinstance(value, float) for value in values):
        return values
    return [None if value is None else str(value) for value in values]

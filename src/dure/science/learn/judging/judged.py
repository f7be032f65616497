"""What a model was judged by: for every row the truth, what was said of it by a fit that never saw it, what no model says.

Kept in the package as `judged.npz` (numbers only, no compression, so that its size is what it says) and `judged.json`
(how the numbers are to be read). All that a card states is taken from these two by `dure.science.learn.judging.worth`, in
the training and whenever it is asked again: see `dure.science.learn.recompute`.
"""

import ast
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import PackageDamaged, PackageTooLarge
from dure.vocabulary import Text

Facts = dict[str, Any]
Array = NDArray[Any]

ROWS, FACTS = "judged.npz", "judged.json"
#: Beyond so many rows, or numbers of output, the rows that are judged are thinned evenly: more would say the same.
MOST_ROWS, MOST_NUMBERS = 1_000_000, 3_000_000
MOST_ARRAYS, MOST_AXES = 40, 2
NAMES = re.compile(r"[a-z][a-z0-9_]{0,31}\.npy")
#: Kinds of numbers that may be kept: none of them holds an object or a word.
KINDS = frozenset({"<f8", "<f4", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1"})


@dataclass(frozen=True)
class Judged:
    """Rows with what was said of them, and how they are to be read.

    Parameters
    ----------
    facts
        `task`, and by task `classes` (`names`, `positive`), `validation`, `period` [s], … : plain values that say how to
        measure, never what was measured.
    rows
        Arrays by name, the first axis is the row. For a target: `truth`, `fold` (-1 where a row only taught), `output`
        [N, 1 or classes], `null` (the same of no model), `decided` (place of the class), `last` (the value known
        before), `seconds` (when), `group`. For a detector: `score` (1 is the threshold) of the normal rows
        held back, `row` (its place in the table), `fit` (which fit it was held back from), `state`.
    """

    facts: Facts
    rows: Mapping[str, Array]

    @property
    def task(self) -> str:
        """`estimate`, `classify` or `detect`."""
        return str(self.facts["task"])

    def files(self) -> dict[str, bytes]:
        """The two files as a package holds them."""
        held = io.BytesIO()
        plain = {name: _plain(values) for name, values in self.rows.items()}
        np.savez(held, **plain)  # type: ignore[arg-type]  # numpy's stub takes every keyword for allow_pickle
        text = json.dumps(self.facts, ensure_ascii=False, indent=1, allow_nan=False)
        return {ROWS: held.getvalue(), FACTS: text.encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], where: str) -> "Judged | None":
        """The rows in a package; None where it keeps none. Raises as `read`."""
        if ROWS not in files or FACTS not in files:
            return None
        facts = json.loads(files[FACTS])
        if not isinstance(facts, dict) or "task" not in facts:
            raise PackageDamaged(where, what=Text(f"{FACTS} says no task", f"{FACTS}에 과제 유형이 없음"))
        return cls(facts, read(files[ROWS], where))


def _plain(values: Array) -> Array:
    """An array as it is kept: numbers, in the order of the rows."""
    kept = np.ascontiguousarray(values)
    if kept.dtype.str not in KINDS:
        raise TypeError(f"{kept.dtype} is no kind of number that a package keeps")
    return kept


def read(content: bytes, where: str) -> dict[str, Array]:
    """Arrays of a `judged.npz` that may come from a stranger: only plain numbers, and no more than the file's own bytes.

    Raises
    ------
    PackageDamaged
        If it is no such file, is compressed, or holds anything but arrays of numbers with the sizes it states.
    PackageTooLarge
        If it holds too many arrays.

    Examples
    --------
    >>> kept = Judged({"task": "detect"}, {"score": np.array([0.5, 1.5])}).files()
    >>> read(kept[ROWS], "m")
    {'score': array([0.5, 1.5])}
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ARRAYS:
                raise PackageTooLarge(
                    where, what=Text(f"{ROWS} holds {len(entries)} arrays", f"{ROWS}에 배열 {len(entries)}개")
                )
            return {entry.filename[:-4]: _array(archive, entry, len(content)) for entry in entries}
    except (ValueError, KeyError, SyntaxError, EOFError, OSError, zipfile.BadZipFile, RuntimeError) as broken:
        raise PackageDamaged(
            where, what=Text(f"{ROWS} cannot be read", f"{ROWS} 파일을 읽을 수 없음")
        ) from broken


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> Array:
    """One array; its header must state exactly the bytes that follow."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > most:
        raise ValueError("compressed")
    if not NAMES.fullmatch(entry.filename):
        raise ValueError(entry.filename)
    content = archive.read(entry)
    # The format of NumPy, version 1.0: magic, length of the header, header as a literal dictionary, numbers.
    if content[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError("magic")
    start = 10 + int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10:start].decode("latin-1").strip())
    shape, kind = tuple(int(one) for one in header["shape"]), str(header["descr"])
    if kind not in KINDS or header["fortran_order"] or not 1 <= len(shape) <= MOST_AXES or min(shape) < 0:
        raise ValueError("kind")
    if int(np.prod([float(one) for one in shape])) * np.dtype(kind).itemsize != len(content) - start:
        raise ValueError("size")
    return np.frombuffer(content, dtype=kind, offset=start).reshape(shape).copy()

"""Texts that nearly say the same: pairs by their letters, neighbours by their meaning.

*By letters*: the sets of all four-letter stretches of two texts, compared by Jaccard's share. Candidates come from
MinHash with 32 bands of 4 (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, §3.4), so that a
hundred thousand texts are not compared each with each; every pair given is compared exactly. A pair of sameness 0.5 is
met with a probability of 0.87, of 0.6 with 0.99, of 0.8 with more than 0.999999.

*By meaning*: the cosine of the encoder's vectors, across Korean, English and Japanese.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.on_words import MOST_CHARACTERS
from dure.science.prepare.step import require_columns

if TYPE_CHECKING:
    import polars as pl

_LENGTH = 4
_BANDS, _ROWS = 32, 4
_PRIME = np.uint64(2**31 - 1)
# Of one band's bucket, so many texts are compared with each other; further ones with the first of them.
_BUCKET = 200
_AT_A_TIME = 2_000
_BLANKS = re.compile(r"[\W_]+")

Shingles = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Hit:
    """A text found: its row, and how alike it is, 1 for the same."""

    row: int
    sameness: float


def near_duplicates(frame: "pl.DataFrame", column: str, at_least: float = 0.6) -> "pl.DataFrame":
    """Pairs of rows whose texts nearly say the same, the most alike first.

    Parameters
    ----------
    frame
        The table.
    column
        Its column of texts; rows without one have no pairs.
    at_least
        Least Jaccard share of their four-letter stretches; case, signs and blanks aside. [1]

    Returns
    -------
    pl.DataFrame
        `row`, `other` (from 0, `row` < `other`), `sameness`.

    Raises
    ------
    ColumnAbsent
        If there is no such column.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"memo": ["pump 3 leaking oil", "belt torn", "Pump 3 leaking oil!", "pump 3 leaks oil"]})
    >>> near_duplicates(rows, "memo", 0.3).rows()
    [(0, 2, 1.0), (0, 3, 0.5), (2, 3, 0.5)]
    """
    import polars as pl

    from dure.science.prepare.conforming import as_words

    require_columns([column], frame.columns)
    found = sorted(
        _pairs(as_words(frame.get_column(column)).to_list(), at_least), key=lambda one: (-one[2], one)
    )
    schema = {"row": pl.Int64, "other": pl.Int64, "sameness": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def alike_groups(texts: Sequence[str | None], at_least: float = 0.6) -> NDArray[np.int64]:
    """A number for each text, the same for texts that a chain of near-duplicates joins: the first row of the chain.

    Whoever judges a model holds such texts back together: else it is asked what it was told.

    >>> alike_groups(["oil leak at pump 3", "belt torn", "Oil leak at pump 3.", None, None]).tolist()
    [0, 1, 0, 3, 4]
    """
    above = np.arange(len(texts), dtype=np.int64)

    def first(row: int) -> int:
        while above[row] != row:
            above[row] = above[above[row]]
            row = int(above[row])
        return row

    for row, other, _ in _pairs(texts, at_least):
        one, two = sorted((first(row), first(other)))
        above[two] = one
    return np.array([first(row) for row in range(len(texts))], dtype=np.int64)


class SimilarTexts:
    """An index of texts that finds those that mean the same, in another language too.

    Takes 2 kB a different text. Needs `dure[media]`.
    """

    def __init__(self, texts: Sequence[str | None]) -> None:
        from dure.science.prepare.embedding_words import vectors_of

        words = [text if text is not None and text.strip() else None for text in texts]
        self._texts = list(dict.fromkeys(word for word in words if word is not None))
        place = {text: at for at, text in enumerate(self._texts)}
        self._places = np.array([-1 if word is None else place[word] for word in words], dtype=np.int64)
        self._vectors = vectors_of(self._texts)

    def similar(self, text: str, k: int = 10) -> list[Hit]:
        """The `k` rows nearest in meaning, the nearest first; equals in the order of the rows.

        Raises
        ------
        ExtraAbsent
            If the encoder is not installed.
        """
        from dure.science.prepare.embedding_words import vector_of

        if not self._texts or not text.strip():
            return []
        near = self._vectors @ vector_of(text)
        scores = np.where(self._places >= 0, near[self._places], -np.inf)
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(int(row), float(scores[row])) for row in best if np.isfinite(scores[row])]


def shingles(text: str) -> Shingles:
    """Hashes of all four-letter stretches of a text, case, signs and blanks aside, in order. [k].

    >>> len(shingles("Pump!")), len(shingles("pu")), len(shingles("—"))
    (2, 1, 0)
    """
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()).strip()
    if not plain:
        return np.zeros(0, dtype=np.uint64)
    # Hangul says in a syllable what Latin says in two or three letters: its blocks are taken apart
    letters = unicodedata.normalize("NFD", f"{plain} ")
    stretches = {letters[at : at + _LENGTH] for at in range(max(len(letters) - _LENGTH + 1, 1))}
    return np.array(sorted(zlib.crc32(one.encode()) for one in stretches), dtype=np.uint64)


def sameness(one: Shingles, other: Shingles) -> float:
    """Jaccard's share of two sets, 0 for an empty one. [1]."""
    if not len(one) or not len(other):
        return 0.0
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)


def _pairs(texts: Sequence[str | None], at_least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows that are alike; of texts that are the same to the letter, each with the one before it too."""
    rows: dict[bytes, list[int]] = {}
    sets: dict[bytes, Shingles] = {}
    for row, text in enumerate(texts):
        found = shingles(text) if text else np.zeros(0, dtype=np.uint64)
        if len(found):
            key = found.tobytes()
            rows.setdefault(key, []).append(row)
            sets[key] = found
    keys = list(rows)
    for same in rows.values():
        yield from (
            (one, other, 1.0) for at, one in enumerate(same) for other in same[at + 1 : at + 1 + _BUCKET]
        )
    for one, other in _candidates([sets[key] for key in keys]):
        share = sameness(sets[keys[one]], sets[keys[other]])
        if share >= at_least:
            yield from _each(rows[keys[one]], rows[keys[other]], share)


def _each(ones: list[int], others: list[int], share: float) -> Iterator[tuple[int, int, float]]:
    for one in ones[:_BUCKET]:
        for other in others[:_BUCKET]:
            yield min(one, other), max(one, other), share


def _candidates(sets: Sequence[Shingles]) -> Iterator[tuple[int, int]]:
    """Pairs that share a band of their MinHash."""
    signs = _signatures(sets)
    seen: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        buckets: dict[bytes, list[int]] = {}
        for at, sign in enumerate(signs[:, band * _ROWS : (band + 1) * _ROWS]):
            buckets.setdefault(sign.tobytes(), []).append(at)
        for bucket in buckets.values():
            for place, other in enumerate(bucket):
                for one in bucket[: min(place, _BUCKET)]:
                    if (one, other) not in seen:
                        seen.add((one, other))
                        yield one, other


def _signatures(sets: Sequence[Shingles]) -> NDArray[np.uint32]:
    """MinHash of each set: the least of 128 hashes of its members. [N, 128]."""
    chance = np.random.default_rng(3)
    factor = chance.integers(1, int(_PRIME), _BANDS * _ROWS, dtype=np.uint64)
    offset = chance.integers(0, int(_PRIME), _BANDS * _ROWS, dtype=np.uint64)
    found = np.zeros((len(sets), _BANDS * _ROWS), dtype=np.uint32)
    for start in range(0, len(sets), _AT_A_TIME):
        part = sets[start : start + _AT_A_TIME]
        members = np.concatenate(part) % _PRIME
        begins = np.concatenate([[0], np.cumsum([len(one) for one in part])[:-1]])
        for at in range(_BANDS * _ROWS):
            hashed = (factor[at] * members + offset[at]) % _PRIME
            found[start : start + len(part), at] = np.minimum.reduceat(hashed, begins)
    return found

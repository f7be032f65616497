"""A sketch of content: MinHash over what the columns hold, not over how they are called.

Each numeric column gives tokens of neighbouring quantiles to three digits, each column of words its frequent words;
constant columns say nothing. So a renamed or reordered copy has the same sketch, and another set another one.

Source: Broder, "On the resemblance and containment of documents" (1997), DOI 10.1109/SEQUEN.1997.666900.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

HASHES, BANDS = 64, 16
MOST_COLUMNS, MOST_WORDS, MOST_ROWS = 400, 20, 2_000_000
ALIKE = 0.6
"""From this share of equal hashes on two contents are called the same."""
_PRIME = (1 << 61) - 1
_QUANTILES = tuple(k / 20 for k in range(1, 20))


def sketch(path: Path) -> tuple[int, ...]:
    """The sketch of a Parquet file: 64 numbers below 2**32; empty if it holds nothing to tell it by."""
    import polars as pl

    frame = pl.scan_parquet(path).head(MOST_ROWS)
    names = frame.collect_schema().names()[:MOST_COLUMNS]
    return sketch_of(frame.select(names).collect())


def sketch_of(frame: "pl.DataFrame") -> tuple[int, ...]:
    """The sketch of a table.

    >>> import polars as pl
    >>> one = pl.DataFrame({"a": range(100), "b": [i * i % 37 for i in range(100)]})
    >>> sketch_of(one) == sketch_of(one.rename({"a": "T1", "b": "온도"}).select("온도", "T1"))
    True
    """
    import numpy as np

    tokens = {token for column in frame.get_columns() for token in _tokens(column)}
    if not tokens:
        return ()
    seeds = np.random.default_rng(1997).integers(1, _PRIME, size=(2, HASHES), dtype=np.int64)
    values = [int.from_bytes(hashlib.blake2b(one.encode(), digest_size=7).digest()) for one in tokens]
    # Python's whole numbers: the products do not fit 64 bits.
    return tuple(
        min((int(a) * value + int(b)) % _PRIME for value in values) & 0xFFFF_FFFF
        for a, b in zip(*seeds, strict=True)
    )


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """How much of their content two sketches share, from 0 to 1 (Jaccard, estimated).

    >>> likeness((1, 2, 3, 4), (1, 2, 3, 5))
    0.75
    """
    if not one or len(one) != len(other):
        return 0.0
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


def bands(sketched: Sequence[int]) -> list[int]:
    """Keys under which contents that are alike meet: 16 hashes of four numbers each, as signed 64-bit numbers."""
    each = HASHES // BANDS
    cut = (sketched[i : i + each] for i in range(0, len(sketched), each))
    return [
        int.from_bytes(hashlib.blake2b(repr((at, *part)).encode(), digest_size=8).digest(), signed=True)
        for at, part in enumerate(cut)
    ]


def _tokens(column: "pl.Series") -> Iterator[str]:
    import polars as pl

    values = column.drop_nulls()
    if values.dtype == pl.Boolean or values.n_unique() < 2:
        return
    if values.dtype.is_numeric():
        yield from _numbers(values.cast(pl.Float64))
    elif values.dtype.is_temporal():
        yield from (f"t{one!r}" for one in (values.min(), values.max()))
    elif values.dtype == pl.String:
        counted = values.value_counts(sort=True).head(MOST_WORDS)
        yield from (f"w{one[:80]}" for one in counted.to_series(0))


def _numbers(values: "pl.Series") -> Iterator[str]:
    values = values.filter(values.is_finite())
    found = [values.quantile(q) for q in _QUANTILES]
    said = [f"{one:.3g}" for one in found if one is not None]
    if len(set(said)) < 3:  # two levels are a switch: many tables have one
        return
    yield from (f"q{at}:{low}:{high}" for at, (low, high) in enumerate(pairwise(said)))

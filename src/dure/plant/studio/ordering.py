"""The order of rows by columns, in pieces short enough to tell how far it is and to be stopped between them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.plant.studio.typed import kind_of

if TYPE_CHECKING:
    import polars as pl

Tell = Callable[[float], None]
"""Told the share that is done; raises `Stopped` when somebody stopped the work."""
STRETCH = 1_000_000
"""Rows of a piece."""
_BUCKETS, _SAMPLED, _SMALL = 64, 8_192, 200_000
Places = NDArray[np.int64]


def quiet(_share: float) -> None:
    """Where nobody waits to be told."""


def ordered(columns: "Sequence[pl.Series]", down: Sequence[bool], tell: Tell = quiet) -> Places:
    """Places of the rows in the order of these columns, the first counting most; equal rows stay, missing come last. [N].

    The rows are parted by the first column into buckets that follow each other, each then sorted by NumPy: on ten
    million rows faster than one sort of all, and it may be stopped between buckets.

    >>> import polars as pl
    >>> ordered([pl.Series([2, None, 1, 2]), pl.Series(["b", "a", "c", "a"])], [True, False]).tolist()
    [3, 0, 2, 1]
    """
    keys: list[NDArray[Any]] = []
    for at, (one, back) in enumerate(zip(columns, down, strict=True)):
        tell(0.3 * at / len(columns))
        if one.null_count():
            keys.append(one.is_null().to_numpy())
        value = _small(_comparable(one, tell))
        keys.append((-value if value.dtype.kind == "f" else ~value) if back else value)
    rows = len(columns[0])
    done = 0

    def sorted_(places: int) -> None:
        nonlocal done
        done += places
        tell(0.3 + 0.7 * done / max(1, rows))

    return _sorted(keys, None, rows, sorted_)


def _sorted(
    keys: Sequence[NDArray[Any]], places: Places | None, rows: int, told: Callable[[int], None]
) -> Places:
    """These places (None: all) in the order of the keys."""
    first = keys[0] if places is None else keys[0][places]
    if rows > _SMALL and len(keys) > 1 and first.min() == first.max():
        return _sorted(keys[1:], places, rows, told)
    by_radix = len(keys) == 1 and first.dtype.itemsize <= 2
    parts = _parted(first, told) if rows > _SMALL and not by_radix else []
    if len(parts) < 2:
        here = [first, *(one if places is None else one[places] for one in keys[1:])]
        found = np.asarray(np.lexsort(here[::-1]), dtype=np.int64)
        told(rows)
        return found if places is None else places[found]
    return np.concatenate(
        [_sorted(keys, part if places is None else places[part], len(part), told) for part in parts]
    )


def _parted(values: NDArray[Any], told: Callable[[int], None]) -> list[Places]:
    """Places of the values, in buckets that follow each other; equal values are in one."""
    luck = np.random.default_rng(0)
    sample = np.sort(values[luck.integers(0, len(values), _SAMPLED)])
    ends = np.unique(sample[:: _SAMPLED // _BUCKETS])
    bucket = np.empty(len(values), dtype=np.int16)
    for start in range(0, len(values), STRETCH):
        told(0)
        bucket[start : start + STRETCH] = np.searchsorted(ends, values[start : start + STRETCH], side="right")
    told(0)
    order = np.argsort(bucket, kind="stable").astype(np.int64)
    edges = np.cumsum(np.bincount(bucket, minlength=len(ends) + 1))[:-1]
    return [one for one in np.split(order, edges) if len(one)]


def _small(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in two bytes where they fit: NumPy sorts those by radix."""
    fits = values.dtype.kind == "i" and len(values) and values.min() >= -32_768 and values.max() < 32_768
    return values.astype(np.int16) if fits else values


def _comparable(one: "pl.Series", tell: Tell) -> NDArray[Any]:
    """Numbers in the order of the values, 0 where missing."""
    import polars as pl

    if one.dtype.is_float():
        return one.fill_null(0.0).to_numpy()
    if (
        one.dtype.is_integer()
        or one.dtype == pl.Boolean
        or kind_of(one.dtype) == "time"
        or one.dtype == pl.Duration
    ):
        return one.to_physical().cast(pl.Int64).fill_null(0).to_numpy()
    known = one.cast(pl.String).drop_nulls().unique().sort()
    places = pl.Series(np.arange(len(known), dtype=np.int64))
    found = []
    for start in range(0, max(1, len(one)), STRETCH):
        tell(0.0)
        words = one.slice(start, STRETCH).cast(pl.String)
        found.append(
            words.replace_strict(known, places, default=0, return_dtype=pl.Int64).fill_null(0).to_numpy()
        )
    return np.concatenate(found)

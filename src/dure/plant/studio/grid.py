"""A table under way: its columns, its rows' ids, and for each column a fingerprint of how it came to be."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.plant.studio.typed import kind_of

if TYPE_CHECKING:
    import polars as pl

Ids = NDArray[np.int64]
_FEW, _LONG, _MOST_CHUNKS = 64, 200_000, 1_000
_REFERENCE = r"^sha256:[0-9a-f]{64}$"


def print_of(*parts: Any) -> str:
    """A fingerprint of JSON-able parts.

    >>> print_of("a", 1) == print_of("a", 1), print_of("a", 1) == print_of("a", 2)
    (True, False)
    """
    return hashlib.sha256(
        json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str).encode()
    ).hexdigest()[:32]


@dataclass(frozen=True)
class Grid:
    """Columns and rows.

    Attributes
    ----------
    frame
        The columns, in order.
    ids
        Id of each row; None while they are 0, 1, 2 …
    next_id
        Id of the next row that is put in.
    keys
        Fingerprint of each column's values.
    row_key
        Fingerprint of which rows there are.
    units
        UCUM code of a column, where known.
    formulas
        Text of each column that a formula makes.
    wrong
        Refusal by the number of the action that met it.
    wrong_columns
        Refusal by column, for formulas.
    busy
        Columns that are being reckoned, with the share that is done.
    """

    frame: "pl.DataFrame"
    ids: Ids | None = None
    next_id: int = 0
    keys: Mapping[str, str] = field(default_factory=dict)
    row_key: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[int, Exception] = field(default_factory=dict)
    wrong_columns: Mapping[str, Exception] = field(default_factory=dict)
    busy: Mapping[str, float] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Names in order."""
        return self.frame.columns

    @property
    def rows(self) -> int:
        """How many."""
        return self.frame.height

    @property
    def key(self) -> str:
        """Fingerprint of the whole table."""
        return print_of(self.row_key, [(name, self.keys[name]) for name in self.columns])

    def places_of(self, ids: Iterable[int]) -> NDArray[np.int64]:
        """Where rows of these ids stand, −1 where there is none."""
        wanted = np.asarray(list(ids), dtype=np.int64)
        if self.ids is None:
            return np.where((wanted >= 0) & (wanted < self.rows), wanted, -1)
        order = np.argsort(self.ids, kind="stable")
        at = np.searchsorted(self.ids[order], wanted)
        found = order[np.minimum(at, len(order) - 1)] if len(order) else np.full(len(wanted), -1)
        good = (at < len(order)) & (len(order) > 0)
        return np.where(good & (self.ids[found] == wanted) if len(order) else False, found, -1)

    def ids_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Ids of the rows at these places."""
        return places if self.ids is None else self.ids[places]

    def all_ids(self) -> Ids:
        """Id of each row."""
        return np.arange(self.rows, dtype=np.int64) if self.ids is None else self.ids

    def with_columns(self, made: Mapping[str, "pl.Series"], keys: Mapping[str, str]) -> "Grid":
        """The grid with columns put in the place of their namesakes, or behind."""
        known = {name: self.frame.get_column(name) for name in self.columns}
        frame = _of({**known, **{name: one.alias(name) for name, one in made.items()}})
        return replace(self, frame=frame, keys={**self.keys, **keys})

    def only(self, names: Sequence[str]) -> "pl.DataFrame":
        """These columns; nothing is copied, however differently they lie in memory, as `select` might."""
        return _of({name: self.frame.get_column(name) for name in names})

    def gathered(self, places: NDArray[np.int64], ids: Ids, key: str, next_id: int) -> "Grid":
        """The rows at these places (−1 makes an empty one) under these ids."""
        import polars as pl

        index = pl.Series(places.astype(np.int64))
        index = index.set(index < 0, None) if len(places) and places.min() < 0 else index
        frame = self.frame.select(pl.all().gather(index)) if self.frame.width else self.frame
        return replace(self, frame=frame, ids=ids, row_key=key, next_id=next_id)

    def kind(self, name: str) -> str:
        """`number`, `text`, `time`, `bool`, `image` or `sound`."""
        found = kind_of(self.frame.schema[name])
        if found == "text" and self._refers(name):
            return "sound" if "sound" in name.lower() or "소리" in name else "image"
        return found

    def _refers(self, name: str) -> bool:
        """Whether its first cells are references to content."""
        import polars as pl

        head = self.frame.get_column(name).head(200).cast(pl.String).drop_nulls()
        return len(head) > 0 and bool(head.str.contains(_REFERENCE).all())


def _of(columns: "Mapping[str, pl.Series]") -> "pl.DataFrame":
    import polars as pl

    return pl.DataFrame(list(columns.values()))


def scattered(
    column: "pl.Series", places: Sequence[int] | NDArray[np.int64], values: "pl.Series"
) -> "pl.Series":
    """The column with `values` at `places`; of two for one place the later holds."""
    import polars as pl

    if len(places) <= _FEW and len(column) > _LONG:
        return _spliced(column, places, values.cast(column.dtype))
    both = pl.concat([column, values.cast(column.dtype)])
    index = np.arange(len(column), dtype=np.int64)
    index[np.asarray(places, dtype=np.int64)] = len(column) + np.arange(len(values))
    return both.gather(pl.Series(index)).alias(column.name)


def _spliced(
    column: "pl.Series", places: Sequence[int] | NDArray[np.int64], values: "pl.Series"
) -> "pl.Series":
    """A few cells put between stretches of the column that stay where they lie: nothing long is copied."""
    import polars as pl

    last = {int(place): at for at, place in enumerate(places)}
    parts, done = [], 0
    for place in sorted(last):
        parts += [column.slice(done, place - done), values.slice(last[place], 1)]
        done = place + 1
    made = pl.concat([one for one in (*parts, column.slice(done)) if len(one)], rechunk=False).alias(
        column.name
    )
    return made.rechunk() if made.n_chunks() > _MOST_CHUNKS else made

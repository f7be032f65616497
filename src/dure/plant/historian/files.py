"""Reading few rows of one Parquet file: what its footer says is kept, so that only the row groups asked for are read."""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dure.plant.historian.block import Array, Block, empty, kind

_KEPT = 512  # files whose footers are kept
_KEPT_GROUPS = 100_000
_HELD_BYTES = 24 * 2**20  # of decoded row groups: who zooms and pans reads the same few again and again
_HELD_EACH = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Index:
    """What a footer says of each row group: first and last signal, earliest and latest time, rows, one-valued columns.

    A column that has one value throughout a group (no text, quality good, sequence 0: the usual stream) is in `same`
    and need not be read.
    """

    footer: pq.FileMetaData
    first: list[str]
    last: list[str]
    low: list[int]
    high: list[int]
    rows: list[int]
    names: frozenset[str]
    same: list[dict[str, Any]]

    def groups(self, names: Sequence[str], low: int, high: int) -> list[int]:
        """Row groups that may hold a row of the sorted `names` with `low` ≤ time < `high`."""
        if len(names) == 1:
            places: range | list[int] = range(
                bisect_left(self.last, names[0]), bisect_right(self.first, names[0])
            )
        else:
            places = [
                place
                for place, (first, last) in enumerate(zip(self.first, self.last, strict=True))
                if (at := bisect_left(names, first)) < len(names) and names[at] <= last
            ]
        return [place for place in places if self.low[place] < high and self.high[place] >= low]


class Files:
    """Parquet files below `archive`, read by any thread."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self._indices: OrderedDict[str, Index] = OrderedDict()
        self._held: OrderedDict[tuple[Any, ...], pa.Table] = OrderedDict()
        self._held_bytes = 0
        self._guard = threading.Lock()

    def forget(self, file: str) -> None:
        """A file is gone; its name may be given to another."""
        with self._guard:
            self._indices.pop(file, None)
            for key in [key for key in self._held if key[0] == file]:
                self._held_bytes -= self._held.pop(key).nbytes

    def _table(self, file: str, groups: list[int], columns: list[str]) -> pa.Table:
        """Row groups, decoded; small ones are kept for a while."""
        key = (file, *groups, *columns)
        with self._guard:
            if (found := self._held.get(key)) is not None:
                self._held.move_to_end(key)
                return found
        with pq.ParquetFile(
            self.archive / file,
            metadata=self.index(file).footer,
            read_dictionary=["signal"],
            pre_buffer=False,
        ) as opened:
            table = opened.read_row_groups(groups, columns=columns, use_threads=False)
        if table.nbytes <= _HELD_EACH:
            self._hold(key, table)
        return table

    def _hold(self, key: tuple[Any, ...], table: pa.Table) -> None:
        with self._guard:
            if key not in self._held:
                self._held[key] = table
                self._held_bytes += table.nbytes
            while self._held_bytes > _HELD_BYTES:
                self._held_bytes -= self._held.popitem(last=False)[1].nbytes

    def index(self, file: str) -> Index:
        """What the footer of `file` says."""
        with self._guard:
            if (found := self._indices.get(file)) is not None:
                self._indices.move_to_end(file)
                return found
        made = _index(pq.read_metadata(self.archive / file))
        with self._guard:
            self._indices[file] = made
            while len(self._indices) > _KEPT or (
                len(self._indices) > 1 and sum(len(one.rows) for one in self._indices.values()) > _KEPT_GROUPS
            ):
                self._indices.popitem(last=False)
        return made

    def split(self, file: str) -> bool:
        """Whether the values of a day file are split by byte."""
        group = self.index(file).footer.row_group(0)
        columns = [group.column(n) for n in range(group.num_columns)]
        return any("BYTE_STREAM_SPLIT" in one.encodings for one in columns if one.path_in_schema == "value")

    def read(self, file: str, names: Sequence[str], low: int, high: int, columns: Sequence[str]) -> Block:
        """Rows of the sorted `names` with `low` ≤ time < `high`, in the order of the file."""
        index = self.index(file)
        groups = index.groups(names, low, high)
        if not groups:
            return empty(names, columns)
        sole = all(index.first[place] == index.last[place] for place in groups)
        same = _same(index, groups, columns)
        own = [_stored(name, index) for name in columns if name not in same]
        table = self._table(file, groups, sorted({"time", *own, *([] if sole else ["signal"])}))
        within = (
            min(index.low[one] for one in groups) >= low and max(index.high[one] for one in groups) < high
        )
        code = _codes(table, index, groups, names, sole=sole)
        block = _block(table, code, names, columns, same)
        kept = code >= 0
        if not within:
            kept &= (block.columns["time"] >= low) & (block.columns["time"] < high)
        return block if kept.all() else block.take(_span(kept))


def _index(footer: pq.FileMetaData) -> Index:
    schema = [footer.schema.column(n).name for n in range(footer.num_columns)]
    signal, time = schema.index("signal"), schema.index("time")
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    names = [group.column(signal).statistics for group in groups]
    times = [group.column(time).statistics for group in groups]
    return Index(
        footer,
        [one.min for one in names],
        [one.max for one in names],
        [one.min for one in times],
        [one.max for one in times],
        [group.num_rows for group in groups],
        frozenset(schema),
        [_one_valued(group, schema) for group in groups],
    )


def _one_valued(group: pq.RowGroupMetaData, schema: list[str]) -> dict[str, Any]:
    """Columns that hold one value in a row group, and which."""
    found: dict[str, Any] = {}
    for name in ("sequence", "quality", "text"):
        statistics = group.column(schema.index(name)).statistics if name in schema else None
        if statistics is None:
            continue
        if name == "text" and statistics.has_null_count and statistics.null_count == group.num_rows:
            found[name] = None
        elif name != "text" and statistics.has_min_max and statistics.min == statistics.max:
            found[name] = statistics.min
    return found


def _same(index: Index, groups: list[int], columns: Sequence[str]) -> dict[str, Any]:
    """The columns that hold one value in all of these row groups."""
    first = index.same[groups[0]]
    return {
        name: first[name]
        for name in columns
        if name in first
        and all(name in index.same[one] and index.same[one][name] == first[name] for one in groups)
    }


def _stored(name: str, index: Index) -> str:
    """The column of a file that holds it: since format 2 the delay, received − time, stands for `received`."""
    return "delay" if name == "received" and "delay" in index.names else name


def _codes(table: pa.Table, index: Index, groups: list[int], names: Sequence[str], *, sole: bool) -> Array:
    """Place in `names` of each row's signal, -1 for those not asked for."""
    if sole:
        sole_places = np.array([_place(names, index.first[group]) for group in groups], np.int32)
        return np.repeat(sole_places, [index.rows[group] for group in groups])
    parts = []
    for chunk in table["signal"].chunks:
        places = np.array([_place(names, name) for name in chunk.dictionary.to_pylist()], np.int32)
        parts.append(places[chunk.indices.to_numpy()])
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def _place(names: Sequence[str], name: str) -> int:
    at = bisect_left(names, name)
    return at if at < len(names) and names[at] == name else -1


def _block(
    table: pa.Table, code: Array, names: Sequence[str], columns: Sequence[str], same: dict[str, Any]
) -> Block:
    time = table["time"].to_numpy()
    made: dict[str, Any] = {"code": code}
    for name in columns:
        if name in same:
            made[name] = None if same[name] is None else np.full(len(time), same[name], kind(name))
        elif name == "received" and "delay" in table.column_names:
            made[name] = time + table["delay"].to_numpy()
        elif name.startswith("text"):
            made[name] = table[name].combine_chunks()
        else:
            made[name] = table[name].to_numpy()
    return Block(names, made if "time" in made else made | {"time": time})


def _span(kept: Array) -> Any:
    """A mask as a slice where its rows stand side by side."""
    places = np.flatnonzero(kept)
    if len(places) and places[-1] - places[0] + 1 == len(places):
        return slice(int(places[0]), int(places[-1]) + 1)
    return kept

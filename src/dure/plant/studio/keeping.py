"""A sheet's files: the source that never changes, the same for quick looks, and columns already reckoned."""

import contextlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

MOST_KEPT = 1_500_000_000
"""Bytes of tables and orders of rows that a process holds for all sheets."""
MOST_ON_DISK = 8_000_000_000
_KEY = re.compile(r"[0-9a-f]{8,64}")


class Shelf:
    """What was reckoned lately, the oldest given up first. Mapped files count as nothing."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._most, self._size = most, 0
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """What is held under `key`, or None."""
        with self._guard:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Hold `value` of `size` bytes."""
        with self._guard:
            if key in self._held:
                self._size -= self._held.pop(key)[1]
            self._held[key] = (value, size)
            self._size += size
            while len(self._held) > 1 and (self._size > self._most or len(self._held) > 4_000):
                self._size -= self._held.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Hold nothing."""
        with self._guard:
            self._held.clear()
            self._size = 0


SHELF = Shelf()


def write_whole(frame: "pl.DataFrame", place: Path, kind: str, *, synced: bool = True) -> None:
    """Write a table whole or not at all; on the disk when this returns, unless it can be made again."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        if kind == "parquet":
            frame.write_parquet(beside, compression="zstd", compression_level=1, row_group_size=250_000)
        else:
            frame.rechunk().write_ipc(beside, compression="uncompressed")
        if synced:
            with beside.open("rb") as file:
                os.fsync(file.fileno())
        beside.chmod(0o600)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def mapped(place: Path) -> "pl.DataFrame":
    """A table whose pages are read as they are looked at."""
    import polars as pl
    import pyarrow as pa

    return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(place))).read_all()))


class Cache:
    """Columns of a sheet that were dear to reckon, by their fingerprint."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cache"

    def path(self, key: str) -> Path:
        """Where the column of that fingerprint lies."""
        if not _KEY.fullmatch(key):
            raise ValueError(key)
        return self.folder / f"{key}.arrow"

    def get(self, key: str) -> "pl.Series | None":
        """The column, or None."""
        place = self.path(key)
        if not place.is_file():
            return None
        with contextlib.suppress(OSError):
            os.utime(place)
        return mapped(place).to_series(0)

    def put(self, key: str, column: "pl.Series") -> None:
        """Keep a column; the longest unused make room."""
        write_whole(column.to_frame(), self.path(key), "ipc", synced=False)
        self._sweep()

    def _sweep(self) -> None:
        files = sorted(self.folder.glob("*.arrow"), key=lambda file: file.stat().st_mtime, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > MOST_ON_DISK and file.name != "source.arrow":
                file.unlink(missing_ok=True)


def source_of(folder: Path) -> "pl.DataFrame":
    """The source table, mapped; its quick form is made again if it is gone."""
    import polars as pl

    quick = folder / "cache" / "source.arrow"
    if not quick.is_file():
        write_whole(pl.read_parquet(folder / "source.parquet"), quick, "ipc", synced=False)
    return mapped(quick)

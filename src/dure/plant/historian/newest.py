"""Names and newest samples of all signals, in memory; `last` in the database follows them.

The table `last` is right up to the sample numbered in `kept`; the samples behind that number are all in `hot` and are
added at the start. So a burst of samples costs no write for each signal, and a kill loses nothing.
"""

import threading
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Array, Block, stable_order
from dure.plant.historian.store import arrow, registered

_NEVER = -(2**63)
_COLUMNS = {
    "time": (np.int64, _NEVER),
    "sequence": (np.int32, -(2**31)),
    "value": (np.float64, np.nan),
    "quality": (np.uint8, 0),
    "received": (np.int64, 0),
    "count": (np.int64, 0),
    "first": (np.int64, 2**63 - 1),
}
_WRITE = """
INSERT OR REPLACE INTO last SELECT signal, time, sequence, value, text, quality, received, count, first FROM newest
"""
_BEHIND = """
SELECT signal, time, sequence, value, text, quality, received FROM hot
WHERE number > (SELECT number FROM kept) ORDER BY signal, time, sequence
"""


class Newest:
    """Names by id, and of each signal its newest sample, count and first time; threads may read it."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self.names: list[str] = []
        self.ids: dict[str, int] = {}
        self._held = {name: np.full(64, fill, kind) for name, (kind, fill) in _COLUMNS.items()}
        self._texts: dict[int, str] = {}
        self._changed: set[int] = set()
        self._guard = threading.Lock()
        self.load(database)

    def __getitem__(self, name: str) -> Array:
        """A column of the newest samples by id of the signal."""
        return self._held[name][: len(self.names)]

    def name(self, names: Sequence[str]) -> None:
        """Give the next ids to signals that come for the first time."""
        with self._guard:
            for name in names:
                self.ids[name] = len(self.names)
                self.names.append(name)
            while len(self._held["time"]) < len(self.names):
                self._grow()

    def forget(self, known: int) -> None:
        """Take back the names behind the first `known`: their transaction failed."""
        with self._guard:
            for name in self.names[known:]:
                del self.ids[name]
            del self.names[known:]

    def add(self, block: Block) -> None:
        """Count new samples; `code` of the block is the id of the signal."""
        if not len(block):
            return
        order = stable_order(block["code"], len(self.names))
        code, time = block["code"][order], block["time"][order]
        starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
        ids = code[starts]
        sequence = block["sequence"][order]
        newest = order[_last_of_each(starts, time, sequence)]
        with self._guard:
            self._held["count"][ids] += np.diff(np.r_[starts, len(code)])
            self._held["first"][ids] = np.minimum(self._held["first"][ids], np.minimum.reduceat(time, starts))
            self._replace(ids, newest, block)
            self._changed.update(ids.tolist())

    def amend(self, rows: pa.Table) -> None:
        """The newest samples of the signals numbered `signal` read otherwise now: value, text, quality."""
        with self._guard:
            ids = rows["signal"].to_numpy()
            for name in ("value", "quality"):
                self._held[name][ids] = rows[name].to_numpy()
            for number, word in zip(ids.tolist(), rows["text"].to_pylist(), strict=True):
                self._texts.pop(number, None)
                if word is not None:
                    self._texts[number] = word

    def signals(self) -> list[dict[str, Any]]:
        """Every signal with its count, and the times of its first and last sample [ns], by name."""
        with self._guard:
            count, first, last = (self[name].tolist() for name in ("count", "first", "time"))
        rows = zip(self.names, count, first, last, strict=False)
        return sorted(
            ({"signal": s, "count": n, "first": f, "last": t} for s, n, f, t in rows if n),
            key=lambda row: str(row["signal"]),
        )

    def last(self, signals: Sequence[str] | None) -> list[dict[str, Any]]:
        """Newest sample of each signal, by name."""
        with self._guard:
            chosen = self.names if signals is None else {name for name in signals if name in self.ids}
            ids = [self.ids[name] for name in sorted(chosen) if self._held["count"][self.ids[name]]]
            columns = [self._held[name][ids].tolist() for name in ("time", "value", "quality", "received", "sequence")]  # fmt: skip
            texts = [self._texts.get(number) for number in ids]
        return [
            {
                "signal": self.names[number],
                "time": time,
                "value": value if value - value == 0 else None,
                "text": text,
                "quality": quality,
                "received": received,
                "sequence": sequence,
            }
            for number, text, time, value, quality, received, sequence in zip(
                ids, texts, *columns, strict=True
            )
        ]

    def write(self, database: duckdb.DuckDBPyConnection, number: int) -> None:
        """Bring `last` up to the sample of that number; inside the caller's transaction, then `written`."""
        with self._guard:
            ids = np.array(sorted(self._changed), np.int32)
            columns: dict[str, Any] = {name: self._held[name][ids] for name in _COLUMNS}
            texts = pa.array([self._texts.get(one) for one in ids.tolist()], pa.string())
        with registered(database, "newest", pa.table({"signal": ids, **columns, "text": texts})):
            database.execute(_WRITE)
        database.execute("UPDATE kept SET number = $number", {"number": number})

    def written(self) -> None:
        """What `write` wrote is committed, and nothing was added since."""
        self._changed.clear()

    def _replace(self, ids: Array, newest: Array, block: Block) -> None:
        held = self._held
        time, sequence = block["time"][newest], block["sequence"][newest]
        ahead = (time > held["time"][ids]) | (
            (time == held["time"][ids]) & (sequence > held["sequence"][ids])
        )
        ids, newest = ids[ahead], newest[ahead]
        for name in ("time", "sequence", "value", "quality", "received"):
            held[name][ids] = block[name][newest]
        text = block.columns["text"]
        if text is None and not self._texts:
            return
        words = [None] * len(ids) if text is None else text.take(pa.array(newest)).to_pylist()
        for number, word in zip(ids.tolist(), words, strict=True):
            self._texts.pop(number, None)
            if word is not None:
                self._texts[number] = word

    def _grow(self) -> None:
        for name, (kind, fill) in _COLUMNS.items():
            held = self._held[name]
            self._held[name] = np.concatenate([held, np.full(len(held), fill, kind)])

    def load(self, database: duckdb.DuckDBPyConnection) -> None:
        """Begin anew with what the database says: its table of newest samples, and the hot rows behind it."""
        self.names, self.ids, self._changed = [], {}, set()
        self._held = {name: np.full(64, fill, kind) for name, (kind, fill) in _COLUMNS.items()}
        rows = database.execute("SELECT name FROM signals ORDER BY id").fetchall()
        self.name([name for (name,) in rows])
        stored = arrow(database, "FROM last")
        ids = stored["signal"].to_numpy()
        for name in _COLUMNS:
            self._held[name][ids] = stored[name].to_numpy()
        self._texts = {
            number: word
            for number, word in zip(ids.tolist(), stored["text"].to_pylist(), strict=True)
            if word is not None
        }
        behind = arrow(database, _BEHIND)
        columns = {name: behind[name].to_numpy() for name in ("time", "sequence", "value", "quality", "received")}  # fmt: skip
        self.add(
            Block(
                self.names,
                {
                    "code": behind["signal"].to_numpy(),
                    **columns,
                    "text": behind["text"].combine_chunks() if behind.num_rows else None,
                },
            )
        )


def _last_of_each(starts: Array, time: Array, sequence: Array) -> Array:
    """Place of the newest row of each stretch; the usual stretch ascends, and its newest is its last."""
    ends = np.r_[starts[1:], len(time)] - 1
    found: Array = ends.copy()
    ascends = (time[1:] > time[:-1]) | ((time[1:] == time[:-1]) & (sequence[1:] > sequence[:-1]))
    ascends[ends[:-1]] = True
    falls = np.unique(np.searchsorted(starts, np.flatnonzero(~ascends), side="right") - 1)
    for place in falls.tolist():
        part = slice(int(starts[place]), int(ends[place]) + 1)
        found[place] = starts[place] + np.lexsort([sequence[part], time[part]])[-1]
    return found

"""From the logs into the database: every sample once, whatever is sent twice or killed in between."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dure.plant.historian.block import Array, Block, stable_order
from dure.plant.historian.requests import LATEST
from dure.plant.historian.ring import Ring, Stretch
from dure.plant.historian.settings import Settings
from dure.plant.historian.shelf import Shelf
from dure.plant.historian.store import arrow, registered, transaction
from dure.plant.historian.wire import Paths
from dure.plant.transport import (
    SAMPLE_SCHEMA,
    Damage,
    Event,
    Frame,
    Gap,
    Kind,
    Position,
    WrongSamples,
    decode,
    forget,
    read_log,
)

_KEY = np.dtype([("code", np.int32), ("time", np.int64), ("sequence", np.int32)])
_STRETCH = 50_000  # samples that followers get as one
_KEEP = "INSERT INTO hot SELECT number, signal, time, sequence, value, text, quality, received FROM fresh"
_IN_HOT = """
SELECT h.signal, h.time, h.sequence FROM hot h
WHERE h.time BETWEEN $low AND $high AND h.signal IN (SELECT unnest($ids))
"""
_KEEP_GAP = """
INSERT INTO gaps VALUES ($source, $start, $end, $first_sequence, $last_sequence, $cause, $filled_by)
ON CONFLICT DO UPDATE SET "end" = excluded."end", cause = excluded.cause, filled_by = excluded.filled_by
"""


@dataclass(slots=True)
class Load:
    """What one round takes from the logs into one transaction."""

    tables: list[pa.Table] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    moved: dict[str, Position] = field(default_factory=dict)
    size: int = 0

    def add(self, source: str, position: Position, frame: Frame | Damage) -> None:
        """Take one frame; one that cannot be understood is named in the gap ledger instead."""
        self.moved[source] = position
        if isinstance(frame, Damage):
            self.gaps.append(_lost(source, position, f"{frame.size} bytes of the log are damaged"))
            return
        self.size += len(frame.payload)
        try:
            self._read(source, position, frame)
        except (WrongSamples, ValueError, TypeError) as refused:
            self.gaps.append(_lost(source, position, f"a frame of the log cannot be read: {refused}"))

    def _read(self, source: str, position: Position, frame: Frame) -> None:
        if frame.kind is Kind.SAMPLES:
            self._read_samples(source, position, decode(frame.payload))
        elif frame.kind is Kind.GAP:
            self.gaps.append(Gap.from_bytes(frame.payload))
        else:
            self.events.append(Event.from_bytes(frame.payload))

    def _read_samples(self, source: str, position: Position, table: pa.Table) -> None:
        """Take the rows whose time a clock can show; a null DateTime of OPC UA (1601) or a wild one is named."""
        possible = pc.and_(pc.greater_equal(table["time"], 0), pc.less(table["time"], LATEST))
        kept = table.filter(possible)
        if impossible := table.num_rows - kept.num_rows:
            self.gaps.append(_lost(source, position, f"{impossible} samples with an impossible source time"))
        self.tables.append(kept)


def _lost(source: str, position: Position, cause: str) -> Gap:
    now = time.time_ns()
    return Gap(source, now, now, position.segment, position.offset, cause, filled_by="permanent")


class Ingest:
    """Ingests all logs below `segments`; the only writer of `positions`, and of `hot` and `last` but for compaction."""

    def __init__(self, shelf: Shelf, paths: Paths, ring: Ring, settings: Settings) -> None:
        self._database, self._shelf, self._ring = shelf.database, shelf, ring
        self._segments, self.settings = paths.segments, settings
        stored = self._database.execute("SELECT source, segment, place FROM positions").fetchall()
        self.positions = {source: Position(segment, place) for source, segment, place in stored}
        number: Any = self._database.execute("SELECT number FROM counter").fetchall()[0]
        self._number = int(number[0])

    def tick(self) -> int:
        """Ingest what the logs hold beyond their positions, at most one burst; how many samples were new."""
        load = self._collect()
        if not load.moved:
            return 0

        def note(_: Block | None) -> None:
            self._keep_notes(load)
            self._move(load.moved)

        with self._shelf.turn:
            fresh = self._keep(load.tables, note)
            self.positions |= load.moved
        for source, position in load.moved.items():
            forget(self._segments / source, position)
        return 0 if fresh is None else len(fresh)

    def put(self, table: pa.Table, note: Callable[[Block | None], None]) -> Block | None:
        """Keep samples that come by no log, and what `note` writes of the new ones, in one transaction; the new ones."""
        with self._shelf.turn:
            return self._keep([table], note)

    def _keep(self, tables: list[pa.Table], note: Callable[[Block | None], None]) -> Block | None:
        known = len(self._shelf.newest.names)
        try:
            with transaction(self._database):
                fresh = self._keep_samples(tables)
                note(fresh)
        except BaseException:
            self._shelf.newest.forget(known)
            raise
        if fresh is not None:
            self._take_in(fresh)
        return fresh

    def _take_in(self, fresh: Block) -> None:
        """What is committed now, told to the readers."""
        self._shelf.newest.add(fresh)
        self._shelf.lower(int(fresh["time"].min()), len(fresh))
        for start in range(0, len(fresh), _STRETCH):
            some = fresh.take(slice(start, start + _STRETCH))
            self._ring.put(Stretch(self._number + 1, _coded(some)))
            self._number += len(some)

    def _collect(self) -> Load:
        load = Load()
        for source in sources(self._segments):
            for position, frame in read_log(self._segments / source, self.positions.get(source)):
                load.add(source, position, frame)
                if load.size >= self.settings.burst:
                    return load
        return load

    def _keep_samples(self, tables: list[pa.Table]) -> Block | None:
        if not sum(table.num_rows for table in tables):
            return None
        fresh = self._without_known(_once(self._block(tables)))
        if not len(fresh):
            return None
        numbers = np.arange(self._number + 1, self._number + 1 + len(fresh))
        text = fresh.columns["text"]
        columns = {name: fresh[name] for name in ("time", "sequence", "value", "quality", "received")}
        words = pa.nulls(len(fresh), pa.string()) if text is None else text
        table = pa.table({"number": numbers, "signal": fresh["code"], **columns, "text": words})
        with registered(self._database, "fresh", table):
            self._database.execute(_KEEP)
        self._database.execute("UPDATE counter SET number = $number", {"number": int(numbers[-1])})
        return fresh

    def _block(self, tables: list[pa.Table]) -> Block:
        """What arrived, in the order of arrival; `code` is the id of the signal."""
        arrived = pa.concat_tables(tables).combine_chunks()
        coded = arrived["signal"].combine_chunks().dictionary_encode()
        ids = self._name(coded.dictionary.to_pylist())[coded.indices.to_numpy()]
        columns = {name: arrived[name].to_numpy() for name in ("time", "sequence", "value", "quality", "received")}  # fmt: skip
        text = arrived["text"].combine_chunks()
        return Block(
            self._shelf.newest.names,
            {"code": ids, **columns, "text": None if text.null_count == len(text) else text},
        )

    def _name(self, names: list[str]) -> Array:
        """Ids of signals, new ones for those that come for the first time."""
        newest = self._shelf.newest
        if strange := [name for name in names if name not in newest.ids]:
            first = len(newest.names)
            newest.name(strange)
            ids = np.arange(first, first + len(strange), dtype=np.int32)
            with registered(self._database, "strange", pa.table({"id": ids, "name": strange})):
                self._database.execute("INSERT INTO signals SELECT id, name FROM strange")
        return np.array([newest.ids[name] for name in names], np.int32)

    def _without_known(self, arrived: Block) -> Block:
        """Without what is stored: a row ahead of its signal's newest is new, only the others are looked for."""
        code, time, newest = arrived["code"], arrived["time"], self._shelf.newest
        last = newest["time"][code]
        ahead = (time > last) | ((time == last) & (arrived["sequence"] > newest["sequence"][code]))
        if ahead.all():
            return arrived
        late = np.flatnonzero(~ahead)
        known = self._stored(arrived.take(late))
        ahead[late] = ~known
        return arrived.take(ahead)

    def _stored(self, late: Block) -> Array:
        """Whether each of the late rows is stored already."""
        low, high = int(late["time"].min()), int(late["time"].max())
        ids = np.unique(late["code"])
        facts = {"low": low, "high": high, "ids": ids.tolist()}
        hot = arrow(self._database, _IN_HOT, facts)
        stored = [_keys(*(hot[name].to_numpy() for name in ("signal", "time", "sequence")))]
        names = sorted(self._shelf.newest.names[one] for one in ids.tolist())
        place = np.array([self._shelf.newest.ids[name] for name in names], np.int32)
        for piece in self._shelf.between(low, high):
            rows = self._shelf.files.read(piece.raw, names, low, high + 1, ["time", "sequence"])
            stored.append(_keys(place[rows["code"]], rows["time"], rows["sequence"]))
        return _among(_keys(late["code"], late["time"], late["sequence"]), np.concatenate(stored))

    def _keep_notes(self, load: Load) -> None:
        for gap in load.gaps:
            facts = {name: getattr(gap, name) for name in Gap.__dataclass_fields__}
            self._database.execute(_KEEP_GAP, facts)
        for event in load.events:
            row = [event.source, event.time, event.what, event.to_bytes().decode()]
            self._database.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", row)

    def _move(self, moved: dict[str, Position]) -> None:
        for source, position in moved.items():
            row = [source, position.segment, position.offset]
            self._database.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", row)


def _once(block: Block) -> Block:
    """Without what came twice; the usual stretch ascends in each signal and needs no more than that seen."""
    order = stable_order(block["code"], int(block["code"].max()) + 1)
    code, time, sequence = (block[name][order] for name in ("code", "time", "sequence"))
    later = (time[1:] > time[:-1]) | ((time[1:] == time[:-1]) & (sequence[1:] > sequence[:-1]))
    if np.all(later | (code[1:] != code[:-1])):
        return block
    order = np.lexsort([block["sequence"], block["time"], block["code"]])
    keys = _keys(block["code"], block["time"], block["sequence"])[order]
    return block.take(np.sort(order[np.r_[True, keys[1:] != keys[:-1]]]))


def _keys(code: Array, time: Array, sequence: Array) -> Array:
    keys = np.empty(len(code), _KEY)
    keys["code"], keys["time"], keys["sequence"] = code, time, sequence
    return keys


def _among(asked: Array, stored: Array) -> Array:
    """Whether each of `asked` is in `stored`: all sorted together, those of `stored` first among equals."""
    both = np.concatenate([stored, asked])
    order = np.lexsort([both["sequence"], both["time"], both["code"]])
    keys = both[order]
    begins = np.r_[True, keys[1:] != keys[:-1]]
    found = (order[begins] < len(stored))[np.cumsum(begins) - 1]
    result = np.empty(len(both), bool)
    result[order] = found
    return result[len(stored) :]


def _coded(fresh: Block) -> pa.Table:
    """Table of the feed, whose signals are coded: few followers want all of them."""
    code = fresh["code"]
    ids = np.flatnonzero(np.bincount(code))
    place = np.zeros(int(ids[-1]) + 1, np.int32)
    place[ids] = np.arange(len(ids))
    names = pa.array([fresh.names[one] for one in ids.tolist()], pa.string())
    text = fresh.columns["text"]
    columns = {name: pa.array(fresh[name]) for name in ("time", "sequence", "value", "quality", "received")}
    words = pa.nulls(len(fresh), pa.string()) if text is None else text
    signal = pa.DictionaryArray.from_arrays(pa.array(place[code]), names)
    return pa.table({"signal": signal, **columns, "text": words}).select(SAMPLE_SCHEMA.names)


def sources(segments: Path) -> list[str]:
    """Ids of the sources that have a log."""
    return sorted(entry.name for entry in segments.iterdir() if entry.is_dir()) if segments.is_dir() else []

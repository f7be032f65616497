"""The query service: one thread a client, each with its own cursor, over the local socket."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from time import time_ns
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dure.plant.historian.averaging import asof, average
from dure.plant.historian.correcting import Reading, backfilled, rows_of, stretch, table
from dure.plant.historian.corrections import Corrections, Note
from dure.plant.historian.dayfiles import DayFiles
from dure.plant.historian.drawing import trend
from dure.plant.historian.errors import FeedBehind, HistorianBusy, HistorianFailed, RequestRefused
from dure.plant.historian.gathering import gathered, weighed
from dure.plant.historian.holding import interpolate, states
from dure.plant.historian.measuring import measure
from dure.plant.historian.reading import Reader, in_one_moment
from dure.plant.historian.requests import parse
from dure.plant.historian.ring import Ring, Stretch
from dure.plant.historian.sending import PIECE, send_block, send_table, unbroken
from dure.plant.historian.settings import Settings
from dure.plant.historian.shelf import Shelf
from dure.plant.historian.store import Usage
from dure.plant.historian.wire import (
    ARROW,
    ERROR,
    JSON,
    MAX_REQUEST,
    Paths,
    prove_as_historian,
    to_json,
)
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog, batch, decode
from dure.vocabulary import DureError, Sample

log = logging.getLogger(__name__)
Facts = dict[str, Any]
_TURNED_AWAY = 64  # clients without a seat that are told so at once
_PATIENCE = 5.0  # s that they may take to ask
_TABLES: dict[str, Callable[..., pa.Table]] = {
    "every": lambda reader, **asked: reader.every(**asked),
    "average": average,
    "asof": asof,
    "interpolate": interpolate,
    "gather": gathered,
    "weighed": weighed,
    "states": states,
}
# Operations that answer with JSON from one moment of the database.
_ANSWERS: dict[str, Callable[[Reader, Facts], Any]] = {
    "signals": lambda reader, _: reader.signals(),
    "last": lambda reader, asked: reader.last(**asked),
    "measure": lambda reader, asked: measure(reader, **asked),
    "gaps": lambda reader, asked: reader.gaps(**asked),
    "events": lambda reader, asked: reader.events(**asked),
}


@dataclass(slots=True)
class Service:
    """What all clients share."""

    shelf: Shelf
    paths: Paths
    settings: Settings
    key: bytes
    ring: Ring
    dayfiles: DayFiles
    corrections: Corrections
    health: Callable[[], Facts]
    retain: Callable[[bool], Facts]
    wake: threading.Event
    usage: Usage = field(default_factory=Usage)
    _logs: dict[str, SegmentLog] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def log_of(self, source: str) -> SegmentLog:
        """The service's own log of a source, opened at first use."""
        with self._guard:
            if source not in self._logs:
                self._logs[source] = SegmentLog(self.paths.segments / source)
            return self._logs[source]

    def close(self) -> None:
        """Let go of the logs."""
        with self._guard:
            while self._logs:
                self._logs.popitem()[1].close()


def listen(service: Service, listener: Listener, stop: threading.Event) -> None:
    """Accept clients until told to stop; a client more than the limit is turned away with a sentence."""
    seats = threading.BoundedSemaphore(service.settings.clients)
    doors = threading.BoundedSemaphore(_TURNED_AWAY)
    while not stop.is_set():
        try:
            connection: Connection = listener.accept()
        except OSError as failure:
            # Closed at the end; before it no descriptor was free, and the next client may have better luck.
            if not stop.wait(0.1):
                log.warning("a client could not be accepted: %s", failure)
            continue
        if not seats.acquire(blocking=False):
            if doors.acquire(blocking=False):
                threading.Thread(target=_turn_away, args=(service, connection, doors), daemon=True).start()
            else:
                connection.close()
            continue
        threading.Thread(target=_attend, args=(service, connection, seats), daemon=True).start()


def _attend(service: Service, connection: Connection, seats: threading.BoundedSemaphore) -> None:
    """Serve one client until it leaves, or says something that is no message of ours."""
    try:
        with connection, suppress(EOFError, OSError, AuthenticationError):
            prove_as_historian(connection, service.key)
            with service.shelf.database.cursor() as cursor:
                reader = Reader(cursor, service.shelf, service.settings, service.usage)
                while True:
                    _serve(Client(service, connection, reader), connection.recv_bytes(MAX_REQUEST))
    finally:
        seats.release()


def _turn_away(service: Service, connection: Connection, doors: threading.BoundedSemaphore) -> None:
    """Tell a client that there is no seat, when it asks; its question is not read."""
    try:
        with connection, suppress(EOFError, OSError, AuthenticationError):
            prove_as_historian(connection, service.key)
            if connection.poll(_PATIENCE):
                connection.recv_bytes(MAX_REQUEST)
                facts = {"key": HistorianBusy.key, "where": str(service.paths.home)}
                connection.send_bytes(
                    ERROR + to_json({**facts, "facts": {"limit": service.settings.clients}})
                )
    finally:
        doors.release()


def _serve(client: "Client", message: bytes) -> None:
    do = "?"
    try:
        do, asked = parse(message)
        facts = client.answer(do, asked)
    except DureError as refusal:
        client.refuse(refusal)
    except (EOFError, OSError):
        raise
    except Exception as failure:  # the service outlives whatever a question meets
        log.exception("request %s failed", do)
        client.refuse(HistorianFailed(do, reason=str(failure).split("\n")[0]))
    else:
        client.connection.send_bytes(JSON + to_json(facts))


@dataclass(frozen=True, slots=True)
class Client:
    """One client's conversation."""

    service: Service
    connection: Connection
    reader: Reader

    def answer(self, do: str, asked: Facts) -> Any:
        """Facts of the reply; a table is sent before them, piece by piece."""
        self.reader.raw = bool(asked.pop("raw", False))
        if do in _ANSWERS:
            return in_one_moment(self.reader, lambda reader: _ANSWERS[do](reader, asked))
        if do in _TABLES:
            table = in_one_moment(self.reader, lambda reader: _TABLES[do](reader, **asked))
            return send_table(self.connection, table.schema, table.to_batches(max_chunksize=50_000))
        operation: Callable[..., Any] = getattr(self, f"_{do}")
        return operation(**asked)

    def refuse(self, refusal: DureError) -> None:
        """Send what was refused, without its words: the client says it in its own language."""
        facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in refusal.facts.items()}
        self.connection.send_bytes(
            ERROR + to_json({"key": refusal.key, "where": refusal.where, "facts": facts})
        )

    def _append(self, source: str, rows: list[Sample] | None, arrow: bytes) -> Facts:
        table = decode(arrow, source) if arrow else batch(rows or [], received=time_ns())
        parts = table.combine_chunks().to_batches() if isinstance(table, pa.Table) else [table]
        for part in parts:
            self.service.log_of(source).append(part)
        self.service.wake.set()
        return {"rows": table.num_rows}

    def _query(self, signals: list[str], start: int, end: int) -> Facts:
        def ask(reader: Reader) -> Facts:
            parts = [
                send_block(self.connection, block) for block in unbroken(reader.query(signals, start, end))
            ]
            return {"parts": parts}

        return in_one_moment(self.reader, ask)

    def _trend(self, **asked: Any) -> Facts:
        """Lengths of each signal's four columns; their float64 go before, without Arrow and quicker than as text."""
        drawn = in_one_moment(self.reader, lambda reader: trend(reader, **asked))
        columns = b"".join(rows.astype("<f8").tobytes() for rows in drawn.values())
        for start in range(0, len(columns), PIECE):
            self.connection.send_bytes(ARROW + columns[start : start + PIECE])
        return {"rows": {name: rows.shape[1] for name, rows in drawn.items()}}

    def _feed(self, after: int | None, signals: list[str] | None, wait: float, json: bool) -> Facts:
        ring = self.service.ring
        after = ring.newest if after is None else min(after, ring.newest)
        ring.wait(after, wait)
        stretch = self._behind(after)
        table = _only(stretch.table, signals)
        position = max(after, stretch.end)
        if json:
            return {"position": position, "samples": _records(table)}
        return {"position": position, **send_table(self.connection, SAMPLE_SCHEMA, table.to_batches())}

    def _behind(self, after: int) -> Stretch:
        limit = self.service.settings.max_feed
        if after >= self.service.ring.newest:
            return Stretch(after + 1, SAMPLE_SCHEMA.empty_table())
        if stretch := self.service.ring.take(after, limit):
            return stretch
        table, last = in_one_moment(self.reader, lambda reader: reader.ingested(after, limit))
        if not table.num_rows or table.num_rows != last - after:  # some have moved to a day file
            raise FeedBehind(str(after), oldest=self.service.ring.oldest)
        return Stretch(last - table.num_rows + 1, table)

    def _compact(self, day: Any) -> Facts:
        with self.service.usage:
            facts = self.service.dayfiles.compact(day)
            return {name: facts[name] for name in ("day", "rows", "bytes")}

    def _retention(self, dry_run: bool) -> Facts:
        with self.service.usage:
            return self.service.retain(dry_run)

    def _correct(self, by: str, reason: str, dry_run: bool, arrow: bytes, **asked: Any) -> Facts:
        note = Note("correct", by, reason, time_ns())
        make = self.service.corrections.correct

        def ask(reader: Reader) -> Facts:
            if arrow:
                rows, missing = rows_of(arrow), [0]
                facts = make(note, table(reader, rows, missing), dry_run=dry_run)
                return {**facts, "missing": missing[0]}
            names, reading = _stretch(asked)
            blocks = stretch(reader, names, asked["start"], asked["end"], reading)
            return {**make(note, blocks, dry_run=dry_run), "missing": 0}

        return {**in_one_moment(self.reader, ask), "dry_run": dry_run}

    def _undo(self, by: str, reason: str, number: int) -> Facts:
        with self.service.usage:
            return self.service.corrections.undo(Note("undo", by, reason, time_ns()), number)

    def _backfill(self, by: str, reason: str, file: str | None, arrow: bytes) -> Facts:
        note = Note("backfill", by, reason, time_ns(), facts={"file": file} if file else {})
        samples = backfilled(decode(arrow, "a backfill"))
        with self.service.usage:
            return self.service.corrections.backfill(note, samples)

    def _corrections(self) -> list[Facts]:
        with self.service.usage:
            return self.service.corrections.listed()

    def _health(self) -> Facts:
        return self.service.health()


def _stretch(asked: Facts) -> tuple[list[str], Reading]:
    """Signals and new reading of a stretch to correct."""
    if asked["signals"] is None or asked["start"] is None or asked["end"] is None:
        raise RequestRefused("correct", reason="it names neither a table nor signals, start and end")
    if asked["value"] is not None and (asked["scale"] is not None or asked["offset"] is not None):
        raise RequestRefused("correct", reason="a value and a scale or offset exclude each other")
    return sorted(asked["signals"]), Reading(asked["value"], asked["scale"], asked["offset"])


def _only(table: pa.Table, signals: list[str] | None) -> pa.Table:
    """The rows of some signals; a table of the ring has its signals coded."""
    signal = table["signal"]
    if signals is not None and pa.types.is_dictionary(signal.type):
        wanted, masks = set(signals), []
        for chunk in signal.chunks:
            known = pa.array([name in wanted for name in chunk.dictionary.to_pylist()], pa.bool_())
            masks.append(known.take(chunk.indices))
        table = table.filter(pa.chunked_array(masks, pa.bool_()))
    elif signals is not None:
        table = table.filter(pc.is_in(signal, pa.array(signals, pa.string())))
    return table.cast(SAMPLE_SCHEMA)


def _records(table: pa.Table) -> list[Facts]:
    rows: list[Facts] = table.to_pylist()
    for row in rows:
        if row["value"] - row["value"] != 0:  # NaN and infinities have no place in JSON
            row["value"] = None
    return rows

"""The historian as other processes see it. JSON operations leave pyarrow unloaded: web and live stay small."""

import json
import os
import sys
import threading
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from dure.plant.historian.errors import HistorianDown, KeyRefused, refusal_of
from dure.plant.historian.wire import ARROW, JSON, MAX_REPLY, Paths, prove_as_client, to_json
from dure.vocabulary import Sample

if TYPE_CHECKING:
    import pyarrow as pa

Record = dict[str, Any]
_ROWS_AT_ONCE = 10_000


class Historian:
    """The historian of the node whose home is `home`; threads may share one object.

    Times are nanoseconds since 1970-01-01 UTC, and a range is `start` ≤ time < `end`. Every method raises
    `HistorianDown` when the process does not answer within `patience` [s], `TooMuch` when the reply would be too
    large.
    """

    def __init__(self, home: Path, *, patience: float = 60.0) -> None:
        self._paths, self._patience = Paths(home), patience
        self._guard = threading.Lock()
        self._idle: list[Connection] = []
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._guard:
            while self._idle:
                self._idle.pop().close()

    def wait(self, seconds: float) -> bool:
        """Whether the historian answers within `seconds`; for whoever has just started it."""
        end = monotonic() + seconds
        while True:
            with suppress(HistorianDown):
                return bool(self.health())
            if monotonic() >= end:
                return False
            sleep(0.05)

    def append(self, source: str, samples: "pa.RecordBatch | Iterable[Sample]") -> None:
        """Keep samples of `source`; when this returns they are on the disk, and soon readable.

        `source` is a slug (a-z, 0-9, hyphen) that no collector writes, such as `deploy`.
        """
        if hasattr(samples, "schema"):
            self._append_arrow(source, samples)
            return
        rows = [_row(sample) for sample in samples]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            self._ask({"do": "append", "source": source, "rows": rows[start : start + _ROWS_AT_ONCE]})

    def _append_arrow(self, source: str, rows: "pa.RecordBatch") -> None:
        from dure.plant.transport import encode

        for start in range(0, rows.num_rows, _ROWS_AT_ONCE):
            piece = encode(rows.slice(start, _ROWS_AT_ONCE))
            self._ask({"do": "append", "source": source}, payload=b"\n" + piece)

    def signals(self) -> list[Record]:
        """Every signal that has a sample: signal, count, first, last [ns]."""
        return self._list({"do": "signals"})

    def last(self, signals: Sequence[str] | None = None) -> list[Record]:
        """Newest sample of each signal: signal, time, value (None if not a number), text, quality, received."""
        return self._list({"do": "last", "signals": _names(signals)})

    def query(self, signals: Sequence[str], start: int, end: int) -> "pa.Table":
        """Samples as recorded, of `transport.SAMPLE_SCHEMA`, ordered by signal, time, sequence."""
        return self._table({"do": "query", "signals": _names(signals), "start": start, "end": end})

    def query_every(
        self, signals: Sequence[str], start: int, end: int, every_ns: int, max_age_ns: int | None = None
    ) -> "pa.Table":
        """One row a tick (start, start + every, … < end): `time`, and a float64 column a signal.

        The value at a tick is that of the last good sample with a number whose source time is at or before it;
        null if there is none, or none within `max_age_ns`. Training and live scoring both read this.
        """
        request = {"do": "every", "signals": _names(signals), "start": start, "end": end}
        return self._table({**request, "every": every_ns, "max_age": max_age_ns})

    def average(self, signals: Sequence[str], start: int, end: int, every_ns: int) -> "pa.Table":
        """Time-weighted average over stretches of `every_ns`: `time`, the begin of each, and a float64 column a signal.

        A good value holds until the next; null where none is known yet. A last stretch may be shorter.
        """
        request = {"do": "average", "signals": _names(signals), "start": start, "end": end}
        return self._table({**request, "every": every_ns})

    def asof(self, signals: Sequence[str], times: Sequence[int], max_age_ns: int | None = None) -> "pa.Table":
        """The value at each of at most 100,000 times, as `query_every` has it at a tick: a row a time, in their order."""
        request = {"do": "asof", "signals": _names(signals), "times": [int(one) for one in times]}
        return self._table({**request, "max_age": max_age_ns})

    def trend(self, signals: Sequence[str], start: int, end: int, points: int) -> dict[str, Any]:
        """For drawing: each signal's {time [s], min, max, mean} over at most `points` equal stretches.

        Stretches of two minutes and more are whole minutes, of two hours and more whole hours, and begin at one.
        Empty stretches are left out; bad samples and texts are not drawn; time is the mean of the samples' times.
        """
        request = {"do": "trend", "signals": _names(signals), "start": start, "end": end, "points": points}
        facts, columns = self._ask(request)
        return _drawn(facts["rows"], columns)

    @overload
    def feed(
        self,
        after: int | None,
        signals: Sequence[str] | None = ...,
        wait: float = ...,
        *,
        as_json: Literal[True],
    ) -> tuple[int, list[Record]]: ...

    @overload
    def feed(
        self,
        after: int | None,
        signals: Sequence[str] | None = ...,
        wait: float = ...,
        *,
        as_json: Literal[False] = ...,
    ) -> "tuple[int, pa.Table]": ...

    def feed(
        self,
        after: int | None,
        signals: Sequence[str] | None = None,
        wait: float = 1.0,
        *,
        as_json: bool = False,
    ) -> "tuple[int, pa.Table | list[Record]]":
        """What was ingested behind position `after` (None: from now), and the position from which to go on.

        Waits up to `wait` [s] for something to come. A follower that fell behind further than the hot store
        reaches gets `FeedBehind`.
        """
        request = {"do": "feed", "after": after, "signals": _names(signals), "wait": wait, "json": as_json}
        if as_json:
            facts, _ = self._ask(request, extra=wait)
            return facts["position"], facts["samples"]
        facts, arrow = self._ask(request, extra=wait)
        return facts["position"], _read(arrow)

    def measure(
        self, signals: Sequence[str] | None = None, start: int | None = None, end: int | None = None
    ) -> list[Record]:
        """Measured properties of each signal; the reference page defines every one.

        signal, count, rate_hz, period_s, gaps, gap_share, longest_gap_s, stuck_s, distinct, skew_s, bad_share, low,
        high, first, last. Without a range: the newest stretch that is cheap to read, at most a day.
        """
        return self._list({"do": "measure", "signals": _names(signals), "start": start, "end": end})

    def gaps(self, source: str | None = None) -> list[Record]:
        """The gap ledger, newest first: source, start, end, first_sequence, last_sequence, cause, filled_by."""
        return self._list({"do": "gaps", "source": source})

    def events(self, source: str | None = None) -> list[Record]:
        """The newest events of the connections: source, time, what, facts."""
        return self._list({"do": "events", "source": source})

    def compact(self, day: str) -> Record:
        """Write the day (`2026-11-24`, UTC) to its file now; rows and bytes of it."""
        facts: Record = self._ask({"do": "compact", "day": day}, extra=600)[0]
        return facts

    def retention(self, *, dry_run: bool = False) -> Record:
        """Remove what `historian/classes.toml` no longer keeps, or say what would go: items, and bytes of each kind."""
        facts: Record = self._ask({"do": "retention", "dry_run": dry_run}, extra=3600)[0]
        return facts

    def health(self) -> Record:
        """How the historian does: state, pid, rows, sources with their backlog, memory [bytes]."""
        facts: Record = self._ask({"do": "health"})[0]
        return facts

    def _list(self, request: Record) -> list[Record]:
        rows: list[Record] = self._ask(request)[0]
        return rows

    def _table(self, request: Record) -> "pa.Table":
        return _read(self._ask(request)[1])

    def _ask(self, request: Record, *, payload: bytes = b"", extra: float = 0.0) -> tuple[Any, bytes]:
        """Facts and Arrow bytes of the reply. A stale connection is replaced once: every request may be repeated."""
        for connection in (self._take(), None):
            try:
                return self._converse(connection or self._connect(), request, payload, self._patience + extra)
            except (EOFError, OSError) as lost:
                if connection is None:
                    raise HistorianDown(str(self._paths.home)) from lost
        raise AssertionError("unreachable")

    def _converse(
        self, connection: Connection, request: Record, payload: bytes, patience: float
    ) -> tuple[Any, bytes]:
        try:
            connection.send_bytes(to_json(request) + payload)
            kind, facts, arrow = _reply(connection, patience)
        except BaseException:
            connection.close()  # an answer half read must not be taken for that of the next question
            raise
        self._give_back(connection)
        if kind == JSON:
            return facts, arrow
        raise refusal_of(facts["key"])(facts["where"], **facts["facts"])

    def _take(self) -> Connection | None:
        with self._guard:
            if self._owner != os.getpid():  # a forked child must not speak on its parent's connections
                self._idle, self._owner = [], os.getpid()
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: Connection) -> None:
        with self._guard:
            self._idle.append(connection)

    def _connect(self) -> Connection:
        home = str(self._paths.home)
        try:
            address = json.loads(self._paths.ready.read_bytes())["address"]
            key = self._paths.key.read_bytes()
            connection = Client(address, family="AF_UNIX")
        except (OSError, ValueError, KeyError) as absent:
            raise HistorianDown(home) from absent
        try:
            prove_as_client(connection, key)
        except AuthenticationError as refused:
            connection.close()
            raise KeyRefused(home) from refused
        except (EOFError, OSError) as lost:
            connection.close()
            raise HistorianDown(home) from lost
        return connection


def _reply(connection: Connection, patience: float) -> tuple[bytes, Any, bytes]:
    pieces: list[memoryview] = []
    while True:
        if not connection.poll(patience):
            raise EOFError("the historian keeps silent")
        message = connection.recv_bytes(MAX_REPLY)
        if message[:1] != ARROW:
            return message[:1], json.loads(message[1:]), b"".join(pieces)
        pieces.append(memoryview(message)[1:])


def _read(arrow: bytes) -> "pa.Table":
    import pyarrow as pa

    with pa.ipc.open_stream(arrow) as stream:
        return stream.read_all()


def _drawn(rows: dict[str, int], columns: bytes) -> dict[str, Any]:
    """Lists of the four columns of each signal, sent as float64 one behind the other."""
    numbers = array("d")
    numbers.frombytes(columns)
    if sys.byteorder == "big":
        numbers.byteswap()
    drawn: dict[str, Any] = {}
    place = 0
    for name, count in rows.items():
        drawn[name] = {}
        for column in ("time", "min", "max", "mean"):
            drawn[name][column] = numbers[place : place + count].tolist()
            place += count
    return drawn


def _names(signals: Sequence[str] | None) -> list[str] | None:
    if isinstance(signals, str):
        raise TypeError("signals is a list of ids, not one id")
    return None if signals is None else list(signals)


def _row(sample: Sample) -> list[Any]:
    value = sample.value if sample.value == sample.value else None
    return [
        sample.signal,
        sample.time,
        sample.sequence,
        value,
        sample.text,
        int(sample.quality),
        sample.received,
    ]

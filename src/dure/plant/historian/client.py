"""The historian as other processes see it. JSON operations leave pyarrow unloaded: web and live stay small."""

import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from dure.plant.historian.conversing import Conversations
from dure.vocabulary import Sample

if TYPE_CHECKING:
    import pyarrow as pa

Record = dict[str, Any]
_ROWS_AT_ONCE = 10_000


class Historian(Conversations):
    """The historian of the node whose home is `home`; threads may share one object.

    Times are nanoseconds since 1970-01-01 UTC, and a range is `start` ≤ time < `end`. Every method raises
    `HistorianDown` when the process does not answer within `patience` [s], `TooMuch` when the reply would be too
    large.
    """

    def append(self, source: str, samples: "pa.RecordBatch | Iterable[Sample]") -> None:
        """Keep samples of `source`; when this returns they are on the disk, and soon readable.

        `source` is a slug (a-z, 0-9, hyphen) that no collector writes, such as `deploy`.
        """
        if hasattr(samples, "schema"):
            self._append_arrow(source, samples)
            return
        rows = [_row(sample) for sample in samples]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            self.ask({"do": "append", "source": source, "rows": rows[start : start + _ROWS_AT_ONCE]})

    def _append_arrow(self, source: str, rows: "pa.RecordBatch") -> None:
        from dure.plant.transport import encode

        for start in range(0, rows.num_rows, _ROWS_AT_ONCE):
            piece = encode(rows.slice(start, _ROWS_AT_ONCE))
            self.ask({"do": "append", "source": source}, payload=b"\n" + piece)

    def signals(self) -> list[Record]:
        """Every signal that has a sample: signal, count, first, last [ns]."""
        return self._list({"do": "signals"})

    def last(self, signals: Sequence[str] | None = None) -> list[Record]:
        """Newest sample of each signal: signal, time, value (None if not a number), text, quality, received."""
        return self._list({"do": "last", "signals": _names(signals)})

    def query(self, signals: Sequence[str], start: int, end: int, *, raw: bool = False) -> "pa.Table":
        """Samples of `transport.SAMPLE_SCHEMA`, ordered by signal, time, sequence; `raw`: without corrections."""
        from dure.plant.historian.packing import read_all

        asked = {"signals": _names(signals), "start": start, "end": end, "raw": raw}
        facts, columns = self.ask({"do": "query", **asked})
        return read_all(columns, facts["parts"])

    def query_every(  # noqa: PLR0913 - the parts of one question
        self,
        signals: Sequence[str],
        start: int,
        end: int,
        every_ns: int,
        max_age_ns: int | None = None,
        *,
        raw: bool = False,
    ) -> "pa.Table":
        """One row a tick (start, start + every, … < end): `time`, and a float64 column a signal.

        The value at a tick is that of the last good sample with a number whose source time is at or before it;
        null if there is none, or none within `max_age_ns`. Training and live scoring both read this.
        """
        request = {"do": "every", "signals": _names(signals), "start": start, "end": end}
        return self._table({**request, "every": every_ns, "max_age": max_age_ns, "raw": raw})

    def average(
        self, signals: Sequence[str], start: int, end: int, every_ns: int, *, raw: bool = False
    ) -> "pa.Table":
        """Time-weighted average over stretches of `every_ns`: `time`, the begin of each, and a float64 column a signal.

        A good value holds until the next; null where none is known yet. A last stretch may be shorter.
        """
        request = {"do": "average", "signals": _names(signals), "start": start, "end": end}
        return self._table({**request, "every": every_ns, "raw": raw})

    def gather(  # noqa: PLR0913 - the parts of one question
        self, signals: Sequence[str], start: int, end: int, every_ns: int, how: str, *, raw: bool = False
    ) -> "pa.Table":
        """Last, mean, min, max, sum or count (`how`) of the good samples in each stretch; null where there is none.

        `time`, the begin of each stretch, and a column a signal. Each sample weighs the same: see `average`.
        """
        request = {"do": "gather", "signals": _names(signals), "start": start, "end": end, "raw": raw}
        return self._table({**request, "every": every_ns, "how": how})

    def weighed(self, signals: Sequence[str], start: int, end: int, *, raw: bool = False) -> "pa.Table":
        """Figures of a range, each good value weighing as long as it held: a row a signal.

        signal, samples, seconds, mean, deviation, low, high, first, last.
        """
        request = {"do": "weighed", "signals": _names(signals), "start": start, "end": end, "raw": raw}
        return _read(self.ask(request, extra=600)[1])

    def state_durations(
        self, signals: Sequence[str], start: int, end: int, *, raw: bool = False
    ) -> "pa.Table":
        """How long each signal held each value or text: a row a signal and state, the longest first.

        signal, value, text, seconds, share (of the time known), turns, open (held at the end).
        """
        request = {"do": "states", "signals": _names(signals), "start": start, "end": end, "raw": raw}
        return _read(self.ask(request, extra=600)[1])

    def interpolate(
        self,
        signals: Sequence[str],
        times: Sequence[int],
        how: Literal["linear", "step"] = "linear",
        max_age_ns: int | None = None,
        *,
        raw: bool = False,
    ) -> "pa.Table":
        """Value at each of at most 100,000 times: on the line between the good samples around it, or stepped.

        A line is drawn over at most `max_age_ns`; elsewhere the value before holds, no longer than that.
        """
        request = {"do": "interpolate", "signals": _names(signals), "times": [int(one) for one in times]}
        return self._table({**request, "how": how, "max_age": max_age_ns, "raw": raw})

    def asof(
        self,
        signals: Sequence[str],
        times: Sequence[int],
        max_age_ns: int | None = None,
        *,
        raw: bool = False,
    ) -> "pa.Table":
        """The value at each of at most 100,000 times, as `query_every` has it at a tick: a row a time, in their order."""
        request = {"do": "asof", "signals": _names(signals), "times": [int(one) for one in times]}
        return self._table({**request, "max_age": max_age_ns, "raw": raw})

    def trend(
        self, signals: Sequence[str], start: int, end: int, points: int, *, raw: bool = False
    ) -> dict[str, Any]:
        """For drawing: each signal's {time [s], min, max, mean} over at most `points` equal stretches.

        Stretches of two minutes and more are whole minutes, of two hours and more whole hours, and begin at one.
        Empty stretches are left out; bad samples and texts are not drawn; time is the mean of the samples' times.
        """
        request = {
            "do": "trend",
            "signals": _names(signals),
            "start": start,
            "end": end,
            "points": points,
            "raw": raw,
        }
        facts, columns = self.ask(request)
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
            facts, _ = self.ask(request, extra=wait)
            return facts["position"], facts["samples"]
        facts, arrow = self.ask(request, extra=wait)
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

    def correct(  # noqa: PLR0913 - the parts of one sentence
        self,
        by: str,
        reason: str,
        signals: Sequence[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        *,
        value: float | None = None,
        scale: float | None = None,
        offset: float | None = None,
        table: "pa.Table | None" = None,
        dry_run: bool = False,
    ) -> Record:
        """Give samples another reading, with a record of who (`by`), when, why (`reason`), before and after.

        Either a stretch of signals becomes one `value`, or `scale` x old + `offset`, or without these no value (a bad
        sample without a number); or the samples of a `table` (signal, time, value, perhaps text) become its values.
        Gives number (None if nothing changed), rows, signals, first, last, missing (rows of the table without a sample).
        """
        request: Record = {
            "do": "correct",
            "by": by,
            "reason": reason,
            "signals": _names(signals),
            "start": start,
        }
        request |= {"end": end, "value": value, "scale": scale, "offset": offset, "dry_run": dry_run}
        payload = b"" if table is None else b"\n" + _bytes(table)
        facts: Record = self.ask(request, payload=payload, extra=3600, again=False)[0]
        return facts

    def undo(self, number: int, by: str, reason: str) -> Record:
        """Give the samples of a correction their reading of before; `CorrectionUnknown`, `LaterCorrection`."""
        request = {"do": "undo", "number": number, "by": by, "reason": reason}
        facts: Record = self.ask(request, extra=3600, again=False)[0]
        return facts

    def backfill(self, by: str, reason: str, samples: "pa.Table", file: str | None = None) -> Record:
        """Take in at most 500,000 samples (`SAMPLE_SCHEMA`) of any time, with a record.

        Gives number, rows (new ones), refused (those that were there), signals, first, last.
        """
        request = {"do": "backfill", "by": by, "reason": reason, "file": file}
        facts: Record = self.ask(request, payload=b"\n" + _bytes(samples), extra=3600, again=False)[0]
        return facts

    def corrections(self) -> list[Record]:
        """Corrections and backfills, newest first: number, kind, by, reason, made, rows, signals, first, last, undone_by."""
        return self._list({"do": "corrections"})

    def compact(self, day: str) -> Record:
        """Write the day (`2026-11-24`, UTC) to its file now; rows and bytes of it."""
        facts: Record = self.ask({"do": "compact", "day": day}, extra=600)[0]
        return facts

    def retention(self, *, dry_run: bool = False) -> Record:
        """Remove what `historian/classes.toml` no longer keeps, or say what would go: items, and bytes of each kind."""
        facts: Record = self.ask({"do": "retention", "dry_run": dry_run}, extra=3600)[0]
        return facts

    def health(self) -> Record:
        """How the historian does: state, pid, rows, sources with their backlog, memory [bytes]."""
        facts: Record = self.ask({"do": "health"})[0]
        return facts

    def _list(self, request: Record) -> list[Record]:
        rows: list[Record] = self.ask(request)[0]
        return rows

    def _table(self, request: Record) -> "pa.Table":
        return _read(self.ask(request)[1])


def _read(arrow: bytes) -> "pa.Table":
    import pyarrow as pa

    with pa.ipc.open_stream(arrow) as stream:
        return stream.read_all()


def _bytes(table: "pa.Table") -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    made: bytes = sink.getvalue().to_pybytes()
    return made


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

"""What another program asks over HTTP, from its words to a stream of Arrow, Parquet or CSV; knows no web framework."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.historian.naming import among_known
from dure.plant.historian.tokens import Program, ScopeRefused, program_of
from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.plant.historian.questions import Question

ARROW, PARQUET, CSV = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet", "text/csv"
MEDIA = (ARROW, PARQUET, CSV)
MOST_SIGNALS = 500
KNOWN = ("signal", "from", "to", "every", "take", "kind", "max_age", "raw")
_KINDS = ("average", "interpolate", "states", "statistics")
_ROWS = 50_000
WHERE = "/historian/query"


class ProgramTooFast(InputError):
    """A program that asks more often, or more at once, than it may."""

    key = "historian-program-too-fast"
    says = Text("{where} asks too much at once.", "{where}의 요청이 너무 많습니다.")
    remedy = Text("Wait {seconds} s, then ask again.", "{seconds}초 뒤에 다시 요청하세요.")


class AskedWrongly(InputError):
    """A request that is not formed as the reference page says."""

    key = "historian-http-request"
    says = Text("The request is refused, {where}: {reason}.", "요청을 받을 수 없습니다. {where}: {reason}.")
    remedy = Text("See the historian's reference page.", "히스토리안 참고 문서를 확인하세요.")


@dataclass(slots=True)
class Pace:
    """How often a program may ask: so many a minute, and so many at a time; [s] of a monotonic clock."""

    a_minute: int = 120
    at_once: int = 4
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _asked: dict[str, deque[float]] = field(default_factory=dict, repr=False)
    _busy: dict[str, int] = field(default_factory=dict, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, program: str) -> None:
        """A request begins.

        Raises
        ------
        ProgramTooFast
        """
        with self._guard:
            now, asked = self.clock(), self._asked.setdefault(program, deque())
            while asked and now - asked[0] >= 60:
                asked.popleft()
            if len(asked) >= self.a_minute:
                raise ProgramTooFast(program, seconds=int(60 - (now - asked[0])) + 1)
            if self._busy.get(program, 0) >= self.at_once:
                raise ProgramTooFast(program, seconds=1)
            asked.append(now)
            self._busy[program] = self._busy.get(program, 0) + 1

    def end(self, program: str) -> None:
        """It is answered, or given up."""
        with self._guard:
            self._busy[program] -= 1


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Answered:
    """Media type and bytes, piece by piece."""

    media: str
    pieces: Generator[bytes]


def answer(
    home: Path, authorization: str, accept: str, words: Mapping[str, Sequence[str]], pace: Pace = PACE
) -> Answered:
    """The stream that answers a request; what is refused is refused before its first byte.

    Raises
    ------
    TokenRefused, ScopeRefused, SignalUnknown, AskedWrongly, ProgramTooFast, TimeUnreadable, TooMuch, HistorianDown
    """
    program = program_of(home, authorization, time.time(), WHERE)
    media = media_of(accept)
    asked = _asked(words)
    pace.begin(program.name)
    pieces = _pieces(home, program, asked, words["signal"], media)
    try:
        first = next(pieces)
    except BaseException:
        pace.end(program.name)
        raise
    return Answered(media, _paced(first, pieces, lambda: pace.end(program.name)))


def media_of(accept: str) -> str:
    """The media type that an Accept header names first of those that are given; Arrow where it names none.

    >>> media_of("text/csv;q=0.9, */*"), media_of("*/*"), media_of("")
    ('text/csv', 'application/vnd.apache.arrow.stream', 'application/vnd.apache.arrow.stream')
    """
    for one in accept.split(","):
        named = one.partition(";")[0].strip().lower()
        if named in MEDIA:
            return named
        if named == "*/*":
            return ARROW
    if accept.strip():
        raise AskedWrongly(
            "Accept", reason=Text(f"one of {', '.join(MEDIA)}", f"{', '.join(MEDIA)} 중 하나여야 합니다")
        )
    return ARROW


def allowed(program: Program, known: Sequence[str], given: Sequence[str]) -> list[str]:
    """Ids that the given ids and patterns mean, of those that the program may read.

    Raises
    ------
    ScopeRefused, SignalUnknown, AskedWrongly
    """
    covered = [name for name in known if program.covers(name)]
    for one in given:
        if not any(sign in one for sign in "*?[") and not program.covers(one):
            raise ScopeRefused(one, program=program.name)
    found = among_known(covered, given)
    if len(found) > MOST_SIGNALS:
        raise AskedWrongly(
            "signal",
            reason=Text(
                f"{len(found)} signals; at most {MOST_SIGNALS}", f"신호 {len(found)}개, 최대 {MOST_SIGNALS}개"
            ),
        )
    return found


def _asked(words: Mapping[str, Sequence[str]]) -> "Question":
    from dure.plant.historian.questions import Question

    if strange := sorted(set(words) - set(KNOWN)):
        raise AskedWrongly(strange[0][:100], reason=Text("not known", "알 수 없는 항목입니다"))
    if not words.get("signal"):
        raise AskedWrongly("signal", reason=Text("no signal is named", "신호가 없습니다"))
    one = {name: words[name][-1] for name in KNOWN if words.get(name)}
    if (kind := one.get("kind", "")) and kind not in _KINDS:
        raise AskedWrongly(
            "kind", reason=Text(f"one of {', '.join(_KINDS)}", f"{', '.join(_KINDS)} 중 하나여야 합니다")
        )
    return Question.of(
        time.time_ns(),
        (one.get("from", "-1h"), one.get("to", "now")),
        one.get("every", ""),
        one.get("take", ""),
        {name: name == kind for name in _KINDS},
        (None, ""),
        ("", one.get("max_age", "")),
        raw=one.get("raw", "") in {"1", "true"},
    )


def _pieces(
    home: Path, program: Program, asked: "Question", given: Sequence[str], media: str
) -> Generator[bytes]:
    from dure.plant.historian.client import Historian

    with Historian(home) as client:
        names = allowed(program, [row["signal"] for row in client.signals()], given)
        tables = (_stamped(table) for table in asked.about(names).tables(client))
        first = next(tables)
        written = {ARROW: _arrow, PARQUET: _parquet, CSV: _csv}[media]
        yield from written(first, tables)


def _paced(first: bytes, pieces: Iterator[bytes], done: Callable[[], None]) -> Generator[bytes]:
    try:
        yield first
        yield from pieces
    finally:
        done()


def _stamped(table: "pa.Table") -> "pa.Table":
    """Times as Arrow's own type, so that every reader shows them as such."""
    import pyarrow as pa

    for name in ("time", "received"):
        if name in table.column_names:
            place = table.column_names.index(name)
            table = table.set_column(place, name, table[name].cast(pa.timestamp("ns", "UTC")))
    return table


class _Held:
    """A file whose bytes are taken out piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, piece: Any) -> int:
        self._parts.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        made = b"".join(self._parts)
        self._parts.clear()
        return made


def _arrow(first: "pa.Table", rest: "Iterator[pa.Table]") -> Generator[bytes]:
    import pyarrow as pa

    sink = _Held()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), first.schema) as stream:
        for table in _chain(first, rest):
            for part in table.to_batches(max_chunksize=_ROWS):
                stream.write_batch(part)
                yield sink.take()
    yield sink.take()


def _parquet(first: "pa.Table", rest: "Iterator[pa.Table]") -> Generator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = _Held()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), first.schema, compression="zstd") as writer:
        for table in _chain(first, rest):
            writer.write_table(table)
            yield sink.take()
    yield sink.take()


def _csv(first: "pa.Table", rest: "Iterator[pa.Table]") -> Generator[bytes]:
    import pyarrow as pa
    from pyarrow import csv

    sink = _Held()
    with csv.CSVWriter(pa.PythonFile(sink, mode="w"), first.schema) as writer:
        for table in _chain(first, rest):
            writer.write_table(table, _ROWS)
            yield sink.take()
    yield sink.take()


def _chain(first: "pa.Table", rest: "Iterator[pa.Table]") -> "Iterator[pa.Table]":
    yield first
    yield from rest

"""Live rows under an agreement: lines of JSON over a long HTTP answer, gone on with by a cursor.

```
GET <base>?after=N    application/x-ndjson; each line {"n": cursor, "row": …}, {"n": …} alone as a sign of life
410                   the lines after N are no longer held; {"first": n} tells where it begins
```
An answer is bounded in time, lines and bytes, and then ends in good order: the consumer asks again from its cursor. A
`Strip` holds the newest lines in bounded memory; both sides may keep a running Merkle root of what passed (`Tally`), so
that a receipt covers a stream as it does a file.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from dure.foundation.ledger import Frontier, leaf_hash
from dure.sharing.delivery.asking import BROKEN, Asking
from dure.sharing.delivery.opening import Opener, opened, parsed
from dure.sharing.delivery.receiving import Patience
from dure.sharing.delivery.refusals import LiveGone, SourceSilent
from dure.sharing.delivery.serving import nothing
from dure.sharing.delivery.tokens import Bearer

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

LONGEST_LINE = 64 * 1024
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one answer: seconds, lines and bytes; and seconds between signs of life."""

    seconds: float = 25.0
    lines: int = 100_000
    size: int = 64 * 1024 * 1024
    beat: float = 5.0


@dataclass(slots=True)
class Strip:
    """The newest rows of a stream, numbered from 1 without a gap; the oldest go when `most` lines or `size` bytes are held."""

    most: int = 100_000
    size: int = 64 * 1024 * 1024
    first: int = 1
    _lines: deque[bytes] = field(default_factory=deque)
    _bytes: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    @property
    def last(self) -> int:
        """Number of the newest row; one less than `first` when there is none."""
        return self.first + len(self._lines) - 1

    def add(self, row: Row) -> int:
        """Append a row; its number.

        Raises
        ------
        ValueError
            If it is longer than a line may be, or no JSON.
        """
        written = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        if len(written) > LONGEST_LINE:
            raise ValueError(f"a row of {len(written)} bytes is no line")
        with self._news:
            self._lines.append(written)
            self._bytes += len(written)
            while len(self._lines) > self.most or self._bytes > self.size:
                self._bytes -= len(self._lines.popleft())
                self.first += 1
            self._news.notify_all()
            return self.last

    def after(self, cursor: int, wait: float) -> list[tuple[int, bytes]] | None:
        """Up to a thousand rows after `cursor`, waiting for the first at most `wait` [s]; None if they are gone."""
        with self._news:
            if cursor >= self.last:
                self._news.wait_for(lambda: cursor < self.last, wait)
            if cursor < self.first - 1:
                return None
            start = cursor - self.first + 1
            return [
                (cursor + 1 + at, line) for at, line in enumerate(islice(self._lines, start, start + 1_000))
            ]


@dataclass(slots=True)
class Tally:
    """The running Merkle root over the rows that passed, as both sides reckon it."""

    frontier: Frontier = field(default_factory=Frontier)
    size: int = 0

    def add(self, written: bytes) -> None:
        """Count one row, as its bytes stand in the line."""
        self.frontier, self.size = self.frontier.plus(leaf_hash(written)), self.size + len(written)

    @property
    def rows(self) -> int:
        """How many rows passed."""
        return self.frontier.size

    @property
    def root(self) -> str:
        """Merkle root over them, hexadecimal."""
        return self.frontier.root.hex()


def live_view(
    strip_of: Callable[[str], Strip | None],
    authorised: Callable[["HttpRequest", str], bool],
    *,
    bounds: Bounds | None = None,
    clock: Callable[[], float] = time.monotonic,
    passed: Callable[[str, int, bytes], None] = lambda _transfer, _number, _row: None,
) -> Callable[..., "HttpResponseBase"]:
    """The provider's view of a stream, `(request, transfer)`; `passed` is told of every row that was handed out."""
    limits = bounds or Bounds()

    def view(request: "HttpRequest", transfer: str) -> "HttpResponseBase":
        from django.http import JsonResponse, StreamingHttpResponse

        strip = strip_of(transfer) if authorised(request, transfer) else None
        if strip is None:
            return nothing()
        after = request.GET.get("after", "0")
        if request.method != "GET" or not (after.isascii() and after.isdigit() and len(after) < 19):
            return (
                nothing(405)
                if request.method != "GET"
                else JsonResponse({"error": "after is no number"}, status=400)
            )
        if strip.after(int(after), 0) is None:
            return JsonResponse({"error": "gone", "first": strip.first}, status=410)
        lines = told(
            strip,
            int(after),
            limits,
            clock,
            goes_on=lambda: authorised(request, transfer),
            passed=lambda number, row: passed(transfer, number, row),
        )
        return StreamingHttpResponse(
            lines, content_type="application/x-ndjson", headers={"Cache-Control": "no-store"}
        )

    view.csrf_exempt = True  # type: ignore[attr-defined] # Django reads this mark
    return view


def told(  # noqa: PLR0913 - what bounds an answer comes in by name
    strip: Strip,
    cursor: int,
    bounds: Bounds,
    clock: Callable[[], float],
    *,
    goes_on: Callable[[], bool],
    passed: Callable[[int, bytes], None],
) -> Iterator[bytes]:
    """The lines of one answer after `cursor`, until a bound is reached or it may not go on."""
    ends, lines, size = clock() + bounds.seconds, 0, 0
    while lines < bounds.lines and size < bounds.size and (left := ends - clock()) > 0 and goes_on():
        rows = strip.after(cursor, min(bounds.beat, left))
        if rows is None:
            return  # fallen behind: the next question is told so
        if not rows:
            yield b'{"n":%d}\n' % cursor
        written = b"".join(b'{"n":%d,"row":%b}\n' % row for row in rows)
        for number, row in rows:
            passed(number, row)
            cursor = number
        lines, size = lines + len(rows), size + len(written)
        if written:
            yield written


def follow(  # noqa: PLR0913 - as receive
    url: str,
    token: "str | Bearer",
    after: int,
    take: Callable[[int, Row], bool | None],
    *,
    opener: Opener = opened,
    patience: Patience | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tally: Tally | None = None,
) -> int:
    """Take rows after the cursor `after`, asking again whenever an answer ends, until `take` gives False; the cursor.

    Each row is taken once and in order: a number that was seen is passed over, a gap breaks the connection and is
    asked for again.

    Raises
    ------
    LiveGone
        If the rows after the cursor are no longer held.
    SourceSilent, SourceRefuses
        If the other side cannot be reached, or does not let us in.
    """
    calm, failures = patience or Patience(), 0
    asking = Asking(parsed(url), Bearer(token) if isinstance(token, str) else token, opener, calm.timeout)
    try:
        while True:
            begun = after
            try:
                for number, row, written in _rows(asking, after):
                    if number <= after:
                        continue
                    if number != after + 1:
                        raise ConnectionAbortedError("a row was left out")
                    goes_on = take(number, row)
                    after = number
                    if tally is not None:
                        tally.add(written)
                    if goes_on is False:
                        return after
                failures = 0
            except BROKEN as broken:
                failures = 1 if after > begun else failures + 1
                if failures >= calm.tries:
                    raise SourceSilent(asking.shown, fault=str(broken)[:200] or "it breaks off") from broken
                sleep(calm.wait(failures))
    finally:
        asking.close()


def _rows(asking: Asking, after: int) -> Iterator[tuple[int, Row, bytes]]:
    answer = asking.ask("GET", f"?after={after}")
    if answer.status == 410:
        first = json.loads(answer.read(1_000)).get("first", after + 1)
        raise LiveGone(asking.shown, cursor=after, first=first)
    asking.judge(answer)
    try:
        while line := answer.readline(LONGEST_LINE + 100):
            if not line.endswith(b"\n"):
                raise ConnectionAbortedError("a line broke off")
            found = json.loads(line)
            if "row" in found:
                yield int(found["n"]), dict(found["row"]), line[line.index(b'"row":') + 6 : -2]
    except (ValueError, TypeError, KeyError, RecursionError) as odd:
        raise SourceSilent(asking.shown, fault="its lines are no rows") from odd
    finally:
        asking.close()

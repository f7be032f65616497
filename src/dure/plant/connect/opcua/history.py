"""Back-fill: what a gap lost is read from the server's history, where it keeps one (HistoryRead, OPC 10000-11 §6.5.3).

A gap is named at once, without `filled_by`. Then the stretch is read, page by page; the readings enter with their
own source time (one that is stored already is the same sample), and the gap is written again: `history`, or
`permanent` with a word on what was filled. Gaps that wait outlive the collector.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from dure.plant.connect import Readings, Sink
from dure.plant.connect.opcua import decode
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.notebook import MOST_GAPS, Notebook
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.subscription import Held
from dure.plant.transport import Gap

PAGE = 5000  # readings of a signal in one answer
OVERLAP = (
    2 * 10**9
)  # ns read before and behind a gap: a reading that we have already proves that nothing is between
SETTLE = 1.0  # s from a gap's end to the first look: a history is written a moment after the reading
LOOKS = 5  # at a history that does not reach the gap's end yet
_HISTORY_READ = 4  # bit of AccessLevel, OPC 10000-3 §8.57
_LONG_AGO = timedelta(days=3650)
_UNABLE = (
    ua.uaerrors.BadHistoryOperationUnsupported,
    ua.uaerrors.BadHistoryOperationInvalid,
    ua.uaerrors.BadServiceUnsupported,
    ua.uaerrors.BadNotSupported,
    ua.uaerrors.BadNotImplemented,
    ua.uaerrors.BadUserAccessDenied,
)
_NO_DATA = {0x809B0000, 0x00A50000, 0x809D0000}  # BadNoData, GoodNoData, BadBoundNotFound


@dataclass(slots=True)
class _Read:
    """What reading one stretch gave: readings, signals read to the end, and those whose history reaches back and on."""

    count: int = 0
    ended: set[int] = field(default_factory=set)
    reach_back: set[int] = field(default_factory=set)
    reach_on: bool = False


@dataclass(slots=True)
class BackFill:
    """Fills the gaps of one source; `nodes` are the node ids by place in `held.names`."""

    link: Link
    held: Held
    nodes: Mapping[int, Any]
    sink: Sink
    notebook: Notebook
    clock: Callable[[], int] = time.time_ns
    sleep: Callable[[float], Any] = asyncio.sleep
    _waiting: list[tuple[Gap, list[str] | None]] = field(default_factory=list)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._waiting = self.notebook.gaps()
        if self._waiting:
            self._some.set()

    def name(self, gap: Gap, handles: Sequence[int]) -> None:
        """Name a gap in the signals at `handles`: to be filled where any has a history, else for good."""
        wanted = [handle for handle in handles if handle in self.held.historic]
        if not wanted or len(self._waiting) >= MOST_GAPS:
            self.sink.gap(replace(gap, filled_by="permanent"))
            return
        self.sink.gap(replace(gap, filled_by=""))
        everything = len(handles) == len(self.held.names)
        names = None if everything else [self.held.names[handle] for handle in handles]
        self._waiting.append((gap, names))
        self.notebook.keep_gaps(self._waiting)
        self._some.set()

    async def run(self) -> None:
        """Fill what waits, one gap after the other, until the link is lost."""
        with contextlib.suppress(ConnectionError):  # the publish loop finds it out and says so
            while True:
                await self._some.wait()
                gap, names = self._waiting[0]
                behind = (self.clock() - gap.end) / 1e9
                await self.sleep(max(0.0, min(SETTLE, SETTLE - behind)))
                # on the disk, and the readings before it, ere it is crossed off: a kill must not leave it open for good
                await self.sink.gap(await self._filled(gap, names))
                self._waiting.pop(0)
                self.notebook.keep_gaps(self._waiting)
                if not self._waiting:
                    self._some.clear()

    async def _filled(self, gap: Gap, names: list[str] | None) -> Gap:
        """The gap as it stands after the attempt."""
        chosen = None if names is None else set(names)
        handles = [h for h, name in enumerate(self.held.names) if chosen is None or name in chosen]
        wanted = [handle for handle in handles if handle in self.held.historic and handle in self.nodes]
        try:
            read = await self._read(gap, wanted)
        except _UNABLE as refused:
            return _left(gap, f"the history was refused ({type(refused).__name__})")
        except (TimeoutError, ua.UaError, decode.NotUnderstood) as odd:
            return _left(gap, f"the history could not be read ({type(odd).__name__})")
        whole = read.ended & read.reach_back
        whole |= await self._unchanged(gap.start, [handle for handle in handles if handle not in whole])
        if whole >= set(handles):
            return replace(gap, filled_by="history")
        words = f"{read.count} readings came from the history, and {len(whole)} of {len(handles)} signals are whole"
        if read.count >= self.link.settings.back_fill:
            words += f", which was read up to the limit of {self.link.settings.back_fill}"
        elif read.ended - read.reach_back:
            words += ", which begins after the gap's start for others"
        return _left(gap, words)

    async def _unchanged(self, start: int, handles: Sequence[int]) -> set[int]:
        """Those signals whose present reading is older than `start`: nothing can have happened to them since."""
        limits, known = await self.link.limits(), [handle for handle in handles if handle in self.nodes]

        async def read(part: Sequence[int]) -> Sequence[Any]:
            nodes = [self.nodes[handle] for handle in part]
            return list(await self.link.session.read_attributes(nodes, ua.AttributeIds.Value))

        answers = await limits.each("read", known, read)
        times = [decode.plain(answer)[1] for answer in answers]
        return {handle for handle, time_ in zip(known, times, strict=True) if 0 < time_ <= start}

    async def _read(self, gap: Gap, handles: Sequence[int]) -> _Read:
        """Read a stretch, again a little later if the history has not come to its end yet."""
        for look in range(LOOKS):
            read = await self._read_once(gap, handles)
            if read.reach_on or not read.ended or look == LOOKS - 1:
                break
            await self.sleep(SETTLE)
        unproven = [handle for handle in handles if handle in read.ended - read.reach_back]
        read.reach_back |= await self._reaching_back(gap.start, unproven)
        return read

    async def _read_once(self, gap: Gap, handles: Sequence[int]) -> _Read:
        limits, read = await self.link.limits(), _Read()
        start, end = _stamp(gap.start - OVERLAP), _stamp(gap.end + OVERLAP, up=True)
        for at in range(0, len(handles), limits.calls["history"]):
            part = list(handles[at : at + limits.calls["history"]])
            await self._pages(part, start, end, gap, read)
            if read.count >= self.link.settings.back_fill:
                break
        return read

    async def _pages(self, handles: list[int], start: datetime, end: datetime, gap: Gap, read: _Read) -> None:
        """Read some signals page by page; where the limit stops it, the server may forget the rest."""
        left = dict.fromkeys(handles, b"")
        starts = dict.fromkeys(handles, start)
        while left:
            await self.sink.room()
            asked = [handle for handle in left if starts[handle] == starts[next(iter(left))]]
            page = max(2, min(PAGE, (self.link.settings.back_fill - read.count) // len(asked)))
            answers = await self._ask([(h, left[h]) for h in asked], starts[asked[0]], end, page)
            for handle, (status, point, changes) in zip(asked, answers, strict=True):
                left.pop(handle)
                if status >> 31 and status not in _NO_DATA:
                    continue
                newest = self._put(handle, changes, gap, read)
                if point:
                    left[handle] = point
                elif changes is None or len(changes.time) < page:
                    read.ended.add(handle)
                elif newest > _nanoseconds(starts[handle]):  # a full page without a word on the rest
                    left[handle], starts[handle] = b"", _stamp(newest)
            if read.count >= self.link.settings.back_fill:
                await self._release({handle: point for handle, point in left.items() if point})
                return

    def _put(self, handle: int, changes: decode.Changes | None, gap: Gap, read: _Read) -> int:
        """Put a page into the sink; its newest time."""
        if changes is None or not len(changes.time):
            return 0
        times = changes.time
        newest = int(times.max())
        if int(times[times > 0].min(initial=2**62)) <= gap.start:
            read.reach_back.add(handle)
        read.reach_on |= newest >= gap.end
        known = (times > 0) & (handle not in changes.ignored)
        read.count += int(known.sum())
        places = np.cumsum(known) - 1
        self.sink.put(
            Readings(
                self.held.names,
                np.full(int(known.sum()), handle, np.int32),
                times[known],
                changes.value[known],
                decode.quality(changes.status[known]),
                self.clock(),
                {int(places[row]): words for row, words in changes.text.items() if known[row]},
            )
        )
        return newest

    async def _reaching_back(self, start: int, handles: Sequence[int]) -> set[int]:
        """Those signals whose history has a reading at `start` or before: nothing lies between it and the gap."""
        limits, proven = await self.link.limits(), set[int]()
        at = _stamp(start)
        for first in range(0, len(handles), limits.calls["history"]):
            part = handles[first : first + limits.calls["history"]]
            answers = await self._ask([(handle, b"") for handle in part], at, at - _LONG_AGO, count=1)
            for handle, (_, point, changes) in zip(part, answers, strict=True):
                if changes is not None and len(changes.time) and 0 < int(changes.time.min()) <= start + 1000:
                    proven.add(handle)
                if point:
                    await self._release({handle: point})
        return proven

    async def _ask(
        self, wanted: Sequence[tuple[int, bytes]], start: datetime, end: datetime, count: int = PAGE
    ) -> list[tuple[int, bytes, decode.Changes | None]]:
        limits = await self.link.limits()

        async def ask(
            part: Sequence[tuple[int, bytes]],
        ) -> Sequence[tuple[int, bytes, decode.Changes | None]]:
            request = _request(start, end, count)
            request.Parameters.NodesToRead = [self._node(handle, point) for handle, point in part]
            return decode.history_results(await self.link.session.raw(request))

        return await limits.each("history", wanted, ask)

    async def _release(self, points: Mapping[int, bytes]) -> None:
        """Let the server forget continuation points (OPC 10000-4 §7.9)."""
        if not points:
            return
        request = _request(_stamp(0), _stamp(0), 0)
        request.Parameters.ReleaseContinuationPoints = True
        request.Parameters.NodesToRead = [self._node(handle, point) for handle, point in points.items()]
        with contextlib.suppress(ua.UaError):
            await self.link.session.raw(request)

    def _node(self, handle: int, point: bytes) -> Any:
        wanted = ua.HistoryReadValueId()
        wanted.NodeId, wanted.ContinuationPoint = self.nodes[handle], point or None
        return wanted


def _request(start: datetime, end: datetime, count: int) -> Any:
    details = ua.ReadRawModifiedDetails()
    details.IsReadModified, details.ReturnBounds, details.NumValuesPerNode = False, False, count
    details.StartTime, details.EndTime = start, end
    request = ua.HistoryReadRequest()
    request.Parameters.HistoryReadDetails = details
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.ReleaseContinuationPoints = False
    return request


def _left(gap: Gap, words: str) -> Gap:
    return replace(gap, cause=f"{gap.cause}; {words}", filled_by="permanent")


def _stamp(time_: int, *, up: bool = False) -> datetime:
    """Time of ns since 1970 UTC, to the microsecond below or above."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(0, time_) // 1000 + up)


def _nanoseconds(stamp: datetime) -> int:
    return (stamp - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


async def historic(link: Link, nodes: Mapping[int, Any]) -> frozenset[int]:
    """Places of the signals whose history we may read (UserAccessLevel, OPC 10000-3 §5.6.2)."""
    if not link.settings.back_fill:
        return frozenset()
    limits, handles = await link.limits(), list(nodes)

    async def read(part: Sequence[int]) -> Sequence[Any]:
        return list(
            await link.session.read_attributes([nodes[h] for h in part], ua.AttributeIds.UserAccessLevel)
        )

    answers = await limits.each("read", handles, read)
    levels = [a.Value.Value if a.Value is not None else 0 for a in answers]
    return frozenset(
        handle
        for handle, level in zip(handles, levels, strict=True)
        if isinstance(level, int) and level & _HISTORY_READ
    )

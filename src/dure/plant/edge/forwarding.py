"""The forwarder of a box: every log handed on in order, forgotten only when the node has it on its disk."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.connect import sources, write_private
from dure.plant.edge.contents import CONTENT, OF, SLOWEST, Outgoing
from dure.plant.edge.pairing import Invitation
from dure.plant.edge.refusals import NodeRefused, NodeSilent
from dure.plant.edge.wire import BODY, FRAMES, POSITION, SOURCE, STATE, body
from dure.plant.transport import (
    Attempts,
    Backoff,
    ContentAbsent,
    ContentDamaged,
    Damage,
    Frame,
    Gap,
    Kind,
    Position,
    forget,
    read_log,
)
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from aiohttp import ClientSession

logger = logging.getLogger("dure.plant.edge")

LOOK = 0.2
"""How often a log is looked at when the last look found nothing [s]."""
TELL_EVERY = 5.0
PATIENCE = 30.0
REFUSED = (400, 401, 403, 404, 409, 413)


@dataclass(slots=True)
class Forwarder:
    """Hands the logs below `home/segments` to the node of `invitation`, until cancelled.

    `positions` is what the node has confirmed, kept in `home/edge/forwarded.json`. A body sent twice because its
    answer was lost is stored once: a sample's identity does not change on the way.
    """

    home: Path
    invitation: Invitation
    clock: Callable[[], float] = time.time
    backoff: Backoff = field(default_factory=lambda: Backoff(ceiling=15.0))
    positions: dict[str, Position] = field(default_factory=dict)
    sent: int = 0
    trouble: str = ""
    contents: Outgoing = field(init=False)

    def __post_init__(self) -> None:
        self.contents = Outgoing(self.home)
        with contextlib.suppress(OSError, ValueError, TypeError):
            kept = json.loads(self._kept.read_bytes())
            self.positions = {source: Position(*place) for source, place in kept.items()}

    async def run(self) -> None:
        """Forward every source; a source whose log appears later is taken up too."""
        tasks: dict[str, asyncio.Task[None]] = {}
        async with self._session() as session:
            telling = asyncio.create_task(self._tell_on(session))
            try:
                while True:
                    for source in self._logged() - tasks.keys():
                        tasks[source] = asyncio.create_task(self._forward(session, source))
                    await asyncio.sleep(1.0)
            finally:
                for task in (telling, *tasks.values()):
                    task.cancel()
                await asyncio.gather(telling, *tasks.values(), return_exceptions=True)

    async def _forward(self, session: "ClientSession", source: str) -> None:
        attempts = Attempts(self.backoff)
        while True:
            try:
                found = await asyncio.to_thread(self._next, source)
                if found is None:
                    await asyncio.sleep(LOOK)
                    continue
                for sha256 in found.contents:
                    await self._hand_on(session, source, sha256)
                await self._post(session, FRAMES.format(source=source), found.body, found.position)
                await asyncio.to_thread(self._confirmed, source, found.position)
                attempts.connected(time.monotonic())
                self._well()
            except DureError as refusal:
                self._unwell(refusal)
                await asyncio.sleep(attempts.failed(time.monotonic()))

    def _next(self, source: str) -> "_Parcel | None":
        """The frames behind the confirmed position, up to one body."""
        frames: list[Frame] = []
        size, position = 0, None
        for place, frame in read_log(self.home / "segments" / source, self.positions.get(source)):
            sound = frame if isinstance(frame, Frame) else _named(source, frame, self.clock())
            if frames and size + len(sound.payload) > BODY:
                break
            frames.append(sound)
            size, position = size + len(sound.payload), place
        if position is None:
            return None
        return _Parcel(body(frames), position, tuple(self.contents.waiting(frames)))

    def _confirmed(self, source: str, position: Position) -> None:
        self.positions[source] = position
        self.sent += 1
        kept = {name: [place.segment, place.offset] for name, place in self.positions.items()}
        write_private(self._kept, json.dumps(kept).encode())
        forget(self.home / "segments" / source, position)

    async def _hand_on(self, session: "ClientSession", source: str, sha256: str) -> None:
        """Send one content; what is gone or damaged here is a line, and its frame travels all the same."""
        try:
            content = await asyncio.to_thread(self.contents.read, sha256)
        except (ContentAbsent, ContentDamaged) as refusal:
            logger.warning("%s: %s", source, refusal)
            return
        await self._post(session, CONTENT.format(sha256=sha256), content, source=source)
        self.contents.arrived(sha256)

    async def _post(
        self,
        session: "ClientSession",
        path: str,
        content: bytes,
        position: Position | None = None,
        source: str = "",
    ) -> None:
        import aiohttp

        headers = {} if position is None else {POSITION: f"{position.segment}:{position.offset}"}
        headers |= {OF: source} if source else {}
        patience = aiohttp.ClientTimeout(total=PATIENCE + len(content) / SLOWEST, sock_connect=10.0)
        try:
            async with session.post(
                self.invitation.url + path, data=content, headers=headers, timeout=patience
            ) as answer:
                if answer.status in REFUSED:
                    raise NodeRefused(self.invitation.url, why=(await answer.text())[:300])
                if answer.status != 200:
                    raise NodeSilent(self.invitation.url, why=f"HTTP {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as lost:
            raise NodeSilent(self.invitation.url, why=str(lost)[:200] or type(lost).__name__) from lost

    async def _tell_on(self, session: "ClientSession") -> None:
        """Tell the node how the sources do and what they are, every few seconds, whether or not there is data."""
        while True:
            with contextlib.suppress(DureError):
                told = json.dumps(await asyncio.to_thread(self.state), ensure_ascii=False).encode()
                await self._post(session, STATE, told)
            await asyncio.sleep(TELL_EVERY)

    def state(self) -> dict[str, Any]:
        """What the node is told: the clock, and of each source its collector's status, description and backlog."""
        described = {one.id: one for one in sources(self.home)}
        names = [name for name in (self._logged() | described.keys()) if SOURCE.fullmatch(name)]
        return {
            "clock": self.clock(),
            "sources": {name: self._of(name, described.get(name)) for name in names},
        }

    def _of(self, name: str, described: Any) -> dict[str, Any]:
        status: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            status = json.loads((self.home / "run" / f"collector-{name}.json").read_text())
        shown = None if described is None else {"url": described.url, "enabled": described.enabled}
        signals = [] if described is None else [asdict(signal) for signal in described.signals]
        return {"status": status, "described": shown, "signals": signals, "backlog": self.backlog(name)}

    def backlog(self, source: str) -> int:
        """Bytes of a source's log that the node has not confirmed."""
        position = self.positions.get(source, Position(0, 0))
        files = (self.home / "segments" / source).glob("*.log")
        sizes = {int(file.stem): file.stat().st_size for file in files if file.stem.isdecimal()}
        ahead = sum(size for number, size in sizes.items() if number >= position.segment)
        return max(0, ahead - (position.offset if position.segment in sizes else 0))

    def _logged(self) -> set[str]:
        folders = (self.home / "segments").glob("*/")
        return {folder.name for folder in folders if SOURCE.fullmatch(folder.name)}

    def _session(self) -> "ClientSession":
        import aiohttp

        pinned = aiohttp.Fingerprint(bytes.fromhex(self.invitation.fingerprint))
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=pinned, limit=8),
            timeout=aiohttp.ClientTimeout(total=PATIENCE, sock_connect=10.0),
            headers={"Authorization": f"Bearer {self.invitation.token}"},
        )

    def _well(self) -> None:
        if self.trouble:
            logger.info("the node is reached again")
        self.trouble = ""

    def _unwell(self, refusal: DureError) -> None:
        if self.trouble != refusal.key:
            logger.warning("%s", refusal)
        self.trouble = refusal.key

    @property
    def _kept(self) -> Path:
        return self.home / "edge" / "forwarded.json"


@dataclass(frozen=True, slots=True)
class _Parcel:
    body: bytes
    position: Position
    contents: tuple[str, ...] = ()


def _named(source: str, damage: Damage, now: float) -> Frame:
    """A damaged stretch of our own log travels as the gap it is."""
    moment = int(now * 1e9)
    cause = f"{damage.size} bytes of the box's log are damaged"
    return Frame(Kind.GAP, Gap(source, moment, moment, cause=cause, filled_by="permanent").to_bytes())

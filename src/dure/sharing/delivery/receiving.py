"""The consumer's side: a delivery fetched, verified chunk by chunk, and gone on with after any interruption.

Nothing is remembered beside the chunks themselves: what lies at `into` with the right hash is there, all else is
fetched. A process that is killed at any moment, on either side, therefore costs at most the chunks in flight.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPResponse, IncompleteRead
from typing import TypeVar

from dure.sharing.delivery.asking import BROKEN, Asking
from dure.sharing.delivery.into import Into
from dure.sharing.delivery.manifest import MOST_MANIFEST, Manifest
from dure.sharing.delivery.opening import Opener, opened, parsed
from dure.sharing.delivery.receipts import Check, Receipt
from dure.sharing.delivery.refusals import ChunkWrong, ReceiptWrong, SourceRefuses, SourceSilent
from dure.sharing.delivery.tokens import Bearer
from dure.vocabulary import DiskFull, is_full

# Chunks that are being verified and written while the next ones arrive, and threads that do it.
IN_HAND, HANDS = 4, 2
# A token is exchanged this long before its end [s]; a chunk is fetched this often before it is called wrong.
EARLY, CHUNK_TRIES = 60.0, 3

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a delivery is tried again when nothing came in between, and the waits between [s]."""

    tries: int = 8
    first: float = 0.5
    ceiling: float = 30.0
    timeout: float = 30.0

    def wait(self, failures: int) -> float:
        """Wait after this many failures in a row [s].

        >>> [Patience().wait(n) for n in (1, 2, 9)]
        [0.5, 1.0, 30.0]
        """
        return min(self.ceiling, self.first * 2.0 ** min(failures - 1, 32))


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery brought: the manifest, how many chunks came now, and how many were there before."""

    manifest: Manifest
    fetched: int
    found: int


def receive(  # noqa: PLR0913 - what a test must hold in its hand comes in by name
    url: str,
    token: "str | Bearer",
    into: Into,
    *,
    root: str | None = None,
    opener: Opener = opened,
    patience: Patience | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
    told: Callable[[int, int], None] = lambda _have, _of: None,
) -> Delivered:
    """Fetch what lies at `url` into `into`, going on with what is there already.

    Parameters
    ----------
    url, token
        Base address and token of the transfer (a `Bearer` is rotated when its time comes).
    into
        Where the chunks go.
    root
        The Merkle root that was agreed; another one is refused before anything is fetched.
    told
        Called with `(chunks there, chunks in all)` after each.

    Raises
    ------
    ManifestWrong, ChunkWrong
        If what is offered is not what was agreed, or does not have its hash, time and again.
    SourceSilent, SourceRefuses
        If the other side cannot be reached or does not let us in.
    """
    bearer = Bearer(token) if isinstance(token, str) else token
    calm = patience or Patience()
    asking = Asking(parsed(url), bearer, opener, calm.timeout)
    delivery = _Delivery(asking, into, calm, sleep, now, told)
    try:
        return delivery.run(root)
    finally:
        asking.close()


class _NotKept(Exception):
    """Our own disk refused, and not the other side."""


@dataclass(slots=True)
class _Delivery:
    asking: Asking
    into: Into
    patience: Patience
    sleep: Callable[[float], None]
    now: Callable[[], float]
    told: Callable[[int, int], None]
    manifest: Manifest = field(init=False)
    lacking: set[int] = field(default_factory=set)
    fetched: int = 0
    wrong: dict[int, int] = field(default_factory=dict)
    # A fresh megabyte for every chunk costs the kernel more than filling it.
    buffers: deque[bytearray] = field(default_factory=deque)

    def run(self, root: str | None) -> Delivered:
        written = self._patiently(lambda: self.asking.answer("GET", "/manifest", most=MOST_MANIFEST))
        self.manifest = Manifest.from_json(written, root=root)
        count = len(self.manifest.chunks)
        self.lacking = {index for index in range(count) if not self.into.has(self.manifest, index)}
        found = count - len(self.lacking)
        with ThreadPoolExecutor(HANDS, thread_name_prefix="delivery") as hands:
            while self.lacking:
                self._patiently(lambda: self._stretch(hands))
        self.into.settle(self.manifest)
        return Delivered(self.manifest, self.fetched, found)

    def _patiently(self, do: Callable[[], Result]) -> Result:
        """What `do` gives, tried again while the other side breaks off; every chunk that came counts as hope."""
        failures, refused, had = 0, False, self.fetched
        while True:
            try:
                self._rotate_early()
                return do()
            except SourceRefuses:
                if refused and self.fetched == had:
                    raise
                refused, had = True, self.fetched
                self._patiently_rotated()
            except _NotKept as full:
                raise _plainly(full.__cause__) from full.__cause__
            except BROKEN as broken:
                failures = 1 if self.fetched > had else failures + 1
                had = self.fetched
                if failures >= self.patience.tries:
                    raise SourceSilent(
                        self.asking.shown, fault=str(broken)[:200] or "it breaks off"
                    ) from broken
                self.sleep(self.patience.wait(failures))

    def _patiently_rotated(self) -> None:
        for failures in range(1, self.patience.tries + 1):
            try:
                return self.asking.rotate()
            except BROKEN as broken:
                if failures == self.patience.tries:
                    raise SourceSilent(
                        self.asking.shown, fault=str(broken)[:200] or "it breaks off"
                    ) from broken
                self.sleep(self.patience.wait(failures))
        return None

    def _rotate_early(self) -> None:
        until = self.asking.bearer.until
        if until is not None and self.now() > until - EARLY:
            self.asking.rotate()

    def _stretch(self, hands: ThreadPoolExecutor) -> None:
        """Fetch the first stretch of lacking chunks in one answer; a chunk that came wrong alone, by its name."""
        first = min(self.lacking)
        if first in self.wrong:
            content = self.asking.answer(
                "GET", f"/chunks/{self.manifest.chunks[first]}", most=self.manifest.bytes_of(first)
            )
            self._take(first, hands.submit(self._keep, first, content))
            return
        end = first + 1
        while end in self.lacking and end not in self.wrong:
            end += 1
        in_hand: deque[tuple[int, Future[bool]]] = deque()
        try:
            answer = self._asked(first, end)
            for index in range(first, end):
                came = _exactly(answer, memoryview(self._buffer())[: self.manifest.bytes_of(index)])
                in_hand.append((index, hands.submit(self._keep, index, came)))
                if len(in_hand) > IN_HAND:
                    self._take(*in_hand.popleft())
            answer.read()
        except BaseException:
            self.asking.close()
            raise
        finally:
            # What arrived before a break is kept, and counts.
            while in_hand:
                self._take(*in_hand.popleft())

    def _asked(self, first: int, end: int) -> HTTPResponse:
        start, stop = first * self.manifest.chunk, min(end * self.manifest.chunk, self.manifest.size)
        answer = self.asking.ask("GET", headers={"Range": f"bytes={start}-{stop - 1}"})
        self.asking.judge(answer)
        if answer.status != 206 and not (answer.status == 200 and start == 0 and stop == self.manifest.size):
            raise SourceSilent(self.asking.shown, fault="it does not deliver parts")
        return answer

    def _buffer(self) -> bytearray:
        """The next of a few buffers: the one filled before the chunks that are in hand, which nobody holds any more."""
        if len(self.buffers) < IN_HAND + 2:
            self.buffers.append(bytearray(self.manifest.chunk))
        else:
            self.buffers.rotate(-1)
        return self.buffers[-1]

    def _keep(self, index: int, content: bytes | memoryview) -> bool:
        if hashlib.sha256(content).hexdigest() != self.manifest.chunks[index]:
            return False
        try:
            self.into.put(self.manifest, index, content)
        except OSError as fault:
            raise _NotKept from fault
        return True

    def _take(self, index: int, keeping: "Future[bool]") -> None:
        if not keeping.result():
            self.wrong[index] = self.wrong.get(index, 0) + 1
            if self.wrong[index] >= CHUNK_TRIES:
                raise ChunkWrong(self.asking.shown, name=self.manifest.chunks[index])
            return
        self.lacking.discard(index)
        self.fetched += 1
        self.told(len(self.manifest.chunks) - len(self.lacking), len(self.manifest.chunks))


def _exactly(answer: HTTPResponse, content: memoryview) -> memoryview:
    """Fill `content` from the answer."""
    had = 0
    while had < len(content):
        came = answer.readinto(content[had:])
        if not came:
            raise IncompleteRead(b"", len(content) - had)
        had += came
    return content


def _plainly(fault: BaseException | None) -> BaseException:
    if isinstance(fault, OSError) and is_full(fault):
        return DiskFull(str(fault.filename or "the delivery"))
    return fault if fault is not None else SourceSilent("delivery", fault="nothing was kept")


def hand_in(  # noqa: PLR0913 - as receive
    url: str,
    token: "str | Bearer",
    receipt: Receipt,
    check: Check,
    *,
    opener: Opener = opened,
    patience: Patience | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Receipt:
    """Give the provider the consumer's signed receipt, and get it back with both signatures; may be repeated.

    Raises
    ------
    ReceiptWrong
        If what comes back says something else, or the provider's signature does not hold.
    """
    bearer = Bearer(token) if isinstance(token, str) else token
    calm = patience or Patience()
    asking = Asking(parsed(url), bearer, opener, calm.timeout)
    try:
        for failures in range(1, calm.tries + 1):
            try:
                answered = asking.answer("POST", "/receipt", receipt.to_json())
                break
            except BROKEN as broken:
                if failures == calm.tries:
                    raise SourceSilent(asking.shown, fault=str(broken)[:200] or "it breaks off") from broken
                sleep(calm.wait(failures))
    finally:
        asking.close()
    whole = Receipt.from_json(answered)
    if whole.said != receipt.said:
        raise ReceiptWrong(asking.shown, fault="it says something else than ours")
    whole.require(check)
    return whole

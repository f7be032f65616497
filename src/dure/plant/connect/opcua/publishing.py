"""The publish loop: notifications to the sink, acknowledgements only after its fsync, every missing number named.

A few publish requests are always with the server. Each one comes back with a notification of one of the session's
subscriptions, which goes to the sink; only when the sink says that it is on the disk does the next request leave,
with the acknowledgement.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dure.plant.connect import Readings, Sink, SourceLost, SourceSilent
from dure.plant.connect.opcua.decode import Changes, Message, overflowed, quality
from dure.plant.connect.opcua.history import BackFill
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.notebook import Notebook
from dure.plant.connect.opcua.numbering import LONGEST, after, distance, missing, to_ask_again
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.subscription import Held, Subscription, resend_data
from dure.plant.transport import Gap

REQUESTS = 3  # publish requests with the server at a time, and one more for each further subscription
MOST_REQUESTS = 12
PATIENCE = 1.5  # keep-alive periods of silence after which a link counts as dead


class SubscriptionGone(SourceLost):
    """The server dropped one of our subscriptions, or all (0)."""

    @property
    def subscription(self) -> int:
        """The one that is gone."""
        return int(str(self.facts.get("subscription", 0)))


@dataclass(slots=True)
class Publishing:
    """One run of the loop over one link and the subscriptions of its session."""

    link: Link
    held: Held
    sink: Sink
    notebook: Notebook
    history: BackFill
    clock: Callable[[], int] = time.time_ns
    _asked: int = 0
    _heard: float = 0.0
    _ignored: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Publish until the link is lost (raises) or the task is cancelled."""
        self._heard = time.monotonic()
        self.held.proven = False
        count = min(REQUESTS + len(self.held.parts) - 1, MOST_REQUESTS)
        tasks = [asyncio.create_task(self._ask_on(), name=f"publish {n}") for n in range(count)]
        tasks.append(asyncio.create_task(self._watch(), name="watchdog"))
        tasks.append(asyncio.create_task(self.history.run(), name="back-fill"))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def ask_again(self, sub: Subscription, available: Sequence[int] | None, how: str) -> int:
        """After a loss: fetch what the server still has and we have not; how many notifications came.

        `available` are the numbers it says it holds, all of which are fetched: a killed collector may have had
        some of them in memory only. None where it did not say: then one after the other is asked for.
        """
        if available is None:
            return await self._fetch(sub, list(sub.owed), how) + await self._ask_until_refused(sub, how)
        due = to_ask_again(sub.expected, list(available))
        if due:
            sub.expected = after(due[-1])
        return await self._fetch(sub, [*dict.fromkeys([*sub.owed, *available, *due])], how)

    async def _ask_until_refused(self, sub: Subscription, how: str) -> int:
        """Fetch the due number, the next, and so on, until the server has no more."""
        first, fetched = sub.expected, 0
        while fetched < LONGEST:
            message = await self.link.session.message_again(sub.id, sub.expected)
            if message is None:
                break
            self._acknowledge_later(sub, self._take(sub, message), message.sequence)
            sub.expected = after(sub.expected)
            fetched += 1
        if fetched:
            self._ledger(sub, first, after(first, fetched - 1), how)
        return fetched

    async def _ask_on(self) -> None:
        while True:
            await self.sink.room()
            acknowledged, self.held.durable = self.held.durable, []
            message = None
            try:
                message = await self._ask(acknowledged)
            finally:
                if message is None:  # the request went astray, and its acknowledgements with it
                    self.held.durable[:0] = acknowledged
            if message is not None and message.subscription in self.held.parts:
                await self._receive(self.held.parts[message.subscription], message)

    async def _ask(self, acknowledged: list[tuple[int, int]]) -> Message | None:
        if not self._asked:
            self._heard = time.monotonic()
        self._asked += 1
        try:
            return await self.link.session.next_message(acknowledged, self.held.shapes_of)
        except ua.uaerrors.BadTimeout:
            return None
        except ua.uaerrors.BadTooManyPublishRequests:
            await asyncio.sleep(1.0)
            return None
        except (ua.uaerrors.BadNoSubscription, ua.uaerrors.BadSubscriptionIdInvalid) as gone:
            raise SubscriptionGone(self.link.where, why=type(gone).__name__) from gone
        finally:
            self._asked -= 1
            self._heard = time.monotonic()

    async def _receive(self, sub: Subscription, message: Message) -> None:
        """Put a notification on the disk and make its acknowledgement ready; find what is missing before it."""
        self._proven()
        lost = missing(sub.expected, message.sequence)
        sub.owed.update(dict.fromkeys(lost))
        if message.empty:
            sub.expected = message.sequence if lost else sub.expected
        elif distance(sub.expected, message.sequence) >= 0:
            sub.expected = after(message.sequence)
        written = self._take(sub, message)
        complete = sub.complete
        if lost:
            await self._fetch(sub, lost, "republish")
        if message.status is not None:
            why = ua.StatusCode(message.status).name
            raise SubscriptionGone(self.link.where, why=why, subscription=sub.id)
        if message.empty:
            return
        if message.broken:
            await resend_data(self.link, sub.id)
        if not self._asked:
            self.sink.hurry()
        await written
        if not sub.owed:
            self.notebook.note(sub, message.sequence, complete)
        self.held.durable.append((sub.id, message.sequence))

    def _proven(self) -> None:
        if not self.held.proven:
            self.held.proven, self.held.tries = True, 0
            parts = ", ".join(map(str, self.held.parts))
            word = "subscription" if len(self.held.parts) == 1 else "subscriptions"
            self.sink.up(f"{word} {parts}, {len(self.held.names)} signals")

    def _acknowledge_later(self, sub: Subscription, written: "asyncio.Future[None]", number: int) -> None:
        """Acknowledge a notification that came by Republish, once it is on the disk."""
        held = self.held
        written.add_done_callback(
            lambda done: None if done.cancelled() else held.durable.append((sub.id, number))
        )

    def _take(self, sub: Subscription, message: Message) -> "asyncio.Future[None]":
        """Put a message's readings into the sink, and name the gaps it tells of."""
        received = self.clock()
        written = asyncio.get_running_loop().create_future()
        written.set_result(None)
        all_readings = [self._readings(changes, message, received) for changes in message.changes]
        newest = max((int(part.time.max()) for part in all_readings if len(part)), default=0)
        self._name_former_gap(sub, message, message.sent or newest)  # node-opcua leaves PublishTime out
        for changes, readings in zip(message.changes, all_readings, strict=True):
            if len(readings):
                written = self.sink.put(readings)
            self._name_overflow(sub, changes, message)
        if message.broken:
            self._ledger(sub, message.sequence, message.sequence, "", "a notification could not be read")
        if not message.more and not sub.owed:
            self._complete_until(sub, message, newest, received)
        return written

    def _complete_until(self, sub: Subscription, message: Message, newest: int, received: int) -> None:
        """Note up to when all that the server noticed has reached us, rather too early than too late.

        PublishTime is when a message was sent, and readings may come in between its making and its sending; so
        the newest reading counts, less the time that the server may take to notice one.
        """
        if message.empty:
            until = message.sent - int(sub.interval * 1e9)
        else:
            until = min(newest, message.sent or received) - int(sub.sampling * 1e9)
        sub.complete = max(sub.complete, until)

    def _readings(self, changes: Changes, message: Message, received: int) -> Readings:
        handle, time_, value, status, text = (
            changes.handle,
            changes.time,
            changes.value,
            changes.status,
            changes.text,
        )
        known = self._known(changes)
        if known is not None:
            places = np.cumsum(known) - 1
            text = {int(places[row]): words for row, words in text.items() if known[row]}
            handle, time_, value, status = handle[known], time_[known], value[known], status[known]
        if len(time_) and not time_.all():
            time_ = np.where(time_ == 0, message.sent or received, time_)
        return Readings(
            self.held.names, handle.astype(np.int32), time_, value, quality(status), received, text
        )

    def _known(self, changes: Changes) -> "NDArray[np.bool_] | None":
        """Rows that are readings of our signals; None where all are."""
        if changes.ignored:
            self._ignored |= changes.ignored
        count = len(self.held.names)
        if not changes.ignored and (not len(changes.handle) or changes.handle.max() < count):
            return None
        known = changes.handle < count
        return known & ~np.isin(changes.handle, np.fromiter(changes.ignored, np.uint32))

    def _name_former_gap(self, sub: Subscription, message: Message, sent: int) -> None:
        """The first readings of a new subscription end the gap behind the former one."""
        if sub.gap_from and message.changes:
            start, sub.gap_from = sub.gap_from, 0
            self._gap(Gap(self.link.place.source, start, max(start, sent), cause=sub.cause), sub.handles)

    def _name_overflow(self, sub: Subscription, changes: Changes, message: Message) -> None:
        """Name what the server's queues dropped: it says so by a bit, or a queue has come back full."""
        full = overflowed(changes.status)
        count = len(self.held.names)
        if sub.queue > 1 and len(changes.handle) >= sub.queue:
            known = changes.handle < count
            counts = np.bincount(changes.handle[known], minlength=count)
            if counts.max() >= sub.queue:
                full |= known & (counts[np.where(known, changes.handle, 0)] >= sub.queue)
        if not full.any():
            return
        times = changes.time[full & (changes.time > 0)]
        if not len(times):
            return
        hit = [int(handle) for handle in np.unique(changes.handle[full]) if handle < count]
        names = [self.held.names[handle] for handle in hit[:3]]
        more = f" and {len(hit) - 3} more" if len(hit) > 3 else ""
        cause = f"queue overflow at the server: {', '.join(names)}{more}"
        start, number = sub.complete or int(times.min()), message.sequence
        self._gap(Gap(self.link.place.source, start, int(times.max()), number, number, cause), hit)

    def _gap(self, gap: Gap, handles: Sequence[int]) -> None:
        """Name a gap: to be filled where the server keeps a history of what it concerns, else for good."""
        self.history.name(gap, handles)

    async def _fetch(self, sub: Subscription, numbers: Sequence[int], how: str) -> int:
        """Ask for missing notifications once more; name each stretch by what became of it."""
        got: list[int] = []
        gone: list[int] = []
        for number in numbers:
            message = await self.link.session.message_again(sub.id, number)
            sub.owed.pop(number, None)
            if message is None:
                gone.append(number)
                continue
            self._acknowledge_later(sub, self._take(sub, message), number)
            got.append(number)
        if got:
            self._ledger(sub, got[0], got[-1], how)
        if gone:
            self._ledger(sub, gone[0], gone[-1], "")
            await resend_data(
                self.link, sub.id
            )  # a signal that rests now would else keep its old value for ever
        return len(got)

    def _ledger(self, sub: Subscription, first: int, last: int, filled_by: str, cause: str = "") -> None:
        start, end = sub.complete, self.clock()
        lost = (
            "notifications were lost"
            if filled_by
            else "notifications were lost, the server has them no longer"
        )
        cause = cause or lost
        gap = Gap(self.link.place.source, start or end, end, first, last, cause, filled_by)
        if filled_by:
            self.sink.gap(gap)
        else:
            self._gap(gap, sub.handles)

    async def _watch(self) -> None:
        """A link on which nothing is heard for longer than keep-alives allow is dead, whatever the socket says."""
        allowed = PATIENCE * self.held.keep_alive + self.link.settings.timeout
        while True:
            await asyncio.sleep(min(1.0, allowed / 4))
            if self._asked and time.monotonic() - self._heard > allowed:
                raise SourceSilent(self.link.where, seconds=f"{allowed:.1f}")

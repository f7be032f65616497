"""The publish loop: notifications to the sink, acknowledgements only after its fsync, every missing number named.

A few publish requests are always with the server. Each one comes back with a notification, which goes to the
sink; only when the sink says that it is on the disk does the next request leave, with the acknowledgement.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dure.plant.connect import Readings, Sink, SourceLost, SourceSilent
from dure.plant.connect.opcua.decode import Changes, Message, overflowed, quality
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.numbering import LONGEST, after, distance, missing, to_ask_again
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.subscription import Notebook, Subscription
from dure.plant.transport import Gap

REQUESTS = 3  # publish requests with the server at a time
PATIENCE = 1.5  # keep-alive periods of silence after which a link counts as dead


class SubscriptionGone(SourceLost):
    """The server dropped our subscription."""


@dataclass(slots=True)
class Publishing:
    """One run of the loop over one link and one subscription."""

    link: Link
    sub: Subscription
    sink: Sink
    notebook: Notebook
    clock: Callable[[], int] = time.time_ns
    _asked: int = 0
    _heard: float = 0.0
    _ignored: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Publish until the link is lost (raises) or the task is cancelled."""
        self._heard = time.monotonic()
        self.sub.proven = False
        tasks = [asyncio.create_task(self._ask_on(), name=f"publish {n}") for n in range(REQUESTS)]
        tasks.append(asyncio.create_task(self._watch(), name="watchdog"))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def ask_again(self, available: Sequence[int] | None, how: str) -> int:
        """After a loss: fetch what the server still has and we have not; how many notifications came.

        `available` are the numbers it says it holds, all of which are fetched: a killed collector may have had
        some of them in memory only. None where it did not say: then one after the other is asked for.
        """
        if available is None:
            return await self._fetch(list(self.sub.owed), how) + await self._ask_until_refused(how)
        due = to_ask_again(self.sub.expected, list(available))
        if due:
            self.sub.expected = after(due[-1])
        return await self._fetch([*dict.fromkeys([*self.sub.owed, *available, *due])], how)

    async def _ask_until_refused(self, how: str) -> int:
        """Fetch the due number, the next, and so on, until the server has no more."""
        first, fetched = self.sub.expected, 0
        while fetched < LONGEST:
            message = await self.link.session.message_again(self.sub.id, self.sub.expected)
            if message is None:
                break
            self._acknowledge_later(self._take(message), message.sequence)
            self.sub.expected = after(self.sub.expected)
            fetched += 1
        if fetched:
            self._ledger(first, after(first, fetched - 1), how)
        return fetched

    async def _ask_on(self) -> None:
        while True:
            await self.sink.room()
            acknowledged, self.sub.durable = self.sub.durable, []
            message = None
            try:
                message = await self._ask(acknowledged)
            finally:
                if message is None:  # the request went astray, and its acknowledgements with it
                    self.sub.durable[:0] = acknowledged
            if message is not None:
                await self._receive(message)

    async def _ask(self, acknowledged: list[int]) -> Message | None:
        if not self._asked:
            self._heard = time.monotonic()
        self._asked += 1
        try:
            return await self.link.session.next_message([(self.sub.id, n) for n in acknowledged])
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

    async def _receive(self, message: Message) -> None:
        """Put a notification on the disk and make its acknowledgement ready; find what is missing before it."""
        if message.subscription != self.sub.id:
            return  # of a former subscription that the server has not deleted yet
        self._proven()
        lost = missing(self.sub.expected, message.sequence)
        self.sub.owed.update(dict.fromkeys(lost))
        if message.empty:
            self.sub.expected = message.sequence if lost else self.sub.expected
        elif distance(self.sub.expected, message.sequence) >= 0:
            self.sub.expected = after(message.sequence)
        written = self._take(message)
        if lost:
            await self._fetch(lost, "republish")
        if message.status is not None:
            raise SubscriptionGone(self.link.where, why=ua.StatusCode(message.status).name)
        if message.empty:
            return
        if not self._asked:
            self.sink.hurry()
        await written
        if not self.sub.owed:
            self.notebook.note(self.sub.id, message.sequence, self.sub.complete)
        self.sub.durable.append(message.sequence)

    def _proven(self) -> None:
        if not self.sub.proven:
            self.sub.proven, self.sub.tries = True, 0
            self.sink.up(f"subscription {self.sub.id}, {len(self.sub.names)} signals")

    def _acknowledge_later(self, written: "asyncio.Future[None]", number: int) -> None:
        """Acknowledge a notification that came by Republish, once it is on the disk."""
        durable = self.sub.durable
        written.add_done_callback(lambda done: None if done.cancelled() else durable.append(number))

    def _take(self, message: Message) -> "asyncio.Future[None]":
        """Put a message's readings into the sink, and name the gaps it tells of."""
        received = self.clock()
        written = asyncio.get_running_loop().create_future()
        written.set_result(None)
        all_readings = [self._readings(changes, message, received) for changes in message.changes]
        sent = message.sent or _newest(all_readings)  # node-opcua leaves PublishTime out
        self._name_former_gap(message, sent)
        for changes, readings in zip(message.changes, all_readings, strict=True):
            written = self.sink.put(readings)
            self._name_overflow(changes, message)
        if not message.more and not self.sub.owed:
            self._complete_until(message, all_readings, received)
        return written

    def _complete_until(self, message: Message, parts: Sequence[Readings], received: int) -> None:
        """Note up to when all that the server noticed has reached us, rather too early than too late.

        PublishTime is when a message was sent, and readings may come in between its making and its sending; so
        the newest reading counts, less the time that the server may take to notice one.
        """
        if message.empty:
            until = message.sent - int(self.link.settings.publishing * 1e6)
        else:
            until = min(_newest(parts), message.sent or received) - int(self.sub.sampling * 1e9)
        self.sub.complete = max(self.sub.complete, until)

    def _readings(self, changes: Changes, message: Message, received: int) -> Readings:
        known = changes.handle < len(self.sub.names)
        if changes.ignored:
            self._ignored |= changes.ignored
            known &= ~np.isin(changes.handle, np.fromiter(changes.ignored, np.uint32))
        text = changes.text
        if not known.all():
            places = np.cumsum(known) - 1
            text = {int(places[row]): words for row, words in text.items() if known[row]}
        time_, sent = changes.time[known], message.sent or received
        return Readings(
            self.sub.names,
            changes.handle[known].astype(np.int32),
            np.where(time_ == 0, sent, time_),
            changes.value[known],
            quality(changes.status[known]),
            received,
            text,
        )

    def _name_former_gap(self, message: Message, sent: int) -> None:
        """The first readings of a new subscription end the gap behind the former one."""
        if self.sub.gap_from and message.changes:
            start, self.sub.gap_from = self.sub.gap_from, 0
            source, cause = self.link.place.source, self.sub.cause
            self.sink.gap(Gap(source, start, max(start, sent), cause=cause, filled_by="permanent"))

    def _name_overflow(self, changes: Changes, message: Message) -> None:
        """Name what the server's queues dropped: it says so by a bit, or a queue has come back full."""
        full = overflowed(changes.status)
        if self.sub.queue > 1 and len(changes.handle) >= self.sub.queue:
            known = changes.handle < len(self.sub.names)
            counts = np.bincount(changes.handle[known], minlength=len(self.sub.names))
            if counts.max() >= self.sub.queue:
                full |= known & (counts[np.where(known, changes.handle, 0)] >= self.sub.queue)
        times = changes.time[full & (changes.time > 0)]
        if not len(times):
            return
        hit = np.unique(changes.handle[full])
        names = [self.sub.names[h] for h in hit[:3] if h < len(self.sub.names)]
        more = f" and {len(hit) - 3} more" if len(hit) > 3 else ""
        cause = f"queue overflow at the server: {', '.join(names)}{more}"
        start, number = self.sub.complete or int(times.min()), message.sequence
        self.sink.gap(
            Gap(self.link.place.source, start, int(times.max()), number, number, cause, "permanent")
        )

    async def _fetch(self, numbers: Sequence[int], how: str) -> int:
        """Ask for missing notifications once more; name each stretch by what became of it."""
        got: list[int] = []
        gone: list[int] = []
        for number in numbers:
            message = await self.link.session.message_again(self.sub.id, number)
            self.sub.owed.pop(number, None)
            if message is None:
                gone.append(number)
                continue
            self._acknowledge_later(self._take(message), number)
            got.append(number)
        if got:
            self._ledger(got[0], got[-1], how)
        if gone:
            self._ledger(gone[0], gone[-1], "permanent")
        return len(got)

    def _ledger(self, first: int, last: int, filled_by: str) -> None:
        start, end = self.sub.complete, self.clock()
        cause = (
            "notifications were lost"
            if filled_by != "permanent"
            else "notifications were lost, the server has them no longer"
        )
        self.sink.gap(Gap(self.link.place.source, start or end, end, first, last, cause, filled_by))

    async def _watch(self) -> None:
        """A link on which nothing is heard for longer than keep-alives allow is dead, whatever the socket says."""
        allowed = PATIENCE * self.sub.keep_alive + self.link.settings.timeout
        while True:
            await asyncio.sleep(min(1.0, allowed / 4))
            if self._asked and time.monotonic() - self._heard > allowed:
                raise SourceSilent(self.link.where, seconds=f"{allowed:.1f}")


def _newest(parts: Sequence[Readings]) -> int:
    """Newest source time of some readings [ns since 1970 UTC], 0 if there are none."""
    return max((int(part.time.max()) for part in parts if len(part)), default=0)

"""OPC UA: servers by opc.tcp, read by subscription (OPC 10000-4, client side), with asyncua as the protocol library."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dure.plant.connect import DONE, Arm, Place, Settings, Sink, Standing, WriteNotArmed
from dure.plant.connect.opcua.settings import OpcUaSettings
from dure.vocabulary import DureError, Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.opcua.link import Link
    from dure.plant.connect.opcua.notebook import Notebook
    from dure.plant.connect.opcua.publishing import Publishing
    from dure.plant.connect.opcua.subscription import Held, Subscription

__all__ = ["CONNECTOR", "OpcUa", "OpcUaSettings"]

MOST_SIGNALS = 100_000
MOST_RESUMPTIONS = 2  # of one subscription without a word from the server between; then a new one is made


class OpcUa:
    """An OPC UA server as a source; see `Connector` for the promise.

    A broken link is resumed in this order: the same session, the subscription taken over into a new session,
    a new subscription with the stretch between named in the gap ledger.
    """

    schemes: ClassVar[tuple[str, ...]] = ("opc.tcp",)
    title: ClassVar[Text] = Text("OPC UA", "OPC UA")
    requires: ClassVar[str] = "asyncua"
    standard: ClassVar[str] = "OPC 10000-4 1.05, OPC 10000-6 1.05 (UA-TCP, binary)"
    settings_type: ClassVar[type[Settings]] = OpcUaSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": DONE,
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": DONE,
        "back-fill": DONE,
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": DONE,
    }

    def __init__(self, place: Place, settings: OpcUaSettings) -> None:
        from dure.plant.connect.opcua.rates import Rates

        self.place, self.settings = place, settings
        Rates.read(settings)  # a rate that cannot be read is refused here, not when the line runs
        self.notes: list[str] = []
        self._link: Link | None = None
        self._held: Held | None = None
        self._nodes: dict[int, Any] = {}
        self._gap_from, self._cause = 0, ""
        self._book: Notebook | None = None

    async def identify(self) -> dict[str, str]:
        """Product, version and the security in force."""
        link = await self._open()
        with link.refusals():
            limits = await link.limits()
        return {"product": limits.product, "version": limits.version, "security": str(link.offer)}

    async def browse(self, limit: int = MOST_SIGNALS) -> list[Signal]:
        """The server's variables, at most `limit`; the id of each is its path in the server's tree."""
        from dure.plant.connect.opcua.browse import Browser

        link = await self._open()
        with link.refusals():
            return await Browser(link.session, self.place.source, await link.limits(), self.notes).signals(
                limit
            )

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The present reading of each signal."""
        from dure.plant.connect.opcua.browse import node_of
        from dure.plant.connect.opcua.protocol import ua

        link = await self._open()
        with link.refusals():
            limits = await link.limits()
            nodes = [node_of(signal.address, limits.namespaces) for signal in signals]

            async def values(part: Sequence[Any]) -> Sequence[Any]:
                return list(await link.session.read_attributes(list(part), ua.AttributeIds.Value))

            read = await limits.each("read", nodes, values)
        return [_sample(signal, value) for signal, value in zip(signals, read, strict=True)]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Deliver every reading until the link is lost."""
        from dure.plant.connect.opcua.notebook import Notebook
        from dure.plant.connect.opcua.publishing import SubscriptionGone

        self._book = self._book or Notebook(self.place.home, self.place.source)
        try:
            publishing = await self._ready(signals, sink, self._book)
            with publishing.link.refusals():
                await publishing.run()
        except SubscriptionGone as gone:
            self._forget(str(gone.facts["why"]), gone.subscription)
            raise
        except DureError as refusal:
            if self._held is not None and self._held.tries >= MOST_RESUMPTIONS:
                self._forget(refusal.key)
            if self._link is not None:
                self._link.drop()
            raise

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Write one value under an arm that covers it."""
        import time

        from dure.plant.connect.opcua.writing import write

        if arm is None or arm.signal != signal.id:
            raise WriteNotArmed(signal.id, why=Text("nobody armed it", "허용한 사람이 없습니다"))
        if time.time_ns() > arm.until:
            raise WriteNotArmed(signal.id, why=Text("the leave has run out", "허용 기간이 지났습니다"))
        if not arm.low <= value <= arm.high:
            raise WriteNotArmed(signal.id, why=Text(f"{value:g} is outside {arm.low:g} – {arm.high:g}", f"{value:g}은(는) {arm.low:g}–{arm.high:g} 밖입니다"))  # fmt: skip
        link = await self._open()
        with link.refusals():
            await write(link, signal, value)

    async def close(self) -> None:
        """Delete the subscriptions, close session and channel."""
        if self._link is not None:
            await self._link.close()
        if self._book is not None:
            self._book.end(self._held.complete if self._held is not None else 0)
            self._book.close()
        self._link = self._held = self._book = None

    async def _open(self) -> "Link":
        """The link, opened if it is not there."""
        from dure.plant.connect.opcua.link import Link, check_address

        check_address(self.place.url, self.place.source)
        if self._link is None or not self._link.alive:
            link = Link(self.place, self.settings)
            await link.open()
            self._link = link
            if link.offer is not None:
                self.settings = replace(
                    self.settings, security=link.offer.mode, policy=link.offer.kept_policy
                )
        return self._link

    async def _ready(self, signals: Sequence[Signal], sink: Sink, book: "Notebook") -> "Publishing":
        """All signals subscribed over an open link: resumed if that can be, taken over, or anew."""
        if resumed := await self._resumed(sink, book):
            return resumed
        link = await self._open()
        self.notes.clear()
        wanted = tuple(signals) or tuple(await self.browse())
        with link.refusals():
            held = await self._known(link, wanted, book)
            publishing = self._publishing(link, held, sink, book)
            await self._take_over(publishing)
            if missing := held.missing():
                await self._subscribe(publishing, wanted, missing)
        book.begin(held)
        return publishing

    async def _resumed(self, sink: Sink, book: "Notebook") -> "Publishing | None":
        """The same session over a new channel, what it still holds fetched; None if the server forgot it."""
        link, held = self._link, self._held
        if link is None or held is None or not held.parts or link.alive:
            return None
        if not await link.resume():
            link.drop()
            return None
        held.tries += 1
        publishing = self._publishing(link, held, sink, book)
        with link.refusals():
            for part in held.parts.values():
                await publishing.ask_again(part, None, "republish")
        return publishing

    def _publishing(self, link: "Link", held: "Held", sink: Sink, book: "Notebook") -> "Publishing":
        from dure.plant.connect.opcua.history import BackFill
        from dure.plant.connect.opcua.publishing import Publishing

        return Publishing(link, held, sink, book, BackFill(link, held, self._nodes, sink, book))

    async def _known(self, link: "Link", wanted: Sequence[Signal], book: "Notebook") -> "Held":
        """What is held of the wanted signals: by this object, by a collector that was killed, or nothing yet."""
        from dure.plant.connect.opcua.browse import node_of
        from dure.plant.connect.opcua.history import historic
        from dure.plant.connect.opcua.protocol import ua
        from dure.plant.connect.opcua.subscription import Held

        names = tuple(signal.id for signal in wanted)
        if self._held is not None and self._held.names != names:
            self._forget("other signals were asked for")
        self._held = held = self._held or book.found(names) or Held(names)
        namespaces = (await link.limits()).namespaces
        self._nodes = {}
        for place, signal in enumerate(wanted):
            with suppress(ValueError, ua.UaError):
                self._nodes[place] = node_of(signal.address, namespaces)
        held.historic = await historic(link, self._nodes)
        return held

    async def _take_over(self, publishing: "Publishing") -> None:
        """Bring the held subscriptions into the present session and fetch what they hold; what is gone is given up."""
        from dure.plant.connect.opcua.subscription import resend_data, transfer

        link, held = publishing.link, publishing.held
        if held.session is link.session or not held.parts:
            held.session = link.session
            return
        available = await transfer(link, list(held.parts))
        held.session, held.durable = link.session, [one for one in held.durable if one[0] in available]
        held.tries += bool(available)
        for part in list(held.parts.values()):
            if part.id not in available:
                self._give_up(part, "the server no longer had the subscription")
        for part in held.parts.values():
            await publishing.ask_again(part, available[part.id], "transfer")
            await resend_data(
                link, part.id
            )  # a signal that rests has sent its value to the former session only

    async def _subscribe(
        self, publishing: "Publishing", wanted: Sequence[Signal], missing: Sequence[int]
    ) -> None:
        """Make subscriptions for what is missing; the stretch before them is a gap."""
        from dure.plant.connect import SourceOdd
        from dure.plant.connect.opcua.subscription import subscribe

        held = publishing.held
        made = await subscribe(publishing.link, wanted, missing, self.notes)
        start, cause = self._gap(publishing)
        for part in made:
            part.gap_from, part.cause = start, cause
            held.parts[part.id] = part
        if not held.parts:
            raise SourceOdd(publishing.link.where, why=f"none of the {len(wanted)} signals is there")

    def _forget(self, cause: str, subscription: int = 0) -> None:
        """Give one subscription up, or all (0)."""
        held = self._held
        if held is None:
            return
        gone = [held.parts[subscription]] if subscription in held.parts else list(held.parts.values())
        for part in gone:
            self._give_up(part, cause)
        if not held.parts:
            self._held = None
            if self._book is not None:
                self._book.end()

    def _give_up(self, part: "Subscription", cause: str) -> None:
        """Forget a subscription; what the server noticed after it was last complete is a gap."""
        if self._held is not None:
            self._held.parts.pop(part.id, None)
        start = part.gap_from or part.complete
        if start and (not self._gap_from or start < self._gap_from):
            self._gap_from, self._cause = start, part.cause if part.gap_from else cause

    def _gap(self, publishing: "Publishing") -> tuple[int, str]:
        """Where the gap before new subscriptions begins [ns], and why there is one."""
        start, cause = self._gap_from, self._cause
        self._gap_from, self._cause = 0, ""
        if start:
            return start, cause
        if publishing.held.parts:
            return 0, ""
        return publishing.notebook.complete() or publishing.sink.latest, "the collector was not running"


def _sample(signal: Signal, reading: object) -> Sample:
    import numpy as np

    from dure.plant.connect.opcua.decode import plain, quality

    value, time, status = plain(reading)
    severity = Quality(int(quality(np.array([status], np.uint32))[0]))
    words = value if isinstance(value, str) else None
    return Sample(
        signal.id, time, value if isinstance(value, float) else float("nan"), quality=severity, text=words
    )


CONNECTOR = OpcUa

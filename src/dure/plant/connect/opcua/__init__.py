"""OPC UA: servers by opc.tcp, read by subscription (OPC 10000-4, client side), with asyncua as the protocol library."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import DONE, Arm, Mark, Place, Settings, Sink, Standing, WriteNotArmed
from dure.plant.connect.opcua.settings import OpcUaSettings
from dure.vocabulary import DureError, Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.opcua.link import Link
    from dure.plant.connect.opcua.subscription import Notebook, Subscription

__all__ = ["CONNECTOR", "OpcUa", "OpcUaSettings"]

MOST_SIGNALS = 100_000
READ_PER_CALL = 500
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
        "back-fill": Standing(Mark.TODO, "HistoryRead; until then such a gap is named permanent"),
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": DONE,
    }

    def __init__(self, place: Place, settings: OpcUaSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._link: Link | None = None
        self._sub: Subscription | None = None
        self._gap_from, self._cause = 0, ""
        self._book: Notebook | None = None

    async def identify(self) -> dict[str, str]:
        """Product, version and the security in force."""
        from dure.plant.connect.opcua.subscription import product_of

        link = await self._open()
        with link.refusals():
            product, version = await product_of(link)
        return {"product": product, "version": version, "security": str(link.offer)}

    async def browse(self, limit: int = MOST_SIGNALS) -> list[Signal]:
        """The server's variables, at most `limit`."""
        from dure.plant.connect.opcua.browse import Browser
        from dure.plant.connect.opcua.subscription import namespaces_of

        link = await self._open()
        with link.refusals():
            browser = Browser(link.session, self.place.source, await namespaces_of(link), self.notes)
            return await browser.signals(limit)

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The present reading of each signal."""
        from dure.plant.connect.opcua.browse import node_of
        from dure.plant.connect.opcua.protocol import ua
        from dure.plant.connect.opcua.subscription import namespaces_of

        link = await self._open()
        read: list[Sample] = []
        with link.refusals():
            namespaces = await namespaces_of(link)
            for start in range(0, len(signals), READ_PER_CALL):
                part = signals[start : start + READ_PER_CALL]
                nodes = [node_of(signal.address, namespaces) for signal in part]
                values = await link.session.read_attributes(nodes, ua.AttributeIds.Value)
                read += [_sample(signal, value) for signal, value in zip(part, values, strict=True)]
        return read

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Deliver every reading until the link is lost."""
        from dure.plant.connect.opcua.publishing import Publishing, SubscriptionGone
        from dure.plant.connect.opcua.subscription import Notebook

        self._book = self._book or Notebook(self.place.home, self.place.source)
        try:
            link, sub = await self._subscribed(signals, sink, self._book)
            with link.refusals():
                await Publishing(link, sub, sink, self._book).run()
        except SubscriptionGone as gone:
            self._forget(str(gone.facts["why"]))
            raise
        except DureError as refusal:
            if self._sub is not None and self._sub.tries >= MOST_RESUMPTIONS:
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
        """Delete the subscription, close session and channel."""
        if self._link is not None:
            await self._link.close()
        if self._book is not None:
            self._book.end(self._sub.complete if self._sub is not None else 0)
            self._book.close()
        self._link = self._sub = self._book = None

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

    async def _subscribed(
        self, signals: Sequence[Signal], sink: Sink, book: "Notebook"
    ) -> "tuple[Link, Subscription]":
        """A link with a subscription on it: resumed if that can be, else new."""
        from dure.plant.connect.opcua.publishing import Publishing
        from dure.plant.connect.opcua.subscription import subscribe

        if self._link is not None and self._sub is not None and not self._link.alive:
            if await self._link.resume():
                self._sub.tries += 1
                with self._link.refusals():
                    await Publishing(self._link, self._sub, sink, book).ask_again(None, "republish")
                return self._link, self._sub
            self._link.drop()
        link = await self._open()
        self.notes.clear()
        wanted = tuple(signals) or tuple(await self.browse())
        with link.refusals():
            if taken := await self._take_over(link, wanted, sink, book):
                return link, taken
            self._sub = await subscribe(link, wanted, self.notes)
        self._sub.gap_from, self._sub.cause = self._gap(sink, book)
        book.begin(self._sub)
        return link, self._sub

    async def _take_over(
        self, link: "Link", wanted: Sequence[Signal], sink: Sink, book: "Notebook"
    ) -> "Subscription | None":
        """The former subscription in the present session, what it still holds fetched; None if it is gone."""
        from dure.plant.connect.opcua.publishing import Publishing
        from dure.plant.connect.opcua.subscription import transfer

        known = self._sub or book.found([signal.id for signal in wanted])
        if known is None:
            return None
        available = await transfer(link, known)
        if available is None:
            self._sub = known
            self._forget("the server no longer had the subscription")
            return None
        known.tries += 1
        self._sub = known
        await Publishing(link, known, sink, book).ask_again(available, "transfer")
        return known

    def _forget(self, cause: str) -> None:
        """Give the subscription up; what the server noticed after it was last complete is a gap."""
        if self._sub is not None:
            self._gap_from = self._sub.gap_from or self._sub.complete
            self._cause = self._sub.cause or cause
        self._sub = None
        if self._book is not None:
            self._book.end()

    def _gap(self, sink: Sink, book: "Notebook") -> tuple[int, str]:
        """Where the gap before a new subscription begins [ns], and why there is one."""
        start, cause = self._gap_from, self._cause
        self._gap_from, self._cause = 0, ""
        if start:
            return start, cause
        return book.complete() or sink.latest, "the collector was not running"


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

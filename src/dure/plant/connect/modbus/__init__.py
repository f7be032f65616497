"""Modbus: controllers, meters and sensors read by register, over TCP, TLS or a serial line, with pymodbus as the library."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import (
    DONE,
    AddressRefused,
    Arm,
    Mark,
    Place,
    Settings,
    Sink,
    Standing,
    permit,
)
from dure.plant.connect.modbus.settings import ModbusSettings
from dure.vocabulary import Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.modbus.link import Link
    from dure.plant.connect.polling import Tag

__all__ = ["CONNECTOR", "Modbus", "ModbusSettings"]

MOST_SIGNALS = 100_000


class Modbus:
    """A Modbus device, or several behind one gateway, as a source; see `Connector` for the promise.

    What is read says the tag table of the settings; without one the device is scanned.
    """

    schemes: ClassVar[tuple[str, ...]] = ("modbus", "modbus+rtu", "modbus+rtutcp", "modbus+tls")
    title: ClassVar[Text] = Text("Modbus", "Modbus")
    requires: ClassVar[str] = "pymodbus"
    standard: ClassVar[str] = "Modbus application protocol 1.1b3, over serial line 1.02, TCP security 2.1"
    settings_type: ClassVar[type[Settings]] = ModbusSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": Standing(Mark.EXEMPT, "a register has no time; it gets the midpoint of its request"),
        "quality": DONE,
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": Standing(Mark.EXEMPT, "a device that is polled waits for no acknowledgement"),
        "gaps-named": DONE,
        "back-fill": Standing(Mark.EXEMPT, "a register keeps no history; such a gap is permanent"),
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": Standing(Mark.EXEMPT, "Modbus has no passwords"),
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": DONE,
    }

    def __init__(self, place: Place, settings: ModbusSettings) -> None:
        from dure.plant.connect.polling import Memory

        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._link: Link | None = None
        self._memory = Memory()

    async def identify(self) -> dict[str, str]:
        """What the device says of itself (function 43/14), and how the link is secured."""
        from dure.plant.connect.modbus.identity import identity
        from dure.plant.connect.polling import lasting

        self._tags()
        self.settings = replace(self.settings, tags=lasting(self.settings.tags))
        link = await self._open()
        return {**await identity(link, self.settings.unit), "security": link.security}

    async def browse(self, limit: int = MOST_SIGNALS) -> list[Signal]:
        """The tags of the table, or what a scan finds."""
        from dure.plant.connect.modbus.reading import Reader
        from dure.plant.connect.modbus.scan import scan
        from dure.plant.connect.polling import told

        tags, link = self._tags(), await self._open()
        if tags:
            found = await Reader(link, self.settings).read(
                tags
            )  # a table does not say that a device is there
            self.notes += told({tags[row].id: why for row, why in found.reasons.items()})
        else:
            tags = tuple(await scan(link, self.settings, limit, self.notes))
        if len(tags) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return [tag.signal(self.place.source) for tag in tags[:limit]]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The present reading of each signal."""
        import time

        from dure.plant.connect.modbus.reading import Reader

        if not signals:
            return []
        readout = await Reader(await self._open(), self.settings).read(self._chosen(signals))
        times = readout.times if readout.times is not None else [time.time_ns()] * len(signals)
        return [
            Sample(
                signal.id,
                int(times[row]),
                float(readout.values[row]),
                quality=Quality(int(readout.qualities[row])),
                text=readout.text.get(row),
            )
            for row, signal in enumerate(signals)
        ]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Poll until the link is lost."""
        from dure.plant.connect.modbus.reading import Reader
        from dure.plant.connect.polling import Pace, poll

        link = await self._open()
        chosen = self._chosen(signals) or self._tags() or self._chosen(await self.browse())
        pace = Pace(self.settings.period, self.settings.changes, self.settings.restate)
        try:
            await poll(
                chosen,
                Reader(link, self.settings).read,
                sink,
                source=self.place.source,
                pace=pace,
                memory=self._memory,
                notes=self.notes,
                how=f"{link.where}, {len(chosen)} tags every {self.settings.period:g} s",
            )
        finally:
            await self.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Write one value under an arm that covers it, and read it back."""
        from dure.plant.connect.modbus.writing import write

        permit(arm, signal.id, value)
        (tag,) = self._chosen([signal])
        await write(await self._open(), self.settings, tag, value)

    async def close(self) -> None:
        """End the connection."""
        if self._link is not None:
            await self._link.close()
        self._link = None

    async def _open(self) -> "Link":
        from dure.plant.connect.modbus.link import Link

        if self._link is None or not self._link.alive:
            await self.close()
            link = Link(self.place, self.settings)
            await link.open()
            self._link = link
        return self._link

    def _tags(self) -> "tuple[Tag, ...]":
        """Tags of the table, none where there is no table."""
        from dure.plant.connect.modbus.addresses import checked
        from dure.plant.connect.polling import read_tags

        if not self.settings.tags.strip():
            return ()
        return read_tags(
            self.settings.tags, words=self.settings.words, check=lambda tag: checked(tag, self.settings.unit)
        )

    def _chosen(self, signals: Sequence[Signal]) -> "tuple[Tag, ...]":
        """Tag of each signal: the table's, else what its address alone says."""
        table = {f"{self.place.source}/{tag.id}": tag for tag in self._tags()}
        return tuple(table.get(signal.id) or self._by_address(signal) for signal in signals)

    def _by_address(self, signal: Signal) -> "Tag":
        from dure.plant.connect.modbus.addresses import checked
        from dure.plant.connect.polling import Odd, Tag

        plain = Tag(signal.id.partition("/")[2], signal.address, words=self.settings.words)
        try:
            return checked(plain, self.settings.unit)
        except Odd as odd:
            raise AddressRefused(signal.address, example=odd.write) from None


CONNECTOR = Modbus

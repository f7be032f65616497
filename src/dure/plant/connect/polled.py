"""A connector whose controller is asked for blocks of cells: what the makers' protocols share, above their frames."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect.arming import permit
from dure.plant.connect.asking import Refused
from dure.plant.connect.controller import Controller, Reader
from dure.plant.connect.promise import DONE, Arm, Mark, Place, Sink, Standing
from dure.plant.connect.refusals import AddressRefused, SourceOdd
from dure.plant.connect.settings import Settings, setting
from dure.vocabulary import Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.polling import Block, Tag

MOST_SIGNALS = 100_000
NO_TABLE = Text(
    "there is no tag table, so nothing is read: give one with tags", "태그 표가 없어 아무것도 읽지 않습니다. tags로 알려 주세요"
)  # fmt: skip

RULES: Mapping[str, Standing] = {
    "browse-bounded": DONE,
    "source-time": Standing(Mark.EXEMPT, "a controller's cell has no time; it gets the midpoint of its request"),
    "quality": DONE,
    "units": DONE,
    "text-values": DONE,
    "test-before-save": DONE,
    "reconnects": DONE,
    "ack-after-disk": Standing(Mark.EXEMPT, "a controller that is polled waits for no acknowledgement"),
    "gaps-named": DONE,
    "back-fill": Standing(Mark.EXEMPT, "a controller's cell keeps no history; such a gap is permanent"),
    "encrypted": Standing(Mark.EXEMPT, "the protocol has no encryption; keep controller and node in one network zone"),
    "peer-trusted": Standing(Mark.EXEMPT, "the protocol has no identities"),
    "secret-kept": Standing(Mark.EXEMPT, "no password is used"),
    "write-armed": DONE,
    "closes": DONE,
    "own-errors": DONE,
    "real-peer": DONE,
}  # fmt: skip


@dataclass(frozen=True)
class PolledSettings(Settings):
    """What every polled controller's settings hold."""

    tags: str = setting(
        "",
        Text("Tag table: a .csv or .toml file, or the table itself", "태그 표(.csv·.toml 파일 또는 표 내용)"),
        multiline=True,
    )
    period: float = setting(
        1.0, Text("How often tags are read", "읽는 주기"), unit="s", between=(0.01, 86_400)
    )
    changes: bool = setting(False, Text("Keep only readings that changed", "바뀐 값만 보관"))
    restate: float = setting(
        60.0,
        Text(
            "With that, how often an unchanged one is kept all the same",
            "그때 바뀌지 않은 값도 다시 남기는 주기",
        ),
        unit="s",
        between=(1, 86_400),
    )
    words: str = setting(
        "ABCD",
        Text("Word order of a tag that names none", "워드 순서를 적지 않은 태그의 순서"),
        choices=("ABCD", "CDAB", "BADC", "DCBA"),
    )
    timeout: float = setting(3.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.05, 60))


class Polled:
    """A controller as a source; see `Connector` for the promise. What is read says the tag table of the settings."""

    title: ClassVar[Text]
    settings_type: ClassVar[type[Settings]]

    def __init__(self, place: Place, settings: PolledSettings) -> None:
        from dure.plant.connect.polling import Memory

        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._open_one: tuple[Controller, Reader] | None = None
        self._memory = Memory()

    def _link(self) -> Controller:
        """A link of this protocol, not yet open."""
        raise NotImplementedError

    def _checked(self, tag: "Tag") -> "Tag":
        """The tag, mended by what its address says; raises `Odd`."""
        raise NotImplementedError

    def _read_only(self, tag: "Tag") -> Text | None:
        """Why a tag can only be read; None if it can be written."""
        raise NotImplementedError

    async def identify(self) -> dict[str, str]:
        """What the controller says of itself."""
        from dure.plant.connect.polling import lasting

        self._tags()
        self.settings = replace(self.settings, tags=lasting(self.settings.tags))
        link, _ = await self._open()
        return {**await link.identity(), "security": "none"}

    async def browse(self, limit: int = MOST_SIGNALS) -> list[Signal]:
        """The tags of the table; a controller cannot list its own."""
        from dure.plant.connect.polling import told

        tags = self._tags()
        link, reader = await self._open()
        if tags:
            found = await reader.read(tags)
            self.notes += told({tags[row].id: why for row, why in found.reasons.items()})
        else:
            await link.identity()  # an open port does not say that a controller is there
            self.notes.append(str(NO_TABLE))
        if len(tags) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return [tag.signal(self.place.source) for tag in tags[:limit]]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The present reading of each signal."""
        if not signals:
            return []
        _, reader = await self._open()
        readout = await reader.read(self._chosen(signals))
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
        from dure.plant.connect.polling import Pace, TagTableUnreadable, poll

        chosen = self._chosen(signals) or self._tags()
        if not chosen:
            raise TagTableUnreadable("“tags”", why=Text("none is given", "태그 표를 주지 않았습니다"))
        link, reader = await self._open()
        settings = self.settings
        try:
            await poll(
                chosen,
                reader.read,
                sink,
                source=self.place.source,
                pace=Pace(settings.period, settings.changes, settings.restate),
                memory=self._memory,
                notes=self.notes,
                how=f"{link.where}, {len(chosen)} tags every {settings.period:g} s",
            )
        finally:
            await self.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Write one value under an arm that covers it, and read it back."""
        from dure.plant.connect.polling import encode

        permit(arm, signal.id, value)
        (tag,) = self._chosen([signal])
        link, _ = await self._open()
        if why := self._read_only(tag):
            raise SourceOdd(link.where, why=Text(f"{tag.id}: {why.en}", f"{tag.id}: {why.ko}"))
        (block,) = link.plan([tag])
        content = encode(tag, value)
        if tag.type != "bool":
            content = content.ljust(block.width, b"\0")
        try:
            await link.put(tag, block, content)
        except Refused as no:
            raise SourceOdd(link.where, why=Text(f"{tag.id}: {no.why.en}", f"{tag.id}: {no.why.ko}")) from no
        await self._compare(link, tag, block, content)

    async def _compare(self, link: Controller, tag: "Tag", block: "Block", written: bytes) -> None:
        """Refuse a controller that reads otherwise than it was written."""
        from dure.plant.connect.polling import decode

        (answer,) = await link.fetch([block])
        if isinstance(answer.content, Refused):
            why = answer.content.why
            raise SourceOdd(link.where, why=Text(f"{tag.id}: {why.en}", f"{tag.id}: {why.ko}"))
        found = decode(block, answer.content)
        present = found.text.get(0, f"{float(found.values[0]):g}")
        same = bool(found.values[0]) == (written != b"\0") if tag.type == "bool" else answer.content == written  # fmt: skip
        if not same:
            raise SourceOdd(link.where, why=Text(f"{tag.id} reads {present} after it was written", f"{tag.id}에 쓴 뒤 읽은 값이 {present}입니다"))  # fmt: skip

    async def close(self) -> None:
        """End the connection."""
        standing, self._open_one = self._open_one, None
        if standing is not None:
            await standing[0].close()

    async def _open(self) -> tuple[Controller, Reader]:
        if self._open_one is None or not self._open_one[0].alive:
            await self.close()
            link = self._link()
            try:
                await link.open()
            except BaseException:
                await link.close()
                raise
            self._open_one = link, Reader(link)
        return self._open_one

    def _tags(self) -> "tuple[Tag, ...]":
        """Tags of the table, none where there is no table."""
        from dure.plant.connect.polling import read_tags

        if not self.settings.tags.strip():
            return ()
        return read_tags(self.settings.tags, words=self.settings.words, check=self._checked)

    def _chosen(self, signals: Sequence[Signal]) -> "tuple[Tag, ...]":
        """Tag of each signal: the table's, else what its address alone says."""
        table = {f"{self.place.source}/{tag.id}": tag for tag in self._tags()}
        return tuple(table.get(signal.id) or self._by_address(signal) for signal in signals)

    def _by_address(self, signal: Signal) -> "Tag":
        from dure.plant.connect.polling import Odd, Tag

        plain = Tag(signal.id.partition("/")[2], signal.address, words=self.settings.words)
        try:
            return self._checked(plain)
        except Odd as odd:
            raise AddressRefused(signal.address, example=odd.write) from None

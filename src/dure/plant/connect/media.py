"""What cameras, microphones and vibration sources share: content kept first, then a sample that refers to it."""

import asyncio
import string
import time
from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dure.plant.connect.companion import Companion, Moment
from dure.plant.connect.promise import Place, Readings, Sink
from dure.plant.connect.settings import SettingRefused, Settings, setting
from dure.plant.connect.triggers import Trigger
from dure.plant.transport import Content, Keep, Reference, forgetting
from dure.vocabulary import Quality, Sample, Signal, Text

TRIM_EVERY = 5.0  # s
WORDS = ("part", "value", "word", "date", "time")


@dataclass(frozen=True)
class MediaSettings(Settings):
    """What is kept of the content, and how a piece is told from another."""

    keep: float = setting(
        50.0,
        Text("Most content kept of this source, the oldest go first; 0 is all", "보관할 최대 콘텐츠 양, 오래된 것부터 삭제(0은 모두 보관)"),
        unit="GB",
        between=(0, 1_000_000),
    )  # fmt: skip
    days: float = setting(
        0.0, Text("Longest that content is kept; 0 is for ever", "콘텐츠 보관 기간(0은 계속 보관)"), unit="d", between=(0, 36_500)
    )  # fmt: skip
    part_from: str = setting(
        "", Text("Signal of this node whose newest value is the part id", "부품 번호를 담은 이 노드의 신호")
    )
    part: str = setting(
        "",
        Text(
            "Part id as written: {value} of that signal, {word} of the trigger, {date}, {time}",
            "부품 번호 표기: {value}는 그 신호의 값, {word}는 트리거의 말, {date}, {time}",
        ),
    )


@dataclass(frozen=True)
class TriggeredSettings(MediaSettings):
    """What calls for a picture or a burst."""

    trigger: str = setting(
        "",
        Text(
            "What calls for one: signal:source/path, file:/path or http:PORT; empty is by the clock",
            "취득 신호: signal:원천/경로, file:/경로, http:포트(비우면 주기마다)",
        ),
    )
    late: float = setting(
        2.0, Text("How late a trigger may still be served", "트리거를 처리할 수 있는 최대 지연"), unit="s", between=(0.05, 3600)
    )  # fmt: skip


def check(settings: MediaSettings) -> None:
    """Raise SettingRefused if the part id is written with words that are not known."""
    try:
        names = {
            name
            for _, name, spec, _ in string.Formatter().parse(settings.part)
            if name is not None and not spec
        }
        known = names <= set(WORDS)
        settings.part.format(**dict.fromkeys(WORDS, ""))
    except (ValueError, KeyError, IndexError, AttributeError):
        known = False
    if not known:
        raise SettingRefused("part", value=settings.part, allowed="LOT-{value}, {date}-{time}, {word}")


def part_of(settings: MediaSettings, moment: int, word: str, companion: Moment | None) -> str:
    """The part id of a piece taken at `moment` [ns since 1970 UTC].

    >>> from dataclasses import replace
    >>> settings = replace(MediaSettings(), part="LOT{value}-{time}")
    >>> part_of(settings, 1_700_000_000_000_000_000, "", Moment(0, 0, "7"))
    'LOT7-221320'
    >>> part_of(MediaSettings(), 0, "A-17", None)
    'A-17'
    """
    value = companion.word if companion is not None else ""
    if not settings.part:
        return word or value
    when = datetime.fromtimestamp(moment / 1e9, UTC)
    words = {"value": value, "word": word, "date": f"{when:%Y%m%d}", "time": f"{when:%H%M%S}"}
    return settings.part.format(part=word or value, **words)[:200]


@dataclass(slots=True)
class Keeper:
    """Puts pieces of one source into the content store and their references into the sink."""

    place: Place
    settings: MediaSettings
    wanted: frozenset[str] = frozenset()
    clock: Callable[[], float] = time.monotonic
    content: Content = field(init=False)
    companion: Companion | None = field(init=False)
    _trimmed: float = field(init=False)

    def __post_init__(self) -> None:
        check(self.settings)
        self.content = Content(self.place.home)
        self.companion = (
            Companion(self.place.home, self.settings.part_from) if self.settings.part_from else None
        )
        self._trimmed = float("-inf")

    async def part(self, moment: int, word: str = "") -> str:
        """The part id of a piece taken now."""
        if self.companion is not None:
            await asyncio.to_thread(self.companion.fresh)
        newest = None if self.companion is None else self.companion.last
        return part_of(self.settings, moment, word, newest)

    async def keep(  # noqa: PLR0913, PLR0917 - what is said of one piece
        self,
        sink: Sink,
        signal: str,
        piece: bytes,
        media: str,
        moment: int,
        features: Mapping[str, float],
        **more: Any,
    ) -> tuple[Reference, "Future[None]"]:
        """Keep a piece taken at `moment` [ns since 1970 UTC]; the future is done when its sample is on the disk.

        The content is on the disk before the sample is put, so that a kill leaves no sample without content.
        """
        told = {name: value for name, value in more.items() if value not in ("", None)}
        reference = await asyncio.to_thread(self.content.put, piece, media, source=self.place.source, **told)
        written = sink.put(self.readings(signal, reference.text, moment, features))
        await self.trim(sink)
        return reference, written

    def readings(self, signal: str, text: str, moment: int, features: Mapping[str, float]) -> Readings:
        """The reference and what was measured of the piece, as columns; of the signals wanted only."""
        import numpy as np

        base = signal.rpartition("/")[0]
        own = f"{self.place.source}/{base}/" if base else f"{self.place.source}/"
        values = {f"{self.place.source}/{signal}": float("nan")} | {f"{own}{name}": value for name, value in features.items()}  # fmt: skip
        rows = [(name, value) for name, value in values.items() if not self.wanted or name in self.wanted]
        reading = np.array([value for _, value in rows], np.float64)
        texts = {row: text for row, (name, _) in enumerate(rows) if name == f"{self.place.source}/{signal}"}
        quality = np.where(np.isfinite(reading), 0, int(Quality.BAD)).astype(np.uint8)
        quality[list(texts)] = 0
        count = len(rows)
        return Readings(tuple(name for name, _ in rows), np.arange(count, dtype=np.int32), np.full(count, moment, np.int64), reading, quality, time.time_ns(), texts)  # fmt: skip

    async def trim(self, sink: Sink) -> None:
        """Let the oldest go, each after its deletion is on record."""
        if self.clock() - self._trimmed < TRIM_EVERY:
            return
        self._trimmed = self.clock()
        keep, source = Keep.of(self.settings.keep, self.settings.days), self.place.source
        while going := await asyncio.to_thread(self.content.due, source, keep):
            written = sink.event(forgetting(source, going, time.time_ns()))
            sink.hurry()
            await written
            await asyncio.to_thread(self.content.forget, source, going)


def is_late(trigger: Trigger, settings: TriggeredSettings) -> bool:
    """Whether what is taken now would show another part than the trigger meant."""
    return time.time_ns() - trigger.time > settings.late * 1e9


def signals_of(source: str, signal: str, kind: str, features: Mapping[str, str]) -> list[Signal]:
    """The signal of the references and those of what is measured, {name: unit}."""
    base = signal.rpartition("/")[0]
    own = f"{base}/" if base else ""
    references = Signal(f"{source}/{signal}", source, signal, "", signal, source, kind=kind)
    measured = [Signal(f"{source}/{own}{name}", source, f"{own}{name}", unit, f"{own}{name}", source) for name, unit in features.items()]  # fmt: skip
    return [references, *measured]


def present(signals: Sequence[Signal], readings: Readings | None) -> list[Sample]:
    """One reading for each signal: what was just taken, bad where nothing was."""
    places = {} if readings is None else {name: row for row, name in enumerate(readings.names)}
    found = []
    for signal in signals:
        row = places.get(signal.id)
        if readings is None or row is None:
            found.append(Sample(signal.id, time.time_ns(), quality=Quality.BAD))
            continue
        quality = Quality(int(readings.quality[row]))
        found.append(Sample(signal.id, int(readings.time[row]), float(readings.value[row]), quality=quality, text=readings.text.get(row)))  # fmt: skip
    return found

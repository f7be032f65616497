"""From sorted samples to a piece: its day file, its minutes and its hours, signal by signal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dure.plant.historian.block import Block, joined
from dure.plant.historian.files import Files
from dure.plant.historian.layout import DAY_SCHEMA, ROLLUP_SCHEMA, Sheet, group_rows, splits
from dure.plant.historian.rolling import HOUR, MINUTE, rolled_up, worth_minutes
from dure.plant.historian.shelf import Piece

SAMPLE_COLUMNS = ("time", "sequence", "value", "text", "quality", "received")
CHUNK_ROWS = 600_000
DRAFT_LEVEL, DAY_LEVEL = 1, 6  # zstd: of pieces that will be merged soon, of those that stay
DAY = 24 * HOUR


@dataclass(slots=True)
class Making:
    """One piece being written; the minutes' file is begun by the first signal that is worth it."""

    archive: Path
    name: str
    rows: int
    level: int
    split: bool = False
    hours: list[Block] = field(default_factory=list)
    sheet: Sheet = field(init=False)
    minutes: Sheet | None = None

    def __post_init__(self) -> None:
        self.sheet = Sheet(
            self.archive / self.name,
            DAY_SCHEMA,
            level=self.level,
            group=group_rows(self.rows),
            split=self.split,
        )

    @property
    def minutes_name(self) -> str:
        """File of its minutes."""
        return f"minute/{self.name}"

    @property
    def part(self) -> int:
        """Its number within the day."""
        return int(Path(self.name).stem)

    def add(self, block: Block) -> None:
        """Samples sorted by signal, time and sequence, behind those before; whole hours of each signal."""
        self.sheet.add(block)
        self.hours.append(rolled_up(block, HOUR, self.part))
        minutes = worth_minutes(block, rolled_up(block, MINUTE, self.part))
        if len(minutes):
            if self.minutes is None:
                file = self.archive / self.minutes_name
                self.minutes = Sheet(file, ROLLUP_SCHEMA, level=self.level, group=group_rows(0))
            self.minutes.add(minutes)

    def finish(self) -> "Making":
        """Bring both to the disk."""
        self.sheet.finish()
        if self.minutes is not None:
            self.minutes.finish()
        return self

    def give_up(self) -> None:
        """Leave nothing that is not whole."""
        self.sheet.give_up()
        if self.minutes is not None:
            self.minutes.give_up()


@dataclass(slots=True)
class Pair:
    """Pieces of one day: signals whose values are smaller split by byte go to the second, with a number one more."""

    archive: Path
    folder: str
    number: int
    rows: int
    level: int = DAY_LEVEL
    made: dict[bool, Making] = field(default_factory=dict)
    _way: dict[str, bool] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        """Samples as `Making.add` takes them."""
        for name, place in block.each():
            if name not in self._way:
                self._way[name] = self.level > DRAFT_LEVEL and splits(block["value"][place])
        ways = np.array([self._way.get(name, False) for name in block.names])[block["code"]]
        for split in (False, True):
            if len(
                some := block.take(ways == split) if ways.any() else block if not split else block.take(ways)
            ):
                self._making(split=split).add(some)

    def _making(self, *, split: bool) -> Making:
        if split not in self.made:
            name = f"{self.folder}/{self.number + split}.parquet"
            self.made[split] = Making(self.archive, name, self.rows, self.level, split)
        return self.made[split]


def chunks(
    files: Files, some: Sequence[Piece], hot: Block, names: Sequence[str], low: int
) -> Iterator[Block]:
    """All samples of pieces of a day and of the hot table, sorted, so many at a time as memory takes."""
    for part, start, end in _plan(files, some, hot, names, low):
        bounds = np.searchsorted(hot["code"], [names.index(part[0]), names.index(part[-1]) + 1])
        own = hot.take(slice(*bounds.tolist()))
        own = own.take((own["time"] >= start) & (own["time"] < end))
        shifted = Block(part, {**own.columns, "code": own["code"] - np.int32(names.index(part[0]))})
        parts = [files.read(piece.raw, part, start, end, SAMPLE_COLUMNS) for piece in some]
        block = joined([*parts, shifted])
        if len(block):
            yield block


def _plan(
    files: Files, some: Sequence[Piece], hot: Block, names: Sequence[str], low: int
) -> Iterator[tuple[Sequence[str], int, int]]:
    """Signals, and the time, of each chunk: many signals over the day, or one over some hours of it."""
    rows = _estimate(files, some, hot, names)
    first, held = 0, 0.0
    for place, name in enumerate(names):
        if held + rows[place] > CHUNK_ROWS and held:
            yield names[first:place], low, low + DAY
            first, held = place, 0.0
        if rows[place] > CHUNK_ROWS:
            step = max(1, int(24 * CHUNK_ROWS / rows[place])) * HOUR
            for start in range(low, low + DAY, step):
                yield [name], start, min(start + step, low + DAY)
            first = place + 1
        else:
            held += rows[place]
    if held:
        yield names[first:], low, low + DAY


def _estimate(files: Files, some: Sequence[Piece], hot: Block, names: Sequence[str]) -> list[float]:
    """About how many rows each signal has."""
    places = np.array(names)
    rows = np.bincount(hot["code"], minlength=len(names)).astype(float)
    for piece in some:
        index = files.index(piece.raw)
        begins = np.searchsorted(places, index.first)
        ends = np.searchsorted(places, index.last, side="right")
        for begin, end, count in zip(begins, ends, index.rows, strict=True):
            rows[begin:end] += count / max(1, end - begin)
    return [float(one) for one in rows]

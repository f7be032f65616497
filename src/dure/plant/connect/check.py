"""The one check every connector must pass, against a real peer of its kind.

A test gives a `World`: how to make the connector, what its peer surely emits, how the peer goes away and comes
back. Connectors of other wheels are held to the same.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dure.plant.connect.commit import GroupCommit
from dure.plant.connect.keep import Watch, keep
from dure.plant.connect.promise import RULES, Arm, Connector, Mark
from dure.plant.connect.refusals import WriteNotArmed
from dure.plant.transport import Attempts, Backoff, Frame, Kind, SegmentLog, decode, read_log, samples
from dure.vocabulary import DureError, Quality, Sample


class PromiseBroken(AssertionError):
    """A rule that a connector does not keep."""


@dataclass(frozen=True, slots=True)
class World:
    """A connector's peer as the check needs it.

    `known` are readings that the peer surely gives, with id, value, words and quality, and a time where that is
    certain too (0 where not); `units` of signals it surely knows. `leave` and `come_back` take the peer away and
    bring it back; `nowhere` makes a connector whose address leads to nothing.
    """

    open: Callable[[], Connector]
    nowhere: Callable[[], Connector]
    known: tuple[Sample, ...]
    leave: Callable[[], None]
    come_back: Callable[[], None]
    units: Mapping[str, str] = field(default_factory=dict)
    patience: float = 20.0


async def check(world: World, folder: Path) -> None:
    """Hold a connector to the promise; its readings go to a segment log in `folder`.

    Raises
    ------
    PromiseBroken
        Naming the rule.
    """
    _check_sheet(world.open())
    await _check_browse(world)
    await _check_refusal(world)
    await _check_write(world)
    await _check_readings_and_reconnect(world, folder)


def _require(holds: object, rule: str, why: object) -> None:
    if not holds:
        raise PromiseBroken(f"{rule}: {why}")


def _check_sheet(connector: Connector) -> None:
    """Every rule is answered, with a reason where it is not done, and every setting speaks both languages."""
    _require(set(connector.rules) == set(RULES), "sheet", set(connector.rules) ^ set(RULES))
    for rule, standing in connector.rules.items():
        _require(standing.mark is Mark.DONE or standing.why, rule, "no reason is given")
    for setting in connector.settings_type.sheet():
        _require(setting.label.en and setting.label.ko, "settings", setting.name)
    _require(
        connector.standard and str(connector.title) and connector.schemes, "sheet", "standard, title, schemes"
    )


async def _check_browse(world: World) -> None:
    connector = world.open()
    try:
        everything = await connector.browse(10_000)
        ids = [signal.id for signal in everything]
        _require(
            {sample.signal for sample in world.known} <= set(ids), "browse", "a known signal is not found"
        )
        _require(len(set(ids)) == len(ids), "browse", "an id comes twice")
        for signal in everything:
            _require(signal.id.startswith(f"{signal.source}/") and signal.address, "browse", signal)
        for signal_id, unit in world.units.items():
            found = next(signal.unit for signal in everything if signal.id == signal_id)
            _require(found == unit, "units", f"{signal_id} has {found!r}, not {unit!r}")
        few = await connector.browse(1)
        _require(len(few) == 1 and connector.notes, "browse-bounded", f"{len(few)} signals for a limit of 1")
    finally:
        await connector.close()


async def _check_refusal(world: World) -> None:
    connector = world.nowhere()
    try:
        await connector.browse(10)
    except DureError as refusal:
        source = connector.place.source
        _require(source in refusal.where, "own-errors", f"{refusal} does not name {source}")
        _require("\n" not in str(refusal), "own-errors", "more than one line")
    else:
        raise PromiseBroken("own-errors: an address that leads nowhere is not refused")
    finally:
        await connector.close()


async def _check_write(world: World) -> None:
    connector = world.open()
    try:
        (signal, *_) = await connector.browse(1)
        for arm in _useless_arms(signal.id, time.time_ns()):
            with suppress(WriteNotArmed):
                await connector.write(signal, 1.0, arm)
                raise PromiseBroken(f"write-armed: a value was written under {arm}")
    finally:
        await connector.close()


def _useless_arms(signal: str, now: int) -> tuple[Arm | None, ...]:
    """None, one that is over, one of another signal, and one whose limits leave the value 1 out."""
    later = now + 10**12
    return (
        None,
        Arm(signal, 0.0, 2.0, "check", now - 1),
        Arm(f"{signal}/other", 0.0, 2.0, "check", later),
        Arm(signal, 2.0, 3.0, "check", later),
    )


async def _check_readings_and_reconnect(world: World, folder: Path) -> None:
    connector, lines = world.open(), _Lines()
    logger = logging.getLogger("dure.plant.connect")
    logger.addHandler(lines)
    level = logger.level
    logger.setLevel(logging.INFO)
    before = asyncio.all_tasks()
    watch = Watch(connector.place.source)
    try:
        with SegmentLog(folder) as log:
            async with GroupCommit(log, every=0.05, on_up=watch.up) as sink:
                attempts = Attempts(Backoff(first=0.1, ceiling=0.3))
                keeping = asyncio.create_task(keep(connector, (), sink, watch, attempts=attempts))
                try:
                    await _disturb(world, lines, folder)
                finally:
                    keeping.cancel()
                    with suppress(asyncio.CancelledError):
                        await keeping
                    await connector.close()
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    _require(not left, "closes", left)


async def _disturb(world: World, lines: "_Lines", folder: Path) -> None:
    """Wait for the known readings, take the peer away, bring it back."""
    await _until(lambda: _all_known(world, folder), world.patience, "source-time, quality")
    world.leave()
    await _until(lambda: lines.down, world.patience, "reconnects: the loss is not noticed")
    await asyncio.sleep(1.0)
    world.come_back()
    await _until(lambda: lines.up > 1, world.patience, "reconnects: the source is not found again")
    _require(
        (lines.up, lines.down) == (2, 1),
        "reconnects",
        f"{lines.up} lines up and {lines.down} down, not 2 and 1",
    )


def _all_known(world: World, folder: Path) -> bool:
    """Whether every known reading lies in the log as the peer gave it."""
    stored: dict[str, list[Sample]] = {}
    for _, frame in read_log(folder):
        if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES:
            for sample in samples(decode(frame.payload)):
                stored.setdefault(sample.signal, []).append(sample)
    return all(any(_same(known, kept) for kept in stored.get(known.signal, ())) for known in world.known)


def _same(known: Sample, kept: Sample) -> bool:
    value = known.text == kept.text if known.text is not None else known.value == kept.value
    value = value or (known.quality is Quality.BAD and math.isnan(known.value))
    return value and known.quality == kept.quality and (not known.time or known.time == kept.time)


async def _until(what: Callable[[], object], seconds: float, rule: str) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not what():
        if loop.time() > end:
            raise PromiseBroken(f"{rule}: not within {seconds:g} s")
        await asyncio.sleep(0.05)


class _Lines(logging.Handler):
    """Counts the lines about sources that are read and not read."""

    def __init__(self) -> None:
        super().__init__()
        self.up = self.down = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line."""
        self.up += record.levelno == logging.INFO and "is being read" in record.getMessage()
        self.down += record.levelno == logging.WARNING and "is not being read" in record.getMessage()

"""The collector: one process a source, from connector through group commit to the segment log."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from dure.plant.connect import Connector, open_source, source
from dure.plant.connect.commit import GroupCommit, recalled
from dure.plant.connect.keep import State, Watch, keep
from dure.plant.connect.promise import Sink
from dure.plant.connect.renaming import RenamingSink
from dure.plant.transport import Bound, DiskFull, Event, SegmentLog, at_end, bound_by_disk
from dure.vocabulary import DureError, Signal, home

logger = logging.getLogger("dure.plant.connect")
TELL_EVERY = 1.0  # s
NOTES = 20  # that are told


def main(words: list[str] | None = None) -> int:
    """Collect the source named by the one word given, until SIGTERM; the exit code."""
    words = sys.argv[1:] if words is None else words
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    if len(words) != 1:
        sys.stderr.write("python -m dure.plant.connect SOURCE_ID\n")
        return 2
    try:
        asyncio.run(collect(home(), words[0]))
    except DureError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


async def collect(at: Path, name: str) -> None:
    """Collect one source of the node at `at` until SIGTERM, SIGINT or its end.

    Raises
    ------
    SourceUnknown, SourceBroken, LogTaken
        If it cannot begin.
    """
    described = source(at, name)
    connector = open_source(at, described)
    watch = Watch(name)
    folder = at / "segments" / name
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sequencer, latest = recalled(folder)
    bound = Bound(int(described.buffer * 1e9) or bound_by_disk(folder), described.when_full)
    with SegmentLog(folder, bound=bound) as log:
        with contextlib.suppress(DiskFull):
            log.settle(name)
        async with GroupCommit(
            log, sequencer=sequencer, latest=latest, source=name, full=bound.full, on_up=watch.up
        ) as sink:
            watch.on_turn = lambda what, facts: _note(sink, name, what, facts)
            into: Any = RenamingSink(sink, described.renamed) if described.renamed else sink
            await _until_stopped(connector, described.signals, sink, watch, at, into)


def _note(sink: GroupCommit, source: str, what: str, facts: dict[str, str]) -> None:
    """An event of the connection, kept beside the readings."""
    sink.event(Event(source, time.time_ns(), what, dict(facts)))


async def _until_stopped(  # noqa: PLR0913, PLR0917 - what a collector is made of
    connector: Connector, signals: tuple[Signal, ...], sink: GroupCommit, watch: Watch, at: Path, into: Sink
) -> None:
    keeping = asyncio.create_task(keep(connector, signals, into, watch), name="keep")
    telling = asyncio.create_task(_tell_on(watch, sink, connector, at), name="tell")
    at_end(keeping.cancel)
    gc.freeze()  # what the libraries made at import never needs to be looked at again
    try:
        await keeping
    except asyncio.CancelledError:
        watch.end(State.STOPPED)
        logger.info("%s: stopped", watch.source)
    finally:
        telling.cancel()
        with contextlib.suppress(DureError, TimeoutError):
            await asyncio.wait_for(connector.close(), 5.0)
        _tell(watch, sink, connector, at)


async def _tell_on(watch: Watch, sink: GroupCommit, connector: Connector, at: Path) -> None:
    while True:
        _tell(watch, sink, connector, at)
        await asyncio.sleep(TELL_EVERY)


def _tell(watch: Watch, sink: GroupCommit, connector: Connector, at: Path) -> None:
    """Write the status file: whole or not at all, but without fsync: it is worth nothing after a power cut."""
    tally = sink.tally
    status = {
        "source": watch.source,
        "state": str(watch.state),
        "since": watch.since,
        "error": watch.error or ({"key": "log-not-written", "message": tally.disk} if tally.disk else {}),
        "samples": tally.samples,
        "rate": sink.pace(time.monotonic()),
        "gaps": tally.gaps,
        "last": tally.last,
        "received": tally.received,
        "skew": tally.skew if getattr(connector, "live", True) else None,
        "dropped": tally.dropped,
        "buffer": {"bytes": sink.log.size(), "bound": sink.log.bound.size, "full": sink.log.bound.full},
        "memory": _resident(),
        "notes": _bounded(connector.notes),
        "told": time.time(),
    }
    path = at / "run" / f"collector-{watch.source}.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(status, ensure_ascii=False))
    beside.replace(path)


def _bounded(notes: list[str]) -> list[str]:
    """The first notes, and how many there are besides."""
    left = len(notes) - NOTES
    return [*notes[:NOTES], f"and {left} more"] if left > 0 else notes


def _resident() -> int:
    """Memory of this process [bytes], 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0

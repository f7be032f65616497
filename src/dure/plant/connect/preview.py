"""Present values of signals that are not collected yet: one connection, read each second while somebody looks."""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.vocabulary import DureError, Sample, Signal

if TYPE_CHECKING:
    from dure.plant.connect import Source

logger = logging.getLogger("dure.plant.connect")
EVERY = 1.0  # s
FORGOTTEN = 12.0
"""Nobody has asked for so long: the connection is closed. [s]"""
MOST_PREVIEWED = 24
MOST_PREVIEWS = 4
PATIENCE = 15.0  # s


@dataclass(slots=True)
class Preview:
    """A look at a source from a thread of its own; `rows` are the newest readings, `error` why there are none."""

    home: Path
    source: "Source"
    password: str | None
    wanted: tuple[Signal, ...] = ()
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: DureError | None = None
    asked: float = field(default_factory=time.monotonic)
    reads: int = 0
    changes: int = 0
    _times: dict[str, int] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> "Preview":
        """Begin to read."""
        threading.Thread(target=lambda: asyncio.run(self._read_on()), name="preview", daemon=True).start()
        return self

    def want(self, signals: Sequence[Signal]) -> None:
        """Look at these from now on, and note that somebody looks."""
        self.wanted, self.asked = tuple(signals[:MOST_PREVIEWED]), time.monotonic()

    def end(self) -> None:
        """Leave the source."""
        self._ended.set()

    @property
    def alive(self) -> bool:
        """Whether it still reads."""
        return not self._ended.is_set()

    @property
    def rate(self) -> float | None:
        """New readings a signal and second, as seen so far (at most 1); None before enough was seen."""
        return self.changes / self.reads if self.reads >= 5 * max(1, len(self.wanted)) else None

    async def _read_on(self) -> None:
        from dure.plant.connect import open_source

        try:
            connector = open_source(self.home, self.source, password=self.password)
            try:
                while self.alive and time.monotonic() - self.asked < FORGOTTEN:
                    began = time.monotonic()
                    wanted = self.wanted
                    if wanted:
                        self._take(await asyncio.wait_for(connector.read(wanted), PATIENCE), wanted)
                    await asyncio.sleep(max(0.05, EVERY - (time.monotonic() - began)))
            finally:
                with suppress(DureError, TimeoutError):
                    await asyncio.wait_for(connector.close(), 5.0)
        except DureError as refusal:
            self.error = refusal
        except TimeoutError:
            logger.warning("%s did not answer a preview within %g s", self.source.id, PATIENCE)
        finally:
            self._ended.set()

    def _take(self, samples: Sequence[Sample], wanted: Sequence[Signal]) -> None:
        units = {signal.id: signal for signal in wanted}
        self.rows = [_row(sample, units[sample.signal]) for sample in samples if sample.signal in units]
        for sample in samples:
            before = self._times.get(sample.signal)
            self._times[sample.signal] = sample.time
            self.reads += before is not None
            self.changes += before is not None and sample.time != before


class Previews:
    """The previews of one process, by a key of their caller; the one nobody asked for longest gives way."""

    def __init__(self, most: int = MOST_PREVIEWS) -> None:
        self._most, self._guard = most, threading.Lock()
        self._known: dict[str, Preview] = {}

    def of(self, key: str, make: Callable[[], Preview]) -> Preview:
        """The preview under that key, made if there is none that reads."""
        with self._guard:
            self._known = {name: one for name, one in self._known.items() if one.alive or name == key}
            found = self._known.get(key)
            if found is not None and (found.alive or time.monotonic() - found.asked < FORGOTTEN):
                return found
            while len(self._known) >= self._most:
                oldest = min(self._known, key=lambda name: self._known[name].asked)
                self._known.pop(oldest).end()
            self._known[key] = make().begin()
            return self._known[key]

    def end(self, key: str) -> None:
        """End the preview under that key."""
        with self._guard:
            if (found := self._known.pop(key, None)) is not None:
                found.end()


def _row(sample: Sample, signal: Signal) -> dict[str, Any]:
    number = sample.value if sample.text is None and math.isfinite(sample.value) else None
    return {
        "signal": sample.signal,
        "name": signal.name or sample.signal.rpartition("/")[2],
        "unit": signal.unit,
        "value": number,
        "text": None if sample.text is None else sample.text[:80],
        "quality": int(sample.quality),
        "time": sample.time / 1e9,
    }

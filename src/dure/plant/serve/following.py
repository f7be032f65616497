"""Following the historian: the newest sample of each published signal, and whether anyone still answers."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.serve.freshness import Freshness
from dure.plant.serve.pulse import last_beat
from dure.plant.serve.settings import Serving
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.plant.historian import Historian

logger = logging.getLogger("dure.plant.serve")
LOOK_FOR_NEW = 5.0
"""How often signals that are new are looked for [s]."""
WAIT = 0.4
MOST = 5000


@dataclass(slots=True)
class Follower:
    """Keeps `fresh` up to date from the historian's feed; `changed` and `born` gather what the faces must say."""

    historian: "Historian"
    serving: Serving
    home: Path
    fresh: Freshness = field(default_factory=Freshness)
    clock: Callable[[], float] = time.time
    _names: list[str] = field(default_factory=list)
    _position: int | None = None
    _looked: float = 0.0

    async def run(self, changed: Callable[[set[str]], None]) -> None:
        """Follow until cancelled; `changed` is told the signals with something new."""
        while True:
            try:
                moved = await asyncio.to_thread(self.look)
            except DureError as refusal:
                logger.debug("%s", refusal)
                self._position, self._looked = None, 0.0
                await asyncio.sleep(WAIT)
                continue
            if moved:
                changed(moved)

    def look(self) -> set[str]:
        """One look at the feed, at most `WAIT` long; the signals that have something new."""
        moved = set[str]()
        if self.clock() - self._looked > LOOK_FOR_NEW or self._position is None:
            moved |= self._find_new()
        position, rows = self.historian.feed(self._position, self._names, WAIT, as_json=True)
        self._position = position
        self.fresh.answered = self.clock()
        for row in rows:
            if self.fresh.take(row["signal"], row["time"], row.get("value"), row.get("text"), row["quality"]):
                moved.add(row["signal"])
        return moved

    def beat(self) -> None:
        """Look at the worker's pulse."""
        with suppress(OSError):
            self.fresh.beaten = last_beat(self.home).told

    def _find_new(self) -> set[str]:
        known = [row["signal"] for row in self.historian.signals() if self.serving.wants(row["signal"])]
        if self._position is None:
            self._position = self.historian.feed(None, [], 0.0, as_json=True)[0]
        fresh = [name for name in known[:MOST] if name not in self.fresh.values]
        if len(known) > MOST:
            logger.warning("%d signals are to be published; the first %d are", len(known), MOST)
        for row in self.historian.last(fresh) if fresh else []:
            self.fresh.take(row["signal"], row["time"], row.get("value"), row.get("text"), row["quality"])
        self._names, self._looked = known[:MOST], self.clock()
        self.fresh.answered = self._looked
        return set(fresh)

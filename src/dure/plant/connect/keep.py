"""Keep a source read: connect again after every loss, with one log line down and one up."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dure.plant.connect.promise import Connector, Sink
from dure.plant.transport import Attempts
from dure.vocabulary import DureError, Signal, use_language

logger = logging.getLogger("dure.plant.connect")


class State(StrEnum):
    """Where a collector stands."""

    CONNECTING = "connecting"
    COLLECTING = "collecting"
    LOST = "lost"
    FINISHED = "finished"
    STOPPED = "stopped"


@dataclass(slots=True)
class Watch:
    """State of one source as its status file tells it; `since` in seconds since 1970 UTC."""

    source: str
    clock: Callable[[], float] = time.time
    state: State = State.CONNECTING
    since: float = field(default=0.0)
    error: dict[str, str] = field(default_factory=dict)
    on_up: Callable[[], None] = lambda: None
    on_turn: Callable[[str, dict[str, str]], None] = lambda _what, _facts: None

    def __post_init__(self) -> None:
        self.since = self.clock()

    def up(self, how: str) -> None:
        """The source is being read: one line, the first time after a loss."""
        if self.state is not State.COLLECTING:
            logger.info("%s is being read: %s", self.source, how)
            self._turn(State.COLLECTING, {"how": how})
        self.error = {}
        self.on_up()

    def down(self, refusal: DureError) -> None:
        """The source is lost: one line, however many attempts fail after it; the status file has the latest reason."""
        if self.state is not State.LOST:
            logger.warning("%s is not being read: %s", self.source, refusal)
            self._turn(State.LOST, _told(refusal))
        self.error = _told(refusal)

    def end(self, state: State) -> None:
        """The collector is done."""
        self._turn(state)

    def _turn(self, state: State, facts: dict[str, str] | None = None) -> None:
        self.state, self.since = state, self.clock()
        self.on_turn(str(state), facts or {})


def _told(refusal: DureError) -> dict[str, str]:
    """Its report, and the sentence in both languages: whoever looks at the source reads their own."""
    told = refusal.report()
    for name in ("en", "ko"):
        with use_language(name):
            told |= {f"message_{name}": refusal.message, f"remedy_{name}": refusal.way_out}
    return told


async def keep(  # noqa: PLR0913 - the last two are for tests of time
    connector: Connector,
    signals: Sequence[Signal],
    sink: Sink,
    watch: Watch,
    *,
    attempts: Attempts | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Subscribe until the source is exhausted; after every refusal wait, longer each time, and try again."""
    attempts = attempts or Attempts()
    watch.on_up = lambda: attempts.connected(clock())
    while True:
        try:
            await connector.subscribe(signals, sink)
        except DureError as refusal:
            watch.down(refusal)
            await asyncio.sleep(attempts.failed(clock()))
        else:
            watch.end(State.FINISHED)
            return

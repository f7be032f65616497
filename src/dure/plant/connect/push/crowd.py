"""Connections that say nothing: let go after a while, and bounded in number (slow headers, CWE-400)."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

HEAD_WITHIN = 10.0
"""How long a new connection may take until its first request has its headers whole [s]."""
MOST = 1000
"""Connections held at once, those that wait for their next request among them."""
LOOK = 1.0


@dataclass(slots=True)
class Crowd:
    """Who is connected, since when, and who has asked something; protocols are known by being the same object."""

    within: float = HEAD_WITHIN
    most: int = MOST
    clock: Callable[[], float] = time.monotonic
    _since: dict[Any, float] = field(default_factory=dict)
    _spoke: set[Any] = field(default_factory=set)

    def spoke(self, protocol: object) -> None:
        """A request of this connection has its headers whole."""
        self._spoke.add(protocol)

    def unwelcome(self, connections: Iterable[Any]) -> list[Any]:
        """Those to let go: who has said nothing for too long, and the newest silent ones above the bound."""
        now = self.clock()
        here = list(connections)
        self._since = {one: self._since.get(one, now) for one in here}
        self._spoke &= self._since.keys()
        silent = sorted((one for one in here if one not in self._spoke), key=lambda one: self._since[one])
        late = [one for one in silent if now - self._since[one] >= self.within]
        over = len(here) - len(late) - self.most
        rest = silent[len(late) :]
        return late + (rest[-over:] if over > 0 else [])

    async def watch(self, connections: Callable[[], Iterable[Any]]) -> None:
        """Look again and again, until cancelled."""
        while True:
            for one in self.unwelcome(connections()):
                if one.transport is not None:
                    one.transport.abort()
            await asyncio.sleep(LOOK)

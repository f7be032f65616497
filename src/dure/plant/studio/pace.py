"""How often a program may ask the feed."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from dure.vocabulary import InputError, Text


class TooFast(InputError):
    """A program that asks more often than it may."""

    key = "sheet-feed-too-fast"
    says = Text(
        "The feed is asked more than {where} times a minute.", "피드를 1분에 {where}번 넘게 요청했습니다."
    )
    remedy = Text("Refresh less often.", "새로 고침 간격을 늘려 주세요.")


@dataclass(slots=True)
class Pace:
    """So many requests a minute; [s] of a monotonic clock."""

    a_minute: int = 600
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _asked: dict[str, deque[float]] = field(default_factory=dict, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, program: str) -> None:
        """A request begins.

        Raises
        ------
        TooFast
        """
        with self._guard:
            now, asked = self.clock(), self._asked.setdefault(program, deque())
            while asked and now - asked[0] >= 60:
                asked.popleft()
            if len(asked) >= self.a_minute:
                raise TooFast(str(self.a_minute))
            asked.append(now)


PACE = Pace()

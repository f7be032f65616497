"""When bytes of a file may be read: a share of the network shows a file's size before its content."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Settling:
    """Sizes of the files as they were seen, by the clock of the looks [s]; `settle` [s] is how long bytes must stand.

    >>> seconds = iter([0.0, 1.0, 2.0, 3.0])
    >>> settling = Settling(1.5, lambda: next(seconds))
    >>> [settling.ready("a", size, changed, old=False)[0] for size, changed in ((10, 1), (20, 2), (20, 2), (20, 2))]
    [0, 0, 10, 20]
    """

    settle: float
    clock: Callable[[], float]
    _seen: dict[str, deque[tuple[float, int, int]]] = field(default_factory=dict)

    def ready(self, name: str, size: int, changed: int, *, old: bool) -> tuple[int, float]:
        """Bytes of a file that have stood long enough, and for how long it has not changed [s].

        `old` says that the file had not changed for so long when it was first seen.
        """
        now = self.clock()
        looks = self._seen.setdefault(name, deque())
        if looks and size < looks[-1][1]:
            looks.clear()
        if not looks or looks[-1][1:] != (size, changed):
            looks.append((now if looks or not old else now - self.settle, size, changed))
        while len(looks) > 1 and looks[1][0] <= now - self.settle:
            looks.popleft()
        stood = looks[0][1] if looks[0][0] <= now - self.settle else 0
        return stood, now - looks[-1][0]

    def forget(self, keep: set[str]) -> None:
        """Let go of the files that are not there any more."""
        for name in [name for name in self._seen if name not in keep]:
            del self._seen[name]

"""How far a table has been read, and the rows behind it that may still change places: a durable, movable place."""

import json
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dure.plant.connect import write_private

DAY = 86_400 * 10**9
HELD = 500_000  # rows remembered


@dataclass(slots=True)
class Tail:
    """The rows of the last `lag` [ns] of source time, in the order in which they are read.

    They are asked for again at every look, for a row may appear among them late; what was seen is known and not
    stored twice. `begin` is the place from which to read, None at the very beginning of the table.

    >>> tail = Tail(lag=10)
    >>> [tail.take((key, "row"), key, time) for key, time in ((1, 100), (2, 105), (3, 120), (2, 105))]
    [True, True, True, False]
    >>> tail.settle(now=200), tail.begin
    (None, 3)
    """

    lag: int
    begin: Any = None
    newest: int = 0
    _rows: deque[tuple[Hashable, Any, int]] = field(default_factory=deque)
    _seen: set[Hashable] = field(default_factory=set)
    _late: bool = False

    def take(self, row: Hashable, place: Any, time: int) -> bool:
        """Whether a row is new; it is remembered."""
        if row in self._seen:
            return False
        self._seen.add(row)
        self._late = self._late or bool(self._rows and place < self._rows[-1][1])
        self._rows.append((row, place, time))
        return True

    def settle(self, now: int) -> None:
        """Let go of the rows that are older than `lag`; `now` [ns since 1970 UTC] keeps times of the far future out."""
        self.newest = max([self.newest, *(time for _, _, time in self._rows if time < now + DAY)])
        if self._late:
            self._rows = deque(sorted(self._rows, key=lambda one: one[1]))
            self._late = False
        while len(self._rows) > 1 and (self._is_settled(self._rows[0][2], now) or len(self._rows) > HELD):
            self._seen.discard(self._rows.popleft()[0])
        if self._rows:
            self.begin = self._rows[0][1]

    def _is_settled(self, time: int, now: int) -> bool:
        return time < self.newest - self.lag or time >= now + DAY


class Places:
    """Where each table of a source stands, in one small file written whole after the rows are on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known = dict(json.loads(path.read_text()))
        except (OSError, ValueError):
            self._known = {}

    def place(self, table: str) -> Any:
        """The place a table stood at, None if it was not read before."""
        return _opened(self._known.get(table, {}).get("place"))

    def kinds(self, table: str) -> dict[str, str]:
        """Kinds of the columns when the table was first read."""
        return dict(self._known.get(table, {}).get("kinds", {}))

    def keep(self, table: str, place: Any, kinds: dict[str, str]) -> None:
        """Write that `table` stands at `place`."""
        entry = {"place": _closed(place), "kinds": kinds}
        if self._known.get(table) != entry:
            self._known[table] = entry
            write_private(self._path, json.dumps(self._known, ensure_ascii=False).encode())


def _closed(place: Any) -> Any:
    """A place as JSON can keep it.

    >>> _opened(_closed(datetime(2026, 1, 1, 9, 30))), _opened(_closed(Decimal("1.10"))), _opened(_closed("a"))
    (datetime.datetime(2026, 1, 1, 9, 30), Decimal('1.10'), 'a')
    """
    if isinstance(place, datetime):
        return {"datetime": place.isoformat()}
    if isinstance(place, date):
        return {"date": place.isoformat()}
    if isinstance(place, Decimal):
        return {"decimal": str(place)}
    return place


def _opened(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    ((kind, words),) = kept.items()
    makers: dict[str, Any] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "decimal": Decimal,
    }
    return makers[kind](words)

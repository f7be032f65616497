"""The disk: how much is free, how long that lasts at the pace of the last days, and when ingest must stop."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.plant.historian.shelf import Piece
from dure.plant.historian.writing import DAY

_LOOKED_BACK = 7  # closed days whose mean size is the pace


def free_bytes(folder: Path) -> int:
    """Bytes that the file system of a folder gives to us."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@dataclass(slots=True)
class Disk:
    """Watches the file system of a folder; ingest stops below `least` [bytes] and goes on above one and a half of it."""

    folder: Path
    least: int
    free: Callable[[Path], int] = free_bytes
    full: bool = False

    def look(self) -> bool:
        """Whether there is room to ingest."""
        bound = self.least * 3 // 2 if self.full else self.least
        self.full = self.free(self.folder) < bound
        return not self.full

    def told(self, pieces: Sequence[Piece], now: int) -> dict[str, Any]:
        """Free bytes, bytes a day, and days left at that pace (None: no closed day to reckon from)."""
        free, pace = self.free(self.folder), bytes_a_day(pieces, now)
        return {
            "free": free,
            "bytes_a_day": pace,
            "days_left": round(max(0, free - self.least) / pace, 1) if pace else None,
            "full": self.full,
        }


def bytes_a_day(pieces: Sequence[Piece], now: int) -> int:
    """Mean bytes of the newest closed days; 0 if there is none.

    >>> bytes_a_day([Piece(0, 1, "day=1970-01-01/1.parquet", "x", "", True, 10, 500)], now=DAY)
    500
    """
    days: dict[int, int] = {}
    for piece in pieces:
        day = piece.low // DAY
        if piece.hours and now // DAY - 1 - _LOOKED_BACK < day < now // DAY:
            days[day] = days.get(day, 0) + piece.bytes
    return sum(days.values()) // len(days) if days else 0

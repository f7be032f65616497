"""Times as tables of MES and ERP hold them, in ns since 1970 UTC."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LATEST = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moments_in(zone: ZoneInfo) -> Callable[[Any], int | None]:
    """Reads one cell; None for an empty one. Times without a zone are those of `zone`.

    Raises (the reader)
    -------------------
    ValueError
        If the cell is no time between 1970 and 2116.

    Examples
    --------
    >>> read = moments_in(ZoneInfo("Asia/Seoul"))
    >>> read("2026-11-24 09:00:00") == read("2026-11-24T00:00:00Z") == read("2026/11/24 9:00")
    True
    >>> read(None) is None, read("")  is None
    (True, True)
    """

    def read(cell: Any) -> int | None:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        when = _when(cell, zone)
        since = when - _EPOCH
        moment = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
        if not 0 <= moment < LATEST:
            raise ValueError(cell)
        return moment

    return read


def _when(cell: Any, zone: ZoneInfo) -> datetime:
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=zone)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=zone)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if not math.isfinite(cell) or not 0 <= cell < 2**33:
            raise ValueError(cell)
        return _EPOCH + timedelta(seconds=cell)
    read = datetime.fromisoformat(_iso(str(cell).strip()))
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _iso(written: str) -> str:
    """Years with slashes or dots, and hours of one digit, as ISO 8601 writes them."""
    day, gap, clock = written.replace("T", " ").partition(" ")
    parts = day.replace("/", "-").replace(".", "-").rstrip("-").split("-")
    iso = "-".join(part.zfill(4 if place == 0 else 2) for place, part in enumerate(parts))
    hour, colon, rest = clock.strip().partition(":")
    return f"{iso}T{hour.zfill(2)}{colon}{rest}" if gap and colon else iso

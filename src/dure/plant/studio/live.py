"""Signals as a table: a stretch that was taken once, or the last hours, taken again as they grow."""

import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from dure.plant.studio.keeping import SHELF
from dure.plant.studio.refusals import ActionWrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian import Historian

FRESH = 5.0
"""A live table is as old at most. [s]"""
MOST_ROWS = 2_000_000
MOST_SIGNALS = 200
_SPAN = re.compile(r"(?:last\s*)?(\d{1,6})\s*(s|min|m|h|d|w)")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
MAX_AGE = 60_000_000_000


def seconds(words: str) -> int:
    """A duration as people write it.

    >>> seconds("last 8 h"), seconds("10 min")
    (28800, 600)
    """
    found = _SPAN.fullmatch(words.strip().lower())
    if found is None or not int(found[1]):
        raise ActionWrong(
            words[:40] or "last",
            why=Text("write a duration as 8 h or 10 min", "기간을 8 h, 10 min처럼 적어 주세요"),
        )
    return int(found[1]) * _UNITS[found[2]]


def historian() -> "Historian":
    """The client of this process."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    return cast("Historian", import_string(settings.DURE_HISTORIAN)())


def stretch(client: "Historian", signals: Sequence[str], end: int, span: int, every: int) -> "pl.DataFrame":
    """A row every `every` [ns] over `span` [ns] up to `end`: `time` [UTC] and a column a signal, null where none is young enough."""
    import polars as pl

    if not signals or len(signals) > MOST_SIGNALS:
        raise ActionWrong(
            "signals", why=Text(f"choose 1 to {MOST_SIGNALS}", f"1~{MOST_SIGNALS}개를 고르세요")
        )
    if span // every > MOST_ROWS:
        raise ActionWrong(
            "signals",
            why=Text(
                f"that gives more than {MOST_ROWS:,} rows; take a longer step",
                f"{MOST_ROWS:,}행을 넘으니 간격을 늘려 주세요",
            ),
        )
    stop = end // every * every
    start = (stop - span) // every * every
    wide = client.query_every(list(signals), start, stop, every, max(MAX_AGE, 2 * every))
    frame = pl.DataFrame(pl.from_arrow(wide))
    return frame.select(pl.col("time").cast(pl.Datetime("ns")).dt.replace_time_zone("UTC"), *signals)


def latest(sheet: str, source: Mapping[str, Any], now: float | None = None) -> "tuple[pl.DataFrame, str]":
    """The last hours of a live sheet's signals, and a mark that changes when they do."""
    at = time.time() if now is None else now
    tick = int(at // FRESH)
    key = ("live", sheet, tick)
    held = SHELF.get(key)
    if held is None:
        frame = stretch(
            historian(), source["signals"], int(at * 1e9), int(source["span"]), int(source["every"])
        )
        held = frame, f"{sheet}:{tick}"
        SHELF.put(key, held, int(frame.estimated_size()))
    return cast("tuple[pl.DataFrame, str]", held)

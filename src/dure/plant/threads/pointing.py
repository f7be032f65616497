"""Pointers: what a question is about, and what was seen there when it was asked.

A room that has places to ask about names a `Kind` in the settings' `DURE_PLACES`; this room knows none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from dure.plant.threads.refusals import PlaceUnknown
from dure.vocabulary import Text

DETAILS = ("from", "to", "row", "column", "section", "box", "at")
"""What a pointer may say beyond the id of its place."""
MOST_KEYS, LONGEST_KEY, LONGEST_DETAIL = 6, 400, 200
MOST_POINTS, MOST_CELLS = 200, 60
MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place: its kind, the ids it is known by (several for signals), and where in it.

    `detail` may hold `from` and `to` [time as addresses write it], `row`, `column`, `section`, and `box`, four shares
    of a picture's width and height: `0.1,0.2,0.3,0.4` is x, y, width, height.
    """

    kind: str
    keys: tuple[str, ...]
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its first id."""
        return self.keys[0] if self.keys else ""

    @property
    def query(self) -> str:
        """The query part of an address that asks about it.

        >>> Pointer("row", ("5f",), {"row": "7"}).query
        'kind=row&key=5f&row=7'
        """
        named = [("kind", self.kind), *(("key", one) for one in self.keys), *self.detail.items()]
        return urlencode(named, safe="/:,")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a room tells of a place at this moment.

    frozen
        What was seen, to be kept as it is: made by `lines`, `cells`, `facts` or `picture`.
    also
        Further places, as (kind, id), at which the question is shown.
    """

    title: Text
    address: str
    frozen: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[tuple[str, str], ...] = ()
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of place that a room has.

    see
        What stands there now; None if there is no such place.
    views
        Names of the room's views that show one, each with what makes the ids and details out of an address's own
        arguments and query.
    """

    name: str
    words: Text
    see: Callable[[Pointer], Seen | None]
    views: Mapping[str, Callable[[Mapping[str, str], Mapping[str, list[str]]], Pointer]] = field(
        default_factory=dict
    )


def lines(series: Sequence[Mapping[str, Any]], start: int, end: int) -> dict[str, Any]:
    """A stretch of signals: `series` of `{"name", "unit", "time" [ms], "low", "high", "mean"}`, at most 200 points each."""
    return {"shape": "lines", "from": start // 10**6, "to": end // 10**6, "series": list(series)[:MOST_KEYS]}


def cells(values: Sequence[tuple[str, Any, str]], chosen: str = "") -> dict[str, Any]:
    """A row: name, value and unit of each cell; `chosen` is the column that was pointed at."""
    kept = [
        [name[:200], str(value)[:200] if value is not None else "", unit]
        for name, value, unit in values[:MOST_CELLS]
    ]
    return {"shape": "cells", "cells": kept, "chosen": chosen, "more": max(0, len(values) - MOST_CELLS)}


def facts(values: Sequence[tuple[Text, str]], says: Sequence[Text] = ()) -> dict[str, Any]:
    """A few facts in both languages, and sentences."""
    told = [{"en": name.en, "ko": name.ko, "value": str(value)[:300]} for name, value in values[:MOST_CELLS]]
    return {
        "shape": "facts",
        "facts": told,
        "says": [{"en": one.en[:600], "ko": one.ko[:600]} for one in says[:8]],
    }


def picture(sha256: str, box: str = "") -> dict[str, Any]:
    """A picture with the box that was drawn on it."""
    return {"shape": "picture", "content": sha256, "box": box_of(box)}


def box_of(written: str) -> list[float]:
    """x, y, width and height as shares of a picture, held within it; empty if there is none.

    >>> box_of("0.5,0.5,0.9,0.25"), box_of("a,b"), box_of("")
    ([0.5, 0.5, 0.5, 0.25], [], [])
    """
    try:
        x, y, width, height = (min(1.0, max(0.0, float(one))) for one in written.split(","))
    except ValueError:
        return []
    found = [round(one, 4) for one in (x, y, min(width, 1 - x), min(height, 1 - y))]
    return found if found[2] > 0 and found[3] > 0 else []


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of place of this node, by name."""
    named = (cast("Kind", import_string(path)) for path in getattr(settings, "DURE_PLACES", ()))
    return {one.name: one for one in named}


def read_pointer(query: Mapping[str, list[str]]) -> Pointer:
    """The pointer of an address's query, bounded.

    Raises
    ------
    PlaceUnknown
        If it names no kind or no id.
    """
    kind = (query.get("kind") or [""])[0]
    keys = tuple(dict.fromkeys(one for one in [*query.get("key", []), *query.get("signals", [])] if one))
    if (
        kind not in kinds()
        or not keys
        or any(len(one) > LONGEST_KEY or not one.isprintable() for one in keys)
    ):
        raise PlaceUnknown((keys[0] if keys else kind)[:80] or "–")
    detail = {name: query[name][0][:LONGEST_DETAIL] for name in DETAILS if (query.get(name) or [""])[0]}
    return Pointer(kind, keys[:MOST_KEYS], detail)


def see(pointer: Pointer) -> Seen:
    """What stands at the place now.

    Raises
    ------
    PlaceUnknown
    """
    kind = kinds().get(pointer.kind)
    found = kind.see(pointer) if kind else None
    if found is None:
        raise PlaceUnknown(pointer.key[:80])
    return found


def pointer_at(address: str) -> Pointer | None:
    """The pointer of an address of this node, as somebody copied it; None if it shows no place."""
    parts = urlsplit(address[:4000])
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    for kind in kinds().values():
        if (make := kind.views.get(match.view_name)) is not None:
            made = make({name: str(value) for name, value in match.kwargs.items()}, parse_qs(parts.query))
            return made if made.keys else None
    return None

"""What happened in a window, beside the signals: event frames, shifts, alarms, named gaps, bad samples, notes."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from dure.plant.events import Frame, Kind, Shifts
from dure.plant.inventory import Signal
from dure.plant.trends.figures import expected
from dure.plant.trends.models import Note
from dure.vocabulary import DureError, Text, home

if TYPE_CHECKING:
    from dure.plant.historian import Historian
    from dure.plant.trends.asking import Asked

Mark = dict[str, Any]
Alarms = Callable[[int, int, Sequence[str]], Iterable[Mark]]
MOST = 300
"""Marks of one sort in one window; the newest are kept."""
SHIFTS_UP_TO = 21 * 86_400 * 10**9
"""Longest window that shows shifts. [ns]"""
MARKED_UP_TO = 200_000
"""Samples up to which the bad ones among them are looked for."""
CAUSES = {
    "republish": Text("sent again by the server", "서버가 다시 보냄"),
    "transfer": Text("taken over by a new session", "새 세션이 넘겨받음"),
    "resend": Text("newest values sent again", "최신 값을 다시 보냄"),
    "history": Text("read from the source's history", "소스의 이력에서 읽음"),
    "rebirth": Text("all values said again", "모든 값을 다시 알림"),
    "session": Text("kept by the session", "세션이 보관함"),
    "source": Text("filled by the source", "소스가 채움"),
}


def places_of(signals: Sequence[str]) -> list[str]:
    """The equipment of signals and all above it, as paths.

    Frames at a line are those of its machines too.
    """
    found: dict[str, None] = {}
    for equipment in Signal.objects.filter(id__in=signals).values_list("equipment", flat=True):
        while equipment:
            found[equipment] = None
            equipment = equipment.rpartition("/")[0]  # noqa: PLW2901 - upwards, place by place
    return list(found)


def marks(
    historian: "Historian", asked: "Asked", person: Any, rates: dict[str, float]
) -> dict[str, list[Mark]]:
    """Every sort of mark of a window; times in ms since 1970."""
    places = places_of(asked.signals)
    return {
        "frames": frames(places, asked.start, asked.end) + shifts(asked.start, asked.end),
        "alarms": alarms(asked.start, asked.end, places),
        "gaps": gaps(historian, asked),
        "bad": bad(historian, asked, rates),
        "notes": [told(one, person) for one in notes(asked.signals, asked.start, asked.end)],
    }


def frames(places: Sequence[str], start: int, end: int, words: str = "", most: int = MOST) -> list[Mark]:
    """Event frames at these places, or at none in particular, that touch the window and hold every word."""
    found = Frame.objects.filter(Q(equipment__in=places) | Q(equipment=""), start__lt=end)
    found = found.filter(Q(end__isnull=True) | Q(end__gt=start))
    for word in words[:200].split():
        found = found.filter(Q(title__icontains=word) | Q(key__icontains=word) | Q(lot__id__icontains=word))
    return [_frame(one) for one in found.order_by("-start")[:most]]


def _frame(one: Frame) -> Mark:
    return {
        "kind": one.kind,
        "word": str(Kind(one.kind).words),
        "title": str(one),
        "start": one.start / 1e6,
        "end": None if one.end is None else one.end / 1e6,
        "url": reverse("events:frame", args=[one.pk]),
    }


def shifts(start: int, end: int) -> list[Mark]:
    """The shifts of a window that is not too long for them."""
    if end - start > SHIFTS_UP_TO:
        return []
    try:
        calendar = Shifts.read(home() / "events" / "shifts" / "calendar.toml")
    except DureError:  # said on the page of events
        return []
    word = str(Kind.SHIFT.words)
    return [
        {
            "kind": "shift",
            "word": word,
            "title": str(name),
            "start": begin / 1e6,
            "end": until / 1e6,
            "url": "",
        }
        for name, begin, until in calendar.between(start, end)
    ][:MOST]


def alarms(start: int, end: int, places: Sequence[str]) -> list[Mark]:
    """Alarms that rang at these places, from whoever the node names for it."""
    name = getattr(settings, "DURE_ALARM_MARKS", "")
    rang = cast("Alarms", import_string(name))(start, end, places) if name else ()
    found = [{**one, "at": one["at"] / 1e6} for one, _ in zip(rang, range(MOST), strict=False)]
    for one in found:
        try:
            one["url"] = reverse("alarms:alarm", args=[one["alarm"]])
        except NoReverseMatch:
            one["url"] = ""
    return found


def gaps(historian: "Historian", asked: "Asked") -> list[Mark]:
    """Named gaps of the sources of the signals that touch the window."""
    sources = set(Signal.objects.filter(id__in=asked.signals).values_list("source", flat=True))
    found = ((source, one) for source in sorted(sources - {""}) for one in historian.gaps(source))
    touching = (_gap(*one) for one in found if one[1]["start"] < asked.end and one[1]["end"] > asked.start)
    return [one for one, _ in zip(touching, range(MOST), strict=False)]


def _gap(source: str, one: Mark) -> Mark:
    filled = str(one.get("filled_by") or "")
    return {
        "source": source,
        "start": one["start"] / 1e6,
        "end": one["end"] / 1e6,
        "cause": str(one.get("cause") or ""),
        "filled": str(CAUSES.get(filled, Text(filled, filled))) if filled and filled != "permanent" else "",
    }


def bad(historian: "Historian", asked: "Asked", rates: dict[str, float]) -> list[Mark]:
    """Stretches of samples that are not good, while there are few enough to look at; else none, and nobody is told wrong."""
    if not asked.signals or expected(asked.signals, asked.start, asked.end, rates) > MARKED_UP_TO:
        return []
    import polars as pl

    table = pl.DataFrame(historian.query(asked.signals, asked.start, asked.end))
    turns = (pl.col("quality") != pl.col("quality").shift(1).over("signal")).fill_null(value=True)
    runs = table.with_columns(pl.col("signal").cast(pl.String), turns.cum_sum().over("signal").alias("run"))
    found = (
        runs.filter(pl.col("quality") != 0)
        .group_by("signal", "run", "quality")
        .agg(pl.col("time").min().alias("start"), pl.col("time").max().alias("end"), pl.len().alias("count"))
        .sort("start")
        .tail(MOST)
    )
    return [
        {
            "signal": row["signal"],
            "quality": row["quality"],
            "count": row["count"],
            "start": row["start"] / 1e6,
            "end": row["end"] / 1e6,
        }
        for row in found.iter_rows(named=True)
    ]


def notes(signals: Sequence[str], start: int = 0, end: int = 2**62, words: str = "") -> list[Note]:
    """Notes that touch the window, are about one of the signals or about none, and hold every word; newest first."""
    found = Note.objects.select_related("by").filter(start__lt=end)
    found = found.filter(Q(end__isnull=True, start__gte=start) | Q(end__gt=start))
    for word in words[:200].split():
        found = found.filter(
            Q(text__icontains=word) | Q(by__name__icontains=word) | Q(by__username__icontains=word)
        )
    chosen = set(signals)
    fitting = (
        one for one in found[: 20 * MOST] if not signals or not one.signals or chosen & set(one.signals)
    )
    return [one for one, _ in zip(fitting, range(MOST), strict=False)]


def told(one: Note, person: Any) -> Mark:
    """A note for the page."""
    return {
        "id": one.pk,
        "start": one.start / 1e6,
        "end": None if one.end is None else one.end / 1e6,
        "text": one.text,
        "by": str(one.by),
        "mine": one.may_change(person),
    }

"""Gaps and health: every source in figures, every gap by name, the disk and the historian."""

import csv
import io
import shutil
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.edge import box_states
from dure.plant.inventory.forms import STATES
from dure.plant.inventory.health import (
    FILLED,
    SPANS,
    DiskHealth,
    SourceHealth,
    disk_health,
    narrowed,
    source_health,
    strip,
    told_events,
)
from dure.plant.inventory.models import upload_titles
from dure.plant.inventory.sources import source_states, with_titles
from dure.vocabulary import DureError, home, language

A_PAGE = 50
MOST_EVENTS = 30
Records = Sequence[dict[str, Any]]


@require_GET
@requires("engineer")
def health(request: HttpRequest) -> HttpResponse:
    """How the sources do, and what is missing."""
    return render(request, "inventory/health.html", {**_now(), **_gaps(request), "boxes": _boxes()})


@require_GET
@requires("engineer")
def health_now(request: HttpRequest) -> HttpResponse:
    """The part that changes: sources, disk, historian."""
    return render(request, "inventory/health_now.html", _now())


@require_GET
@requires("engineer")
def export_gaps(request: HttpRequest) -> HttpResponse:
    """The gap ledger as CSV, as narrowed on the page."""
    text = io.StringIO()
    text.write("\ufeff")  # a spreadsheet then reads it as UTF-8
    sheet = csv.writer(text)
    sheet.writerow(["source", "start_ns", "end_ns", "seconds", "first_sequence", "last_sequence", "cause", "filled_by"])  # fmt: skip
    for gap in _narrowed(request, ask("gaps", [])):
        sheet.writerow([_harmless(value) for value in _row(gap)])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="gaps.csv"'
    return answer


def ask(what: str, otherwise: Any) -> Any:
    """An answer of the historian, or `otherwise` when it is away: these pages are for then, too."""
    return reach(what, otherwise)


def reach(what: str, otherwise: Any, *words: Any) -> Any:
    """The same for a question with words."""
    try:
        return getattr(import_string(settings.DURE_HISTORIAN)(), what)(*words)
    except DureError:
        return otherwise


def figures(gaps: Records, historian: dict[str, Any]) -> tuple[list[SourceHealth], DiskHealth]:
    """Every source and the disk in figures, now."""
    states = with_titles(source_states(home()), upload_titles())
    found = source_health(states, gaps, historian, time.time())
    there = next(place for place in (home(), *home().parents) if place.exists())
    disk = shutil.disk_usage(there)
    return found, disk_health(disk.total, disk.free, [one.rate for one in found])


def _now() -> dict[str, Any]:
    historian, gaps = ask("health", {}), ask("gaps", [])
    found, disk = figures(gaps, historian)
    return {"sources": found, "disk": disk, "historian": historian, "states": STATES, "now": time.time()}


def _boxes() -> list[Any]:
    """Every invited box, and how long ago it told something [s]."""
    now = time.time()
    return [(box, now - box.told if box.told else None) for box in box_states(home(), now)]


def _gaps(request: HttpRequest) -> dict[str, Any]:
    everything = ask("gaps", [])
    days = SPANS.get(request.GET.get("days", "7"), 7)
    end = time.time_ns()
    start = end - days * 86_400 * 10**9
    gaps = _narrowed(request, everything)
    names = sorted({gap["source"] for gap in gaps})
    return {
        "page": Paginator([gap | {"seconds": (gap["end"] - gap["start"]) / 1e9} for gap in gaps], A_PAGE).get_page(request.GET.get("page")),
        "gap_count": len(gaps),
        "strips": [(name, strip([gap for gap in gaps if gap["source"] == name], start, end)) for name in names[:40]],
        "strip_start": start,
        "strip_end": end,
        "days": str(days),
        "spans": SPANS,
        "source": request.GET.get("source", ""),
        "kind": request.GET.get("kind", ""),
        "names": sorted({gap["source"] for gap in everything}),
        "filled": FILLED,
        "events": told_events(ask("events", [])[:MOST_EVENTS], language()),
    }  # fmt: skip


def _narrowed(request: HttpRequest, gaps: Records) -> list[Any]:
    days = SPANS.get(request.GET.get("days", "7"), 7)
    since = time.time_ns() - days * 86_400 * 10**9
    asked = request.GET
    return list(narrowed(gaps, source=asked.get("source", ""), kind=asked.get("kind", ""), since=since))


def _row(gap: dict[str, Any]) -> list[Any]:
    seconds = (gap["end"] - gap["start"]) / 1e9
    ends = [gap.get("first_sequence"), gap.get("last_sequence")]
    return [gap["source"], gap["start"], gap["end"], seconds, *ends, gap.get("cause"), gap.get("filled_by")]


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names and causes come from machines."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value

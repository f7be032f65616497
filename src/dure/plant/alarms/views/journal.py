"""The journal: every transition, narrowed, and taken away as a table."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.alarms.exporting import MOST_ROWS, csv_bytes, xlsx_bytes
from dure.plant.alarms.models import Alarm, Entry

A_PAGE = 100
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_GET
@requires("worker")
def page(request: HttpRequest) -> HttpResponse:
    """The journal, newest first."""
    found = narrowed(request)
    shown = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "alarms/journal.html", {"page": shown, **_choices(request), "most": MOST_ROWS})


@require_GET
@requires("worker")
def table(request: HttpRequest, kind: str) -> HttpResponse:
    """The same rows as a file."""
    rows = narrowed(request)[:MOST_ROWS]
    body = csv_bytes(rows) if kind == "csv" else xlsx_bytes(rows)
    answer = HttpResponse(body, content_type=KINDS[kind])
    answer["Content-Disposition"] = f'attachment; filename="alarm-journal.{kind}"'
    return answer


def narrowed(request: HttpRequest) -> "QuerySet[Entry]":
    """Entries as the address narrows them."""
    asked = request.GET
    found = Entry.objects.select_related("alarm", "by")
    for word in asked.get("words", "")[:200].split():
        found = found.filter(
            Q(alarm__id__icontains=word)
            | Q(alarm__title_en__icontains=word)
            | Q(alarm__title_ko__icontains=word)
            | Q(alarm__equipment__icontains=word)
            | Q(why__icontains=word)
        )
    if asked.get("event") in Entry.Events.values:
        found = found.filter(event=asked["event"])
    if asked.get("priority") in {str(one) for one in Alarm.Priority.values}:
        found = found.filter(priority=asked["priority"])
    if asked.get("by") == "people":
        found = found.exclude(by=None)
    if first := _day(asked.get("from", "")):
        found = found.filter(at__gte=first)
    if last := _day(asked.get("to", ""), after=1):
        found = found.filter(at__lt=last)
    return found


def _day(text: str, after: int = 0) -> int | None:
    """Beginning of a day of the plant's calendar [ns]; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None
    local = timezone.make_aware(datetime.combine(day, time()))
    return max(0, int(local.timestamp())) * 10**9


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {
        "asked": {
            name: request.GET.get(name, "") for name in ("words", "event", "priority", "by", "from", "to")
        },
        "events": Entry.Events.choices,
        "priorities": Alarm.Priority.choices,
        "address": request.GET.urlencode(),
    }

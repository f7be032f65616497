"""The alarms that stand now, and those that are hidden; answered one by one or a page at a time."""

from collections.abc import Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.alarms.acting import MOST_AT_ONCE, acknowledge
from dure.plant.alarms.keeping import expire
from dure.plant.alarms.models import Alarm, Entry
from dure.plant.alarms.states import OPEN, UNANSWERED, State

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50
"""Alarms on one page of the list: a flood fills pages, not the browser."""
KEYBOARD = (
    (("J", "K"), gettext_lazy("next, previous")),
    (("A",), gettext_lazy("acknowledge the chosen one")),
    (("Shift", "A"), gettext_lazy("acknowledge this page")),
    (("Enter",), gettext_lazy("open it")),
)
VIEWS = {
    "open": OPEN,
    "shelved": {State.SHELVED},
    "suppressed": {State.SUPPRESSED},
    "out": {State.OUT_OF_SERVICE},
}


@require_GET
@requires("worker")
def page(request: HttpRequest) -> HttpResponse:
    """The page of the alarms."""
    return render(request, "alarms/list.html", {**part(request), "keyboard": KEYBOARD})


@require_GET
@requires("worker")
def rows(request: HttpRequest) -> HttpResponse:
    """The part of the page with the alarms; nothing where nothing has changed."""
    found = part(request)
    if request.GET.get("mark") == found["mark"]:
        return HttpResponse(status=204)  # the page keeps what it has, and the place of the reader's keys
    return render(request, "alarms/rows.html", found)


def part(request: HttpRequest) -> dict[str, Any]:
    """One page of the alarms as the address narrows them, how many there are of each sort, and a mark of it all."""
    expire(time_ns())
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    narrowed = _narrowed(request)
    found = narrowed.filter(state__in=VIEWS[view], retired=False).select_related("by")
    shown = Paginator(_ordered(found), A_PAGE).get_page(request.GET.get("page"))
    counts = {
        name: narrowed.filter(state__in=states, retired=False).count() for name, states in VIEWS.items()
    }
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return {
        "page": shown,
        "view": view,
        "counts": counts,
        "unanswered": narrowed.filter(state__in=UNANSWERED).count(),
        "waiting_here": sum(one.unanswered for one in shown),
        "most": MOST_AT_ONCE,
        "mark": f"{newest}.{view}.{shown.number}",
        "words": request.GET.get("words", ""),
        "priority": request.GET.get("priority", ""),
        "origin": request.GET.get("origin", ""),
        "priorities": Alarm.Priority.choices,
        "origins": Alarm.Origin.choices,
        "address": request.GET.urlencode(),
    }


def _narrowed(request: HttpRequest) -> "QuerySet[Alarm]":
    found = Alarm.objects.all()
    for word in request.GET.get("words", "")[:200].split():
        found = found.filter(
            Q(id__icontains=word)
            | Q(title_en__icontains=word)
            | Q(title_ko__icontains=word)
            | Q(equipment__icontains=word)
        )
    if request.GET.get("priority") in {str(one) for one in Alarm.Priority.values}:
        found = found.filter(priority=request.GET["priority"])
    if request.GET.get("origin") in Alarm.Origin.values:
        found = found.filter(origin=request.GET["origin"])
    return found


def _ordered(found: "QuerySet[Alarm]") -> "QuerySet[Alarm]":
    """What waits for somebody comes first, the gravest of it at the top, the newest of those above the older."""
    from django.db.models import Case, IntegerField, Value, When

    waits = Case(When(state__in=UNANSWERED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.order_by(waits, "priority", "-rang", "pk")


@require_POST
@requires("worker")
def answer(request: HttpRequest) -> HttpResponse:
    """Acknowledge one alarm, those of a page, or all that fit the filter, in the person's name."""
    ids: Sequence[str] = request.POST.getlist("alarm")[:MOST_AT_ONCE]
    if request.POST.get("all") == "yes":
        found = _ordered(_narrowed(request).filter(state__in=UNANSWERED))
        ids = list(found.values_list("pk", flat=True)[:MOST_AT_ONCE])
    note = request.POST.get("note", "").strip()[:1000]
    entries = acknowledge(ids, cast("Person", request.user), note) if ids else []
    if request.htmx:  # type: ignore[attr-defined] # set by django-htmx
        return render(request, "alarms/rows.html", part(request))
    said = ngettext("%(count)s alarm is acknowledged.", "%(count)s alarms are acknowledged.", len(entries))
    messages.success(request, said % {"count": len(entries)})
    back = request.POST.get("back", "")
    return (
        redirect("alarms:alarm", back)
        if back and Alarm.objects.filter(pk=back).exists()
        else redirect("alarms:list")
    )

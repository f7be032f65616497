"""One alarm: what to do, how its signals went around the moment, what became of it; and what a person does with it."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.foundation.web.chart import Stretch, stretch
from dure.plant.alarms import acting
from dure.plant.alarms.keeping import expire
from dure.plant.alarms.models import Alarm, Entry
from dure.plant.alarms.states import Event, after
from dure.plant.alarms.views.historian import historian
from dure.vocabulary import DureError, NodeProblem

if TYPE_CHECKING:
    from dure.foundation.parties import Person

BEFORE, AFTER = 600, 600
"""What is shown around the moment it rang. [s]"""
PICTURES = 4
POINTS = 240
HISTORY = 50
"""Entries of the journal on its page."""


@require_GET
@requires("worker")
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The page of one alarm."""
    expire(time_ns())
    alarm = get_object_or_404(Alarm.objects.select_related("by"), pk=pk)
    may = {event.value: after(alarm.standing, event, latch=alarm.latch) is not None for event in Event}
    return render(
        request,
        "alarms/alarm.html",
        {
            "alarm": alarm,
            "may": may,
            "entries": Entry.objects.filter(alarm=alarm).select_related("by")[:HISTORY],
            "more": Entry.objects.filter(alarm=alarm).count() > HISTORY,
            "pictures": _pictures(alarm),
            "hours": acting.LONGEST_SHELF.get(request.user.role, acting.LONGEST_SHELF["worker"]),  # type: ignore[union-attr] # a person
        },
    )


def _pictures(alarm: Alarm) -> list[str]:
    signals = [one for one in alarm.facts.get("values", {}) if "/" in one][:PICTURES]
    if not signals or not alarm.rang:
        return []
    start, end = alarm.rang - BEFORE * 10**9, alarm.rang + AFTER * 10**9
    try:
        found = historian().trend(signals, start, end, POINTS)
    except NodeProblem:  # the words still stand without their pictures
        return []
    return [
        stretch(
            Stretch(
                trend["time"], trend["mean"], [_clock(one) for one in trend["time"]], mark=alarm.rang / 1e9
            ),
            title=name,
            said=_("The flag marks when the alarm rang."),
        )
        for name, trend in found.items()
        if len(trend["time"]) > 1
    ]


def _clock(seconds: float) -> str:
    return timezone.localtime(datetime.fromtimestamp(seconds, tz=UTC)).strftime("%H:%M:%S")


def _done(request: HttpRequest, pk: str, act: Callable[[], Any], said: str) -> HttpResponse:
    get_object_or_404(Alarm, pk=pk)
    try:
        act()
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("alarms:alarm", pk)


def _why(request: HttpRequest) -> tuple["Person", str]:
    return cast("Person", request.user), request.POST.get("reason", "").strip()[:1000]


@require_POST
@requires("worker")
def shelve(request: HttpRequest, pk: str) -> HttpResponse:
    """Put it on the shelf for some hours, with a reason."""
    by, why = _why(request)
    try:
        hours = float(request.POST.get("hours", ""))
    except ValueError:
        hours = 0.0
    return _done(
        request,
        pk,
        lambda: acting.shelve(pk, by, hours, why),
        _("It is on the shelf and comes back by itself."),
    )


@require_POST
@requires("worker")
def unshelve(request: HttpRequest, pk: str) -> HttpResponse:
    """Take it from the shelf."""
    by, why = _why(request)
    return _done(request, pk, lambda: acting.unshelve(pk, by, why), _("It is off the shelf."))


@require_POST
@requires("worker")
def reset(request: HttpRequest, pk: str) -> HttpResponse:
    """Let go of a latched alarm."""
    by, why = _why(request)
    return _done(request, pk, lambda: acting.reset(pk, by, why), _("The latch is reset."))


@require_POST
@requires("engineer")
def take_out(request: HttpRequest, pk: str) -> HttpResponse:
    """Take it out of service."""
    by, why = _why(request)
    return _done(
        request,
        pk,
        lambda: acting.take_out(pk, by, why),
        _("It is out of service until somebody puts it back."),
    )


@require_POST
@requires("engineer")
def put_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Put it back in service."""
    by, why = _why(request)
    return _done(request, pk, lambda: acting.put_back(pk, by, why), _("It is back in service."))

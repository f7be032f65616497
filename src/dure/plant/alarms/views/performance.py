"""How well the alarms do: the standard's measures, drawn."""

from time import time_ns

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.alarms.looking import measured
from dure.plant.alarms.measures import ACCEPTABLE, MANAGEABLE, RECOMMENDED
from dure.plant.alarms.models import Alarm
from dure.plant.alarms.pictures import rate

SPANS = (
    ("shift", 8 * 3600, gettext_lazy("8 hours")),
    ("day", 86_400, gettext_lazy("24 hours")),
    ("week", 7 * 86_400, gettext_lazy("7 days")),
    ("month", 30 * 86_400, gettext_lazy("30 days")),
)
MOST_OPERATORS = 50


@require_GET
@requires("worker")
def page(request: HttpRequest) -> HttpResponse:
    """The measures of the last hours or days."""
    span, seconds, _label = next((one for one in SPANS if one[0] == request.GET.get("span")), SPANS[1])
    asked = request.GET.get("operators", "1")
    operators = min(max(int(asked), 1), MOST_OPERATORS) if asked.isdecimal() and len(asked) < 4 else 1
    end = time_ns()
    found = measured(end - seconds * 10**9, end, operators)
    titles = {one.pk: one for one in Alarm.objects.filter(pk__in=[a.alarm for a in found.actors])}
    return render(
        request,
        "alarms/performance.html",
        {
            "found": found,
            "picture": rate(found),
            "actors": [(titles.get(one.alarm), one) for one in found.actors],
            "chattering": Alarm.objects.filter(pk__in=found.chattering[:50]),
            "stale": Alarm.objects.filter(pk__in=found.stale[:50]),
            "shares": [
                (
                    Alarm.Priority(one.value),
                    count,
                    count / found.total if found.total else 0.0,
                    RECOMMENDED[one],
                )
                for one, count in found.priorities.items()
            ],
            "spans": SPANS,
            "span": span,
            "operators": operators,
            "verdict": "fine"
            if found.average <= ACCEPTABLE
            else "warn"
            if found.average <= MANAGEABLE
            else "alarm",
        },
    )

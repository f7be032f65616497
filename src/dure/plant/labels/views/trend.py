"""Stretches on a trend: drawn, marked by mouse, keyboard and touch; and what an alarm was."""

import json
import time
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory import Signal
from dure.plant.labels.marking import MOST_SIGNALS, mark, open_set
from dure.plant.labels.models import LabelSet, Mark
from dure.plant.labels.views.answering import as_json, set_of, stretch
from dure.plant.trends import read_asked
from dure.science.paper import unit_name
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

POINTS = 900
MOST_MARKS = 500

RIGHT, WRONG = "abnormal", "normal"


def historian() -> Any:
    """The historian of this node."""
    return import_string(settings.DURE_HISTORIAN)()


@require_GET
@requires("worker")
def choose(request: HttpRequest) -> HttpResponse:
    """Which set a stretch of these signals belongs to: asked once, coming from a trend."""
    signals = request.GET.getlist("signals")[:MOST_SIGNALS]
    found = LabelSet.objects.filter(about=LabelSet.About.STRETCHES)[:100]
    if len(found) == 1:
        return redirect(f"{_page(found[0])}?{request.GET.urlencode()}")
    lines = [{"set": one, "url": f"{_page(one)}?{request.GET.urlencode()}"} for one in found]
    return render(request, "labels/choose.html", {"lines": lines, "signals": signals})


def _page(label_set: LabelSet) -> str:
    from django.urls import reverse

    return reverse("labels:trend", args=[label_set.pk])


@require_GET
@requires("worker")
def trend(request: HttpRequest, pk: str) -> HttpResponse:
    """The trend on which stretches are marked."""
    label_set = set_of(pk)
    if label_set.queues:
        return redirect("labels:queue", pk)
    signals = [one for one in request.GET.getlist("signals") if one][:MOST_SIGNALS] or _usual(label_set)
    refusal, asked = None, None
    try:
        asked = read_asked(signals, request.GET, _now(signals, request), timezone.get_current_timezone())
    except DureError as odd:
        refusal = odd
    known = Signal.objects.in_bulk(signals)
    context = {
        "set": label_set,
        "signals": [
            {"id": one, "unit": unit_name(known[one].unit) if one in known and known[one].unit else ""}
            for one in signals
        ],
        "offered": Signal.objects.filter(kind="number").order_by("pk").values_list("pk", flat=True)[:300],
        "asked": asked,
        "from": asked.start // 10**6 if asked else 0,
        "to": asked.end // 10**6 if asked else 0,
        "refusal": refusal,
        "script_words": json.dumps(_words(), ensure_ascii=False),
    }
    return render(request, "labels/trend.html", context)


def _usual(label_set: LabelSet) -> list[str]:
    """The signals of the set; of equipment that it names the numbers; else those marked last."""
    named = list(label_set.source.get("signals") or ())
    if not named:
        last = Mark.objects.filter(label_set=label_set).exclude(start=None).order_by("-id").first()
        named = list(last.signals) if last else []
    own = (
        Signal.objects.filter(equipment__in=named, kind="number").order_by("pk").values_list("pk", flat=True)
    )
    return list(dict.fromkeys([*Signal.objects.filter(pk__in=named).values_list("pk", flat=True), *own]))[
        :MOST_SIGNALS
    ]


def _now(signals: list[str], request: HttpRequest) -> int:
    """The present; of signals that fell silent, when no time is asked for, the end of what they said."""
    if request.GET.get("from") or not signals:
        return time.time_ns()
    try:
        rows = historian().last(signals)
    except DureError:
        return time.time_ns()
    return min(time.time_ns(), max((row["time"] for row in rows), default=time.time_ns()) + 1)


@require_GET
@requires("worker")
@as_json
def lines(request: HttpRequest, pk: str) -> HttpResponseBase:
    """What is drawn: the lines of the signals, and the stretches that are marked; times in ms."""
    label_set = set_of(pk)
    asked = read_asked(
        request.GET.getlist("signals"), request.GET, time.time_ns(), timezone.get_current_timezone()
    )
    drawn = historian().trend(asked.signals, asked.start, asked.end, POINTS) if asked.signals else {}
    told = {name: {key: list(values) for key, values in one.items()} for name, one in drawn.items()}
    return JsonResponse({"lines": told, "marks": _marks(label_set, asked.start, asked.end, request)})


def _marks(label_set: LabelSet, start: int, end: int, request: HttpRequest) -> list[dict[str, Any]]:
    found = Mark.objects.filter(label_set=label_set, stands=True, start__lt=end, end__gt=start).exclude(
        act=Mark.Act.BACK
    )
    colours = {str(one["name"]): one["colour"] for one in label_set.kinds}
    return [
        {
            "number": one.pk,
            "start": (one.start or 0) / 1e6,
            "end": (one.end or 0) / 1e6,
            "kind": one.kind,
            "colour": colours.get(one.kind, 1),
            "by": str(one.by),
            "mine": one.by_id == request.user.pk,
            "decided": one.act == Mark.Act.RESOLVE,
            "signals": one.signals,
        }
        for one in found.select_related("by").order_by("-start")[:MOST_MARKS]
    ]


def _words() -> dict[str, str]:
    return {
        "start": _("start {0}"),
        "end": _("end {0}"),
        "cursor": _("at {0}: {1}"),
        "chosen": _("{0} to {1}, {2} s"),
        "none": _(
            "No stretch is chosen: press S at its start and E at its end, or draw with mouse or finger."
        ),
        "marked": _("Marked as {0}: {1}"),
        "undone": _("Taken back: {0}"),
        "remove": _("take back"),
        "empty": _("Nothing was recorded in this stretch of time."),
        "no_answer": _("The node did not answer; nothing was labelled. Try again."),
    }


@require_POST
@requires("worker")
def alarm(request: HttpRequest) -> HttpResponse:
    """An alarm was right or wrong: its stretch becomes a label in the set of its deployment."""
    name = " ".join(request.POST.get("name", "").split())[:150]
    by, where = cast("Person", request.user), stretch(request)
    kind = RIGHT if request.POST.get("was") == "right" else WRONG
    try:
        with transaction.atomic():
            mark(_set_of_alarms(name, by), by, kind, **{"signals": (), "start": None, "end": None, **where})
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("Kept: the alarm was right.") if kind == RIGHT else _("Kept: the alarm was wrong.")
        )
    return redirect("deploy:past_alarms" if request.POST.get("back") == "past" else "deploy:line")


def _set_of_alarms(name: str, by: "Person") -> LabelSet:
    """The set of the alarms of one deployment, opened with the first word on one."""
    told = str(Text(f"Alarms of {name}", f"{name}의 알람"))
    known = LabelSet.objects.filter(about=LabelSet.About.STRETCHES, source__alarms=name).first()
    if known is not None:
        return known
    kinds = [
        {"name": RIGHT, "words": _("the alarm was right"), "colour": 2},
        {"name": WRONG, "words": _("the alarm was wrong"), "colour": 1},
    ]
    made = open_set(told, LabelSet.About.STRETCHES, kinds, {"signals": []}, by)
    made.source = {**made.source, "alarms": name}
    made.save(update_fields=["source"])
    return made

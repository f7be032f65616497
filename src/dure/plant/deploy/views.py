"""The line: open alarms with their why, live equipment, trends, and the models at work."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import time, time_ns
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.deploy import sides
from dure.plant.deploy.afterwards import pictures
from dure.plant.deploy.board import Board, Known, Reading, Reason, Tile, Verdict, reason
from dure.plant.deploy.condition import surpassed
from dure.plant.deploy.foretold import lives, measured, settings_of, told_ahead
from dure.plant.deploy.handed import historian
from dure.plant.deploy.line import (
    acknowledge,
    change,
    deploy,
    follow_labels,
    label_signals,
    matching_assets,
    name_labels,
    open_alarms,
)
from dure.plant.deploy.models import Alarm, Deployment, Fleet
from dure.plant.deploy.picture import around
from dure.plant.deploy.standing import STEPS, Standing
from dure.plant.inventory import Signal
from dure.plant.registry import ModelVersion
from dure.vocabulary import DureError, NodeProblem, Text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dure.foundation.parties import Person

SPANS = ((600, gettext_lazy("10 minutes")), (3600, gettext_lazy("1 hour")), (28_800, gettext_lazy("8 hours")), (86_400, gettext_lazy("24 hours")))  # fmt: skip
POINTS = 600
"""Points of a trend on a screen."""
MOST = 6
"""Signals in one trend."""
LONGEST_SHIFT = 30 * 86_400
"""How far a label's time may lie from its row. [s]"""
PICTURES = 6
"""Alarms that are shown with their picture."""


@require_GET
@requires("worker")
def line(request: HttpRequest) -> HttpResponse:
    """The page that a worker lands on."""
    tiles, trouble = _tiles()
    chosen = request.GET.get("asset", "")
    return render(
        request,
        "deploy/line.html",
        {
            **_alarm_part(),
            "tiles": tiles,
            "trouble": trouble,
            "running": _running(),
            "fleets": Fleet.objects.count(),
            "readings": [reading for tile in tiles for reading in tile.readings],
            "chosen": _chosen(tiles, chosen),
            "asset": chosen,
            "spans": SPANS,
            "past": Alarm.objects.filter(shadow=False).exclude(ended=None).count(),
        },
    )


@require_GET
@requires("worker")
def alarms(request: HttpRequest) -> HttpResponse:
    """The part of the page with the open alarms; fetched again when one begins or ends."""
    part = _alarm_part()
    if request.GET.get("mark") == part["mark"]:
        return HttpResponse(
            status=204
        )  # nothing new: the page keeps what it has, and nobody's words are lost
    return render(request, "deploy/alarms.html", part)


@require_GET
@requires("worker")
def equipment(request: HttpRequest) -> HttpResponse:
    """The tiles and the signals to choose from; fetched when equipment speaks that the page does not show yet."""
    tiles, _trouble = _tiles()
    return render(request, "deploy/equipment.html", {"tiles": tiles})


@require_GET
@requires("worker")
def running(request: HttpRequest) -> HttpResponse:
    """The part of the page with the models at work."""
    return render(request, "deploy/running.html", {"running": _running()})


def _running() -> "QuerySet[Deployment]":
    """The models at work; those that challenge another stand on its page."""
    return Deployment.objects.exclude(state=Standing.STOPPED).filter(challenges=None).select_related("model")


def _alarm_part() -> dict[str, Any]:
    """The open alarms, and a mark that changes when one of them does; pictures are drawn anew each minute."""
    found = list(open_alarms().select_related("deployment", "acknowledged_by"))
    mark = ".".join([f"{alarm.pk}{'s' if alarm.acknowledged_by_id else 'o'}" for alarm in found])
    shown = Deployment.objects.filter(state__in=[Standing.ADVISORY, Standing.ON]).exists()
    return {
        "alarms": [_card(alarm, picture=place < PICTURES) for place, alarm in enumerate(found)],
        "mark": f"{mark}.{int(time()) // 60 if found else 0}.{shown:d}",
        "watched": shown,
    }


def _card(alarm: Alarm, *, picture: bool) -> dict[str, Any]:
    stored = alarm.reasons.get("peak") or alarm.reasons.get("raised") or []
    reasons = _in_units([reason(one) for one in stored])
    drawn = around(historian(), alarm, reasons[0]) if picture and reasons else ""
    told = alarm.reasons.get("instead") or {}
    return {
        "alarm": alarm,
        "name": alarm.asset.rpartition("/")[2],
        "reasons": reasons,
        "instead": Text(told["en"], told["ko"]) if told else "",
        "picture": drawn,
    }


def _in_units(reasons: list[Reason]) -> list[Reason]:
    """A reason that is a signal as it was read has the unit of that signal, where the model knew none."""
    bare = [one.signal for one in reasons if not one.unit]
    units = dict(Signal.objects.filter(pk__in=bare).values_list("id", "unit")) if bare else {}
    return [
        replace(one, unit=units[one.signal])
        if one.signal in units and one.signal.endswith(f"/{one.name}")
        else one
        for one in reasons
    ]


def _tiles() -> tuple[list[Tile], DureError | None]:
    alarmed = {
        asset: "seen" if by else "open" for asset, by in open_alarms().values_list("asset", "acknowledged_by")
    }
    try:
        shown = Deployment.objects.filter(state__in=[Standing.ADVISORY, Standing.ON]).select_related("model")
        board = Board(time_ns(), _known(), _verdicts(shown), alarmed)
        return board.tiles(historian().last()), None
    except NodeProblem as away:
        return [], away


def _verdicts(deployments: Iterable[Deployment]) -> dict[str, Verdict]:
    """The signals that models write back: a detector's score, another model's prediction."""
    return {
        one.signal(place["asset"], "score" if one.model.task == "detect" else "prediction"): Verdict(
            place["asset"], _spoken_of(one), one.every_s
        )
        for one in deployments
        for place in one.assets
    }


def _spoken_of(one: Deployment) -> str:
    """Under which name its word stands on a tile; a forecast says how far ahead it speaks."""
    told = told_ahead(one.model.card)
    return _("%(name)s, %(ahead)s ahead") % {"name": one.name, "ahead": told} if told else one.name


def _known() -> dict[str, Known]:
    rows = Signal.objects.values_list("id", "name", "equipment", "unit", "measured")
    return {
        key: Known(name, equipment, unit, float(measured.get("period_s") or 0.0))
        for key, name, equipment, unit, measured in rows
    }


def _chosen(tiles: Iterable[Tile], asset: str) -> list[str]:
    wanted = next((tile for tile in tiles if tile.asset == asset), None) or next(iter(tiles), None)
    return (
        [reading.signal for reading in wanted.readings if not isinstance(reading.value, str)][:MOST]
        if wanted
        else []
    )


@require_GET
@requires("worker")
def history(request: HttpRequest) -> JsonResponse:
    """Trend of chosen signals as JSON: `signal` (repeated) and `span` [s] up to now."""
    span = min(max(_whole(request.GET.get("span", ""), 600), 10), 7 * 86_400)
    now = time_ns()
    signals = request.GET.getlist("signal")[:MOST]
    found = historian().trend(signals, now - span * 10**9, now, POINTS) if signals else {}
    return JsonResponse(found)


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else otherwise


@require_POST
@requires("worker")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge an alarm, with a note."""
    alarm = get_object_or_404(Alarm, pk=pk, shadow=False)
    acknowledge(alarm, cast("Person", request.user), request.POST.get("note", "").strip()[:1000])
    if request.htmx:  # type: ignore[attr-defined] # set by django-htmx
        return render(request, "deploy/alarms.html", _alarm_part())
    messages.success(request, _("The alarm of %(asset)s is acknowledged.") % {"asset": alarm.asset})
    return redirect("deploy:line")


@require_GET
@requires("worker")
def past_alarms(request: HttpRequest) -> HttpResponse:
    """Alarms that have ended, newest first."""
    found = Alarm.objects.filter(shadow=False).exclude(ended=None)
    found = found.select_related("deployment", "acknowledged_by")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    cards = [_card(alarm, picture=False) for alarm in page]
    return render(request, "deploy/past_alarms.html", {"page": page, "cards": cards})


# Models at work ----------------------------------------------------------------------------------------------------
@require_GET
@requires("worker")
def deployment(request: HttpRequest, pk: int) -> HttpResponse:
    """One model at work: where, how it does, who decided what."""
    found = get_object_or_404(Deployment.objects.select_related("model", "by"), pk=pk)
    steps = [Deployment.State(after) for after in STEPS[Standing(found.state)]]
    context = {
        "deployment": found,
        "readings": _scores(found),
        "steps": steps,
        "decisions": found.decisions.select_related("by"),
        "alarms": [
            _card(alarm, picture=False) for alarm in found.alarms.select_related("acknowledged_by")[:20]
        ],
        "ahead": told_ahead(found.model.card),
        "lives": bool(lives(found.model.card)),
        "path": [state for state in Deployment.State if state != Deployment.State.STOPPED],
        "states": _states(found),
        "raises": found.health.get("threshold") is not None,
        **sides.context(found),
        **_labels_part(found),
    }
    return render(request, "deploy/deployment.html", context)


def _states(found: Deployment) -> list[dict[str, Any]]:
    """Alarms of each operating state beside its promise, the state by its name in the reader's language."""
    return [
        {
            **_named(one),
            "watched_s": one["hours"] * 3600,
            "broken": not one["silent"] and surpassed(one["alarms"], one["high"]),
        }
        for one in sorted(found.health.get("states") or (), key=lambda one: -one["hours"])
    ]


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    from dure.science.learn import state_label

    return {**one, "state": str(state_label(str(one.get("state") or "")))}


def _labels_part(found: Deployment) -> dict[str, Any]:
    """Which signal gives the labels of which asset, what they taught, and what there is to choose from."""
    named = {one["asset"]: one.get("label", "") for one in found.assets}
    offered = label_signals(found) if not any(named.values()) else named
    return {
        "labelled": any(named.values()),
        "label_fields": [
            {"asset": asset, "field": f"label_{place}", "value": offered[asset]}
            for place, asset in enumerate(named)
        ],
        "signals": _signals_by_asset(),
        "label_shift": f"{found.label_shift_s:g}",
        "taught": found.health.get("labels") or {},
        "label_pictures": pictures(historian(), found),
        "target": found.model.card.get("target") or "",
    }


def _scores(found: Deployment) -> list[tuple[str, Reading]]:
    """What the model says now of each asset; also in shadow, for those who decide about it."""
    verdicts = _verdicts([found])
    board = Board(time_ns(), verdicts=verdicts)
    try:
        rows = historian().last(list(verdicts))
    except NodeProblem:
        return []
    told = sorted((board.reading(row) for row in rows), key=lambda pair: pair[0])
    return [(asset.rpartition("/")[2], reading) for asset, reading in told]


@require_POST
@requires("engineer")
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a model at work one step, in the person's name and with a reason."""
    found = get_object_or_404(Deployment, pk=pk)
    after, why = request.POST.get("after", ""), request.POST.get("reason", "").strip()
    if after not in Deployment.State.values:
        return redirect("deploy:deployment", pk)
    try:
        found = change(found, after, cast("Person", request.user), why)
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("%(name)s is now: %(state)s.") % {"name": found.name, "state": found.get_state_display()},
        )
    return redirect("deploy:deployment", pk)


@require_POST
@requires("engineer")
def labels(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the signals that tell later what the model had to say."""
    found = get_object_or_404(Deployment.objects.select_related("model"), pk=pk)
    named = {
        one["asset"]: request.POST.get(f"label_{place}", "").strip() for place, one in enumerate(found.assets)
    }
    shift = _seconds(request.POST.get("shift", "").strip() or "0")
    if shift is None:
        messages.error(request, _("The label's time is a number of seconds, thirty days at most."))
        return redirect("deploy:deployment", pk)
    why = request.POST.get("reason", "").strip()[:1000]
    try:
        name_labels(found, named, shift, cast("Person", request.user), why)
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        read = _("The labels of %(name)s are read from now on.")
        said = read if any(named.values()) else _("%(name)s reads no labels any more.")
        messages.success(request, said % {"name": found.name})
    return redirect("deploy:deployment", pk)


def _seconds(text: str) -> float | None:
    """A span as a person types it, at most thirty days either way; None for what is none."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if abs(seconds) <= LONGEST_SHIFT else None


@require_POST
@requires("engineer")
def follow_late(request: HttpRequest, pk: int) -> HttpResponse:
    """Let late labels speak in what the model says, or stop them, in the person's name and with a reason."""
    found = get_object_or_404(Deployment.objects.select_related("model"), pk=pk)
    why, on = request.POST.get("reason", "").strip()[:1000], request.POST.get("on") == "yes"
    try:
        follow_labels(found, cast("Person", request.user), why, on=on)
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        said = (
            _("%(name)s follows its labels now.")
            if on
            else _("%(name)s says again what it was trained to say.")
        )
        messages.success(request, said % {"name": found.name})
    return redirect("deploy:deployment", pk)


class DeployForm(forms.Form):
    """Where a released model is to stand, and why."""

    name = forms.CharField(label=gettext_lazy("Name on the line"), max_length=200)
    every_s = forms.FloatField(
        label=gettext_lazy("Scores every (s)"), min_value=0.1, max_value=86_400, initial=1.0
    )
    reason = forms.CharField(
        label=gettext_lazy("Why now, in one sentence"), max_length=1000, initial="",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


@requires("engineer")
def new(request: HttpRequest, model_id: str) -> HttpResponse:
    """Put a released model beside the line, in shadow."""
    model = get_object_or_404(ModelVersion, pk=model_id)
    inputs = [str(one["name"]) for one in measured(model.card)]
    tick = settings_of(model.card, {}, str(model)).get("every_s", 1.0)
    form = DeployForm(request.POST or None, initial={"name": model.name, "every_s": tick})
    matching = matching_assets(model)
    if request.method == "POST" and form.is_valid():
        assets = _assets(request, inputs, matching)
        words = form.cleaned_data
        try:
            made = deploy(
                model,
                words["name"],
                assets,
                cast("Person", request.user),
                reason=words["reason"],
                every_s=words["every_s"],
            )
        except DureError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("%(name)s now scores in shadow: nothing is shown on the line yet.") % {"name": made.name},
            )
            return redirect("deploy:deployment", made.pk)
    context = {
        "model": model,
        "form": form,
        "inputs": inputs,
        "matching": matching,
        "signals": _signals_by_asset(),
        "by_hand": _by_hand(request, inputs),
    }
    return render(request, "deploy/new.html", context)


def _assets(request: HttpRequest, inputs: list[str], matching: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Equipment ticked, with the inputs found by name; and one mapped by hand."""
    ticked = set(request.POST.getlist("asset"))
    assets = [one for one in matching if one["asset"] in ticked]
    name = request.POST.get("hand_asset", "").strip()
    hand = {column: request.POST.get(f"input_{place}", "") for place, column in enumerate(inputs)}
    if name and all(hand.values()):
        assets.append({"asset": name, "inputs": hand})
    return assets


def _by_hand(request: HttpRequest, inputs: list[str]) -> list[dict[str, str]]:
    return [
        {"column": column, "field": f"input_{place}", "value": request.POST.get(f"input_{place}", "")}
        for place, column in enumerate(inputs)
    ]


def _signals_by_asset() -> list[str]:
    return [key for key in Signal.objects.values_list("id", flat=True) if not key.startswith("deploy/")]

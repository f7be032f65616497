"""Definitions: the list, the form with a look at what it would have done, suggestions, and the switch."""

from dataclasses import replace
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.alarms.definition import Definition, Unusable, conditions
from dure.plant.alarms.files import folder, read_definitions
from dure.plant.alarms.forms import DefinitionForm
from dure.plant.alarms.managing import define, switch
from dure.plant.alarms.models import Alarm
from dure.plant.alarms.replaying import WEEK, replay
from dure.plant.alarms.suggesting import suggest
from dure.plant.alarms.telling import known_kinds, troubles
from dure.plant.alarms.views.historian import historian
from dure.plant.inventory import Signal
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

SHOWN_RINGS = 10


def _known() -> tuple[list[Definition], DureError | None]:
    try:
        return read_definitions(folder(home())), None
    except DureError as refused:
        return [], refused


@require_GET
@requires("engineer")
def page(request: HttpRequest) -> HttpResponse:
    """Every definition, with what keeps it from running, if anything does."""
    found, refused = _known()
    wrong = troubles(home())
    states = {one.pk: one for one in Alarm.objects.filter(pk__in=[one.id for one in found])}
    rows = [
        {
            "one": one,
            "grave": Alarm.Priority(one.priority).label,
            "alarm": states.get(one.id),
            "wrong": wrong.get(one.id, ""),
        }
        for one in found
    ]
    return render(request, "alarms/definitions.html", {"rows": rows, "refused": refused})


@requires("engineer")
def new(request: HttpRequest) -> HttpResponse:
    """A new definition; the address may carry a suggestion's words."""
    form = DefinitionForm(
        request.POST or None, initial={name: request.GET[name][:8000] for name in request.GET}
    )
    return _form(request, form, None)


@requires("engineer")
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a definition."""
    found, _refused = _known()
    one = next((one for one in found if one.id == pk), None)
    if one is None:
        raise Http404
    return _form(
        request, DefinitionForm(request.POST or None, initial=DefinitionForm.words(one), fixed=pk), one
    )


def _form(request: HttpRequest, form: DefinitionForm, before: Definition | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and (made := form.definition(known_kinds(historian()))):
        try:
            define(
                replace(made, enabled=before.enabled if before else True),
                cast("Person", request.user),
                new=before is None,
            )
        except DureError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("%(title)s is defined and watched within seconds.") % {"title": made.title}
            )
            return redirect("alarms:definitions")
    signals = list(
        Signal.objects.exclude(source__in=["deploy", "alarms"]).values_list("pk", flat=True)[:2000]
    )
    return render(request, "alarms/define.html", {"form": form, "before": before, "signals": signals})


@require_POST
@requires("engineer")
def preview(request: HttpRequest) -> HttpResponse:
    """What the definition of the form would have done in the last week."""
    form = DefinitionForm(request.POST)
    context: dict[str, Any] = {"form": form}
    kinds = known_kinds(historian())
    if form.is_valid() and (made := form.definition(kinds)):
        end = time_ns()
        try:
            conditions(made, kinds)
            context["replay"] = found = replay(made, historian(), kinds, end - WEEK, end)
            context["rings"] = [one for one in reversed(found.rings) if not one.hidden][:SHOWN_RINGS]
        except Unusable as refused:
            form.add_error(None, str(refused.reason))
        except DureError as refused:
            context["refused"] = refused
    return render(request, "alarms/preview.html", context)


@require_GET
@requires("engineer")
def suggestions(request: HttpRequest) -> HttpResponse:
    """Limits for a signal from what it did in the last week."""
    signal = request.GET.get("signal", "")[:400]
    end = time_ns()
    found, refused = [], None
    if signal:
        try:
            found = suggest(signal, historian(), known_kinds(historian()), end - WEEK, end)
        except (DureError, Unusable) as problem:
            refused = problem
    rows = [{"one": one, "words": DefinitionForm.address(one.definition)} for one in found]
    return render(request, "alarms/suggestions.html", {"signal": signal, "rows": rows, "refused": refused})


@require_POST
@requires("engineer")
def turn(request: HttpRequest, pk: str) -> HttpResponse:
    """Switch a definition on or off."""
    try:
        made = switch(pk, cast("Person", request.user), on=request.POST.get("on") == "yes")
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("%(title)s is watched again.") if made.enabled else _("%(title)s is switched off.")
        messages.success(request, said % {"title": made.title})
    return redirect("alarms:definitions")

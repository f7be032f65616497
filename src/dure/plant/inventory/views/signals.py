"""Signals as measured: found by words, their units confirmed, taken away as a table."""

import csv
import io
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.connect import sources
from dure.plant.inventory.models import Signal
from dure.plant.inventory.survey import confirm_unit, refresh
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50
"""Signals on one page of the list."""


@require_GET
@requires("engineer")
def signals(request: HttpRequest) -> HttpResponse:
    """The part of the page with the signals, narrowed by words and by what is wrong."""
    return render(request, "inventory/signals.html", signal_page(request))


def signal_page(request: HttpRequest) -> dict[str, Any]:
    """One page of the signals, and how many there are of each sort."""
    found = _narrowed(request)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    everything = Signal.objects.all()
    return {
        "page": page,
        "signal_count": everything.count(),
        "without_unit": everything.filter(unit="").count(),
        "with_findings": everything.exclude(findings=[]).count(),
        "words": request.GET.get("words", ""),
        "wrong": request.GET.get("wrong", ""),
    }


def _narrowed(request: HttpRequest) -> "QuerySet[Signal]":
    found = Signal.objects.select_related("confirmed_by")
    for word in request.GET.get("words", "")[:200].split():
        found = found.filter(Q(id__icontains=word) | Q(description__icontains=word) | Q(unit=word))
    wrong = request.GET.get("wrong")
    if wrong == "unit":
        found = found.filter(unit="")
    elif wrong == "any":
        found = found.exclude(findings=[])
    return found


@require_POST
@requires("engineer")
def measure(request: HttpRequest) -> HttpResponse:
    """Measure all signals again, now."""
    historian = import_string(settings.DURE_HISTORIAN)()
    measured = refresh(historian, sources(home()))
    messages.success(request, _("%(count)s signals are measured.") % {"count": len(measured)})
    return redirect("inventory:data")


@require_POST
@requires("engineer")
def unit(request: HttpRequest) -> HttpResponse:
    """Confirm or correct the unit of a signal; the answer is its cell."""
    signal = get_object_or_404(Signal, pk=request.POST.get("signal", ""))
    context: dict[str, Any] = {"signal": signal}
    try:
        context["signal"] = confirm_unit(
            signal, request.POST.get("unit", "").strip()[:40], cast("Person", request.user)
        )
    except DureError as refusal:
        context["refusal"], context["given"] = refusal, request.POST.get("unit", "")
    if request.htmx:  # type: ignore[attr-defined] # set by django-htmx
        return render(request, "inventory/unit.html", context)
    if "refusal" in context:
        messages.error(request, str(context["refusal"]))
    return redirect("inventory:data")


@require_GET
@requires("engineer")
def export(request: HttpRequest) -> HttpResponse:
    """The signals as a CSV file that a spreadsheet opens, as narrowed on the page."""
    text = io.StringIO()
    text.write("\ufeff")  # a spreadsheet then reads it as UTF-8
    sheet = csv.writer(text)
    sheet.writerow(
        [
            "signal",
            "equipment",
            "name",
            "unit",
            "rate_hz",
            "gaps",
            "gap_share",
            "stuck_s",
            "skew_s",
            "low",
            "high",
            "findings",
        ]
    )
    for signal in _narrowed(request):
        sheet.writerow([_harmless(value) for value in _row(signal)])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="signals.csv"'
    return answer


def _row(signal: Signal) -> list[Any]:
    measured = signal.measured
    keys = ("rate_hz", "gaps", "gap_share", "stuck_s", "skew_s", "low", "high")
    said = "; ".join(str(finding.text) for finding in signal.found)
    return [signal.id, signal.equipment, signal.name, signal.unit, *(measured.get(key) for key in keys), said]


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names come from machines (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value

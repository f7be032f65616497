"""Signals as measured: found by words, their units confirmed, taken away as a table."""

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.connect import sources
from dure.plant.inventory.editing import FACTS, confirm_suggested, say
from dure.plant.inventory.hierarchy import below
from dure.plant.inventory.models import Signal
from dure.plant.inventory.survey import confirm_unit, refresh
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50
"""Signals on one page of the list."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        "suggested": everything.filter(unit="").exclude(suggested_unit="").count(),
        "narrowed": found.count(),
        "narrowed_suggested": found.filter(unit="").exclude(suggested_unit="").count(),
        "source": request.GET.get("source", ""),
        "at": request.GET.get("at", ""),
        "sources_with_signals": everything.order_by("source")
        .values_list("source", flat=True)
        .distinct()[:200],
    }


def _narrowed(request: HttpRequest) -> "QuerySet[Signal]":
    found = Signal.objects.select_related("confirmed_by", "owner")
    for word in request.GET.get("words", "")[:200].split():
        found = found.filter(Q(id__icontains=word) | Q(description__icontains=word) | Q(unit=word))
    if source := request.GET.get("source", "")[:80]:
        found = found.filter(source=source)
    if at := request.GET.get("at", "")[:300]:
        found = found.filter(equipment__in=below(at))
    wrong = request.GET.get("wrong")
    if wrong == "unit":
        found = found.filter(unit="")
    elif wrong == "suggested":
        found = found.filter(unit="").exclude(suggested_unit="")
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


@require_POST
@requires("engineer")
def facts(request: HttpRequest) -> HttpResponse:
    """What a person says of one signal: meaning, equipment, owner, class, expected range; the answer is its cell."""
    signal = get_object_or_404(Signal.objects.select_related("owner"), pk=request.POST.get("signal", ""))
    given = {name: request.POST[name].strip() for name in FACTS if name in request.POST and name != "unit"}
    context: dict[str, Any] = {"signal": signal, "open": True}
    try:
        say([signal], given, cast("Person", request.user))
        context["signal"] = Signal.objects.select_related("owner").get(pk=signal.pk)
    except DureError as refusal:
        context["refusal"], context["given"] = refusal, given
    if request.htmx:  # type: ignore[attr-defined] # set by django-htmx
        return render(request, "inventory/facts.html", context)
    if "refusal" in context:
        messages.error(request, str(context["refusal"]))
    return redirect("inventory:data")


@require_POST
@requires("engineer")
def many(request: HttpRequest) -> HttpResponse:
    """One word for many signals: those ticked, or all that the page is narrowed to."""
    chosen = request.POST.getlist("signal")[:A_PAGE]
    narrowed = _narrowed(request)
    found = list(Signal.objects.filter(pk__in=chosen) if chosen else narrowed)
    by = cast("Person", request.user)
    try:
        if request.POST.get("do") == "confirm":
            count = confirm_suggested(found, by)
        else:
            fact = request.POST.get("fact", "")
            count = say(found if chosen else [], {fact: request.POST.get("value", "").strip()}, by)
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(count)s signals are changed.") % {"count": count})
    back = f"{reverse('inventory:data')}?{request.GET.urlencode()}#signals-title"
    if request.htmx:  # type: ignore[attr-defined] # set by django-htmx
        return HttpResponse(status=204, headers={"HX-Redirect": back})
    return redirect(back)


@require_GET
@requires("engineer")
def export(request: HttpRequest) -> HttpResponse:
    """The signals as a CSV file or a workbook, as narrowed on the page."""
    if request.GET.get("as") == "xlsx":
        return _workbook(_narrowed(request))
    text = io.StringIO()
    text.write("\ufeff")  # a spreadsheet then reads it as UTF-8
    sheet = csv.writer(text)
    sheet.writerow(HEADERS)
    for signal in _narrowed(request):
        sheet.writerow([_harmless(value) for value in _row(signal)])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="signals.csv"'
    return answer


HEADERS = (
    "signal", "equipment", "name", "unit", "rate_hz", "gaps", "gap_share", "stuck_s", "skew_s", "low", "high",
    "findings", "unit_from", "semantic_id", "owner", "signal_class", "completeness", "first_seen", "last_seen",
)  # fmt: skip


def _workbook(found: "QuerySet[Signal]") -> HttpResponse:
    """The same rows as a workbook; no cell of it is a formula."""
    import xlsxwriter

    place = io.BytesIO()
    with xlsxwriter.Workbook(
        place, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet("signals")
        sheet.write_row(0, 0, HEADERS)
        for number, signal in enumerate(found.iterator(chunk_size=2000), start=1):
            sheet.write_row(number, 0, ["" if cell is None else cell for cell in _row(signal)])
        sheet.freeze_panes(1, 1)
    answer = HttpResponse(place.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="signals.xlsx"'
    return answer


def _row(signal: Signal) -> list[Any]:
    measured = signal.measured
    keys = ("rate_hz", "gaps", "gap_share", "stuck_s", "skew_s", "low", "high")
    said = "; ".join(str(finding.text) for finding in signal.found)
    seen = [_moment(measured.get(key)) for key in ("first", "last")]
    owner = signal.owner.get_username() if signal.owner else ""
    return [
        signal.id, signal.equipment, signal.name, signal.unit, *(measured.get(key) for key in keys), said,
        signal.unit_source, signal.semantic_id, owner, signal.signal_class, signal.completeness, *seen,
    ]  # fmt: skip


def _moment(time: int | None) -> str:
    return "" if time is None else datetime.fromtimestamp(time / 1e9, UTC).isoformat(timespec="milliseconds")


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names come from machines (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value

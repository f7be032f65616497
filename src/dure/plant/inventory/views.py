"""The data page: sources and how they do, signals as measured, files with their findings."""

import csv
import io
import time
from collections.abc import Mapping
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

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.foundation.web.chart import spark
from dure.plant.connect import (
    CertificateUnknown,
    Source,
    add_source,
    change_source,
    remove_source,
    schemes,
    slug,
    source,
    trust_certificate,
)
from dure.plant.connect import test as try_source
from dure.plant.inventory.forms import STAGES, STATES, FileForm, SourceForm
from dure.plant.inventory.intake import store_upload
from dure.plant.inventory.models import Signal, Upload
from dure.plant.inventory.sources import SourceState, source_states, state_of
from dure.plant.inventory.survey import confirm_unit, refresh
from dure.vocabulary import DureError, Works, home, language

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.connect import Connector

A_PAGE = 50
"""Signals on one page of the list."""


def works() -> Works:
    """The node's long work."""
    return cast("Works", import_string(settings.DURE_WORKS)())


@require_GET
@requires("engineer")
def data(request: HttpRequest) -> HttpResponse:
    """All that this plant has."""
    return render(
        request,
        "inventory/data.html",
        {
            "sources": source_states(home()),
            "states": STATES,
            "uploads": Upload.objects.select_related("by")[:20],
            "form": FileForm(),
            "works": [work for work in works().recent(limit=5) if work.kind in {"prepare", "import"}],
            **_signal_page(request),
        },
    )


# Sources -----------------------------------------------------------------------------------------------------------
@require_GET
@requires("engineer")
def source_list(request: HttpRequest) -> HttpResponse:
    """The part of the page with the sources."""
    return render(request, "inventory/sources.html", {"sources": source_states(home()), "states": STATES})


@requires("engineer")
def add_source_page(request: HttpRequest) -> HttpResponse:
    """A form for a source, tried before it is saved."""
    known = schemes()
    scheme = request.POST.get("scheme") or request.GET.get("scheme", "opc.tcp")
    kind = known.get(scheme) or next(iter(known.values()))
    form = SourceForm(kind, request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "kinds": [(name, str(one.title)) for name, one in known.items()],
        "scheme": kind.schemes[0],
    }
    if request.method == "POST" and (fingerprint := request.POST.get("trust")):
        _trust(request, fingerprint)
    if request.method == "POST" and form.is_valid():
        tried = _tried(form, context)
        if tried and "save" in request.POST:
            return _save(request, form)
    return render(request, "inventory/add_source.html", context)


def _trust(request: HttpRequest, fingerprint: str) -> None:
    """A person has compared the fingerprint: its certificate is trusted from now on."""
    whole = trust_certificate(home(), fingerprint)
    record(f"person:{request.user.pk}", "certificate.trusted", f"certificate:{whole}", {})
    messages.success(request, _("The certificate %(print)s… is trusted from now on.") % {"print": whole[:16]})


def _tried(form: SourceForm, context: dict[str, Any]) -> bool:
    words = form.cleaned_data
    try:
        context["tried"] = try_source(
            words["url"], form.settings(), home=home(), password=words.get("password") or None
        )
    except CertificateUnknown as unknown:
        context["refusal"], context["fingerprint"] = unknown, unknown.facts.get("fingerprint")
    except DureError as refusal:
        context["refusal"] = refusal
    return "tried" in context


def _save(request: HttpRequest, form: SourceForm) -> HttpResponse:
    words = form.cleaned_data
    name = words["name"] or slug(words["url"])
    try:
        add_source(
            home(), Source(name, words["url"], form.settings()), password=words.get("password") or None
        )
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("inventory:add_source")
    record(f"person:{request.user.pk}", "source.added", f"source:{name}", {"url": words["url"]})
    messages.success(request, _("%(name)s is being read from now on.") % {"name": name})
    return redirect("inventory:data")


@require_GET
@requires("engineer")
def source_page(request: HttpRequest, name: str) -> HttpResponse:
    """One source: how it does, what it has, how it is set."""
    found = source(home(), name)
    state = state_of(home(), found, time.time())
    context = {
        "state": state,
        "states": STATES,
        "settings": _sheet(state),
        "count": Signal.objects.filter(source=name).count(),
    }
    return render(request, "inventory/source.html", context)


def _sheet(state: SourceState) -> list[tuple[str, Any, str]]:
    kind: type[Connector] | None = schemes().get(state.scheme)
    sheet = kind.settings_type.sheet() if kind else ()
    return [(str(one.label), state.source.settings.get(one.name, one.default), one.unit) for one in sheet]


@require_POST
@requires("engineer")
def switch_source(request: HttpRequest, name: str) -> HttpResponse:
    """Switch a source off, or on again."""
    on = request.POST.get("on") == "yes"
    change_source(home(), name, enabled=on)
    record(f"person:{request.user.pk}", "source.on" if on else "source.off", f"source:{name}", {})
    return redirect("inventory:source", name)


@require_POST
@requires("engineer")
def drop_source(request: HttpRequest, name: str) -> HttpResponse:
    """Remove a source; what it brought stays in the historian."""
    remove_source(home(), name)
    record(f"person:{request.user.pk}", "source.removed", f"source:{name}", {})
    messages.success(request, _("%(name)s is removed. What it brought is kept.") % {"name": name})
    return redirect("inventory:data")


# Signals -----------------------------------------------------------------------------------------------------------
@require_GET
@requires("engineer")
def signals(request: HttpRequest) -> HttpResponse:
    """The part of the page with the signals, narrowed by words and by what is wrong."""
    return render(request, "inventory/signals.html", _signal_page(request))


def _signal_page(request: HttpRequest) -> dict[str, Any]:
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
    from dure.plant.connect import sources

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


# Files -------------------------------------------------------------------------------------------------------------
@require_POST
@requires("engineer")
def bring_in(request: HttpRequest) -> HttpResponse:
    """Take a file in and show what was found in it."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file first."))
        return redirect("inventory:data")
    file = form.cleaned_data["file"]
    try:
        made = store_upload(file.chunks(), file.name, cast("Person", request.user))
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("inventory:data")
    return redirect("inventory:upload", made.pk)


@require_GET
@requires("engineer")
def upload(request: HttpRequest, pk: str) -> HttpResponse:
    """One file: what is in it, what is wrong, what to do with it."""
    found = get_object_or_404(Upload.objects.select_related("by"), pk=pk)
    profile = found.profile
    shapes = profile.get("shapes", {})
    columns = [
        {**column, "picture": spark(shapes.get(column["name"], []))} for column in profile.get("columns", [])
    ]
    findings = [_spoken(one) for one in profile.get("findings", [])]
    return render(
        request,
        "inventory/upload.html",
        {"upload": found, "columns": columns, "findings": findings, "source": slug(found.title)},
    )


def _spoken(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding in the reader's language."""
    if language() == "ko" and "message_ko" in finding:
        return {**finding, "message": finding["message_ko"], "remedy": finding["remedy_ko"]}
    return dict(finding)


@require_POST
@requires("engineer")
def prepare(request: HttpRequest, pk: str) -> HttpResponse:
    """Start the preparation of a file."""
    found = get_object_or_404(Upload, pk=pk)
    facts = {
        "upload": found.pk,
        "title": found.title,
        "target": request.POST.get("target") or None,
        "by": request.user.pk,
    }
    return redirect("inventory:work", works().submit("prepare", facts))


@require_POST
@requires("engineer")
def bring_into_historian(request: HttpRequest, pk: str) -> HttpResponse:
    """Start to bring a file's rows into the historian, as signals of their own source."""
    found = get_object_or_404(Upload, pk=pk)
    facts = {
        "upload": found.pk,
        "source": slug(request.POST.get("source") or found.title),
        "time": request.POST.get("time") or None,
        "by": request.user.pk,
    }
    return redirect("inventory:work", works().submit("import", facts))


# Long work ---------------------------------------------------------------------------------------------------------
@require_GET
@requires("engineer")
def work(request: HttpRequest, pk: str) -> HttpResponse:
    """How far a preparation or an import is."""
    found = works().find(pk)
    if found is None:
        messages.error(request, _("That work is no longer known."))
        return redirect("inventory:data")
    part = bool(request.htmx)  # type: ignore[attr-defined] # set by django-htmx
    context = {"work": found, "stage": STAGES.get(found.stage, "")}
    return render(request, "inventory/work_part.html" if part else "inventory/work.html", context)


@require_POST
@requires("engineer")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:  # noqa: ARG001 - every view is handed the request
    """Stop a preparation or an import."""
    works().cancel(pk)
    return redirect("inventory:work", pk)

"""Sources: how each does, one more after it was tried, one less after a question."""

import time
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
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
from dure.plant.inventory.forms import STATES, SourceForm
from dure.plant.inventory.models import Signal, upload_titles
from dure.plant.inventory.sources import SourceState, source_states, state_of, with_titles
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.plant.connect import Connector


@require_GET
@requires("engineer")
def source_list(request: HttpRequest) -> HttpResponse:
    """The part of the page with the sources."""
    states = with_titles(source_states(home()), upload_titles())
    return render(request, "inventory/sources.html", {"sources": states, "states": STATES})


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
    [state] = with_titles([state_of(home(), found, time.time())], upload_titles())
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

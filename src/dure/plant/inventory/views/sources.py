"""Sources: how each does, one more after it was tried, one less after a question."""

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

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
    arms,
    change_source,
    own_network,
    password_of,
    remove_source,
    schemes,
    slug,
    source,
    sources,
    trust_certificate,
    try_source,
)
from dure.plant.inventory import drafts
from dure.plant.inventory.forms import FULL, STATES, SourceForm
from dure.plant.inventory.kinds_of_sources import cards, sheet_of
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
    """A form for a source, tried before it is saved; `from` fills it like another one."""
    known = schemes()
    like = source(home(), request.GET["from"]) if "from" in request.GET else None
    asked = request.POST.get("scheme") or request.GET.get("scheme", "opc.tcp")
    scheme = like.url.partition("://")[0] if like else asked
    kind = known.get(scheme) or next(iter(known.values()))
    form = SourceForm(kind, request.POST or None, _filled(request, like))
    return _connect(request, form, kind)


@requires("engineer")
def source_settings(request: HttpRequest, name: str) -> HttpResponse:
    """The address and the settings of a source, changed after they were tried; what it brought stays."""
    kept = source(home(), name)
    kind = schemes()[kept.url.partition("://")[0]]
    form = SourceForm(kind, request.POST or None, kept)
    del form.fields["name"]
    return _connect(request, form, kind, of=name)


def _filled(request: HttpRequest, like: Source | None) -> Source | None:
    """What the form begins with: a source like another one, or the address that a scan found."""
    if like is not None:
        taken = {one.id for one in sources(home())}
        name = next(f"{like.id[:60]}-{n}" for n in range(2, 10_000) if f"{like.id[:60]}-{n}" not in taken)
        return replace(like, id=name, signals=())
    url = request.GET.get("url", "")[:500]
    try:
        return Source(slug(url), url) if url else None
    except DureError:  # an address with a password in it is not filled in
        return None


def _connect(
    request: HttpRequest, form: SourceForm, kind: "type[Connector]", *, of: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form, "title": str(kind.title), "standard": kind.standard, "scheme": kind.schemes[0], "of": of, "groups": cards(),
        "sheet": sheet_of(kind), "range": own_network(), "kept": request.POST.get("kept", ""),
    }  # fmt: skip
    if request.method == "POST" and (fingerprint := request.POST.get("trust")):
        try:
            _trust(request, fingerprint)
        except DureError as refusal:
            context["refusal"] = refusal
    if request.method == "POST" and form.is_valid():
        draft = _tried(request, form, context, of)
        if draft is not None and "save" in request.POST:
            return _save(request, draft)
        if draft is not None and "choose" in request.POST:
            return redirect("inventory:choose", draft.token)
    return render(request, "inventory/add_source.html", context)


def _trust(request: HttpRequest, fingerprint: str) -> None:
    """A person has compared the fingerprint: its certificate is trusted from now on."""
    whole = trust_certificate(home(), fingerprint)
    record(f"person:{request.user.pk}", "certificate.trusted", f"certificate:{whole}", {})
    messages.success(request, _("The certificate %(print)s… is trusted from now on.") % {"print": whole[:16]})


def _tried(request: HttpRequest, form: SourceForm, context: dict[str, Any], of: str) -> "drafts.Draft | None":
    """Try what was filled in, and keep it as a draft, its password too: a refusal costs no typing."""
    person = cast("int", request.user.pk)
    try:
        described = form.source(of)
        password = form.cleaned_data.get("password") or _kept_password(request, person, of)
        draft = drafts.begin(home(), person, described, of=of, password=password)
        context["draft"], context["kept"] = draft, draft.token
        context["tried"] = try_source(home(), described, password=password)
    except CertificateUnknown as unknown:
        context["refusal"], context["fingerprint"] = unknown, unknown.facts.get("fingerprint")
    except DureError as refusal:
        context["refusal"] = refusal
    return context["draft"] if "tried" in context else None


def _kept_password(request: HttpRequest, person: int, of: str) -> str | None:
    """The password of the try before, or of the source that is changed."""
    if token := request.POST.get("kept", ""):
        with suppress(DureError):
            return drafts.password_of(home(), drafts.find(home(), token, person))
    return password_of(home(), of) if of else None


def _save(request: HttpRequest, draft: "drafts.Draft") -> HttpResponse:
    """Keep a source with the signals it has had, or with all."""
    try:
        password = drafts.password_of(home(), draft)
        if draft.of:
            before = source(home(), draft.of)
            changed = replace(draft.source, signals=before.signals, box=before.box, renamed=before.renamed, enabled=before.enabled)  # fmt: skip
            add_source(home(), changed, password=password, again=True)
        else:
            add_source(home(), draft.source, password=password)
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("inventory:add_source")
    what = "source.changed" if draft.of else "source.added"
    record(f"person:{request.user.pk}", what, f"source:{draft.name}", {"url": draft.url})
    drafts.forget(home(), draft)
    messages.success(request, _("%(name)s is being read from now on.") % {"name": draft.name})
    return redirect("inventory:data")


@require_GET
@requires("engineer")
def source_page(request: HttpRequest, name: str) -> HttpResponse:
    """One source: how it does, what it has, how it is set."""
    found = source(home(), name)
    [state] = with_titles([state_of(home(), found, time.time())], upload_titles())
    kind = schemes().get(state.scheme)
    context = {
        "state": state,
        "states": STATES,
        "settings": _sheet(state),
        "full": FULL,
        "sheet": sheet_of(kind) if kind else [],
        "standard": kind.standard if kind else "",
        "arms": [one for one in arms(home()) if one.signal.startswith(f"{name}/")],
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

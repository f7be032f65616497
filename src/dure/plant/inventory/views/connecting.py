"""Connect: look for what answers, choose signals from the tree, watch them live, save."""

import asyncio
import secrets
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.connect import (
    MOST_PREVIEWED,
    Preview,
    Previews,
    Scan,
    SourceExists,
    add_source,
    addresses,
    open_source,
    own_network,
    scan,
    source,
)
from dure.plant.connect import password_of as kept_password
from dure.plant.inventory import drafts, picking
from dure.plant.inventory.drafts import Draft
from dure.plant.inventory.forms import KINDS
from dure.science.paper import unit_name
from dure.vocabulary import DureError, Signal, home

MOST_BROWSED = 100_000
MOST_SCANS = 4
previews = Previews()
_scans: "OrderedDict[str, Scan]" = OrderedDict()
_scanning = threading.Lock()


@require_POST
@requires("engineer")
def begin_scan(request: HttpRequest) -> HttpResponse:
    """Begin to look through the range that the engineer named."""
    words = request.POST.get("range", "").strip()[:60] or own_network()
    try:
        hosts = addresses(words)
    except DureError as refusal:
        return render(request, "inventory/scan.html", {"refusal": refusal, "range": words})
    token, going = secrets.token_hex(8), Scan()
    with _scanning:
        for old in list(_scans)[: max(0, len(_scans) - MOST_SCANS + 1)]:
            _scans.pop(old).cancelled = True
        _scans[token] = going
    record(f"person:{request.user.pk}", "network.scanned", f"range:{words}", {"addresses": len(hosts)})
    threading.Thread(target=lambda: asyncio.run(scan(hosts, going)), name="scan", daemon=True).start()
    return render(request, "inventory/scan.html", {"scan": going, "token": token, "range": words})


@requires("engineer")
def scan_state(request: HttpRequest, token: str) -> HttpResponse:
    """How far a scan is; a POST ends it."""
    going = _scans.get(token)
    if going is not None and request.method == "POST":
        going.cancelled = True
    return render(request, "inventory/scan.html", {"scan": going, "token": token})


@require_GET
@requires("engineer")
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """The tree of a source's signals, what is ticked, and what it gives just now."""
    draft = _draft(request, token)
    context: dict[str, Any] = {"draft": draft}
    try:
        found = drafts.signals_of(home(), draft)
        if found is None or "again" in request.GET:
            found = _browse(draft)
        context |= _tree(request, draft, found, draft.name) | _picked(draft, found)
    except DureError as refusal:
        context["refusal"] = refusal
    return render(request, "inventory/choose.html", context)


@require_GET
@requires("engineer")
def tree(request: HttpRequest, token: str) -> HttpResponse:
    """The children of one branch, a page of them."""
    draft = _draft(request, token)
    found = drafts.signals_of(home(), draft) or ()
    path = request.GET.get("at", "")[:400] or draft.name
    part = "tree.html" if "whole" in request.GET else "branch.html"
    return render(request, f"inventory/{part}", _tree(request, draft, found, path))


@require_POST
@requires("engineer")
def tick(request: HttpRequest, token: str) -> HttpResponse:
    """Tick a signal, a branch, or all that the words find; the new states of the nodes above."""
    draft = _draft(request, token)
    found = drafts.signals_of(home(), draft) or ()
    path, words = request.POST.get("path", "")[:400], request.POST.get("words", "")[:200]
    shown = picking.matching(found, words)
    ids = set(picking.below(shown, path))
    ticked = drafts.ticks_of(home(), draft)
    ticked = ticked | ids if request.POST.get("on") == "yes" else ticked - ids
    drafts.keep_ticks(home(), draft, ticked)
    picked = _picked(draft, found)
    words_said = render(request, "inventory/picked.html", {"draft": draft, **picked}).content.decode()
    return JsonResponse({"states": picking.states(shown, path, ticked), "count": picked["count"], "picked": words_said})  # fmt: skip


@require_GET
@requires("engineer")
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Present values of the first signals that are ticked."""
    draft = _draft(request, token)
    found = drafts.signals_of(home(), draft) or ()
    ticked = drafts.ticks_of(home(), draft)
    wanted = [one for one in found if one.id in ticked][:MOST_PREVIEWED]
    password = _password(draft)
    preview = previews.of(token, lambda: Preview(home(), draft.source, password, tuple(wanted)))
    preview.want(wanted)
    rows = [row | {"unit": unit_name(row["unit"])} for row in preview.rows if row["signal"] in ticked]
    error = preview.error
    said = {} if error is None else {"error": error.message, "remedy": error.way_out}
    rate = preview.rate
    return JsonResponse({"rows": rows, "more": max(0, len(ticked) - len(wanted)), "rate": rate, **said})


@require_POST
@requires("engineer")
def save(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the source with what is ticked; its collector begins at once."""
    draft = _draft(request, token)
    found = drafts.signals_of(home(), draft) or ()
    ticked = drafts.ticks_of(home(), draft)
    chosen = tuple(one for one in found if one.id in ticked)
    if not chosen:
        messages.error(request, _("Tick at least one signal first."))
        return redirect("inventory:choose", token)
    try:
        kept = _kept(draft, () if len(chosen) == len(found) else chosen)
    except SourceExists as taken:
        messages.error(request, str(taken))
        return redirect("inventory:choose", token)
    what = "source.changed" if draft.of else "source.added"
    facts = {"url": kept.url, "signals": len(chosen), "settings": sorted(kept.settings)}
    record(f"person:{request.user.pk}", what, f"source:{kept.id}", facts)
    previews.end(token)
    drafts.forget(home(), draft)
    messages.success(request, _("%(name)s is being read from now on.") % {"name": kept.id})
    return redirect("inventory:data")


@require_POST
@requires("engineer")
def change_signals(request: HttpRequest, name: str) -> HttpResponse:
    """Begin to change which signals of a source are read; what it brought stays."""
    kept = source(home(), name)
    draft = drafts.begin(home(), cast("int", request.user.pk), kept, of=name)
    return redirect("inventory:choose", draft.token)


def _kept(draft: Draft, signals: tuple[Signal, ...]) -> Any:
    password = drafts.password_of(home(), draft)
    if draft.of:
        before = source(home(), draft.of)
        changed = replace(draft.source, signals=signals, box=before.box, renamed=before.renamed, enabled=before.enabled)  # fmt: skip
        return add_source(home(), changed, password=password, again=True)
    return add_source(home(), replace(draft.source, signals=signals), password=password)


def _draft(request: HttpRequest, token: str) -> Draft:
    return drafts.find(home(), token, cast("int", request.user.pk))


def _password(draft: Draft) -> str | None:
    return drafts.password_of(home(), draft) or (kept_password(home(), draft.of) if draft.of else None)


def _browse(draft: Draft) -> tuple[Signal, ...]:
    """Ask the source for its signals once, and keep them with the draft; of a source that is read, its own are ticked."""

    async def visit() -> list[Signal]:
        connector = open_source(home(), draft.source, password=_password(draft))
        try:
            return await connector.browse(MOST_BROWSED)
        finally:
            await connector.close()

    found = asyncio.run(visit())
    drafts.keep_signals(home(), draft, found)
    if draft.of and not drafts.ticks_of(home(), draft):
        before = {one.id for one in source(home(), draft.of).signals}
        drafts.keep_ticks(home(), draft, before or {one.id for one in found})
    return tuple(found)


def _tree(request: HttpRequest, draft: Draft, found: Any, path: str) -> dict[str, Any]:
    words = request.GET.get("words", "")[:200]
    page = request.GET.get("page", "0")
    shown = picking.matching(found, words)
    ticked = drafts.ticks_of(home(), draft)
    branch = picking.children(shown, path, ticked, int(page) if page.isdecimal() else 0)
    level = path.count("/") + 1
    return {
        "draft": draft,
        "kinds": KINDS,
        "branch": branch,
        "level": level,
        "words": words,
        "found": len(shown),
        "total": len(found),
        "root": picking.states(shown, draft.name, ticked).get(draft.name, "false"),
    }


def _picked(draft: Draft, found: Any) -> dict[str, Any]:
    """How many are ticked, and about what they bring a day."""
    ticked = drafts.ticks_of(home(), draft)
    count = sum(one.id in ticked for one in found)
    return {"count": count, "total": len(found), "per_day": picking.per_day(count, 1.0)}

"""Needs: post one, see who nearly has it and what is missing, and what many firms miss."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.sharing.catalog.fitting import common, fits
from dure.sharing.catalog.models import PostedNeed
from dure.sharing.catalog.needs import Need
from dure.vocabulary import DureError

A_PAGE = 30
EMPTY = {"title": "", "columns": "", "rate": "", "equipment": "", "events": "", "rows": ""}


@require_GET
@requires("engineer")
def needs(request: HttpRequest) -> HttpResponse:
    """The open needs, and what they have in common."""
    page = Paginator(PostedNeed.objects.filter(open=True), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "catalog/needs.html", {"page": page, "demands": common()})


@requires("engineer")
def new(request: HttpRequest) -> HttpResponse:
    """A form for a need; asked, it shows who nearly has it, and posts it if that is wanted."""
    given = {name: request.POST.get(name, "")[:4000] for name in EMPTY}
    refusal, near = None, None
    if request.method == "POST":
        try:
            need = Need.of(read(given))
            if "post" in request.POST:
                posted = _posted(need, given["title"], f"person:{request.user.pk}")
                messages.success(request, _("Your need is posted. Whoever has it can answer."))
                return redirect("catalog:need", posted.pk)
            near = fits(need)
        except DureError as odd:
            refusal = odd
    context = {"given": given, "refusal": refusal, "near": near}
    return render(request, "catalog/need_form.html", context, status=422 if refusal else 200)


def read(given: Mapping[str, str]) -> dict[str, Any]:
    """A need as the form has it: a column a line with its unit behind a comma, events parted by commas.

    >>> read({"columns": "온도, Cel", "events": "leak, crack", "rate": "1", "rows": ""})["columns"]
    [{'name': '온도', 'unit': 'Cel'}]
    """
    lines = [
        line.rpartition(",") if "," in line else (line, "", "")
        for line in given.get("columns", "").splitlines()
    ]
    columns = [{"name": name.strip(), "unit": unit.strip()} for name, _comma, unit in lines if name.strip()]
    events = [one.strip() for one in given.get("events", "").replace("\n", ",").split(",") if one.strip()]
    plain = {name: given.get(name, "").replace(" ", "") for name in ("rate", "rows")}
    return {"columns": columns, "events": events, "equipment": given.get("equipment", ""), **plain}


def _posted(need: Need, title: str, by: str) -> PostedNeed:
    shown = title.strip()[:200] or ", ".join([one.name for one in need.columns] + list(need.events))[:200]
    posted = PostedNeed.objects.create(title=shown, wanted=need.report(), by=by)
    record(by, "need.posted", f"need:{posted.pk}", need.report())
    return posted


@require_GET
@requires("engineer")
def need(request: HttpRequest, pk: str) -> HttpResponse:
    """A need, and who nearly has it now."""
    posted = PostedNeed.objects.filter(pk=pk).first()
    if posted is None:
        raise Http404
    wanted = Need.of(posted.wanted)
    context = {
        "need": posted,
        "wanted": wanted,
        "near": fits(wanted),
        "own": posted.by == f"person:{request.user.pk}",
    }
    return render(request, "catalog/need.html", context)


@require_POST
@requires("engineer")
def close(request: HttpRequest, pk: str) -> HttpResponse:
    """Take an own need back."""
    found = PostedNeed.objects.filter(pk=pk, by=f"person:{request.user.pk}", open=True).first()
    if found is None:
        raise Http404
    found.open = False
    found.save(update_fields=["open"])
    record(found.by, "need.closed", f"need:{found.pk}")
    messages.success(request, _("The need is closed."))
    return redirect("catalog:needs")

"""Writing the text of a procedure: checked while typing, compared, tried on past cases, put in force."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dure.foundation.procedure import flow as flows
from dure.foundation.procedure import form as forms
from dure.foundation.procedure import score as scores
from dure.foundation.procedure import versions
from dure.foundation.procedure.models import Edition
from dure.foundation.procedure.standing import OVERSEERS
from dure.foundation.web import requires
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.foundation.parties import Person

SHOWN = 400
"""Most lines of a difference, and most past moves, on a page."""
BEGINNINGS = {"form": forms.EXAMPLE, "flow": flows.EXAMPLE, "score": scores.EXAMPLE}


@requires(*OVERSEERS)
def edit(request: HttpRequest, kind: str, name: str = "") -> HttpResponse:
    """The editor; a post keeps the text as a draft, or puts it in force."""
    source = _source(kind, name, request.GET.get("version", ""))
    text = _text(request) if request.method == "POST" else source
    told = _told(kind, text)
    if request.method == "POST" and not told["fault"]:
        wanted = request.POST.get("do", "")
        if wanted in ("keep", "force"):
            return _kept(request, kind, text, in_force=wanted == "force")
        told |= _tried(kind, text) if wanted == "try" else {}
    context = {"kind": kind, "kind_label": Edition.Kind(kind).label, "name": name, "text": text, "note": request.POST.get("note", ""), **told}  # fmt: skip
    return render(request, "procedure/edit.html", context, status=422 if request.POST and told["fault"] else 200)  # fmt: skip


@require_POST
@requires(*OVERSEERS)
def check(request: HttpRequest, kind: str) -> HttpResponse:
    """What is wrong with the text as it stands, or what it would change."""
    text = _text(request)
    told = _told(kind, text)
    if request.POST.get("do") == "try" and not told["fault"]:
        told |= _tried(kind, text)
    return render(request, "procedure/checked.html", {"kind": kind, **told})


@require_POST
@requires(*OVERSEERS)
def put_in_force(request: HttpRequest, kind: str, name: str, number: str) -> HttpResponse:
    """Put a version that is kept in force."""
    edition = Edition.objects.filter(kind=kind, name=name, number=int(number)).first()
    if edition is None:
        raise Http404
    try:
        versions.activate(edition, _person(request))
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("Version %(number)s is in force for new cases.") % {"number": edition.number}
        )
    return redirect("procedure:procedure", kind, name)


def _kept(request: HttpRequest, kind: str, text: str, *, in_force: bool) -> HttpResponse:
    name = versions.checked(kind, text)
    same = Edition.objects.filter(kind=kind, name=name, sha256=versions.fingerprint(text)).first()
    edition = same or versions.draft(kind, text, _person(request), request.POST.get("note", "")[:500])
    if in_force:
        versions.activate(edition, _person(request))
        said = _("Version %(number)s is in force for new cases.")
    else:
        said = _("Version %(number)s is kept as a draft.")
    messages.success(request, said % {"number": edition.number})
    return redirect("procedure:procedure", kind, name)


def _source(kind: str, name: str, number: str) -> str:
    """The text with which the editor begins."""
    if not name:
        return BEGINNINGS[kind].lstrip()
    known = Edition.objects.filter(kind=kind, name=name)
    wanted = known.filter(number=int(number)) if number.isdecimal() and len(number) < 7 else known.filter(since__isnull=False, until=None)  # fmt: skip
    edition = wanted.first() or known.first()
    if edition is None:
        raise Http404
    return edition.text


def _text(request: HttpRequest) -> str:
    # A browser sends a text's lines with CR LF (HTML, 4.10.22.8), and the text is held by its fingerprint.
    return str(request.POST.get("text", "")).replace("\r\n", "\n")[: 4 * 10**5]


def _told(kind: str, text: str) -> dict[str, Any]:
    try:
        name = versions.checked(kind, text)
    except DureError as refusal:
        return {"fault": refusal, "line": getattr(refusal, "facts", {}).get("line", 0)}
    held = Edition.objects.filter(kind=kind, name=name, since__isnull=False, until=None).first()
    lines = versions.difference(held.text, text) if held else ()
    marked = [({"+": "more", "-": "less", "@": "where"}.get(line[:1], ""), line) for line in lines[:SHOWN]]
    return {"fault": None, "held": held, "difference": marked, "more": max(0, len(lines) - SHOWN), "id": name}


def _tried(kind: str, text: str) -> dict[str, Any]:
    if kind != "flow":
        return {"tried": True, "changes": ()}
    labels = {move.id: move.label for move in flows.flow_of(text).moves}
    changes = [{"change": one, "label": labels.get(one.move, one.move)} for one in versions.preview(text)]
    return {"tried": True, "changes": changes[:SHOWN]}


def _person(request: HttpRequest) -> "Person":
    return cast("Person", request.user)

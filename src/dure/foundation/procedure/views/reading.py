"""The procedures in force and their versions, and one of them: its picture, its parts, its text."""

from typing import TYPE_CHECKING, Any, cast

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dure.foundation.parties import OFFICES
from dure.foundation.procedure import versions
from dure.foundation.procedure.drawing import drawing
from dure.foundation.procedure.flow import Flow
from dure.foundation.procedure.models import Case, Edition
from dure.foundation.procedure.standing import oversees
from dure.foundation.web import requires

if TYPE_CHECKING:
    from dure.foundation.parties import Person


@require_GET
@requires("worker", *OFFICES)
def procedures(request: HttpRequest) -> HttpResponse:
    """Every form, flow and score: the version in force, how many there are, and how many cases are open."""
    by_name: dict[tuple[str, str], list[Edition]] = {}
    for edition in Edition.objects.order_by("kind", "name", "-number"):
        by_name.setdefault((edition.kind, edition.name), []).append(edition)
    open_cases = dict(Case.objects.filter(closed=None).values_list("flow__name").annotate(Count("pk")))
    lines = [_line(many, open_cases) for many in by_name.values()]
    groups = [(kind, [one for one in lines if one["kind"] == kind.value]) for kind in (Edition.Kind.FLOW, Edition.Kind.FORM, Edition.Kind.SCORE)]  # fmt: skip
    return render(
        request, "procedure/procedures.html", {"groups": groups, "oversees": oversees(_person(request))}
    )


def _line(editions: list[Edition], open_cases: dict[str, int]) -> dict[str, Any]:
    held = next((one for one in editions if one.since and not one.until), None)
    newest = editions[0]
    shown = held or newest
    return {
        "kind": shown.kind,
        "name": shown.name,
        "label": read(shown).label,
        "held": held,
        "count": len(editions),
        "draft": newest if newest.since is None else None,
        "open": open_cases.get(shown.name, 0) if shown.kind == "flow" else None,
    }


@require_GET
@requires("worker", *OFFICES)
def procedure(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """One procedure, in the version in force or the one asked for."""
    editions = list(Edition.objects.filter(kind=kind, name=name).select_related("by").order_by("-number"))
    asked = request.GET.get("version", "")
    chosen = [one for one in editions if (str(one.number) == asked if asked else one.since and not one.until)]
    edition = next(iter(chosen or (editions if not asked else [])), None)
    if edition is None:
        raise Http404
    found = read(edition)
    context = {
        "edition": edition,
        "found": found,
        "editions": editions,
        "oversees": oversees(_person(request)),
    }
    if isinstance(found, Flow):
        context |= _of_flow(found, name)
    return render(request, "procedure/procedure.html", context)


def _of_flow(flow: Flow, name: str) -> dict[str, Any]:
    held = Case.objects.filter(flow__name=name).values_list("state")
    open_cases = dict(held.annotate(count=Count("pk", filter=Q(closed=None))))
    moves = [
        {
            "move": move,
            "from": ", ".join(str(flow.state(one).label) for one in move.sources),
            "to": flow.state(move.to).label,
            "by": ", ".join(flow.role(one) for one in move.by),
            "effects": ", ".join(one.kind for one in move.effects),
        }
        for move in flow.moves
    ]
    picture = drawing(flow, open_cases)
    states = [(state, open_cases.get(state.id, 0)) for state in flow.states]
    return {"picture": picture, "moves": moves, "states": states}


def read(edition: Edition) -> Any:
    """What the text of a version says."""
    return {"form": versions.form, "flow": versions.flow, "score": versions.score}[edition.kind](edition)


def _person(request: HttpRequest) -> "Person":
    return cast("Person", request.user)

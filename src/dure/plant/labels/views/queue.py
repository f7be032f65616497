"""Items one after the other: the page, what comes next, labels, undo, and the contents themselves."""

import json
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import may, requires
from dure.plant.labels.bringing_in import media_of
from dure.plant.labels.marking import mark, resolve, take_back
from dure.plant.labels.models import LabelSet, Mark
from dure.plant.labels.things import Things, bytes_of, things
from dure.plant.labels.views.answering import as_json, number, set_of, stretch
from dure.plant.labels.weighing import Verdict, verdicts
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

AHEAD = 30
"""Items that the page knows in advance."""
MOST_FACTS = 60


@require_GET
@requires("worker")
def queue(request: HttpRequest, pk: str) -> HttpResponse:
    """One item, full screen; keys, thumbs and buttons do the same."""
    label_set = set_of(pk)
    if not label_set.queues:
        return redirect("labels:trend", pk)
    only = request.GET.get("only", "open")
    context = {
        "set": label_set,
        "only": only,
        "first": json.dumps(_next(label_set, request, only), ensure_ascii=False),
        "script_words": json.dumps(_words(), ensure_ascii=False),
        "may_decide": may(request.user, "engineer"),
    }
    return render(request, "labels/queue.html", context)


@require_GET
@requires("worker")
@as_json
def items(request: HttpRequest, pk: str) -> HttpResponseBase:
    """What comes next."""
    return JsonResponse(_next(set_of(pk), request, request.GET.get("only", "open")))


def _next(label_set: LabelSet, request: HttpRequest, only: str) -> dict[str, Any]:
    found, told = things(label_set), verdicts(label_set)
    me, after = str(request.user), request.GET.get("after", "")
    why = {one["key"]: one for one in label_set.suggested.get("items", ())}
    order = [key for key in why if found.has(key)] if only == "suggested" else list(found.keys)
    at = order.index(after) + 1 if after in order else 0
    if request.GET.get("at") in found.places:
        order, at = list(found.keys), found.places[request.GET["at"]]
        only = "all"
    shown = [key for key in order[at:] if _wanted(told.get(key), me, only)][:AHEAD]
    if not shown and at and only != "all":  # from the beginning, for what was skipped
        shown = [key for key in order if _wanted(told.get(key), me, only) and key != after][:AHEAD]
    mine = sum(me in one.by_person for one in told.values())
    return {
        "items": [_told(label_set, found, key, told.get(key), why.get(key), request) for key in shown],
        "done": len(told),
        "mine": mine,
        "total": len(found),
    }


def _wanted(verdict: Verdict | None, me: str, only: str) -> bool:
    if only == "open":
        return verdict is None
    if only == "disputed":
        return verdict is not None and verdict.disputed
    if only in ("suggested", "mine"):
        return verdict is None or me not in verdict.by_person
    return True


def _told(  # noqa: PLR0913, PLR0917 - the parts of one item
    label_set: LabelSet,
    found: Things,
    key: str,
    verdict: Verdict | None,
    why: dict[str, str] | None,
    request: HttpRequest,
) -> dict[str, Any]:
    place = found.places[key]
    told: dict[str, Any] = {
        "key": key,
        "title": found.titles[place],
        "at": place + 1,
        "mine": verdict.by_person.get(str(request.user), "") if verdict else "",
        "said": verdict.by_person if verdict and (verdict.disputed or verdict.decided_by) else {},
        "disputed": bool(verdict and verdict.disputed),
        "why": str(Text(why["en"], why["ko"])) if why else "",
    }
    if label_set.about == LabelSet.About.ROWS and found.frame is not None:
        row = found.frame.row(place, named=True)
        return told | {"facts": [[name, _cell(value)] for name, value in list(row.items())[:MOST_FACTS]]}
    return told | {"url": reverse("labels:content", args=[label_set.pk, key.removeprefix("sha256:")])}


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else str(value)[:300]


def _words() -> dict[str, str]:
    return {
        "progress": _("{0} of {1} labelled, {2} by you"),
        "labelled": _("{0}: {1}"),
        "undone": _("Taken back: {0}"),
        "nothing": _("Nothing is left here."),
        "item": _("item {0}"),
        "said": _("{0} says {1}"),
        "no_answer": _("The node did not answer; nothing was labelled. Try again."),
    }


@require_POST
@requires("worker")
@as_json
def give(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A label on an item or a stretch."""
    label_set = set_of(pk)
    where = stretch(request) or {"item": request.POST.get("item", "")[:200]}
    made = mark(
        label_set,
        cast("Person", request.user),
        request.POST.get("kind", "")[:100],
        sure=number(request, "sure", 1.0, 0.0, 1.0),
        note=request.POST.get("note", ""),
        **where,
    )
    return _done(request, label_set, made)


@require_POST
@requires("worker")
@as_json
def undo(request: HttpRequest, pk: str) -> HttpResponseBase:
    """One's newest label, or the one named, is taken back."""
    label_set, which = set_of(pk), request.POST.get("number", "")
    back = take_back(
        label_set,
        cast("Person", request.user),
        int(which) if which.isascii() and which.isdigit() and len(which) < 15 else None,
    )
    return _done(request, label_set, back)


@require_POST
@requires("engineer")
@as_json
def decide(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A named person decides where others differ."""
    label_set = set_of(pk)
    where = stretch(request) or {"item": request.POST.get("item", "")[:200]}
    by, kind = cast("Person", request.user), request.POST.get("kind", "")[:100]
    return _done(request, label_set, resolve(label_set, by, kind, note=request.POST.get("note", ""), **where))


def _done(request: HttpRequest, label_set: LabelSet, made: Mark) -> HttpResponseBase:
    if "application/json" in request.headers.get("Accept", ""):
        told = {"number": made.pk, "item": made.item, "kind": made.kind}
        if made.start is not None and made.end is not None:
            told |= {"start": made.start / 1e6, "end": made.end / 1e6}
        return JsonResponse(told, status=201)
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/"):
        return redirect(back)
    return redirect("labels:set", label_set.pk)


@require_GET
@requires("worker")
def content(request: HttpRequest, pk: str, digest: str) -> HttpResponse:  # noqa: ARG001 - every view is handed the request
    """A picture or sound of the set, under a name that is its content."""
    label_set, key = set_of(pk), f"sha256:{digest}"
    if not label_set.queues or not things(label_set).has(key):
        return HttpResponse(status=404)
    found = bytes_of(label_set, key)
    media = media_of(found)
    answer = HttpResponse(found, content_type=media or "application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=86400, immutable"  # the name is the content
    if not media:
        answer["Content-Disposition"] = f'attachment; filename="{digest[:12]}"'
    return answer

"""Notes on the time axis: written, edited, removed, found by words."""

from typing import TYPE_CHECKING, Any, cast

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.trends.asking import LATEST, TrendRefused, names
from dure.plant.trends.marks import notes, told
from dure.plant.trends.models import MOST_TEXT, Note
from dure.plant.trends.views.asked import as_json
from dure.vocabulary import NotPermitted, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50


class NoteNotYours(NotPermitted):
    """A note that somebody else wrote."""

    key = "trend-note-not-yours"
    says = Text("Note {where} was written by {by}.", "메모 {where}은(는) {by} 님이 썼습니다.")
    remedy = Text(
        "Ask its author or an engineer to change it.", "작성자나 엔지니어에게 변경을 요청해 주세요."
    )


@require_GET
@requires("worker")
def found(request: HttpRequest) -> HttpResponse:
    """Notes of all times by words."""
    words = request.GET.get("words", "")
    page = Paginator(notes((), words=words), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "trends/notes.html", {"page": page, "words": words})


@require_POST
@requires("worker")
@as_json
def write(request: HttpRequest) -> HttpResponseBase:
    """Write a note on a moment or a stretch."""
    facts = {
        "text": _text(request),
        **_times(request),
        "signals": list(names(request.POST.getlist("signals"))),
    }
    with transaction.atomic():
        made = Note.objects.create(by=cast("Person", request.user), **facts)
        record(f"person:{made.by_id}", "trends.noted", f"note:{made.pk}", facts, personal=["text"])
    return JsonResponse(told(made, request.user), status=201)


def _text(request: HttpRequest) -> str:
    text = request.POST.get("text", "").strip()
    if not 0 < len(text) <= MOST_TEXT:
        raise TrendRefused(
            "text", why=Text(f"a note has 1 to {MOST_TEXT} characters", f"메모는 1~{MOST_TEXT}자입니다")
        )
    return text


def _times(request: HttpRequest) -> dict[str, int | None]:
    """Its stretch [ns] from ms; without an end, or with the same, a moment."""
    given = [request.POST.get(name, "") for name in ("start", "end")]
    try:
        start, end = (round(float(one) * 1e6) if one else None for one in given)
    except (ValueError, OverflowError):
        start = end = None
    if start is None or not 0 <= start < LATEST or not (end is None or start <= end < LATEST):
        raise TrendRefused(
            "time",
            why=Text("it is no time, or it ends before it begins", "시각이 아니거나 끝이 시작보다 앞섭니다"),
        )
    return {"start": start, "end": end if end != start else None}


def _own(request: HttpRequest, pk: int) -> Note:
    note = get_object_or_404(Note.objects.select_for_update(), pk=pk)
    if not note.may_change(request.user):
        raise NoteNotYours(str(pk), by=str(note.by))
    return note


@require_POST
@requires("worker")
@as_json
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change its text, and its time if one is given."""
    with transaction.atomic():
        note = _own(request, pk)
        facts: dict[str, Any] = {"text": _text(request)}
        if request.POST.get("start"):
            facts |= _times(request)
        for name, value in facts.items():
            setattr(note, name, value)
        note.edited = timezone.now()
        note.save()
        record(f"person:{request.user.pk}", "trends.note_edited", f"note:{pk}", facts, personal=["text"])
    return JsonResponse(told(note, request.user))


@require_POST
@requires("worker")
@as_json
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take it away; the ledger keeps that it was there."""
    with transaction.atomic():
        note = _own(request, pk)
        note.delete()
        record(f"person:{request.user.pk}", "trends.note_removed", f"note:{pk}", {"start": note.start})
    if request.POST.get("back") == "list":
        return redirect("trends:notes")
    return HttpResponse(status=204)

"""Asking about a place: its page, for a phone that read the code on the machine, and the panel beside it."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from dure.foundation.web import requires, status_of
from dure.plant.threads.acting import Draft, ask
from dure.plant.threads.finding import at_place, notes_at
from dure.plant.threads.pointing import Pointer, Seen, kinds, read_pointer, see
from dure.plant.threads.qr import svg
from dure.plant.threads.refusals import PlaceUnknown
from dure.plant.threads.views.sharing import draft_of, person_of, typed
from dure.vocabulary import DureError


def _pointer(request: HttpRequest) -> Pointer:
    """The place that the address names; the box may be drawn in the form."""
    written = {name: request.GET.getlist(name) for name in request.GET}
    return read_pointer({**written, "box": request.POST.getlist("box") or written.get("box", [])})


def _context(request: HttpRequest, pointer: Pointer) -> dict[str, Any]:
    return {
        "pointer": pointer,
        "kind": kinds()[pointer.kind].words,
        "threads": at_place(request.user, pointer),
        "notes": notes_at(request.user, pointer),
        "people": reverse("threads:people"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires("worker")
def at(request: HttpRequest) -> HttpResponse:
    """The page of a place: what is there now, what was asked and answered, and the form."""
    pointer = _pointer(request)
    seen = see(pointer)
    # What is shown and what is sent are one stretch of time, though the present moves on.
    pointer = Pointer(pointer.kind, pointer.keys, {**pointer.detail, **seen.detail})
    problem: DureError | None = None
    if request.method == "POST":
        try:
            return redirect("threads:thread", _ask(request, pointer).pk)
        except DureError as refusal:
            problem = refusal
    context = {
        **_context(request, pointer),
        **_shown(seen),
        **(typed(request) if problem else {}),
        "problem": problem,
    }
    return render(request, "threads/at.html", context, status=status_of(problem) if problem else 200)


@transaction.atomic
def _ask(request: HttpRequest, pointer: Pointer) -> Any:
    draft: Draft = draft_of(request)
    return ask(person_of(request), pointer, draft)


def _shown(seen: Seen) -> dict[str, Any]:
    return {"seen": seen, "frozen": seen.frozen, "title": seen.title}


@require_GET
@requires("worker")
def here(request: HttpRequest) -> HttpResponse:
    """The panel beside a place: answers kept with it, questions asked here, and the form."""
    try:
        pointer = _pointer(request)
    except PlaceUnknown:
        return HttpResponse(status=204)
    return render(request, "threads/here.html", _context(request, pointer))


@require_GET
@requires("worker")
def code(request: HttpRequest) -> HttpResponse:
    """A page to print: the code that leads a phone to the place."""
    pointer = _pointer(request)
    context = {
        "pointer": pointer,
        "title": see(pointer).title,
        "kind": kinds()[pointer.kind].words,
        "address": _address(request, pointer),
    }
    return render(request, "threads/code.html", context)


@require_GET
@requires("worker")
def code_picture(request: HttpRequest) -> HttpResponse:
    """The code itself, as SVG."""
    pointer = _pointer(request)
    try:
        drawn = svg(_address(request, pointer))
    except ValueError:
        raise PlaceUnknown(pointer.key[:80]) from None
    return HttpResponse(drawn, content_type="image/svg+xml")


def _address(request: HttpRequest, pointer: Pointer) -> str:
    return request.build_absolute_uri(f"{reverse('threads:at')}?{pointer.query}")

"""The list of questions: mine, handed to me, unread, open, found by words; and the count in the band."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.threads import finding
from dure.plant.threads.acting import kind_words
from dure.plant.threads.models import Thread
from dure.plant.threads.views.sharing import person_of, thread_of

A_PAGE = 30
VIEWS = {
    "open": _("Open"),
    "handed": _("Handed to me"),
    "mine": _("Asked by me"),
    "unread": _("Something new"),
    "all": _("All"),
}


@require_GET
@requires("expert")
def inbox(request: HttpRequest) -> HttpResponse:
    """Questions of a view."""
    person = person_of(request)
    view = request.GET.get("view", "handed" if finding.is_outside(person) else "open")
    view = view if view in VIEWS else "open"
    asked = {name: request.GET.get(name, "")[:200] for name in ("words", "kind", "state")}
    asked["state"] = asked["state"] if asked["state"] in Thread.States.values else ""
    found = finding.inbox(person, view, **asked)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page, "view": view, "views": _tabs(person), "kinds": kind_words(),
        "states": Thread.States.choices, "outside": finding.is_outside(person), **asked,
    }  # fmt: skip
    part = bool(getattr(request, "htmx", False))
    return render(request, "threads/rows.html" if part else "threads/inbox.html", context)


def _tabs(person: Any) -> list[tuple[str, Any, int]]:
    """Each view with its name, and how many wait in the two that wait for a person."""
    counted = {"unread": finding.unread(person), "handed": finding.inbox(person, "handed").count()}
    return [(name, label, counted.get(name, 0)) for name, label in VIEWS.items()]


@require_GET
@requires("expert")
def waiting(request: HttpRequest) -> HttpResponse:
    """The count in the band; nothing while nothing waits."""
    count = finding.unread(request.user)
    return render(request, "web/waits.html", {"waits": count}) if count else HttpResponse("")


@require_GET
@requires("expert")
def people(request: HttpRequest) -> JsonResponse:
    """People whose name holds the words, to be called by `@`."""
    key = request.GET.get("thread", "")
    thread = thread_of(request, key) if key else None
    found = finding.people(request.user, thread, request.GET.get("words", ""))
    return JsonResponse(
        {"people": [{"name": str(one), "username": one.username, "role": one.role} for one in found]}
    )

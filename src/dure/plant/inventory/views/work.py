"""Long work on files: how far it is, and its end when a person wants it."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory.forms import STAGES
from dure.vocabulary import Works


def works() -> Works:
    """The node's long work."""
    return cast("Works", import_string(settings.DURE_WORKS)())


@require_GET
@requires("engineer")
def work(request: HttpRequest, pk: str) -> HttpResponse:
    """How far a preparation or an import is."""
    found = works().find(pk)
    if found is None:
        messages.error(request, _("That work is no longer known."))
        return redirect("inventory:data")
    part = bool(request.htmx)  # type: ignore[attr-defined] # set by django-htmx
    context = {"work": found, "stage": STAGES.get(found.stage, "")}
    return render(request, "inventory/work_part.html" if part else "inventory/work.html", context)


@require_POST
@requires("engineer")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:  # noqa: ARG001 - every view is handed the request
    """Stop a preparation or an import."""
    works().cancel(pk)
    return redirect("inventory:work", pk)

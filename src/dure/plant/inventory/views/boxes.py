"""Edge boxes: who is invited, how each does, one more, one less."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.edge import invite_here, remove_box
from dure.plant.inventory.forms import BoxForm
from dure.vocabulary import DureError, home

PORT_AFTER = 2
"""The node listens for boxes at the port of its pages and this many more."""


@never_cache
@requires("engineer")
def invite_page(request: HttpRequest) -> HttpResponse:
    """Invite a box; the invitation is on the answer and nowhere else."""
    form = BoxForm(request.POST or None, initial={"url": _address(request)})
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            made = invite_here(home(), form.cleaned_data["name"], form.cleaned_data["url"])
            record(f"person:{request.user.pk}", "edge.invited", f"box:{made.name}", {"url": made.url})
            context |= {"invitation": made, "command": f"dure edge join {made.line}"}
        except DureError as refusal:
            context["refusal"] = refusal
    return render(request, "inventory/invite.html", context)


@require_POST
@requires("engineer")
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Take a box's leave to send away."""
    try:
        remove_box(home(), name)
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("inventory:health")
    record(f"person:{request.user.pk}", "edge.removed", f"box:{name}", {})
    messages.success(request, _("%(name)s may no longer send. What it has sent is kept.") % {"name": name})
    return redirect("inventory:health")


def _address(request: HttpRequest) -> str:
    """Where a box would reach this node, if it reaches it as this browser does."""
    host, _colon, port = request.get_host().rpartition(":")
    known = port if host and port.isdecimal() else "8000"
    return f"https://{host or request.get_host()}:{int(known) + PORT_AFTER}"

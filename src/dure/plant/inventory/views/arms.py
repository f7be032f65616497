"""Writing: who gave leave to write which signal, until when; given and taken back by a named person."""

import math
import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.connect import arm, arms, disarm, journal
from dure.plant.inventory.forms import ArmForm
from dure.plant.inventory.models import Signal
from dure.vocabulary import DureError, Text, home

WORDS = {
    "armed": Text("allowed", "허용"),
    "disarmed": Text("taken back", "회수"),
    "begun": Text("is being written", "쓰는 중"),
    "written": Text("written", "씀"),
    "refused": Text("refused", "거절"),
}
"""What happened to a leave, in words."""


@requires("engineer")
def arms_page(request: HttpRequest) -> HttpResponse:
    """What may be written now, and what was written or refused; a POST gives a leave."""
    form = ArmForm(request.POST or None, initial={"signal": request.GET.get("signal", "")[:400]})
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            _give(request, form.cleaned_data)
            return redirect("inventory:arms")
        except DureError as refusal:
            context["refusal"] = refusal
    context |= {"arms": arms(home()), "journal": journal(home(), 50), "words": WORDS}
    return render(request, "inventory/arms.html", context)


@require_POST
@requires("engineer")
def take_back(request: HttpRequest) -> HttpResponse:
    """Take a leave back, at once."""
    signal = request.POST.get("signal", "")[:400]
    if disarm(home(), signal, _who(request)):
        record(f"person:{request.user.pk}", "signal.disarmed", f"signal:{signal}", {})
        messages.success(request, _("%(signal)s may no longer be written.") % {"signal": signal})
    return redirect("inventory:arms")


def _give(request: HttpRequest, words: dict[str, Any]) -> None:
    signal, rate = words["signal"].strip(), words["rate"]
    if not Signal.objects.filter(pk=signal).exists():
        messages.warning(request, _("%(signal)s is not a signal that this node has measured.") % {"signal": signal})  # fmt: skip
    until = time.time_ns() + int(words["hours"] * 3600 * 1e9)
    given = arm(
        home(), signal, words["low"], words["high"], _who(request), until,
        rate=math.inf if rate is None else rate, reason=words["reason"],
    )  # fmt: skip
    facts = {"low": given.low, "high": given.high, "rate": rate, "until": given.until, "reason": given.reason}
    record(f"person:{request.user.pk}", "signal.armed", f"signal:{signal}", facts)
    messages.success(request, _("%(signal)s may be written until then.") % {"signal": signal})


def _who(request: HttpRequest) -> str:
    return f"person:{request.user.pk} {request.user}"

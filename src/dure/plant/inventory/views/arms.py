"""Writing: who gave leave to write which signal, until when; given, used and taken back by a named person."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.connect import ACTS, WriteNotArmed, arm, arms, disarm, journal, source, write
from dure.plant.inventory.forms import ArmForm, WriteForm
from dure.plant.inventory.models import Signal
from dure.plant.inventory.views.health import reach
from dure.vocabulary import DureError, Text, home

WORDS = {
    "armed": Text("allowed", "허용"),
    "disarmed": Text("taken back", "회수"),
    "begun": Text("is being written", "쓰는 중"),
    "written": Text("written", "씀"),
    "refused": Text("refused", "거절"),
}
"""What happened to a leave, in words."""
REFUSED = {
    "write-not-armed": Text("outside of what was allowed", "허용 범위 밖"),
    "write-not-taken": Text("the source kept another value", "소스에 다른 값이 남음"),
    "source-unreachable": Text("the source was out of reach", "소스에 연결할 수 없음"),
}
"""Why a write was refused, in words."""
_PERSON = re.compile(r"^person:\d+ ")


@requires("engineer")
def arms_page(request: HttpRequest) -> HttpResponse:
    """What may be written now, and what was written or refused; a POST gives a leave."""
    form = ArmForm(request.POST or None, initial={"signal": request.GET.get("signal", "")[:400]})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _give(request, form.cleaned_data)
            return redirect("inventory:arms")
        except DureError as refused:
            refusal = refused
    return _page(request, form=form, refusal=refusal)


@require_POST
@requires("engineer")
def take_back(request: HttpRequest) -> HttpResponse:
    """Take a leave back, at once."""
    signal = request.POST.get("signal", "")[:400]
    if disarm(home(), signal, _who(request), tell=_told_by(request)):
        messages.success(request, _("%(signal)s may no longer be written.") % {"signal": signal})
    return redirect("inventory:arms")


@require_POST
@requires("engineer")
def write_value(request: HttpRequest) -> HttpResponse:
    """Write one value under a leave: first what stands there now is shown, then, once sure, it is written."""
    form = WriteForm(request.POST)
    asked: dict[str, Any] = {"signal": request.POST.get("signal", "")[:400], "form": form}
    if not form.is_valid():
        return _page(request, asked=asked)
    asked |= {"value": form.cleaned_data["value"], "now": _present(asked["signal"])}
    if not form.cleaned_data["sure"]:
        return _page(request, asked=asked | {"confirm": True})
    try:
        _carry_out(request, asked["signal"], asked["value"])
    except DureError as refusal:
        return _page(request, asked=asked | {"refusal": refusal})
    return redirect("inventory:arms")


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    shown = {
        "form": ArmForm(initial={"signal": request.GET.get("signal", "")[:400]}),
        "arms": [replace(one, by=_name(one.by)) for one in arms(home())],
        "journal": [{**one, "by": _name(one.get("by", ""))} for one in journal(home(), 50)],
        "words": WORDS,
        "reasons": REFUSED,
    }
    return render(request, "inventory/arms.html", shown | context)


def _give(request: HttpRequest, words: dict[str, Any]) -> None:
    signal, rate = words["signal"].strip(), words["rate"]
    if not Signal.objects.filter(pk=signal).exists():
        messages.warning(request, _("%(signal)s is not a signal that this node has measured.") % {"signal": signal})  # fmt: skip
    until = time.time_ns() + int(words["hours"] * 3600 * 1e9)
    arm(
        home(), signal, words["low"], words["high"], _who(request), until,
        rate=math.inf if rate is None else rate, reason=words["reason"], tell=_told_by(request),
    )  # fmt: skip
    messages.success(request, _("%(signal)s may be written until then.") % {"signal": signal})


def _carry_out(request: HttpRequest, signal: str, value: float) -> None:
    known = Signal.objects.filter(pk=signal).values_list("source", flat=True).first()
    described = source(home(), known or signal.partition("/")[0])
    if described.box:
        raise WriteNotArmed(signal, why=Text(f"the box {described.box} reads it; write there", f"엣지 장치 {described.box}이(가) 읽습니다. 그 장치에서 쓰세요"))  # fmt: skip
    done = write(home(), described, signal, value, by=_who(request), tell=_told_by(request))
    facts = {"signal": signal, "before": f"{done.before:g}", "after": f"{done.after:g}"}
    messages.success(request, _("%(signal)s was %(before)s and is %(after)s, read back.") % facts)


def _present(signal: str) -> float | None:
    """The newest sample of a signal, if the historian has one."""
    rows = reach("last", [], [signal])
    return rows[0].get("value") if rows else None


def _told_by(request: HttpRequest) -> Any:
    """What the journal gets goes to the ledger too: who by id, never by name."""

    def tell(entry: Mapping[str, Any]) -> None:
        if act := ACTS.get(entry["what"]):
            facts = {
                name: fact for name, fact in entry.items() if name not in {"what", "signal", "by", "time"}
            }
            record(f"person:{request.user.pk}", act, f"signal:{entry['signal']}", facts)

    return tell


def _who(request: HttpRequest) -> str:
    return f"person:{request.user.pk} {request.user}"


def _name(by: str) -> str:
    return _PERSON.sub("", by)

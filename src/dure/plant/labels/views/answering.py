"""What every page of labels shares: the set of an address, the fields of a form, refusals as JSON."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404

from dure.foundation.web import status_of
from dure.plant.labels.models import LabelSet
from dure.plant.labels.refusals import MarkWrong
from dure.vocabulary import DureError, Text

View = Callable[..., HttpResponseBase]


def as_json(view: View) -> View:
    """A refusal becomes `{"error": …}` for a script; a form that was sent without one gets its page."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **named)
        except DureError as refusal:
            if "application/json" not in request.headers.get("Accept", ""):
                raise
            return JsonResponse({"error": refusal.report()}, status=status_of(refusal))

    return answered


def set_of(pk: str) -> LabelSet:
    """The set of that id, or 404."""
    return get_object_or_404(LabelSet.objects.select_related("model", "by"), pk=pk)


def number(request: HttpRequest, name: str, usual: float | None, low: float, high: float) -> float:
    """A number of a form within its bounds.

    Raises
    ------
    MarkWrong
    """
    written = request.POST.get(name, "").strip()
    try:
        found = float(written) if written or usual is None else usual
    except ValueError:
        found = high + 1
    if not low <= found <= high:
        raise MarkWrong(
            name,
            why=Text(
                f"it is no number from {low:g} to {high:g}", f"{low:g}에서 {high:g} 사이의 수가 아닙니다"
            ),
        )
    return found


def stretch(request: HttpRequest) -> dict[str, Any]:
    """Signals and times [ms in the form, ns here] of a stretch; empty without any.

    Raises
    ------
    MarkWrong
    """
    if not request.POST.get("start"):
        return {}
    if "end" in request.POST and not request.POST["end"]:  # what still goes on
        return {
            "signals": request.POST.getlist("signals")[:100],
            "start": round(number(request, "start", None, 0, 4e15) * 1e6),
            "end": time.time_ns(),
        }
    times = {name: round(number(request, name, None, 0, 4e15) * 1e6) for name in ("start", "end")}
    return {"signals": request.POST.getlist("signals")[:100], **times}

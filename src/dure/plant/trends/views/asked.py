"""What the views share: the historian, what the address asks for, and a refusal as JSON."""

from collections.abc import Callable, Iterable
from functools import wraps
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string

from dure.foundation.web import status_of
from dure.plant.inventory import Signal
from dure.plant.trends.asking import Asked, read_asked
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.plant.historian import Historian

View = Callable[..., HttpResponseBase]


def historian() -> "Historian":
    """The client of this process."""
    return cast("Historian", import_string(settings.DURE_HISTORIAN)())


def asked_by(request: HttpRequest, now: int | None = None) -> Asked:
    """Signals and range of an address.

    Raises
    ------
    TrendRefused
    """
    written = request.GET if request.method == "GET" else request.POST
    chosen = written.getlist("signals")
    known = dict.fromkeys(
        Signal.objects.filter(id__in=[one for one in chosen if "," in one][:50]).values_list("id", flat=True)
    )
    return read_asked(
        chosen,
        {name: written.get(name, "") for name in ("from", "to")},
        time_ns() if now is None else now,
        timezone.get_current_timezone(),
        known,
    )


def rates_of(signals: Iterable[str]) -> dict[str, float]:
    """Measured rate of each signal that was measured, in Hz."""
    rows = Signal.objects.filter(id__in=list(signals)).values_list("id", "measured")
    return {name: float(told["rate_hz"]) for name, told in rows if told.get("rate_hz")}


def as_json(view: View) -> View:
    """A refusal of this view as JSON with its status, for a page that speaks by itself."""

    @wraps(view)
    def answered(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *given, **named)
        except DureError as refusal:
            return JsonResponse({"error": refusal.report()}, status=status_of(refusal))

    return answered

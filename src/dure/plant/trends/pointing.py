"""A stretch of signals as something to ask about: which, from when to when, and how they went."""

from collections.abc import Mapping
from time import time_ns
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from dure.plant.inventory import Signal
from dure.plant.threads import Kind, Pointer, Seen, lines
from dure.plant.trends.asking import read_asked
from dure.science.paper import unit_name
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

POINTS = 160
"""Of the little picture, a signal."""


def _see(pointer: Pointer) -> Seen | None:
    known = Signal.objects.in_bulk(list(pointer.keys))
    if not known:
        return None
    asked = read_asked(pointer.keys, pointer.detail, time_ns(), timezone.get_current_timezone(), known)
    names = [known[one].name if one in known else one for one in asked.signals]
    title = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    ends = {"from": str(asked.start // 10**6), "to": str(asked.end // 10**6)}
    address = urlencode([*(("signals", one) for one in asked.signals), *ends.items()], safe="/")
    at = dict.fromkeys(("equipment", one.equipment) for one in known.values() if one.equipment)
    frozen = lines(
        [_series(one, known.get(one), found) for one, found in _drawn(asked).items()], asked.start, asked.end
    )
    return Seen(Text(title, title), f"{reverse('trends:page')}?{address}", frozen, tuple(at), ends)


def _drawn(asked: Any) -> Mapping[str, Mapping[str, Any]]:
    """What was measured; nothing where the historian does not answer: the question goes on without a picture."""
    historian = cast("Historian", import_string(settings.DURE_HISTORIAN)())
    try:
        return historian.trend(asked.signals, asked.start, asked.end, POINTS)
    except (DureError, OSError):
        return {}


def _series(signal: str, known: Signal | None, found: Mapping[str, Any]) -> dict[str, Any]:
    def short(name: str) -> list[float]:
        return [float(f"{value:.6g}") for value in found[name]]

    told = {"low": short("min"), "high": short("max"), "mean": short("mean")}
    times = [round(time * 1000) for time in found["time"]]
    name, unit = (known.name, unit_name(known.unit) if known.unit else "") if known else (signal, "")
    return {"signal": signal, "name": name, "unit": unit, "time": times, **told}


def _of_page(_named: Mapping[str, str], query: Mapping[str, list[str]]) -> Pointer:
    ends = {name: query[name][0] for name in ("from", "to") if query.get(name)}
    return Pointer("signals", tuple(query.get("signals", [])[:6]), ends)


SIGNALS = Kind("signals", Text("trend", "추세"), _see, {"trends:page": _of_page})

"""The page itself: what is chosen, how to choose, and views under a name."""

import json
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory import Signal, find
from dure.plant.trends.asking import MOST_SIGNALS, TrendRefused
from dure.plant.trends.models import SavedView
from dure.plant.trends.views.asked import asked_by
from dure.plant.trends.views.words import words
from dure.science.paper import unit_name
from dure.vocabulary import NotPermitted, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

AT_FIRST = 8
"""Signals of an equipment that its link opens."""
FOUND = 60
PRESETS = (
    ("-10m", gettext_lazy("10 min")),
    ("-1h", gettext_lazy("1 h")),
    ("-8h", gettext_lazy("8 h")),
    ("-1d", gettext_lazy("1 day")),
    ("-7d", gettext_lazy("1 week")),
    ("-30d", gettext_lazy("1 month")),
    ("-1y", gettext_lazy("1 year")),
    ("-5y", gettext_lazy("5 years")),
)
KEYS = (
    (("←", "→"), gettext_lazy("cursor (with Shift ten steps)")),
    (("+", "−"), gettext_lazy("closer, further")),
    (("Page ↑", "Page ↓"), gettext_lazy("earlier, later")),
    (("S",), gettext_lazy("begin a stretch at the cursor")),
    (("N",), gettext_lazy("write a note")),
    (("F",), gettext_lazy("follow or pause")),
)


class ViewNotYours(NotPermitted):
    """A saved view of somebody else."""

    key = "trend-view-not-yours"
    says = Text("The view “{where}” belongs to somebody else.", "보기 “{where}”은(는) 다른 사람의 것입니다.")
    remedy = Text("Save it under a name of your own.", "다른 이름으로 저장해 주세요.")


@require_GET
@requires("worker")
def page(request: HttpRequest) -> HttpResponse:
    """Trends of the signals that the address names."""
    if place := request.GET.get("equipment"):
        return redirect(f"{reverse('trends:page')}?{_at(place[:300])}")
    try:
        asked, refusal = asked_by(request), None
    except TrendRefused as odd:
        asked, refusal = None, odd
    signals = asked.signals if asked else ()
    context = {
        "signals": _told(signals),
        "facts": json.dumps([_plain(one) for one in _told(signals)], ensure_ascii=False),
        "script_words": json.dumps(words(), ensure_ascii=False),
        "refusal": refusal,
        "presets": PRESETS,
        "keys": KEYS,
        "views": SavedView.objects.filter(Q(by=cast("Person", request.user)) | Q(shared=True)).select_related(
            "by"
        ),
        "most": MOST_SIGNALS,
        "words": request.GET.get("words", ""),
        "from": request.GET.get("from", ""),
        "to": request.GET.get("to", ""),
        **_found(request.GET.get("words", ""), signals),
    }
    return render(request, "trends/page.html", context)


def _at(place: str) -> str:
    here = Signal.objects.filter(Q(equipment=place) | Q(equipment__startswith=f"{place}/"))
    found = QueryDict(mutable=True)
    found.setlist(
        "signals",
        list(
            here.exclude(kind__in=("text", "string")).order_by("id").values_list("id", flat=True)[:AT_FIRST]
        ),
    )
    return found.urlencode(safe="/")


def _told(signals: tuple[str, ...]) -> list[dict[str, Any]]:
    """The chosen signals with what the inventory knows of them; one it does not know is still drawn."""
    known = Signal.objects.in_bulk(signals)
    return [_one(name, known.get(name)) for name in signals]


def _one(name: str, known: Signal | None) -> dict[str, Any]:
    unit = known.unit if known else ""
    return {
        "id": name,
        "label": name.rpartition("/")[2] or name,
        "place": name.rpartition("/")[0],
        "lane": unit or name,  # without a known unit nobody can say whose scale it shares
        "unit": unit_name(unit) if unit else "",
        "described": known.description if known else "",
        "period": (known.measured or {}).get("period_s") or 0.0 if known else 0.0,
    }


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("id", "label", "place", "lane", "unit", "period")}


def _found(words: str, chosen: tuple[str, ...]) -> dict[str, Any]:
    """The chosen signals, then those for the words, in Korean or English; the first of all while there are none."""
    ids = [hit.id for hit in find(words[:200], FOUND, "signal")] if words.strip() else _first()
    known = Signal.objects.in_bulk([*chosen, *ids])
    rows = [known[one] for one in dict.fromkeys([*chosen, *ids]) if one in known]
    return {"hits": rows, "chosen": set(chosen), "none": not ids, "more": len(ids) == FOUND}


def _first() -> list[str]:
    return list(Signal.objects.order_by("id").values_list("id", flat=True)[:FOUND])


@require_GET
@requires("worker")
def hits(request: HttpRequest) -> HttpResponse:
    """The signals found for the words, as a part of the page."""
    chosen = tuple(request.GET.getlist("signals")[:MOST_SIGNALS])
    return render(request, "trends/hits.html", _found(request.GET.get("words", ""), chosen))


@require_POST
@requires("worker")
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the address under a name; the same name again replaces it."""
    name = " ".join(request.POST.get("name", "").split())[:100]
    address = request.POST.get("address", "").lstrip("?")[:8000]
    if not name:
        raise TrendRefused("name", why=Text("it needs a name", "이름이 있어야 합니다"))
    kept = {"address": address, "shared": request.POST.get("shared") == "yes"}
    SavedView.objects.update_or_create(by=cast("Person", request.user), name=name, defaults=kept)
    return redirect(f"{reverse('trends:page')}?{address}")


@require_POST
@requires("worker")
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view."""
    view = get_object_or_404(SavedView, pk=pk)
    if not view.may_change(request.user):
        raise ViewNotYours(view.name)
    view.delete()
    return redirect(f"{reverse('trends:page')}?{request.POST.get('address', '').lstrip('?')[:8000]}")

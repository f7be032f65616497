"""The search: one box, facets beside it, and for each entry where it came from and how fresh that is."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.science.paper import unit_name
from dure.sharing.catalog.finding.asking import A_PAGE, LAST_PAGE, Results, search
from dure.sharing.catalog.finding.index import FACETS
from dure.sharing.catalog.models import OWN, Entry, Source
from dure.sharing.catalog.quantities import RATES, label_of


@require_GET
@requires("engineer")
def search_page(request: HttpRequest) -> HttpResponse:
    """What was found for the words and the chosen facets; as a part of the page while words are typed."""
    words = request.GET.get("q", "")[:200]
    chosen = {name: request.GET[name][:200] for name in FACETS if request.GET.get(name)}
    number = request.GET.get("page", "1")
    found = search(words, chosen, int(number) if number.isdecimal() and len(number) < 4 else 1)
    sources = Source.objects.in_bulk({one.source for one in found.entries} | {chosen.get("source", "")})
    context = {
        "words": words, "chosen": chosen, "found": found, "page": _pages(found),
        "hits": [_hit(one, sources) for one in found.entries],
        "facets": [one for name in FACETS if (one := _facet(name, found, words, chosen))],
        "empty": not words and not chosen and not found.count,
    }  # fmt: skip
    part = bool(getattr(request, "htmx", False))
    return render(request, "catalog/found.html" if part else "catalog/search.html", context)


def _pages(found: Results) -> Any:
    reached = range(min(found.count, A_PAGE * LAST_PAGE))
    return Paginator(reached, A_PAGE).get_page(found.page)


def _hit(entry: Entry, sources: Mapping[str, Source]) -> dict[str, Any]:
    columns = entry.fields
    quantities = dict.fromkeys(str(label_of(one.quantity)) for one in columns if one.quantity)
    rates = [one.rate for one in columns if one.rate]
    return {
        "entry": entry, "source": sources.get(entry.source), "quantities": list(quantities)[:6], "more": max(0, len(quantities) - 6),
        "rate": max(rates, default=None), "events": entry.marked,
    }  # fmt: skip


def _facet(name: str, found: Results, words: str, chosen: Mapping[str, str]) -> dict[str, Any] | None:
    values = list(found.facets.get(name, ()))
    if name in chosen and chosen[name] not in dict(values):
        values.append((chosen[name], 0))
    if name not in chosen and (len(values) < 2 or name == "kind"):
        return None
    return {
        "name": name,
        "label": facet_labels()[name],
        "about": name in found.about,
        "values": [
            {
                "label": value_label(name, value),
                "count": count,
                "on": chosen.get(name) == value,
                "url": _url(words, {**chosen, name: "" if chosen.get(name) == value else value}),
            }
            for value, count in values[:10]
        ],
    }


def _url(words: str, chosen: Mapping[str, str]) -> str:
    return "?" + urlencode({name: value for name, value in {"q": words, **chosen}.items() if value})


def facet_labels() -> dict[str, str]:
    """What the facets are called."""
    return {
        "quantity": _("Kind of quantity"), "unit": _("Unit"), "rate": _("Rate"), "equipment": _("Equipment"), "labelled": _("Marked events"),
        "source": _("Comes from"), "state": _("State"), "kind": _("Kind"),
    }  # fmt: skip


def value_label(name: str, value: str) -> str:
    """A value of a facet in words."""
    words: dict[str, Callable[[str], str]] = {
        "quantity": lambda id_: str(label_of(id_)),
        "unit": unit_name,
        "rate": lambda band: next((str(label) for key, label, _most in RATES if key == band), band),
        "labelled": lambda said: _("yes") if said == "yes" else _("no"),
        "state": lambda state: str(dict(Entry.States.choices).get(state, state)),
        "source": lambda key: _("this plant") if key == OWN else key,
    }
    return words[name](value) if name in words else value

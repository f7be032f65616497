"""The search: one box, kinds, what was asked for marked."""

from collections import Counter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.inventory.search import KINDS, find

MOST = 100


@require_GET
@requires("engineer")
def search_page(request: HttpRequest) -> HttpResponse:
    """What was found for the words; as a part of the page while they are typed."""
    words = request.GET.get("q", "")[:200]
    kind = request.GET.get("kind", "")
    every = find(words, MOST) if words.strip() else []
    counts = Counter(hit.kind for hit in every)
    hits = [hit for hit in every if kind in ("", hit.kind)]
    context = {
        "words": words, "kind": kind, "hits": hits, "kinds": KINDS, "most": MOST, "found": len(every),
        "counts": [(key, KINDS.get(key, key), count) for key, count in counts.items()],
    }  # fmt: skip
    part = bool(request.htmx)  # type: ignore[attr-defined] # set by django-htmx
    return render(request, "equipment/hits.html" if part else "equipment/search.html", context)

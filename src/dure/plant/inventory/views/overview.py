"""The plant in one look: what is connected, what is sick, what to do next; and below it all that there is."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.inventory import todo
from dure.plant.inventory.forms import STATES, FileForm
from dure.plant.inventory.models import Signal, Upload
from dure.plant.inventory.states import things_to_do
from dure.plant.inventory.views.health import ask, figures
from dure.plant.inventory.views.signals import signal_page
from dure.plant.inventory.views.work import works

SHOWN = 8
"""Things to do that are shown at once; the rest folds."""
GOING = {"collecting", "finished"}


@require_GET
@requires("engineer")
def data(request: HttpRequest) -> HttpResponse:
    """All that this plant has."""
    return render(
        request,
        "inventory/data.html",
        {
            **overview(),
            "states": STATES,
            "uploads": Upload.objects.select_related("by")[:20],
            "form": FileForm(),
            "works": [work for work in works().recent(limit=5) if work.kind in {"prepare", "import"}],
            **signal_page(request),
        },
    )


@require_GET
@requires("engineer")
def now(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes: what to do, and how it goes."""
    return render(request, "inventory/overview.html", overview())


def overview() -> dict[str, Any]:
    """What is connected, what is sick, and what to do next."""
    historian, gaps = ask("health", {}), ask("gaps", [])
    found, disk = figures(gaps, historian)
    things = _things(found, disk, historian, gaps)
    return {
        "sources": [one.state for one in found],
        "connected": sum(one.state.state in GOING for one in found),
        "sick": sum(one.state.state in {"lost", "silent"} or one.quiet or one.filling for one in found),
        "rate": sum(one.rate or 0.0 for one in found),
        "permanent": sum(one.permanent for one in found),
        "disk": disk,
        "todo": things[:SHOWN],
        "todo_more": things[SHOWN:],
    }


def _things(found: Any, disk: Any, historian: Any, gaps: Any) -> list[todo.Todo]:
    moment = time.time()
    spoken = Signal.objects.exclude(findings=[]).values_list("findings", flat=True)[:20_000]
    silent = sum("never-spoke" in {one["key"] for one in each} for each in spoken)
    things = todo.of_historian(historian) if found else []
    things += [*todo.of_sources(found, moment), *todo.of_disk(disk), *todo.of_gaps(gaps, moment)]
    return todo.in_order([*things, *things_to_do(), *todo.of_signals(silent)])

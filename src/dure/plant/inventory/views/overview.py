"""The data page: all that this plant has."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.inventory.forms import STATES, FileForm
from dure.plant.inventory.models import Upload, upload_titles
from dure.plant.inventory.sources import source_states, with_titles
from dure.plant.inventory.views.signals import signal_page
from dure.plant.inventory.views.work import works
from dure.vocabulary import home


@require_GET
@requires("engineer")
def data(request: HttpRequest) -> HttpResponse:
    """All that this plant has."""
    return render(
        request,
        "inventory/data.html",
        {
            "sources": with_titles(source_states(home()), upload_titles()),
            "states": STATES,
            "uploads": Upload.objects.select_related("by")[:20],
            "form": FileForm(),
            "works": [work for work in works().recent(limit=5) if work.kind in {"prepare", "import"}],
            **signal_page(request),
        },
    )

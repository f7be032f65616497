"""A definition of events: written, tried on its table, kept, read now, forgotten."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.events.definition import Definition
from dure.plant.events.forms import EXAMPLE, VOCABULARY, DefinitionForm
from dure.plant.events.keeping import (
    bring_in,
    definitions,
    keep_definition,
    remove_definition,
    table_of,
    told,
    written,
)
from dure.vocabulary import DureError, home

SHOWN = 8


@requires("engineer")
def definition(request: HttpRequest, name: str = "") -> HttpResponse:
    """Write a definition; it is tried on its table before it is kept."""
    first = {"name": name, "written": written(home(), name) if name else EXAMPLE}
    form = DefinitionForm(request.POST or None, initial=first)
    context = {
        "form": form,
        "name": name,
        "told": told(home(), name) if name else {},
        "vocabulary": VOCABULARY,
    }
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = Definition.parse(given["name"], given["written"])
            table = table_of(home(), made)
            if "save" in request.POST:
                keep_definition(home(), made.id, given["written"])
                record(
                    f"person:{request.user.pk}", "events.defined", f"events:{made.id}", {"kind": made.kind}
                )
                return read_now(request, made)
            context["tried"] = table.head(SHOWN)
            context["rows"], context["columns"] = table.head(SHOWN).rows(), table.columns
            context["height"] = table.height
        except DureError as refusal:
            context["refusal"] = refusal
    return render(request, "events/definition.html", context)


@require_POST
@requires("engineer")
def read(request: HttpRequest, name: str) -> HttpResponse:
    """Read a definition's table now."""
    found = next((one for one in definitions(home()) if one.id == name), None)
    if found is None:
        messages.error(request, _("That definition is not known."))
        return redirect("events:frames")
    return read_now(request, found)


def read_now(request: HttpRequest, found: Definition) -> HttpResponse:
    """Read it, say what came of it, and show the definition."""
    try:
        taken = bring_in(home(), found)
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("events:definition", found.id)
    said = _("%(rows)s rows: %(frames)s frames, %(lots)s lots, %(uses)s uses, %(left)s left out.")
    counts = {"rows": taken.rows, "frames": taken.frames, "lots": taken.lots, "uses": taken.uses}
    messages.success(request, said % {**counts, "left": taken.left_out})
    return redirect("events:definition", found.id)


@require_POST
@requires("engineer")
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Forget a definition; what came of it stays."""
    remove_definition(home(), name)
    record(f"person:{request.user.pk}", "events.undefined", f"events:{name}", {})
    messages.success(request, _("%(name)s is no longer read. Its frames and lots are kept.") % {"name": name})
    return redirect("events:frames")

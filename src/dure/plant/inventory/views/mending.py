"""Many things at once: machines from a sheet, shells of a maker, renamed tags; and every change, to take back."""

import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory.acts import undo
from dure.plant.inventory.lines import write_parameters
from dure.plant.inventory.models import Change, Signal
from dure.plant.inventory.renames import rename, suggest
from dure.plant.inventory.sheet import MOST_BYTES, Row, preview, read_sheet, take_in
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

TOKEN = re.compile(r"[0-9a-f]{32}")
KEPT = 24 * 3600
"""A sheet that was looked at and not taken in is forgotten after so long. [s]"""
SHOWN = 500


@requires("engineer")
def sheet(request: HttpRequest) -> HttpResponse:
    """Bring a sheet of machines in; it is looked at first."""
    if request.method != "POST":
        return render(request, "equipment/sheet.html")
    given = request.FILES.get("file")
    if given is None or (given.size or 0) > MOST_BYTES:
        messages.error(request, _("Choose a sheet of at most 20 MB."))
        return render(request, "equipment/sheet.html")
    token = secrets.token_hex(16)
    _keep(given, _place(token, "xlsx"))
    request.session[f"sheet-{token}"] = (given.name or "sheet.xlsx")[:120]
    return redirect("equipment:take_sheet", token)


def _place(token: str, ending: str) -> Path:
    if not TOKEN.fullmatch(token):
        raise Http404
    return home() / "work" / f"brought-{token}.{ending}"


def _keep(file: "UploadedFile[Any]", place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in place.parent.glob("brought-*"):
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    with place.open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)


@requires("engineer")
def take_sheet(request: HttpRequest, token: str) -> HttpResponse:
    """What a sheet would do, row by row; taken in whole when a person says so."""
    place = _place(token, "xlsx")
    title = request.session.get(f"sheet-{token}")
    if title is None or not place.is_file():
        raise Http404
    try:
        seen = preview(read_sheet(place), title)
        if request.method == "POST":
            made = take_in(seen, cast("Person", request.user))
            place.unlink(missing_ok=True)
            messages.success(request, str(made) if made else _("Nothing in the sheet differs."))
            return redirect("equipment:home")
    except DureError as refusal:
        refusal.where = title if refusal.where == place.name else refusal.where
        messages.error(request, str(refusal))
        return redirect("equipment:sheet")
    rows = sorted(seen.rows, key=lambda row: (row.state != "wrong", row.state == "unchanged", row.number))
    shown = [(row, list(_told(row))) for row in rows[:SHOWN]]
    context = {"seen": seen, "rows": shown, "left": max(0, len(rows) - SHOWN), "token": token}
    return render(request, "equipment/preview.html", context)


def _told(row: Row) -> Iterator[tuple[str, Any, Any]]:
    """What a row changes, fact by fact; parameters as the lines in which a person writes them."""
    for name, (before, after) in row.changes.items():
        if name != "parameters":
            yield name.removesuffix("_id"), before, after
            continue
        for key in after:
            old, new = (write_parameters({key: one[key]}) if key in one else "" for one in (before, after))
            if old != new:
                yield key, old.partition("= ")[2], new.partition("= ")[2]


@require_POST
@requires("engineer")
def shells(request: HttpRequest) -> HttpResponse:
    """Take a maker's shells in."""
    from dure.plant.inventory.aas import read_shells, take_in_shells

    given = request.FILES.get("file")
    if given is None:
        messages.error(request, _("Choose a file first."))
        return redirect("equipment:sheet")
    place = _place(secrets.token_hex(16), "aas")
    try:
        _keep(given, place)
        found = read_shells(place)
        made = take_in_shells(found, cast("Person", request.user), title=(given.name or "AAS")[:120])
    except DureError as refusal:
        refusal.where = (given.name or "")[:120] if refusal.where == place.name else refusal.where
        messages.error(request, str(refusal))
        return redirect("equipment:sheet")
    finally:
        place.unlink(missing_ok=True)
    messages.success(request, str(made) if made else _("Nothing in the file differs."))
    for note in {str(note) for one in found for note in one.notes}:
        messages.warning(request, note)
    return redirect("equipment:machine", found[0].key)


@requires("engineer")
def renames(request: HttpRequest) -> HttpResponse:
    """Tags that look renamed; one click lets one go on."""
    if request.method == "POST":
        historian = import_string(settings.DURE_HISTORIAN)()
        new, old = request.POST.get("new", "")[:400], request.POST.get("old", "")[:400]
        try:
            rename(new, old, cast("Person", request.user), historian)
        except DureError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(new)s goes on as %(old)s.") % {"new": new, "old": old})
        return redirect("equipment:renames")
    signals = Signal.objects.in_bulk()
    pairs = [(one, signals[one.old], signals[one.new]) for one in suggest(signals.values())]
    return render(request, "equipment/renames.html", {"pairs": pairs})


@require_GET
@requires("engineer")
def changes(request: HttpRequest) -> HttpResponse:
    """Every change: who, when, what, and its way back."""
    every = Change.objects.select_related("by", "undone_by")
    page = Paginator(every, 50).get_page(request.GET.get("page"))
    return render(request, "equipment/changes.html", {"page": page})


@require_POST
@requires("engineer")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one change back."""
    try:
        undo(get_object_or_404(Change, pk=pk), cast("Person", request.user))
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The change is taken back."))
    return redirect("equipment:changes")

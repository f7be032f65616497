"""Frames and lots as pages, and what their signals said."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.foundation.web.chart import Stretch, stretch
from dure.plant.events import joining
from dure.plant.events.forms import FilterForm
from dure.plant.events.keeping import broken, definitions, shifts, told
from dure.plant.events.kinds import kind_words
from dure.plant.events.lineage import lot_genealogy
from dure.plant.events.looking import frames as found_frames
from dure.plant.events.models import Frame, Lot
from dure.plant.events.pictures import Span, family, strip
from dure.plant.inventory import Signal
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dure.plant.historian import Historian

A_PAGE, IN_STRIP, DRAWN, POINTS = 50, 2000, 12, 120
DAY = 86_400 * 10**9
SECOND = 10**9


def historian() -> "Historian":
    """The node's historian."""
    return cast("Historian", import_string(settings.DURE_HISTORIAN)())


@require_GET
@requires("engineer")
def frames(request: HttpRequest) -> HttpResponse:
    """What happened, as a strip and as a list; and the tables it comes from."""
    found, form = _narrowed(request)
    newest = found.order_by("-start").first()
    context: dict[str, Any] = {
        "form": form,
        "page": Paginator(found.order_by("-start"), A_PAGE).get_page(request.GET.get("page")),
        "any": Frame.objects.exists() or Lot.objects.exists(),
        "lots": Lot.objects.count(),
        "definitions": [
            (one, told(home(), one.id), kind_words(one.kind), one.source or Path(one.file).name)
            for one in definitions(home())
        ],
        "broken": broken(home()),
        "shift": _shift_now(),
    }
    if newest is not None:
        context["strip"] = _strip(found)
    return render(request, "events/frames.html", context)


def _narrowed(request: HttpRequest) -> "tuple[QuerySet[Frame], FilterForm]":
    form = FilterForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    days = int(asked.get("days") or 0)
    newest = Frame.objects.order_by("-start").values_list("start", flat=True).first()
    start = newest - days * DAY if days and newest else None
    return (
        found_frames(
            kind=asked.get("kind", ""), equipment=asked.get("equipment", ""), words=asked.get("words", ""), start=start
        ),
        form,
    )  # fmt: skip


def _strip(found: "QuerySet[Frame]") -> str:
    shown = list(found.order_by("-start")[:IN_STRIP])
    now = time_ns()
    ends = [one.end or now for one in shown]
    return strip(
        shown, Span(min(one.start for one in shown), max([*ends, *(one.start for one in shown)])), now
    )


def _shift_now() -> str:
    try:
        now = time_ns()
        return next((str(name) for name, start, end in shifts(home()).between(now, now + 1)), "")
    except DureError:
        return ""


@require_GET
@requires("engineer")
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """One frame: what its table says, and what each signal of its equipment did meanwhile."""
    found = get_object_or_404(Frame.objects.select_related("lot"), pk=pk)
    names = joining.signals_at(found.equipment)
    context: dict[str, Any] = {"frame": found, "facts": found.facts.items(), "names": names}
    try:
        context["rows"], context["charts"] = _said(found, names)
    except DureError as refusal:
        context["refusal"] = refusal
    return render(request, "events/frame.html", context)


def _said(found: Frame, names: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """A row of statistics a signal, and the pictures of the first of them."""
    if not names:
        return [], []
    asked = ("mean", "min", "max", "std", "count")
    [one] = joining.table_by_frame(historian(), [found], names, asked).to_dicts()
    units = dict(Signal.objects.filter(id__in=names).values_list("id", "unit"))
    below = f"{found.equipment}/"
    rows = [
        {"signal": name, "unit": units.get(name, "")}
        | {statistic: one.get(f"{name.removeprefix(below)} {statistic}") for statistic in asked}
        for name in names
    ]
    speaking = [str(row["signal"]) for row in rows if row["count"]][:DRAWN]
    return rows, _charts(found, speaking, units)


def _charts(found: Frame, names: Sequence[str], units: dict[str, str]) -> list[str]:
    if not names:
        return []
    end = (found.end or time_ns()) + 1
    drawn = historian().trend(list(names), found.start, max(end, found.start + SECOND), POINTS)
    made: list[str] = []
    for name in names:
        line = drawn[name]
        clocks = [
            timezone.localtime(datetime.fromtimestamp(at, UTC)).strftime("%H:%M:%S") for at in line["time"]
        ]
        if len(clocks) > 1:
            shown = Stretch(line["time"], line["mean"], clocks)
            made.append(stretch(shown, title=name.rpartition("/")[2], said=units.get(name, "")))
    return made


@require_GET
@requires("engineer")
def samples(request: HttpRequest, pk: int) -> HttpResponse:
    """Every sample of a frame as a file: `?as=csv`, xlsx or parquet."""
    found = get_object_or_404(Frame, pk=pk)
    table = joining.stretch(historian(), found)
    return _file(table, f"{found.key}", request.GET.get("as", "csv"))


def _file(table: Any, name: str, ending: str) -> HttpResponse:
    from dure.science.prepare import write

    ending = ending if ending in {"csv", "xlsx", "parquet"} else "csv"
    with TemporaryDirectory() as folder:
        out = Path(folder) / f"table.{ending}"
        write(table, out)
        answer = HttpResponse(out.read_bytes(), content_type="application/octet-stream")
    safe = "".join(letter if letter.isalnum() else "-" for letter in name)[:60]
    answer["Content-Disposition"] = (
        f'attachment; filename="{safe.encode("ascii", "replace").decode()}.{ending}"'
    )
    return answer


@require_GET
@requires("engineer")
def export(request: HttpRequest) -> HttpResponse:
    """The frames as narrowed on the page, as a CSV file that a spreadsheet opens."""
    found, _form = _narrowed(request)
    text = io.StringIO()
    text.write("\ufeff")  # a spreadsheet then reads it as UTF-8
    sheet = csv.writer(text)
    sheet.writerow(["kind", "key", "title", "equipment", "lot", "start", "end"])
    for one in found.order_by("-start")[:100_000]:
        cells = (one.kind, one.key, one.title, one.equipment, one.lot_id, _iso(one.start), _iso(one.end))
        sheet.writerow([_harmless(cell) for cell in cells])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="events.csv"'
    return answer


def _iso(moment: int | None) -> str:
    return (
        "" if moment is None else datetime.fromtimestamp(moment / 1e9, UTC).isoformat(timespec="milliseconds")
    )


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names come from other systems (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


@require_GET
@requires("engineer")
def lots(request: HttpRequest) -> HttpResponse:
    """Lots by name and material."""
    found = Lot.objects.order_by("-made", "id")
    for word in request.GET.get("words", "")[:200].split():
        found = found.filter(id__icontains=word) | found.filter(material__icontains=word)
    context = {
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "words": request.GET.get("words", ""),
    }
    return render(request, "events/lots.html", context)


@require_GET
@requires("engineer")
def lot(request: HttpRequest, pk: str) -> HttpResponse:
    """One lot: where it came from, what became of it, and its frames with their signals."""
    found = get_object_or_404(Lot, pk=pk)
    back, on = lot_genealogy(pk), lot_genealogy(pk, forward=True)
    related = {*back.steps, *on.steps}
    materials = dict(Lot.objects.filter(id__in=list(related)[:2000]).values_list("id", "material"))
    own = list(found.frames.order_by("start"))
    return render(
        request,
        "events/lot.html",
        {
            "lot": found,
            "frames": [(one, len(joining.signals_at(one.equipment))) for one in own],
            "family": family(back, on, materials) if len(related) > 1 else "",
            "sides": [
                (_("What went in"), _listed(back, materials)),
                (_("What came of it"), _listed(on, materials)),
            ],
            "cut": back.cut or on.cut,
        },
    )


def _listed(found: Any, materials: dict[str, str]) -> list[dict[str, Any]]:
    lots = [name for steps in sorted(set(found.steps.values())) if steps for name in found.at(steps)]
    return [
        {
            "lot": name,
            "material": materials.get(name, ""),
            "steps": found.steps[name],
            "share": found.share[name],
        }
        for name in lots
    ]

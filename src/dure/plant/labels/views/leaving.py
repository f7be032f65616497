"""What labels become: files, a training, a signal."""

import csv
import io
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.labels.learning import training
from dure.plant.labels.models import LabelSet
from dure.plant.labels.signalling import write_signal
from dure.plant.labels.views.answering import number, set_of
from dure.plant.labels.writing import permit_of, table
from dure.vocabulary import Action, DureError, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.foundation.parties import Person

MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@require_GET
@requires("worker")
def export(request: HttpRequest, pk: str, kind: str) -> HttpResponseBase:
    """The labels as a file; `table=yes` gives the rows of the file with their column of labels."""
    label_set = set_of(pk)
    frame = _whole(label_set) if request.GET.get("table") == "yes" else table(label_set)
    if kind == "parquet":
        out = io.BytesIO()
        frame.write_parquet(out)
        body: str | bytes = out.getvalue()
    else:
        body = b"\xef\xbb\xbf" + _csv(frame).encode()
    answer = HttpResponse(body, content_type=MEDIA[kind])
    answer["Content-Disposition"] = f'attachment; filename="labels-{label_set.pk}.{kind}"'
    return answer


def _whole(label_set: LabelSet) -> "pl.DataFrame":
    from dure.plant.labels.writing import labelled

    permit_of(label_set).require(Action.EXPORT)
    return labelled(label_set)


def _csv(frame: "pl.DataFrame") -> str:
    """Cells that no spreadsheet runs (OWASP, CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(frame.columns)
    writer.writerows([[_inert(cell) for cell in row] for row in frame.iter_rows()])
    return out.getvalue()


def _inert(cell: object) -> object:
    odd = isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{cell}" if odd else cell


@require_POST
@requires("engineer")
def train(request: HttpRequest, pk: str) -> HttpResponse:
    """Train on the labels on which people agree; goes on as a work of the node."""
    label_set = set_of(pk)
    works: Any = import_string(settings.DURE_WORKS)()
    try:
        facts = training(
            label_set,
            " ".join(request.POST.get("name", "").split())[:200],
            cast("Person", request.user),
            int(number(request, "budget", 60, 1, 1800)),
            historian=None if label_set.queues else import_string(settings.DURE_HISTORIAN)(),
            every=round(number(request, "every", 1.0, 0.001, 86_400) * 1e9),
            rest=_rest(label_set, request.POST.get("rest", "")),
        )
    except DureError as refusal:
        messages.error(request, f"{refusal}")
        return redirect("labels:set", pk)
    return redirect("registry:work", works.submit("train", facts))


def _rest(label_set: LabelSet, written: str) -> str:
    return written if written in label_set.kind_names else ""


@require_POST
@requires("engineer")
def signal(request: HttpRequest, pk: str) -> HttpResponse:
    """Write the stretches as signals of labels."""
    label_set = set_of(pk)
    every = round(number(request, "every", 1.0, 0.001, 86_400) * 1e9)
    try:
        historian: Any = import_string(settings.DURE_HISTORIAN)()
        written = write_signal(
            label_set,
            cast("Person", request.user),
            historian,
            name=request.POST.get("name", "")[:60],
            every=every,
        )
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        told = "; ".join(
            str(Text(f"{name}: {count:,} samples", f"{name}: 샘플 {count:,}개"))
            for name, count in written.items()
        )
        messages.success(
            request,
            _("Written: %(signals)s. Name them at the deployment under late labels.") % {"signals": told},
        )
    return redirect("labels:set", pk)

"""Files: brought in, shown with what is wrong, prepared, and turned into samples."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.foundation.web.chart import spark
from dure.plant.connect import slug
from dure.plant.inventory.forms import KINDS, FileForm
from dure.plant.inventory.intake import store_upload
from dure.plant.inventory.models import Upload
from dure.plant.inventory.views.work import works
from dure.vocabulary import DureError, language

if TYPE_CHECKING:
    from dure.foundation.parties import Person


@require_POST
@requires("engineer")
def bring_in(request: HttpRequest) -> HttpResponse:
    """Take a file in and show what was found in it."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file first."))
        return redirect("inventory:data")
    file = form.cleaned_data["file"]
    try:
        made = store_upload(file.chunks(), file.name, cast("Person", request.user))
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("inventory:data")
    return redirect("inventory:upload", made.pk)


@require_GET
@requires("engineer")
def upload(request: HttpRequest, pk: str) -> HttpResponse:
    """One file: what is in it, what is wrong, what to do with it."""
    found = get_object_or_404(Upload.objects.select_related("by"), pk=pk)
    profile = found.profile
    shapes = profile.get("shapes", {})
    columns = [
        {
            **column,
            "kind": KINDS.get(column["type"], column["type"]),
            "picture": spark(shapes.get(column["name"], [])),
        }
        for column in profile.get("columns", [])
    ]
    findings = [_spoken(one) for one in profile.get("findings", [])]
    quality = [_rated(one) for one in profile.get("quality", [])]
    shares = [one for one in quality if one["unit"] == "1"]
    return render(
        request,
        "inventory/upload.html",
        {
            "upload": found,
            "columns": columns,
            "findings": findings,
            "quality": quality,
            "shares": len(shares),
            "below": sorted((one for one in shares if one["value"] < 1), key=lambda one: one["value"]),
            "full": sum(one["value"] >= 1 for one in shares),
            "source": slug(found.title),
        },
    )


def _spoken(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding in the reader's language."""
    if language() == "ko" and "message_ko" in finding:
        return {**finding, "message": finding["message_ko"], "remedy": finding["remedy_ko"]}
    return dict(finding)


def _rated(value: Mapping[str, Any]) -> dict[str, Any]:
    """A measured quality in the reader's language."""
    words = {"label": str(value["characteristic"]).capitalize()}
    if language() == "ko":
        words = {"label": value["label_ko"], "measure": value["measure_ko"], "words": value["words_ko"]}
    return {**value, **words, "tenths": round(10 * float(value["value"]))}


@require_POST
@requires("engineer")
def prepare(request: HttpRequest, pk: str) -> HttpResponse:
    """Start the preparation of a file."""
    found = get_object_or_404(Upload, pk=pk)
    facts = {
        "upload": found.pk,
        "title": _("%(name)s (prepared)") % {"name": found.title.rpartition(".")[0] or found.title},
        "target": request.POST.get("target") or None,
        "by": request.user.pk,
    }
    return redirect("inventory:work", works().submit("prepare", facts))


@require_POST
@requires("engineer")
def bring_into_historian(request: HttpRequest, pk: str) -> HttpResponse:
    """Start to bring a file's rows into the historian, as signals of their own source."""
    found = get_object_or_404(Upload, pk=pk)
    facts = {
        "upload": found.pk,
        "source": slug(request.POST.get("source") or found.title),
        "time": request.POST.get("time") or None,
        "by": request.user.pk,
    }
    return redirect("inventory:work", works().submit("import", facts))

"""The list of sheets with the ways to open one, and the page of a sheet."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dure.foundation.web import requires
from dure.plant.inventory import Signal, Upload
from dure.plant.registry import ModelVersion
from dure.plant.studio.models import Sheet
from dure.plant.studio.opening import open_block, open_file, open_signals, open_upload
from dure.plant.studio.refusals import ActionWrong
from dure.plant.studio.views.answering import desk_of, person_of
from dure.vocabulary import DureError, Text

SHOWN = 100
LASTS = ("10 min", "1 h", "8 h", "24 h", "7 d", "30 d")
EVERIES = ("1 s", "10 s", "1 min", "10 min", "1 h")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("worker")
def sheets(request: HttpRequest) -> HttpResponse:
    """All sheets; a form opens another."""
    if request.method == "POST":
        try:
            return redirect("sheet:sheet", _opened(request).pk)
        except DureError as refusal:
            messages.error(request, str(refusal))
            return redirect("sheet:sheets")
    words = request.GET.get("words", "")[:100]
    known = Sheet.objects.select_related("by")
    context = {
        "sheets": (known.filter(name__icontains=words) if words else known)[:SHOWN],
        "words": words,
        "uploads": Upload.objects.all()[:50],
        "signals": Signal.objects.exclude(kind__in=("text", "string")).order_by("pk")[:500],
        "models": ModelVersion.objects.all()[:50],
        "lasts": LASTS,
        "everies": EVERIES,
    }
    return render(request, "studio/sheets.html", context)


def _opened(request: HttpRequest) -> Sheet:
    what, by = request.POST.get("what", ""), person_of(request)
    if what == "file" and (file := request.FILES.get("file")) is not None:
        return open_file(file.chunks(), str(file.name), by)
    if what == "paste":
        return open_block(request.POST.get("text", ""), by, request.POST.get("name", ""))
    if what == "upload":
        return open_upload(_upload(request.POST.get("upload", "")), by)
    if what == "signals":
        asked = {name: request.POST.get(name, "") for name in ("last", "every", "live", "name")}
        return open_signals(request.POST.getlist("signal"), by, asked)
    if what == "model":
        return _of_model(request.POST.get("model", ""), request)
    raise ActionWrong(
        "what",
        why=Text("choose a file, a block, signals or a model", "파일, 붙여넣기, 신호, 모델 중에서 고르세요"),
    )


def _upload(pk: str) -> Upload:
    found = Upload.objects.filter(pk=pk[:32]).first()
    if found is None:
        raise ActionWrong(pk[:40] or "file", why=Text("there is no such file", "그런 파일이 없습니다"))
    return found


def _of_model(pk: str, request: HttpRequest) -> Sheet:
    """What a model learnt from: its file, or the last hours of its signals."""
    model = ModelVersion.objects.filter(pk=pk[:16]).first()
    learnt = [str(one) for one in (model.learnt_from if model else ())]
    for one in learnt:
        if one.startswith("upload:"):
            return open_upload(_upload(one.removeprefix("upload:")), person_of(request))
    signals = [one.removeprefix("signal:") for one in learnt if one.startswith("signal:")]
    if not signals:
        raise ActionWrong(
            pk[:40] or "model",
            why=Text("what it learnt from is not kept on this node", "학습한 데이터가 이 노드에 없습니다"),
        )
    return open_signals(signals[:200], person_of(request), {"last": "8 h", "every": "1 s"})


@require_GET
@requires("worker")
def sheet(request: HttpRequest, pk: str) -> HttpResponse:
    """The page; what it shows it asks for itself."""
    desk = desk_of(pk)
    context = {
        "sheet": desk.sheet,
        "root": reverse("sheet:sheet", args=[pk]),
        "state": json.dumps(desk.state(), ensure_ascii=False),
    }
    return render(request, "studio/sheet.html", context)


@require_POST
@requires("worker")
def rename(request: HttpRequest, pk: str) -> HttpResponse:
    """Another name for the sheet."""
    name = " ".join(request.POST.get("name", "").split())[:200]
    if name:
        Sheet.objects.filter(pk=desk_of(pk).sheet.pk).update(name=name)
        messages.success(request, _("The sheet is called %(name)s now.") % {"name": name})
    return redirect("sheet:sheet", pk)

"""The models: trained with progress, reported beside what no model would give, released by a named person."""

import io
import time
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory import Signal, Upload, signals_of, units_of
from dure.plant.registry.choices import Kind, kinds_of, suggested_targets
from dure.plant.registry.forms import TrainForm, WatchForm
from dure.plant.registry.lineages import before, changes, metrics, on_same_rows, signature_of, versions
from dure.plant.registry.models import ModelVersion
from dure.plant.registry.pictures import documents_of, parts_of
from dure.plant.registry.releases import release, withdraw
from dure.plant.registry.wording import STAGES, TASKS, shift_alarms, stage_words
from dure.science.learn import verdict
from dure.vocabulary import Action, DureError, Permit, Works, WorkState

if TYPE_CHECKING:
    from dure.foundation.parties import Person


MISTEACHES = frozenset({"stuck", "clock-skew", "bad-quality"})
"""Findings of a signal that would teach a model the wrong normal."""


def works() -> Works:
    """The node's long work."""
    return cast("Works", import_string(settings.DURE_WORKS)())


@require_GET
@requires("engineer")
def models(request: HttpRequest) -> HttpResponse:
    """All models of the node, and the trainings under way."""
    found = ModelVersion.objects.select_related("trained_by").prefetch_related("releases__by", "deployments")
    going = [
        work for work in works().recent("train", 10) if work.state in {WorkState.RUNNING, WorkState.WAITING}
    ]
    lines = [{"model": model, "verdict": verdict(model.card)} for model in found]
    context = {
        "lines": lines,
        "going": going,
        "tasks": TASKS,
        "uploads": Upload.objects.count(),
    }
    return render(request, "registry/models.html", context)


# Training ----------------------------------------------------------------------------------------------------------
@requires("engineer")
def train(request: HttpRequest) -> HttpResponse:
    """Ask what is to be learnt, from which file or signals."""
    if request.GET.get("from") == "signals":
        return _train_on_signals(request)
    chosen = Upload.objects.filter(pk=request.GET.get("upload", "")).first()
    if chosen is not None:
        return _train_on_file(request, chosen)
    context = {"uploads": Upload.objects.all()[:50], "kinds": kinds_of(_signals())}
    return render(request, "registry/choose.html", context)


def _train_on_file(request: HttpRequest, upload: Upload) -> HttpResponse:
    from dure.science.learn import TrainRequest

    columns = [str(name) for name in upload.columns]
    suggested = suggested_targets(upload.profile.get("columns") or [{"name": name} for name in columns])
    stem = upload.title.partition(".")[0]
    form = TrainForm(
        columns, suggested, request.POST or None, initial={"name": stem, "target": suggested[:1]}
    )
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        asked = TrainRequest(
            (str(upload.path),),
            target=words["target"] or None,
            task=words["task"],
            time=words["time"] or None,
            group=words["group"] or None,
            ignore=tuple(words["ignore"]),
            pack=words["pack"] or None,
            equipment=words["equipment"] or None,
            state=words["state"] or None,
            inspected=words["inspected"] or None,
            cost=f"{words['cost']:g}:1" if words["cost"] else None,
            budget=float(words["budget"]),
            permit=_permit(upload),
        )
        facts = {
            "request": asked.to_dict(),
            "learnt_from": [upload.dataset.id],
            "dataset_fingerprint": upload.fingerprint,
            "fleet": words["fleet"],
        }
        return _begin(request, words["name"], facts)
    return render(request, "registry/train.html", {"form": form, "upload": upload})


def _permit(upload: Upload) -> Permit:
    """The firm's own file may be learnt from; one under obligations only if none of them forbids it."""
    dataset = upload.dataset
    if "no-train" in dataset.obligations:
        return Permit((dataset.id,), frozenset({Action.PREPARE}))
    return Permit.own([dataset.id])


def _train_on_signals(request: HttpRequest) -> HttpResponse:
    from dure.science.learn import TrainRequest

    kinds = kinds_of(_signals())
    kind = next((one for one in kinds if one.key == request.GET.get("kind")), next(iter(kinds), None))
    if kind is None:
        messages.error(request, _("No signal is known yet: connect a source first."))
        return redirect("inventory:data")
    form = WatchForm(kind.columns, kind.assets, request.POST or None, initial={"name": _watch_name(kind)})
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        now = time.time_ns()
        assets = _trusted(words["assets"]) if words["without_findings"] else words["assets"]
        table = {
            "assets": kind.inputs(assets, words["columns"]),
            "start": now - words["back"] * 10**9,
            "end": now,
            "every": words["every"] * 10**9,
            "without_findings": words["without_findings"],
        }
        try:
            units = units_of(table["assets"])
        except DureError as refusal:
            messages.error(request, str(refusal))
            return render(request, "registry/watch.html", {"form": form, "kind": kind, "kinds": kinds})
        asked = TrainRequest(
            (),
            task="detect",
            units=units,
            time="time",
            group="asset",
            pack=words["pack"] or None,
            equipment=words["equipment"] or None,
            state="auto" if words["by_state"] else None,
            budget=float(words["budget"]),
            permit=Permit.own(assets),
        )
        learnt_from = signals_of(table["assets"])
        return _begin(
            request, words["name"], {"request": asked.to_dict(), "table": table, "learnt_from": learnt_from}
        )
    return render(request, "registry/watch.html", {"form": form, "kind": kind, "kinds": kinds})


def _trusted(assets: list[str]) -> list[str]:
    """Equipment none of whose signals is stuck, marked bad, or timed by a wrong clock; all of it if none is left."""
    troubled = {
        key.rpartition("/")[0]
        for key, findings in Signal.objects.exclude(findings=[]).values_list("id", "findings")
        if any(one["key"] in MISTEACHES for one in findings)
    }
    return [asset for asset in assets if asset not in troubled] or assets


def _watch_name(kind: Kind) -> str:
    return kind.assets[0].rpartition("/")[2].rstrip("0123456789") or kind.assets[0]


def _signals() -> list[str]:
    """Signals that have spoken in numbers."""
    measured = Signal.objects.filter(kind="number").values_list("id", "measured")
    return [key for key, facts in measured if facts.get("low") is not None]


def _begin(request: HttpRequest, name: str, facts: dict[str, Any]) -> HttpResponse:
    work = works().submit("train", {**facts, "name": name, "by": request.user.pk})
    return redirect("registry:work", work)


@require_GET
@requires("engineer")
def work(request: HttpRequest, pk: str) -> HttpResponse:
    """How far a training is."""
    found = works().find(pk)
    if found is None:
        messages.error(request, _("That training is no longer known."))
        return redirect("registry:models")
    part = bool(request.htmx)  # type: ignore[attr-defined] # set by django-htmx
    context = {
        "work": found,
        "name": found.facts.get("name", ""),
        "stage": stage_words(found.stage),
        "stages": STAGES.items(),
    }
    return render(request, "registry/work_part.html" if part else "registry/work.html", context)


@require_POST
@requires("engineer")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:  # noqa: ARG001 - every view is handed the request
    """Stop a training."""
    works().cancel(pk)
    return redirect("registry:work", pk)


# One model ---------------------------------------------------------------------------------------------------------
@require_GET
@requires("engineer")
def report(request: HttpRequest, pk: str) -> HttpResponse:
    """What a model is worth, in words and pictures, and what may be done with it."""
    model = get_object_or_404(ModelVersion.objects.select_related("trained_by"), pk=pk)
    context = {
        "model": model,
        "card": model.card,
        "task": TASKS.get(model.task, model.task),
        "parts": parts_of(documents_of(model)),
        "shift": shift_alarms(model.card),
        "release": model.release,
        "releases": model.releases.select_related("by", "withdrawn_by"),
        "deployments": model.deployments.all(),
        "before": before(model),
        "signature": signature_of(model),
    }
    return render(request, "registry/report.html", context)


@require_GET
@requires("engineer")
def lineage(request: HttpRequest, pk: str) -> HttpResponse:
    """All versions of one model: what each is worth, who signed and released it, where it runs."""
    model = get_object_or_404(ModelVersion, pk=pk)
    found = versions(model)
    lines = [
        {"model": one, "verdict": verdict(one.card), "signature": signature_of(one, check=False)}
        for one in found
    ]
    return render(request, "registry/versions.html", {"model": model, "lines": lines, "newest": found[0]})


@require_GET
@requires("engineer")
def compare(request: HttpRequest, pk: str) -> HttpResponse:
    """A version beside another of its lineage: what changed, and both on the same rows."""
    newer = get_object_or_404(ModelVersion, pk=pk)
    others = [one for one in versions(newer) if one.pk != newer.pk]
    older = next((one for one in others if one.pk == request.GET.get("with")), before(newer)) or next(
        iter(others), None
    )
    if older is None:
        messages.info(request, _("%(model)s has no other version yet.") % {"model": newer.title})
        return redirect("registry:report", pk)
    context = {
        "newer": newer, "older": older, "others": others, "changes": changes(older, newer), "metrics": metrics(older, newer),
        "uploads": _tables_for(newer), "chosen": request.GET.get("rows", ""), "same": _same_rows(request, older, newer),
        "signatures": [(one, signature_of(one)) for one in (older, newer)],
    }  # fmt: skip
    return render(request, "registry/compare.html", context)


def _tables_for(model: ModelVersion) -> list[Upload]:
    """Files that hold the target of a model, the newest first."""
    target = str(model.card.get("target") or "")
    return [
        one for one in Upload.objects.all()[:50] if target and target in [str(name) for name in one.columns]
    ]


def _same_rows(request: HttpRequest, older: ModelVersion, newer: ModelVersion) -> dict[str, Any] | None:
    """Both versions on the rows of the file that was chosen; a refusal is said and leaves the rest of the page."""
    chosen = next((one for one in _tables_for(newer) if str(one.pk) == request.GET.get("rows")), None)
    try:
        return on_same_rows(older, newer, chosen) if chosen else None
    except DureError as refusal:
        messages.error(request, str(refusal))
        return None


@require_GET
@requires("engineer")
def paper(request: HttpRequest, pk: str) -> HttpResponse:
    """The report as one file in both languages, once its figures were computed again and found the same."""
    from dure.science.learn import RowsAbsent, recompute, report_page, require_same
    from dure.vocabulary import home

    model = get_object_or_404(ModelVersion, pk=pk)
    checked = True
    try:
        require_same(recompute(model.folder, trust=model.trusted_by_hand, home=home()), model.name)
    except RowsAbsent:
        checked = False
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("registry:report", pk)
    written = HttpResponse(report_page(documents_of(model, checked=checked), model.name))
    written["Content-Disposition"] = f'attachment; filename="model-{model.pk}.html"'
    return written


@require_POST
@requires("engineer")
def release_model(request: HttpRequest, pk: str) -> HttpResponse:
    """Put the person's name under a model."""
    return _decided(request, pk, release, _("%(model)s is released in your name."))


@require_POST
@requires("engineer")
def withdraw_model(request: HttpRequest, pk: str) -> HttpResponse:
    """End a release."""
    return _decided(request, pk, withdraw, _("The release of %(model)s is withdrawn."))


def _decided(request: HttpRequest, pk: str, decide: Callable[..., object], done: str) -> HttpResponse:
    """Carry out a person's decision on a model, with the note of the form; back to its report either way."""
    model = get_object_or_404(ModelVersion, pk=pk)
    try:
        decide(model, cast("Person", request.user), request.POST.get("note", "").strip()[:1000])
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done % {"model": model})
    return redirect("registry:report", pk)


@require_GET
@requires("engineer")
def package(request: HttpRequest, pk: str) -> FileResponse:  # noqa: ARG001 - every view is handed the request
    """The signed package as one file."""
    model = get_object_or_404(ModelVersion, pk=pk)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in model.folder.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(model.folder))
    packed.seek(0)
    return FileResponse(packed, as_attachment=True, filename=f"model-{model.pk}.zip")

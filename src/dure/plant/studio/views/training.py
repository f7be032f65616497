"""“Which column would you like to know?”: what may be learnt, the training, what came of it."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.registry import ModelVersion
from dure.plant.studio import learning
from dure.plant.studio.learning import stage_said
from dure.plant.studio.refusals import ActionWrong
from dure.plant.studio.views.answering import answer, as_json, body_of, desk_of
from dure.vocabulary import Text, Works, WorkState


def works() -> Works:
    """The node's long work."""
    return cast("Works", import_string(settings.DURE_WORKS)())


@require_GET
@requires("worker")
@as_json
def targets(request: HttpRequest, pk: str) -> HttpResponseBase:
    """What may be learnt, and why."""
    desk = desk_of(pk)
    return answer(
        {
            "version": desk.history.version,
            "targets": learning.targets(desk, request.GET.get("column", "")),
            "tasks": learning.TASKS,
            "choices": learning.choices(desk, request.GET.get("column", "")),
            "budgets": learning.BUDGETS,
        }
    )


@require_POST
@requires("engineer")
@as_json
def train(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Begin to learn from what is shown."""
    desk = desk_of(pk)
    asked, name = learning.request_of(desk, body_of(request))
    learnt_from = list(desk.sheet.source.get("data") or ()) or [f"sheet:{desk.sheet.pk}"]
    facts = {
        "request": asked.to_dict(),
        "learnt_from": learnt_from,
        "dataset_fingerprint": desk.sheet.fingerprint,
        "name": name,
        "by": request.user.pk,
    }
    work = works().submit("train", facts)
    return answer(_told(pk, work, desk.history.version))


@require_GET
@requires("worker")
@as_json
def progress(request: HttpRequest, pk: str, work: str) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """How far a training is; at its end what the model is worth, in words."""
    return answer(_told(pk, work, desk_of(pk).history.version))


@require_POST
@requires("engineer")
@as_json
def cancel(request: HttpRequest, pk: str, work: str) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """Stop a training."""
    works().cancel(work[:64])
    return answer(_told(pk, work, desk_of(pk).history.version))


def _told(pk: str, work: str, version: int) -> dict[str, Any]:
    found = works().find(work[:64])
    if found is None:
        raise ActionWrong(
            work[:40], why=Text("that training is no longer known", "그 학습을 더는 찾을 수 없습니다")
        )
    told: dict[str, Any] = {
        "version": version, "id": work, "work": work, "state": found.state.value, "share": found.progress, "says": stage_said(found.stage),
        "error": dict(found.error) or None, "poll": reverse("sheet:progress", args=[pk, work]), "work_page": reverse("registry:work", args=[work]),
    }  # fmt: skip
    model = ModelVersion.objects.filter(pk=str(found.result.get("model") or "-")[:16]).first()
    return told | (learning.told(model) if model is not None and found.state is WorkState.DONE else {})

"""A model, or a part of its report, as something to ask about: its figures and sentences as they stood."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from dure.plant.registry.models import ModelVersion
from dure.plant.registry.pictures import documents_of
from dure.plant.registry.wording import TASKS
from dure.plant.threads import Kind, Pointer, Seen, facts
from dure.vocabulary import DureError, Text, use_language


def _see(pointer: Pointer) -> Seen | None:
    model = ModelVersion.objects.filter(pk=pointer.key).first()
    if model is None:
        return None
    named, says = _section(model, pointer.detail.get("section", ""))
    title = (
        Text(f"{model.title}: {named.en}", f"{model.title}: {named.ko}")
        if named
        else Text(model.title, model.title)
    )
    told = [
        (Text("Task", "과제"), str(TASKS.get(model.task, model.task))),
        (Text("Target", "대상"), str(model.card.get("target") or "–")),
        (Text("Package", "패키지"), model.fingerprint[:16]),
        *(_measure(name, value, model.null.get(name)) for name, value in model.metric.items()),
    ]
    mark = f"#part-{pointer.detail['section']}" if named else ""
    return Seen(title, reverse("registry:report", args=[model.pk]) + mark, facts(told, says))


def _measure(name: str, value: Any, null: Any) -> tuple[Text, str]:
    """A figure beside its null."""
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    beside = f" (null: {null:.4g})" if isinstance(null, float) else ""
    return Text(name, name), shown + beside


def _section(model: ModelVersion, key: str) -> tuple[Text | None, list[Text]]:
    """Title and sentences of a part of the report in both languages."""
    from dure.science.learn import sections

    if not key:
        return None, []
    found = {}
    for spoken in ("en", "ko"):
        with use_language(spoken):
            try:
                found[spoken] = next((one for one in sections(documents_of(model)) if one.key == key), None)
            except (DureError, OSError):  # the package is gone; its card still speaks
                return None, []
    english, korean = found["en"], found["ko"]
    if english is None or korean is None:
        return None, []
    says = [Text(*both) for both in zip(english.says, korean.says, strict=False)]
    return Text(english.title, korean.title), says


def _of_page(named: Mapping[str, str], query: Mapping[str, list[str]]) -> Pointer:
    return Pointer(
        "model", (named.get("pk", ""),), {"section": query["section"][0]} if query.get("section") else {}
    )


MODEL = Kind("model", Text("model", "모델"), _see, {"registry:report": _of_page})

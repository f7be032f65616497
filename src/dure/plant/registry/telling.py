"""What the registry tells the inventory: which models there are, and what each learnt from."""

from collections.abc import Iterator

from django.urls import reverse

from dure.plant.inventory import Edge, Entry, Node, Signal
from dure.plant.registry.models import ModelVersion

# How a package names what it learnt from, and the kind that the lineage gives it.
KINDS = {"upload": "file", "signal": "signal", "signals": "table"}


def lineage() -> list[Node | Edge]:
    """Models, and from which signals and files each was made."""
    signals = set(Signal.objects.values_list("pk", flat=True))
    return [told for model in ModelVersion.objects.all() for told in _of(model, signals)]


def _of(model: ModelVersion, signals: set[str]) -> Iterator[Node | Edge]:
    key = f"model:{model.pk}"
    yield Node("model", model.pk, model.name, reverse("registry:report", args=[model.pk]))
    for name in model.learnt_from:
        kind, _colon, rest = str(name).partition(":")
        if kind == "signal" and rest not in signals:
            # Models of before name the equipment: its signals are those that the card calls inputs.
            inputs = (f"{rest}/{one['name']}" for one in model.card.get("inputs") or ())
            yield from (Edge(f"signal:{one}", key, "learnt") for one in inputs if one in signals)
            continue
        yield Edge(f"{KINDS.get(kind, kind)}:{rest}", key, "learnt")


def found() -> list[Entry]:
    """Models, as the search finds them."""
    return [
        Entry(
            "model", model.pk, model.name,
            f"{model.task} {model.card.get('target') or ''} {' '.join(one['name'] for one in model.card.get('inputs') or ())}",
            reverse("registry:report", args=[model.pk]),
        )
        for model in ModelVersion.objects.all()
    ]  # fmt: skip

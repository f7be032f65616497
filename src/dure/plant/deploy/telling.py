"""What deploy tells the inventory's lineage: which model runs where, fed by which signals, writing which."""

from collections.abc import Iterator

from django.urls import reverse

from dure.plant.deploy.models import Deployment
from dure.plant.inventory import Edge, Node


def lineage() -> list[Node | Edge]:
    """Models on the line, with the signals that feed them."""
    return [told for one in Deployment.objects.all() for told in _of(one)]


def _of(deployment: Deployment) -> Iterator[Node | Edge]:
    key = f"deployment:{deployment.pk}"
    yield Node(
        "deployment", str(deployment.pk), deployment.name, reverse("deploy:deployment", args=[deployment.pk])
    )
    yield Edge(f"model:{deployment.model_id}", key, "runs")
    for asset in deployment.assets:
        for signal in dict(asset.get("inputs") or {}).values():
            yield Edge(f"signal:{signal}", key, "feeds")

"""A model on the line as something to ask about: where it stood and how it did."""

from collections.abc import Mapping

from django.urls import reverse

from dure.plant.deploy.models import Deployment
from dure.plant.threads import Kind, Pointer, Seen, facts
from dure.vocabulary import Text


def _see(pointer: Pointer) -> Seen | None:
    key = pointer.key
    found = (
        Deployment.objects.select_related("model").filter(pk=int(key)).first()
        if key.isdecimal() and len(key) < 12
        else None
    )
    if found is None:
        return None
    told = [
        (Text("Model", "모델"), found.model.title),
        (Text("State", "단계"), found.state),
        (Text("Alarms", "알람"), str(found.alarms.count())),
        *((Text("Equipment", "설비"), str(one.get("asset", ""))) for one in found.assets[:10]),
    ]
    also = (
        ("model", found.model_id),
        *(("equipment", str(one.get("asset", ""))) for one in found.assets[:10]),
    )
    return Seen(
        Text(found.name, found.name), reverse("deploy:deployment", args=[found.pk]), facts(told), also
    )


def _of_page(named: Mapping[str, str], _query: Mapping[str, list[str]]) -> Pointer:
    return Pointer("deployment", (named.get("pk", ""),))


DEPLOYMENT = Kind(
    "deployment", Text("model on the line", "라인의 모델"), _see, {"deploy:deployment": _of_page}
)

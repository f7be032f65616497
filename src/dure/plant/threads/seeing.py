"""Places that lie below this room: a machine, and a picture by its hash."""

from collections.abc import Mapping

from django.urls import NoReverseMatch, reverse

from dure.plant.inventory import Equipment, Signal
from dure.plant.threads.attaching import media_of
from dure.plant.threads.pointing import Kind, Pointer, Seen, facts, picture
from dure.plant.transport import Content, ContentAbsent, ContentDamaged
from dure.vocabulary import Text, home

MOST_SIGNALS = 20


def _machine(pointer: Pointer) -> Seen | None:
    found = Equipment.objects.filter(pk=pointer.key).first()
    if found is None:
        return None
    title = Text(found.title_en or found.title_ko or found.pk, found.title_ko or found.title_en or found.pk)
    signals = Signal.objects.filter(equipment=found.pk).order_by("pk")
    told = [
        (Text("Machine", "설비"), found.pk),
        (Text("Signals", "신호"), str(signals.count())),
        *((Text(one.name, one.name), one.unit) for one in signals[:MOST_SIGNALS]),
    ]
    return Seen(title, reverse("equipment:machine", args=[found.pk]), facts(told))


def _picture(pointer: Pointer) -> Seen | None:
    sha256 = pointer.key.removeprefix("sha256:")
    try:
        content = Content(home()).get(sha256)
    except (ContentAbsent, ContentDamaged):
        return None
    if not media_of(content).startswith("image/"):
        return None
    try:
        address = reverse("inventory:content", args=[sha256])
    except NoReverseMatch:
        address = ""
    short = sha256[:8]
    return Seen(
        Text(f"Picture {short}", f"사진 {short}"), address, picture(sha256, pointer.detail.get("box", ""))
    )


def _of_machine(named: Mapping[str, str], _query: Mapping[str, list[str]]) -> Pointer:
    return Pointer("equipment", (named.get("pk", ""),))


def _of_picture(named: Mapping[str, str], _query: Mapping[str, list[str]]) -> Pointer:
    return Pointer("picture", (named.get("sha256", ""),))


EQUIPMENT = Kind("equipment", Text("machine", "설비"), _machine, {"equipment:machine": _of_machine})
PICTURE = Kind("picture", Text("picture", "사진"), _picture, {"inventory:content": _of_picture})

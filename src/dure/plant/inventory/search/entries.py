"""What can be found: entries of this room, and of the rooms above that the node introduces by `DURE_SEARCH`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from dure.plant.inventory.models import Equipment, EquipmentType, Signal, Upload
from dure.vocabulary import Text

KINDS = {
    "signal": Text("signal", "신호"),
    "equipment": Text("equipment", "설비"),
    "type": Text("equipment type", "설비 유형"),
    "file": Text("file", "파일"),
    "model": Text("model", "모델"),
}
"""Kinds of things that are found; a room above may add its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found: its kind and id, its title, more words, and the page that shows it."""

    kind: str
    id: str
    title: str
    words: str = ""
    url: str = ""

    @property
    def key(self) -> str:
        """Unique over all kinds."""
        return f"{self.kind}:{self.id}"


Entries = Callable[[], Sequence[Entry]]


def entries() -> Iterator[Entry]:
    """Everything that can be found now."""
    yield from _signals()
    yield from _equipment()
    for name in getattr(settings, "DURE_SEARCH", ()):
        yield from cast("Entries", import_string(name))()


def _signals() -> Iterator[Entry]:
    page = reverse("inventory:data")
    titles = {
        one.pk: f"{one.title_ko} {one.title_en}"
        for one in Equipment.objects.exclude(title_ko="", title_en="")
    }
    named = _meanings()
    rows = Signal.objects.values_list("id", "name", "description", "unit", "semantic_id", "equipment")
    for key, name, described, unit, meaning, place in rows.iterator(chunk_size=5000):
        words = " ".join((name, described, unit, meaning, titles.get(place, ""), named.get(meaning, "")))
        yield Entry("signal", key, key, words, f"{page}?{urlencode({'words': key})}#signals-title")


def _meanings() -> dict[str, str]:
    """Names in both languages of the meanings that packs give signals: so 온도 finds `ChamberTemp`."""
    from dure.science.packs import load, packs

    return {
        one.semantic_id or one.id: f"{one.name.ko} {one.name.en}"
        for pack in sorted(packs())
        for one in load(pack).signals
    }


def _equipment() -> Iterator[Entry]:
    for one in Equipment.objects.select_related("type"):
        kind = f"{one.type.title_ko} {one.type.title_en} {one.type.pk}" if one.type else ""
        plate = " ".join(str(value) for value in one.nameplate.values() if isinstance(value, str))
        url = reverse("equipment:machine", args=[one.pk])
        yield Entry(
            "equipment", one.pk, str(one.title), f"{one.pk} {one.title_ko} {one.title_en} {kind} {plate}", url
        )
    for kind_ in EquipmentType.objects.all():
        url = reverse("equipment:type", args=[kind_.pk])
        words = f"{kind_.pk} {kind_.title_ko} {kind_.title_en} {kind_.template} {' '.join(kind_.parameters)}"
        yield Entry("type", kind_.pk, str(kind_.title), words, url)
    for file in Upload.objects.all():
        words = " ".join(str(name) for name in file.columns[:500])
        yield Entry("file", file.pk, file.title, words, reverse("inventory:upload", args=[file.pk]))

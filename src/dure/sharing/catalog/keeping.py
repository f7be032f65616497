"""Writing entries: the number of the change, keys of the sketch, and the entry whose content is the same."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from dure.sharing.catalog.models import OWN, Band, Entry, next_turn
from dure.sharing.catalog.sketching import ALIKE, bands, likeness

EMPTY: Mapping[str, Any] = {
    "title_en": "", "title_ko": "", "description_en": "", "description_ko": "", "keywords": [], "columns": [],
    "equipment": "", "equipment_en": "", "equipment_ko": "", "events": [], "rows": 0, "start": None, "end": None,
    "quality": [], "offers": [], "audience": [], "sketch": [], "fingerprint": "", "address": "", "licence": "", "twin": None,
}  # fmt: skip
MOST_CANDIDATES = 200


def keep(
    source: str, origin: str, fields: Mapping[str, Any], *, now: datetime | None = None
) -> tuple[Entry, bool]:
    """The entry of that origin with these fields, and whether anything of it changed; an unchanged one is only seen again."""
    moment = now or timezone.now()
    with transaction.atomic():
        found = Entry.objects.select_for_update().filter(source=source, origin=origin).first()
        fields = {"state": Entry.States.FRESH, **fields}
        if found is not None and all(getattr(found, name) == value for name, value in fields.items()):
            Entry.objects.filter(pk=found.pk).update(seen_at=moment)
            return found, False
        entry = found or Entry(source=source, origin=origin, issued=moment)
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.seen_at, entry.turn = moment, next_turn()
        entry.save()
        _sketched(entry)
    return entry, True


def take_out(entries: Iterable[Entry], *, now: datetime | None = None) -> int:
    """Withdraw entries: of each only its id, its source and that it is gone is left (a tombstone); how many."""
    count = 0
    with transaction.atomic():
        for entry in entries:
            if entry.state == Entry.States.GONE:
                continue
            for name, value in EMPTY.items():
                setattr(entry, name, list(value) if isinstance(value, list) else value)
            entry.state, entry.turn, entry.seen_at = Entry.States.GONE, next_turn(), now or timezone.now()
            entry.save()
            entry.bands.all().delete()
            entry.copies.update(twin=None)
            count += 1
    return count


def _sketched(entry: Entry) -> None:
    """Bring the keys of its sketch up to date, and find whose content it has."""
    entry.bands.all().delete()
    if entry.sketch:
        Band.objects.bulk_create([Band(entry=entry, key=key) for key in bands(entry.sketch)])
    twin = twin_of(entry)
    if entry.twin_id != (twin.pk if twin else None):
        entry.twin = twin
        Entry.objects.filter(pk=entry.pk).update(twin=twin)


def twin_of(entry: Entry) -> Entry | None:
    """The oldest other entry with the same bytes or alike content; this node's own goes first."""
    if entry.fingerprint and (same := _first(Entry.objects.filter(fingerprint=entry.fingerprint), entry)):
        return same
    if not entry.sketch:
        return None
    keys = bands(entry.sketch)
    near = Entry.objects.filter(bands__key__in=keys).exclude(pk=entry.pk).exclude(state=Entry.States.GONE)
    alike = [one for one in near.distinct()[:MOST_CANDIDATES] if likeness(one.sketch, entry.sketch) >= ALIKE]
    first = min(alike, key=_age, default=None)
    return (
        (first.twin or first)
        if first is not None and first.twin_id != entry.pk and _age(first) < _age(entry)
        else None
    )


def _first(found: Any, entry: Entry) -> Entry | None:
    others: Sequence[Entry] = found.exclude(pk=entry.pk).exclude(state=Entry.States.GONE)[:MOST_CANDIDATES]
    first = min(others, key=_age, default=None)
    return first if first is not None and _age(first) < _age(entry) else None


def _age(entry: Entry) -> tuple[bool, Any, str]:
    return entry.source != OWN, entry.issued, entry.pk

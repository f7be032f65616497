"""What may be found, where it came from, what is needed, and the number of the last change."""

import secrets
import time
from typing import Any, ClassVar

from django.core.validators import URLValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.sharing.catalog.facts import Column, Event, Measured
from dure.vocabulary import Text

OWN = "own"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now: float | None = None) -> str:
    """An id that sorts by time and that nobody guesses: 26 letters as a ULID has (Crockford's base 32).

    >>> len(new_id()), new_id(1.0) < new_id(2.0)
    (26, True)
    """
    number = int(1000 * (time.time() if now is None else now)) << 80 | secrets.randbits(80)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))


class Turn(models.Model):
    """The number of the last change to the catalogue; one row, locked by whoever changes something."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("number of the last change")
        verbose_name_plural = _("numbers of the last change")

    def __str__(self) -> str:
        return str(self.last)


def next_turn(count: int = 1) -> int:
    """The first of `count` numbers of changes; call it inside the transaction that changes, so that none is seen late."""
    with transaction.atomic():
        turn, _made = Turn.objects.select_for_update().get_or_create(id=1)
        turn.last += count
        turn.save(update_fields=["last"])
    return turn.last - count + 1


class Entry(models.Model):
    """A dataset or a service that may be found.

    `source` is `own` for what this node offers, else the key of a `Source`; `origin` its id there. `columns`, `events`,
    `quality` hold what `facts` writes; `offers` are ODRL offers as JSON; `audience` DIDs that may see it (none: all).
    `turn` is the number of its last change, `twin` the entry whose content is the same.
    """

    class States(models.TextChoices):
        """Whether it is as it was told."""

        FRESH = "fresh", _("as measured")
        DRIFTED = "drifted", _("drifted since")
        GONE = "gone", _("withdrawn")

    id = models.CharField(_("entry"), max_length=32, primary_key=True, default=new_id)
    turn = models.BigIntegerField(unique=True)
    source = models.CharField(_("comes from"), max_length=80, default=OWN)
    origin = models.CharField(_("id at its source"), max_length=400)
    kind = models.CharField(_("kind"), max_length=10, default="dataset")
    title_en = models.CharField(_("title in English"), max_length=300, blank=True)
    title_ko = models.CharField(_("title in Korean"), max_length=300, blank=True)
    description_en = models.TextField(blank=True)
    description_ko = models.TextField(blank=True)
    keywords = models.JSONField(_("keywords"), default=list, blank=True)
    publisher = models.CharField(_("published by"), max_length=300, blank=True)
    publisher_name = models.CharField(_("name of the publisher"), max_length=200, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    equipment = models.CharField(_("equipment"), max_length=200, blank=True)
    equipment_en = models.CharField(max_length=200, blank=True)
    equipment_ko = models.CharField(max_length=200, blank=True)
    events = models.JSONField(_("events"), default=list, blank=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    start = models.DateTimeField(_("start"), null=True, blank=True)
    end = models.DateTimeField(_("end"), null=True, blank=True)
    quality = models.JSONField(_("quality"), default=list, blank=True)
    offers = models.JSONField(_("offers"), default=list, blank=True)
    audience = models.JSONField(_("may be seen by"), default=list, blank=True)
    sketch = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(_("SHA-256"), max_length=64, blank=True, db_index=True)
    address = models.CharField(_("address"), max_length=2000, blank=True)
    licence = models.CharField(_("licence"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=States, default=States.FRESH)
    twin = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="copies")
    issued = models.DateTimeField(_("offered"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering: ClassVar = ["-turn"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "origin"], name="catalog_once")]
        indexes: ClassVar = [models.Index(fields=["source", "turn"], name="catalog_feed")]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> Text:
        """Its title in both languages."""
        return Text(self.title_en or self.title_ko, self.title_ko or self.title_en)

    @property
    def description(self) -> Text:
        """What is told of it."""
        return Text(self.description_en or self.description_ko, self.description_ko or self.description_en)

    @property
    def equipment_label(self) -> Text:
        """Its class of equipment in words."""
        return Text(self.equipment_en or self.equipment, self.equipment_ko or self.equipment)

    @property
    def own(self) -> bool:
        """Whether this node offers it."""
        return self.source == OWN

    @property
    def fields(self) -> list[Column]:
        """Its columns."""
        return [Column.of(one) for one in self.columns]

    @property
    def marked(self) -> list[Event]:
        """The events that are marked in it."""
        return [Event(one["kind"], Text(one["en"], one["ko"]), one.get("count", 0)) for one in self.events]

    @property
    def measured(self) -> list[Measured]:
        """Its measured quality."""
        return [
            Measured(
                one["key"], one.get("characteristic", ""), Text(one["en"], one["ko"]), one["value"],
                one.get("unit", "1"), one.get("standard", ""),
            )
            for one in self.quality
        ]  # fmt: skip


class Band(models.Model):
    """One of sixteen keys of an entry's sketch: entries that share one may hold the same content."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="bands")
    key = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("key of a sketch")
        verbose_name_plural = _("keys of sketches")

    def __str__(self) -> str:
        return f"{self.entry_id} {self.key:x}"


class Source(models.Model):
    """Another catalogue that is looked at: its kind and address, how far it was read, and how it is."""

    class Kinds(models.TextChoices):
        """How it is read."""

        FEED = "feed", _("feed of changes")
        DCAT = "dcat", _("DCAT (JSON-LD)")
        CKAN = "ckan", _("CKAN")

    key = models.SlugField(_("source"), max_length=80, primary_key=True)
    title = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=6, choices=Kinds)
    address = models.CharField(_("address"), max_length=1000, validators=[URLValidator(["https", "http"])])
    did = models.CharField(_("published by"), max_length=300, blank=True)
    cursor = models.BigIntegerField(_("read up to"), default=0)
    on = models.BooleanField(_("is read"), default=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)
    good_at = models.DateTimeField(_("last answered"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failed in a row"), default=0)
    trouble_en = models.CharField(max_length=500, blank=True)
    trouble_ko = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.title

    @property
    def trouble(self) -> Text:
        """Why it did not answer last time; empty if it did."""
        return Text(self.trouble_en, self.trouble_ko)

    @property
    def health(self) -> str:
        """`new`, `good`, `late` (failed, at most three times in a row) or `bad`."""
        if self.tried_at is None:
            return "new"
        return "good" if not self.failures else "late" if self.failures <= 3 else "bad"


class PostedNeed(models.Model):
    """A need that was posted: `wanted` as `Need.report` writes it, `by` a DID or an id of a person, never a name."""

    id = models.CharField(_("need"), max_length=32, primary_key=True, default=new_id)
    title = models.CharField(_("title"), max_length=200)
    wanted = models.JSONField(_("wanted"))
    by = models.CharField(_("posted by"), max_length=300)
    at = models.DateTimeField(_("posted"), default=timezone.now)
    open = models.BooleanField(_("still open"), default=True)

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.title


def stored(facts: Any) -> dict[str, Any]:
    """The fields of an `Entry` from `DatasetFacts`."""
    return {
        "title_en": facts.title.en[:300], "title_ko": facts.title.ko[:300],
        "description_en": facts.description.en, "description_ko": facts.description.ko,
        "keywords": list(facts.keywords), "columns": [one.report() for one in facts.columns],
        "equipment": facts.equipment[:200], "equipment_en": facts.equipment_label.en[:200],
        "equipment_ko": facts.equipment_label.ko[:200],
        "events": [{"kind": one.kind, "en": one.label.en, "ko": one.label.ko, "count": one.count} for one in facts.events],
        "rows": facts.rows, "start": facts.start, "end": facts.end, "fingerprint": facts.fingerprint,
        "quality": [
            {"key": one.key, "characteristic": one.characteristic, "en": one.label.en, "ko": one.label.ko,
             "value": one.value, "unit": one.unit, "standard": one.standard}
            for one in facts.quality
        ],
    }  # fmt: skip

"""Frames of time, lots, and which lot went into which."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from dure.plant.events.kinds import Kind


class Lot(models.Model):
    """A quantity of one material that is handled as one (IEC 62264-2, material lot); times in ns since 1970 UTC."""

    id = models.CharField(_("lot"), max_length=200, primary_key=True)
    material = models.CharField(_("material"), max_length=200, blank=True, db_index=True)
    quantity = models.FloatField(_("quantity"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    made = models.BigIntegerField(_("made at"), null=True, blank=True, db_index=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    origin = models.CharField(_("origin"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.id


class Frame(models.Model):
    """A stretch of time that means something at a piece of equipment; `end` null while it lasts [ns since 1970 UTC].

    `origin` and `key` together are its identity: a table read twice gives the same frames.
    """

    origin = models.CharField(_("origin"), max_length=80)
    key = models.CharField(_("key"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=[(one.value, one.value) for one in Kind])
    title = models.CharField(_("title"), max_length=300, blank=True)
    equipment = models.CharField(_("equipment"), max_length=300, blank=True, db_index=True)
    start = models.BigIntegerField(_("start"), db_index=True)
    end = models.BigIntegerField(_("end"), null=True, blank=True, db_index=True)
    lot = models.ForeignKey(
        Lot, models.SET_NULL, null=True, blank=True, related_name="frames", verbose_name=_("lot")
    )
    facts = models.JSONField(_("facts"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event frame")
        verbose_name_plural = _("event frames")
        ordering: ClassVar = ["-start"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["origin", "key"], name="one_frame_a_key")]
        indexes: ClassVar = [models.Index(fields=["equipment", "start"], name="frames_at")]

    def __str__(self) -> str:
        return self.title or self.key

    @property
    def words(self) -> str:
        """Its kind as people say it."""
        return str(Kind(self.kind).words)


class Use(models.Model):
    """`parent` went into `child`; `quantity` in the parent's unit, or a share of the child where a table says so."""

    child = models.ForeignKey(Lot, models.CASCADE, related_name="uses", verbose_name=_("came out"))
    parent = models.ForeignKey(Lot, models.CASCADE, related_name="used_in", verbose_name=_("went in"))
    quantity = models.FloatField(_("quantity"), null=True, blank=True)
    origin = models.CharField(_("origin"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")
        constraints: ClassVar = [models.UniqueConstraint(fields=["child", "parent"], name="one_use_a_pair")]

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"

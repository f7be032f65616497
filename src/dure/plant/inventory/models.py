"""Signals the node knows, as measured, and files that people brought in."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.plant.inventory.finding import Finding
from dure.plant.inventory.records import Alias, Change, Equipment, EquipmentType
from dure.vocabulary import Dataset, home

__all__ = ["Alias", "Change", "Equipment", "EquipmentType", "Signal", "Upload", "upload_titles"]


class Signal(models.Model):
    """A signal: what its source says of it, what was measured of it, and what a person confirmed.

    `id` stays when its tag is renamed; `name` and `address` are what its source calls it now. `said` has who
    confirmed which fact, and when: `{fact: {by, name, at}}`. `low` and `high` are the range that is expected.
    `measured` holds rate_hz, period_s, gaps, gap_share, longest_gap_s, stuck_s, distinct, skew_s, bad_share,
    low, high, count, first and last [ns]; `findings` what is wrong, as `Finding.to_dict` writes it.
    """

    class UnitSource(models.TextChoices):
        """Who says what the unit is."""

        NOBODY = "", _("unknown")
        FOUND = "found", _("found at the source")
        CONFIRMED = "confirmed", _("confirmed by a person")

    id = models.CharField(_("signal"), max_length=400, primary_key=True)
    source = models.CharField(_("source"), max_length=80, db_index=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    unit_source = models.CharField(_("unit from"), max_length=10, choices=UnitSource, blank=True, default="")
    equipment = models.CharField(_("equipment"), max_length=300, blank=True, db_index=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    semantic_id = models.CharField(_("semantic id"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=20, default="number")
    suggested_unit = models.CharField(_("suggested unit"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    signal_class = models.CharField(_("signal class"), max_length=40, blank=True)
    low = models.FloatField(_("expected from"), null=True, blank=True)
    high = models.FloatField(_("expected to"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    said = models.JSONField(_("said by persons"), default=dict, blank=True)
    measured = models.JSONField(_("measured"), default=dict, blank=True)
    measured_at = models.DateTimeField(_("measured at"), null=True, blank=True)
    findings = models.JSONField(_("findings"), default=list, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.id

    @property
    def completeness(self) -> float | None:
        """Share of the samples expected at its own pace that came (ISO/IEC 25012, completeness); None if unknown."""
        gap = self.measured.get("gap_share")
        return None if gap is None else max(0.0, 1.0 - float(gap))

    @property
    def found(self) -> list[Finding]:
        """What is wrong with it, each with its sentence and its remedy in both languages."""
        return [Finding.from_dict(one) for one in self.findings]


class Upload(models.Model):
    """A file that a person brought in: `file` is its name below `uploads/`, `title` the name it came with."""

    id = models.CharField(_("upload"), max_length=32, primary_key=True)
    file = models.CharField(_("file"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads", verbose_name=_("brought in by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    size = models.BigIntegerField(_("size in bytes"))
    fingerprint = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    profile = models.JSONField(_("profile"), default=dict, blank=True)
    obligations = models.JSONField(_("obligations"), default=list, blank=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Any:
        """Where the file lies (a `pathlib.Path`)."""
        return home() / "uploads" / self.file

    @property
    def dataset(self) -> Dataset:
        """The file in the vocabulary's words, under its obligations."""
        return Dataset(
            f"upload:{self.id}",
            self.title,
            rows=self.rows,
            columns=tuple(self.columns),
            fingerprint=self.fingerprint,
            obligations=frozenset(self.obligations),
        )


def upload_titles() -> dict[str, str]:
    """Title of each upload by the name of its file below `uploads/`."""
    return dict(Upload.objects.values_list("file", "title"))

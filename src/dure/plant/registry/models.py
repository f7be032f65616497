"""Models the node holds, and the releases that put a name under them."""

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.vocabulary import home


class ModelVersion(models.Model):
    """A model package under `models/<id>/`; `id` is the start of its fingerprint, so a package is held once.

    `card` is the package's own card, copied so that pages need not open the folder. Versions of one `lineage` answer
    the same question, numbered as they came; `asked` is what its training was asked (`{"request", "table"}`), so that
    the same can be asked again of newer rows.
    """

    id = models.CharField(_("model"), max_length=16, primary_key=True)
    name = models.CharField(_("name"), max_length=200)
    lineage = models.CharField(_("lineage"), max_length=200, blank=True, db_index=True)
    number = models.PositiveIntegerField(_("version"), default=1)
    asked = models.JSONField(_("what was asked"), default=dict, blank=True)
    fingerprint = models.CharField(_("SHA-256"), max_length=80, unique=True)
    task = models.CharField(_("task"), max_length=20)
    card = models.JSONField(_("card"), default=dict)
    learnt_from = models.JSONField(_("learnt from"), default=list, blank=True)
    dataset_fingerprint = models.CharField(_("SHA-256 of the data"), max_length=80, blank=True)
    trained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="models_trained", verbose_name=_("trained by")
    )
    trusted_by_hand = models.BooleanField(_("signer trusted for this package only"), default=False)
    created = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """Its lineage and number: `NOX v2`."""
        return f"{self.lineage or self.name} v{self.number}"

    @property
    def folder(self) -> Path:
        """Where the package lies."""
        return home() / "models" / self.id

    @property
    def release(self) -> "Release | None":
        """The release in force, or None."""
        return self.releases.filter(withdrawn_at=None).order_by("-at").first()

    @property
    def metric(self) -> dict[str, Any]:
        """The figures of its evaluation."""
        return dict(self.card.get("metric") or {})

    @property
    def null(self) -> dict[str, Any]:
        """The same figures of the null, always shown beside."""
        return dict(self.card.get("null") or {})


class Release(models.Model):
    """A named person answers for a model on the line, until it is withdrawn."""

    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="releases", verbose_name=_("model"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("released by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_note = models.CharField(_("why withdrawn"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["model"], condition=models.Q(withdrawn_at=None), name="one_release_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model}, {self.by}"

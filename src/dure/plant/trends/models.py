"""Notes on the time axis, and views that people gave a name."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_TEXT = 2000


class Note(models.Model):
    """What a person wrote on a moment, or on `start` ≤ time < `end` [ns since 1970 UTC].

    `signals` are those it was written on: it is shown where one of them is; without any it is shown everywhere.
    """

    start = models.BigIntegerField(_("start"), db_index=True)
    end = models.BigIntegerField(_("end"), null=True, blank=True, db_index=True)
    text = models.TextField(_("text"), max_length=MOST_TEXT)
    signals = models.JSONField(_("signals"), default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="trend_notes", verbose_name=_("author")
    )
    at = models.DateTimeField(_("written at"), default=timezone.now)
    edited = models.DateTimeField(_("edited at"), null=True, blank=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering: ClassVar = ["-start"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def address(self) -> str:
        """Query part of the trend that shows it, with as much around it as it is long, ten minutes at least."""
        around = max((self.end or self.start) - self.start, 600 * 10**9) // 2
        first, last = max(0, self.start - around), (self.end or self.start) + around
        shown = [("signals", one) for one in self.signals]
        return urlencode([*shown, ("from", first // 10**6), ("to", last // 10**6)], safe="/")

    def may_change(self, person: Any) -> bool:
        """Whether `person` may edit and remove it: its author, and an engineer."""
        return bool(self.by_id == person.pk or person.has_role("engineer"))


class SavedView(models.Model):
    """A trend under a name: `address` is the query part of its address. `shared` shows it to all."""

    name = models.CharField(_("name"), max_length=100)
    address = models.TextField(_("address"), max_length=8000)
    shared = models.BooleanField(_("for all"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="trend_views", verbose_name=_("author")
    )
    at = models.DateTimeField(_("saved at"), default=timezone.now)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["by", "name"], name="one_view_a_name")]

    def __str__(self) -> str:
        return self.name

    def may_change(self, person: Any) -> bool:
        """Whether `person` may replace and remove it: its owner, and an engineer where all see it."""
        return bool(self.by_id == person.pk or (self.shared and person.has_role("engineer")))

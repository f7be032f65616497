"""A sheet: a row here, and a folder `sheets/<id>/` with its source table and the list of its actions."""

import secrets
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.vocabulary import home


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


class Sheet(models.Model):
    """A table that people work on.

    `source` is what it was opened from: `kind` (upload, paste, signals, sheet), `data` (ids of the datasets),
    `title`, `obligations`, and for signals `signals`, `last`, `every` [ns] and `live`.
    """

    id = models.CharField(_("sheet"), max_length=32, primary_key=True, default=new_id)
    name = models.CharField(_("name"), max_length=200)
    source = models.JSONField(_("source"), default=dict)
    rows = models.BigIntegerField(_("rows"), default=0)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    fingerprint = models.CharField(_("SHA-256 of the source"), max_length=64, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="sheets", verbose_name=_("opened by")
    )
    created = models.DateTimeField(_("created"), default=timezone.now)
    changed = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("sheet")
        verbose_name_plural = _("sheets")
        ordering: ClassVar = ["-changed"]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return home() / "sheets" / self.id

    @property
    def live(self) -> bool:
        """Whether its source grows."""
        return bool(self.source.get("live"))


class FeedToken(models.Model):
    """A program that may read a sheet's feed until `until`; only the SHA-256 of its token is kept."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="tokens", verbose_name=_("sheet"))
    hashed = models.CharField(_("SHA-256 of the token"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    at = models.DateTimeField(_("given"), default=timezone.now)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("token of a feed")
        verbose_name_plural = _("tokens of feeds")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.name

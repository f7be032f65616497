"""The ledger's rows: entries that are only ever added, the tree's edge, and personal words kept apart."""

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from dure.foundation.ledger.tree import Frontier


class Entries(models.QuerySet["Entry"]):
    """Entries in order; none is ever changed or removed through here."""

    def update(self, **_changes: Any) -> NoReturn:
        """Refused: an entry stays as it was written."""
        raise TypeError("a ledger entry is never changed")

    def delete(self) -> NoReturn:
        """Refused: an entry stays."""
        raise TypeError("a ledger entry is never removed")


class Entry(models.Model):
    """One thing that was done: when, by whom, what, to which object, with which facts."""

    index = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("when"))
    who = models.CharField(_("who"), max_length=200)
    what = models.CharField(_("what"), max_length=100, db_index=True)
    object = models.CharField(_("object"), max_length=300, db_index=True)
    facts = models.TextField(_("facts"))
    leaf = models.CharField(_("hash"), max_length=64)

    objects = Entries.as_manager()

    class Meta:
        ordering = ("index",)
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")

    def __str__(self) -> str:
        return f"{self.index}: {self.who} {self.what} {self.object}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; a written one is refused."""
        if not self._state.adding:
            raise TypeError("a ledger entry is never changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused: an entry stays."""
        raise TypeError("a ledger entry is never removed")


class Personal(models.Model):
    """A personal field of an entry, with the salt of its commitment; deleting it leaves the tree whole."""

    entry = models.ForeignKey(Entry, models.DO_NOTHING, related_name="personal")
    field = models.CharField(max_length=100)
    salt = models.CharField(max_length=64)
    value = models.TextField()

    class Meta:
        unique_together = (("entry", "field"),)

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.field}"


class Head(models.Model):
    """The tree's right edge, one row: locking it puts writers in a queue."""

    size = models.PositiveBigIntegerField(default=0)
    peaks = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return str(self.size)

    @property
    def frontier(self) -> Frontier:
        """The edge as the tree's functions take it."""
        return Frontier(self.size, tuple(bytes.fromhex(peak) for peak in self.peaks.split()))

    def move_to(self, frontier: Frontier) -> None:
        """Keep `frontier` as the tree's edge."""
        self.size, self.peaks = frontier.size, " ".join(peak.hex() for peak in frontier.peaks)
        self.save()

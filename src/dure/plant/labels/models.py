"""Sets of labels, and the append-only list of what people said."""

import secrets
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.vocabulary import home

MOST_NOTE = 1000


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


class LabelSet(models.Model):
    """What is asked of people: `kinds` is a list of `{"name", "words", "colour" (1 … 6), "key" ("1" … "9" or a letter)}`.

    `source` says of what: `{"signals": [...]}` for stretches, `{"upload": id}` for the rows of a file or the pictures
    and sounds it holds, `{"signal": id}` for the pictures and sounds of a signal. `suggested` is
    `{"at", "by_model", "items": [{"key", "why", "en", "ko"}]}` as `dure.plant.labels.helping` writes it.
    """

    class About(models.TextChoices):
        """What a label is put on."""

        STRETCHES = "stretches", _("stretches of signals")
        ROWS = "rows", _("rows of a table")
        PICTURES = "pictures", _("pictures")
        SOUNDS = "sounds", _("sounds")

    id = models.CharField(_("set of labels"), max_length=32, primary_key=True, default=new_id)
    name = models.CharField(_("name"), max_length=200)
    about = models.CharField(_("labels on"), max_length=12, choices=About)
    kinds = models.JSONField(_("kinds"), default=list)
    source = models.JSONField(_("source"), default=dict)
    obligations = models.JSONField(_("obligations"), default=list, blank=True)
    suggested = models.JSONField(_("suggested"), default=dict, blank=True)
    model = models.ForeignKey(
        "registry.ModelVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model that suggests"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="label_sets", verbose_name=_("opened by")
    )
    created = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("set of labels")
        verbose_name_plural = _("sets of labels")
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_names(self) -> list[str]:
        """Names of its kinds, in their order."""
        return [str(one["name"]) for one in self.kinds]

    @property
    def folder(self) -> Path:
        """Where files made of it lie."""
        return home() / "labels" / self.id

    @property
    def queues(self) -> bool:
        """Whether its items come one after the other; stretches are drawn on a trend."""
        return self.about != self.About.STRETCHES


class Mark(models.Model):
    """One thing that one person said or took back; never changed but for `stands`, which follows from the later ones.

    A row or a content is named by `item` (`row:<fingerprint>:<number>`, `sha256:<64 hex>`), a stretch by `signals`
    and `start` ≤ time < `end` [ns since 1970 UTC]. `of` is the mark that is taken back.
    """

    class Act(models.TextChoices):
        """What was done."""

        MARK = "mark", _("labelled")
        BACK = "back", _("taken back")
        RESOLVE = "resolve", _("decided")

    label_set = models.ForeignKey(LabelSet, models.PROTECT, related_name="marks", verbose_name=_("set"))
    act = models.CharField(_("what was done"), max_length=8, choices=Act)
    item = models.CharField(_("item"), max_length=120, blank=True, db_index=True)
    signals = models.JSONField(_("signals"), default=list, blank=True)
    start = models.BigIntegerField(_("start"), null=True, blank=True)
    end = models.BigIntegerField(_("end"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=60, blank=True)
    sure = models.FloatField(_("certainty"), default=1.0)
    note = models.CharField(_("note"), max_length=MOST_NOTE, blank=True)
    of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("of")
    )
    before = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("said before")
    )
    stands = models.BooleanField(_("stands"), default=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="label_marks", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["label_set", "stands", "item"], name="labels_standing"),
            models.Index(fields=["label_set", "start"], name="labels_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item or self.start}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the ledger keeps of it."""
        told: dict[str, Any] = {"kind": self.kind, "sure": self.sure, "item": self.item}
        if self.start is not None:
            told |= {"signals": list(self.signals), "start": self.start, "end": self.end}
        return {name: value for name, value in told.items() if value != ""}

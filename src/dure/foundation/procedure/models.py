"""What is kept of procedures: their texts in all versions, cases, the moves made, deadlines and notices."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.vocabulary import Text


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


class Edition(models.Model):
    """One version of the text of a form, flow or score. Only one of a name is in force; old cases keep theirs."""

    class Kind(models.TextChoices):
        """What a text can be."""

        FORM = "form", _("form")
        FLOW = "flow", _("flow")
        SCORE = "score", _("score")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=60)
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    note = models.CharField(_("note"), max_length=500, blank=True)
    shipped = models.BooleanField(_("came with the release"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )  # fmt: skip
    written = models.DateTimeField(_("written"), default=timezone.now)
    since = models.DateTimeField(_("in force from"), null=True, blank=True)
    until = models.DateTimeField(_("in force until"), null=True, blank=True)

    class Meta:
        verbose_name = _("version of a procedure")
        verbose_name_plural = _("versions of procedures")
        ordering: ClassVar = ["kind", "name", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "name", "number"], name="edition_number_once"),
            models.UniqueConstraint(
                fields=["kind", "name"],
                condition=models.Q(since__isnull=False, until__isnull=True),
                name="edition_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.number}"


class Case(models.Model):
    """One matter on its way through a flow. `answers` are by form, then field; private ones lie in `private`."""

    id = models.CharField(_("case"), max_length=16, primary_key=True, default=new_id)
    flow = models.ForeignKey(Edition, models.PROTECT, related_name="cases", verbose_name=_("flow"))
    subject = models.CharField(_("subject"), max_length=300)
    about = models.CharField(_("about"), max_length=200, blank=True, db_index=True)
    state = models.CharField(_("state"), max_length=60, db_index=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    private = models.JSONField(_("private answers"), default=dict, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    locked = models.JSONField(_("locked forms"), default=list, blank=True)
    editions = models.JSONField(_("versions of its forms"), default=dict, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases", verbose_name=_("opened by")
    )
    organisation = models.ForeignKey(
        "parties.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("for"),
    )
    opened = models.DateTimeField(_("opened"), default=timezone.now)
    entered = models.DateTimeField(_("in this state since"), default=timezone.now)
    closed = models.DateTimeField(_("closed"), null=True, blank=True)
    clock_began = models.DateTimeField(_("clock began"), null=True, blank=True)
    paused_days = models.PositiveIntegerField(_("working days paused"), default=0)
    moves_made = models.PositiveIntegerField(_("moves made"), default=0)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering: ClassVar = ["-opened"]

    def __str__(self) -> str:
        return self.subject


class Made(models.Model):
    """A move that was made; none is ever changed or taken away."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="history", verbose_name=_("case"))
    number = models.PositiveIntegerField(_("number"))
    move = models.CharField(_("move"), max_length=60)
    before = models.CharField(_("from"), max_length=60)
    after = models.CharField(_("to"), max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    role = models.CharField(_("role"), max_length=60)
    reason = models.CharField(_("reason"), max_length=2000, blank=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("move made")
        verbose_name_plural = _("moves made")
        ordering: ClassVar = ["case", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="made_number_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.number}: {self.move}"


class Assigned(models.Model):
    """Who has which role in one case, besides the roles held everywhere."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="assigned", verbose_name=_("case"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=60)
    since = models.DateTimeField(_("from"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "person", "role"],
                condition=models.Q(until__isnull=True),
                name="assigned_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.person}, {self.role}"


class Due(models.Model):
    """Something that must be done in time; when it has passed, the clock makes the move named, if there is one."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="due", verbose_name=_("case"))
    state = models.CharField(_("state"), max_length=60)
    move = models.CharField(_("move"), max_length=60, blank=True)
    at = models.DateTimeField(_("until"), db_index=True)
    done = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}: {self.at:%Y-%m-%d}"


class Notice(models.Model):
    """A word to one person about one case, in both languages."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notices", verbose_name=_("case"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=_("person")
    )
    en = models.CharField(max_length=2000)
    ko = models.CharField(max_length=2000)
    at = models.DateTimeField(_("at"), default=timezone.now)
    read = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.ko

    @property
    def words(self) -> Text:
        """What it says."""
        return Text(self.en, self.ko)

"""What is kept: certificates with their standing, golden sets with their sealed half, and each attempt at one."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.sharing.certification.certificate import ASSESSED, SELF_DECLARED, Certificate


class Issued(models.Model):
    """A certificate of this node, as it was signed, and whether it still stands."""

    class State(models.TextChoices):
        """How it stands."""

        STANDING = "standing", _("in force")
        SUSPENDED = "suspended", _("suspended")
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Assurance(models.TextChoices):
        """Whose word stands behind it."""

        SELF = SELF_DECLARED, _("self-declared")
        ASSESSED = ASSESSED, _("assessed")

    id = models.UUIDField(_("certificate"), primary_key=True)
    title = models.CharField(_("data"), max_length=300)
    issuer = models.CharField(_("issuer"), max_length=300)
    root = models.CharField(_("Merkle root"), max_length=80, db_index=True)
    rules = models.CharField(_("rule set"), max_length=80)
    assurance = models.CharField(_("assurance"), max_length=16, choices=Assurance)
    meets = models.BooleanField(_("meets every requirement"))
    since = models.DateTimeField(_("valid from"))
    until = models.DateTimeField(_("valid until"))
    jwt = models.TextField(_("signed token"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kept by")
    )  # fmt: skip
    kept = models.DateTimeField(_("kept"), default=timezone.now)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.STANDING, db_index=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    registered = models.DateTimeField(_("in the register since"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering: ClassVar = ["-kept"]

    def __str__(self) -> str:
        return self.title

    @property
    def certificate(self) -> Certificate:
        """The certificate itself."""
        return Certificate(self.jwt)


class Golden(models.Model):
    """A golden dataset: an open half for all, and a sealed half that is only scored against, at home."""

    name = models.SlugField(_("name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=300)
    target = models.CharField(_("column to be learnt"), max_length=200)
    split_by = models.CharField(_("split by"), max_length=200)
    open_root = models.CharField(_("Merkle root of the open half"), max_length=80)
    sealed_root = models.CharField(_("Merkle root of the sealed half"), max_length=80)
    open_rows = models.PositiveIntegerField(_("open rows"))
    sealed_rows = models.PositiveIntegerField(_("sealed rows"))
    attempts_most = models.PositiveIntegerField(_("attempts a party"), default=5)
    made = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("golden dataset")
        verbose_name_plural = _("golden datasets")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.title


class Attempt(models.Model):
    """One model scored on a sealed half: whose it was, and the only figure that left."""

    golden = models.ForeignKey(
        Golden, models.PROTECT, related_name="attempts", verbose_name=_("golden dataset")
    )
    party = models.CharField(_("party"), max_length=300)
    number = models.PositiveIntegerField(_("attempt"))
    model = models.CharField(_("model"), max_length=80)
    metric = models.CharField(_("metric"), max_length=60, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    null = models.FloatField(_("score without a model"), null=True, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering: ClassVar = ["golden", "party", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["golden", "party", "number"], name="attempt_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.golden} {self.party} {self.number}"

"""What is kept: partners, tokens already seen, credentials held and issued, status lists, requests, pairings."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _nothing() -> dict[str, Any]:
    return {}


class Participant(models.Model):
    """A firm that we exchange data with, known by its DID."""

    class How(models.TextChoices):
        """How we came to know its keys."""

        PAIRED = "paired", _("paired by code")
        DCP = "dcp", _("by its credentials")
        STATIC = "static", _("entered by hand")

    did = models.CharField(_("DID"), max_length=500, unique=True)
    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, null=True, blank=True, related_name="participants", verbose_name=_("organisation")
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=200, blank=True)
    dsp_url = models.CharField(_("address of its connector"), max_length=500, blank=True)
    since = models.DateTimeField(_("from"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    how = models.CharField(_("known"), max_length=8, choices=How)
    document = models.JSONField(_("pinned DID document"), default=_nothing, blank=True)
    shown = models.JSONField(_("credentials it has shown"), default=list, blank=True)
    shown_until = models.DateTimeField(_("asked again after"), null=True, blank=True)

    class Meta:
        ordering = ("name", "did")
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name or self.did

    def active(self, now: datetime) -> bool:
        """Whether it takes part at `now`."""
        return self.since <= now and (self.until is None or now < self.until)


class SeenToken(models.Model):
    """A token that was used once and may not be used again, by the hash of its issuer and number, as long as it could be."""

    key = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class TrustedIssuer(models.Model):
    """An issuer whose word counts, for the types of credential that it may attest."""

    did = models.CharField(_("DID"), max_length=500, unique=True)
    kinds = models.JSONField(_("types of credential"), default=list)
    since = models.DateTimeField(_("from"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    def __str__(self) -> str:
        return self.did


class Held(models.Model):
    """A credential about us, as its issuer gave it."""

    id = models.CharField(max_length=500, primary_key=True)
    issuer = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    profile = models.CharField(max_length=20)
    jwt = models.TextField()
    until = models.DateTimeField(null=True)
    received = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.kinds}: {self.issuer}"

    @property
    def said(self) -> list[str]:
        """What it attests; that it is a credential goes without saying."""
        return [kind for kind in self.kinds if kind != "VerifiableCredential"]


class StatusList(models.Model):
    """A list of bits, one a credential: set means revoked. `taken` are the places given away."""

    purpose = models.CharField(max_length=20, default="revocation")
    profile = models.CharField(max_length=20)
    bits = models.BinaryField()
    taken = models.BinaryField()
    left = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Issued(models.Model):
    """A credential that we gave, so that it can be revoked."""

    id = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=500, db_index=True)
    kind = models.CharField(max_length=100)
    profile = models.CharField(max_length=20)
    jwt = models.TextField()
    list = models.ForeignKey(StatusList, models.PROTECT)
    place = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    revoked = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("list", "place"), name="issued_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.holder}"


class CredentialRequest(models.Model):
    """A holder's request for credentials: at the issuer (`ours` false) and at the holder that asked (`ours` true)."""

    class State(models.TextChoices):
        """As DCP 1.0 names them."""

        RECEIVED = "RECEIVED", _("received")
        ISSUED = "ISSUED", _("issued")
        REJECTED = "REJECTED", _("rejected")

    id = models.CharField(max_length=64, primary_key=True)
    ours = models.BooleanField()
    peer = models.CharField(max_length=500, db_index=True)
    peer_pid = models.CharField(max_length=300)
    wanted = models.JSONField(default=list)
    token = models.TextField(blank=True)
    granted = models.BooleanField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("ours", "peer", "peer_pid"), name="credential_request_once"),
        ]

    def __str__(self) -> str:
        return f"{self.peer}: {self.wanted} {self.state}"


class OfferReceived(models.Model):
    """An issuer's offer of credentials to us."""

    issuer = models.CharField(max_length=500)
    wanted = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.issuer}: {self.wanted}"


class Pairing(models.Model):
    """One try of two firms to know each other: an invitation with its code here, or a code of another's entered here."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("waiting for the other firm")
        MET = "met", _("waiting for confirmation")
        DONE = "done", _("paired")
        ENDED = "ended", _("ended")

    id = models.CharField(max_length=64, primary_key=True)
    invited = models.BooleanField()
    code = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=100)
    made = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=5, choices=State, default=State.OPEN, db_index=True)
    address = models.CharField(max_length=500, blank=True)
    did = models.CharField(max_length=500, blank=True)
    name = models.CharField(max_length=200, blank=True)
    document = models.JSONField(default=_nothing, blank=True)
    seal = models.CharField(max_length=24, blank=True)
    mine = models.BooleanField(default=False)
    theirs = models.BooleanField(default=False)

    class Meta:
        ordering = ("-made",)

    def __str__(self) -> str:
        return f"{self.name or self.did or 'pairing'}: {self.state}"


class WrongCode(models.Model):
    """A code that was none of ours: too many within ten minutes, and no code is looked at."""

    source = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.source} {self.at}"

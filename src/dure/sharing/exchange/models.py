"""What is kept of negotiations, agreements and transfers, and of every message that went in or out."""

import uuid
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.sharing.exchange.machine import MACHINES, Machine, Role, State

MOST_ID = 300
MOST_ADDRESS = 2000
MOST_DID = 500


def new_id() -> str:
    """An id of ours that is never given twice."""
    return f"urn:uuid:{uuid.uuid4()}"


class Roles(models.TextChoices):
    """Our side of it, in words."""

    CONSUMER = Role.CONSUMER.value, _("we ask for data")
    PROVIDER = Role.PROVIDER.value, _("we are asked for data")


class Process(models.Model):
    """One negotiation or transfer as it stands at our side.

    `peer_pid` is the other side's id of it, `address` where its messages go; `version` grows with each change, so that
    two changes at once cannot both be written.
    """

    kind: ClassVar[str]
    # Who sent the message that is being taken; for the moment of taking it, never kept.
    asker: Any = None

    pid = models.CharField(_("process"), max_length=MOST_ID, primary_key=True, default=new_id)
    peer_pid = models.CharField(_("the other side's id"), max_length=MOST_ID, blank=True)
    role = models.CharField(_("our side"), max_length=10, choices=Roles)
    peer = models.CharField(_("the other side"), max_length=MOST_DID, db_index=True)
    address = models.CharField(_("address"), max_length=MOST_ADDRESS)
    state = models.CharField(_("state"), max_length=12, blank=True, db_index=True)
    version = models.PositiveIntegerField(_("version"), default=0)
    reason = models.JSONField(_("reason"), default=dict, blank=True)
    created = models.DateTimeField(_("created"), default=timezone.now)
    changed = models.DateTimeField(_("changed"), default=timezone.now, db_index=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["-changed"]

    def __str__(self) -> str:
        return f"{self.pid}: {self.state}"

    @property
    def machine(self) -> Machine:
        """The table that it follows."""
        return MACHINES[self.kind]

    @property
    def stands(self) -> State:
        """Its state as a word of the machine."""
        return State(self.state)

    @property
    def side(self) -> Role:
        """Our side of it."""
        return Role(self.role)

    @property
    def over(self) -> bool:
        """Whether nothing can follow."""
        return self.stands in self.machine.final

    @property
    def pids(self) -> dict[str, str]:
        """Both ids under the protocol's names."""
        ours, theirs = self.pid, self.peer_pid
        consumer, provider = (ours, theirs) if self.side is Role.CONSUMER else (theirs, ours)
        return {"providerPid": provider, "consumerPid": consumer}


def _once(name: str) -> list[Any]:
    return [
        models.UniqueConstraint(
            fields=["role", "peer", "peer_pid"], condition=~models.Q(peer_pid=""), name=f"{name}_begun_once"
        )
    ]


class Negotiation(Process):
    """A contract negotiation; `offer` is the one that lies on the table."""

    kind = "negotiation"

    dataset = models.CharField(_("dataset"), max_length=MOST_ID, db_index=True)
    offer = models.JSONField(_("offer"), default=dict)

    class Meta(Process.Meta):
        verbose_name = _("negotiation")
        verbose_name_plural = _("negotiations")
        constraints: ClassVar = _once("negotiation")


class Agreement(models.Model):
    """What both sides agreed, with the metadata, schema and quality of the data as they were then.

    Written once; later only `final` (when both sides had it) and `ended` with its reason are set, each once.
    """

    id = models.CharField(_("agreement"), max_length=MOST_ID, primary_key=True)
    negotiation = models.OneToOneField(
        Negotiation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreement",
        verbose_name=_("negotiation"),
    )
    role = models.CharField(_("our side"), max_length=10, choices=Roles)
    peer = models.CharField(_("the other side"), max_length=MOST_DID, db_index=True)
    dataset = models.CharField(_("dataset"), max_length=MOST_ID, db_index=True)
    policy = models.JSONField(_("policy"), default=dict)
    frozen = models.JSONField(_("the data at signing"), default=dict, blank=True)
    agreed = models.DateTimeField(_("agreed"), default=timezone.now)
    final = models.DateTimeField(_("in force since"), null=True, blank=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering: ClassVar = ["-agreed"]

    def __str__(self) -> str:
        return self.id

    def save(self, *args: Any, **more: Any) -> None:
        """Write it the one time that it is written."""
        if not self._state.adding:
            raise TypeError("an agreement is written once")
        super().save(*args, **more)

    def delete(self, *_args: Any, **_more: Any) -> NoReturn:
        """Refused."""
        raise TypeError("an agreement is never deleted")

    @property
    def in_force(self) -> bool:
        """Whether data may move under it."""
        return self.final is not None and self.ended is None


class Transfer(Process):
    """A transfer under an agreement; `data_address` may hold a token and is never logged."""

    kind = "transfer"

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="transfers", verbose_name=_("agreement")
    )
    format = models.CharField(_("format"), max_length=MOST_ID)
    data_address = models.JSONField(_("data address"), null=True, blank=True)

    class Meta(Process.Meta):
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints: ClassVar = _once("transfer")


class Message(models.Model):
    """One message in or out. An outgoing one that waits is the outbox: it is sent until it is answered.

    `held` is until when a courier has it in hand, so that two couriers do not send it at once.
    """

    class Outcomes(models.TextChoices):
        """What became of it."""

        TAKEN = "taken", _("received")
        WAITING = "waiting", _("waits to be acknowledged")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        REFUSED = "refused", _("refused by the other side")
        OVERTAKEN = "overtaken", _("overtaken by another message")

    kind = models.CharField(_("kind"), max_length=12)
    pid = models.CharField(_("process"), max_length=MOST_ID)
    step = models.CharField(_("protocol step"), max_length=12)
    ours = models.BooleanField(_("sent by us"))
    body = models.JSONField(_("message"))
    mark = models.CharField(_("SHA-256"), max_length=64)
    after = models.CharField(_("state after it"), max_length=12)
    at = models.DateTimeField(_("at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcomes)
    due = models.DateTimeField(_("due"), default=timezone.now)
    held = models.DateTimeField(_("held until"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    why = models.CharField(_("why it waits"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "pid", "ours"], name="message_of_process"),
            models.Index(fields=["due"], condition=models.Q(outcome="waiting"), name="message_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "pid"], condition=models.Q(outcome="waiting"), name="one_message_waits"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.pid}: {self.outcome}"


KINDS: dict[str, type[Negotiation] | type[Transfer]] = {"negotiation": Negotiation, "transfer": Transfer}

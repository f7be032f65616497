"""Alarms as they stand, and the journal of what became of them."""

from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dure.plant.alarms.states import HIDDEN, UNANSWERED, Event, Standing, State
from dure.vocabulary import Text


class Alarm(models.Model):
    """One alarm as it stands now. Times are in ns since 1970 UTC.

    `id` is that of its definition, `deploy/<deployment>/<equipment>`, or `plant/<what>`. `watch` is where its watch
    stands, so that a killed worker goes on: `{"looked", "active", "since", "suppressed", "known"}`. `facts` is what was known
    when it rang: `{"values": {signal: value}}`, a link.
    """

    class Origin(models.TextChoices):
        """Who raises it."""

        PROCESS = "process", _("process condition")
        DEPLOYMENT = "deployment", _("model on the line")
        PLANT = "plant", _("the plant's own health")

    class Priority(models.IntegerChoices):
        """How grave."""

        CRITICAL = 1, _("critical")
        HIGH = 2, _("high")
        MEDIUM = 3, _("medium")
        LOW = 4, _("low")

    class States(models.IntegerChoices):
        """Where it stands, in words."""

        NORMAL = State.NORMAL.value, _("normal")
        UNACKNOWLEDGED = State.UNACKNOWLEDGED.value, _("unacknowledged")
        ACKNOWLEDGED = State.ACKNOWLEDGED.value, _("acknowledged")
        RETURNED = State.RETURNED.value, _("returned to normal, unacknowledged")
        LATCHED = State.LATCHED.value, _("latched, unacknowledged")
        LATCHED_ACKNOWLEDGED = State.LATCHED_ACKNOWLEDGED.value, _("latched, acknowledged")
        SHELVED = State.SHELVED.value, _("shelved")
        SUPPRESSED = State.SUPPRESSED.value, _("suppressed by design")
        OUT_OF_SERVICE = State.OUT_OF_SERVICE.value, _("out of service")

    id = models.CharField(_("alarm"), max_length=400, primary_key=True)
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, default=Origin.PROCESS)
    title_en = models.CharField(_("English title"), max_length=300)
    title_ko = models.CharField(_("Korean title"), max_length=300)
    equipment = models.CharField(_("equipment"), max_length=300, blank=True, db_index=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.LOW)
    kind = models.CharField(_("class"), max_length=100, blank=True)
    consequence = models.TextField(_("consequence"), blank=True)
    response = models.TextField(_("what to do"), blank=True)
    response_s = models.FloatField(_("time to respond"), default=0.0)
    latch = models.BooleanField(_("latches"), default=False)
    state = models.PositiveSmallIntegerField(_("state"), choices=States, default=0, db_index=True)
    active = models.BooleanField(_("condition holds"), default=False)
    suppressed = models.BooleanField(_("suppressed by design"), default=False)
    known = models.BooleanField(_("condition known"), default=True)
    retired = models.BooleanField(_("definition switched off"), default=False)
    rang = models.BigIntegerField(_("rang"), default=0)
    changed = models.BigIntegerField(_("changed at"), default=0)
    stamp = models.BigIntegerField(default=0)
    until = models.BigIntegerField(_("shelved until"), null=True, blank=True, db_index=True)
    why = models.CharField(_("reason"), max_length=1000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    watch = models.JSONField(_("watch"), default=dict, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering: ClassVar = ["priority", "-rang", "id"]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> Text:
        """Its title in both languages."""
        return Text(self.title_en, self.title_ko)

    @property
    def to_do(self) -> str:
        """What to do, in the reader's language where both are known."""
        told = self.facts.get("response")
        return str(Text(told["en"], told["ko"])) if isinstance(told, dict) else self.response

    @property
    def standing(self) -> Standing:
        """Where it stands, for the table of states."""
        return Standing(State(self.state), self.active, self.suppressed)

    @property
    def hidden(self) -> bool:
        """Whether it is shelved, suppressed or out of service."""
        return State(self.state) in HIDDEN

    @property
    def unanswered(self) -> bool:
        """Whether it waits for somebody to acknowledge it."""
        return State(self.state) in UNANSWERED


class AppendOnly(models.QuerySet["Entry"]):
    """Rows that are written once."""

    def update(self, **_: Any) -> NoReturn:
        """Refused."""
        raise TypeError("the alarm journal is append-only")

    def delete(self) -> NoReturn:
        """Refused."""
        raise TypeError("the alarm journal is append-only")


class Entry(models.Model):
    """One transition of one alarm: what, from where to where, when it was so (`at`) and when we knew (`told`). [ns]."""

    class Events(models.TextChoices):
        """What happened, in words."""

        ANNUNCIATE = Event.ANNUNCIATE.value, _("alarm")
        RETURN = Event.RETURN.value, _("back to normal")
        ACKNOWLEDGE = Event.ACKNOWLEDGE.value, _("acknowledged")
        RESET = Event.RESET.value, _("latch reset")
        SHELVE = Event.SHELVE.value, _("shelved")
        UNSHELVE = Event.UNSHELVE.value, _("taken from the shelf")
        EXPIRE = Event.EXPIRE.value, _("shelf expired")
        SUPPRESS = Event.SUPPRESS.value, _("suppressed by design")
        UNSUPPRESS = Event.UNSUPPRESS.value, _("no longer suppressed")
        REMOVE = Event.REMOVE.value, _("out of service")
        RESTORE = Event.RESTORE.value, _("back in service")

    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="journal", verbose_name=_("alarm"))
    event = models.CharField(_("event"), max_length=12, choices=Events)
    before = models.PositiveSmallIntegerField(_("state before"), choices=Alarm.States)
    after = models.PositiveSmallIntegerField(_("state after"), choices=Alarm.States)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Alarm.Priority)
    at = models.BigIntegerField(_("at"), db_index=True)
    told = models.BigIntegerField(_("told"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    why = models.CharField(_("reason"), max_length=1000, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("alarm journal")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            # What a formula found is found again by a worker that was killed: twice is once.
            models.UniqueConstraint(
                fields=["alarm", "event", "at"], condition=models.Q(by=None), name="alarm_turned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id}: {self.event}"

    def save(self, *args: Any, **more: Any) -> None:
        """Write it the one time that it is written."""
        if self.pk is not None:
            raise TypeError("the alarm journal is append-only")
        super().save(*args, **more)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        raise TypeError("the alarm journal is append-only")

    @property
    def shown_at(self) -> datetime:
        """When it was so, for pages."""
        return datetime.fromtimestamp(self.at / 1e9, tz=UTC)


class Unpublished(models.Model):
    """A state that the historian does not have yet: written with the transition, gone once it is kept there."""

    alarm = models.CharField(max_length=400)
    stamp = models.BigIntegerField()
    state = models.PositiveSmallIntegerField()
    quality = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.alarm}: {self.state}"

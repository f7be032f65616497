"""Models on the line: where they run, who decided each step, and the alarms they raised."""

from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.plant.deploy.standing import Standing


class Fleet(models.Model):
    """Machines of one kind that run models of one recipe: one model for all, or their own where that is better.

    `choices` says of each machine what honest validation chose, see `dure.plant.deploy.fleet.Choice`.
    """

    name = models.CharField(_("name"), max_length=200)
    pooled = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="+", verbose_name=_("model of all machines")
    )
    choices = models.JSONField(_("choices"), default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    created = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("fleet")
        verbose_name_plural = _("fleets")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Deployment(models.Model):
    """A place on the line at which a released model scores live signals.

    What runs there (the model, its settings, and `memory`, the folder with all that it saw and learnt) can be
    exchanged with that of a challenger beside it; name, state and signals are the place's own and stay.

    `assets` is a list of `{"asset": "Cell01", "inputs": {"Voltage": "line1/Cell01/Voltage"}, "label": "lab/Cell01"}`,
    `label` being a signal that tells later what the model had to say, if there is one; `since` the tick [ns] from
    which it scores. `health` is written by the worker, see `dure.plant.deploy.health`.
    """

    class Fallback(models.TextChoices):
        """What the line sees while the model cannot speak."""

        SILENT = "silent", _("nothing: no value is made up")
        LAST = "last", _("the last value it said, marked uncertain")
        VALUE = "value", _("a fixed value, marked uncertain")
        ALARM = "alarm", _("an alarm: nobody watches this equipment")

    class State(models.TextChoices):
        """How much the line sees of it."""

        SHADOW = Standing.SHADOW.value, _("shadow: scores, shows nothing on the line")
        ADVISORY = Standing.ADVISORY.value, _("advisory: alarms are shown as advice")
        ON = Standing.ON.value, _("on: alarms call for action")
        STOPPED = Standing.STOPPED.value, _("stopped")

    model = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="deployments", verbose_name=_("model")
    )
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SHADOW)
    assets = models.JSONField(_("equipment"), default=list)
    every_s = models.FloatField(_("scores every"), default=1.0, help_text=_("seconds"))
    lateness_s = models.FloatField(
        _("waits for late samples"),
        default=0.6,
        help_text=_("seconds; a tick is decided earlier when every input has spoken"),
    )
    max_age_s = models.FloatField(
        _("oldest input"), default=60.0, help_text=_("seconds; an older input is stale and is not scored")
    )
    max_missing = models.FloatField(
        _("missing history allowed"), default=0.1, help_text=_("share of the window a row looks back on")
    )
    threshold = models.FloatField(
        _("alarm above"), null=True, blank=True, help_text=_("empty: the threshold in the model's card")
    )
    raise_after = models.PositiveIntegerField(
        _("raise after"), default=3, help_text=_("ticks in a row above the threshold")
    )
    clear_after = models.PositiveIntegerField(
        _("clear after"), default=10, help_text=_("ticks in a row below the clear level")
    )
    clear_share = models.FloatField(_("clear level"), default=0.9, help_text=_("share of the threshold"))
    follows_labels = models.BooleanField(
        _("follows late labels"),
        default=False,
        help_text=_("no: labels only show what following them would bring"),
    )
    label_shift_s = models.FloatField(
        _("label behind its row"),
        default=0.0,
        help_text=_("seconds from a row to the time that its label bears"),
    )
    memory = models.CharField(_("folder of what it saw"), max_length=40, blank=True)
    calibration = models.JSONField(_("this machine's own scale and offset"), default=dict, blank=True)
    fallback = models.CharField(
        _("while it cannot speak"), max_length=10, choices=Fallback, default=Fallback.SILENT
    )
    fallback_value = models.FloatField(_("value of the fallback"), null=True, blank=True)
    guards_range = models.BooleanField(
        _("is silent far outside what it learnt"),
        default=False,
        help_text=_("no: inputs outside their range are scored, and the drift is shown"),
    )
    proposes = models.BooleanField(
        _("may propose a refit"),
        default=True,
        help_text=_("a candidate is trained and shown, never released"),
    )
    challenges = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="challengers",
        verbose_name=_("challenges"),
    )
    stood_until = models.BigIntegerField(_("stood in the place until"), null=True, blank=True)
    fleet = models.ForeignKey(
        Fleet, models.PROTECT, null=True, blank=True, related_name="deployments", verbose_name=_("fleet")
    )
    machine = models.CharField(_("machine of the fleet"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deployments", verbose_name=_("deployed by")
    )
    created = models.DateTimeField(_("created"), default=timezone.now)
    since = models.BigIntegerField(_("scores since"), default=0)
    health = models.JSONField(_("health"), default=dict, blank=True)

    class Meta:
        verbose_name = _("model on the line")
        verbose_name_plural = _("models on the line")
        ordering: ClassVar = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def every_ns(self) -> int:
        """Time between two ticks. [ns]."""
        return round(self.every_s * 1e9)

    @property
    def folder(self) -> str:
        """Name of the folder below `scored/` with what it saw and learnt."""
        return self.memory or str(self.pk)

    @property
    def shadow(self) -> bool:
        """Whether its alarms stay off the line page."""
        return self.state == self.State.SHADOW

    def signal(self, asset: str, what: str) -> str:
        """Id of a signal it writes: `score`, `prediction`, `lower`, `upper`, `alarm` or a quantity of `asset`."""
        return f"deploy/{self.pk}/{asset}/{what}"


class Decision(models.Model):
    """A step of a deployment or a word about its labels, by a named person, with the reason given."""

    class About(models.TextChoices):
        """What was decided."""

        STEP = "step", _("a step")
        FOLLOW = "follow", _("late labels are followed")
        IGNORE = "ignore", _("late labels are not followed")
        LABELS = "labels", _("which signals give labels")
        CHALLENGE = "challenge", _("a challenger")
        PROMOTE = "promote", _("a promotion")
        ROLLBACK = "rollback", _("a rollback")
        FALLBACK = "fallback", _("the fallback")

    deployment = models.ForeignKey(
        Deployment, models.PROTECT, related_name="decisions", verbose_name=_("model on the line")
    )
    before = models.CharField(_("from"), max_length=10, blank=True)
    after = models.CharField(_("to"), max_length=10, choices=Deployment.State)
    what = models.CharField(_("about"), max_length=10, choices=About, default=About.STEP)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=1000)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.deployment}: {self.before} → {self.after}"


class Tenure(models.Model):
    """From when to when which model stood at a place on the line, with which memory; ns since 1970 UTC."""

    deployment = models.ForeignKey(
        Deployment, models.PROTECT, related_name="tenures", verbose_name=_("model on the line")
    )
    model = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="tenures", verbose_name=_("model")
    )
    memory = models.CharField(_("folder of what it saw"), max_length=40)
    state = models.CharField(_("state when it left"), max_length=10, blank=True)
    began = models.BigIntegerField(_("began"))
    ended = models.BigIntegerField(_("ended"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        ordering: ClassVar = ["-began", "-pk"]

    def __str__(self) -> str:
        return f"{self.deployment}: {self.model}"


class Proposal(models.Model):
    """A refit that the node proposes: why, the candidate it trained, and what both would have said of newer rows."""

    class State(models.TextChoices):
        """How far it is."""

        TRAINING = "training", _("a candidate is being trained")
        PROPOSED = "proposed", _("waits for a person")
        ACCEPTED = "accepted", _("accepted: runs as challenger")
        DECLINED = "declined", _("declined")
        FAILED = "failed", _("could not be trained")

    deployment = models.ForeignKey(
        Deployment, models.PROTECT, related_name="proposals", verbose_name=_("model on the line")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.TRAINING)
    why = models.JSONField(_("why"), default=dict)
    work = models.CharField(_("work"), max_length=64, blank=True)
    candidate = models.ForeignKey(
        "registry.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("candidate"),
    )
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("proposed refit")
        verbose_name_plural = _("proposed refits")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deployment"],
                condition=models.Q(state__in=["training", "proposed"]),
                name="one_open_proposal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.deployment}: {self.get_state_display()}"


class Alarm(models.Model):
    """A stretch of time in which a model says an asset is not as usual; open while `ended` is empty.

    Times are source times [ns]. `reasons` is `{"raised": [...], "peak": [...], "instead": {...}}`, lists of
    `{signal, column, share, value, unit, low, high, en, ko}`, the largest share first, and what would have to be otherwise.
    """

    deployment = models.ForeignKey(
        Deployment, models.PROTECT, related_name="alarms", verbose_name=_("model on the line")
    )
    asset = models.CharField(_("equipment"), max_length=300)
    began = models.BigIntegerField(_("began"))
    ended = models.BigIntegerField(_("ended"), null=True, blank=True)
    raised = models.BigIntegerField(_("raised"))
    peak = models.FloatField(_("highest score"))
    peak_at = models.BigIntegerField(_("highest at"))
    threshold = models.FloatField(_("threshold"))
    shadow = models.BooleanField(_("shadow"), default=True)
    reasons = models.JSONField(_("reasons"), default=dict, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        # Several begin at one moment: the order on a page must not change from one look to the next.
        ordering: ClassVar = ["-began", "asset", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deployment", "asset"], condition=models.Q(ended=None), name="one_open_alarm_an_asset"
            ),
            models.UniqueConstraint(fields=["deployment", "asset", "raised"], name="alarm_raised_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asset}: {self.deployment}"

    @property
    def began_at(self) -> datetime:
        """When it began, for pages."""
        return datetime.fromtimestamp(self.began / 1e9, tz=UTC)

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, for pages."""
        return None if self.ended is None else datetime.fromtimestamp(self.ended / 1e9, tz=UTC)

"""A question with all that was said on it: threads, messages written once, wordings, who follows, where it shows."""

import secrets
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.plant.threads.states import Act, State
from dure.vocabulary import Text

MOST_TEXT = 4000
MOST_MESSAGES = 500


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


class Thread(models.Model):
    """One question as it stands now.

    `place` is the pointer as `{"kind", "keys", "detail"}`; `frozen` what was seen there, see `dure.plant.threads.pointing`.
    """

    class States(models.TextChoices):
        """Where it stands, in words."""

        OPEN = State.OPEN.value, _("waiting for an answer")
        ANSWERED = State.ANSWERED.value, _("answered")
        CLOSED = State.CLOSED.value, _("closed")

    id = models.CharField(_("question"), max_length=32, primary_key=True, default=new_id)
    kind = models.CharField(_("about"), max_length=20, db_index=True)
    place = models.JSONField(_("place"), default=dict)
    title_en = models.CharField(max_length=300)
    title_ko = models.CharField(max_length=300)
    address = models.CharField(max_length=2000, blank=True)
    frozen = models.JSONField(_("what was seen"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=States, default=State.OPEN.value, db_index=True
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions", verbose_name=_("asked by")
    )
    created = models.DateTimeField(_("asked"), default=timezone.now)
    changed = models.DateTimeField(_("changed"), default=timezone.now, db_index=True)
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handed to"),
    )
    handed_role = models.CharField(_("handed to the role"), max_length=20, blank=True)
    due = models.DateTimeField(_("due"), null=True, blank=True)
    best = models.ForeignKey(
        "threads.Message",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("best answer"),
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering: ClassVar = ["-changed", "-pk"]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> Text:
        """What it is about, in both languages."""
        return Text(self.title_en, self.title_ko)

    @property
    def late(self) -> bool:
        """Whether an answer was due and is not there."""
        return self.state == State.OPEN and self.due is not None and self.due < timezone.now()


class AppendOnly(models.QuerySet[Any]):
    """Rows that are written once."""

    def update(self, **_: Any) -> NoReturn:
        """Refused."""
        raise TypeError("what was said is append-only")

    def delete(self) -> NoReturn:
        """Refused."""
        raise TypeError("what was said is append-only")


class Once(models.Model):
    """A row that is written once."""

    objects = AppendOnly.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **more: Any) -> None:
        """Write it the one time that it is written."""
        if self.pk is not None:
            raise TypeError("what was said is append-only")
        super().save(*args, **more)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        raise TypeError("what was said is append-only")


class Message(Once):
    """One thing said or done in a thread.

    `pointers` are further places, each `{"kind", "keys", "detail", "title": {"en", "ko"}, "address", "frozen"}`;
    `attachments` contents, each `{"sha256", "name", "media", "bytes"}`; `facts` what a hand over says.
    """

    class Acts(models.TextChoices):
        """What it was, in words."""

        ASKED = Act.ASKED.value, _("asked")
        SAID = Act.SAID.value, _("said")
        ANSWERED = Act.ANSWERED.value, _("answered")
        HANDED = Act.HANDED.value, _("handed over")
        CHOSEN = Act.CHOSEN.value, _("marked the best answer")
        NOTED = Act.NOTED.value, _("kept an answer with an alarm")
        CLOSED = Act.CLOSED.value, _("closed")
        REOPENED = Act.REOPENED.value, _("reopened")

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="messages", verbose_name=_("question"))
    act = models.CharField(_("what"), max_length=10, choices=Acts)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    text = models.TextField(_("text"), max_length=MOST_TEXT, blank=True)
    pointers = models.JSONField(default=list, blank=True)
    attachments = models.JSONField(default=list, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.words[:60]

    @property
    def wordings(self) -> list["Wording"]:
        """What it was changed to, the oldest first."""
        return list(self.later.all())

    @property
    def words(self) -> str:
        """Its text as it stands."""
        later = self.wordings
        return later[-1].text if later else self.text

    @property
    def earlier(self) -> list[tuple[str, Any]]:
        """Each text it had before, with the time until which it had it."""
        later = self.wordings
        texts = [self.text, *(one.text for one in later)]
        return [(text, one.at) for text, one in zip(texts, later, strict=False)]


class Wording(Once):
    """Other words for a message, by its author; the earlier ones stay."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="later", verbose_name=_("message"))
    text = models.TextField(_("text"), max_length=MOST_TEXT)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Spot(models.Model):
    """A place at which a thread is shown; `note` is an answer that was kept with it."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="spots", verbose_name=_("question"))
    kind = models.CharField(_("kind"), max_length=20)
    key = models.CharField(_("place"), max_length=400)
    note = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answer")
    )

    class Meta:
        verbose_name = _("place of a question")
        verbose_name_plural = _("places of questions")
        indexes: ClassVar = [models.Index(fields=["kind", "key"], name="thread_spot")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.key}"


class Following(models.Model):
    """Somebody who hears of a thread; `read` is the id of the newest message that they have seen."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="followings", verbose_name=_("question"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person")
    )
    read = models.BigIntegerField(_("read up to"), default=0)
    on = models.BooleanField(_("follows"), default=True)

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["thread", "person"], name="follows_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.thread}"

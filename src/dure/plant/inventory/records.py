"""Records of the plant that persons mend: equipment and its types, aliases of renamed tags, and every change."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dure.vocabulary import Text, language


class EquipmentType(models.Model):
    """A kind of machine: parameters and the signals that each machine of it is expected to have; it inherits both.

    `parameters` is `{name: {value, unit, low, high}}`, `signals` a list of
    `{name, unit, semantic_id, low, high, signal_class, optional}` where `name` is a pattern of the last part of a
    signal's path (`*Temp*`); `template` an equipment template whose features fit.
    """

    id = models.CharField(_("type"), max_length=80, primary_key=True)
    title_ko = models.CharField(_("title in Korean"), max_length=200, blank=True)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="subtypes", verbose_name=_("is a kind of")
    )
    template = models.CharField(_("template"), max_length=80, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    signals = models.JSONField(_("expected signals"), default=list, blank=True)

    class Meta:  # noqa: D106 - Django's own word
        verbose_name = _("equipment type")
        verbose_name_plural = _("equipment types")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> Text:
        """Its name in both languages."""
        return _title(self)


class Equipment(models.Model):
    """A place or a machine in the hierarchy of IEC 62264-1, 5.3.

    `id` is given once and stays: what moves is `parent`, what is renamed is the title. So history, models and
    lineage that name it go on. `parameters` holds what differs from its type; `prefix` begins the paths of its
    signals at `source`; `confirmed` says that a person has seen it, and discovery leaves it alone from then on.
    """

    class Level(models.TextChoices):
        """A level of the hierarchy, as `dure.vocabulary.Level`."""

        ENTERPRISE = "Enterprise", _("enterprise")
        SITE = "Site", _("site")
        AREA = "Area", _("area")
        WORK_CENTER = "WorkCenter", _("work centre")
        WORK_UNIT = "WorkUnit", _("work unit")
        EQUIPMENT = "Equipment", _("equipment")

    id = models.CharField(_("equipment"), max_length=300, primary_key=True)
    title_ko = models.CharField(_("title in Korean"), max_length=200, blank=True)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.EQUIPMENT)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    type = models.ForeignKey(
        EquipmentType, models.PROTECT, null=True, blank=True, related_name="machines", verbose_name=_("type")
    )
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    nameplate = models.JSONField(_("nameplate"), default=dict, blank=True)
    source = models.CharField(_("source"), max_length=80, blank=True)
    prefix = models.CharField(_("tag prefix"), max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    confirmed = models.BooleanField(_("seen by a person"), default=False)

    class Meta:  # noqa: D106 - Django's own word
        verbose_name = _("equipment")
        verbose_name_plural = _("equipment")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> Text:
        """Its name in both languages; the last part of its id where nobody gave one."""
        return _title(self)


class Alias(models.Model):
    """A tag that goes on as an older signal: what a source now calls `new` is `old`, from `since` [ns UTC] on."""

    new = models.CharField(_("as the source calls it"), max_length=400, primary_key=True)
    old = models.CharField(_("signal"), max_length=400, db_index=True)
    source = models.CharField(_("source"), max_length=80)
    since = models.BigIntegerField(_("since"), default=0)
    carried = models.BigIntegerField(_("carried over until"), default=0)

    class Meta:  # noqa: D106 - Django's own word
        verbose_name = _("renamed tag")
        verbose_name_plural = _("renamed tags")
        ordering: ClassVar = ["new"]

    def __str__(self) -> str:
        return f"{self.new} → {self.old}"


class Change(models.Model):
    """One act of a person on the inventory, whole, that can be taken back.

    `rows` is a list of `{part, key, before, after}`; `before` is null for what was made, `after` for what was
    taken away.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    what = models.CharField(_("what"), max_length=60)
    says_en = models.CharField(_("in English"), max_length=300)
    says_ko = models.CharField(_("in Korean"), max_length=300)
    rows = models.JSONField(_("rows"), default=list, encoder=DjangoJSONEncoder)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:  # noqa: D106 - Django's own word
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.says_ko if language() == "ko" else self.says_en


def _title(record: Any) -> Text:
    last = record.pk.rpartition("/")[2]
    return Text(record.title_en or record.title_ko or last, record.title_ko or record.title_en or last)

"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


def _waiting() -> int:
    from dure.plant.alarms.looking import waiting

    return waiting()


class AlarmsConfig(AppConfig):
    """Alarms after IEC 62682."""

    name = "dure.plant.alarms"
    label = "alarms"
    verbose_name = _("Alarms")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Alarms"), "alarms:list", "alarm", order=2, role="worker", waiting=_waiting)

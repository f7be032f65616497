"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class TrendsConfig(AppConfig):
    """Signals over time."""

    name = "dure.plant.trends"
    label = "trends"
    verbose_name = _("Trends")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Trends"), "trends:page", "trends", order=3, role="worker")

"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """Frames of time, lots and their genealogy."""

    name = "dure.plant.events"
    label = "events"
    verbose_name = _("Events and lots")
    default_auto_field = "django.db.models.BigAutoField"

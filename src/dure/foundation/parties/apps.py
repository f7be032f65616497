"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    """People, organisations, roles."""

    name = "dure.foundation.parties"
    label = "parties"
    verbose_name = _("People and organisations")
    default_auto_field = "django.db.models.BigAutoField"

"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProcedureConfig(AppConfig):
    """Forms, flows and scores as data, and the cases that run on them."""

    name = "dure.foundation.procedure"
    label = "procedure"
    verbose_name = _("Procedures")
    default_auto_field = "django.db.models.BigAutoField"

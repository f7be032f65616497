"""The room as Django sees it: its pages; what is served runs in a process of its own, without Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServeConfig(AppConfig):
    """What SCADA and PLCs get."""

    name = "dure.plant.serve"
    label = "serve"
    verbose_name = _("Serve")

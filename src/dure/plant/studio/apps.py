"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class StudioConfig(AppConfig):
    """The sheet."""

    name = "dure.plant.studio"
    label = "studio"
    verbose_name = _("Sheet")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Sheet"), "sheet:sheets", "data", order=5.5, role="worker")  # type: ignore[arg-type] # between Data (5) and Models (6)

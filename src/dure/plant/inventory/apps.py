"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class InventoryConfig(AppConfig):
    """Signals found, files brought in."""

    name = "dure.plant.inventory"
    label = "inventory"
    verbose_name = _("Signals and files")
    default_auto_field = "django.db.models.BigAutoField"
    place = (
        Place(_("Equipment"), "equipment:home", "equipment", order=4, role="engineer", also=("events",)),
        Place(_("Data"), "inventory:data", "data", order=5, role="engineer", also=("serve",)),
    )

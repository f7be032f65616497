"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class RegistryConfig(AppConfig):
    """Models, and who released them."""

    name = "dure.plant.registry"
    label = "registry"
    verbose_name = _("Models")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Models"), "registry:models", "models", order=6, role="engineer")

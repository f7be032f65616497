"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class CatalogConfig(AppConfig):
    """What may be found, here and elsewhere."""

    name = "dure.sharing.catalog"
    label = "catalog"
    verbose_name = _("Catalogue")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Catalogue"), "catalog:search", "file", order=8, role="engineer")

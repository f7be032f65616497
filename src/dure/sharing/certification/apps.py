"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class CertificationConfig(AppConfig):
    """Certificates of data, and golden datasets."""

    name = "dure.sharing.certification"
    label = "certification"
    verbose_name = _("Certificates")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Certificates"), "certification:certificates", "fine", order=34, role="worker", menu=True)

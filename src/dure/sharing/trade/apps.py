"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeConfig(AppConfig):
    """What data costs and what is owed."""

    name = "dure.sharing.trade"
    label = "trade"
    verbose_name = _("Trade in data")
    default_auto_field = "django.db.models.BigAutoField"

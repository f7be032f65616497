"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class ParticipantsConfig(AppConfig):
    """Partners, and who we are to them."""

    name = "dure.sharing.participants"
    label = "participants"
    verbose_name = _("Partners")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Partners"), "participants:partners", "person", order=30, role="owner", menu=True)

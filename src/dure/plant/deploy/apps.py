"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


class DeployConfig(AppConfig):
    """Models on the line, and their alarms."""

    name = "dure.plant.deploy"
    label = "deploy"
    verbose_name = _("Models on the line")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(_("Line"), "deploy:line", "line", order=1, role="worker")

    def ready(self) -> None:
        """Hear what is acknowledged on the plant's list of alarms."""
        from dure.plant.alarms import acknowledged
        from dure.plant.deploy.ringing import answered as heard

        acknowledged.connect(heard, dispatch_uid="deploy")

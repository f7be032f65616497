"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.web import Place


def waiting(person: object) -> int:
    """How many threads have something new for this person."""
    from dure.plant.threads.finding import unread

    return unread(person)


class ThreadsConfig(AppConfig):
    """Questions from the floor, and their answers."""

    name = "dure.plant.threads"
    label = "threads"
    verbose_name = _("Questions")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(
        _("Questions"), "threads:inbox", "ask", order=9, role="expert",
        beside=True, waits=waiting, waits_at="threads:waiting",
    )  # fmt: skip

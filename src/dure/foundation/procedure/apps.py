"""The room as Django sees it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dure.foundation.parties import OFFICES
from dure.foundation.web import Place


def waiting(person: object) -> int:
    """How many cases wait for this person."""
    from dure.foundation.parties import Person
    from dure.foundation.procedure.standing import tasks

    return tasks(person).count() if isinstance(person, Person) else 0


class ProcedureConfig(AppConfig):
    """Forms, flows and scores as data, and the cases that run on them."""

    name = "dure.foundation.procedure"
    label = "procedure"
    verbose_name = _("Procedures")
    default_auto_field = "django.db.models.BigAutoField"
    place = Place(
        _("My tasks"), "procedure:tasks", "tasks", order=10, role="expert", others=OFFICES,
        beside=True, waits=waiting, waits_at="procedure:waiting",
    )  # fmt: skip

"""The node's historian, as the pages reach it."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from dure.plant.historian import Historian


def historian() -> "Historian":
    """The client of this process."""
    return cast("Historian", import_string(settings.DURE_HISTORIAN)())

"""What the node hands to this room's pages: the historian, and the long work."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

from dure.vocabulary import Works

if TYPE_CHECKING:
    from dure.plant.historian import Historian


def historian() -> "Historian":
    """The node's historian."""
    return cast("Historian", import_string(settings.DURE_HISTORIAN)())


def works() -> Works:
    """The node's long work."""
    return cast("Works", import_string(settings.DURE_WORKS)())

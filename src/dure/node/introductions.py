"""What the node hands to a wing that must not know where it comes from."""

from collections.abc import Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.node.shelf import PlantShelf
    from dure.plant.historian import Historian


@cache
def historian() -> "Historian":
    """The historian's client of this process; it connects when first asked something."""
    from dure.plant.historian import Historian
    from dure.vocabulary import home

    return Historian(home())


def ledger() -> ModuleType:
    """The ledger: `record(who, what, object, facts)` and `verify()`."""
    from dure.foundation import ledger as room

    return room


def alarm_marks(start: int, end: int, places: Sequence[str], most: int = 300) -> Iterator[dict[str, Any]]:
    """Alarms that rang at these pieces of equipment from `start` to `end` [ns], newest first: what a trend flags."""
    from dure.plant.alarms import Entry, Event

    rang = Entry.objects.filter(event=Event.ANNUNCIATE.value, at__gte=start, at__lt=end)
    rang = rang.filter(alarm__equipment__in=list(places)).select_related("alarm").order_by("-at")
    for one in rang[:most]:
        yield {"at": one.at, "alarm": one.alarm_id, "title": str(one.alarm.title), "priority": one.priority}


def shelf() -> "PlantShelf":
    """What this plant could offer to others, as its inventory measured it (`dure.sharing.catalog.Shelf`)."""
    from dure.node.shelf import PlantShelf

    return PlantShelf()

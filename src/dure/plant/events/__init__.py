"""Events: batches, orders, shifts, alarms and downtimes as frames of time, and the lots that came of them.

A frame says when something happened at a piece of equipment; lots say what went in and what came out. Both come from
the tables of an MES or ERP by a definition that is a text file, and are joined to signals by time and place.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.plant.events.genealogy import Genealogy, Link, trace
from dure.plant.events.kinds import Kind
from dure.plant.events.shifts import Shift, Shifts

if TYPE_CHECKING:
    from dure.plant.events.definition import Definition, DefinitionRefused
    from dure.plant.events.deriving import derive
    from dure.plant.events.joining import signals_at, stretch, table_by_frame
    from dure.plant.events.keeping import bring_in_due
    from dure.plant.events.lineage import lot_genealogy
    from dure.plant.events.models import Frame, Lot, Use
    from dure.plant.events.taking_in import Taken, take_in

_PLACES = {
    "Definition": "definition",
    "DefinitionRefused": "definition",
    "Frame": "models",
    "Lot": "models",
    "Use": "models",
    "bring_in_due": "keeping",
    "Taken": "taking_in",
    "derive": "deriving",
    "lot_genealogy": "lineage",
    "signals_at": "joining",
    "stretch": "joining",
    "table_by_frame": "joining",
    "take_in": "taking_in",
}
__all__ = [
    "Definition",
    "DefinitionRefused",
    "Frame",
    "Genealogy",
    "Kind",
    "Link",
    "Lot",
    "Shift",
    "Shifts",
    "Taken",
    "Use",
    "bring_in_due",
    "derive",
    "lot_genealogy",
    "signals_at",
    "stretch",
    "table_by_frame",
    "take_in",
    "trace",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)

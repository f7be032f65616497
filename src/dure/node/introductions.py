"""What the node hands to a wing that must not know where it comes from."""

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

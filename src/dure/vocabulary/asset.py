"""Where a machine stands: the levels of IEC 62264 (ISA-95 Part 2, role-based equipment hierarchy)."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """A level of the equipment hierarchy, from the firm down to the machine."""

    ENTERPRISE = "Enterprise"
    SITE = "Site"
    AREA = "Area"
    WORK_CENTER = "WorkCenter"
    WORK_UNIT = "WorkUnit"
    EQUIPMENT = "Equipment"


@dataclass(frozen=True, slots=True)
class Asset:
    """A thing of value to a firm (IEC 63278): a place or a machine in the equipment hierarchy.

    >>> Asset("line1/Cell01", "Cell 01", Level.EQUIPMENT, parent="line1").level.value
    'Equipment'
    """

    id: str
    name: str
    level: Level = Level.EQUIPMENT
    parent: str = ""

"""Equipment as an Asset Administration Shell (IEC 63278, AAS Part 1 V3.0): written for partners, read from makers."""

from dure.plant.inventory.aas.reading import (
    AasUnreadable,
    Found,
    read_shells,
    take_in_shells,
)
from dure.plant.inventory.aas.writing import EndingUnknown, Series, Shell, shell_of, write_shell

__all__ = [
    "AasUnreadable",
    "EndingUnknown",
    "Found",
    "Series",
    "Shell",
    "read_shells",
    "shell_of",
    "take_in_shells",
    "write_shell",
]

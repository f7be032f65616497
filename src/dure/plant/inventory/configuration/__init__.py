"""All that persons configured, as text files: written in a fixed order, compared, and taken in as one change."""

from dure.plant.inventory.configuration.folder import (
    ConfigurationWrong,
    Difference,
    differences,
    export,
    take_in_folder,
)
from dure.plant.inventory.configuration.parts import Field, Part, RecordPart, parts, register_part

__all__ = [
    "ConfigurationWrong",
    "Difference",
    "Field",
    "Part",
    "RecordPart",
    "differences",
    "export",
    "parts",
    "register_part",
    "take_in_folder",
]

"""Search in Korean and English over what the plant has: signals, equipment, types, files, models."""

from dure.plant.inventory.search.entries import KINDS, Entry, entries
from dure.plant.inventory.search.index import Hit, Index, find

__all__ = ["KINDS", "Entry", "Hit", "Index", "entries", "find"]

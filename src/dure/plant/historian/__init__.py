"""The historian: every sample of the plant, kept once, read by one path.

One process (`python -m dure.plant.historian`) ingests the segment logs of all sources and alone owns the database;
everyone else asks it through `Historian`.
"""

from dure.plant.historian.client import Historian
from dure.plant.historian.errors import (
    ClassesWrong,
    FeedBehind,
    HistorianDown,
    HistorianFailed,
    KeyRefused,
    RequestRefused,
    SignalUnknown,
    TooMuch,
)

__all__ = [
    "ClassesWrong",
    "FeedBehind",
    "Historian",
    "HistorianDown",
    "HistorianFailed",
    "KeyRefused",
    "RequestRefused",
    "SignalUnknown",
    "TooMuch",
]

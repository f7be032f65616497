"""The historian: every sample of the plant, kept once, read by one path.

One process (`python -m dure.plant.historian`) ingests the segment logs of all sources and alone owns the database;
everyone else asks it through `Historian`.
"""

from dure.plant.historian.client import Historian
from dure.plant.historian.errors import (
    ClassesWrong,
    CorrectionUnknown,
    FeedBehind,
    HistorianBusy,
    HistorianDown,
    HistorianFailed,
    KeyRefused,
    LaterCorrection,
    RequestRefused,
    SignalUnknown,
    TooMuch,
)
from dure.plant.historian.programs import Answered, ProgramTooFast, answer
from dure.plant.historian.tokens import ScopeRefused, TokenRefused

__all__ = [
    "Answered",
    "ClassesWrong",
    "CorrectionUnknown",
    "FeedBehind",
    "Historian",
    "HistorianBusy",
    "HistorianDown",
    "HistorianFailed",
    "KeyRefused",
    "LaterCorrection",
    "ProgramTooFast",
    "RequestRefused",
    "ScopeRefused",
    "SignalUnknown",
    "TokenRefused",
    "TooMuch",
    "answer",
]

"""The words shared by every room: asset, signal, sample, unit, dataset, policy, work, error."""

from dure.vocabulary.answer import Answer
from dure.vocabulary.asset import Asset, Level
from dure.vocabulary.dataset import Dataset
from dure.vocabulary.errors import (
    DiskFull,
    DureError,
    ExtraAbsent,
    FileForbidden,
    FileProblem,
    InputError,
    ModelRefused,
    NodeProblem,
    NotPermitted,
    RecipeProblem,
    SourceProblem,
    TableProblem,
    is_full,
)
from dure.vocabulary.home_folder import home
from dure.vocabulary.policy import Action, ActionRefused, Permit
from dure.vocabulary.signal import Quality, Sample, Signal
from dure.vocabulary.text import Text, language, use_language
from dure.vocabulary.units import UnitsDiffer, UnknownUnit, convert, same_kind, ucum
from dure.vocabulary.work import Progress, Work, Works, WorkState

__all__ = [
    "Action",
    "ActionRefused",
    "Answer",
    "Asset",
    "Dataset",
    "DiskFull",
    "DureError",
    "ExtraAbsent",
    "FileForbidden",
    "FileProblem",
    "InputError",
    "Level",
    "ModelRefused",
    "NodeProblem",
    "NotPermitted",
    "Permit",
    "Progress",
    "Quality",
    "RecipeProblem",
    "Sample",
    "Signal",
    "SourceProblem",
    "TableProblem",
    "Text",
    "UnitsDiffer",
    "UnknownUnit",
    "Work",
    "WorkState",
    "Works",
    "convert",
    "home",
    "is_full",
    "language",
    "same_kind",
    "ucum",
    "use_language",
]

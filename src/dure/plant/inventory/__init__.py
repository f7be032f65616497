"""Inventory: the signals found, as measured; the equipment they tell of; the files people brought in."""

from typing import TYPE_CHECKING, Any

from dure.plant.inventory.equipment import equipment_tree
from dure.plant.inventory.finding import Finding

if TYPE_CHECKING:
    from dure.plant.inventory.intake import UploadEmpty, UploadTooLarge, profile_upload, store_upload
    from dure.plant.inventory.looking import UploadBreaks, UploadUnreadable
    from dure.plant.inventory.models import Signal, Upload
    from dure.plant.inventory.survey import NotYours, confirm_unit, refresh
    from dure.plant.inventory.training import (
        ColumnsDiffer,
        Inputs,
        NothingToLearn,
        TrainingTable,
        training_table,
    )

__all__ = [
    "ColumnsDiffer",
    "Finding",
    "Inputs",
    "NotYours",
    "NothingToLearn",
    "Signal",
    "TrainingTable",
    "Upload",
    "UploadBreaks",
    "UploadEmpty",
    "UploadTooLarge",
    "UploadUnreadable",
    "confirm_unit",
    "equipment_tree",
    "profile_upload",
    "refresh",
    "store_upload",
    "training_table",
]
_PLACES = {
    "Signal": "models",
    "Upload": "models",
    "UploadEmpty": "intake",
    "UploadTooLarge": "intake",
    "UploadBreaks": "looking",
    "UploadUnreadable": "looking",
    "profile_upload": "intake",
    "store_upload": "intake",
    "NotYours": "survey",
    "confirm_unit": "survey",
    "refresh": "survey",
    "ColumnsDiffer": "training",
    "Inputs": "training",
    "NothingToLearn": "training",
    "TrainingTable": "training",
    "training_table": "training",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _PLACES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)

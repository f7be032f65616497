"""Inventory: the signals found, as measured; the equipment they tell of; the files people brought in."""

from typing import TYPE_CHECKING, Any

from dure.plant.inventory.equipment import equipment_tree
from dure.plant.inventory.finding import Finding

if TYPE_CHECKING:
    from dure.plant.inventory.acts import RoleTooSmall, change, keep_part, undo
    from dure.plant.inventory.configuration.parts import Field, RecordPart, register_part
    from dure.plant.inventory.editing import confirm_suggested, say
    from dure.plant.inventory.hierarchy import discover, equipment_of
    from dure.plant.inventory.intake import UploadEmpty, UploadTooLarge, profile_upload, store_upload
    from dure.plant.inventory.kinds import Fit, conformity, parameters_of
    from dure.plant.inventory.lineage import Edge, Node, lineage_graph
    from dure.plant.inventory.looking import UploadBreaks, UploadUnreadable
    from dure.plant.inventory.models import Alias, Change, Equipment, EquipmentType, Signal, Upload
    from dure.plant.inventory.renames import rename, resolve
    from dure.plant.inventory.search.entries import Entry
    from dure.plant.inventory.search.index import find
    from dure.plant.inventory.states import equipment_state, things_to_do
    from dure.plant.inventory.survey import NotYours, confirm_unit, refresh
    from dure.plant.inventory.training import (
        ColumnsDiffer,
        Inputs,
        NothingToLearn,
        TrainingTable,
        UnitsMixed,
        signals_of,
        training_table,
        units_of,
    )

__all__ = [
    "Alias",
    "Change",
    "ColumnsDiffer",
    "Edge",
    "Entry",
    "Equipment",
    "EquipmentType",
    "Field",
    "Finding",
    "Fit",
    "Inputs",
    "Node",
    "NotYours",
    "NothingToLearn",
    "RecordPart",
    "RoleTooSmall",
    "Signal",
    "TrainingTable",
    "UnitsMixed",
    "Upload",
    "UploadBreaks",
    "UploadEmpty",
    "UploadTooLarge",
    "UploadUnreadable",
    "change",
    "confirm_suggested",
    "confirm_unit",
    "conformity",
    "discover",
    "equipment_of",
    "equipment_state",
    "equipment_tree",
    "find",
    "keep_part",
    "lineage_graph",
    "parameters_of",
    "profile_upload",
    "refresh",
    "register_part",
    "rename",
    "resolve",
    "say",
    "signals_of",
    "store_upload",
    "things_to_do",
    "training_table",
    "undo",
    "units_of",
]
_PLACES = {
    "Alias": "models",
    "Change": "models",
    "ColumnsDiffer": "training",
    "Edge": "lineage",
    "Entry": "search.entries",
    "Equipment": "models",
    "EquipmentType": "models",
    "Field": "configuration.parts",
    "Fit": "kinds",
    "Inputs": "training",
    "Node": "lineage",
    "NotYours": "survey",
    "NothingToLearn": "training",
    "RecordPart": "configuration.parts",
    "RoleTooSmall": "acts",
    "Signal": "models",
    "TrainingTable": "training",
    "UnitsMixed": "training",
    "Upload": "models",
    "UploadBreaks": "looking",
    "UploadEmpty": "intake",
    "UploadTooLarge": "intake",
    "UploadUnreadable": "looking",
    "change": "acts",
    "confirm_suggested": "editing",
    "confirm_unit": "survey",
    "conformity": "kinds",
    "discover": "hierarchy",
    "equipment_of": "hierarchy",
    "equipment_state": "states",
    "keep_part": "acts",
    "lineage_graph": "lineage",
    "parameters_of": "kinds",
    "profile_upload": "intake",
    "refresh": "survey",
    "register_part": "configuration.parts",
    "rename": "renames",
    "resolve": "renames",
    "say": "editing",
    "find": "search.index",
    "signals_of": "training",
    "store_upload": "intake",
    "things_to_do": "states",
    "training_table": "training",
    "undo": "acts",
    "units_of": "training",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _PLACES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)

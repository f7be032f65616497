"""Deploy: a released model scores live signals, says why it raises an alarm, and stops when a person says so."""

from typing import TYPE_CHECKING, Any

from dure.plant.deploy.standing import SCORING, STEPS, WRITES_SETPOINTS, NoReason, Standing, StepRefused

if TYPE_CHECKING:
    from dure.plant.deploy.line import (
        AlarmAnswered,
        InputAbsent,
        InputNotNumber,
        LabelAbsent,
        NoEquipment,
        UnitDiffers,
        acknowledge,
        change,
        deploy,
        follow_labels,
        label_signals,
        matching_assets,
        name_labels,
        open_alarms,
    )
    from dure.plant.deploy.models import Alarm, Decision, Deployment
    from dure.plant.deploy.scoring import Scorer

__all__ = [
    "SCORING",
    "STEPS",
    "WRITES_SETPOINTS",
    "Alarm",
    "AlarmAnswered",
    "Decision",
    "Deployment",
    "InputAbsent",
    "InputNotNumber",
    "LabelAbsent",
    "NoEquipment",
    "NoReason",
    "Scorer",
    "Standing",
    "StepRefused",
    "UnitDiffers",
    "acknowledge",
    "change",
    "deploy",
    "follow_labels",
    "label_signals",
    "matching_assets",
    "name_labels",
    "open_alarms",
]
_PLACES = {
    "Alarm": "models",
    "Decision": "models",
    "Deployment": "models",
    "Scorer": "scoring",
    "AlarmAnswered": "line",
    "InputAbsent": "line",
    "InputNotNumber": "line",
    "LabelAbsent": "line",
    "NoEquipment": "line",
    "UnitDiffers": "line",
    "acknowledge": "line",
    "change": "line",
    "deploy": "line",
    "follow_labels": "line",
    "label_signals": "line",
    "matching_assets": "line",
    "name_labels": "line",
    "open_alarms": "line",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _PLACES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)

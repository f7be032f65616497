"""Models learnt from tables: families by task, honest validation, and the signed package they travel in.

`train` makes a package from a `TrainRequest`; `load` opens one as a `Model` that predicts and explains.
Heavy libraries are imported at first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.science.learn.account import Documents
    from dure.science.learn.card import Contribution, ModelCard
    from dure.science.learn.drift import DriftWatch, Moved
    from dure.science.learn.evaluation import evaluate
    from dure.science.learn.evaluation_of_alarms import abnormal
    from dure.science.learn.family import Exported, Lesson, family_named
    from dure.science.learn.measures import measure_name, verdict
    from dure.science.learn.metrics import (
        best_threshold,
        better,
        classify_metrics,
        detect_metrics,
        estimate_metrics,
    )
    from dure.science.learn.model import Model
    from dure.science.learn.package import fingerprint, load
    from dure.science.learn.recomputing import RowsAbsent, recompute, require_same
    from dure.science.learn.refusals import TargetAbsent, TargetEmpty, nearest
    from dure.science.learn.reporting import report_page, reported, sections
    from dure.science.learn.request import TrainRequest
    from dure.science.learn.serving import opened
    from dure.science.learn.states import state_label
    from dure.science.learn.training import STAGES, train

_HOMES = {
    "STAGES": "training",
    "Contribution": "card",
    "Documents": "account",
    "DriftWatch": "drift",
    "Exported": "family",
    "Lesson": "family",
    "Model": "model",
    "ModelCard": "card",
    "Moved": "drift",
    "RowsAbsent": "recomputing",
    "TargetAbsent": "refusals",
    "TargetEmpty": "refusals",
    "TrainRequest": "request",
    "abnormal": "evaluation_of_alarms",
    "best_threshold": "metrics",
    "better": "metrics",
    "classify_metrics": "metrics",
    "detect_metrics": "metrics",
    "estimate_metrics": "metrics",
    "evaluate": "evaluation",
    "family_named": "family",
    "fingerprint": "package",
    "load": "package",
    "measure_name": "measures",
    "nearest": "refusals",
    "opened": "serving",
    "recompute": "recomputing",
    "report_page": "reporting",
    "reported": "reporting",
    "require_same": "recomputing",
    "sections": "reporting",
    "state_label": "states",
    "train": "training",
    "verdict": "measures",
}

__all__ = [
    "STAGES",
    "Contribution",
    "Documents",
    "DriftWatch",
    "Exported",
    "Lesson",
    "Model",
    "ModelCard",
    "Moved",
    "RowsAbsent",
    "TargetAbsent",
    "TargetEmpty",
    "TrainRequest",
    "abnormal",
    "best_threshold",
    "better",
    "classify_metrics",
    "detect_metrics",
    "estimate_metrics",
    "evaluate",
    "family_named",
    "fingerprint",
    "load",
    "measure_name",
    "nearest",
    "opened",
    "recompute",
    "report_page",
    "reported",
    "require_same",
    "sections",
    "state_label",
    "train",
    "verdict",
]


def __getattr__(name: str) -> Any:
    """The public name, from the file it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

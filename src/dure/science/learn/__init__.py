"""Models learnt from tables: families by task, honest validation, and the signed package they travel in.

`train` makes a package from a `TrainRequest`; `load` opens one as a `Model` that predicts and explains.
Heavy libraries are imported at first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.science.learn.agreeing import cohen_kappa, fleiss_kappa, pairs, strength
    from dure.science.learn.card import Contribution, ModelCard
    from dure.science.learn.family import Exported, Lesson, family_named
    from dure.science.learn.forms.opening import opened
    from dure.science.learn.judging.evaluation import evaluate, require_reaches
    from dure.science.learn.judging.evaluation_of_alarms import abnormal
    from dure.science.learn.judging.measures import measure_name, verdict
    from dure.science.learn.judging.metrics import (
        best_threshold,
        better,
        classify_metrics,
        detect_metrics,
        estimate_metrics,
    )
    from dure.science.learn.judging.recomputing import RowsAbsent, recompute, require_same
    from dure.science.learn.keeping.package import fingerprint, load
    from dure.science.learn.model import Model
    from dure.science.learn.refusals import TargetAbsent, TargetEmpty, nearest
    from dure.science.learn.request import TrainRequest
    from dure.science.learn.serving.asked import (
        ahead_of,
        lives_of,
        no_less,
        own_target,
        told_at,
        with_truth,
    )
    from dure.science.learn.serving.drift import DriftWatch, Moved
    from dure.science.learn.serving.heat import heat, heat_png
    from dure.science.learn.serving.states import state_label
    from dure.science.learn.suggesting import Suggestion, Why, margin, scaled, suggest
    from dure.science.learn.telling.account import Documents
    from dure.science.learn.telling.reporting import report_page, reported, sections
    from dure.science.learn.training import STAGES, train
    from dure.science.learn.turns import Turn, said

_HOMES = {
    "require_reaches": "judging.evaluation",
    "with_truth": "serving.asked",
    "told_at": "serving.asked",
    "own_target": "serving.asked",
    "no_less": "serving.asked",
    "lives_of": "serving.asked",
    "ahead_of": "serving.asked",
    "STAGES": "training",
    "Change": "otherwise",
    "Contribution": "card",
    "Documents": "telling.account",
    "DriftWatch": "serving.drift",
    "Exported": "family",
    "Instead": "otherwise",
    "Lesson": "family",
    "Model": "model",
    "ModelCard": "card",
    "Moved": "serving.drift",
    "RowsAbsent": "judging.recomputing",
    "TargetAbsent": "refusals",
    "TargetEmpty": "refusals",
    "Suggestion": "suggesting",
    "TrainRequest": "request",
    "Wanted": "otherwise",
    "Why": "suggesting",
    "abnormal": "judging.evaluation_of_alarms",
    "best_threshold": "judging.metrics",
    "better": "judging.metrics",
    "changed": "otherwise",
    "classify_metrics": "judging.metrics",
    "cohen_kappa": "agreeing",
    "detect_metrics": "judging.metrics",
    "estimate_metrics": "judging.metrics",
    "evaluate": "judging.evaluation",
    "family_named": "family",
    "fingerprint": "keeping.package",
    "fleiss_kappa": "agreeing",
    "heat": "serving.heat",
    "heat_png": "serving.heat",
    "instead": "otherwise",
    "load": "keeping.package",
    "margin": "suggesting",
    "measure_name": "judging.measures",
    "nearest": "refusals",
    "opened": "forms.opening",
    "pairs": "agreeing",
    "recompute": "judging.recomputing",
    "report_page": "telling.reporting",
    "reported": "telling.reporting",
    "require_same": "judging.recomputing",
    "scaled": "suggesting",
    "sections": "telling.reporting",
    "state_label": "serving.states",
    "strength": "agreeing",
    "suggest": "suggesting",
    "Turn": "turns",
    "said": "turns",
    "train": "training",
    "verdict": "judging.measures",
}

__all__ = [
    "STAGES",
    "Change",
    "Contribution",
    "Documents",
    "DriftWatch",
    "Exported",
    "Instead",
    "Lesson",
    "Model",
    "ModelCard",
    "Moved",
    "RowsAbsent",
    "Suggestion",
    "TargetAbsent",
    "TargetEmpty",
    "TrainRequest",
    "Turn",
    "Why",
    "abnormal",
    "ahead_of",
    "best_threshold",
    "better",
    "classify_metrics",
    "cohen_kappa",
    "detect_metrics",
    "estimate_metrics",
    "evaluate",
    "family_named",
    "fingerprint",
    "fleiss_kappa",
    "heat",
    "heat_png",
    "lives_of",
    "load",
    "margin",
    "measure_name",
    "nearest",
    "no_less",
    "opened",
    "own_target",
    "pairs",
    "recompute",
    "report_page",
    "reported",
    "require_reaches",
    "require_same",
    "said",
    "scaled",
    "sections",
    "state_label",
    "strength",
    "suggest",
    "told_at",
    "train",
    "verdict",
    "with_truth",
]


def __getattr__(name: str) -> Any:
    """The public name, from the file it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

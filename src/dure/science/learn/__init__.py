"""Models learnt from tables: families by task, honest validation, and the signed package they travel in.

`train` makes a package from a `TrainRequest`; `load` opens one as a `Model` that predicts and explains.
Heavy libraries are imported at first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.science.learn.card import Contribution, ModelCard
    from dure.science.learn.evaluation import evaluate
    from dure.science.learn.model import Model
    from dure.science.learn.package import fingerprint, load
    from dure.science.learn.request import TrainRequest
    from dure.science.learn.training import STAGES, train

_HOMES = {
    "Contribution": "card",
    "ModelCard": "card",
    "Model": "model",
    "STAGES": "training",
    "TrainRequest": "request",
    "evaluate": "evaluation",
    "fingerprint": "package",
    "load": "package",
    "train": "training",
}

__all__ = [
    "STAGES",
    "Contribution",
    "Model",
    "ModelCard",
    "TrainRequest",
    "evaluate",
    "fingerprint",
    "load",
    "train",
]


def __getattr__(name: str) -> Any:
    """The public name, from the file it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

"""The deployment loop as pure code: a released model that stays right while the plant drifts.

`Loop` predicts rows as they come, takes labels as they arrive, and refits; `replay` plays a recorded table through it
in order of time and sets what was deployed beside the model as it was trained. Heavy libraries wait for first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.science.replay.delay import Delay
    from dure.science.replay.event import Event, Prediction
    from dure.science.replay.loop import Loop
    from dure.science.replay.policy import Policy
    from dure.science.replay.replaying import outcome, replay
    from dure.science.replay.trees import refitted

_HOMES = {
    "Delay": "delay",
    "Event": "event",
    "Loop": "loop",
    "Policy": "policy",
    "Prediction": "event",
    "outcome": "replaying",
    "refitted": "trees",
    "replay": "replaying",
}

__all__ = ["Delay", "Event", "Loop", "Policy", "Prediction", "outcome", "refitted", "replay"]


def __getattr__(name: str) -> Any:
    """The public name, from the file it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found

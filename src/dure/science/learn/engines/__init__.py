"""Foreign search engines (FLAML, AutoGluon) in environments of their own, held against our search on the same folds.

An engine is a script beside a list of pinned requirements. It never shares a process or a library with the node: it
gets Parquet and JSON, and gives predictions. What it would have reached is said beside what ours reached; it is
not served (docs/decisions/2026-11-24-search-engines.md says why).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.science.learn.engines.asking import Answered, Job, ask
    from dure.science.learn.engines.comparing import compared
    from dure.science.learn.engines.environment import (
        ENGINES,
        Engine,
        EngineAbsent,
        EngineFailed,
        EngineTooSlow,
        EngineUnknown,
        add,
        engine_named,
        listed,
    )

_HOMES = {
    "ENGINES": "environment",
    "Answered": "asking",
    "Engine": "environment",
    "EngineAbsent": "environment",
    "EngineFailed": "environment",
    "EngineTooSlow": "environment",
    "EngineUnknown": "environment",
    "Job": "asking",
    "add": "environment",
    "ask": "asking",
    "compared": "comparing",
    "engine_named": "environment",
    "listed": "environment",
}

__all__ = [
    "ENGINES",
    "Answered",
    "Engine",
    "EngineAbsent",
    "EngineFailed",
    "EngineTooSlow",
    "EngineUnknown",
    "Job",
    "add",
    "ask",
    "compared",
    "engine_named",
    "listed",
]


def __getattr__(name: str) -> Any:
    """The public name, from the file it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

"""Foreign search engines (FLAML, AutoGluon) in environments of their own, held against our search on the same folds.

An engine is a script beside a list of pinned requirements. It never shares a process or a library with the node: it
gets Parquet and JSON, and gives predictions. What it would have reached is said beside what ours reached; it is
not served (docs/decisions/2026-11-24-search-engines.md says why).
"""

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

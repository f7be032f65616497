"""Procedure: Form, Flow and Score, the engine on which every procedure of an office is data.

A form asks, a flow says who may bring a case from which state to which and what follows, a score weighs. Each is one
YAML text against a published schema, in versions: a new one is compared, tried on past cases and put in force, and cases keep
the version under which they began. Conditions are formulas; deadlines count working days; every move is a ledger entry.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.foundation.procedure.acting import answer, assign, known, move, roles_in, start, sweep
    from dure.foundation.procedure.days import Calendar
    from dure.foundation.procedure.effects import reckoned
    from dure.foundation.procedure.flow import Effect, Flow, flow_of
    from dure.foundation.procedure.form import Form, form_of
    from dure.foundation.procedure.models import Assigned, Case, Due, Edition, Made, Notice
    from dure.foundation.procedure.score import Score, Scored, score_of
    from dure.foundation.procedure.standing import tasks, visible
    from dure.foundation.procedure.versions import activate, difference, draft, in_force, install, preview

_WHERE = {
    **dict.fromkeys(("answer", "assign", "known", "move", "roles_in", "start", "sweep"), "acting"),
    **dict.fromkeys(("Calendar",), "days"),
    **dict.fromkeys(("reckoned",), "effects"),
    **dict.fromkeys(("Effect", "Flow", "flow_of"), "flow"),
    **dict.fromkeys(("Form", "form_of"), "form"),
    **dict.fromkeys(("Assigned", "Case", "Due", "Edition", "Made", "Notice"), "models"),
    **dict.fromkeys(("Score", "Scored", "score_of"), "score"),
    **dict.fromkeys(("tasks", "visible"), "standing"),
    **dict.fromkeys(("activate", "difference", "draft", "in_force", "install", "preview"), "versions"),
}
__all__ = [
    "Assigned",
    "Calendar",
    "Case",
    "Due",
    "Edition",
    "Effect",
    "Flow",
    "Form",
    "Made",
    "Notice",
    "Score",
    "Scored",
    "activate",
    "answer",
    "assign",
    "difference",
    "draft",
    "flow_of",
    "form_of",
    "in_force",
    "install",
    "known",
    "move",
    "preview",
    "reckoned",
    "roles_in",
    "score_of",
    "start",
    "sweep",
    "tasks",
    "visible",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)

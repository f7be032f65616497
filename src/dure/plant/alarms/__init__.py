"""Alarms after IEC 62682 and ISA-18.2: defined by formulas, raised by models and by the plant itself, answered by people.

- `raise_alarm`, `clear_alarm`: how another room lets an alarm ring and return.
- `acknowledge`, `reset`, `shelve`, `unshelve`, `take_out`, `put_back`: what a person does; `acknowledged` tells of it.
- `Definition`, `read_definitions`, `replay`, `suggest`: definitions as data, and what they would have done.
- `Evaluator`: what the worker calls each second. `performance`: the measures of clause 16.
"""

from typing import TYPE_CHECKING, Any

from dure.plant.alarms.definition import Definition, Priority
from dure.plant.alarms.states import HIDDEN, OPEN, UNANSWERED, Event, Standing, State, after

if TYPE_CHECKING:
    from dure.plant.alarms.acting import (
        acknowledge,
        acknowledged,
        answer,
        put_back,
        reset,
        shelve,
        take_out,
        unshelve,
    )
    from dure.plant.alarms.evaluator import Evaluator
    from dure.plant.alarms.files import read_definitions
    from dure.plant.alarms.measures import Performance, performance
    from dure.plant.alarms.models import Alarm, Entry
    from dure.plant.alarms.raising import clear_alarm, raise_alarm
    from dure.plant.alarms.replaying import Replay, Ring, replay
    from dure.plant.alarms.suggesting import Suggestion, suggest

__all__ = [
    "HIDDEN",
    "OPEN",
    "UNANSWERED",
    "Alarm",
    "Definition",
    "Entry",
    "Evaluator",
    "Event",
    "Performance",
    "Priority",
    "Replay",
    "Ring",
    "Standing",
    "State",
    "Suggestion",
    "acknowledge",
    "acknowledged",
    "after",
    "answer",
    "clear_alarm",
    "performance",
    "put_back",
    "raise_alarm",
    "read_definitions",
    "replay",
    "reset",
    "shelve",
    "suggest",
    "take_out",
    "unshelve",
]
_PLACES = {
    **dict.fromkeys(
        ("acknowledge", "acknowledged", "answer", "put_back", "reset", "shelve", "take_out", "unshelve"),
        "acting",
    ),
    **dict.fromkeys(("Alarm", "Entry"), "models"),
    **dict.fromkeys(("clear_alarm", "raise_alarm"), "raising"),
    **dict.fromkeys(("Replay", "Ring", "replay"), "replaying"),
    **dict.fromkeys(("Suggestion", "suggest"), "suggesting"),
    **dict.fromkeys(("Performance", "performance"), "measures"),
    "Evaluator": "evaluator",
    "read_definitions": "files",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _PLACES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)

"""Threads: a question of a worker on any place (a trend, a row, a model, an alarm, a machine, a picture), and its answers.

- `ask`, `say`, `hand_over`, `close`, `reopen`, `choose`, `note`, `mend`, `follow`: what people do; `Draft` is what they say.
- `Kind`, `Pointer`, `Seen`; `lines`, `cells`, `facts`, `picture`: how a room tells of a place, and of what was seen there.
- `visible`, `inbox`, `unread`, `at_place`, `notes_at`: what a person sees. `Thread`, `Message`: what is kept.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.plant.threads.states import Act, State, after

if TYPE_CHECKING:
    from dure.plant.threads.acting import (
        Draft,
        ask,
        choose,
        close,
        follow,
        hand_over,
        mend,
        note,
        reopen,
        say,
    )
    from dure.plant.threads.finding import at_place, inbox, notes_at, unread, visible
    from dure.plant.threads.models import Message, Thread
    from dure.plant.threads.pointing import Kind, Pointer, Seen, cells, facts, lines, picture
    from dure.plant.threads.refusals import NotYourTurn, PlaceUnknown, QuestionWrong, ThreadStands

_WHERE = {
    **dict.fromkeys(
        ("Draft", "ask", "choose", "close", "follow", "hand_over", "mend", "note", "reopen", "say"), "acting"
    ),
    **dict.fromkeys(("at_place", "inbox", "notes_at", "unread", "visible"), "finding"),
    **dict.fromkeys(("Message", "Thread"), "models"),
    **dict.fromkeys(("Kind", "Pointer", "Seen", "cells", "facts", "lines", "picture"), "pointing"),
    **dict.fromkeys(("NotYourTurn", "PlaceUnknown", "QuestionWrong", "ThreadStands"), "refusals"),
}
__all__ = [
    "Act",
    "Draft",
    "Kind",
    "Message",
    "NotYourTurn",
    "PlaceUnknown",
    "Pointer",
    "QuestionWrong",
    "Seen",
    "State",
    "Thread",
    "ThreadStands",
    "after",
    "ask",
    "at_place",
    "cells",
    "choose",
    "close",
    "facts",
    "follow",
    "hand_over",
    "inbox",
    "lines",
    "mend",
    "note",
    "notes_at",
    "picture",
    "reopen",
    "say",
    "unread",
    "visible",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)

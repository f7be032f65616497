"""Labels: what people say of stretches of signals, rows of tables, pictures and sounds.

A `LabelSet` names the kinds; every `Mark` is kept for good. `mark`, `take_back` and `resolve` are the only ways in;
`verdicts` is what follows of each item, `disagreement` how far people agree, `helpful` what is worth labelling next.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.plant.labels.helping import helpful
    from dure.plant.labels.marking import mark, open_set, resolve, take_back
    from dure.plant.labels.models import LabelSet, Mark
    from dure.plant.labels.signalling import write_signal
    from dure.plant.labels.weighing import disagreement, verdicts

__all__ = [
    "LabelSet",
    "Mark",
    "disagreement",
    "helpful",
    "mark",
    "open_set",
    "resolve",
    "take_back",
    "verdicts",
    "write_signal",
]
_WHERE = {
    "LabelSet": "models",
    "Mark": "models",
    "disagreement": "weighing",
    "helpful": "helping",
    "mark": "marking",
    "open_set": "marking",
    "resolve": "marking",
    "take_back": "marking",
    "verdicts": "weighing",
    "write_signal": "signalling",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)

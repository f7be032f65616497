"""Which equipment can feed a model: its signals are found by name, or by what an installed pack says they mean."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

UNIT = re.compile(r"\s*[\[(].{1,20}[\])]\s*$")


def bare(name: str) -> str:
    """A name without the unit that stands behind it, in small letters.

    >>> bare("Voltage [V]"), bare("Volume Flow RateRMS")
    ('voltage', 'volume flow raterms')
    """
    return UNIT.sub("", name).strip().casefold()


@cache
def meaning(name: str) -> str:
    """Semantic id that an installed pack gives a signal of this name; empty for none.

    >>> meaning("Cell voltage [V]")
    'voltage'
    """
    from dure.science import packs

    found = packs.meaning(UNIT.sub("", name))
    return (found.semantic_id or found.id) if found else ""


def match(columns: Sequence[str], signals: Mapping[str, str]) -> list[dict[str, Any]]:
    """Equipment that has every column: `[{"asset", "inputs": {column: signal id}}]`.

    Parameters
    ----------
    columns
        Inputs of the model.
    signals
        Semantic id (may be empty) of every signal id.

    Examples
    --------
    >>> signals = {"l/c1/Voltage": "", "l/c2/Voltage": "", "l/Chamber/Heat": "", "l/c3/Current": ""}
    >>> for found in match(["Voltage [V]", "Heat"], signals):
    ...     print(found)
    {'asset': 'l/c1', 'inputs': {'Voltage [V]': 'l/c1/Voltage', 'Heat': 'l/Chamber/Heat'}}
    {'asset': 'l/c2', 'inputs': {'Voltage [V]': 'l/c2/Voltage', 'Heat': 'l/Chamber/Heat'}}
    """
    candidates = {column: _candidates(column, signals) for column in columns}
    places = dict.fromkeys(path.rpartition("/")[0] for paths in candidates.values() for path in paths)
    found = []
    for place in places:
        inputs = {column: _chosen(place, paths) for column, paths in candidates.items()}
        own = [path for path in inputs.values() if path.rpartition("/")[0] == place]
        # A place that gives only what all others share is no equipment of its own.
        shared = all(len(candidates[column]) == 1 for column in columns if inputs[column] in own)
        if all(inputs.values()) and (not shared or len(own) == len(columns)):
            found.append({"asset": place, "inputs": inputs})
    return found


def _candidates(column: str, signals: Mapping[str, str]) -> list[str]:
    """Signals of that name; else those that mean the same."""
    named = [path for path in signals if path.rpartition("/")[2].casefold() == bare(column)]
    if named:
        return named
    sought = meaning(column)
    return [path for path, semantic in signals.items() if sought and semantic == sought]


def _chosen(place: str, paths: Sequence[str]) -> str:
    """The signal of `place` itself; else the only one there is; else none."""
    own = [path for path in paths if path.rpartition("/")[0] == place]
    if len(own) == 1:
        return own[0]
    return paths[0] if len(paths) == 1 and not own else ""

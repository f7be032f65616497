"""Signals as a person names them: by id, or by pattern."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dure.plant.historian.errors import SignalUnknown

if TYPE_CHECKING:
    from dure.plant.historian.client import Historian


def named(historian: "Historian", patterns: Sequence[str]) -> list[str]:
    """Ids of the signals that the patterns mean, each once, in the order of the patterns.

    Raises
    ------
    SignalUnknown
        If a pattern fits none.
    """
    return among_known([row["signal"] for row in historian.signals()], patterns)


def among_known(known: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The same among ids that are known.

    >>> among_known(["a/x", "a/y", "b/x"], ["*/x", "a/*"])
    ['a/x', 'b/x', 'a/y']
    """
    ids = dict.fromkeys(known)
    found: dict[str, None] = {}
    for pattern in patterns:
        matching = [pattern] if pattern in ids else [name for name in ids if fnmatchcase(name, pattern)]
        if not matching:
            raise SignalUnknown(pattern, known=len(ids))
        found |= dict.fromkeys(matching)
    return list(found)

"""A source's signals as a tree that opens branch by branch, and what ticking does. Pure functions of ids."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from dure.vocabulary import Signal

A_PAGE = 200
"""Children shown at once; the rest follow on demand."""
BYTES_A_POINT = 5.0
"""What a stored reading takes, as measured on day files. [bytes]"""


@dataclass(frozen=True, slots=True)
class Node:
    """A branch with `count` signals below it, or a leaf; `state` is `true`, `false` or `mixed`."""

    path: str
    name: str
    count: int
    state: str
    signal: Signal | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One page of the children of `path`; `more` is the next page, 0 if there is none."""

    path: str
    nodes: tuple[Node, ...]
    total: int
    more: int = 0


def matching(signals: Iterable[Signal], words: str) -> list[Signal]:
    """The signals that have every word in their path, description, unit or address.

    >>> [one.id for one in matching([Signal("s/Cell01/Voltage", "s", unit="V"), Signal("s/Cell01/T", "s")], "cell V")]
    ['s/Cell01/Voltage']
    """
    asked = words.casefold().split()
    if not asked:
        return list(signals)
    return [one for one in signals if all(word in _said(one) for word in asked)]


def children(
    signals: Sequence[Signal], path: str, ticked: Collection[str], page: int = 0, size: int = A_PAGE
) -> Branch:
    """The nodes right below `path`, in the order of the source, branches and leaves alike.

    >>> tree = [Signal(f"s/Cell0{n}/{name}", "s") for n in (1, 2) for name in ("T", "V")]
    >>> [(node.name, node.count, node.state) for node in children(tree, "s", {"s/Cell01/T"}).nodes]
    [('Cell01', 2, 'mixed'), ('Cell02', 2, 'false')]
    """
    start = len(path) + 1
    counts: dict[str, list[int]] = {}
    leaves: dict[str, Signal] = {}
    for one in signals:
        if not one.id.startswith(f"{path}/"):
            continue
        name, below, _ = one.id[start:].partition("/")
        if not below:
            leaves[name] = one
        tally = counts.setdefault(name, [0, 0])
        tally[0] += 1
        tally[1] += one.id in ticked
    names = list(counts)
    shown = names[page * size : (page + 1) * size]
    nodes = tuple(
        Node(
            f"{path}/{name}",
            name,
            counts[name][0],
            _state(*counts[name]),
            leaves.get(name) if counts[name][0] == 1 else None,
        )
        for name in shown
    )
    return Branch(path, nodes, len(names), page + 1 if (page + 1) * size < len(names) else 0)


def below(signals: Iterable[Signal], path: str) -> list[str]:
    """Ids of a signal, or of all below a branch."""
    return [one.id for one in signals if one.id == path or one.id.startswith(f"{path}/")]


def states(signals: Sequence[Signal], path: str, ticked: Collection[str]) -> dict[str, str]:
    """State of a node and of every branch above it, the root included.

    >>> states([Signal("s/a/b", "s"), Signal("s/a/c", "s")], "s/a/b", {"s/a/b"})
    {'s/a/b': 'true', 's/a': 'mixed', 's': 'mixed'}
    """
    found = {}
    while path:
        ids = below(signals, path)
        found[path] = _state(len(ids), sum(one in ticked for one in ids))
        path = path.rpartition("/")[0]
    return found


def per_day(count: int, rate: float) -> float:
    """Bytes a day of `count` signals with `rate` readings a second each.

    >>> per_day(100, 1.0)
    43200000.0
    """
    return count * rate * 86_400 * BYTES_A_POINT


def _state(count: int, ticked: int) -> str:
    return "true" if count and ticked == count else "mixed" if ticked else "false"


def _said(signal: Signal) -> str:
    return f"{signal.id} {signal.description} {signal.unit} {signal.address} {signal.equipment}".casefold()

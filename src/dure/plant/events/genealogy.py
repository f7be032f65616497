"""Genealogy: which lots a lot came of, and which came of it, with the share that each has."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Fetch = Callable[[Iterable[str]], "list[Link]"]
DEPTH, MOST = 30, 2000


@dataclass(frozen=True, slots=True)
class Link:
    """`parent` went into `child`; `quantity` None where no table says how much."""

    child: str
    parent: str
    quantity: float | None = None


@dataclass(frozen=True, slots=True)
class Genealogy:
    """What was found from one lot on: lots by their distance in steps, the links between them, the share of each.

    `share` of an ancestor is the part of the lot that came from it; of a descendant, the part of it that came from the
    lot. None where a quantity on the way is unknown. `cut` says that there was more than `most` lots or `depth` steps.
    """

    lot: str
    steps: Mapping[str, int]
    links: tuple[Link, ...]
    share: Mapping[str, float | None] = field(default_factory=dict)
    cut: bool = False

    def at(self, distance: int) -> list[str]:
        """Lots so many steps away, those with the largest share first."""
        found = [lot for lot, steps in self.steps.items() if steps == distance]
        return sorted(found, key=lambda lot: (-(self.share.get(lot) or 0.0), lot))


def trace(  # noqa: PLR0913 - where from, which way, and its bounds
    lot: str,
    fetch: Fetch,
    *,
    forward: bool = False,
    into: Fetch | None = None,
    depth: int = DEPTH,
    most: int = MOST,
) -> Genealogy:
    """Follow a lot backward to what went into it (or forward to what came of it), level by level.

    Parameters
    ----------
    fetch
        Links whose child (forward: whose parent) is one of the lots given.
    into
        Forward only: links whose child is one of the lots given, so that a share knows what else went into a lot;
        without it the shares stay unknown.
    depth, most
        Bounds: a table of a firm's lots may hold a cycle, or everything that was ever made.

    Examples
    --------
    >>> table = [Link("L1", "A", 3.0), Link("L1", "B", 1.0), Link("A", "X", 2.0)]
    >>> back = trace("L1", lambda lots: [one for one in table if one.child in set(lots)])
    >>> back.steps["X"], back.share["X"], back.share["B"]
    (2, 0.75, 0.25)
    >>> into = lambda lots: [one for one in table if one.child in set(lots)]
    >>> trace("X", lambda lots: [one for one in table if one.parent in set(lots)], forward=True, into=into).share["L1"]
    0.75
    """
    steps, links, cut = {lot: 0}, [], False
    level = [lot]
    for distance in range(1, depth + 1):
        found = fetch(level)
        links += found
        fresh = dict.fromkeys(one.child if forward else one.parent for one in found)
        level = [name for name in fresh if name not in steps]
        if cut := len(steps) + len(level) > most:
            level = level[: most - len(steps)]
        steps |= dict.fromkeys(level, distance)
        if not level or cut:
            break
    else:
        cut = bool(level)
    kept = tuple(one for one in dict.fromkeys(links) if one.child in steps and one.parent in steps)
    whole = (*kept, *(into({one.child for one in kept}) if into else ())) if forward else kept
    parts = _parts(tuple(dict.fromkeys(whole))) if into or not forward else dict.fromkeys(kept)
    return Genealogy(lot, steps, kept, _shares(lot, steps, kept, parts, forward=forward), cut=cut)


def _shares(
    lot: str,
    steps: Mapping[str, int],
    links: tuple[Link, ...],
    parts: Mapping[Link, float | None],
    *,
    forward: bool,
) -> dict[str, float | None]:
    """Shares summed over all ways from the lot; a lot that takes part in a cycle has no share."""
    ways: dict[str, list[tuple[str, float | None]]] = {name: [] for name in steps}
    waiting = dict.fromkeys(steps, 0)
    for one in links:
        near, far = (one.parent, one.child) if forward else (one.child, one.parent)
        ways[near].append((far, parts[one]))
        waiting[far] += 1
    share: dict[str, float | None] = {lot: 1.0}
    ready = deque([lot] if not waiting[lot] else [])
    while ready:
        near = ready.popleft()
        for far, part in ways[near]:
            share[far] = _plus(share.get(far, 0.0), share.get(near), part)
            waiting[far] -= 1
            if not waiting[far]:
                ready.append(far)
    unsettled = {name for name, left in waiting.items() if left}
    return {name: None if name in unsettled else share.get(name) for name in steps}


def _plus(so_far: float | None, near: float | None, part: float | None) -> float | None:
    return None if so_far is None or near is None or part is None else so_far + near * part


def _parts(links: tuple[Link, ...]) -> dict[Link, float | None]:
    """Part of its child that each link's parent is: its quantity among all that went into that child."""
    known: dict[str, list[float | None]] = {}
    for one in links:
        known.setdefault(one.child, []).append(one.quantity)
    total = {
        child: None if None in given else sum(q for q in given if q is not None)
        for child, given in known.items()
    }
    single = {child for child, given in known.items() if len(given) == 1}
    return {one: 1.0 if one.child in single else _part(one.quantity, total[one.child]) for one in links}


def _part(quantity: float | None, total: float | None) -> float | None:
    return quantity / total if quantity is not None and total else None

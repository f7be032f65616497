"""The equipment that signal paths tell of, as a tree of assets."""

from collections.abc import Iterable

from dure.vocabulary import Asset, Level

# Read from the machine upwards (IEC 62264-1, 5.3): a path of n levels uses the last n of these.
LADDER = (
    Level.ENTERPRISE,
    Level.SITE,
    Level.AREA,
    Level.WORK_CENTER,
    Level.WORK_UNIT,
    Level.EQUIPMENT,
)


def equipment_tree(signals: Iterable[str]) -> list[Asset]:
    """Assets above the given signal ids, parents first, each once; the last part of a path is the signal.

    The path tells depth, not meaning, so levels are counted from the machine upwards.

    >>> [(a.id, a.level.value) for a in equipment_tree(["line1/Cell01/Voltage", "line1/Cell02/Voltage"])]
    [('line1', 'WorkUnit'), ('line1/Cell01', 'Equipment'), ('line1/Cell02', 'Equipment')]
    """
    places = {tuple(path.split("/")[:-1]) for path in signals if "/" in path}
    every = {place[:depth] for place in places for depth in range(1, len(place) + 1)}
    deepest: dict[tuple[str, ...], int] = {}
    for place in places:
        for depth in range(1, len(place) + 1):
            deepest[place[:depth]] = max(deepest.get(place[:depth], 0), len(place))
    return [_asset(place, deepest[place] - len(place)) for place in sorted(every)]


def _asset(place: tuple[str, ...], below: int) -> Asset:
    level = LADDER[max(0, len(LADDER) - 1 - below)]
    return Asset("/".join(place), place[-1], level, parent="/".join(place[:-1]))

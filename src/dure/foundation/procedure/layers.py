"""Where the boxes and arrows of a graph stand: in layers from the top, every arrow's words in a place of their own.

After Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures, IEEE Trans. SMC 11(2),
1981: ranks by the longest way, arrows cut at every layer, order by the middle of the neighbours, places by least squares.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Arrow = tuple[str, str]
Row = list[tuple[str, ...]]
SWEEPS, GAP = 12, 22.0


@dataclass(frozen=True)
class Layout:
    """Middle of every box by its name, of every arrow's words, and the points by which an arrow goes; all in the drawing's units.

    `rank` counts the rows: boxes stand in the even ones, words in the odd ones.
    """

    boxes: Mapping[str, tuple[float, int]]
    words: Mapping[Arrow, tuple[float, int]]
    ways: Mapping[Arrow, tuple[tuple[float, int], ...]]
    width: float
    rows: int


def layout(first: str, boxes: Mapping[str, float], arrows: Mapping[Arrow, float]) -> Layout:
    """Place boxes and arrows.

    Parameters
    ----------
    first
        The box at the top.
    boxes, arrows
        Width of each box, and of the words at each arrow (source, target).

    Examples
    --------
    >>> placed = layout("a", {"a": 50, "b": 50}, {("a", "b"): 30, ("b", "a"): 30})
    >>> placed.boxes["a"][1], placed.boxes["b"][1], placed.words["b", "a"][1], placed.rows
    (0, 2, 1, 3)
    """
    ranks = _ranks(first, list(boxes), list(arrows))
    ways = {arrow: _way(arrow, ranks) for arrow in arrows}
    widths: dict[tuple[str, ...], float] = {(name,): width for name, width in boxes.items()}
    rows: list[Row] = [[] for _ in range(2 * max(ranks.values()) + 2)]
    for name, rank in ranks.items():
        rows[2 * rank].append((name,))
    for arrow, way in ways.items():
        for node, rank in way:
            rows[rank].append(node)
            widths[node] = arrows[arrow] if len(node) == 2 else 10.0
    beside = _neighbours(ways, ranks)
    rows = _ordered([row for row in rows if row], beside)
    across = _across(rows, beside, widths)
    least = min(across[node] - widths[node] / 2 for row in rows for node in row)
    most = max(across[node] + widths[node] / 2 for row in rows for node in row)
    return Layout(
        {name: (across[name,] - least, 2 * rank) for name, rank in ranks.items()},
        {arrow: next((across[node] - least, rank) for node, rank in way if len(node) == 2) for arrow, way in ways.items()},
        {arrow: tuple((across[node] - least, rank) for node, rank in way) for arrow, way in ways.items()},
        most - least,
        len(rows),
    )  # fmt: skip


def _ranks(first: str, boxes: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """Longest way from the first box along the arrows that do not lead back."""
    onward = _onward(first, boxes, arrows)
    ranks = dict.fromkeys(boxes, 0)
    for _ in boxes:  # as often as the longest way is long, at most
        before = dict(ranks)
        for source, target in onward:
            ranks[target] = max(ranks[target], ranks[source] + 1)
        if ranks == before:
            break
    return ranks


def _onward(first: str, boxes: Sequence[str], arrows: Sequence[Arrow]) -> list[Arrow]:
    """The arrows without those that lead back to a box on the way to them."""
    after: dict[str, list[str]] = {box: [] for box in boxes}
    for source, target in arrows:
        after[source].append(target)
    kept: list[Arrow] = []
    done: set[str] = set()
    for begin in [first, *boxes]:
        on_way, waiting = {begin}, [(begin, iter(after[begin]))]
        if begin in done:
            continue
        while waiting:
            here, left = waiting[-1]
            there = next(left, None)
            if there is None:
                done.add(here)
                on_way.discard(here)
                waiting.pop()
            elif there not in on_way:
                kept.append((here, there))
                if there not in done:
                    on_way.add(there)
                    waiting.append((there, iter(after[there])))
    return kept


def _way(arrow: Arrow, ranks: Mapping[str, int]) -> list[tuple[tuple[str, ...], int]]:
    """The places by which an arrow goes, from its upper box down; the one of length two holds its words."""
    upper, lower = sorted(ranks[end] for end in arrow)
    first, last = 2 * upper + 1, max(2 * lower, 2 * upper + 2)
    return [
        (arrow if rank == first else (*arrow, str(rank)), rank) for rank in range(first, last)
    ]  # words stand beneath the upper box, where there is most room


def _neighbours(
    ways: Mapping[Arrow, list[tuple[tuple[str, ...], int]]], ranks: Mapping[str, int]
) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """What an arrow joins: its upper box, its places on the way down, its lower box."""
    beside: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for arrow, way in ways.items():
        upper, lower = sorted(arrow, key=lambda end: ranks[end])
        chain = [(upper,), *(node for node, _ in way), (lower,)]
        for one, other in pairwise(chain):
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
    return beside


def _ordered(rows: list[Row], beside: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]) -> list[Row]:
    """Each row in the order of the middle of its neighbours, down and up again."""
    for sweep in range(SWEEPS):
        place = {node: at / max(1, len(row) - 1) if len(row) > 1 else 0.5 for row in rows for at, node in enumerate(row)}  # fmt: skip
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            row.sort(key=lambda node: _mean([place[one] for one in beside.get(node, ())], place[node]))
            place |= {node: at / (len(row) - 1) for at, node in enumerate(row) if len(row) > 1}
    return rows


def _across(
    rows: list[Row],
    beside: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]],
    widths: Mapping[tuple[str, ...], float],
) -> dict[tuple[str, ...], float]:
    """Middles, so near their neighbours as the widths of a row allow."""
    across: dict[tuple[str, ...], float] = {}
    for row in rows:
        across |= dict(zip(row, _spread([0.0] * len(row), [widths[one] for one in row]), strict=True))
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wished = [_mean([across[one] for one in beside.get(node, ())], across[node]) for node in row]
            across |= dict(zip(row, _spread(wished, [widths[one] for one in row]), strict=True))
    return across


def _spread(wished: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The places nearest to the wished ones that do not overlap (least squares: pool adjacent violators).

    >>> _spread([0.0, 0.0], [10.0, 10.0])
    [-16.0, 16.0]
    """
    offset = [0.0]
    for one, other in pairwise(widths):
        offset.append(offset[-1] + (one + other) / 2 + GAP)
    pools: list[list[float]] = []  # sum, count
    for at, wish in enumerate(wished):
        pools.append([wish - offset[at], 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    flat = [total / count for total, count in pools for _ in range(int(count))]
    return [one + off for one, off in zip(flat, offset, strict=True)]


def _mean(places: Iterable[float], otherwise: float) -> float:
    found = list(places)
    return sum(found) / len(found) if found else otherwise

"""From tags to blocks of neighbouring cells: few requests, none longer than the device bears."""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dure.plant.connect.tags import Tag, order_of
from dure.vocabulary import InputError, Text


class TagTooLong(InputError):
    """A tag that no single request of the device can hold."""

    key = "tag-too-long"
    says = Text("The tag {where} is longer than one request may be ({limit}).", "{where} 태그가 요청 하나의 한도({limit})보다 깁니다.")  # fmt: skip
    remedy = Text("Shorten its type, or raise the limit.", "자료형을 줄이거나 한도를 늘려 주세요.")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a tag lies: cells `start` to `start + cells` of an address space, and which bit of its first cell (-1 none).

    The space is whatever the protocol names: `(1, "holding")`, `("DB", 5)`, `"D"`.
    """

    space: Hashable
    start: int
    cells: int = 1
    bit: int = -1

    @property
    def end(self) -> int:
        """First cell behind it."""
        return self.start + self.cells


def cells_of(tag: Tag, cell: int) -> int:
    """Cells of `cell` bits (1, 8 or 16) that a tag takes.

    >>> cells_of(Tag("t", "40001", "float32"), 16), cells_of(Tag("s", "40001", "string(5)"), 16)
    (2, 3)
    """
    if cell == 1 or tag.type == "bool":
        return 1
    return math.ceil((max(order_of(tag.words, tag.width, text=tag.is_text)) + 1) * 8 / cell)


@dataclass(frozen=True, eq=False)
class Block:
    """Neighbouring cells that one request reads, and the tags in them; `places` are their rows in the plan's tags."""

    space: Hashable
    start: int
    cells: int
    cell: int
    tags: tuple[Tag, ...]
    spots: tuple[Spot, ...]
    places: tuple[int, ...]

    @property
    def width(self) -> int:
        """Bytes of the block's content."""
        return math.ceil(self.cells * self.cell / 8)


def plan(
    tags: Sequence[Tag],
    locate: Callable[[Tag], Spot],
    *,
    limit: int | Callable[[Hashable], int],
    hole: int = 0,
    cell: int | Callable[[Hashable], int] = 16,
) -> tuple[Block, ...]:
    """Fewest blocks in address order that cover every tag.

    Parameters
    ----------
    locate
        Where a tag lies.
    limit
        Most cells of one request, for a space.
    hole
        Most cells that no tag needs and that are read along between two tags.
    cell
        Bits of a cell of a space: 1 (coils), 8 (bytes), 16 (registers).

    Raises
    ------
    TagTooLong
        If one tag alone exceeds the limit.

    Examples
    --------
    >>> tags = [Tag("a", "0", "float32"), Tag("b", "2"), Tag("c", "9")]
    >>> blocks = plan(tags, lambda tag: Spot("holding", int(tag.address), cells_of(tag, 16)), limit=125, hole=4)
    >>> [(block.start, block.cells, block.places) for block in blocks]
    [(0, 3, (0, 1)), (9, 1, (2,))]
    """
    spaces: dict[Hashable, list[tuple[Spot, int]]] = defaultdict(list)
    for place, tag in enumerate(tags):
        spot = locate(tag)
        spaces[spot.space].append((spot, place))
    blocks: list[Block] = []
    named = dict(enumerate(tags))
    for space, spots in spaces.items():
        most = limit(space) if callable(limit) else limit
        bits = cell(space) if callable(cell) else cell
        ordered = sorted(spots, key=lambda pair: (pair[0].start, pair[1]))
        blocks += [_part(run, bits, named) for run in _runs(ordered, most, hole, tags)]
    return tuple(blocks)


def _runs(
    spots: Iterable[tuple[Spot, int]], most: int, hole: int, tags: Sequence[Tag]
) -> list[list[tuple[Spot, int]]]:
    """Runs of neighbours: each as long as limit and hole allow."""
    runs: list[list[tuple[Spot, int]]] = []
    start = end = 0
    for spot, place in spots:
        if spot.cells > most:
            raise TagTooLong(tags[place].id, limit=most)
        if not runs or spot.start > end + hole or spot.end - start > most:
            runs.append([])
            start, end = spot.start, spot.start
        runs[-1].append((spot, place))
        end = max(end, spot.end)
    return runs


def halves(block: Block) -> tuple[Block, ...]:
    """The block's tags in two blocks, to find the one that the device refuses; none of a block of one tag.

    >>> tags = [Tag(name, str(at)) for at, name in enumerate("abc")]
    >>> (whole,) = plan(tags, lambda tag: Spot("D", int(tag.address)), limit=100)
    >>> [half.places for half in halves(whole)]
    [(0,), (1, 2)]
    """
    if len(block.tags) < 2:
        return ()
    middle = len(block.tags) // 2
    rows = list(zip(block.spots, block.places, strict=True))
    named = dict(zip(block.places, block.tags, strict=True))
    return tuple(_part(part, block.cell, named) for part in (rows[:middle], rows[middle:]))


def _part(run: Sequence[tuple[Spot, int]], bits: int, named: Mapping[int, Tag]) -> Block:
    start, end = run[0][0].start, max(spot.end for spot, _ in run)
    tags = tuple(named[place] for _, place in run)
    return Block(run[0][0].space, start, end - start, bits, tags, tuple(s for s, _ in run), tuple(p for _, p in run))  # fmt: skip

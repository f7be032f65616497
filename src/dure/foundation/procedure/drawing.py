"""A flow as a picture: states as boxes in layers, moves as arrows with their words, and where the open cases stand."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from dure.foundation.procedure.flow import CLOCK, Flow, State, Transition
from dure.foundation.procedure.layers import Arrow, Layout, layout
from dure.science.paper import Picture, element
from dure.vocabulary import Text

#: More than so many states or arrows are no picture any more; the table of moves tells them.
MOST_STATES, MOST_ARROWS = 40, 120
LETTER, SYLLABLE, LINE = 7.4, 13.2, 16
BOX, ROW, EDGE, ROUND = 46, 60, 14, 16


class Way(Picture):
    """A picture in its natural size: letters stay letters, and what is wider than the screen is scrolled."""

    __slots__ = ()

    @property
    def svg(self) -> str:
        """The drawing alone."""
        return super().svg.replace("<svg ", f'<svg width="{self.width}" height="{self.height}" ', 1)


def drawing(flow: Flow, open_cases: Mapping[str, int] | None = None, here: str = "") -> Picture | None:
    """The picture of a flow; None if it is too large for one.

    Parameters
    ----------
    open_cases
        How many cases stand in each state; no numbers are written if it is not given.
    here
        The state of the one case that is looked at.
    """
    arrows = _arrows(flow)
    if len(flow.states) > MOST_STATES or len(arrows) > MOST_ARROWS:
        return None
    names = {state.id: _words(state, open_cases) for state in flow.states}
    boxes = {name: max(84.0, *(_room(one) for one in lines)) + 28 for name, lines in names.items()}
    said = {arrow: _lines([str(move.label) for move in moves]) for arrow, moves in arrows.items()}
    placed = layout(
        flow.first.id, boxes, {arrow: max(map(_room, lines)) + 10 for arrow, lines in said.items()}
    )
    drawn = [_arrow(arrow, arrows[arrow], placed, boxes) for arrow in arrows]
    drawn += [_said(said[arrow], placed.words[arrow]) for arrow in arrows]
    drawn += [_box(state, names[state.id], placed, boxes, flow, here) for state in flow.states]
    title, says = _titles(flow, open_cases, here)
    width, height = round(placed.width + 2 * EDGE), placed.rows * ROW + 2 * EDGE
    return Way(f"flow-{flow.id}", title, says, "".join(drawn), height, width=width)


def _titles(flow: Flow, open_cases: Mapping[str, int] | None, here: str) -> tuple[str, str]:
    says = Text(f"{len(flow.states)} states, {len(flow.moves)} moves.", f"상태 {len(flow.states)}개, 조치 {len(flow.moves)}개입니다.")  # fmt: skip
    if here:
        label = flow.state(here).label
        says = Text(f"{says.en} The case is “{label.en}”.", f"{says.ko} 현재 상태는 “{label.ko}”입니다.")
    elif open_cases:
        count = sum(open_cases.values())
        says = Text(f"{says.en} {count} open cases.", f"{says.ko} 진행 중인 건은 {count}건입니다.")
    return str(flow.label), str(says)


def _arrows(flow: Flow) -> dict[Arrow, list[Transition]]:
    """Moves by where they begin and end: several between the same two states are one arrow."""
    found: dict[Arrow, list[Transition]] = {}
    for move in flow.moves:
        for source in move.sources:
            found.setdefault((source, move.to), []).append(move)
    return found


def _words(state: State, open_cases: Mapping[str, int] | None) -> list[str]:
    lines = _lines([str(state.label)], most=2)
    count = (open_cases or {}).get(state.id, 0)
    return [*lines, str(Text(f"{count} open", f"{count}건"))] if count else lines


def _room(words: str) -> float:
    return sum(SYLLABLE if letter >= "\u1100" else LETTER for letter in words)


def _lines(words: Sequence[str], most: int = 3, width: float = 120.0) -> list[str]:
    """Words in short lines, one or more each; what is too much ends in “…”."""
    lines: list[str] = []
    for one in words:
        line = ""
        for word in one.split():
            if line and _room(f"{line} {word}") > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
    lines = [one if _room(one) <= 2 * width else f"{one[:18]}…" for one in lines]
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


def _down(rank: int) -> float:
    return EDGE + rank * ROW + ROW / 2


def _box(  # noqa: PLR0913, PLR0917 - what a box is drawn from
    state: State, lines: Sequence[str], placed: Layout, boxes: Mapping[str, float], flow: Flow, here: str
) -> str:
    across, rank = placed.boxes[state.id]
    width, x, y = boxes[state.id], across + EDGE, _down(rank)
    kinds = {"first": state == flow.first, "end": state.end, "pauses": state.pauses, "here": state.id == here}
    name = " ".join(["state", *(kind for kind, so in kinds.items() if so)])
    round_ = ROUND if state.end else 4
    rect = element("rect", x=round(x - width / 2, 1), y=y - BOX / 2, width=round(width, 1), height=BOX, rx=round_, class_=name)  # fmt: skip
    return rect + _text(lines, x, y, name)


def _text(lines: Sequence[str], x: float, y: float, name: str) -> str:
    top = y - (len(lines) - 1) * LINE / 2 + 4.5
    return "".join(
        element("text", one, x=round(x, 1), y=round(top + at * LINE, 1), text_anchor="middle", class_=f"{name}-word" if " " not in name else f"state-word{' here' if 'here' in name.split() else ''}")
        for at, one in enumerate(lines)
    )  # fmt: skip


def _said(lines: Sequence[str], place: tuple[float, int]) -> str:
    x, y = place[0] + EDGE, _down(place[1])
    wide, high = max(map(_room, lines)) + 6, len(lines) * LINE
    ground = element("rect", x=round(x - wide / 2, 1), y=y - high / 2, width=round(wide, 1), height=high, class_="ground")  # fmt: skip
    return ground + _text(lines, x, y, "move")


def _arrow(arrow: Arrow, moves: Sequence[Transition], placed: Layout, boxes: Mapping[str, float]) -> str:
    """A line from box to box by the places on its way, and its head; dashed if only the clock makes it."""
    points = _points(arrow, placed, boxes)
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        path += f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
    x, y = points[-1]
    back = 7 if y > points[-2][1] else -7
    head = element("path", d=f"M{x:.1f} {y:.1f}l-4 {-back}h8z", class_="head")
    by_clock = all(move.by == (CLOCK,) for move in moves)
    return element("path", d=path, class_="arrow clock" if by_clock else "arrow") + head


def _points(arrow: Arrow, placed: Layout, boxes: Mapping[str, float]) -> list[tuple[float, float]]:
    """From the source's edge to the target's; places above one another are passed straight."""
    source, target = arrow
    way = list(placed.ways[arrow])
    upward = placed.boxes[source][1] > placed.boxes[target][1]
    if upward:
        way.reverse()
    between: list[tuple[float, float]] = []
    for across, rank in way:
        edges = (
            (_down(rank) - 14, _down(rank) + 14)
            if rank % 2
            else (_down(rank) - BOX / 2, _down(rank) + BOX / 2)
        )
        between += [(across + EDGE, edge) for edge in (edges[::-1] if upward else edges)]
    begin = _port(source, arrow, placed, boxes, below=not upward)
    if source == target:  # down and up again beside its words
        x, y = between[0]
        return [begin, (x, y), (x + 8, y), (begin[0] + 16, begin[1])]
    return [begin, *between, _port(target, arrow, placed, boxes, below=upward)]


def _port(
    box: str, arrow: Arrow, placed: Layout, boxes: Mapping[str, float], *, below: bool
) -> tuple[float, float]:
    """Where an arrow meets a box: those of one edge stand side by side, in the order of where they come from."""
    across, rank = placed.boxes[box]
    beside = rank + 1 if below else rank - 1
    met = {
        one: next(x for x, at in way if at == beside)
        for one, way in placed.ways.items()
        if box in one and any(at == beside for _, at in way)
    }
    order = sorted(met, key=lambda one: met[one])
    share = (order.index(arrow) + 1) / (len(order) + 1) if arrow in order else 0.5
    y = _down(rank) + (BOX / 2 if below else -BOX / 2)
    return across + EDGE + (share - 0.5) * boxes[box], y

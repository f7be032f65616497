"""Pictures of the equipment pages: a line in the size of a word, and the lineage as columns of boxes; SVG, no script."""

from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dure.plant.inventory.lineage import KINDS, Graph, Node, ranks

WIDE, HIGH, ACROSS, DOWN = 190, 40, 70, 14
LETTERS = 24
A_COLUMN = 12
"""Boxes of one kind in one column; more are one box with their number."""


def line_spark(values: Sequence[float]) -> SafeString:
    """Values over time in the size of a word; hidden from screen readers, the last value is written beside it."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    tall = (high - low) or 1.0
    step = 120 / (len(values) - 1)
    points = " ".join(f"{i * step:.1f},{26 - 24 * (v - low) / tall:.1f}" for i, v in enumerate(values))
    return format_html(
        '<svg class="spark" viewBox="0 0 120 28" aria-hidden="true"><polyline class="trace" points="{}"/></svg>',
        points,
    )


Place = tuple[float, float]


def picture(graph: Graph, here: str) -> SafeString:
    """The lineage around one node as columns from left to right; every box is a link."""
    columns = [_folded(column, here) for column in ranks(graph)]
    places: dict[str, Place] = {}
    boxes: list[tuple[Node, Place]] = []
    tallest = max((len(column) for column in columns), default=1)
    for number, column in enumerate(columns):
        top = (tallest - len(column)) * (HIGH + DOWN) / 2
        for row, (node, members) in enumerate(column):
            place = (number * (WIDE + ACROSS) + 2, top + row * (HIGH + DOWN) + 2)
            boxes.append((node, place))
            places |= dict.fromkeys(members, place)
    width = max(1, len(columns)) * (WIDE + ACROSS) - ACROSS + 4
    height = tallest * (HIGH + DOWN) - DOWN + 4
    return format_html(
        '<svg class="lineage" viewBox="0 0 {} {}" width="{}" height="{}" role="group">{}{}</svg>',
        width, height, width, height, _edges(graph, places), format_html_join("", "{}", ((_box(*one, here),) for one in boxes)),
    )  # fmt: skip


def _folded(column: Sequence[Node], here: str) -> list[tuple[Node, list[str]]]:
    """Nodes of a column with the keys that each stands for: too many of one kind become one box."""
    by_kind: dict[str, list[Node]] = {}
    for node in column:
        by_kind.setdefault(node.kind, []).append(node)
    found: list[tuple[Node, list[str]]] = []
    for kind, nodes in by_kind.items():
        shown = nodes if len(nodes) <= A_COLUMN else [one for one in nodes if one.key == here]
        found += [(one, [one.key]) for one in shown]
        rest = [one.key for one in nodes if one not in shown]
        if rest:
            found.append((Node(kind, "", f"{len(rest)} × {KINDS.get(kind, kind)}"), rest))
    return found


def _edges(graph: Graph, places: Mapping[str, Place]) -> SafeString:
    drawn = {
        (places[edge.begin], places[edge.end])
        for edge in graph.edges
        if edge.begin in places and edge.end in places and places[edge.begin] != places[edge.end]
    }
    return format_html_join("", '<path class="edge" d="{}"/>', ((_curve(*one),) for one in sorted(drawn)))


def _curve(begin: Place, end: Place) -> str:
    x0, y0, x1, y1 = begin[0] + WIDE, begin[1] + HIGH / 2, end[0], end[1] + HIGH / 2
    bend = max(ACROSS / 2, abs(x1 - x0) / 2)
    return f"M{x0:.0f} {y0:.0f}C{x0 + bend:.0f} {y0:.0f} {x1 - bend:.0f} {y1:.0f} {x1:.0f} {y1:.0f}"


def _box(node: Node, place: Place, here: str) -> SafeString:
    title = node.title or node.id
    short = title if len(title) <= LETTERS else f"…{title[-LETTERS + 1 :]}"
    x, y = place
    drawn = format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<text class="kind" x="{}" y="{}">{}</text><text x="{}" y="{}">{}<title>{}</title></text>',
        "box here" if node.key == here else "box", x, y, WIDE, HIGH,
        x + 8, y + 15, KINDS.get(node.kind, node.kind), x + 8, y + 32, short, title,
    )  # fmt: skip
    return format_html('<a href="{}">{}</a>', node.url, drawn) if node.url else drawn

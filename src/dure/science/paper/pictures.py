"""Six pictures, enough for a report: lines with a band, a cloud, bars beside their null, columns, steps, a matrix.

Each takes plain numbers and gives a `Picture`; classes name roles (`bar`, `null`, `trace`, `second`, `limit`, …), told apart
by dash or shape as well as by colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dure.science.paper.drawing import WIDTH, Axis, Frame, Picture, Table, element, path, room
from dure.science.paper.numbers import NOTHING, figure, percent, quantity
from dure.science.paper.scale import Scale, reach
from dure.vocabulary import Text

Numbers = Sequence[float]
Written = Callable[[object], str]

#: Rows of the table under a picture of many points.
LISTED = 40
_FROM_TO = Text("from – to", "구간")
_ROWS = Text("rows", "행 수")
_MODEL = Text("with the model", "모델")
_NULL = Text("without", "모델 없이")
_TRUE, _SAID = Text("true", "실제"), Text("verdict", "판정")
_LIMIT = Text("alarm above", "알람 기준")
_BETWEEN = Text("between", "범위")
_WHAT = Text("what", "항목")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a picture: its name, its values at the picture's places, its role."""

    name: str
    values: Numbers
    role: str = "trace"


@dataclass(frozen=True, slots=True)
class Plane:
    """Lines over the same places, with what both axes measure."""

    x: Axis
    y: Axis
    places: Numbers
    drawn: Sequence[Line]

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest value of all lines."""
        return reach(*(one.values for one in self.drawn))

    def listed(self) -> list[tuple[float, ...]]:
        """Place and values of some rows, evenly spread, for the table."""
        rows = list(zip(self.places, *(one.values for one in self.drawn), strict=True))
        return rows[:: max(1, len(rows) // LISTED)]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its value, the same without a model, and the interval in which it truly lies; `plain` if it is itself a null."""

    name: str
    value: float
    null: float | None = None
    low: float | None = None
    high: float | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Key, title and sentence of a picture."""

    key: str
    title: str
    says: str = ""

    def picture(self, body: str, height: int, table: Table | None) -> Picture:
        """The picture that bears them."""
        return Picture(self.key, self.title, self.says, body, height, table)


def lines(words: Words, plane: Plane, band: tuple[Numbers, Numbers] | None = None) -> Picture:
    """Lines over one axis, perhaps on a band; a value that is no number is a gap."""
    edges = band or ((), ())
    upward = reach(plane.reach, *edges)
    frame = Frame.around(plane.x, plane.y, reach(plane.places), upward, 300)
    over, up = frame.over, frame.up
    body = _band(over, up, plane.places, band) if band else ""
    body += frame.axes()
    for one in plane.drawn:
        points = [(_at(over, x), _at(up, y)) for x, y in zip(plane.places, one.values, strict=True)]
        body += (
            _dots(points, 2.6, "dot truth")
            if one.role == "dots"
            else element("path", class_=one.role, d=path(points))
        )
    body += _legend(frame, [(one.name, one.role) for one in plane.drawn])
    table = Table(
        (plane.x.words, *(one.name for one in plane.drawn)),
        [
            (_place(plane.x, row[0], frame.across), *(figure(value) for value in row[1:]))
            for row in plane.listed()
        ],
    )
    return words.picture(body, frame.height, table)


def _dots(points: Sequence[tuple[float, float]], radius: float, role: str = "dot full") -> str:
    """A dot at each point that is one."""
    seen = [(x, y) for x, y in points if x - x == 0 and y - y == 0]
    return "".join(element("circle", class_=role, cx=x, cy=y, r=radius) for x, y in seen)


def _at(scale: Scale, value: float) -> float:
    """Length at which a value lies; what is no number stays none."""
    return scale(value) if value - value == 0 else float("nan")


def _place(axis: Axis, at: float, across: tuple[float, float]) -> str:
    """A place on the axis as the table says it."""
    if axis.kind != "time":
        return figure(at)
    from datetime import UTC, datetime

    form = "%Y-%m-%d %H:%M" if across[1] - across[0] > 600 else "%H:%M:%S"
    return datetime.fromtimestamp(at, tz=UTC).strftime(form) if at - at == 0 else figure(None)


def _band(over: Scale, up: Scale, places: Numbers, band: tuple[Numbers, Numbers]) -> str:
    """The area between two edges, in one piece for each stretch without a gap."""
    pieces, current = [], []
    for at, low, high in zip(places, *band, strict=True):
        if at - at == 0 and low - low == 0 and high - high == 0:
            current.append((over(at), up(low), up(high)))
        elif current:
            pieces.append(current)
            current = []
    drawn = "".join(
        path([(at, high) for at, _, high in piece] + [(at, low) for at, low, _ in reversed(piece)]) + "Z"
        for piece in (*pieces, current)
        if len(piece) > 1
    )
    return element("path", class_="usual", d=drawn) if drawn else ""


def _legend(frame: Frame, named: Sequence[tuple[str, str]]) -> str:
    """Names of the lines at the top right, each behind a piece of its line."""
    found, end = [], float(WIDTH - frame.right)
    for name, role in reversed(named):
        start = end - room(name) - 4
        found.append(
            element("circle", class_="dot truth", cx=f"{start - 12:g}", cy=10, r=4)
            if role == "dots"
            else element("path", class_=role, d=f"M{start - 26:g} 10h20")
        )
        found.append(element("text", name, x=f"{start:g}", y=15))
        end = start - 40
    return "".join(found) if len(named) > 1 else ""


def scatter(
    words: Words,
    axes: tuple[Axis, Axis],
    true: Numbers,
    said: Numbers,
    band: tuple[float, float] | None = None,
) -> Picture:
    """Said over true values; the dashed line is perfect, the band is where nine of ten lie (below, above it)."""
    low, high = reach(true, said)
    frame = Frame.around(*axes, (low, high), (low, high), 360)
    over, up = frame.over, frame.up
    first, last = frame.across
    body = ""
    if band:
        along = [first + (last - first) * at / 40 for at in range(41)]
        lower = [max(first, at - band[0]) for at in along]
        body += _band(over, up, along, (lower, [min(last, at + band[1]) for at in along]))
    body += frame.axes()
    body += "".join(
        element("circle", class_="dot", cx=over(t), cy=up(s), r=3) for t, s in zip(true, said, strict=True)
    )
    body += element("path", class_="cross", d=path([(over(first), up(first)), (over(last), up(last))]))
    every = max(1, len(true) // LISTED)
    rows = list(zip(true, said, strict=True))[::every]
    table = Table((axes[0].words, axes[1].words), [(figure(t), figure(s)) for t, s in rows])
    return words.picture(body, frame.height, table)


def bars(words: Words, rows: Sequence[Bar], axis: Axis, *, null: str = "") -> Picture:
    """Horizontal bars, each above the same figure of no model (called `null`), with the interval in which it truly lies."""
    written = _writing(axis)
    known = [one for bar in rows for one in (bar.value, bar.null, bar.high) if one is not None]
    top = max((one for one in known if one - one == 0), default=1.0) or 1.0
    longest = max((room(written(one)) for one in known), default=40.0)
    # Behind the longest bar there is room for its figure, and for the name of the null.
    scale = Scale(0.0, top, 0.0, max(WIDTH - 18 - longest - room(null), WIDTH / 4))
    pitch = 72 if any(bar.null is not None for bar in rows) else 50
    body = "".join(_bar(pitch * place, bar, scale, written, null) for place, bar in enumerate(rows))
    return words.picture(body, max(pitch * len(rows), 20), _bar_table(rows, axis, null or str(_NULL)))


def _writing(axis: Axis) -> Written:
    """How a value on an axis is written."""
    if axis.kind == "percent":
        return percent
    return (lambda value: quantity(value, axis.unit)) if axis.unit else figure


def _bar_table(rows: Sequence[Bar], axis: Axis, null: str) -> Table:
    """Bars as a table, with as many columns as are filled."""
    written = _writing(axis)
    columns: list[tuple[str, list[str]]] = [
        (str(_WHAT), [bar.name for bar in rows]),
        (axis.name or str(_MODEL), [written(bar.value) for bar in rows]),
    ]
    if any(bar.null is not None for bar in rows):
        columns.append((null, [written(bar.null) for bar in rows]))
    if any(bar.low is not None for bar in rows):
        spans = [NOTHING if bar.low is None else f"{written(bar.low)} – {written(bar.high)}" for bar in rows]
        columns.append((str(_BETWEEN), spans))
    return Table([head for head, _ in columns], list(zip(*(cells for _, cells in columns), strict=True)))


def _bar(y: int, bar: Bar, scale: Scale, write: Written, null: str) -> str:
    long = scale(max(bar.value, 0.0)) if bar.value - bar.value == 0 else 0.0
    ends = long
    body = element("text", bar.name, class_="strong", x=0, y=y + 15)
    body += element(
        "rect", class_="bar null" if bar.plain else "bar", x=0, y=y + 22, width=max(long, 1.5), height=16
    )
    if bar.low is not None and bar.high is not None:
        low, high = scale(max(bar.low, 0.0)), scale(max(bar.high, 0.0))
        middle = y + 30
        body += element(
            "path", class_="whisker", d=f"M{low} {middle}H{high}M{low} {middle - 5}v10M{high} {middle - 5}v10"
        )
        ends = max(ends, high)
    body += element("text", write(bar.value), class_="strong", x=round(ends + 8, 1), y=y + 36)
    if bar.null is not None:
        none = scale(max(bar.null, 0.0)) if bar.null - bar.null == 0 else 0.0
        body += element("rect", class_="bar null", x=0, y=y + 41, width=max(none, 1.5), height=16)
        body += element("text", f"{write(bar.null)} {null}".strip(), x=none + 8, y=y + 55)
    return body


def columns(words: Words, x: Axis, edges: Numbers, counts: Numbers, *, limit: float | None = None) -> Picture:
    """How often a value fell where; what lies above the limit, if there is one, would raise an alarm."""
    most = max(*counts, 1.0) if counts else 1.0
    high = max(edges[-1], limit) if limit is not None else edges[-1]
    frame = Frame.around(x, Axis(str(_ROWS)), (edges[0], high), (0.0, most), 260)
    over, up = frame.over, frame.up
    body = frame.axes()
    for (low, top), count in zip(pairwise(edges), counts, strict=True):
        role = "bar over" if limit is not None and low >= limit else "bar"
        wide, tall = max(round(over(top) - over(low) - 1, 1), 1), round(up(0.0) - up(count), 1)
        body += element("rect", class_=role, x=over(low), y=up(count), width=wide, height=tall)
    if limit is not None:
        body += _limit(frame, over(limit), f"{_LIMIT} {figure(limit)}")
    table = Table(
        (str(_FROM_TO), str(_ROWS)),
        [
            (f"{figure(low)} – {figure(top)}", figure(count))
            for (low, top), count in zip(pairwise(edges), counts, strict=True)
            if count
        ],
    )
    return words.picture(body, frame.height, table)


def _limit(frame: Frame, x: float, word: str) -> str:
    """A dashed line from top to bottom with its word beside it, on the side that has room."""
    anchor, shift = ("end", -6) if x > WIDTH / 2 else ("start", 6)
    return element("path", class_="limit", d=f"M{x} {frame.top - 4}V{frame.height - frame.bottom}") + element(
        "text", word, class_="flag", x=x + shift, y=frame.top + 9, text_anchor=anchor
    )


def steps(
    words: Words,
    plane: Plane,
    *,
    limit: tuple[float, str] | None = None,
    diagonal: bool = False,
    dots: bool = False,
) -> Picture:
    """Curves over a share or a limit, with the place that was chosen; with `diagonal` the dashed line is perfect."""
    low, high = plane.reach
    frame = Frame.around(plane.x, plane.y, reach(plane.places), (min(0.0, low), high), 300)
    over, up = frame.over, frame.up
    body = frame.axes()
    if diagonal:
        ends = (max(frame.across[0], frame.upward[0]), min(frame.across[1], frame.upward[1]))
        body += element("path", class_="cross", d=path([(over(one), up(one)) for one in ends]))
    for one in plane.drawn:
        points = [(over(x), _at(up, y)) for x, y in zip(plane.places, one.values, strict=True)]
        body += element("path", class_=one.role, d=path(points))
        body += _dots(points, 4) if dots else ""
    if limit is not None:
        body += _limit(frame, over(limit[0]), limit[1])
    body += _legend(frame, [(one.name, one.role) for one in plane.drawn])
    across, upward = (percent if axis.kind == "percent" else figure for axis in (plane.x, plane.y))
    table = Table(
        (plane.x.words, *(one.name for one in plane.drawn)),
        [(across(row[0]), *(upward(value) for value in row[1:])) for row in plane.listed()],
    )
    return words.picture(body, frame.height, table)


def matrix(words: Words, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Picture:
    """How many rows of each true class (down) got which verdict (across); the diagonal is right."""
    shown = [_short(name, 130.0) for name in names]
    left, top = int(24 + max((room(name) for name in shown), default=0.0)), 54
    size = min(88, (WIDTH - left - 8) // max(len(names), 1))
    tall = min(size, 64)
    body = element(
        "text", str(_SAID), class_="name", x=left + size * len(names) / 2, y=16, text_anchor="middle"
    )
    body += element("text", str(_TRUE), class_="name", x=4, y=top - 10)
    for place, (name, row) in enumerate(zip(names, counts, strict=True)):
        middle = top + tall * (place + 0.5) + 5
        body += element("text", _short(name, 130.0), x=left - 10, y=middle, text_anchor="end")
        body += element(
            "text",
            _short(name, size),
            x=left + size * (place + 0.5),
            y=top - 10,
            text_anchor="middle",
        )
        whole = sum(row) or 1
        for across, count in enumerate(row):
            share = count / whole
            body += element(
                "rect", class_="cell right" if across == place else "cell", x=left + size * across, y=top + tall * place,
                width=size, height=tall, fill_opacity=round(0.06 + 0.94 * share, 3),
            )  # fmt: skip
            body += element(
                "text", figure(count), class_="cell-text on-dark" if share > 0.5 else "cell-text",
                x=left + size * (across + 0.5), y=middle,
            )  # fmt: skip
    table = Table(
        (f"{_TRUE} \\ {_SAID}", *names),
        [(name, *(figure(count) for count in row)) for name, row in zip(names, counts, strict=True)],
    )
    return words.picture(body, top + tall * len(names) + 8, table)


def _short(name: str, most: float) -> str:
    """A name cut so that it finds room in `most` user units."""
    if room(name) <= most:
        return name
    kept = name
    while kept and room(f"{kept}…") > most:
        kept = kept[:-1]
    return f"{kept}…"

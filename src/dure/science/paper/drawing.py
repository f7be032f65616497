"""Pieces of a picture: escaped elements, the frame with its axes, and the picture with its words and its table.

Geometry only, in SVG user units: colours, strokes and sizes of letters come from a style sheet (`page.STYLE` here,
`frontend/styles/charts.css` on pages), so that a picture follows light and dark and breaks no content policy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from dure.science.paper.numbers import figure, percent, unit_name
from dure.science.paper.scale import Scale, dates, ticks

WIDTH = 480
#: Letters are at most this wide where they are largest (on a phone), in user units: what room is reckoned by.
LETTER, SYLLABLE = 9.5, 18.5


def element(name: str, words: str | None = None, **attributes: object) -> str:
    """One SVG element; `_` in a name stands for `-`, `class_` for `class`.

    >>> element("text", "a < b", x=1, class_="strong", text_anchor="end")
    '<text x="1" class="strong" text-anchor="end">a &lt; b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{written}/>" if words is None else f"<{name}{written}>{escape(words)}</{name}>"


def room(words: str) -> float:
    """How wide words are at most, in user units.

    >>> room("0.5"), room("놓침")
    (28.5, 37.0)
    """
    return sum(SYLLABLE if letter >= "\u1100" else LETTER for letter in words)


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a picture for those who do not see it: names of the columns, rows of words."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its title, one sentence, and its table. `key` is its own on a page."""

    key: str
    title: str
    says: str
    body: str
    height: int
    table: Table | None = None
    width: int = WIDTH

    @property
    def svg(self) -> str:
        """The drawing alone; title and sentence are in it for those who listen."""
        named = f"{self.key}-title"
        head = element("title", self.title, id=named) + element("desc", self.says, id=f"{self.key}-desc")
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-labelledby="{escape(named)} {escape(self.key)}-desc">{head}{self.body}</svg>'
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis measures: its name, its unit, and how its marks are written: `number`, `percent` or `time`; `tight`: no further than its values."""

    name: str = ""
    unit: str = ""
    kind: str = "number"
    tight: bool = False

    @property
    def words(self) -> str:
        """Name and unit."""
        shown = unit_name(self.unit)
        return f"{self.name} [{shown}]" if shown else self.name

    def marks(self, low: float, high: float, about: int) -> list[tuple[float, str]]:
        """Round values with their words; numbers and shares cover the ends, times lie within them."""
        if self.kind == "time":
            return dates(low, high, about)
        written: Callable[[object], str] = percent if self.kind == "percent" else figure
        about += self.kind == "percent"
        found = [one for one in ticks(low, high, about) if self.kind != "percent" or one <= 1.0]
        return [(one, written(one)) for one in found if not self.tight or low <= one <= high]


@dataclass(frozen=True, slots=True)
class Frame:
    """Room of a picture with two axes, and the scales in it."""

    x: Axis
    y: Axis
    across: tuple[float, float]
    upward: tuple[float, float]
    height: int = 280
    top: int = 30
    bottom: int = 48
    right: int = 16
    x_marks: list[tuple[float, str]] = field(default_factory=list)
    y_marks: list[tuple[float, str]] = field(default_factory=list)
    left: float = 60.0

    @classmethod
    def around(
        cls, x: Axis, y: Axis, across: tuple[float, float], upward: tuple[float, float], height: int = 280
    ) -> "Frame":
        """The frame in which values of these reaches find room, with round marks beside it."""
        x_marks, y_marks = x.marks(*across, 4), y.marks(*upward, 4)
        wide = cls._covered(x, across, x_marks)
        tall = cls._covered(y, upward, y_marks)
        left = 14 + max((room(word) for _, word in y_marks), default=LETTER)
        return cls(x, y, wide, tall, height, x_marks=x_marks, y_marks=y_marks, left=max(left, 40.0))

    @staticmethod
    def _covered(
        axis: Axis, reach: tuple[float, float], marks: list[tuple[float, str]]
    ) -> tuple[float, float]:
        if axis.kind == "time" or axis.tight or not marks:
            return reach
        return min(reach[0], marks[0][0]), max(reach[1], marks[-1][0])

    @property
    def over(self) -> Scale:
        """Places across."""
        return Scale(*self.across, self.left, WIDTH - self.right)

    @property
    def up(self) -> Scale:
        """Places upward."""
        return Scale(*self.upward, self.height - self.bottom, self.top)

    def axes(self) -> str:
        """Rules with their figures, and the names of both axes."""
        x, y, foot = self.over, self.up, self.height - self.bottom
        rules = "".join(
            element("path", class_="grid", d=f"M{self.left} {y(at)}H{WIDTH - self.right}")
            + element("text", word, x=self.left - 8, y=y(at) + 5, text_anchor="end")
            for at, word in self.y_marks
        )
        below = "".join(
            element("text", word, x=x(at), y=foot + 19, text_anchor=self._anchor(x(at), word))
            for at, word in self._spaced()
        )
        line = element("path", class_="axis", d=f"M{self.left} {foot}H{WIDTH - self.right}")
        names = element(
            "text", self.x.words, class_="name", x=WIDTH - self.right, y=self.height - 5, text_anchor="end"
        ) + element("text", self.y.words, class_="name", x=4, y=15)
        return rules + below + line + names

    def _spaced(self) -> list[tuple[float, str]]:
        """Marks below, as many as find room beside each other in letters twice as large."""
        marks = self.x_marks
        longest = max((room(word) for _, word in marks), default=LETTER) + 10
        fit = max(2, int((WIDTH - self.left - self.right) / longest))
        every = -(-len(marks) // fit) if marks else 1
        return marks[::every]

    def _anchor(self, at: float, word: str) -> str:
        """A mark at the right end is written to its left, so that it stays in the picture."""
        return "end" if at + room(word) / 2 > WIDTH else "middle"


def path(points: Sequence[tuple[float, float]]) -> str:
    """A line through points; where one is no number the pen is lifted.

    >>> path([(0, 1), (2, 3), (4, float("nan")), (5, 6)])
    'M0 1L2 3M5 6'
    """
    pieces, pen = [], "M"
    for x, y in points:
        if x - x != 0 or y - y != 0:
            pen = "M"
            continue
        pieces.append(f"{pen}{x:g} {y:g}")
        pen = "L"
    return "".join(pieces)

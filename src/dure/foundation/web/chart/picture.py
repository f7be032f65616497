"""What all pictures share: the figure around them with its words and its table, and the axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dure.foundation.web.templatetags.dure import figure
from dure.science.paper import Scale

NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of a picture, and the margins in which its axes stand."""

    width: int = 640
    height: int = 260
    left: int = 56
    right: int = 12
    top: int = 14
    bottom: int = 26

    def across(self, low: float, high: float) -> Scale:
        """Scale from the left to the right."""
        return Scale(low, high, self.left, self.width - self.right)

    def upward(self, low: float, high: float) -> Scale:
        """Scale from the bottom to the top."""
        return Scale(low, high, self.height - self.bottom, self.top)

    def grid(self, y: Scale, steps: Sequence[float]) -> SafeString:
        """Rules at round values, with their figures."""
        return format_html_join(
            "",
            '<path class="grid" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
            ((self.left, y(s), self.width - self.right, self.left - 8, y(s) + 4, figure(s)) for s in steps),
        )

    def foot(self, x: Scale, steps: Sequence[float]) -> SafeString:
        """Figures below, and the line they stand on."""
        words = format_html_join(
            "",
            '<text x="{}" y="{}" text-anchor="middle">{}</text>',
            ((x(s), self.height - 8, figure(s)) for s in steps),
        )
        line = format_html(
            '<path class="axis" d="M{} {}H{}"/>',
            self.left,
            self.height - self.bottom,
            self.width - self.right,
        )
        return words + line


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a picture for those who do not see it: names of the columns, rows of words."""

    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


def drawn(frame: Frame, body: SafeString, table: Table, *, title: str, said: str = "") -> SafeString:
    """The figure: its title, one sentence, the drawing, and the table."""
    words = {"title": title, "said": said, "frame": frame, "body": body, "table": table}
    return SafeString(render_to_string("web/chart.html", words))

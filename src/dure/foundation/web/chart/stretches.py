"""A value over a stretch of time, with where it usually lies and the moment an alarm began."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.chart.picture import NOTHING, Frame, Table, drawn
from dure.foundation.web.templatetags.dure import figure
from dure.science.paper import Scale, ticks

FRAME = Frame(width=460, height=178, left=48, bottom=24)
LISTED = 12
"""Rows of the table beneath."""


@dataclass(frozen=True, slots=True)
class Band:
    """Where a value usually lies."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Values [N] at rising times [N, s], `clocks` the words for each time; `mark` [s] is when the alarm began."""

    times: Sequence[float]
    values: Sequence[float | None]
    clocks: Sequence[str]
    usual: Band | None = None
    mark: float | None = None


def stretch(shown: Stretch, *, title: str, said: str = "") -> SafeString:
    """The line of the values over their usual band, flagged where the alarm began."""
    usual = (shown.usual.low, shown.usual.high) if shown.usual else ()
    reach = [*(v for v in shown.values if v is not None and isfinite(v)), *usual] or [0.0, 1.0]
    steps = ticks(min(reach), max(reach), 4)
    x, y = FRAME.across(shown.times[0], shown.times[-1]), FRAME.upward(steps[0], steps[-1])
    flag = _flag(x(shown.mark)) if shown.mark is not None else NOTHING
    body = _band(y, shown.usual) + FRAME.grid(y, steps) + _line(x, y, shown) + flag + _clocks(shown)
    every = max(1, len(shown.times) // LISTED)
    rows = list(zip(shown.clocks, shown.values, strict=True))[::-every]
    table = Table((_("Time"), _("Value")), [(clock, figure(value)) for clock, value in rows])
    return drawn(FRAME, body, table, title=title, said=said)


def _band(y: Scale, usual: Band | None) -> SafeString:
    if usual is None:
        return NOTHING
    top, end = y(usual.high), FRAME.width - FRAME.right
    return format_html(
        '<rect class="usual" x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}">{}</text>',
        FRAME.left, top, end - FRAME.left, max(round(y(usual.low) - top, 1), 2), FRAME.left + 4, top - 5, _("usual"),
    )  # fmt: skip


def _line(x: Scale, y: Scale, shown: Stretch) -> SafeString:
    pieces, pen = [], "M"
    for time, value in zip(shown.times, shown.values, strict=True):
        if value is None or not isfinite(value):
            pen = "M"
            continue
        pieces.append(f"{pen}{x(time)} {y(value)}")
        pen = "L"
    return format_html('<path class="trace" d="{}"/>', "".join(pieces))


def _flag(x: float) -> SafeString:
    return format_html(
        '<path class="limit" d="M{0} {1}V{2}"/><path class="flag" d="M{3} {1}h10l-5 9z"/>',
        x, FRAME.top, FRAME.height - FRAME.bottom, round(x - 5, 1),
    )  # fmt: skip


def _clocks(shown: Stretch) -> SafeString:
    first, last = FRAME.left, FRAME.width - FRAME.right
    places = ((first, "start", 0), ((first + last) / 2, "middle", len(shown.clocks) // 2), (last, "end", -1))
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        ((x, FRAME.height - 6, anchor, shown.clocks[place]) for x, anchor, place in places),
    )

"""Planes: predicted over true values, verdicts over true classes, how often a value fell where."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.chart.picture import NOTHING, Frame, Table, drawn
from dure.foundation.web.chart.scale import Scale, ticks
from dure.foundation.web.templatetags.dure import figure

LISTED = 50
"""Rows of the table under a cloud of points."""


def predicted_true(
    true: Sequence[float], predicted: Sequence[float], *, title: str, unit: str = "", said: str = ""
) -> SafeString:
    """Predicted over true values on rows that were held out; the dashed line is perfect."""
    steps = ticks(min(*true, *predicted), max(*true, *predicted))
    frame = Frame(height=440, bottom=44)
    x, y = frame.across(steps[0], steps[-1]), frame.upward(steps[0], steps[-1])
    pairs = list(zip(true, predicted, strict=True))
    dots = format_html_join(
        "", '<circle class="dot" cx="{}" cy="{}" r="3"/>', ((x(t), y(p)) for t, p in pairs)
    )
    perfect = format_html(
        '<path class="cross" d="M{} {}L{} {}"/>', x(steps[0]), y(steps[0]), x(steps[-1]), y(steps[-1])
    )
    body = frame.grid(y, steps) + _along(frame, x, steps) + dots + perfect + _names(frame, unit)
    table = Table(
        (_("true"), _("predicted"), _("difference")),
        [(figure(t), figure(p), figure(p - t)) for t, p in pairs[:LISTED]],
    )
    return drawn(frame, body, table, title=title, said=said)


def _along(frame: Frame, x: Scale, steps: Sequence[float]) -> SafeString:
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x(s), frame.height - frame.bottom + 18, figure(s)) for s in steps),
    )


def _names(frame: Frame, unit: str) -> SafeString:
    shown = f" [{unit}]" if unit else ""
    return format_html(
        '<text class="strong" x="{}" y="{}" text-anchor="end">{}</text><text class="strong" x="{}" y="{}">{}</text>',
        frame.width - frame.right, frame.height - 4, _("true") + shown,
        frame.left + 8, frame.top + 12, _("predicted") + shown,
    )  # fmt: skip


def confusion(
    labels: Sequence[str], counts: Sequence[Sequence[int]], *, title: str, said: str = ""
) -> SafeString:
    """How many rows of each true class (down) got which verdict (across); the diagonal is right."""
    size, left, top = min(84, 440 // max(len(labels), 1)), 130, 48
    cells = format_html_join(
        "", "{}", ((_row(row, left, top + size * place, size),) for place, row in enumerate(counts))
    )
    middle = size * len(labels) / 2
    words = format_html(
        '<text class="strong" x="{}" y="16" text-anchor="middle">{}</text><text class="strong" x="0" y="{}">{}</text>',
        left + middle, _("verdict"), top + middle + 4, _("true"),
    )  # fmt: skip
    names = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (left + size * (p + 0.5), top - 10, name, left - 10, top + size * (p + 0.5) + 4, name)
            for p, name in enumerate(labels)
        ),
    )
    down, across = _("true"), _("verdict")
    table = Table(
        (f"{down} \\ {across}", *labels),
        [(label, *row) for label, row in zip(labels, counts, strict=True)],
    )
    frame = Frame(height=top + size * len(labels) + 8)
    return drawn(frame, cells + words + names, table, title=title, said=said)


def _row(row: Sequence[int], left: int, y: int, size: int) -> SafeString:
    whole = sum(row) or 1
    return format_html_join(
        "",
        '<rect class="cell" x="{0}" y="{1}" width="{2}" height="{2}" fill-opacity="{3}"/>'
        '<text class="cell-text{6}" x="{4}" y="{5}">{7}</text>',
        (
            (
                left + size * place, y, size, round(0.05 + 0.95 * count / whole, 3),
                left + size * (place + 0.5), y + size / 2 + 5, " on-dark" if count / whole > 0.55 else "", count,
            )
            for place, count in enumerate(row)
        ),
    )  # fmt: skip


def histogram(
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    title: str,
    said: str = "",
    threshold: float | None = None,
) -> SafeString:
    """How often a value fell where; what lies above the threshold, if there is one, would raise an alarm."""
    frame = Frame()
    steps = ticks(edges[0], max(edges[-1], threshold if threshold is not None else edges[-1]), 7)
    most = ticks(0.0, max(*counts, 1.0), 4)
    x, y = frame.across(steps[0], steps[-1]), frame.upward(0.0, most[-1])
    bins = list(zip(pairwise(edges), counts, strict=True))
    bars = format_html_join(
        "",
        '<rect class="bar{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                " over" if threshold is not None and low >= threshold else "",
                x(low), y(count), max(round(x(high) - x(low) - 1, 1), 1), round(y(0.0) - y(count), 1),
            )
            for (low, high), count in bins
        ),
    )  # fmt: skip
    body = frame.grid(y, most) + frame.foot(x, steps) + bars
    if threshold is not None:
        body += _limit(frame, x(threshold), figure(threshold))
    table = Table(
        (_("from – to"), _("rows")),
        [(f"{figure(low)} – {figure(high)}", figure(count)) for (low, high), count in bins],
    )
    return drawn(frame, body or NOTHING, table, title=title, said=said)


def _limit(frame: Frame, x: float, word: str) -> SafeString:
    anchor, shift = ("end", -6) if x > frame.width * 0.7 else ("start", 6)
    return format_html(
        '<path class="limit" d="M{0} {1}V{2}"/><text class="flag" x="{3}" y="{4}" text-anchor="{5}">{6} {7}</text>',
        x, frame.top, frame.height - frame.bottom, x + shift, frame.top + 10, anchor, _("alarm above"), word,
    )  # fmt: skip

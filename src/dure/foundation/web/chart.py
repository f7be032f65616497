"""Pictures of a report, drawn on the server as SVG: no script, sharp in print, each with its table beneath.

Colours and strokes come from `frontend/styles/charts.css`; here is geometry only. Lengths are in SVG user
units, of which the picture's width is 640 (360 for a small one).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.templatetags.dure import figure

WIDTH = 640
EDGE_LEFT, EDGE_RIGHT, EDGE_TOP, EDGE_BOTTOM = 56, 12, 14, 26


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` laid on lengths from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Length at which `value` lies.

        >>> Scale(0.0, 10.0, 100.0, 200.0)(2.5)
        125.0
        """
        spread = self.high - self.low or 1.0
        return round(self.start + (value - self.low) / spread * (self.end - self.start), 1)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that cover `low` to `high`, about so many (Heckbert, Graphics Gems, 1990).

    >>> ticks(2.91, 3.42)
    [2.9, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5]
    """
    step = _round(max(high - low, abs(high) * 1e-9, 1e-300) / about)
    places = max(0, -floor(log10(step)))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(index * step, places) for index in range(first, max(last, first + 1) + 1)]


def _round(step: float) -> float:
    scale = 10.0 ** floor(log10(step))
    return float(next(nice for nice in (1, 2, 5, 10) if step <= nice * scale * 1.0001) * scale)


# Figures ---------------------------------------------------------------------------------------------------------
def against_null(
    rows: Sequence[tuple[str, float, float | None]], *, title: str, said: str = ""
) -> SafeString:
    """Bars of a model's figures, each beside the same figure of its null. Rows: name, model's, null's."""
    top = max((abs(v) for row in rows for v in row[1:] if v is not None), default=1.0) or 1.0
    scale = Scale(0.0, top, 0.0, 330.0)
    height = 52 * len(rows) + 8
    bars = format_html_join(
        "",
        '<text class="strong" x="0" y="{}">{}</text>{}{}',
        (
            (
                52 * i + 27,
                name,
                _bar(52 * i + 6, scale(max(value, 0.0)), "bar", figure(value)),
                _bar(52 * i + 28, scale(max(null, 0.0)), "bar null", f"{figure(null)} {_('without a model')}")
                if null is not None
                else "",
            )
            for i, (name, value, null) in enumerate(rows)
        ),
    )
    table = [(name, figure(value), figure(null)) for name, value, null in rows]
    return _figure(title, said, height, bars, (_("Measure"), _("Model"), _("Without a model")), table)


def _bar(y: float, length: float, kind: str, word: str) -> SafeString:
    return format_html(
        '<rect class="{}" x="190" y="{}" width="{}" height="18"/><text x="{}" y="{}">{}</text>',
        kind, y, max(length, 1.5), 198 + length, y + 13, word,
    )  # fmt: skip


def predicted_true(
    true: Sequence[float], predicted: Sequence[float], *, title: str, unit: str = "", said: str = ""
) -> SafeString:
    """Predicted over true values on the rows that were held out; the dashed line is perfect."""
    low, high = min(*true, *predicted), max(*true, *predicted)
    steps = ticks(low, high)
    height = 420
    x = Scale(steps[0], steps[-1], EDGE_LEFT, WIDTH - EDGE_RIGHT)
    y = Scale(steps[0], steps[-1], height - EDGE_BOTTOM - 14, EDGE_TOP)
    dots = format_html_join(
        "",
        '<circle class="dot" cx="{}" cy="{}" r="3"/>',
        ((x(t), y(p)) for t, p in zip(true, predicted, strict=True)),
    )
    cross = format_html(
        '<path class="cross" d="M{} {}L{} {}"/>', x(steps[0]), y(steps[0]), x(steps[-1]), y(steps[-1])
    )
    names = _axis_names(_("true"), _("predicted"), unit, height)
    body = _frame(x, y, steps, steps, height - 14) + dots + cross + names
    table = [(figure(t), figure(p), figure(p - t)) for t, p in list(zip(true, predicted, strict=True))[:50]]
    return _figure(title, said, height, body, (_("true"), _("predicted"), _("difference")), table)


def confusion(
    labels: Sequence[str], counts: Sequence[Sequence[int]], *, title: str, said: str = ""
) -> SafeString:
    """How many rows of each true class got which verdict; the diagonal is right."""
    size = min(72, 430 // max(len(labels), 1))
    left, top = 150, 44
    cells = format_html_join("", "{}", ((_cell(row, i, size, left, top),) for i, row in enumerate(counts)))
    across = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        ((left + size * j + size / 2, top - 8, label) for j, label in enumerate(labels)),
    )
    down = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="end">{}</text>',
        ((left - 8, top + size * i + size / 2 + 4, label) for i, label in enumerate(labels)),
    )
    names = format_html(
        '<text class="strong" x="{}" y="14" text-anchor="middle">{}</text><text class="strong" x="0" y="{}">{}</text>',
        left + size * len(labels) / 2, _("verdict"), top + size * len(labels) / 2 + 4, _("true"),
    )  # fmt: skip
    table = [(label, *row) for label, row in zip(labels, counts, strict=True)]
    head = (_("true") + " \\ " + _("verdict"), *labels)
    return _figure(title, said, top + size * len(labels) + 10, cells + across + down + names, head, table)


def _cell(row: Sequence[int], i: int, size: int, left: int, top: int) -> SafeString:
    whole = sum(row) or 1
    return format_html_join(
        "",
        '<rect class="cell" x="{0}" y="{1}" width="{2}" height="{2}" fill-opacity="{3}"/>'
        '<text class="cell-text{6}" x="{4}" y="{5}">{7}</text>',
        (
            (
                left + size * j, top + size * i, size, round(0.06 + 0.94 * count / whole, 3),
                left + size * j + size / 2, top + size * i + size / 2 + 5,
                " on-dark" if count / whole > 0.55 else "", count,
            )
            for j, count in enumerate(row)
        ),
    )  # fmt: skip


def histogram(
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    title: str,
    threshold: float | None = None,
    said: str = "",
    unit: str = "",
) -> SafeString:
    """How often a value fell where; what lies above the threshold, if there is one, would raise an alarm."""
    height = 260
    steps = ticks(edges[0], max(edges[-1], threshold if threshold is not None else edges[-1]), 7)
    most = ticks(0.0, max(*counts, 1.0), 4)
    x = Scale(steps[0], steps[-1], EDGE_LEFT, WIDTH - EDGE_RIGHT)
    y = Scale(0.0, most[-1], height - EDGE_BOTTOM, EDGE_TOP)
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                "bar over" if threshold is not None and low >= threshold else "bar",
                x(low), y(count), max(round(x(high) - x(low) - 1, 1), 1), round(y(0.0) - y(count), 1),
            )
            for (low, high), count in zip(pairwise(edges), counts, strict=True)
        ),
    )  # fmt: skip
    limit = _limit(x(threshold), height, figure(threshold)) if threshold is not None else SafeString("")
    body = _frame(x, y, steps, most, height) + bars + limit
    table = [
        (f"{figure(low)} – {figure(high)}", figure(count))
        for (low, high), count in zip(pairwise(edges), counts, strict=True)
    ]
    return _figure(title, said, height, body, (f"{_('from – to')} {unit}".strip(), _("rows")), table)


def _limit(x: float, height: int, word: str) -> SafeString:
    anchor, shift = ("end", -6) if x > WIDTH * 0.7 else ("start", 6)
    return format_html(
        '<path class="limit" d="M{0} {1}V{2}"/><text class="flag" x="{3}" y="{4}" text-anchor="{5}">{6} {7}</text>',
        x, EDGE_TOP, height - EDGE_BOTTOM, x + shift, EDGE_TOP + 10, anchor, _("alarm above"), word,
    )  # fmt: skip


def shares(rows: Sequence[tuple[str, float]], *, title: str, said: str = "") -> SafeString:
    """What a result rests on: shares from 0 to 1, the largest first."""
    top = max((share for _name, share in rows), default=1.0) or 1.0
    scale = Scale(0.0, top, 0.0, 330.0)
    bars = format_html_join(
        "",
        '<text class="strong" x="0" y="{}">{}</text>{}',
        (
            (28 * i + 18, name, _bar(28 * i + 4, scale(share), "bar", f"{100 * share:.0f} %"))
            for i, (name, share) in enumerate(rows)
        ),
    )
    table = [(name, f"{100 * share:.1f} %") for name, share in rows]
    return _figure(title, said, 28 * len(rows) + 8, bars, (_("Signal"), _("Share")), table)


@dataclass(frozen=True, slots=True)
class Band:
    """Where a value usually lies."""

    low: float
    high: float


def stretch(
    times: Sequence[float],
    values: Sequence[float | None],
    *,
    title: str,
    clocks: Sequence[str],
    usual: Band | None = None,
    mark: float | None = None,
    said: str = "",
) -> SafeString:
    """A value over a stretch of time, its usual band behind it and the moment an alarm began.

    `times` [s] rise; `clocks` are the words for the first, the middle and the last of them.
    """
    known = [v for v in values if v is not None and isfinite(v)]
    reach = [*known, *((usual.low, usual.high) if usual else ())] or [0.0, 1.0]
    steps, height = ticks(min(reach), max(reach), 4), 200
    x = Scale(times[0], times[-1], EDGE_LEFT, WIDTH - EDGE_RIGHT)
    y = Scale(steps[0], steps[-1], height - EDGE_BOTTOM, EDGE_TOP)
    body = _grid(y, steps) + _usual(y, usual) + _path(x, y, times, values)
    body += _moment(x(mark), height) if mark is not None else SafeString("")
    body += _clock_words(clocks, height)
    step = max(1, len(times) // 12)
    spread = times[-1] - times[0] or 1.0
    table = [
        (f"−{round(times[-1] - t)} s" if spread < 7200 else f"−{round((times[-1] - t) / 60)} min", figure(v))
        for t, v in list(zip(times, values, strict=True))[::-step]
    ]
    return _figure(title, said, height, body, (_("before now"), _("value")), table)


def _usual(y: Scale, usual: Band | None) -> SafeString:
    if usual is None:
        return SafeString("")
    return format_html(
        '<rect class="usual" x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}">{}</text>',
        EDGE_LEFT, y(usual.high), WIDTH - EDGE_LEFT - EDGE_RIGHT, max(round(y(usual.low) - y(usual.high), 1), 1),
        EDGE_LEFT + 6, y(usual.high) + 13, _("usual"),
    )  # fmt: skip


def _moment(x: float, height: int) -> SafeString:
    return format_html(
        '<path class="limit" d="M{0} {1}V{2}"/><path class="flag" d="M{3} {1}h10l-5 9z"/>',
        x, EDGE_TOP, height - EDGE_BOTTOM, round(x - 5, 1),
    )  # fmt: skip


def _clock_words(clocks: Sequence[str], height: int) -> SafeString:
    first, last = EDGE_LEFT, WIDTH - EDGE_RIGHT
    anchors = ("start", "middle", "end")
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        ((first + (last - first) * i / 2, height - 8, anchors[i], word) for i, word in enumerate(clocks)),
    )


def _path(x: Scale, y: Scale, times: Sequence[float], values: Sequence[float | None]) -> SafeString:
    pieces, pen = [], "M"
    for time, value in zip(times, values, strict=True):
        if value is None or not isfinite(value):
            pen = "M"
            continue
        pieces.append(f"{pen}{x(time)} {y(value)}")
        pen = "L"
    return format_html('<path class="trace" d="{}"/>', "".join(pieces))


def spark(values: Sequence[float]) -> SafeString:
    """A histogram of a column in the size of a word; the table beside it holds the figures."""
    most = max(values, default=0) or 1
    wide = 120 / max(len(values), 1)
    return format_html(
        '<svg class="spark" viewBox="0 0 120 28" aria-hidden="true">{}</svg>',
        format_html_join(
            "",
            '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>',
            (
                (
                    round(i * wide, 1),
                    round(28 - 28 * v / most, 1),
                    round(wide - 0.8, 1),
                    round(28 * v / most, 1),
                )
                for i, v in enumerate(values)
            ),
        ),
    )


# Parts -----------------------------------------------------------------------------------------------------------
def _grid(y: Scale, steps: Sequence[float]) -> SafeString:
    return format_html_join(
        "",
        '<path class="grid" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        ((EDGE_LEFT, y(s), WIDTH - EDGE_RIGHT, EDGE_LEFT - 8, y(s) + 4, figure(s)) for s in steps),
    )


def _frame(x: Scale, y: Scale, along: Sequence[float], up: Sequence[float], height: int) -> SafeString:
    words = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x(s), height - 8, figure(s)) for s in along),
    )
    axis = format_html(
        '<path class="axis" d="M{} {}H{}"/>', EDGE_LEFT, height - EDGE_BOTTOM, WIDTH - EDGE_RIGHT
    )
    return _grid(y, up) + words + axis


def _axis_names(along: str, up: str, unit: str, height: int) -> SafeString:
    shown = f" [{unit}]" if unit else ""
    return format_html(
        '<text class="strong" x="{}" y="{}" text-anchor="end">{}</text><text class="strong" x="{}" y="12">{}</text>',
        WIDTH - EDGE_RIGHT, height - 4, along + shown, EDGE_LEFT + 8, up + shown,
    )  # fmt: skip


def _figure(
    title: str,
    said: str,
    height: float,
    body: SafeString,
    head: Sequence[str],
    table: Sequence[Sequence[Any]],
) -> SafeString:
    words = {
        "title": title,
        "said": said,
        "width": WIDTH,
        "height": height,
        "body": body,
        "head": head,
        "rows": table,
    }
    return SafeString(render_to_string("web/chart.html", words))

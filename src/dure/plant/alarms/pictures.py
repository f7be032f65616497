"""The rate of alarms over a period: a bar a stretch, the limits as lines, floods marked by colour and in the table."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.chart import Frame, Table, drawn, figure
from dure.plant.alarms.measures import FLOOD_BEGINS, TEN_MINUTES, Performance
from dure.science.paper import ticks

FRAME = Frame(width=600, height=250, left=48)
MOST_BARS = 144
"""Bars of a picture; a longer period shows the worst ten minutes of each."""
LISTED = 24


def rate(found: Performance) -> SafeString:
    """Alarms in ten minutes and operator over the period."""
    each = -(-len(found.counts) // MOST_BARS)
    bars = [max(found.counts[n : n + each]) / found.operators for n in range(0, len(found.counts), each)]
    steps = ticks(0.0, float(max([*bars, FLOOD_BEGINS * 1.2])), 4)
    y, x = FRAME.upward(0.0, steps[-1]), FRAME.across(0.0, float(len(bars)))
    drawing = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                "bar over" if bar > FLOOD_BEGINS else "bar",
                x(n),
                y(bar),
                max(round(x(n + 1) - x(n) - 1, 1), 1),
                round(y(0.0) - y(bar), 1),
            )
            for n, bar in enumerate(bars)
            if bar
        ),
    )
    limit = format_html(
        '<path class="limit" d="M{} {}H{}"/><text class="flag" x="{}" y="{}">{}</text>',
        FRAME.left, y(FLOOD_BEGINS), FRAME.width - FRAME.right, FRAME.left + 4, y(FLOOD_BEGINS) - 5, _("flood above 10"),
    )  # fmt: skip
    clocks = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (x(place), FRAME.height - 8, anchor, _clock(found, place * each))
            for place, anchor in ((0, "start"), (len(bars) // 2, "middle"), (len(bars), "end"))
        ),
    )
    worst = sorted(enumerate(bars), key=lambda pair: -pair[1])[:LISTED]
    table = Table(
        (_("Start"), _("Alarms in 10 min")),
        [(_clock(found, n * each), figure(bar)) for n, bar in sorted(worst)],
    )
    said = _("Worst ten minutes of each bar.") if each > 1 else ""
    return drawn(
        FRAME,
        FRAME.grid(y, steps) + drawing + limit + clocks,
        table,
        title=_("Alarms in 10 minutes and operator"),
        said=said,
    )


def _clock(found: Performance, place: int) -> str:
    moment = datetime.fromtimestamp((found.start + place * TEN_MINUTES) / 1e9, tz=UTC)
    return timezone.localtime(moment).strftime("%m-%d %H:%M")

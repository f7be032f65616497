"""Bars: figures beside their null, shares of a whole, and a histogram in the size of a word."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.chart.picture import NOTHING, Frame, Table, drawn
from dure.foundation.web.chart.scale import Scale
from dure.foundation.web.templatetags.dure import figure, percent

LONGEST = 470
"""Length of the longest bar; the rest is for the word behind it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure of a model, and the same figure without a model."""

    name: str
    value: float
    null: float | None = None


def against_null(bars: Sequence[Bar], *, title: str, said: str = "") -> SafeString:
    """Bars of a model's figures, each above the same figure of its null."""
    top = max((abs(v) for bar in bars for v in (bar.value, bar.null) if v is not None), default=1.0) or 1.0
    scale = Scale(0.0, top, 0.0, LONGEST)
    body = format_html_join("", "{}", ((_pair(66 * place, bar, scale),) for place, bar in enumerate(bars)))
    table = Table(
        (_("Measure"), _("Model"), _("Without a model")),
        [(bar.name, figure(bar.value), figure(bar.null)) for bar in bars],
    )
    return drawn(Frame(height=66 * len(bars)), body, table, title=title, said=said)


def _pair(y: int, bar: Bar, scale: Scale) -> SafeString:
    without = _("without a model")
    words = f"{figure(bar.null)} {without}"
    null = _bar(y + 41, scale(max(bar.null, 0.0)), words, "bar null") if bar.null is not None else NOTHING
    name = format_html('<text class="strong" x="0" y="{}">{}</text>', y + 14, bar.name)
    return name + _bar(y + 20, scale(max(bar.value, 0.0)), figure(bar.value)) + null


def _bar(y: float, length: float, word: str, kind: str = "bar") -> SafeString:
    return format_html(
        '<rect class="{}" x="0" y="{}" width="{}" height="18"/><text x="{}" y="{}">{}</text>',
        kind, y, max(length, 1.5), length + 8, y + 14, word,
    )  # fmt: skip


def shares(rows: Sequence[tuple[str, float]], *, title: str, said: str = "") -> SafeString:
    """What a result rests on: shares from 0 to 1, the largest first."""
    scale = Scale(0.0, max((share for _name, share in rows), default=1.0) or 1.0, 0.0, LONGEST)
    body = format_html_join(
        "",
        '<text class="strong" x="0" y="{}">{}</text>{}',
        (
            (46 * place + 14, name, _bar(46 * place + 20, scale(share), percent(share)))
            for place, (name, share) in enumerate(rows)
        ),
    )
    table = Table((_("Signal"), _("Share")), [(name, percent(share)) for name, share in rows])
    return drawn(Frame(height=46 * len(rows)), body, table, title=title, said=said)


def spark(counts: Sequence[float]) -> SafeString:
    """A histogram in the size of a word; hidden from screen readers, a table holds the figures."""
    most = max(counts, default=0) or 1
    wide = 120 / max(len(counts), 1)
    bars = format_html_join(
        "",
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (round(i * wide, 1), round(28 - 28 * n / most, 1), round(wide - 0.8, 1), round(28 * n / most, 1))
            for i, n in enumerate(counts)
        ),
    )
    return format_html('<svg class="spark" viewBox="0 0 120 28" aria-hidden="true">{}</svg>', bars)

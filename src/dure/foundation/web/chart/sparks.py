"""A histogram in the size of a word."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


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

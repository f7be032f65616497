"""Tags of every page: icons, times and figures as people read them, texts in both languages."""

import math
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from dure.science.paper import unit_name
from dure.vocabulary import language

register = template.Library()

# 16 by 16, one stroke width; each state has a silhouette of its own, told apart without colour.
ICONS = {
    "mark": '<path d="M26 7H8v18h18" fill="none" stroke="currentColor" stroke-width="4"/>'
    '<path d="M13 16h5l2-4 3 8 2-4h5" fill="none" stroke="#7fd8c4" stroke-width="2.5" stroke-linejoin="round"/>',
    "line": '<path d="M1 11h3l2-7 3 10 2-6h4" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/>',
    "trends": '<path d="M1.500 1.500v13h13M4 10.500l3-4 2.500 2.500L14 3.500" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/>',
    "data": '<path d="M2 3h12v3H2zM2 7.5h12v3H2zM2 12h8" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "equipment": '<path d="M2 14V6.5l4 2.5V6.5l4 2.5V2h4v12z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/>',
    "models": '<path d="M8 1.5 14 5v6l-6 3.5L2 11V5zM2 5l6 3.5L14 5M8 8.5v6" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/>',
    "alarm": '<path d="M8 1 15.5 14.5H.5z" fill="currentColor"/><path d="M8 5.5v4.5M8 11.4v1.6" stroke="var(--surface)" stroke-width="1.8"/>',
    "seen": '<path d="M8 1.8 14.8 14H1.2z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="m5.5 10.5 1.8 1.8 3.4-3.8" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "stale": '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="3 2"/><path d="M8 4.5V8l2.5 1.6" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "bad": '<path d="M2 2h12v12H2z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="m5 5 6 6m0-6-6 6" stroke="currentColor" stroke-width="1.8"/>',
    "fine": '<path d="m2.5 8.5 3.6 3.6 7.4-8" fill="none" stroke="currentColor" stroke-width="2.2"/>',
    "warn": '<path d="M8 1.2 14.8 8 8 14.8 1.2 8z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 4.6v4M8 9.8v1.6" stroke="currentColor" stroke-width="1.8"/>',
    "info": '<circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 7v4.5M8 4v1.6" stroke="currentColor" stroke-width="1.8"/>',
    "shadow": '<circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="2.4 2"/>',
    "advisory": '<circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor"/>',
    "on": '<circle cx="8" cy="8" r="6.4" fill="currentColor"/>',
    "stopped": '<path d="M3 3h10v10H3z" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "wait": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    "run": '<path d="M4 2.5 13 8l-9 5.5z" fill="currentColor"/>',
    "plus": '<path d="M8 2.5v11M2.5 8h11" stroke="currentColor" stroke-width="2"/>',
    "file": '<path d="M3 1.5h6.5L13 5v9.5H3zM9.5 1.5V5H13" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/>',
    "down": '<path d="M8 2v8.5M4.2 7 8 10.8 11.8 7M2.5 14h11" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "up": '<path d="M8 11V2.5M4.2 6 8 2.2 11.8 6M2.5 14h11" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "ask": '<path d="M2 2.500h12v8.500H8.500L5 14v-3H2z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M6.200 5.400c.2-1 3.500-1.200 3.500.5 0 1-1.700 1-1.700 1.900M8 8.600v1" fill="none" stroke="currentColor" stroke-width="1.4"/>',
    "tasks": '<path d="m1.500 4 1.500 1.500L5.500 3M1.500 11 3 12.500 5.500 10M8 4.500h6.500M8 11.500h6.500" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "person": '<circle cx="8" cy="5" r="3" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M2 14.5c.6-3.6 3-5 6-5s5.400 1.400 6 5" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "light": '<circle cx="8" cy="8" r="3" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 .8v2M8 13.200v2M.8 8h2M13.200 8h2M2.900 2.900l1.400 1.400M11.700 11.700l1.400 1.400M2.900 13.100l1.400-1.400M11.700 4.300l1.400-1.400" stroke="currentColor" stroke-width="1.5"/>',
    "dark": '<path d="M13.500 10A6 6 0 1 1 6.500 2a5 5 0 0 0 7 8z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/>',
    "auto": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/>',
}  # fmt: skip
LARGE = {"mark": 32}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing beside a word, from the page's `sprite`; hidden from screen readers, the word speaks."""
    if name not in ICONS:
        raise KeyError(name)
    return format_html('<svg aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def sprite() -> SafeString:
    """All drawings once, at the head of a page."""
    drawings = (
        f'<symbol id="i-{name}" viewBox="0 0 {LARGE.get(name, 16)} {LARGE.get(name, 16)}">{drawing}</symbol>'
        for name, drawing in ICONS.items()
    )
    return mark_safe(f'<svg hidden aria-hidden="true">{"".join(drawings)}</svg>')  # noqa: S308 - ours, from the table


@register.filter
def figure(value: object, digits: int = 4) -> str:
    """A number with as many significant digits as people read, in the language's own writing.

    >>> figure(0.0028931), figure(1451), figure(None)
    ('0.002893', '1,451', '–')
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e12:
        return number_format(int(value), use_l10n=True, force_grouping=True)
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = number_format(round(value, places), decimal_pos=min(places, 12), force_grouping=True)
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def steady(value: object) -> str:
    """A live number: always four significant digits, so that it does not jump; a whole number stays whole.

    >>> steady(1.7), steady(27.514), steady(3)
    ('1.700', '27.51', '3')
    """
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return "–"
    if value == int(value):
        return figure(value)
    places = max(0, 3 - math.floor(math.log10(abs(value))))
    return number_format(round(value, places), decimal_pos=min(places, 12), force_grouping=True)


@register.filter
def percent(value: object) -> str:
    """A share from 0 to 1 as percent: whole above ten, one digit below; Korean writes the sign without a space.

    >>> from django.utils.translation import override
    >>> with override("en"):
    ...     percent(0.183), percent(0.0083)
    ('18 %', '0.8 %')
    """
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return "–"
    return gettext("%(share)s %%") % {"share": f"{100 * value:.{0 if abs(value) >= 0.1 else 1}f}"}


@register.filter
def lasting(seconds: object) -> str:
    """A length of time in words, one unit.

    >>> from django.utils.translation import override
    >>> with override("en"):
    ...     print(lasting(0.25), lasting(41), lasting(7200), sep=", ")
    0.2 s, 41 s, 2 h
    """
    if not isinstance(seconds, (int, float)) or not math.isfinite(seconds):
        return "–"
    if seconds < 1:
        return gettext("%(count)s s") % {"count": figure(round(seconds, 3), 1)}
    if seconds < 120:
        return gettext("%(count)s s") % {"count": figure(round(seconds, 1 if seconds < 10 else None))}
    if seconds < 7200:
        return gettext("%(count)s min") % {"count": round(seconds / 60)}
    if seconds < 172_800:
        return gettext("%(count)s h") % {"count": round(seconds / 3600)}
    return ngettext("%(count)s day", "%(count)s days", round(seconds / 86400)) % {
        "count": round(seconds / 86400)
    }


@register.filter
def moment(nanoseconds: int | None) -> datetime | None:
    """A kept time [ns since 1970 UTC] as Django shows times."""
    return None if nanoseconds is None else datetime.fromtimestamp(nanoseconds / 1e9, tz=UTC)


@register.filter
def bytes_read(size: int) -> str:
    """A file's size in the largest unit that fits.

    >>> bytes_read(147_000)
    '147 kB'
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size = size / 1000  # type: ignore[assignment] # a size becomes a fraction of the next unit
    return f"{size:.1f} GB"


@register.simple_tag
def when(value: datetime | None) -> str:
    """A time as `<time>`, with the date only when it is not today."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    today = local.date() == timezone.localdate()
    shown = local.strftime("%H:%M:%S") if today else local.strftime("%Y-%m-%d %H:%M")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), shown)


@register.filter
def told(entry: Any) -> str:
    """The sentence of something that carries both languages: a `Text`, or a mapping with `en` and `ko`."""
    if isinstance(entry, dict):
        return str(entry.get(language()) or entry.get("en") or "")
    return str(entry)


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key) if isinstance(mapping, dict) else None


@register.filter
def bare(name: str) -> str:
    """A column's name without the unit that stands beside it anyway.

    >>> bare("Cell voltage [V]"), bare("Torque")
    ('Cell voltage', 'Torque')
    """
    return name.rpartition(" [")[0] or name if name.endswith("]") else name


@register.filter
def unit(code: str) -> str:
    """A UCUM code as people on the floor write it.

    >>> unit("Cel"), unit("mOhm"), unit("kPa")
    ('°C', 'mΩ', 'kPa')
    """
    return unit_name(code)

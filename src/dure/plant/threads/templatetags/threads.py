"""How a message is shown: its words escaped, its links to this node as links, the people it calls marked."""

import json
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from dure.plant.threads.acting import LINK

register = template.Library()


@register.simple_tag
def written(message: Any, host: str = "") -> SafeString:
    """The words of a message as HTML: everything escaped first, then lines, links and names."""
    told, at, text = [], 0, message.words
    for link in LINK.finditer(text):
        foreign = "://" in link[0] and link[0].split("/")[2] != host
        told.append(_plain(text[at : link.start()], message.facts.get("named", ())))
        told.append(
            escape(link[0])
            if foreign or not _at_start(text, link.start())
            else format_html('<a href="{}">{}</a>', link[0], link[0])
        )
        at = link.end()
    told.append(_plain(text[at:], message.facts.get("named", ())))
    return mark_safe("".join(told))  # noqa: S308 - each part is escaped where it is made


def _at_start(text: str, at: int) -> bool:
    """Whether a link begins a word: `m/s` is no address."""
    return at == 0 or text[at - 1].isspace() or text[at - 1] in "(["


def _plain(text: str, named: Any) -> str:
    told = str(escape(text))
    for name in named:
        called = str(escape(f"@{name}"))
        told = told.replace(called, f"<strong>{called}</strong>")
    return told


@register.filter
def as_json(value: Any) -> str:
    """JSON for a data attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@register.filter
def extent(series: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Smallest, mean and largest value of a kept stretch.

    >>> extent({"low": [1.0, 0.5], "high": [2.0, 3.0], "mean": [1.0, 2.0]})
    (0.5, 1.5, 3.0)
    """
    mean = series["mean"]
    return (
        min(series["low"], default=None),
        sum(mean) / len(mean) if mean else None,
        max(series["high"], default=None),
    )


@register.filter
def thousandths(share: float) -> float:
    """A share of a picture in thousandths, as the box over it is drawn."""
    return round(share * 1000, 1)


@register.filter
def seconds_of(milliseconds: float) -> float:
    """[ms] as [s]."""
    return milliseconds / 1000


@register.filter
def ns(milliseconds: int) -> int:
    """[ms] as [ns]."""
    return milliseconds * 10**6

"""Pictures of events: frames of a time by equipment, and a lot's genealogy; SVG with a table beside it, no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.plant.events.genealogy import Genealogy
from dure.plant.events.models import Frame

WIDE, LEFT, ROW, TOP = 960, 170, 26, 22
MOST_LANES = 40
BOX, GAP_ACROSS, GAP_DOWN, TALL = 150, 70, 8, 34
MOST_IN_COLUMN = 14


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that a picture shows [ns since 1970 UTC]."""

    start: int
    end: int

    def across(self, moment: int) -> float:
        """Place of a moment on a picture `WIDE` units wide, kept inside it."""
        share = (min(max(moment, self.start), self.end) - self.start) / max(1, self.end - self.start)
        return round(LEFT + share * (WIDE - LEFT - 10), 1)


def strip(frames: Sequence[Frame], span: Span, now: int) -> SafeString:
    """Frames as bars, one lane an equipment and kind."""
    lanes: dict[tuple[str, str], list[Frame]] = {}
    for one in frames:
        lanes.setdefault((one.equipment or "–", one.kind), []).append(one)
    shown = sorted(lanes)[:MOST_LANES]
    tall = TOP + ROW * max(1, len(shown)) + 26
    body = format_html_join(
        "", "{}", ((_lane(TOP + ROW * row, lanes[key], span, now),) for row, key in enumerate(shown))
    )
    return format_html(
        '<svg class="frames" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>',
        WIDE, tall, _("Frames by equipment and time"), _clock(span, tall), body,
    )  # fmt: skip


def _lane(top: int, frames: Sequence[Frame], span: Span, now: int) -> SafeString:
    name = frames[0].equipment.rpartition("/")[2] or "–"
    bars = format_html_join(
        "",
        '<a href="{}"><rect class="frame {}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect></a>',
        (
            (
                reverse("events:frame", args=[one.pk]), one.kind, span.across(one.start), top,
                max(2.0, span.across(one.end or now) - span.across(one.start)), ROW - 8, f"{one.words} {one}",
            )
            for one in frames
        ),
    )  # fmt: skip
    label = format_html(
        '<text x="{}" y="{}" text-anchor="end">{} {}</text>', LEFT - 10, top + 14, name[:16], frames[0].words
    )
    return label + bars


def _clock(span: Span, tall: int) -> SafeString:
    steps = [span.start + (span.end - span.start) * part // 4 for part in range(5)]
    long_ = span.end - span.start > 2 * 86_400 * 10**9
    words = [
        timezone.localtime(datetime.fromtimestamp(at / 1e9, UTC)).strftime(
            "%m-%d" if long_ else "%m-%d %H:%M"
        )
        for at in steps
    ]
    return format_html_join(
        "",
        '<path class="grid" d="M{0} {1}V{2}"/><text x="{0}" y="{3}" text-anchor="middle">{4}</text>',
        (
            (span.across(at), TOP - 8, tall - 22, tall - 6, word)
            for at, word in zip(steps, words, strict=True)
        ),
    )


def family(back: Genealogy, on: Genealogy, materials: Mapping[str, str]) -> SafeString:
    """What went into a lot on its left, what came of it on its right; the most weighty lots of each step."""
    columns = {-steps: back.at(steps) for steps in set(back.steps.values()) if steps}
    columns |= {steps: on.at(steps) for steps in set(on.steps.values())}
    places: dict[str, tuple[int, int]] = {}
    for column, lots in sorted(columns.items()):
        for row, lot in enumerate(lots[:MOST_IN_COLUMN]):
            places.setdefault(lot, (column, row))
    first = min(columns)
    rows = max(min(len(lots), MOST_IN_COLUMN) for lots in columns.values())
    wide = (max(columns) - first + 1) * (BOX + GAP_ACROSS) - GAP_ACROSS + 4
    tall = rows * (TALL + GAP_DOWN) + 4
    corner = {
        lot: (2 + (c - first) * (BOX + GAP_ACROSS), 2 + r * (TALL + GAP_DOWN))
        for lot, (c, r) in places.items()
    }
    lines = _lines((*back.links, *on.links), corner)
    boxes = format_html_join("", "{}", ((_box(lot, at, back, on, materials),) for lot, at in corner.items()))
    return format_html(
        '<svg class="family" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="group" aria-label="{2}">{3}{4}</svg>',
        wide, tall, _("Genealogy of the lot"), lines, boxes,
    )  # fmt: skip


def _lines(links: Sequence[object], corner: Mapping[str, tuple[int, int]]) -> SafeString:
    seen = {(one.parent, one.child) for one in links if one.parent in corner and one.child in corner}  # type: ignore[attr-defined] # links of a genealogy
    return format_html_join(
        "",
        '<path class="grid" d="M{} {}C{} {} {} {} {} {}"/>',
        (
            (
                corner[parent][0] + BOX, corner[parent][1] + TALL // 2,
                corner[parent][0] + BOX + GAP_ACROSS // 2, corner[parent][1] + TALL // 2,
                corner[child][0] - GAP_ACROSS // 2, corner[child][1] + TALL // 2,
                corner[child][0], corner[child][1] + TALL // 2,
            )
            for parent, child in sorted(seen)
        ),
    )  # fmt: skip


def _box(
    lot: str, at: tuple[int, int], back: Genealogy, on: Genealogy, materials: Mapping[str, str]
) -> SafeString:
    share = back.share.get(lot) if lot in back.steps else on.share.get(lot)
    own = lot == back.lot
    below = materials.get(lot, "")
    shown = f"{share:.0%}" if share is not None and not own else ""
    return format_html(
        '<a href="{}"><rect class="lot{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<text class="name" x="{}" y="{}">{}</text><text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text></a>',
        reverse("events:lot", args=[lot]), " own" if own else "", at[0], at[1], BOX, TALL,
        at[0] + 8, at[1] + 15, lot[:18], at[0] + 8, at[1] + 29, below[:14], at[0] + BOX - 8, at[1] + 29, shown,
    )  # fmt: skip

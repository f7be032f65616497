"""The picture beside late labels: what was measured, what the model says with its labels, and what it was trained to say."""

from datetime import UTC, datetime
from math import nan
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from dure.plant.deploy.models import Deployment
from dure.science.paper import picture_html, replay_picture
from dure.vocabulary import NodeProblem

if TYPE_CHECKING:
    from dure.plant.historian import Historian

POINTS = 160
#: Stretches with a label that make a picture; with fewer it reaches further back.
ENOUGH = 40
FEWEST = 3
WIDER = 8
MOST_PICTURES = 4


def pictures(historian: "Historian", deployment: Deployment) -> list[tuple[str, SafeString]]:
    """Name and SVG of each asset whose labels are numbers, the first few; an asset with too few labels has none.

    Every point is the mean over one of at most `POINTS` equal stretches, the same for all three lines.
    """
    found = []
    for one in [place for place in deployment.assets if place.get("label")][:MOST_PICTURES]:
        try:
            points = _points(historian, deployment, one)
        except NodeProblem:  # the words still stand without their picture
            return []
        if points:
            found.append((str(one["asset"]), _drawn(deployment, points, f"labels-{len(found)}")))
    return found


def _points(historian: "Historian", deployment: Deployment, place: dict[str, Any]) -> dict[str, list[float]]:
    """`time` [s, as a clock on the wall shows it], `true`, `static`, `deployed`; empty where there is too little."""
    newest = historian.last([place["label"]])
    if not newest or newest[0]["text"]:
        return {}
    shift = round(deployment.label_shift_s * 1e9)
    end = newest[0]["time"] - shift + deployment.every_ns
    span = POINTS * deployment.every_ns
    while True:
        start = max(deployment.since, end - span)
        if start >= end:
            return {}
        measured = historian.trend([place["label"]], start + shift, end + shift, POINTS)[place["label"]]
        if len(measured["time"]) >= ENOUGH or start == deployment.since:
            break
        span *= WIDER
    if len(measured["time"]) < FEWEST:
        return {}
    signals = {name: deployment.signal(place["asset"], name) for name in ("static", "adapted")}
    said = historian.trend(list(signals.values()), start, end, POINTS)
    width = -(-(end - start) // POINTS) / 1e9
    true = _by_stretch(measured, (start + shift) / 1e9, width)
    static, adapted = (_by_stretch(said[signal], start / 1e9, width) for signal in signals.values())
    places = sorted(true.keys() | static.keys() | adapted.keys())
    return {
        "time": [_wall(start / 1e9 + (place + 0.5) * width) for place in places],
        "true": [true.get(place, nan) for place in places],
        "static": [static.get(place, nan) for place in places],
        "deployed": [adapted.get(place, nan) for place in places],
    }


def _by_stretch(trend: dict[str, list[float]], start: float, width: float) -> dict[int, float]:
    """Mean of each stretch by its number; `start` and `width` [s]."""
    pairs = zip(trend["time"], trend["mean"], strict=True)
    return {int((time - start) // width): value for time, value in pairs if value is not None}


def _wall(seconds: float) -> float:
    """A time as the picture's axis takes it, which knows UTC only: moved so that it reads as the plant's clock."""
    local = timezone.localtime(datetime.fromtimestamp(seconds, tz=UTC))
    offset = local.utcoffset()
    return seconds + (offset.total_seconds() if offset else 0.0)


def _drawn(deployment: Deployment, points: dict[str, list[float]], key: str) -> SafeString:
    card = deployment.model.card
    facts = {"points": points, "target": card.get("target") or "", "unit": card.get("unit") or ""}
    return mark_safe(picture_html(replay_picture(facts, key)))  # noqa: S308 - escaped where it is drawn

"""The picture beside late labels: what was measured, what the model says with its labels, and what it was trained to say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import nan
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from dure.plant.deploy.foretold import lives
from dure.plant.deploy.models import Deployment
from dure.science.paper import picture_html, replay_picture
from dure.vocabulary import NodeProblem

if TYPE_CHECKING:
    from dure.plant.historian import Historian

Place = Mapping[str, Any]
Points = dict[str, list[float]]

POINTS = 160
#: Stretches with a label that make a picture; with fewer it reaches further back.
ENOUGH = 40
FEWEST = 3
WIDER = 8
MOST_PICTURES = 4


def pictures(historian: "Historian", deployment: Deployment) -> list[tuple[str, SafeString]]:
    """Name and SVG of each asset whose labels are numbers that the model estimates, the first few of them.

    Every point is the mean over one of at most `POINTS` equal stretches, the same for all three lines. An asset with
    too few labels has no picture, and neither have verdicts or failures: a score beside a yes or no shows nothing.
    """
    if deployment.model.task != "estimate" or lives(deployment.model.card):
        return []
    found: list[tuple[str, SafeString]] = []
    for one in [place for place in deployment.assets if place.get("label")][:MOST_PICTURES]:
        try:
            points = _points(historian, deployment, one)
        except NodeProblem:  # the words still stand without their picture
            return []
        if points:
            found.append((str(one["asset"]), _drawn(deployment, points, f"labels-{len(found)}")))
    return found


def _points(historian: "Historian", deployment: Deployment, place: Place) -> Points:
    """`time` [s, as a clock on the wall shows it], `true`, `static`, `deployed`; empty where there is too little."""
    start, end, true = _measured(historian, deployment, place["label"])
    if len(true) < FEWEST:
        return {}
    signals = [deployment.signal(place["asset"], name) for name in ("prediction", "static", "adapted")]
    said = historian.trend(signals, start, end, POINTS)
    served, static, adapted = (_by_stretch(said[signal], start, end) for signal in signals)
    static = served | static  # before labels were named the served word was the model's own
    stretches = sorted(true.keys() | static.keys() | adapted.keys())
    width = _width(start, end)
    return {
        "time": [_wall(start / 1e9 + (stretch + 0.5) * width) for stretch in stretches],
        "true": [true.get(stretch, nan) for stretch in stretches],
        "static": [static.get(stretch, nan) for stretch in stretches],
        "deployed": [adapted.get(stretch, nan) for stretch in stretches],
    }


def _measured(
    historian: "Historian", deployment: Deployment, label: str
) -> tuple[int, int, dict[int, float]]:
    """From when to when the rows are shown [ns], and their labels by stretch; it reaches back until there are enough."""
    newest, shift = historian.last([label]), round(deployment.label_shift_s * 1e9)
    if not newest or newest[0]["text"]:
        return 0, 0, {}
    end, span = newest[0]["time"] - shift + deployment.every_ns, POINTS * deployment.every_ns
    while True:
        start = max(deployment.since, end - span)
        if start >= end:
            return start, end, {}
        trend = historian.trend([label], start + shift, end + shift, POINTS)[label]
        if len(trend["time"]) >= ENOUGH or start == deployment.since:
            return start, end, _by_stretch(trend, start, end, shift)
        span *= WIDER


def _width(start: int, end: int) -> float:
    """Length of one of the historian's stretches. [s]."""
    return -(-(end - start) // POINTS) / 1e9


def _by_stretch(trend: dict[str, list[float]], start: int, end: int, shift: int = 0) -> dict[int, float]:
    """Mean of each stretch by its number; times of the trend lie `shift` [ns] behind their rows."""
    first, width = (start + shift) / 1e9, _width(start, end)
    pairs = zip(trend["time"], trend["mean"], strict=True)
    return {int((time - first) // width): value for time, value in pairs if value is not None}


def _wall(seconds: float) -> float:
    """A time as the picture's axis takes it, which knows UTC only: moved so that it reads as the plant's clock."""
    local = timezone.localtime(datetime.fromtimestamp(seconds, tz=UTC))
    offset = local.utcoffset()
    return seconds + (offset.total_seconds() if offset else 0.0)


def _drawn(deployment: Deployment, points: Points, key: str) -> SafeString:
    card = deployment.model.card
    facts = {"points": points, "target": card.get("target") or "", "unit": card.get("unit") or ""}
    return mark_safe(picture_html(replay_picture(facts, key)))  # noqa: S308 - escaped where it is drawn

"""Pictures of a report: figures beside their null, and what the package's own report holds of rows held back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.chart import Bar, against_null, confusion, histogram, predicted_true, shares
from dure.plant.registry.wording import MEASURES, measure_name

SHOWN = 8
LARGEST = 4 * 1024**2
"""A report file larger than this is not read. [bytes]"""


def report_of(folder: Path) -> dict[str, Any]:
    """What the package in `folder` keeps for its pictures; nothing when it keeps none."""
    file = folder / "report.json"
    try:
        if file.stat().st_size > LARGEST:
            return {}
        found: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def pictures(card: Mapping[str, Any], report: Mapping[str, Any]) -> list[SafeString]:
    """All that can be drawn: figures, verdicts or predictions, scores, what the model rests on."""
    drawn = (
        _figures(card),
        _verdicts(report),
        _predictions(report, card),
        _scores(report),
        _rests_on(report),
    )
    return [picture for picture in drawn if picture]


def _figures(card: Mapping[str, Any]) -> SafeString | None:
    metric, null = dict(card.get("metric") or {}), dict(card.get("null") or {})
    bars = [
        Bar(measure_name(key), float(value), _number(null.get(key)))
        for key, value in metric.items()
        if key in MEASURES and MEASURES[key].share and key in null and _number(value) is not None
    ]
    if not bars:
        return None
    return against_null(
        bars[:5],
        title=_("With the model, and without"),
        said=_("The grey bar is what one gets without a model."),
    )


def _verdicts(report: Mapping[str, Any]) -> SafeString | None:
    if not report.get("confusion"):
        return None
    return confusion(
        [str(name) for name in report["classes"]],
        report["confusion"],
        title=_("Verdicts on rows it had not seen"),
        said=_("Each row of the picture is a true class; the diagonal is right."),
    )


def _predictions(report: Mapping[str, Any], card: Mapping[str, Any]) -> SafeString | None:
    if not report.get("true"):
        return None
    return predicted_true(
        report["true"],
        report["predicted"],
        unit=str(card.get("unit") or ""),
        title=_("Predicted beside true"),
        said=_("On rows it had not seen; the dashed line is perfect."),
    )


def _scores(report: Mapping[str, Any]) -> SafeString | None:
    scores = report.get("scores") or {}
    if not scores.get("edges"):
        return None
    return histogram(
        scores["edges"],
        scores["counts"],
        threshold=_number(report.get("threshold")),
        title=_("Scores of normal rows it had not seen"),
        said=_("What lies right of the dashed line would have been a false alarm."),
    )


def _rests_on(report: Mapping[str, Any]) -> SafeString | None:
    parts = [(str(one["signal"]), float(one["share"])) for one in report.get("importance") or []]
    return shares(parts[:SHOWN], title=_("What it rests on")) if parts else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

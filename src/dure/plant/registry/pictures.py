"""Pictures of a report, from what the card holds; all of it was measured on rows the model had not seen."""

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dure.foundation.web.chart import Bar, against_null, confusion, histogram, predicted_true, shares
from dure.plant.registry.wording import measure_name

SHOWN = 8


def pictures(card: Mapping[str, Any]) -> list[SafeString]:
    """All that can be drawn: figures beside their null, verdicts or scores, what the model rests on."""
    drawn = (_figures(card), _verdicts(card), _scores(card), _rests_on(card))
    return [picture for picture in drawn if picture]


def _figures(card: Mapping[str, Any]) -> SafeString | None:
    metric, null = dict(card.get("metric") or {}), dict(card.get("null") or {})
    alike = [key for key in metric if isinstance(metric[key], (int, float)) and _bounded(key)]
    if not alike:
        return None
    rows = [Bar(measure_name(key), float(metric[key]), _number(null.get(key))) for key in alike[:5]]
    return against_null(
        rows, title=_("Worth, beside no model"), said=_("The grey bar is what one gets without a model.")
    )


def _bounded(key: str) -> bool:
    """Whether a measure lies between 0 and 1, so that bars of several may stand together."""
    return key in {
        "r2", "accuracy", "balanced_accuracy", "f1", "f1_macro", "roc_auc", "average_precision", "false_alarm_rate",
        "missed_alarm_rate",
    }  # fmt: skip


def _verdicts(card: Mapping[str, Any]) -> SafeString | None:
    evidence = card.get("evidence") or {}
    if evidence.get("labels"):
        labels = [str(label) for label in evidence["labels"]]
        return confusion(
            labels, evidence["counts"], title=_("Verdicts on rows it had not seen"),
            said=_("Each row of the picture is a true class; the diagonal is right."),
        )  # fmt: skip
    if evidence.get("true"):
        return predicted_true(
            evidence["true"], evidence["predicted"], unit=str(card.get("unit") or ""),
            title=_("Predicted beside true"), said=_("On rows it had not seen; the dashed line is perfect."),
        )  # fmt: skip
    return None


def _scores(card: Mapping[str, Any]) -> SafeString | None:
    evidence = card.get("evidence") or {}
    if not evidence.get("edges"):
        return None
    return histogram(
        evidence["edges"], evidence["counts"], threshold=_number(card.get("threshold")),
        title=_("Scores of normal rows it had not seen"),
        said=_("What lies right of the dashed line would have been a false alarm."),
    )  # fmt: skip


def _rests_on(card: Mapping[str, Any]) -> SafeString | None:
    parts = [one for one in card.get("contributions") or [] if one.get("share")]
    if not parts:
        return None
    return shares(
        [(str(one["name"]), float(one["share"])) for one in parts[:SHOWN]], title=_("What it rests on")
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

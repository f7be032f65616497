"""What alarms are made of: which output is watched, above which limit, and how patiently."""

from collections.abc import Mapping
from typing import Any

from dure.plant.deploy.hysteresis import Rule
from dure.plant.deploy.models import Deployment


def watched_output(card: Mapping[str, Any]) -> str:
    """The output that alarms are made of: the score, the number, or the probability of the class that matters.

    >>> watched_output({"task": "classify", "classes": {"names": ["good", "scrap"], "positive": 1}})
    'probability_scrap'
    """
    if card["task"] == "detect":
        return "score"
    if card["task"] == "estimate":
        return "prediction"
    classes = card["classes"]
    return f"probability_{classes['names'][classes['positive'] or 0]}"


def threshold_of(deployment: Deployment, card: Mapping[str, Any]) -> float | None:
    """The deployment's own limit, else the card's; an estimate's card knows none, so a person must set it."""
    own = deployment.threshold
    found = card.get("threshold") if own is None and card["task"] != "estimate" else own
    return None if found is None else float(found)


def no_alarm(card: Mapping[str, Any], threshold: float | None) -> str | None:
    """No alarm, as `dure.science.learn.instead` is asked for it; None where that is no one thing: another of many classes.

    >>> no_alarm({"task": "estimate"}, 50.0), no_alarm({"task": "detect"}, 1.0)
    ('..50.0', '')
    """
    if card["task"] == "estimate":
        return f"..{threshold!r}"
    classes = card.get("classes") or {}
    many = card["task"] == "classify" and (classes["positive"] is None or len(classes["names"]) != 2)
    return None if many else ""


def rule_of(deployment: Deployment, threshold: float | None) -> Rule | None:
    """How alarms are raised and cleared; None where nothing is watched."""
    if threshold is None:
        return None
    return Rule.of(
        threshold=threshold,
        raise_after=deployment.raise_after,
        clear_after=deployment.clear_after,
        clear_share=deployment.clear_share,
    )

"""What the search found out, as the card keeps it: guard, views, delays, what a template brought, how labels were picked."""

from collections.abc import Mapping
from typing import Any

from dure.science.learn.choosing.plan import Plan

Facts = dict[str, Any]

_FROM_FIT = ("guard", "delays", "used")
_SEARCH = ("view", "views", "blend", "cut")


def told(plan: Plan, fit: Mapping[str, Any]) -> Facts:
    """Entries of the card that no judged row gives; empty for a detector.

    Parameters
    ----------
    plan
        What was decided before the search: whose labels, which ceiling.
    fit
        What the search and the fit left behind.
    """
    if plan.task == "detect":
        return {}
    found = {name: fit[name] for name in _FROM_FIT if fit.get(name)}
    search = {name: fit[name] for name in _SEARCH if name in fit} | {"seconds": fit["search_seconds"]}
    kept = {name: value for name, value in plan.facts.items() if value}
    return {**found, **kept, "search": search}

"""Health as it is written to the deployment's row: at a change at once, else every few seconds."""

from collections.abc import Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any

from dure.plant.deploy import fallback, health
from dure.plant.deploy.models import Alarm, Deployment
from dure.plant.deploy.reasons import short
from dure.vocabulary import Quality

if TYPE_CHECKING:
    from dure.plant.deploy.runner import Runner

EVERY_NS = 3_000_000_000


def write_health(runner: "Runner") -> None:
    """Write how the runner's deployment does, when it is due or has changed."""
    waiting = {asset: why for asset in runner.inputs if (why := _why_waiting(runner, asset))}
    state = "waiting" if len(waiting) == len(runner.inputs) else "scoring"
    before, now = runner.deployment.health, time_ns()
    for asset in runner.inputs if waiting.keys() != before.get("waiting", {}).keys() else ():
        fallback.watch(runner.deployment, asset, waiting.get(asset))
    changed = before.get("state") != state or before.get("waiting", {}).keys() != waiting.keys()
    changed, runner.keeper.turned = changed or runner.keeper.turned, False
    if not changed and now - before.get("at", 0) < EVERY_NS:
        return
    says = next(iter(waiting.values())) if state == "waiting" else _scoring(runner, waiting)
    _write(runner.deployment, {"state": state, **says, "waiting": waiting, "at": now, **_figures(runner)})


def write_trouble(deployment: Deployment, state: str, says: dict[str, str]) -> None:
    """Write that a deployment cannot be run, and why."""
    before, now = deployment.health, time_ns()
    if before.get("en") != says["en"] or now - before.get("at", 0) >= EVERY_NS:
        _write(deployment, {**before, "state": state, **says, "at": now})


def _write(deployment: Deployment, facts: dict[str, Any]) -> None:
    deployment.health = facts
    Deployment.objects.filter(pk=deployment.pk).update(health=facts)


def _scoring(runner: "Runner", waiting: dict[str, Any]) -> dict[str, str]:
    scoring = len(runner.inputs) - len(waiting)
    says = health.SCORES_ONE if scoring == 1 else health.SCORES
    return health.told(says, assets=scoring, every_s=f"{runner.deployment.every_s:g}")


def _why_waiting(runner: "Runner", asset: str) -> dict[str, str] | None:
    """The sentence of an asset whose newest tick has no prediction; None when it has one."""
    verdict = runner.verdict.get(asset)
    if verdict is None:
        return health.told(health.STARTS)
    if verdict:
        return None
    return _input_trouble(runner, asset) or _range_trouble(runner, asset) or _history_trouble(runner, asset)


def _input_trouble(runner: "Runner", asset: str) -> dict[str, str] | None:
    limit, decided = runner.deployment.max_age_s, runner.decided[asset]
    for column, signal in zip(runner.columns, runner.inputs[asset], strict=True):
        place = {"asset": asset, "column": column}
        last = runner.last.get(signal)
        if last is None:
            return health.told(health.ABSENT, **place)
        if last["quality"] >= Quality.BAD:
            return health.told(health.BAD, **place)
        age = (decided - last["time"]) / 1e9
        if age > limit:
            return health.told(health.STALE, **place, age_s=f"{age:,.0f}", max_age_s=f"{limit:g}")
    return None


def _range_trouble(runner: "Runner", asset: str) -> dict[str, str] | None:
    found = runner.outside.get(asset)
    if found is None:
        return None
    column, value = found
    learnt = next(one for one in runner.measured if one["name"] == column)
    ends = {"low": short(learnt["low"]), "high": short(learnt["high"]), "value": short(value)}
    return health.told(health.OUTSIDE, asset=asset, column=column, **ends)


def _history_trouble(runner: "Runner", asset: str) -> dict[str, str]:
    history, needed = runner.history[asset], runner.warm_up + 1
    if len(history) < runner.warm_up:
        return health.told(health.SHORT, asset=asset, rows=len(history), needed=needed)
    return health.told(health.HOLED, asset=asset, needed=needed)


def _figures(runner: "Runner") -> dict[str, Any]:
    deployment = runner.deployment
    newest = max(runner.decided.values(), default=0)
    since = max(newest - health.SHIFT_NS, deployment.since)
    alarms = Alarm.objects.filter(deployment=deployment, raised__gt=since).count()
    return {
        "scored_to": newest,
        "alarms_shift": health.shift_figures(runner.card, alarms, newest - since),
        "states": runner.condition.shifts(),
        "moved": _since(runner.condition.moved(), deployment.health.get("moved") or (), newest),
        "outside": runner.drift.shares(runner.columns),
        "delay_s": runner.delays.summary(),
        "threshold": runner.threshold,
        "labels": runner.learning.facts(serve=deployment.follows_labels) if runner.learning else None,
    }


def _since(
    moved: list[dict[str, Any]], before: Sequence[Mapping[str, Any]], newest: int
) -> list[dict[str, Any]]:
    """What moved, with the tick [ns] at which it was first seen to have: kept from one writing to the next."""
    known = {
        tuple(one.get(name) for name in ("asset", "signal", "state")): one.get("since") for one in before
    }
    return [
        {**one, "since": known.get((one["asset"], one["signal"], one["state"])) or newest} for one in moved
    ]

"""What the line sees while a model cannot speak: chosen by a person, marked uncertain, never mistaken for its word."""

from collections.abc import Iterable, Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.foundation.ledger import record
from dure.plant.alarms import Priority, clear_alarm, raise_alarm
from dure.plant.deploy.blocks import Block, Floats, Verdict
from dure.plant.deploy.models import Decision, Deployment
from dure.plant.deploy.standing import NoReason
from dure.plant.registry import require_role
from dure.vocabulary import ModelRefused, Quality, Sample, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

SOURCE = "deploy"
UNWATCHED = Text("{name} is not watched: {why}", "{name}을(를) 감시하지 못합니다: {why}")


class FallbackValueAbsent(ModelRefused):
    """A fixed value that nobody named, or one for a model that tells no number."""

    key = "fallback-value-absent"
    says = Text("{where} has no value to fall back on.", "{where}에 대신 쓸 값이 없습니다.")
    remedy = Text("Name a number, or choose another fallback.", "숫자를 적거나 다른 대체 방법을 고르세요.")


def choose(  # noqa: PLR0913 - what was chosen, by whom and why
    deployment: Deployment,
    kind: str,
    by: "Person",
    reason: str,
    *,
    value: float | None = None,
    guard: bool = False,
) -> Deployment:
    """Say what the line sees while the model cannot speak; recorded in the ledger.

    Parameters
    ----------
    kind
        `silent`, `last`, `value` or `alarm`, see `Deployment.Fallback`.
    value
        For `value`: the number, in the target's unit.
    guard
        Also fall back where an input lies farther outside its learnt range than that range is wide.

    Raises
    ------
    FallbackValueAbsent, NoReason, RoleMissing
    """
    require_role(by, "engineer", str(deployment))
    if not reason.strip():
        raise NoReason(str(deployment))
    numbers = deployment.model.task == "estimate"
    if (kind == Deployment.Fallback.VALUE and (value is None or not np.isfinite(value) or not numbers)) or (
        kind == Deployment.Fallback.LAST and deployment.model.task == "detect"
    ):
        raise FallbackValueAbsent(str(deployment))
    deployment.fallback = Deployment.Fallback(kind).value
    deployment.fallback_value = value if kind == Deployment.Fallback.VALUE else None
    deployment.guards_range = guard
    deployment.save(update_fields=["fallback", "fallback_value", "guards_range"])
    state = deployment.state
    Decision.objects.create(
        deployment=deployment,
        before=state,
        after=state,
        by=by,
        reason=reason,
        what=Decision.About.FALLBACK.value,
    )
    facts = {
        "fallback": deployment.fallback,
        "value": deployment.fallback_value,
        "guard": guard,
        "reason": reason,
    }
    record(f"person:{by.pk}", "deployment.fallback", f"deployment:{deployment.pk}", facts)
    return deployment


def outside(rows: Floats, inputs: Sequence[Mapping[str, Any]]) -> Any:
    """For each row [n, F] the first input that lies farther outside its range than the range is wide; -1 for none. [n].

    >>> inputs = [{"low": 0.0, "high": 10.0}]
    >>> outside(np.array([[5.0], [19.0], [21.0], [-11.0], [np.nan]]), inputs).tolist()
    [-1, -1, 0, 0, -1]
    """
    low = np.array([-np.inf if one.get("low") is None else one["low"] for one in inputs], dtype=np.float64)
    high = np.array([np.inf if one.get("high") is None else one["high"] for one in inputs], dtype=np.float64)
    width = np.where(np.isfinite(high - low), high - low, np.inf)
    far = (rows < low - width) | (rows > high + width)
    return np.where(far.any(axis=1), far.argmax(axis=1), -1)


def samples(
    deployment: Deployment, blocks: Iterable[Block], last: dict[str, float | str], received: int
) -> list[Sample]:
    """What stands in for the ticks without a prediction; `last` [by asset] is kept up to date on the way."""
    found: list[Sample] = []
    for block in blocks:
        values = block.outputs.get("prediction")
        for at, time in enumerate(block.times.tolist()):
            if block.scored[at]:
                said = block.labels[at] if block.labels else None if values is None else float(values[at])
                if said is not None:
                    last[block.asset] = said
            elif block.verdicts[at] != Verdict.HISTORY and (
                one := instead(deployment, block.asset, time, last, received)
            ):
                found.append(one)
    return found


def instead(
    deployment: Deployment, asset: str, time: int, last: Mapping[str, float | str], received: int
) -> Sample | None:
    """The sample that stands in at one tick [ns]; None where the fallback gives no value."""
    kinds = Deployment.Fallback
    said = (
        last.get(asset)
        if deployment.fallback == kinds.LAST
        else deployment.fallback_value
        if deployment.fallback == kinds.VALUE
        else None
    )
    if said is None:
        return None
    text = said if isinstance(said, str) else None
    value = float("nan") if isinstance(said, str) else said
    name = deployment.signal(asset, "prediction")
    return Sample(name, time=time, value=value, text=text, quality=Quality.UNCERTAIN, received=received)


def stand_in(historian: "Historian", deployment: Deployment, says: Mapping[str, str], now: int) -> None:
    """The model itself has failed: what stands in at the newest tick of each asset."""
    tick, names = now // deployment.every_ns * deployment.every_ns, {}
    for one in deployment.assets:
        names[deployment.signal(one["asset"], "prediction")] = one["asset"]
        watch(deployment, one["asset"], says)
    if deployment.fallback not in {Deployment.Fallback.LAST, Deployment.Fallback.VALUE}:
        return
    known = historian.last(sorted(names)) if deployment.fallback == Deployment.Fallback.LAST else []
    last = {
        names[row["signal"]]: row["text"] if row.get("text") is not None else row["value"] for row in known
    }
    made = [instead(deployment, one["asset"], tick, last, time_ns()) for one in deployment.assets]
    if found := [one for one in made if one is not None]:
        historian.append(SOURCE, found)


def watch(deployment: Deployment, asset: str, waits: Mapping[str, str] | None) -> None:
    """Where a person asked for it, an alarm stands as long as nobody watches an asset; twice is once."""
    key = f"deploy/{deployment.pk}/{asset}/unwatched"[:400]
    if deployment.fallback != Deployment.Fallback.ALARM or deployment.shadow or not waits:
        clear_alarm(key)
        return
    name = asset.rpartition("/")[2]
    title = Text(
        UNWATCHED.en.format(name=name, why=waits["en"]), UNWATCHED.ko.format(name=name, why=waits["ko"])
    )
    raise_alarm(key, title, priority=Priority.MEDIUM, equipment=asset)

"""A challenger scores the same ticks in shadow beside a champion, takes its place by a named person, and can go back.

A place on the line keeps its name, its state, its signals and its fallback. What runs there is exchanged: the model,
its settings and its memory, the folder with all that it saw and learnt. The version that left goes on in shadow beside
the new one, so that a rollback finds it as it would be had it never left: thresholds, bias, windows, alarm states.
"""

from time import time_ns
from typing import TYPE_CHECKING

from django.db import transaction

from dure.plant.deploy.foretold import measured
from dure.plant.deploy.line import InputAbsent, begin_tenure, decide, matching_assets
from dure.plant.deploy.models import Alarm, Decision, Deployment, Tenure
from dure.plant.deploy.ringing import hush, ring
from dure.plant.deploy.standing import SCORING, NoReason, Standing
from dure.plant.registry import NotReleased, require_role
from dure.vocabulary import ModelRefused, NotPermitted, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.registry import ModelVersion

#: What belongs to a model and goes with it; the rest belongs to the place.
CARRIED = (
    "model_id", "memory", "calibration", "assets", "every_s", "lateness_s", "max_age_s", "max_missing", "threshold",
    "raise_after", "clear_after", "clear_share", "follows_labels", "label_shift_s", "since", "guards_range", "health",
)  # fmt: skip
#: What a challenger takes over from its champion, so that both are judged alike.
ALIKE = ("every_s", "lateness_s", "max_age_s", "max_missing", "raise_after", "clear_after", "clear_share",
         "follows_labels", "label_shift_s", "guards_range")  # fmt: skip


class TargetDiffers(ModelRefused):
    """A challenger that answers another question."""

    key = "challenger-target-differs"
    says = Text(
        "{where} tells {target}, and the champion tells {expected}.",
        "{where}은(는) {target}을(를), 챔피언은 {expected}을(를) 알려 줍니다.",
    )
    remedy = Text("Choose a version of the same model.", "같은 모델의 버전을 고르세요.")


class NothingBefore(NotPermitted):
    """A rollback where no version stood before."""

    key = "nothing-to-roll-back"
    says = Text("No other version stood before at {where}.", "{where}에는 이전 버전이 없습니다.")
    remedy = Text("Stop it, or promote a challenger.", "중지하거나 도전 모델을 승격하세요.")


class NoChampion(NotPermitted):
    """A promotion of what challenges nobody, or is stopped."""

    key = "challenger-not-scoring"
    says = Text(
        "{where} does not score beside a champion.", "{where}은(는) 챔피언 곁에서 채점하고 있지 않습니다."
    )
    remedy = Text("Put it beside one first.", "먼저 챔피언 곁에 두세요.")


def challenge(
    champion: Deployment, model: "ModelVersion", by: "Person", reason: str, *, now: int | None = None
) -> Deployment:
    """Let a released version score the champion's ticks in shadow from `now` [ns] on; recorded in the ledger.

    Raises
    ------
    NotReleased, TargetDiffers, InputAbsent, NoReason, RoleMissing
    """
    require_role(by, "engineer", str(champion))
    if not reason.strip():
        raise NoReason(str(champion))
    if model.release is None:
        raise NotReleased(str(model))
    _require_alike(champion, model)
    now = time_ns() if now is None else now
    with transaction.atomic():
        made = Deployment.objects.create(
            model=model,
            name=f"{champion.name} · {model.title}"[:200],
            assets=_assets(champion, model),
            challenges=champion,
            threshold=champion.threshold if model.task == "estimate" else None,
            by=by,
            since=now,
            **{name: getattr(champion, name) for name in ALIKE},
        )
        begin_tenure(made, by, reason, now)
        decide(made, "", Standing.SHADOW, by, reason)
        decide(
            champion,
            champion.state,
            Standing(champion.state),
            by,
            f"{model.title}: {reason}"[:1000],
            Decision.About.CHALLENGE,
        )
    return made


def _require_alike(champion: Deployment, model: "ModelVersion") -> None:
    told, expected = (f"{one.task} {one.card.get('target') or ''}".strip() for one in (model, champion.model))
    if told != expected:
        raise TargetDiffers(str(model), target=told, expected=expected)


def _assets(champion: Deployment, model: "ModelVersion") -> list[dict[str, object]]:
    """The champion's equipment with the inputs of another version: its own signals, else those found by name."""
    needed = [str(one["name"]) for one in measured(model.card)]
    known = {one["asset"]: one["inputs"] for one in champion.assets}
    absent = any(name not in inputs for inputs in known.values() for name in needed)
    found = {one["asset"]: one["inputs"] for one in matching_assets(model)} if absent else {}
    made = []
    for one in champion.assets:
        inputs = {**found.get(one["asset"], {}), **one["inputs"]}
        for name in needed:
            if name not in inputs:
                raise InputAbsent(one["asset"], column=name)
        made.append({**one, "inputs": {name: inputs[name] for name in needed}})
    return made


def promote(challenger: Deployment, by: "Person", reason: str, *, now: int | None = None) -> Deployment:
    """Put a challenger in its champion's place, in the champion's state and a person's name; the place.

    The former champion goes on in shadow, ready to come back.

    Raises
    ------
    NoChampion, NotReleased, NoReason, RoleMissing
    """
    require_role(by, "engineer", str(challenger))
    if not reason.strip():
        raise NoReason(str(challenger))
    with transaction.atomic():
        new, place = _held(challenger)
        if place is None or new.state not in SCORING:
            raise NoChampion(str(new))
        at = time_ns() if now is None else now
        _exchange(place, new, by, f"{new.model.title}: {reason}", Decision.About.PROMOTE, at)
        new.stood_until = at
        new.save(update_fields=["stood_until"])
        for older in place.challengers.exclude(pk=new.pk).exclude(stood_until=None):
            Deployment.objects.filter(pk=older.pk).update(state=Standing.STOPPED.value)
    return place


def predecessor(place: Deployment) -> Deployment | None:
    """The version that stood in the place before, ready to come back; None where there is none."""
    stood = place.challengers.exclude(stood_until=None).select_related("model")
    return stood.order_by("-stood_until").first()


def rollback(place: Deployment, by: "Person", reason: str = "", *, now: int | None = None) -> Deployment:
    """Put the version back that stood before, as it was: state, thresholds, late labels' bias; the place.

    Without a reason it says whom it replaced: a person in a hurry has one click. Recorded in the ledger.

    Raises
    ------
    NothingBefore, NotReleased, RoleMissing
    """
    require_role(by, "engineer", str(place))
    older = predecessor(place)
    if older is None:
        raise NothingBefore(str(place))
    why = reason.strip() or f"{place.model.title} → {older.model.title}"
    with transaction.atomic():
        old, held = _held(older)
        if held is None:
            raise NothingBefore(str(place))
        rested = old.state not in SCORING
        stood = Tenure.objects.filter(deployment=held, memory=old.folder).exclude(ended=None).first()
        at = time_ns() if now is None else now
        _exchange(held, old, by, why, Decision.About.ROLLBACK, at, back_to=stood.state if stood else "")
        if rested:  # what it missed while it rested is not made up
            held.since = at
            held.save(update_fields=["since"])
        Deployment.objects.filter(pk=old.pk).update(stood_until=None, state=Standing.SHADOW.value)
    return held


def _held(challenger: Deployment) -> tuple[Deployment, Deployment | None]:
    """A challenger and its champion, locked in the order of their numbers so that no two promotions wait for each other."""
    wanted = sorted({challenger.pk, challenger.challenges_id or challenger.pk})
    rows = {
        one.pk: one for one in Deployment.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    }
    new = rows[challenger.pk]
    return new, rows.get(new.challenges_id) if new.challenges_id else None


def _exchange(  # noqa: PLR0913, PLR0917 - the parts of one decision
    place: Deployment,
    beside: Deployment,
    by: "Person",
    why: str,
    about: Decision.About,
    now: int,
    back_to: str = "",
) -> None:
    if beside.model.release is None:
        raise NotReleased(str(beside.model))
    before = place.state
    begun = [(one, one.folder) for one in (place, beside)]
    for one, folder in begun:
        one.memory = folder
    for name in CARRIED:
        mine, other = getattr(place, name), getattr(beside, name)
        setattr(place, name, other)
        setattr(beside, name, mine)
    for one in (place, beside):
        begin_tenure(one, by, why[:1000], now)
    place.state = back_to or place.state
    beside.name = f"{place.name} · {beside.model.title}"[:200]
    beside.state = Standing.SHADOW.value
    for one in (place, beside):
        one.save()
    _exchange_alarms(place, beside, now)
    decide(place, before, Standing(place.state), by, why[:1000], about)


def _exchange_alarms(place: Deployment, beside: Deployment, now: int) -> None:
    """What stands goes with the model that raised it: its alarms come to the place, those of the other leave the line."""
    standing = {one.pk: list(Alarm.objects.filter(deployment=one, ended=None)) for one in (place, beside)}
    for alarm in standing[place.pk]:
        hush(place, alarm.asset, now)
    Alarm.objects.filter(deployment__in=[place, beside], ended=None).update(ended=now)
    for source, target in ((beside, place), (place, beside)):
        for alarm in standing[source.pk]:
            kept = {
                name: getattr(alarm, name) for name in ("began", "peak", "peak_at", "threshold", "reasons")
            }
            made, _new = Alarm.objects.update_or_create(
                deployment=target,
                asset=alarm.asset,
                raised=alarm.raised,
                defaults={**kept, "shadow": target.shadow, "ended": None},
            )
            if target is place:
                ring(made, place)

"""What people do with models on the line: bring one, move it a step, answer an alarm."""

from collections.abc import Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.plant.alarms import answer
from dure.plant.deploy.foretold import foretells, measured, settings_of, with_labels
from dure.plant.deploy.matching import bare, match
from dure.plant.deploy.models import Alarm, Decision, Deployment, Tenure
from dure.plant.deploy.ringing import carry, id_of, waits
from dure.plant.deploy.standing import SCORING, NoReason, Standing, step
from dure.plant.inventory import Signal
from dure.plant.registry import NotReleased, require_role
from dure.vocabulary import ModelRefused, NotPermitted, Text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dure.foundation.parties import Person
    from dure.plant.registry import ModelVersion


class InputAbsent(ModelRefused):
    """Equipment for which an input of the model was not named."""

    key = "deployment-input-absent"
    says = Text(
        "{where} lacks the input {column} of the model.", "{where}에 모델 입력 {column}이(가) 없습니다."
    )
    remedy = Text("Name the signal that gives it.", "그 값을 주는 신호를 지정하세요.")


class InputNotNumber(ModelRefused):
    """A model that learnt from words, which no signal gives in numbers."""

    key = "deployment-input-not-number"
    says = Text(
        "{where} learnt from words in {column}; only numbers are scored live.",
        "{where}은(는) {column}의 문자값으로 학습했습니다. 실시간 채점은 숫자만 지원합니다.",
    )
    remedy = Text("Train it without that column.", "그 열을 빼고 학습하세요.")


class UnitDiffers(ModelRefused):
    """A signal in another unit than the model learnt from."""

    key = "deployment-unit-differs"
    says = Text(
        "{where} is in {unit}, and the model learnt {column} in {expected}.",
        "{where}의 단위는 {unit}인데, 모델은 {column}을(를) {expected} 단위로 배웠습니다.",
    )
    remedy = Text("Choose another signal, or correct its unit.", "다른 신호를 고르거나 단위를 바로잡으세요.")


class NoEquipment(ModelRefused):
    """A deployment without equipment."""

    key = "deployment-empty"
    says = Text("{where} has no equipment to run on.", "{where}을(를) 실행할 설비가 없습니다.")
    remedy = Text("Choose at least one.", "하나 이상 고르세요.")


class LabelAbsent(ModelRefused):
    """A label that nobody knows, or one that the model itself sees."""

    key = "deployment-label-absent"
    says = Text(
        "{where} has no signal {signal} to take labels from.",
        "{where}에는 라벨로 쓸 신호 {signal}이(가) 없습니다.",
    )
    remedy = Text(
        "Name a signal of the inventory that is no input of the model.",
        "목록에 있고 모델 입력이 아닌 신호를 지정하세요.",
    )


class NoLabels(LabelAbsent):
    """Labels that are to be followed although no signal gives any."""

    key = "deployment-no-labels"
    says = Text("No signal gives labels to {where}.", "{where}에 라벨을 주는 신호가 없습니다.")
    remedy = Text("Name one first.", "먼저 신호를 지정하세요.")


class ChallengerWaits(NotPermitted):
    """A challenger that is to advise beside the model that it challenges."""

    key = "challenger-waits"
    says = Text(
        "{where} challenges {champion} and stays in shadow.",
        "{where}은(는) {champion}에 도전 중이라 그림자 상태에 머뭅니다.",
    )
    remedy = Text("Promote it in the champion's place, or stop it.", "챔피언 자리로 승격하거나 중지하세요.")


class AlarmAnswered(NotPermitted):
    """A second answer to an alarm."""

    key = "alarm-already-acknowledged"
    says = Text(
        "The alarm of {where} was acknowledged by {by}.", "{where} 알람은 {by} 님이 이미 확인했습니다."
    )
    remedy = Text("Nothing is left to do.", "더 할 일이 없습니다.")


def matching_assets(model: "ModelVersion") -> list[dict[str, Any]]:
    """Equipment whose signals carry every input of `model`: `[{"asset", "inputs"}]`, by name or by meaning.

    See `dure.plant.deploy.matching.match`: a signal that only one place has (a chamber's temperature) serves all.
    """
    rows = Signal.objects.exclude(source="deploy").values_list("id", "semantic_id")
    return match([one["name"] for one in measured(model.card)], dict(rows))


def deploy(  # noqa: PLR0913 - where, what, by whom and why are each asked for
    model: "ModelVersion",
    name: str,
    assets: Sequence[Mapping[str, Any]],
    by: "Person",
    *,
    reason: str,
    since: int | None = None,
    **settings: float,
) -> Deployment:
    """Put a released model beside the line, in shadow.

    Parameters
    ----------
    assets
        `[{"asset": "line1/Cell01", "inputs": {"Voltage": "line1/Cell01/Voltage"}}]`, see `matching_assets`.
    since
        First tick, ns since 1970 UTC; None: now. A time that is past is caught up with.
    settings
        Fields of `Deployment`: every_s, lateness_s, max_age_s, max_missing, threshold, raise_after, …

    Raises
    ------
    NotReleased, RoleMissing, NoEquipment, TickUnlike, InputNotNumber, InputAbsent, UnitDiffers
    """
    require_role(by, "engineer", name)
    if model.release is None:
        raise NotReleased(str(model))
    if not reason.strip():
        raise NoReason(name)
    _check(model, name, assets)
    settings = settings_of(model.card, settings, str(model))
    with transaction.atomic():
        made = Deployment.objects.create(
            model=model,
            name=name,
            assets=with_labels(model.card, assets),
            by=by,
            since=time_ns() if since is None else since,
            **settings,
        )
        begin_tenure(made, by, reason, made.since)
        decide(made, "", Standing.SHADOW, by, reason)
    return made


def begin_tenure(deployment: Deployment, by: "Person", reason: str, now: int) -> Tenure:
    """From `now` [ns] on what runs at the place is what its row says; whatever stood there before has left."""
    standing = Tenure.objects.filter(deployment=deployment, ended=None)
    standing.update(ended=now, state=deployment.state)
    return Tenure.objects.create(
        deployment=deployment,
        model_id=deployment.model_id,
        memory=deployment.folder,
        began=now,
        by=by,
        reason=reason,
    )


def _check(model: "ModelVersion", name: str, assets: Sequence[Mapping[str, Any]]) -> None:
    if not assets:
        raise NoEquipment(name)
    needed = measured(model.card)
    for expected in needed:
        if expected.get("kind", "number") != "number":
            raise InputNotNumber(str(model), column=expected["name"])
    units = dict(Signal.objects.values_list("id", "unit"))
    for one in assets:
        for expected in needed:
            signal = one["inputs"].get(expected["name"])
            if not signal:
                raise InputAbsent(one["asset"], column=expected["name"])
            unit, learnt = units.get(signal, ""), expected.get("unit") or ""
            if unit and learnt and unit != learnt:
                raise UnitDiffers(signal, unit=unit, column=expected["name"], expected=learnt)


def change(deployment: Deployment, after: Standing | str, by: "Person", reason: str) -> Deployment:
    """Move a deployment one step of the table, in a person's name; recorded in the ledger.

    Raises
    ------
    StepRefused, NoReason, RoleMissing, NotReleased, ChallengerWaits
    """
    require_role(by, "engineer", str(deployment))
    with transaction.atomic():
        held = Deployment.objects.select_for_update().get(pk=deployment.pk)
        before, now = Standing(held.state), time_ns()
        if held.challenges_id and after in {Standing.ADVISORY, Standing.ON}:
            raise ChallengerWaits(str(held), champion=str(held.challenges))
        held.state = step(str(held), before, Standing(after), reason)
        if held.state in SCORING and held.model.release is None:
            raise NotReleased(str(held.model))
        if before is Standing.STOPPED:
            held.since = now
        held.save(update_fields=["state", "since"])
        _carry_alarms(held, now)
        decide(held, before, Standing(held.state), by, reason)
    return held


def name_labels(
    deployment: Deployment, labels: Mapping[str, str], shift_s: float, by: "Person", reason: str
) -> Deployment:
    """Say which signal tells later what the model had to say, asset by asset; recorded in the ledger.

    Parameters
    ----------
    labels
        Signal of each asset; an asset that is not named, or with "", has none.
    shift_s
        How long after its row the time of a label lies. [s]

    Raises
    ------
    LabelAbsent, NoReason, RoleMissing
    """
    require_role(by, "engineer", str(deployment))
    if not reason.strip():
        raise NoReason(str(deployment))
    named = {asset: signal for asset, signal in labels.items() if signal}
    known = set(
        Signal.objects.exclude(source="deploy").filter(pk__in=named.values()).values_list("pk", flat=True)
    )
    with transaction.atomic():
        held = Deployment.objects.select_for_update().get(pk=deployment.pk)
        for one in held.assets:
            signal = named.get(one["asset"], "")
            seen = signal in one["inputs"].values() and not foretells(held.model.card, one["inputs"], signal)
            if signal and (signal not in known or seen):
                raise LabelAbsent(one["asset"], signal=signal)
            one.pop("label", None)
            if signal:
                one["label"] = signal
        held.label_shift_s = shift_s
        held.follows_labels = held.follows_labels and bool(named)
        held.save(update_fields=["assets", "label_shift_s", "follows_labels"])
        decide(held, held.state, Standing(held.state), by, reason, Decision.About.LABELS)
    return held


def follow_labels(deployment: Deployment, by: "Person", reason: str, *, on: bool) -> Deployment:
    """Let late labels speak in what the deployment says, or stop them; recorded in the ledger.

    Raises
    ------
    NoLabels
        If no asset has a signal of labels.
    NoReason, RoleMissing
    """
    require_role(by, "engineer", str(deployment))
    if not reason.strip():
        raise NoReason(str(deployment))
    with transaction.atomic():
        held = Deployment.objects.select_for_update().get(pk=deployment.pk)
        if on and not any(one.get("label") for one in held.assets):
            raise NoLabels(str(held))
        held.follows_labels = on
        held.save(update_fields=["follows_labels"])
        about = Decision.About.FOLLOW if on else Decision.About.IGNORE
        decide(held, held.state, Standing(held.state), by, reason, about)
    return held


def label_signals(deployment: Deployment) -> dict[str, str]:
    """For each asset the signal that most likely gives its labels: named like the target, at the same place; else "".

    A person confirms it: nothing is taken from here by itself.
    """
    target = bare(str(deployment.model.card.get("target") or ""))
    named = Signal.objects.exclude(source="deploy").values_list("pk", flat=True)
    alike = [path for path in named if target and bare(path.rpartition("/")[2]) == target]
    return {
        one["asset"]: next(
            (
                path
                for path in alike
                if path not in one["inputs"].values() and _near(path, one["asset"], alike)
            ),
            "",
        )
        for one in deployment.assets
    }


def _near(path: str, asset: str, alike: Sequence[str]) -> bool:
    """Whether a signal of the target's name belongs to an asset: it ends like its path, or is the only one."""
    return len(alike) == 1 or path.rpartition("/")[0].rpartition("/")[2] == asset.rpartition("/")[2]


def _carry_alarms(deployment: Deployment, now: int) -> None:
    """Alarms that stand move with the deployment: onto the line page, off it, or to their end."""
    carry(deployment)
    standing = Alarm.objects.filter(deployment=deployment, ended=None)
    if deployment.state == Standing.STOPPED:
        standing.update(ended=now)
    else:
        standing.update(shadow=deployment.shadow)


def decide(  # noqa: PLR0913, PLR0917 - the parts of one decision
    deployment: Deployment,
    before: str,
    after: Standing,
    by: "Person",
    reason: str,
    about: Decision.About = Decision.About.STEP,
) -> None:
    """Write a decision down, in the records and in the ledger."""
    Decision.objects.create(
        deployment=deployment, before=before, after=after, by=by, reason=reason, what=about.value
    )
    facts: dict[str, Any] = {
        "from": str(before),
        "to": after.value,
        "reason": reason,
        "model": deployment.model_id,
    }
    if about is not Decision.About.STEP:
        facts |= {"labels": {one["asset"]: one["label"] for one in deployment.assets if one.get("label")}}
    what = "moved" if about is Decision.About.STEP else about.value
    record(f"person:{by.pk}", f"deployment.{what}", f"deployment:{deployment.pk}", facts)


def acknowledge(alarm: Alarm, by: "Person", note: str = "") -> Alarm:
    """Answer an alarm, in a person's name; recorded in the ledger.

    Raises
    ------
    AlarmAnswered, RoleMissing
    """
    require_role(by, "worker", str(alarm))
    with transaction.atomic():
        held = Alarm.objects.select_for_update().get(pk=alarm.pk)
        if held.acknowledged_by is not None:
            raise AlarmAnswered(held.asset, by=str(held.acknowledged_by))
        held.acknowledged_by, held.acknowledged_at, held.note = by, timezone.now(), note
        held.save(update_fields=["acknowledged_by", "acknowledged_at", "note"])
        facts = {"asset": held.asset, "note": note}
        if waits(held.deployment, held.asset):
            answer([id_of(held.deployment, held.asset)], by, note)
        record(f"person:{by.pk}", "alarm.acknowledged", f"alarm:{held.pk}", facts)
    return held


def open_alarms(*, shadow: bool = False) -> "QuerySet[Alarm]":
    """Alarms that stand now, newest first; those of shadow deployments only when asked for."""
    standing = Alarm.objects.filter(ended=None).select_related("deployment", "acknowledged_by")
    return standing if shadow else standing.filter(shadow=False)

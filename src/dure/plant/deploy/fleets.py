"""Fleets on the line: each machine with what was chosen for it, a new one from the first minute, all moved by one act."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dure.foundation.ledger import record
from dure.plant.deploy import seen
from dure.plant.deploy.blocks import Verdict
from dure.plant.deploy.challenging import challenge, predecessor, promote, rollback
from dure.plant.deploy.fleet import Choice
from dure.plant.deploy.keeping import INPUT
from dure.plant.deploy.line import deploy, matching_assets
from dure.plant.deploy.models import Deployment, Fleet
from dure.plant.deploy.shifts import ShiftLine, calendar, lines
from dure.plant.deploy.standing import SCORING, NoReason, Standing
from dure.plant.registry import ModelVersion, register, release, require_role
from dure.vocabulary import DureError, ModelRefused, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

#: So many scored rows tell a new machine's usual range; so many labels tell its error.
USUAL_ROWS, ERROR_LABELS = 500, 100
DAY_NS = 86_400 * 10**9
#: A range that leaves the fleet's by more than this share of its width is told.
BEYOND = 0.1

ROWS = Text(
    "Its usual range is still being learnt: {rows} of {needed} rows seen.",
    "평소 범위를 배우는 중입니다. {needed}행 중 {rows}행을 봤습니다.",
)
RANGE = Text(
    "{column} lies at {low}–{high} here; the machines learnt from lay at {usual_low}–{usual_high}.",
    "여기서는 {column} 값이 {low}~{high}입니다. 학습한 설비들은 {usual_low}~{usual_high}였습니다.",
)
NO_LABELS = Text(
    "Its error here is not known: {labels} of {needed} labels have come. On machines it had never seen it was {error}.",
    "이 설비에서의 오차는 아직 모릅니다. 라벨 {needed}개 중 {labels}개가 왔습니다. 처음 보는 설비에서의 오차는 {error}였습니다.",
)
NO_LABEL_SIGNAL = Text(
    "Its error here will not be known until a signal that gives labels is named. On machines it had never seen it was {error}.",
    "라벨 신호를 지정하기 전에는 이 설비에서의 오차를 알 수 없습니다. 처음 보는 설비에서의 오차는 {error}였습니다.",
)
NO_OWN = Text(
    "It has no scale of its own yet; it is served by the model of all machines.",
    "아직 이 설비만의 보정이 없어 전체 설비 모델을 씁니다.",
)


class MachineUnknown(ModelRefused):
    """A machine whose signals the inventory does not know, or that runs already."""

    key = "fleet-machine-unknown"
    says = Text("{where} cannot join the fleet {fleet}.", "{where}은(는) {fleet} 그룹에 넣을 수 없습니다.")
    remedy = Text(
        "Choose equipment that has every input of the model and does not run in the fleet yet.",
        "모델 입력이 모두 있고 아직 그룹에 없는 설비를 고르세요.",
    )


@dataclass(frozen=True, slots=True)
class FleetLine:
    """A machine of a fleet: what runs there, how it does, and what waits beside it."""

    machine: str
    choice: Choice | None
    deployment: Deployment | None
    error: float | None
    promised: float | None
    drift: Sequence[Mapping[str, Any]]
    shift: ShiftLine | None
    challenger: Deployment | None
    before: Deployment | None


def put_fleet(  # noqa: PLR0913 - what a version must know of its making
    folder: Path,
    name: str,
    by: "Person",
    *,
    learnt_from: Sequence[str] = (),
    dataset_fingerprint: str = "",
    asked: Mapping[str, Any] | None = None,
) -> Fleet:
    """Take what `train_fleet` wrote into the registry: the model of all, those of single machines, and the choices.

    Raises
    ------
    RoleMissing, ModelRefused
    """
    require_role(by, "engineer", name)
    facts = json.loads((folder / "fleet.json").read_text(encoding="utf-8"))
    more: dict[str, Any] = {
        "learnt_from": learnt_from,
        "dataset_fingerprint": dataset_fingerprint,
        "asked": asked,
    }
    pooled = register(folder / "pooled", name, by, **more)
    choices = {str(one["machine"]): dict(one) for one in facts["machines"]}
    for machine, place in facts["own"].items():
        choices[machine]["model"] = register(folder / place, f"{name} · {machine}"[:200], by, **more).pk
    with transaction.atomic():
        fleet, made = Fleet.objects.get_or_create(
            name=name, pooled=pooled, defaults={"choices": choices, "by": by}
        )
        if made:
            kinds = {machine: one["kind"] for machine, one in choices.items()}
            record(
                f"person:{by.pk}",
                "fleet.registered",
                f"fleet:{fleet.pk}",
                {"name": name, "pooled": pooled.pk, "choices": kinds},
            )
    return fleet


def choices_of(fleet: Fleet) -> dict[str, Choice]:
    """What was chosen for each machine."""
    names = Choice.__dataclass_fields__
    return {
        machine: Choice(**{key: value for key, value in one.items() if key in names})
        for machine, one in fleet.choices.items()
    }


def model_of(fleet: Fleet, machine: str) -> ModelVersion:
    """The version that a machine runs: its own, else that of all."""
    own = fleet.choices.get(machine, {}).get("model")
    return ModelVersion.objects.filter(pk=own).first() or fleet.pooled if own else fleet.pooled


def equipment_for(fleet: Fleet) -> dict[str, dict[str, Any]]:
    """Equipment that has every input of the fleet's model, by the name of the machine that it is."""
    found = {one["asset"]: one for one in matching_assets(fleet.pooled)}
    running = {one.machine for one in fleet.deployments.exclude(state=Standing.STOPPED.value)}
    return {name: one for asset, one in found.items() if (name := _machine(asset, fleet)) not in running}


def _machine(asset: str, fleet: Fleet) -> str:
    """The machine of the fleet that an asset is: by its whole path, or the last part of it; else the path."""
    last = asset.rpartition("/")[2]
    return asset if asset in fleet.choices else last if last in fleet.choices else asset


def join(fleet: Fleet, machine: str, by: "Person", reason: str, **settings: Any) -> Deployment:
    """Put one machine of the line beside its fleet, in shadow: with what was chosen for it, or, if it is new, the model of all.

    Models that nobody has released yet are released in the person's name, with the reason.

    Raises
    ------
    MachineUnknown, NoReason, RoleMissing, and as `deploy`
    """
    require_role(by, "engineer", str(fleet))
    if not reason.strip():
        raise NoReason(str(fleet))
    place = equipment_for(fleet).get(machine)
    if place is None:
        raise MachineUnknown(machine, fleet=str(fleet))
    model, choice = model_of(fleet, machine), choices_of(fleet).get(machine)
    with transaction.atomic():
        if model.release is None:
            release(model, by, reason)
        made = deploy(model, f"{fleet.name} · {machine}"[:200], [place], by, reason=reason, **settings)
        made.fleet, made.machine = fleet, machine
        made.calibration = choice.calibration if choice else {}
        made.save(update_fields=["fleet", "machine", "calibration"])
        facts = {
            "machine": machine,
            "deployment": made.pk,
            "model": model.pk,
            "kind": choice.kind if choice else "new",
        }
        record(f"person:{by.pk}", "fleet.joined", f"fleet:{fleet.pk}", facts)
    return made


def join_all(fleet: Fleet, by: "Person", reason: str, **settings: Any) -> list[Deployment]:
    """Every machine that was learnt from and stands in the inventory."""
    known = [name for name in equipment_for(fleet) if name in fleet.choices]
    return [join(fleet, name, by, reason, **settings) for name in known]


def challenge_all(fleet: Fleet, model: ModelVersion, by: "Person", reason: str) -> list[Deployment]:
    """Let a version challenge every machine that runs in the fleet."""
    return [challenge(one, model, by, reason) for one in places(fleet) if one.model_id != model.pk]


def promote_all(fleet: Fleet, by: "Person", reason: str) -> list[Deployment]:
    """Put every challenger of the fleet in its champion's place; all or, where one is refused, none."""
    with transaction.atomic():
        found = [promote(one, by, reason) for place in places(fleet) if (one := challenger_of(place))]
        record(
            f"person:{by.pk}",
            "fleet.promoted",
            f"fleet:{fleet.pk}",
            {"machines": [one.machine for one in found], "reason": reason},
        )
    return found


def rollback_all(fleet: Fleet, by: "Person", reason: str = "") -> list[Deployment]:
    """Put back on every machine the version that stood there before, where there is one."""
    with transaction.atomic():
        found = [rollback(place, by, reason) for place in places(fleet) if predecessor(place)]
        record(
            f"person:{by.pk}",
            "fleet.rolled_back",
            f"fleet:{fleet.pk}",
            {"machines": [one.machine for one in found], "reason": reason},
        )
    return found


def places(fleet: Fleet) -> list[Deployment]:
    """Where the fleet runs, by machine; challengers are no places."""
    return list(fleet.deployments.filter(challenges=None).select_related("model").order_by("machine", "pk"))


def challenger_of(place: Deployment) -> Deployment | None:
    """The newest version that challenges a place now; one that stood there before is none."""
    return (
        place.challengers.filter(state__in=SCORING, stood_until=None)
        .select_related("model")
        .order_by("-pk")
        .first()
    )


def fleet_lines(fleet: Fleet) -> list[FleetLine]:
    """Every machine as a row of the fleet's page: first those that run, then those that were only learnt from."""
    choices, running, shifts = choices_of(fleet), places(fleet), calendar(home())
    found = [_line(one, choices.get(one.machine), next(iter(lines(one, shifts)), None)) for one in running]
    rest = sorted(choices.keys() - {one.machine for one in running})
    return [
        *found,
        *(
            FleetLine(
                name,
                choices[name],
                None,
                None,
                choices[name].errors.get(choices[name].kind),
                (),
                None,
                None,
                None,
            )
            for name in rest
        ),
    ]


def _line(place: Deployment, choice: Choice | None, shift: ShiftLine | None) -> FleetLine:
    taught = place.health.get("labels") or {}
    error = taught.get("adapted" if place.follows_labels else "static")
    promised = choice.errors.get(choice.kind) if choice else None
    return FleetLine(
        place.machine,
        choice,
        place,
        error,
        promised,
        place.health.get("moved") or (),
        shift,
        challenger_of(place),
        predecessor(place),
    )


# A machine that nothing was learnt from ----------------------------------------------------------------------------


def cold_start(place: Deployment) -> list[Text]:
    """What a model does not know yet of a machine it never learnt from; nothing once it does, or if it learnt from it.

    The usual range of each input is learnt from the rows of the last day that the worker wrote down.
    """
    if place.fleet is None or place.machine in place.fleet.choices:
        return []
    rows, ranges = _usual(place)
    taught = place.health.get("labels") or {}
    found = [NO_OWN]
    if rows < USUAL_ROWS:
        found.append(_told(ROWS, rows=rows, needed=USUAL_ROWS))
    found += [_told(RANGE, **one) for one in ranges]
    metric = place.model.card.get("metric") or {}
    error = metric.get("mean_absolute_error", 1.0 - metric["accuracy"] if "accuracy" in metric else None)
    facts: dict[str, Any] = {
        "labels": int(taught.get("labelled") or 0),
        "needed": ERROR_LABELS,
        "error": "–" if error is None else f"{error:.3g}",
    }
    if not any(one.get("label") for one in place.assets):
        found.append(_told(NO_LABEL_SIGNAL, **facts))
    elif facts["labels"] < ERROR_LABELS:
        found.append(_told(NO_LABELS, **facts))
    return found


def _told(says: Text, **facts: object) -> Text:
    return Text(says.en.format(**facts), says.ko.format(**facts))


def _usual(place: Deployment) -> tuple[int, list[dict[str, str]]]:
    """Rows scored in the last day, and inputs whose usual range here leaves that of the machines learnt from."""
    import numpy as np

    newest = int(place.health.get("scored_to") or 0)
    folder = home() / "scored" / place.folder
    try:
        table = seen.read(folder, max(0, newest - DAY_NS)) if newest and folder.is_dir() else None
    except (OSError, DureError):
        return 0, []
    if table is None:
        return 0, []
    scored = np.asarray(table["verdict"].to_numpy(zero_copy_only=False)) == int(Verdict.SCORED)
    found = []
    for one in place.model.card["inputs"]:
        name = f"{INPUT}{one['name']}"
        if name not in table.schema.names or one.get("usual_low") is None or not scored.any():
            continue
        low, high = np.quantile(table[name].to_numpy(zero_copy_only=False)[scored], [0.05, 0.95])
        room = BEYOND * max(one["usual_high"] - one["usual_low"], 1e-12)
        if low < one["usual_low"] - room or high > one["usual_high"] + room:
            ends = {"low": low, "high": high, "usual_low": one["usual_low"], "usual_high": one["usual_high"]}
            found.append({"column": str(one["name"]), **{key: f"{value:.3g}" for key, value in ends.items()}})
    return int(scored.sum()), found

"""Refits that the node proposes: when late labels or drift say so it trains a candidate and shows what both would have said.

A candidate is trained by the worker as any model is (durable, with a ceiling on its search), from the same request on
the rows that the line saw since; the newest quarter of the labelled rows is kept from it, and champion and candidate
are replayed over that quarter with labels as late as they really were. Nothing is released by itself: a person accepts,
and the candidate becomes a challenger, or declines with a reason that is kept.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.plant.deploy import seen
from dure.plant.deploy.blocks import Verdict
from dure.plant.deploy.calibrated import calibrated
from dure.plant.deploy.challenging import challenge
from dure.plant.deploy.comparing import Comparison, compare, labels_by_tick, last_known, wrong_by
from dure.plant.deploy.foretold import Beside, horizon, measured, told_ahead, wall
from dure.plant.deploy.keeping import INPUT
from dure.plant.deploy.models import Deployment, Proposal
from dure.plant.deploy.standing import SCORING, NoReason
from dure.plant.registry import ModelVersion, open_model, release, require_role
from dure.vocabulary import NotPermitted, Permit, TableProblem, Text, Works, WorkState

if TYPE_CHECKING:
    import polars as pl

    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

#: A served error so many times that of the card is worth a refit; fewer labels than this say nothing.
WORSE, LABELS = 1.3, 200
#: A signal must have moved for so long; two proposals for one place lie so far apart.
MOVED_NS, REST = 3_600_000_000_000, timedelta(days=7)
#: Ceiling on a candidate's search [s]; trainings for proposals at a time; rows that the line saw, at most.
BUDGET, AT_ONCE, MOST_ROWS = 60.0, 1, 500_000
#: Share of the newest labelled rows that only the evidence sees.
EVIDENCE = 0.25
TASKS = frozenset({"estimate", "classify"})

ERROR = Text(
    "On the latest {rows} labels its error was {error}, {times} times what its card promised ({promised}).",
    "최근 라벨 {rows}개에서 오차가 {error}로, 카드에 약속한 값({promised})의 {times}배입니다.",
)
MOVED = Text("{signals} left what was learnt.", "{signals} 신호가 학습한 범위를 벗어났습니다.")
ASKED = Text("{by} asked for it: {reason}", "{by} 님이 요청함: {reason}")
LOST = Text("The training ended without a candidate.", "학습이 후보 모델 없이 끝났습니다.")


class TooFewLabels(TableProblem):
    """A refit for which too few late labels have come."""

    key = "refit-labels-few"
    says = Text(
        "{where} has {rows} labelled rows; a refit takes {needed}.",
        "{where}의 라벨 행은 {rows}개입니다. 재학습에는 {needed}개가 필요합니다.",
    )
    remedy = Text("Wait until more labels have come.", "라벨이 더 올 때까지 기다리세요.")


class ProposalClosed(NotPermitted):
    """An answer to a proposal that waits for none, or a second one beside one that is open."""

    key = "proposal-closed"
    says = Text("The refit of {where} is: {state}.", "{where}의 재학습 제안 상태: {state}.")
    remedy = Text("Nothing is to be decided there now.", "지금은 결정할 것이 없습니다.")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a refit is worth its while."""

    says: Text
    facts: Mapping[str, Any]


def reason_for(deployment: Deployment, now: int) -> Reason | None:
    """What late labels or drift say for a refit at `now` [ns]; None while there is nothing to say."""
    taught = deployment.health.get("labels") or {}
    if deployment.model.task not in TASKS or int(taught.get("labelled") or 0) < LABELS:
        return None
    error = taught.get("adapted" if deployment.follows_labels else "static")
    promised = promised_error(deployment.model.card)
    if error is not None and promised and error > WORSE * promised:
        facts = {
            "rows": taught["rows"],
            "error": f"{error:.3g}",
            "promised": f"{promised:.3g}",
            "times": f"{error / promised:.1f}",
        }
        return Reason(Text(ERROR.en.format(**facts), ERROR.ko.format(**facts)), {"kind": "error", **facts})
    moved = [
        one for one in deployment.health.get("moved") or () if now - int(one.get("since") or now) >= MOVED_NS
    ]
    if moved:
        names = ", ".join(sorted({str(one["signal"]) for one in moved}))
        return Reason(
            Text(MOVED.en.format(signals=names), MOVED.ko.format(signals=names)),
            {"kind": "drift", "signals": names},
        )
    return None


def promised_error(card: Mapping[str, Any]) -> float | None:
    """The error that a card promises on rows never seen: a mean error, or the share of wrong verdicts.

    >>> promised_error({"task": "classify", "metric": {"accuracy": 0.75}})
    0.25
    """
    metric = card.get("metric") or {}
    if card.get("task") == "estimate":
        return metric.get("mean_absolute_error")
    return 1.0 - metric["accuracy"] if "accuracy" in metric else None


def propose(works: Works, now: datetime) -> list[Proposal]:
    """Look at every place, begin the trainings that are worth it, close those that came to nothing; what was begun."""
    _close_lost(works)
    under_way = Proposal.objects.filter(state=Proposal.State.TRAINING).count()
    watched = Deployment.objects.filter(state__in=SCORING, challenges=None, proposes=True).select_related(
        "model", "by"
    )
    begun: list[Proposal] = []
    for one in watched:
        if under_way + len(begun) >= AT_ONCE:
            break
        rested = not one.proposals.filter(at__gt=now - REST).exclude(state=Proposal.State.FAILED).exists()
        failed = one.proposals.filter(at__gt=now - timedelta(days=1), state=Proposal.State.FAILED).exists()
        if rested and not failed and (why := reason_for(one, int(now.timestamp() * 1e9))):
            begun.append(_begin(one, why, works))
    return begun


def ask(deployment: Deployment, works: Works, by: "Person", reason: str) -> Proposal:
    """Have a candidate trained because a person wants to see one; recorded in the ledger.

    Raises
    ------
    NoReason, ProposalClosed, TooFewLabels, RoleMissing
    """
    require_role(by, "engineer", str(deployment))
    if not reason.strip():
        raise NoReason(str(deployment))
    standing = deployment.proposals.filter(
        state__in=[Proposal.State.TRAINING, Proposal.State.PROPOSED]
    ).first()
    if standing is not None:
        raise ProposalClosed(str(deployment), state=str(standing.get_state_display()))
    labelled = int((deployment.health.get("labels") or {}).get("labelled") or 0)
    if labelled < LABELS or deployment.model.task not in TASKS:
        raise TooFewLabels(str(deployment), rows=f"{labelled:,}", needed=f"{LABELS:,}")
    facts = {"by": str(by), "reason": reason}
    why = Reason(Text(ASKED.en.format(**facts), ASKED.ko.format(**facts)), {"kind": "asked", **facts})
    return _begin(deployment, why, works, who=f"person:{by.pk}")


def _begin(deployment: Deployment, why: Reason, works: Works, who: str = "node") -> Proposal:
    with transaction.atomic():
        made = Proposal.objects.create(
            deployment=deployment, why={**why.facts, "en": why.says.en, "ko": why.says.ko}
        )
        record(
            who,
            "refit.begun",
            f"deployment:{deployment.pk}",
            {"proposal": made.pk, "why": why.says.en, "model": deployment.model_id},
        )
    made.work = works.submit("train", _facts(made))
    made.save(update_fields=["work"])
    return made


def _facts(proposal: Proposal) -> dict[str, Any]:
    from dure.plant.inventory import signals_of

    place = proposal.deployment
    inputs = {one["asset"]: one["inputs"] for one in place.assets if one.get("label")}
    lineage = place.model.lineage or place.model.name
    return {
        "proposal": proposal.pk,
        "name": lineage,
        "lineage": lineage,
        "by": place.by_id,
        "request": same_request(place),
        "learnt_from": signals_of(inputs),
    }


def same_request(place: Deployment) -> dict[str, Any]:
    """What the model's training was asked, asked again of the rows that the line saw."""
    from dure.science.learn import TrainRequest

    card, known = place.model.card, dict(place.model.asked.get("request") or {})
    first = TrainRequest.from_dict({**known, "sources": ()})
    several = sum(bool(one.get("label")) for one in place.assets) > 1
    again = replace(
        first,
        target=str(card["target"]),
        task=str(card["task"]),
        time="time",
        group="asset" if several else None,
        ignore=(),
        normal_rows=None,
        normal=None,
        budget=min(float(known.get("budget") or BUDGET), BUDGET),
        units={one["name"]: one["unit"] for one in card["inputs"] if one.get("unit")},
        permit=Permit.own([f"deployment:{place.pk}"]),
    )
    ahead = card["reckoned"]["ahead"] if told_ahead(card) else None
    if ahead is not None:
        clock = Beside.of(card, place.every_ns).clock or "time"
        again = replace(
            again, task="forecast", target=ahead["of"], horizon=str(ahead["rows"]), time=clock, found={}
        )
    return again.to_dict()


def _close_lost(works: Works) -> None:
    """Proposals whose training failed, was cancelled or is no longer known."""
    for one in Proposal.objects.filter(state=Proposal.State.TRAINING).exclude(work=""):
        work = works.find(one.work)
        if work is None or work.state in {WorkState.FAILED, WorkState.CANCELLED}:
            one.evidence = {"en": LOST.en, "ko": LOST.ko, "error": dict(work.error) if work else {}}
            one.state = Proposal.State.FAILED.value
            one.save(update_fields=["state", "evidence"])


# In the worker -----------------------------------------------------------------------------------------------------


def gather(historian: "Historian", proposal: int, folder: Path, scored: Path) -> None:
    """Write `table.parquet` to learn from, and `evidence.parquet` that the candidate never sees, into `folder`.

    Raises
    ------
    TooFewLabels
    """
    place = Proposal.objects.select_related("deployment__model").get(pk=proposal).deployment
    rows, late = _rows(historian, place, scored)
    target = str(place.model.card["target"])
    ticks = sorted(rows.filter(rows[target].is_not_null())["tick"].to_list())
    if len(ticks) < LABELS:
        raise TooFewLabels(str(place), rows=f"{len(ticks):,}", needed=f"{LABELS:,}")
    cut = ticks[round(len(ticks) * (1 - EVIDENCE))]
    late = min(late, (ticks[-1] - cut) // 4)
    if not _looks_back(place):
        rows = rows.filter(rows[target].is_not_null())
    # what the candidate learns must have been known when the first row of the evidence came
    parts = {"table": rows.filter(rows["tick"] < cut - late), "evidence": rows.filter(rows["tick"] >= cut)}
    if told_ahead(place.model.card):
        parts["table"] = parts["table"].drop(
            target
        )  # it is reckoned from the signal itself, and must be no input
    for name, part in parts.items():
        part.drop("tick").write_parquet(folder / f"{name}.parquet")
    facts = {"late_s": late / 1e9, "start": cut, "end": ticks[-1], "learnt": parts["table"].height}
    (folder / "evidence.json").write_text(json.dumps(facts))


def _looks_back(place: Deployment) -> bool:
    return open_model(place.model).warm_up > 0


def _rows(historian: "Historian", place: Deployment, scored: Path) -> "tuple[pl.DataFrame, int]":
    """Every scored tick with the inputs that the model saw and the label that came; how late labels come, median [ns]."""
    import polars as pl

    target, kind = (
        str(place.model.card["target"]),
        pl.Float64 if place.model.task == "estimate" else pl.String,
    )
    table = seen.read(scored / place.folder, place.since)
    if table is None:
        raise TooFewLabels(str(place), rows="0", needed=f"{LABELS:,}")
    frame = pl.DataFrame(pl.from_arrow(table))
    if not told_ahead(place.model.card):  # a forecast counts ticks: none may be left out
        frame = frame.filter(pl.col("verdict") == int(Verdict.SCORED))
    frame = frame.tail(MOST_ROWS)
    names = [str(one["name"]) for one in measured(place.model.card)]
    frame = frame.select(
        "asset", pl.col("time").alias("tick"), *(pl.col(f"{INPUT}{name}").alias(name) for name in names)
    )
    parts, late = [], []
    for one in place.assets:
        if not one.get("label"):
            continue
        told = labels_by_tick(historian, one["label"], place)
        late += [came - tick for tick, came, _value in told]
        values = {tick: value for tick, _came, value in told}
        own = frame.filter(pl.col("asset") == one["asset"]).unique("tick", maintain_order=True).sort("tick")
        said = [values.get(tick) for tick in own["tick"].to_list()]
        parts.append(
            own.with_columns(
                pl.Series(
                    target,
                    [None if v is None else v if kind == pl.Float64 else str(v) for v in said],
                    dtype=kind,
                    strict=False,
                )
            )
        )
    beside = Beside.of(place.model.card, place.every_ns)
    whole = pl.concat(parts)
    whole = whole.with_columns(
        wall(beside.clock or "time", whole["tick"].to_numpy(), beside.zone if beside.clock else "UTC")
    )
    if len(parts) == 1:
        whole = whole.drop("asset")
    return whole, max(0, sorted(late)[len(late) // 2]) if late else 0


def weigh(proposal: int, folder: Path) -> None:
    """Replay champion and candidate over the evidence, labels as late as they were; the proposal then waits for a person."""
    from dure.science.learn import fingerprint
    from dure.science.prepare import read_each
    from dure.science.replay import Delay, outcome

    held = Proposal.objects.select_related("deployment__model").get(pk=proposal)
    place, facts = held.deployment, json.loads((folder / "evidence.json").read_text())
    candidate = ModelVersion.objects.get(fingerprint=fingerprint(folder / "learning" / "package"))
    # what is foretold is measured a horizon later, which the replay knows by itself
    late = max(float(facts["late_s"]) - horizon(place.model.card, place.every_s), 0.0)
    tables, delay = read_each([str(folder / "evidence.parquet")]), Delay(seconds=late)
    clock = Beside.of(place.model.card, place.every_ns).clock or "time"
    models = (calibrated(open_model(place.model), place.calibration), open_model(candidate))
    played = [
        outcome(model, tables, target=str(place.model.card["target"]), delay=delay, time=clock)
        for model in models
    ]
    told = {
        name: {key: one[2][key] for key in ("rows", "deployed", "static", "null")}
        for name, one in zip(("champion", "candidate"), played, strict=True)
    }
    paired = _paired(place, played, facts)
    with transaction.atomic():
        held.candidate, held.state = candidate, Proposal.State.PROPOSED.value
        held.evidence = {**facts, **told, "paired": paired.to_dict()}
        held.save(update_fields=["candidate", "state", "evidence"])
        told_ = {
            "proposal": held.pk,
            "candidate": candidate.pk,
            "better": paired.better,
            "labels": paired.labels,
            "verdict": paired.verdict,
        }
        record("node", "refit.proposed", f"deployment:{place.pk}", told_)


def _paired(place: Deployment, played: Sequence[Any], facts: Mapping[str, Any]) -> Comparison:
    """Errors of both on each labelled row of the evidence, as served; the null repeats the last label that had come."""
    import numpy as np

    (line, old, _), (_line, new, _facts) = played
    said = [
        [one.prediction if place.follows_labels else one.static for one in part.predictions]
        for part in (old, new)
    ]
    ticks = (
        [round(second * 1e9) for second in line.seconds]
        if line.seconds is not None
        else list(range(len(line.labels)))
    )
    rows = [
        (tick, tick + round(facts["late_s"] * 1e9), label)
        for tick, label in zip(ticks, line.labels, strict=True)
        if label is not None
    ]
    nothing = dict(zip([one[0] for one in rows], last_known(rows, [one[0] for one in rows]), strict=True))
    errors = [
        (
            wrong_by(place, label, said[0][at]),
            wrong_by(place, label, said[1][at]),
            _none(place, label, nothing[ticks[at]]),
        )
        for at, label in enumerate(line.labels)
        if label is not None and said[0][at] is not None and said[1][at] is not None
    ]
    table = np.array(errors, dtype=np.float64).reshape(-1, 3)
    share = place.model.task != "estimate"
    return compare(
        table[:, 0],
        table[:, 1],
        table[:, 2],
        share=share,
        unit="" if share else str(place.model.card.get("unit") or ""),
    )


def _none(place: Deployment, label: float | str, last: float | str | None) -> float:
    return float("nan") if last is None else wrong_by(place, label, last)


# A person decides --------------------------------------------------------------------------------------------------


def accept(proposal: Proposal, by: "Person", reason: str) -> Deployment:
    """Take the candidate as challenger, in a person's name; the champion goes on as before.

    Raises
    ------
    ProposalClosed, NoReason, RoleMissing, and as `challenge`
    """
    with transaction.atomic():
        held = _open(proposal, by, reason)
        candidate = held.candidate
        if candidate is None:
            raise ProposalClosed(str(held.deployment), state=str(held.get_state_display()))
        if candidate.release is None:
            release(candidate, by, reason)
        made = challenge(held.deployment, candidate, by, reason)
        _decided(held, Proposal.State.ACCEPTED, by, reason)
    return made


def decline(proposal: Proposal, by: "Person", reason: str) -> Proposal:
    """Say no to a candidate; the reason is kept, and the next proposal waits.

    Raises
    ------
    ProposalClosed, NoReason, RoleMissing
    """
    with transaction.atomic():
        held = _open(proposal, by, reason)
        _decided(held, Proposal.State.DECLINED, by, reason)
    return held


def _open(proposal: Proposal, by: "Person", reason: str) -> Proposal:
    require_role(by, "engineer", str(proposal))
    held = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if held.state != Proposal.State.PROPOSED:
        raise ProposalClosed(str(held.deployment), state=str(held.get_state_display()))
    if not reason.strip():
        raise NoReason(str(held.deployment))
    return held


def _decided(held: Proposal, state: Proposal.State, by: "Person", reason: str) -> None:
    held.state, held.decided_by, held.decided_at, held.reason = state.value, by, timezone.now(), reason[:1000]
    held.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    facts = {"proposal": held.pk, "candidate": held.candidate_id, "reason": reason}
    record(f"person:{by.pk}", f"refit.{state.value}", f"deployment:{held.deployment_id}", facts)

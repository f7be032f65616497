"""Pages of what stands beside a model on the line: challengers, proposals, the fallback, a prediction's trace, fleets."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.deploy import drifting, fleets, shifts
from dure.plant.deploy.challenging import challenge, predecessor, promote, rollback
from dure.plant.deploy.comparing import FEWEST, beside
from dure.plant.deploy.fallback import choose
from dure.plant.deploy.handed import historian, works
from dure.plant.deploy.models import Deployment, Fleet, Proposal
from dure.plant.deploy.proposing import accept, ask, decline
from dure.plant.deploy.standing import SCORING
from dure.plant.deploy.tracing import trace
from dure.plant.registry import ModelVersion, measure_row, versions
from dure.vocabulary import DureError, NodeProblem, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

#: Versions that are offered as challengers, at most.
OFFERED = 20


def context(found: Deployment) -> dict[str, Any]:
    """What a deployment's page shows beside the model: drift in sentences, shifts, challengers, proposals, fallback."""
    moved = found.health.get("moved") or []
    counted = shifts.lines(found, shifts.calendar(home()))
    return {
        "drifted": drifting.told(moved, len(found.assets), drifting.orders_at(moved)),
        "shifts": counted,
        "shifts_say": shifts.verdict(counted),
        "challengers": [one for one in found.challengers.select_related("model") if one.state in SCORING],
        "before": predecessor(found),
        "proposals": found.proposals.select_related("candidate", "decided_by")[:10],
        "tenures": found.tenures.select_related("model", "by")[:10],
        "offered": _offered(found),
        "fallbacks": Deployment.Fallback,
        "knows_not": fleets.cold_start(found),
        "traced": [(one["asset"], found.signal(one["asset"], "score" if found.model.task == "detect" else "prediction")) for one in found.assets],
    }  # fmt: skip


def _offered(found: Deployment) -> list[ModelVersion]:
    """Released versions of the same model that do not run at the place yet."""
    running = {found.model_id, *(one.model_id for one in found.challengers.filter(state__in=SCORING))}
    return [one for one in versions(found.model) if one.release is not None and one.pk not in running][
        :OFFERED
    ]


def _person(request: HttpRequest) -> "Person":
    return cast("Person", request.user)


def _why(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:1000]


def _done(
    request: HttpRequest, act: Callable[[], object], said: str, to: str, *where: object
) -> HttpResponse:
    """Carry out a person's decision; what came of it, or why not, is said on the page it came from."""
    try:
        act()
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(to, *where)


# Challengers -------------------------------------------------------------------------------------------------------
@require_GET
@requires("worker")
def duel(request: HttpRequest, pk: int) -> HttpResponse:
    """A challenger beside its champion: both errors against late labels, the null, and one plain sentence."""
    found = get_object_or_404(Deployment.objects.select_related("model", "challenges__model"), pk=pk)
    if found.challenges is None:
        return redirect("deploy:deployment", pk)
    try:
        compared = beside(historian(), found)
    except NodeProblem as away:
        messages.error(request, str(away))
        compared = None
    shown = {"challenger": found, "champion": found.challenges, "compared": compared, "fewest": FEWEST}
    return render(request, "deploy/duel.html", shown)


@require_POST
@requires("engineer")
def challenge_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a version beside a champion."""
    place = get_object_or_404(Deployment.objects.select_related("model"), pk=pk)
    model = get_object_or_404(ModelVersion, pk=request.POST.get("model", ""))
    said = _("%(model)s scores the same ticks in shadow from now on.") % {"model": model.title}
    return _done(
        request,
        lambda: challenge(place, model, _person(request), _why(request)),
        said,
        "deploy:deployment",
        pk,
    )


@require_POST
@requires("engineer")
def promote_challenger(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a challenger in its champion's place, in the person's name."""
    found = get_object_or_404(Deployment.objects.select_related("model", "challenges"), pk=pk)
    said = _("%(model)s stands in the place now; the version before goes on in shadow.") % {
        "model": found.model.title
    }
    place = found.challenges_id or pk
    return _done(
        request, lambda: promote(found, _person(request), _why(request)), said, "deploy:deployment", place
    )


@require_POST
@requires("engineer")
def roll_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the version before back, with its state, thresholds and bias."""
    place = get_object_or_404(Deployment.objects.select_related("model"), pk=pk)
    older = predecessor(place)
    said = _("%(model)s is back, as it was.") % {"model": older.model.title if older else place.model.title}
    return _done(
        request, lambda: rollback(place, _person(request), _why(request)), said, "deploy:deployment", pk
    )


# Proposals ---------------------------------------------------------------------------------------------------------
@require_GET
@requires("engineer")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposed refit: why, and what champion and candidate would have said of rows that the candidate never saw."""
    found = get_object_or_404(
        Proposal.objects.select_related("deployment__model", "candidate", "decided_by"), pk=pk
    )
    told = found.evidence
    lines = []
    if "champion" in told:
        served = "deployed" if found.deployment.follows_labels else "static"
        old, new = told["champion"], told["candidate"]
        lines = [
            measure_row(key, [(old[served], old["null"]), (new[served], new["null"])]) for key in new[served]
        ]
    return render(
        request,
        "deploy/proposal.html",
        {"proposal": found, "lines": lines, "paired": told.get("paired") or {}},
    )


@require_POST
@requires("engineer")
def ask_refit(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a candidate trained because a person wants to see one."""
    place = get_object_or_404(Deployment.objects.select_related("model"), pk=pk)
    said = _(
        "A candidate is being trained. It is shown here beside the present model, and nothing changes until a person says so."
    )
    return _done(
        request, lambda: ask(place, works(), _person(request), _why(request)), said, "deploy:deployment", pk
    )


@require_POST
@requires("engineer")
def answer_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept a candidate as challenger, or decline it; the reason is kept either way."""
    found = get_object_or_404(Proposal.objects.select_related("deployment"), pk=pk)
    if request.POST.get("answer") == "accept":
        said = _("The candidate is released in your name as challenger; the line does not see it yet.")
        return _done(
            request,
            lambda: accept(found, _person(request), _why(request)),
            said,
            "deploy:deployment",
            found.deployment_id,
        )
    said = _("The candidate is declined; your reason is kept.")
    return _done(
        request, lambda: decline(found, _person(request), _why(request)), said, "deploy:proposal", pk
    )


# Fallback ----------------------------------------------------------------------------------------------------------
@require_POST
@requires("engineer")
def choose_fallback(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the line sees while the model cannot speak."""
    place = get_object_or_404(Deployment.objects.select_related("model"), pk=pk)
    kind, value = request.POST.get("kind", ""), _number(request.POST.get("value", ""))
    if kind not in Deployment.Fallback.values:
        return redirect("deploy:deployment", pk)
    guard = request.POST.get("guard") == "on"
    act = lambda: choose(place, kind, _person(request), _why(request), value=value, guard=guard)  # noqa: E731 - one word for the page
    return _done(
        request, act, _("The fallback of %(name)s is chosen.") % {"name": place.name}, "deploy:deployment", pk
    )


def _number(text: str) -> float | None:
    try:
        return float(text.strip())
    except ValueError:
        return None


# Trace -------------------------------------------------------------------------------------------------------------
@require_GET
@requires("worker")
def traced(request: HttpRequest) -> HttpResponse:
    """What stands behind one stored prediction: `signal`, and `at` (ISO time; the newest when left out)."""
    signal, at = request.GET.get("signal", "")[:400], request.GET.get("at", "")[:40]
    found: dict[str, Any] | None = None
    try:
        found = trace(signal, _moment(at), home() / "scored") if signal else None
    except DureError as refusal:
        messages.error(request, str(refusal))
    return render(request, "deploy/trace.html", {"found": found, "signal": signal, "at": at})


def _moment(text: str) -> int:
    """A moment as a form writes it, in the plant's time zone where it names none; now for what is none. [ns]."""
    from django.utils import timezone

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return time_ns()
    return round((found if found.tzinfo else timezone.make_aware(found)).astimezone(UTC).timestamp() * 1e9)


# Fleets ------------------------------------------------------------------------------------------------------------
@require_GET
@requires("worker")
def all_fleets(request: HttpRequest) -> HttpResponse:
    """The fleets of the plant."""
    found = Fleet.objects.select_related("pooled", "by").prefetch_related("deployments")
    return render(
        request,
        "deploy/fleets.html",
        {"fleets": [(one, len(fleets.places(one)), len(one.choices)) for one in found]},
    )


@require_GET
@requires("worker")
def fleet(request: HttpRequest, pk: int) -> HttpResponse:
    """Machines of a fleet as rows: version, state, error, drift, alarms a shift."""
    found = get_object_or_404(Fleet.objects.select_related("pooled", "by"), pk=pk)
    rows = fleets.fleet_lines(found)
    shown = {
        "fleet": found,
        "lines": rows,
        "waiting": sorted(fleets.equipment_for(found)),
        "challenged": sum(one.challenger is not None for one in rows),
        "back": sum(one.before is not None for one in rows),
        "offered": [one for one in versions(found.pooled) if one.release is not None][:OFFERED],
    }
    return render(request, "deploy/fleet.html", shown)


@require_POST
@requires("engineer")
def move_fleet(request: HttpRequest, pk: int) -> HttpResponse:
    """One act for the whole fleet: put machines beside the line, challenge, promote or roll back all."""
    found, by, why = get_object_or_404(Fleet, pk=pk), _person(request), _why(request)
    machine, model = (
        request.POST.get("machine", ""),
        ModelVersion.objects.filter(pk=request.POST.get("model", "")).first(),
    )
    acts: dict[str, Callable[[], object]] = {
        "join": lambda: fleets.join(found, machine, by, why) if machine else fleets.join_all(found, by, why),
        "promote": lambda: fleets.promote_all(found, by, why),
        "rollback": lambda: fleets.rollback_all(found, by, why),
        **({"challenge": lambda: fleets.challenge_all(found, model, by, why)} if model else {}),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        return redirect("deploy:fleet", pk)
    return _done(request, act, _("Done for the fleet %(name)s.") % {"name": found.name}, "deploy:fleet", pk)

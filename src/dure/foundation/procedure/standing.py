"""How a case stands for one person: whether they may see it, what they may do and why not, what waits for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from dure.foundation.procedure import versions
from dure.foundation.procedure.acting import forms_for, known, roles_in
from dure.foundation.procedure.flow import ANYBODY, APPLICANT, CLOCK, Flow, Transition
from dure.foundation.procedure.form import Form
from dure.foundation.procedure.models import Assigned, Case, Edition
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.foundation.parties import Person

#: Roles that see every case, give roles in a case, and write the texts of procedures.
OVERSEERS = ("owner", "centre")


@dataclass(frozen=True)
class Way:
    """A move as it stands for one person: `why_not` is empty if it can be made, `others` if it is not theirs at all."""

    move: Transition
    why_not: str
    others: str
    form: Form | None


def oversees(person: "Person") -> bool:
    """Whether this person sees all cases and writes the texts of procedures."""
    return any(person.has_role(role) for role in OVERSEERS)


def acting_roles(flow: Flow) -> frozenset[str]:
    """Roles, given by an organisation or in the case, that a flow asks for."""
    return frozenset(role for move in flow.moves for role in move.by) - {ANYBODY, APPLICANT, CLOCK}


def visible(person: "Person") -> QuerySet[Case]:
    """Cases that a person may see; overseers see all.

    Their own and their organisation's, those they have a role in, and once handed in those in whose flow a role of theirs acts.
    """
    cases = Case.objects.select_related("flow", "opened_by", "organisation")
    if oversees(person):
        return cases
    seen: Q = _mine(person) | Q(Exists(_assigned(person)))
    for edition, flow in _flows():
        if acting_roles(flow) & set(person.roles):
            seen |= Q(flow=edition) & ~Q(state=flow.first.id)
    return cases.filter(seen)


def tasks(person: "Person") -> QuerySet[Case]:
    """Open cases in which a move is this person's, the most urgent first; without those that another was given."""
    waits = Q(pk__in=())
    for edition, flow in _flows():
        for role in {role for move in flow.moves for role in move.by} - {ANYBODY, CLOCK}:
            states = [
                state.id for state in flow.states if flow.moves_from(state.id, [role]) and not state.end
            ]
            waits |= Q(flow=edition, state__in=_waiting(flow, states, role)) & _holds(person, role)
    return by_urgency(Case.objects.filter(waits, closed=None).select_related("flow", "opened_by"))


def by_urgency(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The overdue first, then by the nearest deadline (`due_next`), then those without one."""
    nearest = Min("due__at", filter=Q(due__done=None))
    return cases.annotate(due_next=nearest).order_by(F("due_next").asc(nulls_last=True), "-opened")


def ways(case: Case, person: "Person") -> list[Way]:
    """Every move from where the case stands, but the clock's own, with why this person cannot make it."""
    flow = versions.flow(case.flow)
    roles = roles_in(case, person)
    return [_way(case, flow, move, roles) for move in flow.moves_from(case.state) if set(move.by) != {CLOCK}]


def _way(case: Case, flow: Flow, move: Transition, roles: list[str]) -> Way:
    forms = forms_for(case, flow)
    asks = forms.get(move.form)
    if not {*roles, ANYBODY} & set(move.by):
        return Way(move, "", ", ".join(flow.role(one) for one in move.by if one != CLOCK), asks)
    try:
        done = case.history.filter(move=move.id).count()
        kinds = versions.kinds_of(flow, forms)
        flow.require(move.id, case.state, roles, facts=known(case), kinds=kinds, done=done)
    except DureError as why:
        return Way(move, str(why.message), "", asks)
    return Way(move, _lacking(case, flow, move, forms), "", asks)


def _lacking(case: Case, flow: Flow, move: Transition, forms: dict[str, Form]) -> str:
    """The first answer that handing in asks for and that is not there."""
    if not flow.form or case.state != flow.first.id or APPLICANT not in move.by or flow.state(move.to).end:
        return ""
    kept = {**case.answers.get(flow.form, {}), **case.private.get(flow.form, {})}
    faults = forms[flow.form].faults(kept)
    return next((str(one.message) for one in faults.values()), "")


def _waiting(flow: Flow, states: Iterable[str], role: str) -> list[str]:
    """Of these states the ones where something waits for the role.

    An applicant may withdraw anywhere, but is asked only where a move is theirs that leads on.
    """
    if role != APPLICANT:
        return list(states)
    return [
        one
        for one in states
        if any(not flow.state(move.to).end for move in flow.moves_from(one, [role]) if role in move.by)
    ]


def _holds(person: "Person", role: str) -> Q:
    if role == APPLICANT:
        return _mine(person)
    given = Q(Exists(_assigned(person).filter(role=role)))
    if role not in person.roles:
        return given
    return given | ~Q(Exists(Assigned.objects.filter(case=OuterRef("pk"), role=role, until=None)))


def _mine(person: "Person") -> Q:
    own = person.held.filter(until=None).values("organisation")
    return Q(opened_by=person) | Q(organisation__in=own)


def _assigned(person: "Person") -> QuerySet[Assigned]:
    return Assigned.objects.filter(case=OuterRef("pk"), person=person, until=None)


def _flows() -> list[tuple[Edition, Flow]]:
    """Every version of a flow that has cases."""
    return [
        (one, versions.flow(one))
        for one in Edition.objects.filter(kind="flow", cases__isnull=False).distinct()
    ]

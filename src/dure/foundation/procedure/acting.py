"""A case from its opening to its end: opened, answered, moved, assigned; each in one transaction with its ledger entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.foundation.procedure import effects, versions
from dure.foundation.procedure.days import SEOUL, Calendar
from dure.foundation.procedure.facts import Value
from dure.foundation.procedure.flow import APPLICANT, CLOCK, Flow, State, Transition
from dure.foundation.procedure.form import Form
from dure.foundation.procedure.models import Assigned, Case, Due, Edition, Made
from dure.foundation.procedure.refusals import AnswerWrong, CaseMoved
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Organisation, Person

CALENDAR = Calendar("KR")


def start(  # noqa: PLR0913 - what a case is made of
    flow: str,
    by: "Person",
    subject: str,
    answers: Mapping[str, Any] | None = None,
    *,
    about: str = "",
    organisation: "Organisation | None" = None,
    facts: Mapping[str, Value] | None = None,
    now: datetime | None = None,
) -> Case:
    """Open a case of the flow in force; what its form can fill from `facts` is filled.

    Raises
    ------
    ProcedureUnknown
        If no such flow is in force.
    AnswerWrong
        If an answer cannot be taken; lacking ones may follow.
    """
    now = now or timezone.now()
    edition = versions.in_force("flow", flow)
    found = versions.flow(edition)
    with transaction.atomic():
        case = Case(
            flow=edition, subject=subject[:300], about=about, state=found.first.id, opened_by=by,
            organisation=organisation, facts=dict(facts or {}), opened=now, entered=now,
        )  # fmt: skip
        if found.form:
            asked = form_for(case, found.form)
            filled = asked.filled(known(case), versions.kinds_of(found, {found.form: asked}))
            _require_typed(asked, answers or {})
            _keep(case, asked, {**filled, **(answers or {})}, complete=False)
        case.save(force_insert=True)
        _enter(case, found, found.first, now)
        record(
            f"person:{by.pk}",
            "case.opened",
            f"case:{case.pk}",
            {"flow": str(edition), "about": about},
            now=now,
        )
    return case


def answer(case: Case, form: str, answers: Mapping[str, Any], by: "Person") -> Case:
    """Change answers of a form while the case is open and the form not locked.

    Raises
    ------
    AnswerWrong
        If one cannot be taken, or the form is locked.
    """
    with transaction.atomic():
        case = _locked(case)
        asked = form_for(case, form)
        if not is_open(case, form):
            raise AnswerWrong(str(asked.label), fault=_LOCKED)
        _require_typed(asked, answers)
        before = {**case.answers.get(form, {}), **case.private.get(form, {})}
        _keep(case, asked, {**before, **answers}, complete=False)
        case.save()
        changed = sorted(name for name in answers if name in asked.kinds)
        record(f"person:{by.pk}", "case.answered", f"case:{case.pk}", {"form": form, "fields": changed})
    return case


def move(  # noqa: PLR0913 - what a move is made of
    case: Case,
    name: str,
    by: "Person | None",
    *,
    reason: str = "",
    answers: Mapping[str, Any] | None = None,
    seen: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Make a move of the case's flow.

    Parameters
    ----------
    by
        Who does it; None for the clock.
    reason
        Why, in the person's words; some moves ask for it.
    answers
        Of the move's own form.
    seen
        Moves made when the person looked at the case; refuses if another was made since.

    Raises
    ------
    MoveUnknown, MoveNotYours, GuardNotMet
        If it cannot be done now, by this person, or yet.
    AnswerWrong
        If the case's form or the move's own lacks an answer, or the reason lacks.
    CaseMoved
        If somebody else acted meanwhile.
    """
    now = now or timezone.now()
    with transaction.atomic():
        case = _locked(case)
        flow = versions.flow(case.flow)
        if seen is not None and seen != case.moves_made:
            raise CaseMoved(str(case), state=flow.state(case.state).label)
        roles = [CLOCK] if by is None else roles_in(case, by)
        done = case.history.filter(move=name).count()
        forms = forms_for(case, flow)
        kinds = versions.kinds_of(flow, forms)
        found = flow.require(name, case.state, roles, facts=known(case), kinds=kinds, done=done)
        role = next(role for role in [*found.by, *roles] if role in roles)
        deed = _Deed(found, by, role, reason.strip()[:2000], answers or {}, now)
        _require_words(case, flow, deed, forms)
        case.save()
        _write(case, flow, deed, forms)
    return case


def roles_in(case: Case, person: "Person") -> list[str]:
    """Roles of a person as to one case: those held everywhere, those assigned, and the applicant's."""
    assigned = case.assigned.filter(person=person, until__isnull=True).values_list("role", flat=True)
    mine = case.opened_by_id == person.pk or (
        case.organisation_id is not None
        and person.held.filter(organisation_id=case.organisation_id, until__isnull=True).exists()
    )
    return [*([APPLICANT] if mine else []), *assigned, *person.roles]


def assign(case: Case, person: "Person", role: str, by: "Person") -> Assigned:
    """Give somebody a role in one case."""
    with transaction.atomic():
        found, _made = Assigned.objects.get_or_create(case=case, person=person, role=role, until=None)
        record(
            f"person:{by.pk}", "case.assigned", f"case:{case.pk}", {"to": f"person:{person.pk}", "role": role}
        )
    return found


def known(case: Case) -> dict[str, Any]:
    """Every fact of a case by name: measured ones, then the answers of all forms."""
    found = dict(case.facts)
    for kept in (case.answers, case.private):
        for answers in kept.values():
            found |= answers
    return found


def form_for(case: Case, name: str) -> Form:
    """A form in the version under which this case first met it."""
    number = case.editions.get(name)
    if number is None:
        edition = versions.in_force("form", name)
        case.editions[name] = edition.number
    else:
        edition = Edition.objects.get(kind="form", name=name, number=number)
    return versions.form(edition)


def forms_for(case: Case, flow: Flow) -> dict[str, Form]:
    """Every form that a flow asks, in the case's versions."""
    names = dict.fromkeys([flow.form, *(one.form for one in flow.moves)])
    return {name: form_for(case, name) for name in names if name}


def is_open(case: Case, form: str) -> bool:
    """Whether answers of a form may change: not once it is locked, but for while the case waits for its applicant."""
    if case.closed:
        return False
    return form not in case.locked or versions.flow(case.flow).state(case.state).pauses


def sweep(now: datetime | None = None) -> int:
    """Make the moves whose deadline has passed; how many. Called from time to time.

    A move that is refused stays due and does not hold up the others; the first refusal is raised at the end.
    """
    now = now or timezone.now()
    moved, refused = 0, []
    for due in (
        Due.objects.filter(done__isnull=True, at__lte=now).exclude(move="").select_related("case")[:1000]
    ):
        try:
            with transaction.atomic():
                if due.case.state == due.state:
                    move(due.case, due.move, None, now=now)
                    moved += 1
                Due.objects.filter(pk=due.pk).update(done=now)
        except DureError as problem:
            refused.append(problem)
    if refused:
        raise refused[0]
    return moved


def _locked(case: Case) -> Case:
    return Case.objects.select_for_update().select_related("flow").get(pk=case.pk)


def _require_typed(form: Form, answers: Mapping[str, Any]) -> None:
    """What is measured comes from the formula alone."""
    typed = next((one for one in form.fields if one.evidence == "measured" and one.id in answers), None)
    if typed is not None:
        raise AnswerWrong(str(typed.label), fault=_MEASURED)


def _keep(case: Case, form: Form, answers: Mapping[str, Any], *, complete: bool) -> None:
    """Put the answers of a form into the case, private ones apart."""
    taken = form.taken(answers, complete=complete)
    private = {one.id for one in form.fields if one.private}
    case.answers[form.id] = {name: value for name, value in taken.items() if name not in private}
    hidden = {name: value for name, value in taken.items() if name in private}
    if hidden or form.id in case.private:
        case.private[form.id] = hidden


@dataclass(frozen=True)
class _Deed:
    """Who does what, as whom, why, with which answers, when."""

    move: Transition
    by: "Person | None"
    role: str
    reason: str
    answers: Mapping[str, Any]
    at: datetime


def _require_words(case: Case, flow: Flow, deed: _Deed, forms: Mapping[str, Form]) -> None:
    """A reason and answers where the move asks for them; the whole of the case's own form when it is handed in."""
    found = deed.move
    if found.reason and not deed.reason:
        raise AnswerWrong(str(found.label), fault=_REASON)
    handed_in = case.state == flow.first.id or flow.state(case.state).pauses
    if flow.form and handed_in and APPLICANT in found.by and not flow.state(found.to).end:
        forms[flow.form].taken({**case.answers.get(flow.form, {}), **case.private.get(flow.form, {})})
    if found.form:
        asked = forms[found.form]
        _require_typed(asked, deed.answers)
        filled = asked.filled(known(case), versions.kinds_of(flow, forms))
        _keep(case, asked, {**filled, **deed.answers}, complete=True)


def _write(case: Case, flow: Flow, deed: _Deed, forms: Mapping[str, Form]) -> None:
    """Write the move down, enter the new state, and bring about the effects."""
    before, number, to = case.state, case.moves_made + 1, deed.move.to
    _leave(case, flow, flow.state(before), deed.at)
    public = case.answers.get(deed.move.form, {}) if deed.move.form in forms else {}
    Made.objects.create(
        case=case, number=number, move=deed.move.id, before=before, after=to, by=deed.by, role=deed.role,
        reason=deed.reason, answers=public, at=deed.at,
    )  # fmt: skip
    case.state, case.moves_made = to, number
    _enter(case, flow, flow.state(to), deed.at)
    case.save()
    facts = {"move": deed.move.id, "from": before, "to": to, "as": deed.role, "number": number}
    who = f"person:{deed.by.pk}" if deed.by else CLOCK
    said = {**facts, "reason": deed.reason} if deed.reason else facts
    record(
        who, "case.moved", f"case:{case.pk}", said, personal=("reason",) if deed.reason else (), now=deed.at
    )
    effects.bring_about(case, flow, deed.move, deed.by, deed.at)


def _leave(case: Case, flow: Flow, state: State, now: datetime) -> None:
    """What was due here is done; a pause is reckoned into the case's own clock."""
    case.due.filter(done__isnull=True, state=state.id).update(done=now)
    if state.pauses and case.clock_began:
        paused = CALENDAR.between(case.entered.astimezone(SEOUL).date(), now.astimezone(SEOUL).date())
        case.paused_days += paused
        whole = case.due.filter(done__isnull=True, state="").first()
        if whole is not None and flow.limit is not None:
            whole.at = CALENDAR.deadline(case.clock_began, flow.limit, case.paused_days)
            whole.save(update_fields=["at"])


def _enter(case: Case, flow: Flow, state: State, now: datetime) -> None:
    """The deadlines of a state, and of the whole case where its clock begins."""
    case.entered = now
    if state.within is not None:
        Due.objects.create(
            case=case, state=state.id, move=state.then, at=CALENDAR.deadline(now, state.within)
        )
    if flow.limit is not None and state.id == flow.limit_from and not case.clock_began:
        case.clock_began = now
        Due.objects.create(case=case, state="", at=CALENDAR.deadline(now, flow.limit))
    if state.end:
        case.closed = now
        case.due.filter(done__isnull=True).update(done=now)


_REASON = Text("this needs a reason.", "사유를 적어야 합니다.")
_LOCKED = Text("this form is locked.", "잠긴 양식입니다.")
_MEASURED = Text("this is measured and cannot be typed.", "실측값이라 직접 입력할 수 없습니다.")

"""What a move brings about.

Ours are notify, set, lock, create and schedule; signing, publishing and payment belong to the rooms above, which name a
function for each in the setting `DURE_EFFECTS` (`{"publish": "package.module.function"}`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

from dure.foundation.procedure.facts import Value, reckon
from dure.foundation.procedure.flow import APPLICANT, Effect, Flow, Transition
from dure.foundation.procedure.models import Case, Due, Notice
from dure.vocabulary import NodeProblem, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person


class EffectUnknown(NodeProblem):
    """A flow asks for something that no room of this node can do."""

    key = "effect-unknown"
    says = Text("Nothing here can “{where}”.", "이 노드에서는 “{where}”을(를) 수행할 수 없습니다.")
    remedy = Text("Take the effect out of the flow, or install what does it.", "흐름에서 이 효과를 빼거나 이를 수행하는 기능을 설치해 주세요.")  # fmt: skip


def bring_about(case: Case, flow: Flow, move: Transition, by: "Person | None", now: datetime) -> None:
    """Every effect of a move, in its order, in the move's own transaction.

    Raises
    ------
    EffectUnknown
        If no room does it; the move is then not made.
    """
    for effect in move.effects:
        act = _OURS.get(effect.kind) or _of_a_room(effect.kind)
        act(case, flow, effect, by, now)


def _of_a_room(kind: str) -> Callable[..., None]:
    place = getattr(settings, "DURE_EFFECTS", {}).get(kind)
    if place is None:
        raise EffectUnknown(kind)
    found: Callable[..., None] = import_string(place)
    return found


def _notify(case: Case, flow: Flow, effect: Effect, by: "Person | None", now: datetime) -> None:
    text = _mapping(effect)["text"]
    people = {one.pk: one for role in _mapping(effect)["to"] for one in _people(case, role)}
    Notice.objects.bulk_create(
        Notice(case=case, person=one, en=text["en"], ko=text["ko"], at=now)
        for one in people.values()
        if one != by
    )
    del flow


def _people(case: Case, role: str) -> "list[Person]":
    """Who has a role as to this case: assigned ones first; if nobody is, all who hold it."""
    from dure.foundation.parties import Person

    if role == APPLICANT:
        return [case.opened_by]
    assigned = list(
        Person.objects.filter(assignments__case=case, assignments__role=role, assignments__until=None)
    )
    return assigned or [
        one for one in Person.objects.filter(held__role=role, is_active=True).distinct() if role in one.roles
    ]


def _set(case: Case, flow: Flow, effect: Effect, by: "Person | None", now: datetime) -> None:
    for name, formula in _mapping(effect).items():
        case.facts[name] = reckoned(case, flow, formula)
    case.save(update_fields=["facts"])
    del by, now


def reckoned(case: Case, flow: Flow, formula: str) -> Value:
    """What a formula of the flow gives over all that is known of the case now."""
    from dure.foundation.procedure.acting import forms_for, known
    from dure.foundation.procedure.versions import kinds_of

    return reckon(formula, known(case), kinds_of(flow, forms_for(case, flow)))


def _lock(case: Case, flow: Flow, effect: Effect, by: "Person | None", now: datetime) -> None:
    case.locked = sorted({*case.locked, *effect.settings})
    case.save(update_fields=["locked"])
    del flow, by, now


def _create(case: Case, flow: Flow, effect: Effect, by: "Person | None", now: datetime) -> None:
    from dure.foundation.procedure.acting import start

    start(_mapping(effect)["flow"], by or case.opened_by, case.subject, about=f"case:{case.pk}",
          organisation=case.organisation, facts=case.facts, now=now)  # fmt: skip
    del flow


def _schedule(case: Case, flow: Flow, effect: Effect, by: "Person | None", now: datetime) -> None:
    from dure.foundation.procedure.acting import CALENDAR

    asked = _mapping(effect)
    Due.objects.create(
        case=case, state=case.state, move=asked["move"], at=CALENDAR.deadline(now, asked["working_days"])
    )
    del flow, by


def _mapping(effect: Effect) -> Mapping[str, Any]:
    found: Any = effect.settings
    return dict(found)


_OURS: Mapping[str, Callable[[Case, Flow, Effect, Any, datetime], None]] = {
    "notify": _notify, "set": _set, "lock": _lock, "create": _create, "schedule": _schedule,
}  # fmt: skip

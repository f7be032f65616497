"""Each rule held against a request: which premises are met, whether the rule is in force, how its duties stand.

The states and their names are those of the compliance reports of the ODRL evaluators' working group (attempt, activation, satisfaction,
performance, deontic). A premise is `True`, `False`, or `None` where the world does not say; a permission needs all of its
premises, a prohibition stands unless one of them is known to be unmet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dure.sharing.policies.policy import Constraint, Logical, Policy, Request, Rule, Value, moment
from dure.sharing.policies.values import LASTING, Belongs, compared, length, within
from dure.sharing.policies.words import granted, included

Condition = Constraint | Logical
BEFORE = Constraint("event", "lt", "policyUsage")


@dataclass(frozen=True, slots=True)
class Premise:
    """One thing a rule presupposes: its `target`, `party`, `action` or a `constraint`, and whether it is so."""

    kind: str
    met: bool | None
    place: str
    clause: Condition | None = None
    left: object = None
    parts: tuple["Premise", ...] = ()


@dataclass(frozen=True, slots=True)
class DutyState:
    """How a duty stands: `performance` performed | unperformed | unknown, `deontic` fulfilled | violated | unset."""

    duty: Rule
    place: str
    performance: str
    deontic: str
    before: bool = False

    @property
    def hinders(self) -> bool:
        """Whether the permission granted against it is not in force."""
        return self.deontic == "violated" or (self.before and self.deontic != "fulfilled")


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule says to a request; `kind` is permission, prohibition or obligation."""

    rule: Rule
    place: str
    kind: str
    active: bool
    premises: tuple[Premise, ...]
    conditions: tuple[DutyState, ...]
    attempted: bool = True


def reports(policy: Policy, request: Request) -> tuple[RuleReport, ...]:
    """Every rule of `policy` held against `request`, in the policy's order."""
    return tuple(_report(rule, place, request) for place, rule in policy.rules())


def _report(rule: Rule, place: str, request: Request) -> RuleReport:
    kind = place.split("[", maxsplit=1)[0]
    premises = tuple(_premises(rule, place, kind, request))
    conditions = tuple(duty_state(duty, f"{place}.duty[{n}]", request) for n, duty in enumerate(rule.duties))
    if kind == "permission":
        active = all(one.met is True for one in premises) and not any(one.hinders for one in conditions)
    else:
        active = all(one.met is not False for one in premises)
    return RuleReport(rule, place, kind, active, premises, conditions)


def _premises(rule: Rule, place: str, kind: str, request: Request) -> list[Premise]:
    found = []
    if rule.target:
        belongs = _belongs(request, request.target, rule.target)
        found.append(_refined("target", belongs, rule.target_refinements, f"{place}.target", request))
    if rule.assignee:
        belongs = _belongs(request, request.party, rule.assignee)
        found.append(_refined("party", belongs, rule.assignee_refinements, f"{place}.assignee", request))
    if rule.action:
        covers = granted if kind == "permission" else included
        same = covers(request.action, rule.action)
        found.append(_refined("action", same, rule.refinements, f"{place}.action", request))
    return found + [
        _judged(one, f"{place}.constraint[{n}]", request) for n, one in enumerate(rule.constraints)
    ]


def _refined(kind: str, same: bool, finer: tuple[Condition, ...], place: str, request: Request) -> Premise:
    parts = tuple(_judged(one, f"{place}.refinement[{n}]", request) for n, one in enumerate(finer))
    return Premise(kind, _all((same, *(one.met for one in parts))), place, parts=parts)


def _judged(clause: Condition, place: str, request: Request) -> Premise:
    if isinstance(clause, Logical):
        parts = tuple(
            _judged(one, f"{place}.{clause.kind}[{n}]", request) for n, one in enumerate(clause.parts)
        )
        return Premise(
            "constraint", _joined(clause.kind, [one.met for one in parts]), place, clause, parts=parts
        )
    left = left_value(clause, request)
    right: object = clause.right
    if clause.left in LASTING:
        left, right = _lengths(left, clause.right, request)
    met = compared(left, clause.operator, right, _member(clause.left, request)) if right is not None else None  # type: ignore[arg-type]  # a length of time is compared like a value, though no policy holds one
    return Premise("constraint", met, place, clause, left)


def left_value(clause: Constraint, request: Request) -> object:
    """What the world says of a left operand; `None` if it says nothing."""
    if clause.left == "dateTime":
        return moment(request.at)
    known = request.facts.get(clause.left)
    if known is not None or clause.left not in ("recipient", "dure:participant", "elapsedTime"):
        return known
    agreed = request.facts.get("agreed")
    if clause.left == "elapsedTime":
        return moment(request.at) - moment(agreed) if isinstance(agreed, datetime) else None
    return request.party


def _lengths(left: object, right: Value, request: Request) -> tuple[object, timedelta | None]:
    """Both sides as lengths of time, counted from the agreement (a month is as long as it is there)."""
    agreed = request.facts.get("agreed")
    since = moment(agreed) if isinstance(agreed, datetime) else moment(request.at)
    try:
        known = length(left, since) if isinstance(left, str) else left
        return known, length(str(right), since)
    except ValueError:
        return left, None


def _all(states: tuple[bool | None, ...]) -> bool | None:
    return False if False in states else None if None in states else True


def _joined(kind: str, states: list[bool | None]) -> bool | None:
    """Kleene's logic; `xone` is exactly one, `andSequence` is `and` (no order of events is known)."""
    if kind == "or":
        return True if True in states else None if None in states else False
    if kind == "xone":
        if states.count(True) > 1:
            return False
        return None if None in states else states.count(True) == 1
    return _all(tuple(states))


def _member(left: str, request: Request) -> Belongs:
    return lambda part, whole: within(left, part, whole) or _belongs(request, part, whole)


def _belongs(request: Request, one: str, whole: str) -> bool:
    """Whether something is `whole` or a member of it, over as many steps as the world tells."""
    known = request.facts.get("partOf")
    wholes = known if isinstance(known, Mapping) else {}
    seen, queue = {one}, [one]
    while queue and whole not in seen:
        further = wholes.get(queue.pop(), ())
        fresh = ({further} if isinstance(further, str) else set(further)) - seen
        queue.extend(fresh)
        seen |= fresh
    return whole in seen


def duty_state(duty: Rule, place: str, request: Request) -> DutyState:
    """How a duty stands, by what the world says of it, else by its deadline (a constraint on `dateTime`).

    A violated duty whose consequences are all fulfilled counts as fulfilled (ODRL 2.2, §2.6.5).
    """
    before = BEFORE in _plain(duty.constraints)
    said = _said(duty, request)
    if said == "fulfilled":
        return DutyState(duty, place, "performed", "fulfilled", before)
    if said == "violated" or _too_late(duty, request):
        made_good = duty.duties and all(_said(one, request) == "fulfilled" for one in duty.duties)
        return DutyState(duty, place, "unperformed", "fulfilled" if made_good else "violated", before)
    return DutyState(duty, place, "unknown", "unset", before)


def _plain(clauses: tuple[Condition, ...]) -> set[Constraint]:
    return {Constraint(one.left, one.operator, one.right) for one in clauses if isinstance(one, Constraint)}


def _said(duty: Rule, request: Request) -> object:
    known = request.facts.get("duties")
    if not isinstance(known, Mapping):
        return None
    return known.get(duty.uid, known.get(duty.action)) if duty.uid else known.get(duty.action)


def _too_late(duty: Rule, request: Request) -> bool:
    times = [one for one in duty.constraints if isinstance(one, Constraint) and one.left == "dateTime"]
    return any(one.operator in ("lt", "lteq") and _judged(one, "", request).met is False for one in times)

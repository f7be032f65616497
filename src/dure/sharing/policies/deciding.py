"""The decision on a request, and why: default deny, and a prohibition wins over every permission."""

from dataclasses import dataclass

from dure.sharing.policies.judging import DutyState, Premise, RuleReport, reports
from dure.sharing.policies.phrases import action_label, clause_words, fact_words, value_words, with_particle
from dure.sharing.policies.policy import Constraint, Policy, Request
from dure.sharing.policies.words import granted
from dure.vocabulary import Text

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a request is refused: the rule, the place of its clause, what is missing, and what would mend it."""

    rule: str
    clause: str
    missing: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed. `owed` are duties that the permission is granted against and that are still open."""

    allowed: bool
    reasons: tuple[Reason, ...] = ()
    owed: tuple[DutyState, ...] = ()
    reports: tuple[RuleReport, ...] = ()


def evaluate(policy: Policy, request: Request) -> Decision:
    """Decide `request` under `policy`.

    Returns
    -------
    Allowed if some permission is in force and no prohibition is. A prohibition whose conditions cannot be checked stands. Refused, the
    reasons name every prohibition in force, else what each permission that speaks of the action lacks, the nearest first.

    >>> from datetime import UTC, datetime
    >>> offer = Policy.from_odrl({"@type": "Offer", "@id": "urn:1", "permission": [{
    ...     "action": "use",
    ...     "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "quality"}]}]})
    >>> asked = Request("read", "urn:data", "did:web:b.example", datetime(2026, 1, 1, tzinfo=UTC))
    >>> evaluate(offer, asked).reasons[0].missing.en
    'The purpose is not stated; required: for the purpose “quality”.'
    """
    found = reports(policy, request)
    forbidding = [one for one in found if one.kind == "prohibition" and one.active]
    granting = [one for one in found if one.kind == "permission" and one.active]
    if granting and not forbidding:
        return Decision(True, (), _owed(granting[0]), found)
    reasons = [_forbidden(one, request) for one in forbidding] or _lacking(found, request)
    return Decision(False, tuple(reasons[:MOST_REASONS]), (), found)


def _owed(granting: RuleReport) -> tuple[DutyState, ...]:
    return tuple(one for one in granting.conditions if one.deontic != "fulfilled")


def _forbidden(report: RuleReport, request: Request) -> Reason:
    act = action_label(request.action)
    unknown = next((one for one in report.premises if one.met is None), None)
    if unknown is not None:
        words = _clause(unknown)
        missing = Text(
            f"{_capital(act.en)} is forbidden, and it cannot be told whether the exception holds: {words.en}.",
            f"{with_particle(act.ko, '이')} 금지되어 있고, 예외에 해당하는지 확인할 수 없습니다: {words.ko}.",
        )
        return Reason(report.rule.uid, unknown.place, missing, _state(unknown))
    missing = Text(
        f"{_capital(act.en)} is forbidden by this clause.",
        f"이 조항이 {with_particle(act.ko, '을')} 금지합니다.",
    )
    fix = Text(
        "Negotiate an agreement without this prohibition.", "이 금지가 없는 조건으로 다시 협상해 주세요."
    )
    return Reason(report.rule.uid, report.place, missing, fix)


def _lacking(found: tuple[RuleReport, ...], request: Request) -> list[Reason]:
    spoken = [one for one in found if one.kind == "permission" and _speaks(one, request)]
    if not spoken:
        act = action_label(request.action)
        return [
            Reason(
                "", "permission",
                Text(f"No permission covers this: {act.en}.", f"이 이용을 허락하는 조항이 없습니다: {act.ko}."),
                Text("Ask the owner for a permission that names it.", "소유자에게 이 이용을 적은 허락을 요청해 주세요."),
            )
        ]  # fmt: skip
    return [reason for one in sorted(spoken, key=_gap) for reason in _gaps(one, request)]


def _speaks(report: RuleReport, request: Request) -> bool:
    return not report.rule.action or granted(request.action, report.rule.action)


def _gap(report: RuleReport) -> int:
    return sum(one.met is not True for one in report.premises) + sum(one.hinders for one in report.conditions)


def _gaps(report: RuleReport, request: Request) -> list[Reason]:
    unmet = [one for premise in report.premises if premise.met is not True for one in _leaves(premise)]
    reasons = [Reason(report.rule.uid, one.place, _missing(one, request), _fix(one)) for one in unmet]
    return reasons + [
        Reason(report.rule.uid, one.place, _undone(one), _do(one)) for one in report.conditions if one.hinders
    ]


def _leaves(premise: Premise) -> list[Premise]:
    """The unmet parts of a premise; of alternatives the alternative itself, for any of its parts would do."""
    clause = premise.clause
    inner = [one for one in premise.parts if one.met is not True]
    joint = clause is None or getattr(clause, "kind", "") in ("and", "andSequence")
    return [leaf for one in inner for leaf in _leaves(one)] if inner and joint else [premise]


def _missing(premise: Premise, request: Request) -> Text:
    if premise.kind == "target":
        return Text(
            f"The rule speaks of other data than {request.target}.",
            f"이 조항은 {request.target}이(가) 아닌 다른 데이터에 관한 것입니다.",
        )
    if premise.kind == "party":
        return Text(
            f"{request.party} is not the party it is granted to.",
            f"{request.party}은(는) 이 조항이 허락한 상대가 아닙니다.",
        )
    if premise.kind == "action":
        act = action_label(request.action)
        return Text(
            f"This kind of use is not covered: {act.en}.", f"이 방식의 이용은 포함되지 않습니다: {act.ko}."
        )
    words, clause = _clause(premise), premise.clause
    if isinstance(clause, Constraint) and premise.left is None:
        fact = fact_words(clause.left)
        return Text(
            f"The {fact.en} is not stated; required: {words.en}.",
            f"{with_particle(fact.ko, '이')} 제시되지 않았습니다. 필요한 조건: {words.ko}.",
        )
    if isinstance(clause, Constraint):
        now = value_words(premise.left, clause.left)
        return Text(
            f"Required: {words.en}; it is {now.en}.", f"필요한 조건: {words.ko}. 지금은 {now.ko}입니다."
        )
    return Text(f"None of what is required is met: {words.en}.", f"필요한 조건에 맞지 않습니다: {words.ko}.")  # fmt: skip


def _fix(premise: Premise) -> Text:
    if premise.kind == "target":
        return Text("Ask for the data the agreement names.", "계약에 적힌 데이터를 요청해 주세요.")
    if premise.kind == "party":
        return Text(
            "Ask as the party named, or have the agreement extended to you.",
            "계약 상대의 신원으로 요청하거나, 계약 상대에 추가해 달라고 요청해 주세요.",
        )
    if premise.kind == "action":
        return Text(
            "Ask the owner for a permission that names it.", "소유자에게 이 이용을 적은 허락을 요청해 주세요."
        )
    return _state(premise)


def _state(premise: Premise) -> Text:
    clause = premise.clause
    if isinstance(clause, Constraint) and clause.left in ("dateTime", "elapsedTime"):
        return Text(
            "Use it within that time, or agree on a new term.",
            "그 기간 안에 이용하거나 기간을 다시 합의해 주세요.",
        )
    if isinstance(clause, Constraint) and premise.left is None:
        fact = fact_words(clause.left)
        return Text(f"Present it with the request: {fact.en}.", f"요청할 때 함께 제시해 주세요: {fact.ko}.")
    if isinstance(clause, Constraint) and clause.left in ("count", "payAmount", "percentage", "meteredTime"):
        return Text("Agree on a larger amount.", "한도를 늘려 다시 합의해 주세요.")
    return Text("Meet the condition, or negotiate another.", "조건을 갖추거나 조건을 다시 협상해 주세요.")  # fmt: skip


def _undone(state: DutyState) -> Text:
    act = action_label(state.duty.action)
    if state.deontic == "violated":
        return Text(f"A duty was not fulfilled: {act.en}.", f"의무를 이행하지 않았습니다: {act.ko}.")
    return Text(f"A duty comes before the use: {act.en}.", f"이용 전에 이행할 의무가 있습니다: {act.ko}.")


def _do(state: DutyState) -> Text:
    act = action_label(state.duty.action)
    return Text(f"Fulfil it and have it recorded: {act.en}.", f"이행하고 기록으로 남겨 주세요: {act.ko}.")


def _clause(premise: Premise) -> Text:
    return clause_words(premise.clause) if premise.clause is not None else Text("this condition", "이 조건")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

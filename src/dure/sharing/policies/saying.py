"""A policy as sentences that the owner of a plant understands, in English and Korean."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dure.sharing.policies.phrases import clause_words, with_particle
from dure.sharing.policies.policy import Constraint, Policy, Rule
from dure.sharing.policies.words import POLICY_WORDS
from dure.vocabulary import Text

Names = Mapping[str, str]


def plain(policy: Policy, names: Names | None = None) -> Text:
    """`policy` in words, one sentence a line.

    Parameters
    ----------
    names
        What assets and parties are called, by their identifiers; without a name the identifier is said.

    >>> offer = Policy.from_odrl({"@type": "Offer", "@id": "urn:1", "target": "urn:d", "permission": [{
    ...     "action": ["read", "dure:train"],
    ...     "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": 3}]}]})
    >>> print(plain(offer, {"urn:d": "용접 전류"}).ko)
    누구나 ‘용접 전류’를 열람하고 모델 학습에 쓸 수 있습니다. 조건: 이용 횟수 3회 이하.
    그 밖의 이용은 모두 허락되지 않습니다.
    """
    lines = sentences(policy, names)
    return Text("\n".join(one.en for one in lines), "\n".join(one.ko for one in lines))


def sentences(policy: Policy, names: Names | None = None) -> tuple[Text, ...]:
    """The sentences of `plain`, rules that differ in their action alone told together."""
    names = names or {}
    lines: list[Text] = []
    for rules in _together(policy.permissions):
        lines += _permitted(rules, names)
    lines += [_forbidden(rules, names) for rules in _together(policy.prohibitions)]
    lines += [_owed(rule, names, f"{_who(rule, names).en} must") for rule in policy.duties]
    return (*lines, Text("Every other use is not allowed.", "그 밖의 이용은 모두 허락되지 않습니다."))


def _together(rules: tuple[Rule, ...]) -> Iterable[list[Rule]]:
    groups: dict[Rule, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(replace(rule, action="", uid=""), []).append(rule)
    return groups.values()


def _permitted(rules: list[Rule], names: Names) -> list[Text]:
    first = rules[0]
    who, what = _who(first, names), _what(first, names)
    conditions = _conditions(first, names)
    en = f"{who.en} may {_verbs(rules, what.en)}{_only(conditions, 'en')}."
    *early, last = [_endings(rule) for rule in rules]
    done = " ".join([*(one[0] for one in early), last[1]])
    ko = f"{_subject(first, who)} {with_particle(what.ko, '을')} {done} 수 있습니다.{_only(conditions, 'ko')}"
    return [
        Text(en, ko),
        *(_owed(_of(duty, first), names, "In return,", "그 대가로") for duty in first.duties),
    ]


def _of(duty: Rule, rule: Rule) -> Rule:
    """A duty with the party and data of its permission, where it names none."""
    return replace(duty, assignee=duty.assignee or rule.assignee, target=duty.target or rule.target)


def _forbidden(rules: list[Rule], names: Names) -> Text:
    first = rules[0]
    who, what = _who(first, names), _what(first, names)
    conditions = _conditions(first, names)
    nobody = "Nobody may" if not first.assignee else f"{who.en} may not"
    en = f"{nobody} {_verbs(rules, what.en, 'or')}{_only(conditions, 'en')}."
    *early, last = [_endings(rule) for rule in rules]
    done = " ".join([*(f"{one[0].removesuffix('고')}거나" for one in early), last[2]])
    subject = "누구도" if not first.assignee else with_particle(who.ko, "은")
    return Text(
        en, f"{subject} {with_particle(what.ko, '을')} {done}서는 안 됩니다.{_only(conditions, 'ko')}"
    )


def _owed(duty: Rule, names: Names, en: str, ko: str = "") -> Text:
    amount = _refined(duty, names)
    conditions = [clause_words(one, names) for one in duty.constraints]
    verb = _verb(duty.action, "do “{}” for")
    ending = _endings(duty)[2]
    target = _what(duty, names)
    must = en if en.endswith("must") else f"{en} {_who(duty, names, 'the receiver').en} must"
    said_en = f"{must} {verb} {target.en}{amount.en}" + "".join(f" {one.en}" for one in conditions) + "."
    when = "".join(f"{one.ko}{'에' if one.ko.endswith(('전', '후', '이내')) else ''} " for one in conditions)
    subject = with_particle(_who(duty, names, "the receiver").ko, "은")
    object_ = (
        ""
        if ending.startswith(("대가", "이용 사실", "출처", "동의"))
        else f"{with_particle(target.ko, '을')} "
    )
    parts = [ko, subject, f"{when}{object_}{amount.ko}{ending}야 합니다."]
    return Text(said_en, " ".join(one for one in parts if one))


def _refined(rule: Rule, names: Names) -> Text:
    """What narrows an action: of a payment the amount."""
    amounts = [one for one in rule.refinements if isinstance(one, Constraint) and one.left == "payAmount"]
    others = [clause_words(one, names) for one in rule.refinements if one not in amounts]
    said = [_money(one) for one in amounts]
    en = "".join(f" with {one.en}" for one in said) + "".join(f" ({one.en})" for one in others)
    ko = "".join(f"{one.ko}의 " for one in said) + "".join(f"({one.ko}) " for one in others)
    return Text(en, ko)


def _money(clause: Constraint) -> Text:
    amount = f"{clause.right:,}" if isinstance(clause.right, int | float) else str(clause.right)
    return Text(
        f"{amount} {clause.unit}".strip(),
        f"{amount}원" if clause.unit == "KRW" else f"{amount} {clause.unit}".strip(),
    )


def _conditions(rule: Rule, names: Names) -> list[Text]:
    clauses = (*rule.constraints, *rule.refinements, *rule.target_refinements, *rule.assignee_refinements)
    return [clause_words(one, names) for one in clauses]


def _only(conditions: list[Text], language: str) -> str:
    if not conditions:
        return ""
    if language == "en":
        return " " + ", ".join(one.en for one in conditions)
    return f" 조건: {', '.join(one.ko for one in conditions)}."


def _verbs(rules: list[Rule], what: str, joint: str = "and") -> str:
    verbs = [_verb(rule.action, "“{}”") for rule in rules]
    return f"{verbs[0]} {what}" if len(verbs) == 1 else f"{', '.join(verbs[:-1])} {joint} {verbs[-1]} {what}"


def _verb(action: str, foreign: str) -> str:
    known = POLICY_WORDS.get(action)
    if known is not None and known.says is not None:
        return known.says.en
    return foreign.format(action) if action else "do anything with"


def _endings(rule: Rule) -> list[str]:
    known = POLICY_WORDS.get(rule.action)
    name = f"‘{rule.action}’ " if rule.action else "무엇이든 "
    return known.says.ko.split("|") if known and known.says else [f"{name}하고", f"{name}할", f"{name}해"]


def _who(rule: Rule, names: Names, otherwise: str = "Anybody") -> Text:
    if rule.assignee:
        said = names.get(rule.assignee, rule.assignee)
        return Text(said, said)
    return Text(otherwise, "누구나" if otherwise == "Anybody" else "받는 쪽")


def _subject(rule: Rule, who: Text) -> str:
    return with_particle(who.ko, "은") if rule.assignee else who.ko


def _what(rule: Rule, names: Names) -> Text:
    if not rule.target:
        return Text("the data", "데이터")
    said = names.get(rule.target, rule.target)
    return Text(f"“{said}”", f"‘{said}’")

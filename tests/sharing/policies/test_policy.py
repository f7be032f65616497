"""What holds for every policy and every request, what is refused, and how it is said."""

import contextlib
import copy
import functools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.sharing.policies import (
    ACTIONS,
    POLICY_WORDS,
    Constraint,
    Logical,
    Policy,
    PolicyWrong,
    Request,
    Rule,
    action_of,
    evaluate,
    permit,
    plain,
    reports,
    sentences,
    term_of,
    with_particle,
)
from dure.vocabulary import Action

SHARED = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[4] / "shared"))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACTS = [
    "use",
    "read",
    "reproduce",
    "extract",
    "distribute",
    "sell",
    "transfer",
    *ACTIONS.values(),
    "https://x.example/act",
]
LEFTS = [
    "purpose",
    "count",
    "industry",
    "spatial",
    "dateTime",
    "elapsedTime",
    "recipient",
    "event",
    "dure:membership",
]
PARTIES, ASSETS = ["did:web:a", "did:web:b", "urn:group"], ["urn:x", "urn:y", "urn:all"]
CODES = ["quality", "2720", "27", "C", "KR-48", "KR", "did:web:a"]

values: dict[str, st.SearchStrategy[Any]] = {
    "dateTime": st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days)),
    "elapsedTime": st.sampled_from(["P1D", "P2M", "PT36H", "P1Y"]),
    "count": st.integers(0, 4),
}


@st.composite
def constraints(draw: st.DrawFn) -> Constraint:
    left = draw(st.sampled_from(LEFTS))
    operators = [
        "eq",
        "neq",
        "lt",
        "lteq",
        "gt",
        "gteq",
        "isAnyOf",
        "isNoneOf",
        "isAllOf",
        "isPartOf",
        "isA",
        "hasPart",
    ]
    operator = draw(st.sampled_from(operators))
    value = values.get(left, st.sampled_from(CODES))
    several = operator in ("isAnyOf", "isNoneOf", "isAllOf")
    right = draw(st.lists(value, min_size=1, max_size=3).map(tuple)) if several else draw(value)
    return Constraint(left, operator, right)


clauses = st.recursive(
    constraints(),
    lambda inner: st.builds(
        Logical,
        st.sampled_from(["and", "or", "xone", "andSequence"]),
        st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=5,
)
duties = st.builds(
    Rule,
    st.sampled_from(["compensate", "delete"]),
    constraints=st.lists(constraints(), max_size=1).map(tuple),
)
rules = st.builds(
    Rule,
    st.sampled_from(["", *ACTS]),
    st.sampled_from(["", *ASSETS]),
    st.just(""),
    st.sampled_from(["", *PARTIES]),
    st.lists(clauses, max_size=2).map(tuple),
    st.lists(duties, max_size=1).map(tuple),
)
few = settings(max_examples=30)  # policies are long to draw
some = st.lists(rules, max_size=2).map(tuple)
policies = st.builds(
    Policy, st.just("urn:p"), st.sampled_from(["set", "offer", "agreement"]), some, some, some
).filter(lambda policy: policy.rules() != ())
facts = st.fixed_dictionaries(
    {},
    optional={
        "purpose": st.sampled_from(CODES),
        "count": st.integers(0, 4),
        "industry": st.sampled_from(["2720", "0111"]),
        "spatial": st.sampled_from(["KR-48", "US"]),
        "dure:membership": st.lists(st.sampled_from(CODES), max_size=2),
        "agreed": st.just(NOW - timedelta(days=40)),
        "partOf": st.just({"urn:x": "urn:all", "did:web:a": ["urn:group"]}),
        "duties": st.dictionaries(
            st.sampled_from(["compensate", "delete"]), st.sampled_from(["fulfilled", "violated", "unset"])
        ),
    },
)
requests = st.builds(
    Request, st.sampled_from(ACTS), st.sampled_from(ASSETS), st.sampled_from(PARTIES), st.just(NOW), facts
)


@given(policies, requests)
@few
def test_without_a_permission_in_force_nothing_is_allowed(policy: Policy, request: Request) -> None:
    decision = evaluate(policy, request)
    active = {one.kind for one in decision.reports if one.active}
    assert decision.allowed == ("permission" in active and "prohibition" not in active)
    assert decision.allowed == (decision.reasons == ())
    for reason in decision.reasons:
        assert all((reason.clause, reason.missing.en, reason.missing.ko, reason.fix.en, reason.fix.ko))
    assert not evaluate(replace(policy, permissions=()), request).allowed


@given(policies, requests, rules)
@few
def test_a_further_prohibition_never_allows_more(policy: Policy, request: Request, rule: Rule) -> None:
    stricter = replace(policy, prohibitions=(*policy.prohibitions, rule))
    assert evaluate(policy, request).allowed or not evaluate(stricter, request).allowed


@given(policies, requests)
@few
def test_a_prohibition_of_everything_wins_over_every_permission(policy: Policy, request: Request) -> None:
    assert not evaluate(replace(policy, prohibitions=(*policy.prohibitions, Rule())), request).allowed


@given(policies, requests, clauses)
@few
def test_a_further_condition_on_permissions_never_allows_more(
    policy: Policy, request: Request, clause: Any
) -> None:
    narrowed = tuple(replace(one, constraints=(*one.constraints, clause)) for one in policy.permissions)
    assert (
        evaluate(policy, request).allowed
        or not evaluate(replace(policy, permissions=narrowed), request).allowed
    )


@given(policies, requests, st.sampled_from(["purpose", "count", "industry", "spatial", "dure:membership"]))
@few
def test_telling_less_of_the_world_never_allows_more_by_permission(
    policy: Policy, request: Request, fact: str
) -> None:
    less = replace(request, facts={key: value for key, value in request.facts.items() if key != fact})
    before, after = reports(policy, request), reports(policy, less)
    for known, unknown in zip(before, after, strict=True):
        if known.kind == "prohibition":
            assert unknown.active or not known.active
        elif known.kind == "permission":
            assert known.active or not unknown.active


@given(policies)
@few
def test_a_policy_comes_back_from_its_json(policy: Policy) -> None:
    written = json.loads(json.dumps(policy.to_odrl()))
    assert Policy.from_odrl(written) == policy


@given(policies)
@few
def test_every_policy_can_be_said_in_both_languages(policy: Policy) -> None:
    said = plain(policy, {"urn:x": "용접 전류", "did:web:a": "동진산업"})
    assert said.en.endswith("Every other use is not allowed.")
    assert said.ko.endswith("그 밖의 이용은 모두 허락되지 않습니다.")
    assert all(one.en.endswith(".") and one.ko.endswith(".") for one in sentences(policy))


AGREEMENT: dict[str, Any] = {
    "@type": "Agreement", "@id": "urn:1", "target": "urn:x", "assigner": "did:web:b", "assignee": "did:web:a",
    "permission": [{
        "action": {"rdf:value": {"@id": "odrl:use"}, "refinement": [{"leftOperand": "count", "operator": "lteq", "rightOperand": 3}]},
        "constraint": [
            {"or": [
                {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["quality", "upkeep"]},
                {"leftOperand": "elapsedTime", "operator": "lt", "rightOperand": {"@value": "P1Y", "@type": "xsd:duration"}},
            ]},
            {"leftOperand": "dateTime", "operator": "lt", "rightOperand": {"@value": "2027-01-01T00:00:00+09:00", "@type": "xsd:dateTime"}},
        ],
        "duty": [{"action": "compensate", "constraint": [{"leftOperand": "event", "operator": "lt", "rightOperand": "policyUsage"}]}],
    }],
    "prohibition": [{"action": ["dure:pass-on", "sell"], "target": {"@type": "AssetCollection", "@id": "urn:all"}}],
    "obligation": [{"action": "delete", "consequence": [{"action": "inform"}]}],
}  # fmt: skip
ODD: list[Any] = [
    None, True, -1, 1.5, 10**30, float("nan"), "", "x", [], {}, [[]], {"@id": "x"}, {"@id": []}, {"@value": "1"}, {"@value": {}},
    {"@value": "P1D", "@type": "xsd:duration"}, {"@value": "2026-01-01", "@type": "xsd:date"}, "9999-12-31T23:59:59Z", "P99999Y",
    "dateTime", "elapsedTime", "isAnyOf", "hasPart", {"xone": [{"leftOperand": "count", "operator": "eq", "rightOperand": 1}]},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document below its root."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in inner for found in [(*path, key), *places(one, (*path, key))]]


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    functools.reduce(lambda inner, key: inner[key], path[:-1], changed)[path[-1]] = value
    return changed


@given(st.sampled_from(places(AGREEMENT)), st.sampled_from(ODD))
@settings(max_examples=300)
def test_whatever_stands_anywhere_in_a_policy_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:
    with contextlib.suppress(PolicyWrong):
        policy = Policy.from_odrl(put(AGREEMENT, path, value))
        assert Policy.from_odrl(json.loads(json.dumps(policy.to_odrl()))) == policy
        evaluate(policy, asking("use", purpose={}, count=[], agreed=NOW, duties=[], partOf=3))
        assert plain(policy).ko


def deep(levels: int) -> dict[str, Any]:
    clause: dict[str, Any] = {"leftOperand": "count", "operator": "lt", "rightOperand": 1}
    for _ in range(levels):
        clause = {"and": [clause]}
    return {"@type": "Set", "permission": [{"action": "use", "constraint": [clause]}]}


def with_rule(**rule: Any) -> dict[str, Any]:
    return {"@type": "Set", "permission": [{"action": "use", **rule}]}


def with_constraint(**constraint: Any) -> dict[str, Any]:
    return with_rule(constraint=[{"leftOperand": "count", "operator": "lt", "rightOperand": 1, **constraint}])


@pytest.mark.parametrize(
    "document",
    [
        deep(200),
        {"@type": "Set"},
        {"@type": "Set", "permission": []},
        {"@type": "Set", "permission": [{"action": "use"}] * 257},
        {"@type": "Set", "permission": [{"action": ["use"] * 30, "target": ["urn:x"] * 30}]},
        {"@type": "Ticket", "permission": [{"action": "use"}]},
        {"@type": "Set", "conflict": "perm", "permission": [{"action": "use"}]},
        {"@type": "Set", "inheritFrom": "urn:parent", "permission": [{"action": "use"}]},
        {"@type": "Set", "@graph": [], "permission": [{"action": "use"}]},
        {"@type": "Set", "permission": [{"action": "use"}], "odrl:permission": [{"action": "sell"}]},
        with_rule(constraints=[]),
        with_rule(constraint=[{"leftOperand": "count"}]),
        with_rule(constraint=[{"and": []}]),
        with_rule(constraint="count < 1"),
        with_rule(target={"@type": "AssetCollection"}),
        with_constraint(operator="EQ"),
        with_constraint(**{"or": []}),
        with_constraint(rightOperand=None),
        with_constraint(leftOperand="dateTime", rightOperand="tomorrow"),
        with_constraint(leftOperand="elapsedTime", rightOperand="P"),
        with_constraint(rightOperand="x" * 5000),
        with_constraint(rightOperand=float("inf")),
        with_constraint(rightOperand={"@value": "1e999", "@type": "xsd:double"}),
        with_constraint(rightOperand={"@value": "9" * 40, "@type": "xsd:integer"}),
        with_constraint(rightOperand={"@value": "0001-01-01T00:00:00+14:00", "@type": "xsd:dateTime"}),
        with_constraint(rightOperand={"@value": "9999-12-31T23:59:59Z", "@type": "xsd:dateTime"}),
        with_constraint(rightOperand={"@id": ["urn:a"]}),
        with_constraint(rightOperandReference="https://x.example/value"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(PolicyWrong):
        Policy.from_odrl(document)


def asking(action: str = "read", **known: object) -> Request:
    return Request(action, "urn:x", "did:web:a", NOW, known)


def only_if(*clause: Constraint | Logical, kind: str = "permissions") -> Policy:
    return Policy("urn:p", **{kind: (Rule("use", constraints=clause),)})  # type: ignore[arg-type]  # the groups of rules are named


@pytest.mark.parametrize(
    ("clause", "known", "allowed"),
    [
        (Constraint("purpose", "isAnyOf", ("quality", "upkeep")), {"purpose": "upkeep"}, True),
        (Constraint("purpose", "isNoneOf", ("sales",)), {"purpose": "upkeep"}, True),
        (Constraint("purpose", "isNoneOf", ("sales",)), {}, False),
        (Constraint("industry", "isPartOf", "C"), {"industry": "2720"}, True),
        (Constraint("industry", "isPartOf", "27"), {"industry": "2812"}, False),
        (Constraint("spatial", "isPartOf", "KR"), {"spatial": "KR-48"}, True),
        (Constraint("spatial", "isPartOf", "K"), {"spatial": "KR-48"}, False),
        (Constraint("dure:membership", "eq", "hub"), {"dure:membership": ["club", "hub"]}, True),
        (Constraint("dure:membership", "isAllOf", ("hub", "club")), {"dure:membership": ["hub"]}, False),
        (Constraint("count", "lteq", 3), {"count": 3}, True),
        (Constraint("count", "lteq", 3), {"count": "3"}, False),
        (Constraint("count", "lteq", 3), {"count": True}, False),
        (Constraint("elapsedTime", "lteq", "P1M"), {"agreed": NOW - timedelta(days=31)}, True),
        (Constraint("elapsedTime", "lteq", "P30D"), {"agreed": NOW - timedelta(days=31)}, False),
        (Constraint("elapsedTime", "lteq", "P30D"), {}, False),
        (Constraint("recipient", "eq", "did:web:a"), {}, True),
        (Constraint("dure:participant", "isAnyOf", ("did:web:b",)), {}, False),
        (Logical("xone", (Constraint("count", "lt", 3), Constraint("count", "lt", 9))), {"count": 1}, False),
        (Logical("xone", (Constraint("count", "lt", 3), Constraint("count", "lt", 9))), {"count": 5}, True),
        (Logical("or", (Constraint("purpose", "eq", "q"), Constraint("count", "lt", 9))), {"count": 5}, True),
        (
            Logical("and", (Constraint("purpose", "eq", "q"), Constraint("count", "lt", 9))),
            {"count": 5},
            False,
        ),
    ],
)
def test_conditions_of_industry_decide_as_they_read(
    clause: Any, known: dict[str, object], allowed: bool
) -> None:
    assert evaluate(only_if(clause), asking(**known)).allowed == allowed


def test_a_prohibition_whose_exception_cannot_be_checked_stands() -> None:
    policy = Policy(
        "urn:p",
        permissions=(Rule("use"),),
        prohibitions=(Rule("use", constraints=(Constraint("purpose", "eq", "sales"),)),),
    )
    assert evaluate(policy, asking(purpose="quality")).allowed
    refused = evaluate(policy, asking())
    assert not refused.allowed
    assert refused.reasons[0].clause == "prohibition[0].constraint[0]"
    assert "cannot be told" in refused.reasons[0].missing.en


def test_a_reason_names_the_clause_what_is_missing_and_the_fix() -> None:
    policy = Policy(
        "urn:p",
        permissions=(Rule("read", constraints=(Constraint("purpose", "eq", "quality"),), uid="urn:r"),),
    )
    (reason,) = evaluate(policy, asking()).reasons
    assert (reason.rule, reason.clause) == ("urn:r", "permission[0].constraint[0]")
    assert reason.missing.ko == "이용 목적이 제시되지 않았습니다. 필요한 조건: 이용 목적이 ‘quality’."
    assert reason.fix.en == "Present it with the request: purpose."
    (none,) = evaluate(policy, asking("sell")).reasons
    assert none.missing.en == "No permission covers this: sell."


def test_of_several_permissions_the_nearest_is_explained_first() -> None:
    far = Rule(
        "read",
        assignee="did:web:b",
        constraints=(Constraint("purpose", "eq", "x"), Constraint("count", "lt", 1)),
    )
    near = Rule("use", constraints=(Constraint("count", "lt", 1),))
    reasons = evaluate(Policy("urn:p", permissions=(far, near)), asking(count=5)).reasons
    assert reasons[0].clause == "permission[1].constraint[0]"
    assert len(reasons) == 4


def pay(*constraints: Constraint, **more: Any) -> Policy:
    duty = Rule("compensate", constraints=constraints, uid="urn:duty", **more)
    return Policy("urn:p", permissions=(Rule("use", duties=(duty,)),))


def test_a_duty_is_owed_until_it_is_fulfilled_and_ends_the_permission_when_violated() -> None:
    decision = evaluate(pay(), asking())
    assert [one.duty.uid for one in decision.owed] == ["urn:duty"]
    assert evaluate(pay(), asking(duties={"urn:duty": "fulfilled"})).owed == ()
    assert not evaluate(pay(), asking(duties={"compensate": "violated"})).allowed


def test_a_duty_before_the_use_or_past_its_deadline_hinders_it() -> None:
    before = pay(Constraint("event", "lt", "policyUsage"))
    assert not evaluate(before, asking()).allowed
    assert evaluate(before, asking(duties={"urn:duty": "fulfilled"})).allowed
    assert evaluate(pay(Constraint("dateTime", "lteq", NOW)), asking()).allowed
    late = evaluate(pay(Constraint("dateTime", "lt", NOW)), asking())
    assert late.reasons[0].missing.en == "A duty was not fulfilled: pay."


def test_a_consequence_makes_a_violated_duty_good() -> None:
    policy = pay(duties=(Rule("inform", uid="urn:late"),))
    assert not evaluate(policy, asking(duties={"urn:duty": "violated"})).allowed
    assert evaluate(policy, asking(duties={"urn:duty": "violated", "urn:late": "fulfilled"})).allowed


def test_exporting_and_passing_on_have_to_be_named() -> None:
    assert permit(Policy("urn:p", permissions=(Rule("use"),)), asking()).actions == {
        Action.PREPARE,
        Action.TRAIN,
    }
    named = Policy("urn:p", permissions=(Rule("dure:export"), Rule("distribute")))
    assert permit(named, asking()).actions == {Action.EXPORT, Action.SHARE}
    everything = Policy("urn:p", permissions=(Rule(),), prohibitions=(Rule("distribute"),))
    assert permit(everything, asking()).actions == {Action.PREPARE, Action.TRAIN, Action.EXPORT}
    assert permit(everything, asking()).data == ("urn:x",)


def test_acts_on_data_and_words_of_policies_lead_to_each_other() -> None:
    assert [action_of(term_of(action)) for action in Action] == list(Action)
    assert action_of("read") is None
    assert all(POLICY_WORDS[term].kind == "action" for term in ACTIONS.values())


def test_words_have_labels_and_endings_in_both_languages() -> None:
    for word in POLICY_WORDS.values():
        assert word.label.en
        assert word.label.ko
        assert word.kind != "action" or (word.says is not None and word.says.ko.count("|") == 2)
        assert not word.within or word.within in POLICY_WORDS


@pytest.mark.parametrize(
    ("word", "closed", "said"),
    [
        ("데이터", "을", "데이터를"),
        ("공급망", "이", "공급망이"),
        ("업종(ISIC)", "이", "업종(ISIC)이"),
        ("3", "은", "3은"),
        ("2", "과", "2와"),
    ],
)
def test_particles_follow_the_word(word: str, closed: str, said: str) -> None:
    assert with_particle(word, closed) == said


@pytest.fixture
def dsp() -> Path:
    folder = SHARED / "vectors" / "dsp" / "schemas"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the schemas of the Dataspace Protocol are not at {folder}", pytrace=False)
        pytest.skip("the schemas of the Dataspace Protocol are not here; set DURE_SHARED to their folder")
    return folder


def valid(dsp: Path) -> Callable[[dict[str, Any]], None]:
    schema = json.loads((dsp / "negotiation" / "contract-schema.json").read_text("utf-8"))
    return lambda document: jsonschema.validate(document, schema)


def test_our_agreements_and_offers_are_those_of_the_dataspace_protocol(dsp: Path) -> None:
    rule = Rule(
        "use",
        "urn:x",
        "did:web:a",
        "did:web:b",
        (Constraint("count", "lteq", 3), Constraint("dateTime", "lt", NOW)),
    )
    agreement = Policy(
        "urn:p", "agreement", (rule,), (replace(rule, action="dure:pass-on", assignee="did:web:c"),)
    )
    valid(dsp)(agreement.to_odrl())
    offer = Rule("use", "urn:x", constraints=(Constraint("purpose", "eq", "q"),))
    valid(dsp)(Policy("urn:o", "offer", (offer,)).to_odrl())


def test_the_policies_in_the_protocols_examples_are_read(dsp: Path) -> None:
    found = [
        one for path in dsp.rglob("example/*.json") for one in offered(json.loads(path.read_text("utf-8")))
    ]
    assert len(found) > 5
    for one in found:
        assert plain(Policy.from_odrl(one)).en


def offered(value: Any) -> list[dict[str, Any]]:
    """Offers and agreements anywhere in a message."""
    if isinstance(value, list):
        return [found for one in value for found in offered(one)]
    if not isinstance(value, dict):
        return []
    mine = [value] if value.get("@type") in ("Offer", "Agreement") and "permission" in value else []
    return mine + [found for one in value.values() for found in offered(one)]

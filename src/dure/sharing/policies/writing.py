"""From a policy to ODRL's JSON-LD, as compacted as the Dataspace Protocol wants it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dure.sharing.policies.policy import Constraint, Logical, Policy, Rule, Value, moment
from dure.sharing.policies.values import LASTING

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
_TYPES = {"offer": "Offer", "agreement": "Agreement", "set": "Set"}


def written(policy: Policy) -> dict[str, Any]:
    """`policy` as a JSON object; see `Policy.to_odrl`."""
    shared = {key: value for key in ("target", "assigner", "assignee") if (value := _shared(policy, key))}
    groups = (
        ("permission", policy.permissions), ("prohibition", policy.prohibitions), ("obligation", policy.duties),
    )  # fmt: skip
    return {
        "@context": CONTEXT,
        "@type": _TYPES[policy.kind],
        **_given("@id", policy.uid),
        **({"profile": list(policy.profiles)} if policy.profiles else {}),
        **shared,
        **{key: [_rule(rule, shared) for rule in rules] for key, rules in groups if rules},
    }


def _shared(policy: Policy, key: str) -> str:
    """What stands once at the policy: said by every rule and without refinement; a rule that differs says its own."""
    rules = [rule for _, rule in policy.rules()]
    said = [getattr(rule, key) for rule in rules if not getattr(rule, f"{key}_refinements", ())]
    return str(said[0]) if len(said) == len(rules) and all(said) else ""


def _rule(rule: Rule, shared: Mapping[str, str], inner: str = "duty") -> dict[str, Any]:
    duties = [_rule(duty, {}, "consequence") for duty in rule.duties]
    return {
        **_given("@id", rule.uid),
        **({"action": _part(rule.action, rule.refinements, "rdf:value")} if rule.action else {}),
        **_place(rule, "target", "AssetCollection", shared),
        **_place(rule, "assigner", "PartyCollection", shared),
        **_place(rule, "assignee", "PartyCollection", shared),
        **({"constraint": [_clause(one) for one in rule.constraints]} if rule.constraints else {}),
        **({inner: duties} if duties else {}),
        **({"remedy": [_rule(one, {}) for one in rule.remedies]} if rule.remedies else {}),
    }


def _place(rule: Rule, key: str, kind: str, shared: Mapping[str, str]) -> dict[str, Any]:
    name, finer = getattr(rule, key), getattr(rule, f"{key}_refinements", ())
    if not name or shared.get(key) == name:
        return {}
    return {key: {"@type": kind, **_part(name, finer, "@id")} if finer else name}


def _part(name: str, finer: tuple[Constraint | Logical, ...], key: str) -> Any:
    if not finer:
        return name
    return {key: {"@id": name} if key == "rdf:value" else name, "refinement": [_clause(one) for one in finer]}


def _clause(clause: Constraint | Logical) -> dict[str, Any]:
    if isinstance(clause, Logical):
        return {**_given("@id", clause.uid), clause.kind: [_clause(part) for part in clause.parts]}
    return {
        **_given("@id", clause.uid),
        "leftOperand": clause.left,
        "operator": clause.operator,
        "rightOperand": _value(clause.right, clause.left),
        **_given("unit", clause.unit),
    }


def _value(value: Value, left: str) -> Any:
    if isinstance(value, tuple):
        return [_value(one, left) for one in value]
    if isinstance(value, datetime):
        at = moment(value).astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"@value": at, "@type": "xsd:dateTime"}
    if left in LASTING and isinstance(value, str):
        return {"@value": value, "@type": "xsd:duration"}
    # The Dataspace Protocol's schema takes a text, an object or a list, no bare number.
    if isinstance(value, bool):
        return {"@value": value, "@type": "xsd:boolean"}
    if isinstance(value, int | float):
        return {"@value": value, "@type": "xsd:integer" if isinstance(value, int) else "xsd:double"}
    return value


def _given(key: str, value: str) -> dict[str, str]:
    return {key: value} if value else {}

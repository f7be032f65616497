"""From ODRL's JSON-LD to a policy: bounded, strict, as plain JSON.

A word that is not known here is refused instead of skipped: a misspelt `constraints` must not make a permission wider. Foreign
vocabularies (names with a colon: `dct:title`) say nothing about what is allowed and are passed over.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from dure.sharing.policies.policy import Constraint, Logical, Policy, Rule
from dure.sharing.policies.refusals import PolicyWrong
from dure.sharing.policies.values import value_of
from dure.sharing.policies.words import OPERATORS, term
from dure.vocabulary import Text

MOST_DEPTH, MOST_NODES, MOST_RULES, MOST_LETTERS = 24, 20_000, 256, 4_000
KINDS = {"Offer": "offer", "Agreement": "agreement", "Set": "set", "Policy": "set"}
LOGICAL = ("and", "or", "xone", "andSequence")
_NAMED = {"@context", "@id", "@type", "uid", "type", "description", "title"}
_POLICY = _NAMED | {
    "permission", "prohibition", "obligation", "profile", "conflict", "target", "assigner", "assignee", "action", "timestamp",
}  # fmt: skip
_RULE = _NAMED | {"action", "target", "assigner", "assignee", "constraint", "duty", "remedy", "consequence"}
_SIMPLE = _NAMED | {"leftOperand", "operator", "rightOperand", "unit", "dataType", "status"}
_PART = _NAMED | {"refinement", "source", "rdf:value", "value", "partOf"}
Node = Mapping[str, Any]


def read(document: Node) -> Policy:
    """The policy that `document` says; see `Policy.from_odrl`."""
    _bounded(document)
    node = _node(document, "policy", _POLICY)
    kind = _kind(node)
    if node.get("conflict", "prohibit") not in ("prohibit", "odrl:prohibit", "invalid", "odrl:invalid"):
        raise _wrong(
            "conflict",
            "a permission may not override a prohibition here",
            "허용이 금지를 이기는 정책은 받지 않습니다",
        )
    shared: dict[str, Any] = {
        key: node[key] for key in ("target", "assigner", "assignee", "action") if key in node
    }
    groups = {key: _rules(node.get(key), key, shared) for key in ("permission", "prohibition", "obligation")}
    count = sum(map(len, groups.values()))
    if not 0 < count <= MOST_RULES:
        raise _wrong(
            "policy",
            f"it has {count} rules, not 1 to {MOST_RULES}",
            f"규칙이 {count}개입니다(1~{MOST_RULES}개)",
        )
    return Policy(
        _identity(node), kind, groups["permission"], groups["prohibition"], groups["obligation"],
        tuple(_text(one, "profile") for one in _list(node.get("profile"))),
    )  # fmt: skip


def _kind(node: Node) -> str:
    written = [term(_text(one, "@type")) for one in _list(node.get("@type", node.get("type", "Set")))]
    known = [KINDS[one] for one in written if one in KINDS]
    if not known:
        raise _wrong(
            "@type", f"{', '.join(written)} is no policy", f"{', '.join(written)}은(는) 정책이 아닙니다"
        )
    return next((kind for kind in known if kind != "set"), "set")


def _rules(written: Any, key: str, shared: Node) -> tuple[Rule, ...]:
    return tuple(
        rule for n, one in enumerate(_list(written)) for rule in _rule(one, f"{key}[{n}]", shared)
    )  # fmt: skip


def _rule(written: Any, place: str, shared: Node) -> Iterator[Rule]:
    """A rule, or several where actions, targets or parties are lists (ODRL 2.2, §2.7.1)."""
    node = {**shared, **_node(written, place, _RULE)}
    what = _actions(node.get("action"), place)
    targets, givers, takers = (
        _parts(node.get(key), f"{place}.{key}") for key in ("target", "assigner", "assignee")
    )
    constraints = _clauses(node.get("constraint"), f"{place}.constraint")
    duties = tuple(
        duty
        for key in ("duty", "consequence")
        for n, one in enumerate(_list(node.get(key)))
        for duty in _rule(one, f"{place}.{key}[{n}]", {})
    )
    remedies = tuple(
        rule
        for n, one in enumerate(_list(node.get("remedy")))
        for rule in _rule(one, f"{place}.remedy[{n}]", {})
    )
    combined = [*product(what, targets, givers, takers)]
    if len(combined) > MOST_RULES:
        raise _wrong(
            place, f"it spells out more than {MOST_RULES} rules", f"규칙 {MOST_RULES}개를 넘게 펼쳐집니다"
        )
    for (action, finer), (target, within), (giver, _), (taker, among) in combined:
        yield Rule(
            action, target, giver, taker, constraints, duties, _identity(node), finer, within, among, remedies
        )


def _actions(written: Any, place: str) -> list[tuple[str, tuple[Constraint | Logical, ...]]]:
    return [(term(name), finer) for name, finer in _parts(written, f"{place}.action")]


def _parts(written: Any, place: str) -> list[tuple[str, tuple[Constraint | Logical, ...]]]:
    return [_part(one, place) for one in _list(written)] or [("", ())]


def _part(written: Any, place: str) -> tuple[str, tuple[Constraint | Logical, ...]]:
    """An action, asset or party: its identifier and its refinements; of a collection the `source` names the whole."""
    if isinstance(written, str):
        return written, ()
    node = _node(written, place, _PART, extra=True)
    inner = node.get("rdf:value", node.get("value"))
    name = _text(inner.get("@id"), place) if isinstance(inner, Mapping) else inner
    finer = _clauses(node.get("refinement"), f"{place}.refinement")
    name = name or _identity(node) or node.get("source")
    if not name:
        raise _wrong(place, "it has no identifier", "식별자가 없습니다")
    return _text(name, place), finer


def _clauses(written: Any, place: str) -> tuple[Constraint | Logical, ...]:
    return tuple(_clause(one, f"{place}[{n}]") for n, one in enumerate(_list(written)))


def _clause(written: Any, place: str) -> Constraint | Logical:
    node = _node(written, place, _SIMPLE | set(LOGICAL))
    kinds = [kind for kind in LOGICAL if kind in node]
    if not kinds:
        return _constraint(node, place)
    if len(kinds) > 1 or "leftOperand" in node:
        raise _wrong(place, "it is several conditions at once", "한 자리에 조건이 여럿입니다")
    inner = node[kinds[0]]
    inner = inner["@list"] if isinstance(inner, Mapping) and set(inner) == {"@list"} else inner
    parts = _clauses(inner, f"{place}.{kinds[0]}")
    if not parts:
        raise _wrong(place, "it joins no conditions", "묶인 조건이 없습니다")
    return Logical(kinds[0], parts, _identity(node))


def _constraint(node: Node, place: str) -> Constraint:
    for key in ("leftOperand", "operator", "rightOperand"):
        if key not in node:
            raise _wrong(place, f"{key} is absent", f"{key}이(가) 없습니다")
    left, operator = (term(_reference(node[key], f"{place}.{key}")) for key in ("leftOperand", "operator"))
    operator = (
        "lteq" if operator == "term-lteq" else operator
    )  # the spelling of the Dataspace Protocol's context
    if operator not in OPERATORS:
        raise _wrong(place, f"{operator} is no operator", f"{operator}은(는) 연산자가 아닙니다")
    try:
        right = value_of(node["rightOperand"], left, operator)
    except ValueError as fault:
        raise _wrong(
            place, f"rightOperand: {fault}", f"rightOperand 값이 올바르지 않습니다({fault})"
        ) from None
    return Constraint(left, operator, right, term(_reference(node.get("unit", ""), place)), _identity(node))


def _reference(written: Any, place: str) -> str:
    return _text(written.get("@id") if isinstance(written, Mapping) else written, place)


def _identity(node: Node) -> str:
    return _text(node.get("@id", node.get("uid", "")), "@id")


def _text(written: Any, place: str) -> str:
    if not isinstance(written, str):
        raise _wrong(place, "a text is expected", "글자가 와야 합니다")
    return written


def _list(written: Any) -> list[Any]:
    return [] if written is None else written if isinstance(written, list) else [written]


def _node(written: Any, place: str, known: set[str], *, extra: bool = False) -> dict[str, Any]:
    """An object with its keys shortened; refuses words that are not known, and one word written twice."""
    if not isinstance(written, Mapping):
        raise _wrong(place, "an object is expected", "객체가 와야 합니다")
    node: dict[str, Any] = {}
    for key, value in written.items():
        short = term(key)
        if short in node:
            raise _wrong(place, f"{short} stands there twice", f"{short}이(가) 두 번 나옵니다")
        if short not in known and not (":" in short and not short.startswith("@")):
            raise _wrong(place, f"{key} is not known", f"{key}은(는) 알 수 없는 항목입니다")
        node[short] = value
    return node if extra else {key: value for key, value in node.items() if key in known}


def _bounded(document: object) -> None:
    """Refuse what is too deep, too large or no JSON, before anything is read."""
    queue: list[tuple[object, int]] = [(document, 0)]
    count = 0
    while queue:
        value, depth = queue.pop()
        count += 1
        if depth > MOST_DEPTH or count + len(queue) > MOST_NODES:
            raise _wrong("policy", "it is too deep or too large", "너무 깊거나 큽니다")
        if isinstance(value, Mapping):
            if not all(isinstance(key, str) and len(key) <= MOST_LETTERS for key in value):
                raise _wrong("policy", "a key is no short text", "키가 짧은 글자가 아닙니다")
            queue.extend((one, depth + 1) for one in value.values())
        elif isinstance(value, list):
            queue.extend((one, depth + 1) for one in value)
        elif not _scalar(value):
            raise _wrong("policy", "a value is no short JSON value", "JSON 값이 아니거나 너무 깁니다")


def _scalar(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_LETTERS
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, bool | int) and abs(value) < 2**63)


def _wrong(place: str, en: str, ko: str) -> PolicyWrong:
    return PolicyWrong(place, fault=Text(f"{en}.", f"{ko}."))

"""The information model of ODRL 2.2: a policy, its rules, their conditions, and the request put to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

Value = str | int | float | bool | datetime | tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A comparison of a fact with a value (ODRL 2.2, §2.5).

    `left` and `operator` are short ODRL terms (`dateTime`, `lteq`) or terms of ours (`dure:membership`); `unit` is an
    IRI or UCUM code of the right side.

    >>> Constraint("count", "lteq", 100)
    Constraint(left='count', operator='lteq', right=100, unit='', uid='')
    """

    left: str
    operator: str
    right: Value
    unit: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Logical:
    """Several conditions under `and`, `or`, `xone` or `andSequence` (ODRL 2.2, §2.5.2)."""

    kind: str
    parts: tuple["Constraint | Logical", ...]
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A permission, a prohibition or a duty; an empty action, target or party means any (ODRL 2.2, §2.6).

    `refinements` narrow the action, `target_refinements` and `assignee_refinements` the members of a collection. `duties` are what a
    permission is granted against, or, of a duty, the consequence of leaving it undone.
    """

    action: str = ""
    target: str = ""
    assigner: str = ""
    assignee: str = ""
    constraints: tuple[Constraint | Logical, ...] = ()
    duties: tuple["Rule", ...] = ()
    uid: str = ""
    refinements: tuple[Constraint | Logical, ...] = ()
    target_refinements: tuple[Constraint | Logical, ...] = ()
    assignee_refinements: tuple[Constraint | Logical, ...] = ()
    remedies: tuple["Rule", ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """An offer, an agreement or a set of rules (ODRL 2.2, §2.1).

    >>> offer = Policy.from_odrl({"@type": "Offer", "@id": "urn:1", "permission": [{"action": "use"}]})
    >>> offer.kind, offer.permissions[0].action
    ('offer', 'use')
    >>> Policy.from_odrl(offer.to_odrl()) == offer
    True
    """

    uid: str
    kind: str = "set"
    permissions: tuple[Rule, ...] = ()
    prohibitions: tuple[Rule, ...] = ()
    duties: tuple[Rule, ...] = ()
    profiles: tuple[str, ...] = ()

    @classmethod
    def from_odrl(cls, document: Mapping[str, Any]) -> "Policy":
        """The policy that a JSON-LD document of ODRL says; read as plain JSON, so that no context is fetched.

        Raises
        ------
        PolicyWrong
            If it is no policy, uses what is not read here, or is too deep or too large.
        """
        from dure.sharing.policies.reading import read

        return read(document)

    def to_odrl(self) -> dict[str, Any]:
        """The policy as compacted JSON-LD; what all rules share stands once, at the policy, as agreements have it."""
        from dure.sharing.policies.writing import written

        return written(self)

    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """Every rule with its place: `permission[0]`, `prohibition[1]`, `obligation[0]`."""
        groups = (
            ("permission", self.permissions),
            ("prohibition", self.prohibitions),
            ("obligation", self.duties),
        )
        return tuple((f"{name}[{n}]", rule) for name, rules in groups for n, rule in enumerate(rules))


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody would do with something, and what is known of the world at that moment.

    Parameters
    ----------
    action, target, party
        ODRL term of the action, identifiers of the asset and of who asks.
    at
        The moment; a time without zone is taken for UTC.
    facts
        Values of left operands by their term (`purpose`, `count`, `industry`, `dure:membership` …). Further: `agreed` (datetime from
        which elapsed time counts), `partOf` (identifier → collections it belongs to), `duties` (identifier or action of a duty →
        `fulfilled`, `violated` or `unset`).
    """

    action: str
    target: str
    party: str
    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)

    def doing(self, action: str) -> "Request":
        """The same request for another action."""
        return replace(self, action=action)


def moment(at: datetime) -> datetime:
    """`at` with a zone: UTC where it has none.

    >>> moment(datetime(2026, 1, 1)).isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    return at if at.tzinfo else at.replace(tzinfo=UTC)

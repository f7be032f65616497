"""Between a policy and the permit that every act on data asks for."""

from dure.sharing.policies.deciding import evaluate
from dure.sharing.policies.policy import Policy, Request
from dure.vocabulary import Action, Permit

ACTIONS: dict[Action, str] = {
    Action.PREPARE: "dure:prepare",
    Action.TRAIN: "dure:train",
    Action.EXPORT: "dure:export",
    Action.SHARE: "dure:pass-on",
}


def term_of(action: Action) -> str:
    """The policy's word for an act on data.

    >>> term_of(Action.SHARE), action_of("dure:train")
    ('dure:pass-on', <Action.TRAIN: 'train'>)
    """
    return ACTIONS[action]


def action_of(term: str) -> Action | None:
    """The act on data that a policy's word names; `None` if it is none of ours."""
    return next((action for action, known in ACTIONS.items() if known == term), None)


def permit(policy: Policy, request: Request) -> Permit:
    """What the asking party may do with the target, whatever action the request itself names.

    >>> from datetime import UTC, datetime
    >>> offer = Policy.from_odrl({"@type": "Offer", "@id": "urn:1", "permission": [{"action": "use"}]})
    >>> asked = Request("use", "urn:data", "did:web:b.example", datetime(2026, 1, 1, tzinfo=UTC))
    >>> sorted(permit(offer, asked).actions)
    [<Action.PREPARE: 'prepare'>, <Action.TRAIN: 'train'>]
    """
    allowed = (action for action, term in ACTIONS.items() if evaluate(policy, request.doing(term)).allowed)
    return Permit((request.target,), frozenset(allowed))

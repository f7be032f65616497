"""What we do next by ourselves: agree to what we offered, verify what we asked for; everything else waits for a person."""

from collections.abc import Callable, Mapping
from typing import Any

from dure.sharing.exchange import introduced
from dure.sharing.exchange.machine import Role
from dure.sharing.exchange.models import Negotiation, Transfer
from dure.sharing.exchange.moving import Move

RULES = ("permission", "prohibition", "obligation")


def decide(process: Negotiation | Transfer, step: str) -> Move | None:
    """The step of ours that follows `step`; None leaves it to a person."""
    choose = _NEXT.get((process.kind, process.side, step))
    return None if choose is None else choose(process)


def same_rules(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two offers (or an offer and its agreement) say the same.

    >>> same_rules({"@id": "a", "permission": [{"action": "use"}]}, {"@id": "b", "permission": [{"action": "use"}]})
    True
    """
    return all(_plain(one.get(name)) == _plain(other.get(name)) for name in RULES)


def offer_of(dataset: str, offer: str, peer: Any) -> Mapping[str, Any] | None:
    """The offer `offer` that `peer` sees at `dataset`; None if it sees none."""
    seen = introduced.offered(peer, dataset) or {}
    return next((policy for policy in seen.get("hasPolicy", ()) if policy.get("@id") == offer), None)


def _plain(rules: Any) -> Any:
    # An empty list says what an absent one says; the order of rules says nothing.
    return sorted(repr(_sorted(rule)) for rule in rules or ())


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if one not in ([], None)}
        return sorted((name, _sorted(one)) for name, one in kept.items())
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _answer_request(process: Any) -> Move | None:
    peer = process.asker or introduced.Peer(process.peer)
    ours = offer_of(process.dataset, process.offer["@id"], peer)
    if ours is None:
        return Move("terminate", {"code": "offer-unknown", "reason": ["There is no such offer."]})
    return Move("agree") if same_rules(ours, process.offer) else None


def _answer_offer(process: Any) -> Move | None:
    asked = _last_of_ours(process, "request")
    return Move("accept") if asked is not None and same_rules(asked["offer"], process.offer) else None


def _answer_agreement(process: Any) -> Move:
    if same_rules(process.agreement.policy, process.offer):
        return Move("verify")
    return Move(
        "terminate", {"code": "agreement-differs", "reason": ["The agreement is not what was offered."]}
    )


def _answer_transfer(process: Any) -> Move | None:
    address = introduced.data_for(process)
    return None if address is None else Move("start", {"dataAddress": address})


def _last_of_ours(process: Any, step: str) -> Mapping[str, Any] | None:
    from dure.sharing.exchange.models import Message

    last = Message.objects.filter(kind=process.kind, pid=process.pid, ours=True, step=step).last()
    return None if last is None else last.body


_NEXT: dict[tuple[str, Role, str], Callable[[Any], Move | None]] = {
    ("negotiation", Role.PROVIDER, "request"): _answer_request,
    ("negotiation", Role.PROVIDER, "accept"): lambda _process: Move("agree"),
    ("negotiation", Role.PROVIDER, "verify"): lambda _process: Move("finalize"),
    ("negotiation", Role.CONSUMER, "offer"): _answer_offer,
    ("negotiation", Role.CONSUMER, "agree"): _answer_agreement,
    ("transfer", Role.PROVIDER, "request"): _answer_transfer,
}

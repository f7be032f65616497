"""Exchange: the Dataspace Protocol 2025-1 over HTTPS, both roles; agreements, and what may be done under them.

- `negotiate`, `transfer`: ask another connector; `act` takes a later step of ours; `end` ends an agreement.
- `Negotiation`, `Transfer`, `Agreement`, `Message`: what is kept. `deliver_due`: the sweep of the outbox.
- `NEGOTIATION`, `TRANSFER`: the two state machines as tables; `Role`, `State`, `Step`, `Machine` are their words.
- `Move`, `decide`: what comes next by itself; the setting `DURE_DSP_DECIDES` names another decider.
- `permit`: what an agreement lets us do with its data. `why_not`: a dry run as a partner (`Explanation` of `Obstacle`s).
- `MessageWrong`, `WrongState`, `UnknownProcess`, `AddressRefused`, `PeerSilent`, `AgreementEnded`: refusals.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.sharing.exchange.machine import MACHINES, NEGOTIATION, TRANSFER, Machine, Role, State, Step
from dure.sharing.exchange.refusals import (
    AddressRefused,
    AgreementEnded,
    MessageWrong,
    PeerSilent,
    UnknownProcess,
    WrongState,
)

if TYPE_CHECKING:
    from dure.sharing.exchange.acting import act, negotiate, transfer
    from dure.sharing.exchange.courier import deliver_due
    from dure.sharing.exchange.deciding import decide
    from dure.sharing.exchange.effects import end
    from dure.sharing.exchange.introduced import Peer
    from dure.sharing.exchange.models import Agreement, Message, Negotiation, Transfer
    from dure.sharing.exchange.moving import Move
    from dure.sharing.exchange.permitting import Explanation, Obstacle, permit, why_not

_WHERE = {
    **dict.fromkeys(("act", "negotiate", "transfer"), "acting"),
    "Move": "moving",
    **dict.fromkeys(("Explanation", "Obstacle", "permit", "why_not"), "permitting"),
    "deliver_due": "courier",
    "decide": "deciding",
    "end": "effects",
    "Peer": "introduced",
    **dict.fromkeys(("Agreement", "Message", "Negotiation", "Transfer"), "models"),
}
__all__ = [
    "MACHINES",
    "NEGOTIATION",
    "TRANSFER",
    "AddressRefused",
    "Agreement",
    "AgreementEnded",
    "Explanation",
    "Machine",
    "Message",
    "MessageWrong",
    "Move",
    "Negotiation",
    "Obstacle",
    "Peer",
    "PeerSilent",
    "Role",
    "State",
    "Step",
    "Transfer",
    "UnknownProcess",
    "WrongState",
    "act",
    "decide",
    "deliver_due",
    "end",
    "negotiate",
    "permit",
    "transfer",
    "why_not",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)

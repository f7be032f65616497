"""Participants: which firm speaks, with which key, and what others have attested of it (did:web, DCP 1.0).

- `own` is this node's identity, `did_document` what it publishes of it, `rotate` changes its key, `resolve` reads another's document.
- `token_for` makes the token that every call to another participant carries; `verified` reads the one that came with a call.
- `issue_credential`, `revoke_credential`, `status_list`, `offer_credentials`: what an issuer does (`deliver_due` is its sweep). `present`, `held`: what a holder does.
- `trust` says whose word counts, `admit` and `offboard` are the two ends of a participant's life.
- `invite`, `join`, `agree`, `decline`, `standing`: pairing of two firms by a code, each with a look at the other's fingerprint.
- `fetch` is the one way to ask a foreign server for anything: HTTPS, pinned address, bounded, no redirects.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.sharing.participants.documents import did_document, did_of, home_of
from dure.sharing.participants.fetching import Answer, fetch
from dure.sharing.participants.refusals import (
    FetchRefused,
    KeyProblem,
    MessageWrong,
    NotVerified,
    PairingRefused,
    ParticipantUnknown,
)

if TYPE_CHECKING:
    from dure.sharing.participants.holding import held, present
    from dure.sharing.participants.identity import Identity, own, rotate
    from dure.sharing.participants.issuing import (
        deliver_due,
        issue_credential,
        offer_credentials,
        revoke_credential,
        status_list,
    )
    from dure.sharing.participants.life import admit, offboard, trust
    from dure.sharing.participants.models import Participant
    from dure.sharing.participants.pairing import agree, decline, invite, join, standing
    from dure.sharing.participants.resolving import resolve
    from dure.sharing.participants.verifying import Peer, token_for, verified

_WHERE = {
    **dict.fromkeys(("held", "present"), "holding"),
    **dict.fromkeys(("Identity", "own", "rotate"), "identity"),
    **dict.fromkeys(
        ("deliver_due", "issue_credential", "offer_credentials", "revoke_credential", "status_list"),
        "issuing",
    ),
    **dict.fromkeys(("admit", "offboard", "trust"), "life"),
    "Participant": "models",
    **dict.fromkeys(("agree", "decline", "invite", "join", "standing"), "pairing"),
    "resolve": "resolving",
    **dict.fromkeys(("Peer", "token_for", "verified"), "verifying"),
}
__all__ = [
    "Answer",
    "FetchRefused",
    "Identity",
    "KeyProblem",
    "MessageWrong",
    "NotVerified",
    "PairingRefused",
    "Participant",
    "ParticipantUnknown",
    "Peer",
    "admit",
    "agree",
    "decline",
    "deliver_due",
    "did_document",
    "did_of",
    "fetch",
    "held",
    "home_of",
    "invite",
    "issue_credential",
    "join",
    "offboard",
    "offer_credentials",
    "own",
    "present",
    "resolve",
    "revoke_credential",
    "rotate",
    "standing",
    "status_list",
    "token_for",
    "trust",
    "verified",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)

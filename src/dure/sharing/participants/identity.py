"""Who this node is to others: its did:web, its keys, its public address."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dure.sharing.participants.documents import did_of, fingerprint
from dure.sharing.participants.keys import Ring, begun_anew, changed, ring_in, thumbprint
from dure.sharing.participants.tokens import signed

OLD_KEY_HOLDS = timedelta(days=400)
"""How long a changed key verifies: longer than any credential that it has signed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A participant that can sign: DID, keys, public address, and the name it goes by."""

    did: str
    ring: Ring
    address: str
    name: str = ""

    @property
    def key_id(self) -> str:
        """Full id of the key that signs."""
        return f"{self.did}#{self.ring.current.fragment}"

    @property
    def fingerprint(self) -> str:
        """The key that signs, as people compare it."""
        return fingerprint([thumbprint(self.ring.current.jwk)])


def own() -> Identity:
    """The node's own identity; the first call makes its key (P-256, a file below the home that we alone may read)."""
    from django.conf import settings

    from dure.foundation.parties import Organisation
    from dure.vocabulary import home

    address = settings.DURE_PUBLIC_URL.rstrip("/")
    firm = Organisation.objects.order_by("id").first()
    return Identity(did_of(address), ring_in(home()), address, firm.name if firm else "")


def rotate(now: datetime | None = None, *, keep: timedelta = OLD_KEY_HOLDS, by: str = "node") -> Identity:
    """Sign with a new key from now on; the old one names it, loses its private half, and verifies for `keep` more."""
    from dure.foundation.ledger import record
    from dure.vocabulary import home

    me, now = own(), now or datetime.now(UTC)

    def prove(old: Ring, jwk: object) -> str:
        claims = {"iss": me.did, "sub": me.did, "iat": int(now.timestamp()), "new": jwk}
        return signed(Identity(me.did, old, me.address), claims, "succession+jwt")

    changed(home(), now, keep, prove)
    record(by, "identity.rotated", me.did, {"old": me.ring.current.fragment})
    return own()


def begin_anew(now: datetime | None = None, *, by: str = "node") -> Identity:
    """After a theft of the key: everything it signed is void at once; partners must pair again."""
    from dure.foundation.ledger import record
    from dure.vocabulary import home

    me = own()
    begun_anew(home(), now or datetime.now(UTC))
    record(by, "identity.begun-anew", me.did, {"void": me.ring.current.fragment})
    return own()

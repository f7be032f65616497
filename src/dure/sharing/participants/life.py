"""The two ends of a participant's life: admitted, and ended with everything that we had attested of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from dure.foundation.ledger import record
from dure.sharing.participants.documents import home_of
from dure.sharing.participants.issuing import revoke_credential
from dure.sharing.participants.models import Issued, Participant, TrustedIssuer
from dure.sharing.participants.refusals import ParticipantUnknown


def admit(  # noqa: PLR0913 - what is known of a participant
    did: str,
    *,
    name: str = "",
    dsp_url: str = "",
    document: dict[str, Any] | None = None,
    how: str = Participant.How.STATIC,
    by: str = "node",
    now: datetime | None = None,
) -> Participant:
    """Let a firm take part, known by its document as it is now (paired, static) or by what it shows each time (dcp).

    Raises
    ------
    NotVerified
        If `did` is no did:web.
    """
    now = now or datetime.now(UTC)
    home_of(did)
    with transaction.atomic():
        values = {
            "name": name[:200],
            "dsp_url": dsp_url[:500],
            "document": document or {},
            "how": how,
            "since": now,
            "until": None,
        }
        partner, _made = Participant.objects.update_or_create(did=did, defaults=values)
        record(by, "participant.admitted", did[:300], {"name": name[:200], "how": str(how)}, now=now)
    return partner


def offboard(did: str, reason: str, *, by: str = "node", now: datetime | None = None) -> int:
    """End a participation: its tokens are refused from now on, and what we attested of it is revoked; how many credentials.

    Raises
    ------
    ParticipantUnknown
    """
    now = now or datetime.now(UTC)
    with transaction.atomic():
        ended = Participant.objects.filter(did=did).update(until=now, shown=[], shown_until=None)
        if not ended:
            raise ParticipantUnknown(did[:120])
        given = Issued.objects.filter(holder=did, revoked=None, until__gt=now).values_list("pk", flat=True)
        gone = [revoke_credential(pk, reason, now=now, by=by) for pk in list(given)]
        record(
            by, "participant.ended", did[:300], {"reason": reason[:300], "credentials": len(gone)}, now=now
        )
    return len(gone)


def trust(did: str, kinds: Sequence[str], *, by: str = "node", now: datetime | None = None) -> TrustedIssuer:
    """Believe what this issuer attests, for these types of credential; none ends the trust."""
    now = now or datetime.now(UTC)
    home_of(did)
    with transaction.atomic():
        values = {"kinds": sorted(set(kinds)), "until": None if kinds else now}
        row, _made = TrustedIssuer.objects.update_or_create(
            did=did, defaults=values, create_defaults={**values, "since": now}
        )
        record(by, "issuer.trusted", did[:300], {"kinds": sorted(set(kinds))}, now=now)
    return row

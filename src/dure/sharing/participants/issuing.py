"""The Issuer Service (DCP 1.0): credentials given, delivered, offered, and revoked by a bit in a list."""

import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from dure.foundation.ledger import record
from dure.sharing.participants.credentials import LIST_KINDS, PROFILES, VC20, Status, written
from dure.sharing.participants.documents import service_of
from dure.sharing.participants.fetching import fetch
from dure.sharing.participants.holding import posted
from dure.sharing.participants.identity import Identity, own
from dure.sharing.participants.messages import check, message, wrong
from dure.sharing.participants.models import CredentialRequest, Issued, Participant, StatusList
from dure.sharing.participants.refusals import FetchRefused, NotVerified, ParticipantUnknown
from dure.sharing.participants.resolving import Fetch, resolve
from dure.sharing.participants.statuses import PLACES, free_place, packed, with_bit
from dure.sharing.participants.tokens import id_token, refuse

KINDS = ("MembershipCredential", "FrameworkCredential")
"""What we can attest: that a firm is a member, and that it has agreed to the dataspace's rules."""

LIFE = timedelta(days=365)
"""How long a credential is good for, unless told otherwise."""

LIST_LIFE = timedelta(days=1)
"""How long a status list may be kept by others."""

MOST_WAITING = 200
"""Most requests that wait for a person's decision."""

FULLEST = PLACES // 2
"""A list with more places taken is full: free ones are drawn at random."""


def object_id(me: Identity, kind: str, profile: str) -> str:
    """Stable id of a credential that we can give."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{me.did}/{kind}/{profile}"))


def _object(me: Identity, kind: str, profile: str, reason: str) -> dict[str, Any]:
    return {
        "id": object_id(me, kind, profile), "type": "CredentialObject", "credentialType": kind, "profile": profile,
        "credentialSchema": f"{me.address}/dcp/v1.0/issuer/schemas/{kind}.json", "offerReason": reason,
        "bindingMethods": ["did:web"], "issuancePolicy": {"id": "admitted", "input_descriptors": []},
    }  # fmt: skip


def metadata() -> dict[str, Any]:
    """What we can give, as IssuerMetadata."""
    me = own()
    able = [_object(me, kind, profile, "reissue") for kind in KINDS for profile in PROFILES]
    return message("IssuerMetadata", issuer=me.did, credentialsSupported=able)


def schema_of(kind: str) -> dict[str, Any]:
    """JSON Schema of what a credential of ours says of its holder.

    Raises
    ------
    ParticipantUnknown
    """
    if kind not in KINDS:
        raise ParticipantUnknown(kind[:80])
    text = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind, "type": "object",
        "properties": {"id": {**text, "pattern": "^did:web:"}, "name": text, "memberSince": {**text, "format": "date-time"}},
        "required": ["id"],
    }  # fmt: skip


def issue_credential(  # noqa: PLR0913 - what a credential says
    holder: str,
    kind: str,
    claims: Mapping[str, Any] | None = None,
    *,
    profile: str = VC20,
    life: timedelta = LIFE,
    now: datetime | None = None,
    by: str = "node",
) -> Issued:
    """A credential of ours about `holder`, with a place in a status list; its JWT is `Issued.jwt`.

    The words of the claims go into the credential and not into the ledger.
    """
    now, me = (now or datetime.now(UTC)).replace(microsecond=0), own()
    if profile not in PROFILES:
        wrong("profile", "it is none that we can write", "지원하지 않는 프로파일입니다")
    name = f"urn:uuid:{uuid.uuid4()}"
    with transaction.atomic():
        listed, place = _placed(profile)
        jwt = written(
            me, profile, id=name, kinds=[kind], subject={"id": holder, **(claims or {})}, since=now, until=now + life,
            status=Status(list_address(me, listed.pk), place),
        )  # fmt: skip
        record(by, "credential.issued", name, {"holder": holder, "kind": kind, "profile": profile}, now=now)
        return Issued.objects.create(
            id=name,
            holder=holder,
            kind=kind,
            profile=profile,
            jwt=jwt,
            list=listed,
            place=place,
            since=now,
            until=now + life,
        )


def _placed(profile: str) -> tuple[StatusList, int]:
    """A free place in a list of this profile, taken."""
    open_ones = StatusList.objects.select_for_update().filter(
        profile=profile, purpose="revocation", left__gt=0
    )
    listed = open_ones.order_by("pk").first() or StatusList.objects.create(
        profile=profile, bits=bytes(PLACES // 8), taken=bytes(PLACES // 8), left=FULLEST
    )
    place = free_place(listed.taken)
    listed.taken, listed.left = with_bit(listed.taken, place), listed.left - 1
    listed.save(update_fields=["taken", "left"])
    return listed, place


def revoke_credential(name: str, reason: str, *, now: datetime | None = None, by: str = "node") -> Issued:
    """Set the bit of a credential of ours; verifiers see it when they next read the list. Done twice, it stays done.

    Raises
    ------
    ParticipantUnknown
    """
    now = now or datetime.now(UTC)
    with transaction.atomic():
        one = Issued.objects.filter(pk=name).first()
        if one is None:
            raise ParticipantUnknown(name[:120])
        if one.revoked:
            return one
        listed = StatusList.objects.select_for_update().get(pk=one.list_id)
        listed.bits = with_bit(listed.bits, one.place)
        listed.save(update_fields=["bits"])
        one.revoked, one.reason = now, reason[:300]
        one.save(update_fields=["revoked", "reason"])
        record(by, "credential.revoked", name, {"holder": one.holder, "reason": reason[:300]}, now=now)
    return one


def list_address(me: Identity, number: int) -> str:
    """Where a status list of ours is read."""
    return f"{me.address}/dcp/v1.0/status/{number}"


def status_list(number: int, now: datetime | None = None) -> str:
    """A status list of ours as a credential, signed now: a JWT.

    Raises
    ------
    ParticipantUnknown
    """
    now, me = (now or datetime.now(UTC)).replace(microsecond=0), own()
    listed = StatusList.objects.filter(pk=number).first()
    if listed is None:
        raise ParticipantUnknown(f"status/{number}")
    kind, inner = LIST_KINDS[listed.profile]
    at = list_address(me, number)
    subject = {
        "id": f"{at}#list", "type": inner, "statusPurpose": listed.purpose,
        "encodedList": packed(listed.bits, multibase=listed.profile == VC20),
    }  # fmt: skip
    return written(me, listed.profile, id=at, kinds=[kind], subject=subject, since=now, until=now + LIST_LIFE)


# Requests -----------------------------------------------------------------------------------------------------------
def requested(told: Any, claims: Mapping[str, Any], now: datetime) -> CredentialRequest:
    """Take a CredentialRequestMessage; a member gets it at once, a stranger waits for a person's decision.

    Raises
    ------
    MessageWrong
        If it is none, or asks for what we cannot give.
    """
    said = check(told, "CredentialRequestMessage")
    me, peer = own(), str(claims["iss"])
    able = {object_id(me, kind, profile) for kind in KINDS for profile in PROFILES}
    wanted = [one["id"] for one in said["credentials"]]
    if not wanted or not set(wanted) <= able:
        wrong(
            "CredentialRequestMessage.credentials",
            "it asks for what we cannot give",
            "발급할 수 없는 자격증명입니다",
        )
    if CredentialRequest.objects.filter(ours=False, granted=None).exclude(peer=peer).count() >= MOST_WAITING:
        wrong(
            "CredentialRequestMessage",
            "too many requests wait for a decision",
            "결정을 기다리는 요청이 너무 많습니다",
        )
    token = claims.get("token")
    request, made = CredentialRequest.objects.get_or_create(
        ours=False, peer=peer, peer_pid=said["holderPid"][:300],
        defaults={"id": uuid.uuid4().hex, "wanted": wanted, "token": token if isinstance(token, str) else "", "at": now},
    )  # fmt: skip
    member = Participant.objects.filter(did=peer).first()
    if made and member is not None and member.active(now):
        decide(request, grant=True, by="node", now=now)
    return request


def decide(
    request: CredentialRequest, *, grant: bool, by: str, reason: str = "", now: datetime | None = None
) -> None:
    """Grant or refuse a request, and tell the holder; what could not be told is told again by `deliver_due`."""
    now = now or datetime.now(UTC)
    open_one = CredentialRequest.objects.filter(pk=request.pk, ours=False, state="RECEIVED", granted=None)
    with transaction.atomic():
        if open_one.update(granted=grant, reason=reason[:300]):
            record(
                by,
                "credential.granted" if grant else "credential.refused",
                request.peer,
                {"request": request.pk},
                now=now,
            )
            transaction.on_commit(
                lambda: threading.Thread(target=_deliver_apart, args=[request.pk], daemon=True).start()
            )


def _deliver_apart(pk: str) -> None:
    try:
        deliver(pk)
    except (FetchRefused, NotVerified, ParticipantUnknown):
        pass  # the next round tells it again
    finally:
        connection.close()


def deliver_due(*, asker: Fetch = fetch) -> int:
    """Tell every decision that was not told yet; how many went."""
    due = CredentialRequest.objects.filter(ours=False, state="RECEIVED").exclude(granted=None)
    gone = 0
    for pk in due.values_list("pk", flat=True)[:100]:
        try:
            gone += deliver(pk, asker=asker)
        except (FetchRefused, NotVerified, ParticipantUnknown):
            continue
    return gone


def deliver(pk: str, *, asker: Fetch = fetch, now: datetime | None = None) -> bool:
    """Tell the holder what was decided: the CredentialMessage to its Credential Service; whether it took it.

    Raises
    ------
    FetchRefused, NotVerified, ParticipantUnknown
    """
    now, me = now or datetime.now(UTC), own()
    request = CredentialRequest.objects.get(pk=pk, ours=False)
    if request.granted is None or request.state != "RECEIVED":
        return False
    goal = service_of(resolve(request.peer, asker=asker), "CredentialService").rstrip("/")
    if not goal:
        raise refuse(request.peer, "it has no credential service", "자격증명 서비스가 없습니다")
    given = _given(request, me, now) if request.granted else []
    outcome = "ISSUED" if request.granted else "REJECTED"
    more: dict[str, Any] = {"credentials": given} if given else {}
    if request.reason:
        more["rejectionReason"] = request.reason
    body = message(
        "CredentialMessage", issuerPid=request.pk, holderPid=request.peer_pid, status=outcome, **more
    )
    answer = posted(f"{goal}/credentials", body, id_token(me, request.peer, now, token=request.token), asker)
    if not 200 <= answer.status < 300:
        return False
    CredentialRequest.objects.filter(pk=pk).update(state=outcome, token="")
    return True


def _given(request: CredentialRequest, me: Identity, now: datetime) -> list[dict[str, str]]:
    by_id = {object_id(me, kind, profile): (kind, profile) for kind in KINDS for profile in PROFILES}
    member = Participant.objects.filter(did=request.peer).first()
    claims = {"name": member.name, "memberSince": member.since.isoformat()} if member else {}
    made = []
    for kind, profile in (by_id[one] for one in request.wanted):
        # Told again after a lost answer, it is the same credential.
        known = Issued.objects.filter(
            holder=request.peer,
            kind=kind,
            profile=profile,
            revoked=None,
            since__gte=request.at.replace(microsecond=0),
        ).first()
        one = known or issue_credential(request.peer, kind, claims, profile=profile, now=now)
        made.append({"credentialType": kind, "payload": one.jwt, "format": "jwt"})
    return made


def status_of_request(pk: str, peer: str) -> dict[str, Any]:
    """The CredentialStatus of a request, for the holder that made it.

    Raises
    ------
    ParticipantUnknown
        Also when it is another's.
    """
    one = CredentialRequest.objects.filter(pk=pk, ours=False, peer=peer).first()
    if one is None:
        raise ParticipantUnknown("request")
    return message("CredentialStatus", issuerPid=one.pk, holderPid=one.peer_pid, status=one.state)


def offer_credentials(
    holder: str, kinds: Sequence[str], *, profile: str = VC20, reason: str = "reissue", asker: Fetch = fetch
) -> bool:
    """Offer credentials to a holder (a new member, or after a change of our key); whether it took the offer.

    Raises
    ------
    FetchRefused, NotVerified
    """
    me, now = own(), datetime.now(UTC)
    goal = service_of(resolve(holder, asker=asker), "CredentialService").rstrip("/")
    things = [_object(me, kind, profile, reason) for kind in kinds]
    body = message("CredentialOfferMessage", issuer=me.did, credentials=things)
    return 200 <= posted(f"{goal}/offers", body, id_token(me, holder, now), asker).status < 300

"""The Credential Service (DCP 1.0): what others have attested of us, kept, and shown to whom we gave leave."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from dure.foundation.ledger import record
from dure.sharing.participants.checking import checked
from dure.sharing.participants.credentials import PROFILES, Credential, presented, taken_apart
from dure.sharing.participants.documents import did_document, service_of
from dure.sharing.participants.fetching import Answer, fetch
from dure.sharing.participants.identity import Identity, own
from dure.sharing.participants.messages import check, message, parsed, scope_of, types_and_ids, wrong
from dure.sharing.participants.models import (
    CredentialRequest,
    Held,
    OfferReceived,
    Participant,
    TrustedIssuer,
)
from dure.sharing.participants.refusals import FetchRefused, ParticipantUnknown
from dure.sharing.participants.resolving import Fetch, resolve
from dure.sharing.participants.tokens import LIFE, check_signature, id_token, read, refuse, signed
from dure.vocabulary import Text

MOST_OFFERS = 200
"""Most offers that are kept; the oldest goes."""


def held(now: datetime | None = None) -> list[Credential]:
    """The credentials about us that hold now."""
    return [
        one
        for row in Held.objects.order_by("id")
        if (one := taken_apart(row.jwt)[1]).holds(now or datetime.now(UTC))
    ]


def access_token(
    me: Identity, peer: str, scopes: Sequence[str], now: datetime, *, write: bool = False
) -> str:
    """Leave for `peer`, and nobody else, to read the credentials of these scopes here, or to write some."""
    start = int(now.timestamp())
    claims = {
        "iss": me.did,
        "aud": me.did,
        "sub": peer,
        "scope": list(scopes),
        "write": write,
        "iat": start,
        "exp": start + LIFE,
    }
    return signed(me, {**claims, "jti": secrets.token_urlsafe(9)}, "at+jwt")


def leave_of(
    me: Identity, token: object, peer: str, now: datetime, *, write: bool = False
) -> tuple[str, ...]:
    """The scopes of an access token of ours that `peer` brings.

    Raises
    ------
    NotVerified
        If it is none of ours, another's, or over.
    """
    if not isinstance(token, str):
        raise refuse(peer, "it brings no access token", "접근 토큰이 없습니다")
    found = read(token)
    check_signature(found, did_document(me, now), "capabilityInvocation")
    claims = found.claims
    whole = (claims.get("iss"), claims.get("aud"), claims.get("sub"), found.header.get("typ"))
    if whole != (me.did, me.did, peer, "at+jwt") or claims.get("write") is not write:
        raise refuse(peer, "the access token is another's", "다른 참여자의 접근 토큰입니다")
    if claims["exp"] <= now.timestamp():
        raise refuse(peer, "the access token is over", "접근 토큰이 만료되었습니다")
    return tuple(claims["scope"])


def present(
    audience: str, scopes: Sequence[str], now: datetime | None = None, *, me: Identity | None = None
) -> list[str]:
    """Presentations of our credentials for `audience`, one for each profile: JWTs; what is over or not asked for stays here."""
    now, me = now or datetime.now(UTC), me or own()
    kinds, ids = types_and_ids(scopes)
    fit = [one for one in held(now) if kinds & set(one.kinds) or one.id in ids]
    by_profile = {profile: [one.jwt for one in fit if one.profile == profile] for profile in PROFILES}
    return [presented(me, profile, jwts[:20], audience, now) for profile, jwts in by_profile.items() if jwts]


def answer_query(query: Any, claims: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    """Answer to a PresentationQueryMessage of the peer whose ID token has `claims`; None to a presentation definition.

    Raises
    ------
    MessageWrong, NotVerified
        If the query is none; if the peer has no leave, or asks for more than it may see.
    """
    asked = check(query, "PresentationQueryMessage")
    if "presentationDefinition" in asked:
        return None
    me, peer = own(), str(claims["iss"])
    given = types_and_ids(leave_of(me, claims.get("token"), peer, now))
    wanted = types_and_ids(asked["scope"])
    if not (wanted[0] <= given[0] and wanted[1] <= given[1]):
        raise refuse(peer, "it asks for more than it may see", "허용된 범위보다 많은 자격증명을 요청했습니다")
    return message("PresentationResponseMessage", presentation=present(peer, asked["scope"], now, me=me))


def request_credentials(
    issuer: str, wanted: Sequence[str], now: datetime | None = None, *, by: str = "node", asker: Fetch = fetch
) -> CredentialRequest:
    """Ask an issuer for credentials by the ids in its metadata; they come later, to our Credential Service.

    Raises
    ------
    FetchRefused, NotVerified, ParticipantUnknown
    """
    now, me = now or datetime.now(UTC), own()
    service = _service(issuer, "IssuerService", asker)
    request = CredentialRequest.objects.create(
        id=secrets.token_urlsafe(18),
        ours=True,
        peer=issuer,
        peer_pid=secrets.token_hex(8),
        wanted=list(wanted),
        at=now,
    )
    body = message(
        "CredentialRequestMessage", holderPid=request.pk, credentials=[{"id": one} for one in wanted]
    )
    token = access_token(me, issuer, [], now, write=True)
    answer = posted(f"{service}/credentials", body, id_token(me, issuer, now, token=token), asker)
    if answer.status != 201:
        CredentialRequest.objects.filter(pk=request.pk, state="RECEIVED").update(
            state="REJECTED", reason=f"HTTP {answer.status}"
        )
        raise refuse(issuer, "it refused the request", "요청이 거절되었습니다")
    record(by, "credential.requested", issuer, {"request": request.pk, "wanted": list(wanted)}, now=now)
    return request


def posted(url: str, body: Mapping[str, Any], token: str, asker: Fetch) -> Answer:
    """The answer to a message posted with an ID token."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
    }
    return asker(url, method="POST", body=json.dumps(body, ensure_ascii=False).encode(), headers=headers)


def _service(did: str, kind: str, asker: Fetch) -> str:
    found = service_of(resolve(did, asker=asker), kind).rstrip("/")
    if not found:
        raise ParticipantUnknown(did[:120])
    return found


def offers_of(issuer: str, *, asker: Fetch = fetch) -> list[dict[str, Any]]:
    """The credentials that an issuer can give, from its metadata."""
    answer = asker(f"{_service(issuer, 'IssuerService', asker)}/metadata")
    if answer.status != 200:
        raise FetchRefused(issuer[:120], why=Text("it has no metadata", "발급자 정보가 없습니다"))
    found = check(parsed(answer.body), "IssuerMetadata")
    return list(found["credentialsSupported"])


def store(told: Any, claims: Mapping[str, Any], now: datetime, *, asker: Fetch = fetch) -> int:
    """Keep the credentials of a CredentialMessage that answers a request of ours; how many.

    Raises
    ------
    MessageWrong, NotVerified
        If nobody asked for it, or a credential in it does not hold or is about another. Then none of them is kept.
    """
    issuer, me = str(claims["iss"]), own()
    said = check(told, "CredentialMessage")
    asked = CredentialRequest.objects.filter(
        ours=True, pk=str(said.get("holderPid"))[:64], peer=issuer
    ).first()
    if asked is None:
        raise refuse(issuer, "nobody asked it for a credential", "요청하지 않은 자격증명입니다")
    if "token" in claims:
        leave_of(me, claims["token"], issuer, now, write=True)
    if asked.state != CredentialRequest.State.RECEIVED:
        return 0  # told twice
    if said["status"] == "REJECTED":
        reason = str(said.get("rejectionReason") or "")[:300]
        CredentialRequest.objects.filter(pk=asked.pk).update(state="REJECTED", reason=reason)
        return 0
    good = [_good(one, issuer, me, now, asker) for one in said.get("credentials", ())]
    with transaction.atomic():
        for one in good:
            _keep(one, now)
        CredentialRequest.objects.filter(pk=asked.pk).update(state="ISSUED")
    return len(good)


def _good(container: Mapping[str, Any], issuer: str, me: Identity, now: datetime, asker: Fetch) -> Credential:
    credential = checked(container["payload"], now, holder=me.did, asker=asker)
    if credential.issuer != issuer or container["credentialType"] not in credential.kinds:
        wrong(
            "credentials",
            "a credential is not what its envelope says",
            "봉투에 적힌 것과 다른 자격증명입니다",
        )
    if not credential.id:
        wrong("credentials", "a credential has no id", "자격증명에 id가 없습니다")
    return credential


def _keep(one: Credential, now: datetime) -> None:
    values = {
        "issuer": one.issuer, "kinds": list(one.kinds), "profile": one.profile, "jwt": one.jwt, "until": one.until, "received": now,
    }  # fmt: skip
    if Held.objects.filter(pk=one.id[:500]).exclude(issuer=one.issuer).exists():
        wrong(
            "credentials", "another issuer's credential has this id", "다른 발급자의 자격증명과 id가 같습니다"
        )
    Held.objects.update_or_create(pk=one.id[:500], defaults=values)
    record(
        "node", "credential.received", one.id[:300], {"issuer": one.issuer, "kinds": list(one.kinds)}, now=now
    )


def offered(told: Any, claims: Mapping[str, Any], now: datetime) -> None:
    """Keep an offer, for a person to look at.

    Raises
    ------
    MessageWrong
        If it is none, or speaks for another issuer.
    NotVerified
        If the issuer is neither trusted nor a partner.
    """
    said = check(told, "CredentialOfferMessage")
    if said["issuer"] != claims["iss"]:
        wrong("CredentialOfferMessage.issuer", "it speaks for another", "다른 발급자의 이름으로 보냈습니다")
    known = TrustedIssuer.objects.filter(did=said["issuer"], until=None) or Participant.objects.filter(
        did=said["issuer"]
    )
    if not known:
        raise refuse(said["issuer"], "we do not know this issuer", "모르는 발급자입니다")
    with transaction.atomic():
        OfferReceived.objects.create(issuer=said["issuer"][:500], wanted=said["credentials"], at=now)
        old = OfferReceived.objects.order_by("-at").values_list("pk", flat=True)[MOST_OFFERS:]
        OfferReceived.objects.filter(pk__in=list(old)).delete()


def scopes_of(kinds: Iterable[str]) -> list[str]:
    """Scopes that name these types of credential."""
    return [scope_of(kind) for kind in kinds]

"""The verifier: who calls, by the token in the header, and by what others have attested of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from dure.sharing.participants.checking import checked, checked_presentation, presentations_in
from dure.sharing.participants.credentials import Credential
from dure.sharing.participants.documents import service_of
from dure.sharing.participants.fetching import fetch
from dure.sharing.participants.holding import access_token, posted, scopes_of
from dure.sharing.participants.identity import own
from dure.sharing.participants.messages import message
from dure.sharing.participants.models import Participant, SeenToken, TrustedIssuer
from dure.sharing.participants.refusals import FetchRefused, MessageWrong, NotVerified
from dure.sharing.participants.resolving import Fetch, resolve
from dure.sharing.participants.tokens import LEEWAY, check_id_token, id_token, read, refuse

SHOWN_KEPT = timedelta(minutes=5)
"""How long shown credentials are believed without asking for them again."""

SHOWN = ("MembershipCredential", "FrameworkCredential")
"""Credentials that a partner may read of us, unless the setting `DURE_SHARING_SHOWN` says otherwise."""

NEEDED = ("MembershipCredential",)
"""Credentials that a firm must show which is not paired, unless the setting `DURE_SHARING_NEEDED` says otherwise."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who calls: its DID, the claims of its token, the credentials it has shown, and the partner it is here."""

    did: str
    claims: Mapping[str, Any] = field(repr=False)
    credentials: tuple[Credential, ...] = ()
    participant: int | None = None

    @property
    def facts(self) -> dict[str, object]:
        """What a policy may ask about a caller: its DID and each credential's claims, by type."""
        shown = {
            kind: dict(one.claims)
            for one in self.credentials
            for kind in one.kinds
            if kind != "VerifiableCredential"
        }
        return {"did": self.did, "credentials": shown}


def token_for(audience: str, *, scopes: Sequence[str] | None = None, now: datetime | None = None) -> str:
    """The Self-Issued ID Token for a call to `audience` (a DID): send it as `Authorization: Bearer …`.

    It carries leave to read the credentials that partners may see; `scopes` narrows that, and `()` gives none.
    """
    now, me = now or datetime.now(UTC), own()
    given = scopes_of(getattr(settings, "DURE_SHARING_SHOWN", SHOWN)) if scopes is None else list(scopes)
    return id_token(me, audience, now, token=access_token(me, audience, given, now) if given else "")


def authenticated(header: str | None, now: datetime, *, asker: Fetch = fetch) -> Mapping[str, Any]:
    """Claims of the token in an `Authorization` header that holds and is used for the first time.

    Raises
    ------
    NotVerified
    """
    text = bearer(header)
    kid = read(text).header.get("kid")

    def document(did: str) -> Mapping[str, Any]:
        try:
            return resolve(did, kid=kid, asker=asker)
        except FetchRefused as silent:
            raise refuse(did, "its document cannot be fetched", "DID 문서를 가져올 수 없습니다") from silent

    claims = check_id_token(text, own().did, document, now)
    use_once(claims, now)
    return claims


def bearer(header: str | None) -> str:
    """The token of an `Authorization: Bearer …` header."""
    kind, _, text = (header or "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise refuse("the caller", "it sends no token", "토큰을 보내지 않았습니다")
    return text.strip()


def use_once(claims: Mapping[str, Any], now: datetime) -> None:
    """Write down that the token was used; raise `NotVerified` if it was before. Tokens that are over leave the list."""
    key = sha256(f"{claims['iss']}\n{claims['jti']}".encode()).hexdigest()
    until = datetime.fromtimestamp(min(claims["exp"], now.timestamp() + 7200), UTC) + timedelta(
        seconds=2 * LEEWAY
    )
    try:
        with transaction.atomic():
            SeenToken.objects.filter(until__lt=now).delete()
            SeenToken.objects.create(key=key, until=until)
    except IntegrityError as again:
        raise refuse(claims["iss"], "the token was used before", "이미 사용된 토큰입니다") from again


def verified(
    header: str | None,
    now: datetime | None = None,
    *,
    need: Sequence[str] | None = None,
    asker: Fetch = fetch,
) -> Peer:
    """The participant that sent this `Authorization` header.

    A paired partner is known by its pinned key. Any other firm must show, on our asking, the credentials of `need` from issuers
    that we trust. One whose participation has ended is refused, whatever it shows.

    Raises
    ------
    NotVerified
        To be answered as the protocol has it for strangers, without the reason.
    """
    now = now or datetime.now(UTC)
    _might_be_known(header)
    claims = authenticated(header, now, asker=asker)
    did = str(claims["iss"])
    partner = Participant.objects.filter(did=did).first()
    if partner is not None and not partner.active(now):
        raise refuse(did, "its participation has ended", "참여가 종료된 기업입니다")
    if partner is not None and partner.how != Participant.How.DCP:
        return Peer(did, claims, (), partner.pk)
    wanted = tuple(getattr(settings, "DURE_SHARING_NEEDED", NEEDED) if need is None else need)
    credentials = _attested(did, claims, partner, wanted, now, asker)
    return Peer(did, claims, credentials, _known(did, partner, credentials, now, asker))


def _might_be_known(header: str | None) -> None:
    """Refuse a stranger before anything of theirs is fetched, where no issuer could speak for them."""
    did = read(bearer(header)).claims.get("iss")
    if not Participant.objects.filter(did=str(did)).exists() and not TrustedIssuer.objects.exists():
        raise refuse(
            did,
            "it is not paired, and no issuer is trusted here",
            "연결되지 않은 기업이며, 신뢰하는 발급자가 없습니다",
        )


def _attested(  # noqa: PLR0913, PLR0917 - what is needed to know whether to ask again
    did: str,
    claims: Mapping[str, Any],
    partner: Participant | None,
    need: Sequence[str],
    now: datetime,
    asker: Fetch,
) -> tuple[Credential, ...]:
    trusted = _trusted(now)
    if partner is not None and partner.shown_until is not None and now < partner.shown_until:
        found = _still(partner.shown, did, now, asker)
        if _enough(found, need, trusted):
            return tuple(found)
    found = _shown(did, claims, need, now, asker)
    if not _enough(found, need, trusted):
        raise refuse(
            did, f"it does not show {', '.join(need)}", f"{', '.join(need)}을(를) 제시하지 않았습니다"
        )
    return tuple(one for one in found if _counts(one, trusted))


def _trusted(now: datetime) -> dict[str, set[str]]:
    rows = TrustedIssuer.objects.filter(since__lte=now)
    return {row.did: set(row.kinds) for row in rows if row.until is None or now < row.until}


def _counts(one: Credential, trusted: Mapping[str, set[str]]) -> bool:
    return bool(trusted.get(one.issuer, set()) & set(one.kinds))


def _enough(found: Sequence[Credential], need: Sequence[str], trusted: Mapping[str, set[str]]) -> bool:
    return all(
        any(kind in one.kinds and kind in trusted.get(one.issuer, ()) for one in found) for kind in need
    )


def _still(jwts: Sequence[str], did: str, now: datetime, asker: Fetch) -> list[Credential]:
    try:
        return [checked(jwt, now, holder=did, asker=asker) for jwt in jwts]
    except (NotVerified, FetchRefused):
        return []


def _shown(
    did: str, claims: Mapping[str, Any], need: Sequence[str], now: datetime, asker: Fetch
) -> list[Credential]:
    try:
        document = resolve(did, asker=asker)
        service = service_of(document, "CredentialService").rstrip("/")
        if not service or not isinstance(claims.get("token"), str):
            raise refuse(
                did, "it gives no leave to see its credentials", "자격증명 조회를 허용하지 않았습니다"
            )
        query = message("PresentationQueryMessage", scope=scopes_of(need))
        token = id_token(own(), did, now, token=claims["token"])
        answer = posted(f"{service}/presentations/query", query, token, asker)
        if answer.status != 200:
            raise refuse(did, "it does not show its credentials", "자격증명을 제시하지 않습니다")
        shown = presentations_in(answer.body)[:4]
        return [
            one
            for jwt in shown
            for one in checked_presentation(jwt, own().did, did, document, now, asker=asker)
        ]
    except (FetchRefused, MessageWrong) as silent:
        raise refuse(did, "its credentials cannot be fetched", "자격증명을 가져올 수 없습니다") from silent


def _known(
    did: str, partner: Participant | None, credentials: Sequence[Credential], now: datetime, asker: Fetch
) -> int:
    """The partner as a row, with what it has shown."""
    if partner is not None and partner.shown_until is not None and now < partner.shown_until:
        return partner.pk
    until = min([now + SHOWN_KEPT, *(one.until for one in credentials if one.until)])
    names = [str(one.claims["name"]) for one in credentials if isinstance(one.claims.get("name"), str)]
    values = {"shown": [one.jwt for one in credentials], "shown_until": until}
    first = {
        **values, "how": Participant.How.DCP, "since": now, "name": names[0][:200] if names else "",
        "dsp_url": service_of(resolve(did, asker=asker), "DataService")[:500],
    }  # fmt: skip
    return Participant.objects.update_or_create(did=did, defaults=values, create_defaults=first)[0].pk

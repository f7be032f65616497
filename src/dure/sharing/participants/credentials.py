"""Verifiable credentials and presentations as signed tokens, in the two profiles of DCP 1.0.

`vc20-bssl/jwt`: VC Data Model 2.0, the payload is the credential (VC-JOSE-COSE), status by Bitstring Status List.
`vc11-sl2021/jwt`: VC Data Model 1.1, the credential stands in the claim `vc`, status by StatusList2021.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dure.sharing.participants.tokens import LIFE, Read, Signer, read, refuse, signed

VC20, VC11 = "vc20-bssl/jwt", "vc11-sl2021/jwt"
PROFILES = (VC20, VC11)
CONTEXT_20, CONTEXT_11 = "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"
CONTEXT_SL2021 = "https://w3id.org/vc/status-list/2021/v1"
STATUS_KINDS = {VC20: "BitstringStatusListEntry", VC11: "StatusList2021Entry"}
LIST_KINDS = {
    VC20: ("BitstringStatusListCredential", "BitstringStatusList"),
    VC11: ("StatusList2021Credential", "StatusList2021"),
}
ENVELOPE = "data:application/vc+jwt,"
LARGEST = 65_536
"""Longest credential or presentation that is read. [characters]"""

MOST_SHOWN = 20
"""Most credentials in one presentation."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where it stands whether a credential is revoked: a list's address and the place in it."""

    list: str
    place: int
    purpose: str = "revocation"


@dataclass(frozen=True, slots=True)
class Credential:
    """What an issuer attests of a holder."""

    id: str
    issuer: str
    holder: str
    kinds: tuple[str, ...]
    claims: Mapping[str, Any]
    since: datetime
    until: datetime | None
    profile: str
    status: tuple[Status, ...] = ()
    jwt: str = field(default="", repr=False)

    def holds(self, now: datetime) -> bool:
        """Whether `now` lies in its time."""
        return self.since <= now and (self.until is None or now < self.until)


def written(  # noqa: PLR0913 - what a credential says
    signer: Signer,
    profile: str,
    *,
    id: str,  # noqa: A002 - the credential's own word
    kinds: Sequence[str],
    subject: Mapping[str, Any],
    since: datetime,
    until: datetime | None,
    status: Status | None = None,
) -> str:
    """A credential of this profile, signed: a JWT. `subject` holds the claims with the holder's DID as `id`."""
    entry = _status_entry(profile, status) if status else None
    if profile == VC20:
        payload: dict[str, Any] = {
            "@context": [CONTEXT_20], "id": id, "type": ["VerifiableCredential", *kinds], "issuer": signer.did,
            "validFrom": _iso(since), **({"validUntil": _iso(until)} if until else {}), "credentialSubject": dict(subject),
            **({"credentialStatus": entry} if entry else {}), "iss": signer.did, "jti": id,
            **({"sub": subject["id"]} if "id" in subject else {}),
        }  # fmt: skip
        return signed(signer, payload, "vc+jwt")
    inner: dict[str, Any] = {
        "@context": [CONTEXT_11, *([CONTEXT_SL2021] if status or kinds[0] in LIST_KINDS[VC11] else [])], "id": id,
        "type": ["VerifiableCredential", *kinds], "issuer": signer.did, "issuanceDate": _iso(since),
        **({"expirationDate": _iso(until)} if until else {}), "credentialSubject": dict(subject),
        **({"credentialStatus": entry} if entry else {}),
    }  # fmt: skip
    times = {"nbf": int(since.timestamp()), **({"exp": int(until.timestamp())} if until else {})}
    return signed(signer, {"iss": signer.did, "sub": subject["id"], "jti": id, **times, "vc": inner})


def _status_entry(profile: str, status: Status) -> dict[str, str]:
    return {
        "id": f"{status.list}#{status.place}",
        "type": STATUS_KINDS[profile],
        "statusPurpose": status.purpose,
        "statusListIndex": str(status.place),
        "statusListCredential": status.list,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def taken_apart(jwt: str) -> tuple[Read, Credential]:
    """A credential as it says of itself; nothing of it is believed yet.

    Raises
    ------
    NotVerified
        If it is in neither profile, or says two things at once.
    """
    found = read(jwt, LARGEST)
    inner = found.claims.get("vc")
    try:
        made = _of_11(found, inner) if isinstance(inner, dict) else _of_20(found)
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise refuse(
            "the credential", "it is no credential that we can read", "읽을 수 있는 자격증명이 아닙니다"
        ) from wrong
    return found, made


def _of_20(found: Read) -> Credential:
    body = found.claims
    issuer = _id(body["issuer"])
    _same(found.claims, {"iss": issuer, "jti": body.get("id")})
    if _list(body["@context"])[0] != CONTEXT_20:
        raise ValueError("context")
    return _made(VC20, body, issuer, body["validFrom"], body.get("validUntil"), found)


def _of_11(found: Read, body: Mapping[str, Any]) -> Credential:
    issuer = _id(body["issuer"]) if "issuer" in body else str(found.claims["iss"])
    _same(found.claims, {"iss": issuer, "jti": body.get("id")})
    if _list(body["@context"])[0] != CONTEXT_11:
        raise ValueError("context")
    since = body.get("issuanceDate") or _of_seconds(found.claims.get("nbf", found.claims.get("iat")))
    until = body.get("expirationDate") or (
        _of_seconds(found.claims["exp"]) if "exp" in found.claims else None
    )
    return _made(VC11, body, issuer, since, until, found)


def _made(  # noqa: PLR0913, PLR0917 - the parts that the two profiles write differently
    profile: str, body: Mapping[str, Any], issuer: str, since: str, until: str | None, found: Read
) -> Credential:
    subject = body["credentialSubject"]
    subject = subject[0] if isinstance(subject, list) and len(subject) == 1 else subject
    holder = str(subject.get("id", ""))
    _same(found.claims, {"sub": holder or None})
    kinds = tuple(str(one) for one in _list(body["type"]))
    if "VerifiableCredential" not in kinds or len(kinds) > MOST_SHOWN:
        raise ValueError("type")
    status = tuple(_status(one, profile) for one in _list(body.get("credentialStatus", [])))
    claims = {name: value for name, value in subject.items() if name != "id"}
    return Credential(
        str(body.get("id") or found.claims.get("jti") or ""), issuer, holder, kinds, claims, _time(since),
        _time(until) if until else None, profile, status, found.text,
    )  # fmt: skip


def _status(entry: Mapping[str, Any], profile: str) -> Status:
    if entry["type"] != STATUS_KINDS[profile] or int(entry.get("statusSize", 1)) != 1:
        raise ValueError("status")
    return Status(
        str(entry["statusListCredential"]), int(entry["statusListIndex"]), str(entry["statusPurpose"])
    )


def _same(claims: Mapping[str, Any], inside: Mapping[str, Any]) -> None:
    """A registered claim that stands beside the credential says what the credential says."""
    for name, value in inside.items():
        if name in claims and value is not None and claims[name] != value:
            raise ValueError(name)


def _id(value: Any) -> str:
    return str(value["id"]) if isinstance(value, dict) else str(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _time(written_: str) -> datetime:
    moment = datetime.fromisoformat(written_)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_seconds(seconds: Any) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def presented(signer: Signer, profile: str, credentials: Sequence[str], audience: str, now: datetime) -> str:
    """A presentation of credentials of one profile by their holder, for one verifier and five minutes: a JWT."""
    start = int(now.timestamp())
    times = {"iat": start, "nbf": start, "exp": start + LIFE, "jti": f"urn:uuid:{secrets.token_hex(16)}"}
    whom = {"iss": signer.did, "sub": signer.did, "aud": audience, **times}
    if profile == VC20:
        wrapped = [
            {"@context": CONTEXT_20, "id": f"{ENVELOPE}{jwt}", "type": "EnvelopedVerifiableCredential"}
            for jwt in credentials
        ]
        body = {
            "@context": [CONTEXT_20],
            "type": ["VerifiablePresentation"],
            "holder": signer.did,
            "verifiableCredential": wrapped,
        }
        return signed(signer, {**body, **whom}, "vp+jwt")
    inner = {
        "@context": [CONTEXT_11], "id": times["jti"], "type": ["VerifiablePresentation"], "holder": signer.did,
        "verifiableCredential": list(credentials),
    }  # fmt: skip
    return signed(signer, {**whom, "vp": inner})


def shown_in(presentation: str, audience: str, holder: str, now: datetime) -> tuple[Read, tuple[str, ...]]:
    """The credentials of a presentation that `holder` made for `audience`; its signature is still to be checked.

    Raises
    ------
    NotVerified
        If it is another's, for another, out of its time, or mixes profiles (DCP 1.0: a homogeneous set).
    """
    found = read(presentation, LARGEST * 4)
    inner = found.claims.get("vp")
    body = inner if isinstance(inner, dict) else found.claims
    wanted = VC11 if isinstance(inner, dict) else VC20
    said = {_id(body["holder"])} if body.get("holder") else set()
    said |= {found.claims["iss"]} if found.claims.get("iss") else set()
    if said != {holder}:
        raise refuse(holder, "the presentation is another's", "다른 참여자의 제시물입니다")
    if found.claims.get("aud") not in (audience, [audience]):
        raise refuse(holder, "the presentation is meant for somebody else", "다른 대상에게 보낸 제시물입니다")
    end = found.claims.get("exp")
    if not isinstance(end, int | float) or isinstance(end, bool) or end <= now.timestamp():
        raise refuse(holder, "the presentation has expired", "제시물이 만료되었습니다")
    jwts = tuple(_unwrapped(_list(body.get("verifiableCredential", [])), wanted, holder))
    return found, jwts


def _unwrapped(found: list[Any], profile: str, holder: str) -> Iterable[str]:
    if len(found) > MOST_SHOWN:
        raise refuse(holder, "it shows too many credentials", "제시한 자격증명이 너무 많습니다")
    for one in found:
        text = one.get("id", "").removeprefix(ENVELOPE) if isinstance(one, dict) else one
        if not isinstance(text, str) or isinstance(one, dict) != (profile == VC20):
            raise refuse(
                holder, "the presentation mixes profiles", "제시물에 서로 다른 프로파일이 섞여 있습니다"
            )
        yield text

"""Two firms get to know each other's keys by a code that one shows and the other enters.

1. The inviting firm shows a code of eight characters (40 bits): one use, ten minutes, few wrong tries.
2. The joining firm's node hands in the code with its DID document, and gets the inviting firm's; each token proves its key.
3. Both see the other's name and one fingerprint of both keys. If somebody stands between them, the fingerprints differ: a person
   compares them on the telephone and confirms on both sides. Nothing is believed before both have.

Only the inviting node must be reachable. The keys are pinned: later, neither a name server nor a certificate can replace them.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from dure.foundation.ledger import record
from dure.sharing.participants.documents import (
    did_document,
    did_of,
    fingerprint,
    home_of,
    key_for,
    service_of,
)
from dure.sharing.participants.fetching import fetch
from dure.sharing.participants.identity import own
from dure.sharing.participants.keys import thumbprint
from dure.sharing.participants.life import admit
from dure.sharing.participants.messages import parsed, wrong
from dure.sharing.participants.models import Pairing, Participant, WrongCode
from dure.sharing.participants.refusals import MessageWrong, PairingRefused
from dure.sharing.participants.resolving import Fetch, follows
from dure.sharing.participants.tokens import check_id_token, id_token, read
from dure.sharing.participants.verifying import bearer, use_once
from dure.vocabulary import Text

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for another."""

LENGTH = 8
LIFE = timedelta(minutes=10)
"""How long a code is good, and how long both have to confirm after it was used."""

WRONG_EACH, WRONG_ALL = 5, 30
"""Wrong codes within ten minutes, from one address and from all, after which none is looked at."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A fresh pairing with its code, which is not kept."""

    pairing: Pairing
    code: str


def shown(code: str) -> str:
    """A code as people read it.

    >>> shown("7KQ2M9XA")
    '7KQ2-M9XA'
    """
    return f"{code[:4]}-{code[4:]}"


def plain(code: str) -> str:
    """A code as it was typed, without what people add and confuse.

    >>> plain(" 7kq2-m9xa "), plain("oil0-1111")
    ('7KQ2M9XA', '01101111')
    """
    kept = "".join(one for one in code.upper() if one.isalnum())[:64]
    return kept.translate(str.maketrans("OIL", "011"))


def invite(by: str, now: datetime | None = None) -> Invitation:
    """A code to show to the other firm: one use, ten minutes."""
    now = now or datetime.now(UTC)
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    name = secrets.token_urlsafe(18)
    made = Pairing.objects.create(
        id=name, invited=True, code=_hashed(name, code), by=by, made=now, until=now + LIFE
    )
    return Invitation(made, code)


def _hashed(name: str, code: str) -> str:
    return hmac.digest(name.encode(), code.encode(), "sha256").hex()


def _no(where: str, en: str, ko: str) -> PairingRefused:
    return PairingRefused(where[:120], why=Text(en, ko))


# What the joining firm does -----------------------------------------------------------------------------------------
def join(address: str, code: str, by: str, now: datetime | None = None, *, asker: Fetch = fetch) -> Pairing:
    """Hand the code in at the inviting firm's node; the pairing then waits for both to confirm.

    Parameters
    ----------
    address
        Address of the inviting node, or the whole link of its code (`https://…/pair/#7KQ2-M9XA`).

    Raises
    ------
    PairingRefused
        If the code is not taken, or what comes back is not the node's at that address.
    FetchRefused
        If the node does not answer.
    """
    now, me = now or datetime.now(UTC), own()
    goal = _address(address)
    peer = did_of(goal)
    if peer == me.did:
        raise _no(goal, "this is your own node", "이 노드의 주소입니다")
    code = plain(code or urlsplit(address.strip()).fragment)
    body = {"code": code, "address": me.address, "name": me.name, "document": did_document(me, now)}
    told = _told(goal, "meet", body, id_token(me, peer, now), asker)
    try:
        document, name, pairing = told["document"], str(told["name"])[:200], str(told["pairing"])[:64]
        claims = check_id_token(told["token"], me.did, lambda _did: document, now)
    except (KeyError, TypeError) as torn:
        raise _no(goal, "it answers with something else", "다른 형식으로 응답했습니다") from torn
    if claims["iss"] != peer or claims.get("pairing") != pairing:
        raise _no(goal, "the answer is another's", "다른 참여자의 응답입니다")
    _not_another(peer, goal, document, now)
    seal = _seal(did_document(me, now), document)
    return Pairing.objects.create(
        id=pairing, invited=False, by=by, made=now, until=now + LIFE, state=Pairing.State.MET, address=goal, did=peer,
        name=name, document=document, seal=seal,
    )  # fmt: skip


def _address(written: str) -> str:
    text = written.strip() if "://" in written else f"https://{written.strip()}"
    goal = urlsplit(text)
    if goal.scheme not in {"https", "http"} or not goal.hostname or goal.username:
        raise _no(written[:80], "this is no address", "올바른 주소가 아닙니다")
    path = goal.path.rstrip("/").removesuffix("/pair")
    return f"{goal.scheme}://{goal.netloc}{path}"


def _told(goal: str, step: str, body: Mapping[str, Any], token: str, asker: Fetch) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    answer = asker(
        f"{goal}/pair/{step}", method="POST", body=json.dumps(body).encode(), headers=headers, most=65_536
    )
    if answer.status == 429:
        raise _no(goal, "too many wrong codes were tried there", "잘못된 코드를 너무 많이 입력했습니다")
    if answer.status != 200:
        raise _no(goal, "the code is wrong, used or over", "코드가 틀렸거나 이미 쓰였거나 만료되었습니다")
    try:
        found = parsed(answer.body)
    except MessageWrong as torn:
        raise _no(goal, "it answers with something else", "다른 형식으로 응답했습니다") from torn
    if not isinstance(found, dict):
        raise _no(goal, "it answers with something else", "다른 형식으로 응답했습니다")
    return found


def _seal(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """One fingerprint of both firms' keys: the same on both sides, unless somebody stands between."""
    return fingerprint(
        [thumbprint(method["publicKeyJwk"]) for doc in (one, other) for method in doc["verificationMethod"]]
    )


# What the inviting firm's node does -----------------------------------------------------------------------------------
def met(told: Any, header: str | None, source: str, now: datetime) -> dict[str, Any]:
    """Take a code that a joining firm hands in; the answer holds our document and a token that proves our key.

    Raises
    ------
    PairingRefused
        If too many were wrong, or this one is.
    NotVerified, MessageWrong
        If the firm does not prove its key.
    """
    _not_too_often(source, now)
    said = _meeting(told)
    claims = _proved(header, said["document"], now)
    pairing = _open_with(plain(said["code"]), now)
    if pairing is None:
        WrongCode.objects.create(source=_hashed_source(source), at=now)
        raise _no("a code", "the code is wrong, used or over", "코드가 틀렸거나 이미 쓰였거나 만료되었습니다")
    me, did = own(), str(claims["iss"])
    _not_another(did, said["address"], said["document"], now)
    mine = did_document(me, now)
    values = {
        "state": Pairing.State.MET, "until": now + LIFE, "did": did, "name": said["name"][:200], "address": said["address"][:500],
        "document": said["document"], "seal": _seal(mine, said["document"]), "code": "",
    }  # fmt: skip
    if not Pairing.objects.filter(pk=pairing.pk, state=Pairing.State.OPEN).update(**values):
        raise _no("a code", "the code is wrong, used or over", "코드가 틀렸거나 이미 쓰였거나 만료되었습니다")
    token = id_token(me, did, now, more={"pairing": pairing.pk})
    return {"pairing": pairing.pk, "name": me.name, "document": mine, "token": token}


def _not_too_often(source: str, now: datetime) -> None:
    lately = WrongCode.objects.filter(at__gt=now - LIFE)
    if lately.filter(source=_hashed_source(source)).count() >= WRONG_EACH or lately.count() >= WRONG_ALL:
        raise TooOften(
            "codes", why=Text("too many wrong codes were tried", "잘못된 코드를 너무 많이 입력했습니다")
        )
    WrongCode.objects.filter(at__lte=now - LIFE).delete()


class TooOften(PairingRefused):
    """Too many wrong codes within ten minutes."""

    key = "participant-pairing-too-often"
    says = Text(
        "No code is taken at the moment ({where}): {why}.", "지금은 코드를 받지 않습니다({where}): {why}."
    )
    remedy = Text("Wait ten minutes and try again.", "10분 뒤에 다시 시도해 주세요.")


def _not_another(did: str, address: str, document: Mapping[str, Any], now: datetime) -> None:
    """A firm that comes under the name of a partner must have the partner's keys; a lost key means: end it first, on purpose."""
    partner = Participant.objects.filter(did=did).exclude(document={}).first()
    if did_of(_address(address)) != did:
        raise _no(address, "its DID is not that of its address", "DID가 주소와 다릅니다")
    if partner is not None and partner.active(now) and not follows(partner.document, document):
        raise _no(
            did, "a partner of this name has another key", "같은 이름의 파트너가 다른 키를 쓰고 있습니다"
        )


def _hashed_source(source: str) -> str:
    return sha256(source.encode()).hexdigest()


def _meeting(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        wrong("body", "it is no object", "객체가 아닙니다")
    for name in ("code", "name", "address"):
        if not isinstance(told.get(name), str) or len(told[name]) > 500:
            wrong(name, "it is no text", "텍스트가 아닙니다")
    if not isinstance(told.get("document"), dict) or not isinstance(told["document"].get("id"), str):
        wrong("document", "it is no object", "객체가 아닙니다")
    found: dict[str, Any] = told
    return found


def _proved(header: str | None, document: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """Claims of a token under a key of this document, which names no other's keys; used for the first time."""
    text = bearer(header)
    key_for(document, read(text).header.get("kid"), "capabilityInvocation")
    home_of(document["id"])
    claims = check_id_token(text, own().did, lambda _did: document, now)
    use_once(claims, now)
    return claims


def _open_with(code: str, now: datetime) -> Pairing | None:
    found = None
    for one in Pairing.objects.filter(invited=True, state=Pairing.State.OPEN, until__gt=now)[:50]:
        if hmac.compare_digest(one.code, _hashed(one.pk, code)):
            found = one
    return found


def answered(told: Any, header: str | None, now: datetime) -> dict[str, Any]:
    """Take the joining firm's yes or no, or its question how it stands; the answer is signed.

    Raises
    ------
    PairingRefused, NotVerified
    """
    name = told.get("pairing") if isinstance(told, dict) else None
    pairing = Pairing.objects.filter(pk=str(name)[:64], invited=True).exclude(document={}).first()
    if pairing is None:
        raise _no("a pairing", "it is not there", "해당 연결 요청이 없습니다")
    claims = _proved(header, pairing.document, now)
    if claims["iss"] != pairing.did or not isinstance(told.get("agrees"), bool):
        raise _no(pairing.did, "it is not there", "해당 연결 요청이 없습니다")
    if pairing.state == Pairing.State.MET:
        _theirs(pairing, now, agrees=told["agrees"])
    pairing.refresh_from_db()
    me, ended = own(), pairing.state == Pairing.State.ENDED
    more = {"pairing": pairing.pk, "agrees": pairing.mine and not ended, "ended": ended}
    return {"token": id_token(me, pairing.did, now, more=more)}


def _theirs(pairing: Pairing, now: datetime, *, agrees: bool) -> None:
    if agrees and pairing.until > now:
        Pairing.objects.filter(pk=pairing.pk).update(theirs=True)
        _complete(pairing.pk, now)
    else:
        _end(pairing.pk)


# What people do -------------------------------------------------------------------------------------------------------
def agree(pairing: Pairing, by: str, now: datetime | None = None, *, asker: Fetch = fetch) -> Pairing:
    """Say that the name and the fingerprint are the other firm's; when both have said so, they are partners.

    Raises
    ------
    PairingRefused
        If it is not waiting for that any more.
    """
    now = now or datetime.now(UTC)
    waits = Pairing.objects.filter(pk=pairing.pk, state=Pairing.State.MET, until__gt=now)
    if not waits.update(mine=True, by=by):
        raise _no(pairing.name or pairing.pk, "it is over", "이미 끝난 연결 요청입니다")
    pairing.refresh_from_db()
    return standing(pairing, now, asker=asker)


def decline(pairing: Pairing, now: datetime | None = None, *, asker: Fetch = fetch) -> None:
    """Say no: nothing is kept of the other firm but that there was a try."""
    now = now or datetime.now(UTC)
    _end(pairing.pk)
    if not pairing.invited and pairing.did:
        _told(
            pairing.address,
            "agree",
            {"pairing": pairing.pk, "agrees": False},
            id_token(own(), pairing.did, now),
            asker,
        )


def standing(pairing: Pairing, now: datetime | None = None, *, asker: Fetch = fetch) -> Pairing:
    """How it stands now; the joining firm's node asks the inviting one's, which alone need be reachable.

    Raises
    ------
    FetchRefused, NotVerified, PairingRefused
    """
    now = now or datetime.now(UTC)
    if pairing.state in {Pairing.State.OPEN, Pairing.State.MET} and pairing.until <= now:
        _end(pairing.pk)
    elif pairing.invited:
        _complete(pairing.pk, now)
    elif pairing.state == Pairing.State.MET and pairing.mine:
        _ask(pairing, now, asker)
    pairing.refresh_from_db()
    return pairing


def _ask(pairing: Pairing, now: datetime, asker: Fetch) -> None:
    me = own()
    told = _told(
        pairing.address,
        "agree",
        {"pairing": pairing.pk, "agrees": True},
        id_token(me, pairing.did, now),
        asker,
    )
    claims = check_id_token(str(told.get("token")), me.did, lambda _did: pairing.document, now)
    if claims["iss"] != pairing.did or claims.get("pairing") != pairing.pk:
        raise _no(pairing.address, "the answer is another's", "다른 참여자의 응답입니다")
    if claims.get("ended") is True:
        _end(pairing.pk)
    elif claims.get("agrees") is True:
        Pairing.objects.filter(pk=pairing.pk, state=Pairing.State.MET).update(theirs=True)
        _complete(pairing.pk, now)


def _complete(pk: str, now: datetime) -> None:
    """If both have agreed: the other firm becomes a partner, once."""
    with transaction.atomic():
        both = Pairing.objects.filter(pk=pk, state=Pairing.State.MET, mine=True, theirs=True)
        if not both.update(state=Pairing.State.DONE):
            return
        done = Pairing.objects.get(pk=pk)
        url = service_of(done.document, "DataService")
        admit(
            done.did,
            name=done.name,
            dsp_url=url,
            document=done.document,
            how=Participant.How.PAIRED,
            by=done.by,
            now=now,
        )
        record(done.by, "participant.paired", done.did[:300], {"fingerprint": done.seal}, now=now)


def _end(pk: str) -> None:
    Pairing.objects.filter(pk=pk).exclude(state=Pairing.State.DONE).update(state=Pairing.State.ENDED, code="")

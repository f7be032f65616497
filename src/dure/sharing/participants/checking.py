"""Whether a credential holds: its issuer's key, its time, its holder, and the list that says whether it was revoked."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dure.sharing.participants.credentials import LIST_KINDS, Credential, Status, shown_in, taken_apart
from dure.sharing.participants.fetching import fetch
from dure.sharing.participants.messages import parsed
from dure.sharing.participants.refusals import NotVerified
from dure.sharing.participants.resolving import Fetch, resolve
from dure.sharing.participants.statuses import is_set, unpacked
from dure.sharing.participants.tokens import check_signature, refuse

LIST_KEPT = 300.0
"""How long a status list is believed without asking again: a revocation is seen by then at the latest. [s]"""

MOST_LISTS = 200


@dataclass
class Lists:
    """Status lists read lately, with when."""

    read: dict[str, tuple[float, bytes]] = field(default_factory=dict)

    def get(self, key: str) -> bytes | None:
        """The bits, if they were read lately."""
        at, bits = self.read.get(key, (0.0, b""))
        return bits if bits and time.monotonic() - at < LIST_KEPT else None

    def put(self, key: str, bits: bytes) -> None:
        """Keep a list; the oldest makes room."""
        self.read.pop(key, None)
        while len(self.read) >= MOST_LISTS:
            self.read.pop(next(iter(self.read)), None)
        self.read[key] = (time.monotonic(), bits)


LISTS = Lists()


def checked(
    jwt: str, now: datetime, *, holder: str = "", asker: Fetch = fetch, lists: Lists = LISTS
) -> Credential:
    """The credential, if everything about it holds at `now`.

    Raises
    ------
    NotVerified
        If its signature, time, holder or status does not hold, or cannot be looked at: what cannot be checked is refused.
    """
    found, credential = taken_apart(jwt)
    document = resolve(credential.issuer, kid=found.header.get("kid"), asker=asker)
    if not isinstance(found.header.get("kid"), str | None):
        raise refuse(
            credential.issuer, "the credential does not say which key", "자격증명에 키가 지정되지 않았습니다"
        )
    check_signature(found, document, "assertionMethod")
    if not credential.holds(now):
        raise refuse(
            credential.issuer, "the credential is out of its time", "유효 기간이 아닌 자격증명입니다"
        )
    if holder and credential.holder != holder:
        raise refuse(credential.holder, "the credential is another's", "다른 참여자의 자격증명입니다")
    for status in credential.status:
        if status.purpose in {"revocation", "suspension"} and is_set_in(
            status, credential, now, asker, lists
        ):
            raise refuse(credential.holder, "the credential was revoked", "폐지된 자격증명입니다")
    return credential


def is_set_in(status: Status, credential: Credential, now: datetime, asker: Fetch, lists: Lists) -> bool:
    """Whether the credential's place in its list is set.

    Raises
    ------
    NotVerified
        If the list cannot be read, is another issuer's, or is too short.
    """
    key = f"{credential.issuer} {status.purpose} {status.list}"
    bits = lists.get(key)
    if bits is None:
        bits = _list_at(status, credential, now, asker)
        lists.put(key, bits)
    try:
        return is_set(bits, status.place)
    except IndexError as short:
        raise refuse(
            credential.issuer, "its status list is too short", "상태 목록이 너무 짧습니다"
        ) from short


def _list_at(status: Status, credential: Credential, now: datetime, asker: Fetch) -> bytes:
    text = own_list(status.list, now) or _fetched(status.list, credential.issuer, asker)
    found, listed = taken_apart(text)
    if listed.issuer != credential.issuer:
        raise refuse(credential.issuer, "its status list is another's", "다른 발급자의 상태 목록입니다")
    check_signature(
        found, resolve(listed.issuer, kid=found.header.get("kid"), asker=asker), "assertionMethod"
    )
    kind, inner = LIST_KINDS[listed.profile]
    whole = kind in listed.kinds and listed.claims.get("type") == inner and listed.holds(now)
    if not whole or status.purpose != listed.claims.get("statusPurpose"):
        raise refuse(credential.issuer, "its status list does not hold", "상태 목록이 유효하지 않습니다")
    try:
        return unpacked(str(listed.claims["encodedList"]))
    except (KeyError, ValueError) as torn:
        raise refuse(credential.issuer, "its status list is torn", "상태 목록이 손상되었습니다") from torn


def _fetched(url: str, issuer: str, asker: Fetch) -> str:
    answer = asker(url, headers={"Accept": "application/vc+jwt, application/jwt, application/json"})
    if answer.status != 200:
        raise refuse(issuer, "its status list is not there", "상태 목록이 없습니다")
    return answer.body.decode("ascii", "replace").strip().strip('"')


def own_list(url: str, now: datetime) -> str:
    """A status list of ours, signed now; empty if the address is not one of ours."""
    from dure.sharing.participants.identity import own
    from dure.sharing.participants.issuing import list_address, status_list

    prefix = list_address(own(), 0).removesuffix("0")
    number = url.removeprefix(prefix)
    return status_list(int(number), now) if url.startswith(prefix) and number.isdecimal() else ""


def checked_presentation(  # noqa: PLR0913 - whose, for whom, when
    jwt: str,
    audience: str,
    holder: str,
    document: Mapping[str, object],
    now: datetime,
    *,
    asker: Fetch = fetch,
) -> list[Credential]:
    """The credentials of a presentation that hold; one that does not is left out, a presentation that does not is refused.

    Raises
    ------
    NotVerified
    """
    found, jwts = shown_in(jwt, audience, holder, now)
    check_signature(found, document, "authentication")
    good = []
    for one in jwts:
        try:
            good.append(checked(one, now, holder=holder, asker=asker))
        except NotVerified:
            continue
    return good


def presentations_in(raw: bytes) -> list[str]:
    """The presentations of an answer that are signed tokens."""
    from dure.sharing.participants.messages import check

    said = check(parsed(raw), "PresentationResponseMessage")
    return [one for one in said["presentation"] if isinstance(one, str)]

"""Calling another connector: `participants.fetch` does it, here is what a message adds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from dure.sharing.exchange.messages import MOST_BYTES
from dure.sharing.exchange.refusals import AddressRefused, PeerSilent
from dure.sharing.participants import FetchRefused, fetch

# How long one call may take from the first packet to the last byte. [s]
PATIENCE = 10.0
MOST_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        """Whether it acknowledges (RFC 9110, clause 15.3)."""
        return 200 <= self.status < 300


Call = Callable[[str, str, bytes | None, Mapping[str, str]], Answer]


def over_http(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    """Send one request and read its answer.

    Raises
    ------
    PeerSilent
        If nobody answers there, the address may not be called, or the answer is larger than a message may be.
    """
    try:
        answer = fetch(url, method=method, body=body, headers=headers, most=MOST_BYTES, timeout=PATIENCE)
    except FetchRefused as refused:
        raise PeerSilent(
            urlsplit(url).netloc[:100], why=str(refused.facts.get("why", refused.key))
        ) from refused
    return Answer(answer.status, answer.body)


def checked(address: str) -> str:
    """A callback address to which messages may go, without a slash at its end.

    Whether it leads into our own network is looked at when it is called, since names change what they lead to.

    Raises
    ------
    AddressRefused
        If it is not https (or http where that is allowed), names a user or a query, or is too long.
    """
    plain = bool(getattr(settings, "DURE_SHARING_PLAIN_HTTP", False))
    try:
        parts = urlsplit(address)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError as refused:
        raise AddressRefused(address[:100], why="not an address") from refused
    if not known or parts.scheme not in ({"https", "http"} if plain else {"https"}):
        raise AddressRefused(address[:100], why="not an https address")
    odd = parts.username is not None or parts.query or parts.fragment or ".." in parts.path.split("/")
    if odd or len(address) > MOST_ADDRESS or not all("!" <= sign <= "~" for sign in address):
        raise AddressRefused(ascii(address[:100]), why="not a plain address")
    return address.rstrip("/")


def headers(authorization: str) -> dict[str, str]:
    """What every call carries."""
    return {"Content-Type": "application/json", "Accept": "application/json", "Authorization": authorization}


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as bytes."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

"""A short-lived pass to the live stream: who, in which role, until when, under a keyed hash.

The live process knows no sessions and no database. A page hands its browser a pass, and the live process
checks it with the same key: HMAC-SHA-256 (RFC 2104) over the claims, compared in constant time.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dure.vocabulary import NotPermitted, Text

LIFE = 600.0
"""How long a pass is good for. [s]"""

LONGEST = 1024
"""Passes longer than this are refused unread. [characters]"""


class PassRefused(NotPermitted):
    """A pass that is forged, torn or out of date."""

    key = "pass-refused"
    says = Text("The pass to {where} is not valid.", "{where} 접속 권한이 유효하지 않습니다.")
    remedy = Text("Load the page again.", "페이지를 새로 고쳐 주세요.")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass says: the person's id, the role, and the end of its life [s since 1970]."""

    person: str
    role: str
    until: float


def live_key(secret: bytes) -> bytes:
    """Key of the live passes, derived from the node's own secret so that neither gives away the other."""
    return hmac.new(secret, b"dure live stream pass", hashlib.sha256).digest()


def key_in(home: Path) -> bytes:
    """Key of the live passes of the node whose state lies in `home`."""
    return live_key((home / "secret" / "django.key").read_bytes().strip())


def issue(key: bytes, person: str, role: str, *, now: float, life: float = LIFE) -> str:
    """Pass for `person` in `role`, good for `life` seconds from `now` [s since 1970].

    >>> text = issue(b"k", "7", "worker", now=1000.0)
    >>> read(b"k", text, now=1599.0)
    Pass(person='7', role='worker', until=1600.0)
    """
    claims = json.dumps(asdict(Pass(person, role, now + life)), separators=(",", ":")).encode()
    return f"{_text(claims)}.{_text(_seal(key, claims))}"


def read(key: bytes, text: str, *, now: float) -> Pass:
    """What a pass says.

    Raises
    ------
    PassRefused
        If the pass was not issued with `key`, is torn, or its life has ended by `now`.

    Examples
    --------
    >>> read(b"k", issue(b"other", "7", "worker", now=0.0), now=1.0)
    Traceback (most recent call last):
    dure.foundation.web.token.PassRefused: The pass to the live stream is not valid. Load ...
    """
    claims = _unsealed(key, text)
    found = Pass(str(claims["person"]), str(claims["role"]), float(claims["until"]))
    if now >= found.until:
        raise PassRefused("the live stream")
    return found


def _unsealed(key: bytes, text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise PassRefused("the live stream")
    try:
        body, seal = (_bytes(part) for part in text.split("."))
    except ValueError as torn:
        raise PassRefused("the live stream") from torn
    if not hmac.compare_digest(_seal(key, body), seal):
        raise PassRefused("the live stream")
    claims: dict[str, Any] = json.loads(body)  # ours: the seal holds
    return claims


def _seal(key: bytes, claims: bytes) -> bytes:
    return hmac.new(key, claims, hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

"""Tokens of devices: made here, shown once, kept as SHA-256 in the source's secret.

A token has 256 bits from the system's generator, so that its plain hash cannot be turned back; each look at one
compares with every device's hash in constant time.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from dure.plant.connect import add_source, password_of, source
from dure.plant.connect.push.refusals import DeviceRefused
from dure.vocabulary import Text

PREFIX = "dure_"  # by which a scanner of leaked secrets knows one
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
MOST = 1000  # devices of one source
READ_EVERY = 1.0  # s; so fast does a revoked token end


def make_token(home: Path, source_id: str, device: str) -> str:
    """A new token of a device, in the place of its former one; it is not kept and cannot be shown again.

    Raises
    ------
    SourceUnknown, DeviceRefused
    """
    described = source(home, source_id)
    if not described.url.startswith("push://"):
        raise DeviceRefused(device, why=Text("the source is not push://", "push:// 원천이 아닙니다"))
    if not _NAME.fullmatch(device):
        raise DeviceRefused(device, why=Text("of its signs", "쓸 수 없는 문자가 있습니다"))
    known = hashes(password_of(home, source_id))
    if len(known) >= MOST and device not in known:
        raise DeviceRefused(device, why=Text(f"there are {MOST} devices", f"장치가 이미 {MOST}대입니다"))
    token = PREFIX + secrets.token_urlsafe(32)
    known[device] = hash_of(token)
    add_source(home, described, password=json.dumps(known), again=True)
    return token


def revoke_token(home: Path, source_id: str, device: str) -> None:
    """End a device's token; its next request is refused.

    Raises
    ------
    SourceUnknown, DeviceRefused
    """
    described = source(home, source_id)
    known = hashes(password_of(home, source_id))
    if device not in known:
        raise DeviceRefused(device, why=Text("it has no token", "토큰이 없습니다"))
    del known[device]
    add_source(home, described, password=json.dumps(known), again=True)


def devices(home: Path, source_id: str) -> list[str]:
    """Devices that have a token, by name."""
    return sorted(hashes(password_of(home, source_id)))


def hash_of(token: str) -> str:
    """SHA-256 of a token, in hexadecimal.

    >>> hash_of("dure_example")[:16]
    '36b099d0d54ba84e'
    """
    return hashlib.sha256(token.encode()).hexdigest()


def hashes(secret: str | None) -> dict[str, str]:
    """Hash of every device's token, from the source's secret."""
    try:
        found = json.loads(secret or "{}")
        return {str(device): str(hashed) for device, hashed in found.items()}
    except (ValueError, AttributeError):
        return {}


class Tokens:
    """The tokens of a source as requests meet them; a change on the disk is seen within `READ_EVERY` seconds."""

    def __init__(self, home: Path, source_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._home, self._source, self._clock = home, source_id, clock
        self._read, self._known = -READ_EVERY, dict[str, str]()

    def device(self, token: str) -> str | None:
        """The device whose token it is."""
        if self._clock() - self._read >= READ_EVERY:
            self._known, self._read = hashes(password_of(self._home, self._source)), self._clock()
        given, found = hash_of(token), None
        for device, hashed in self._known.items():  # all of them, so that the time tells nothing
            if hmac.compare_digest(given, hashed):
                found = device
        return found

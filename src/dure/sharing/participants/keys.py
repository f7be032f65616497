"""The keys of one participant: one signs, older ones still verify until their end; kept in files that we alone may read.

`ring.json` holds the public halves with their times; `<fragment>.pem` the private half of the one that signs. A key that was
changed loses its private half at once: nothing can be signed with it any more, and what was signed verifies until its end.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from dure.sharing.participants.refusals import KeyProblem

LATEST = 12
"""Most keys that a ring keeps."""


@dataclass(frozen=True, slots=True)
class Key:
    """Public half of a key (P-256, JSON Web Key), by the fragment of its id; `until` is empty for the one that signs.

    `proof` is a JWT of the key before it that names this one: who has seen the older key can follow.
    """

    fragment: str
    jwk: Mapping[str, str]
    since: str
    until: str = ""
    proof: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether what it signed still verifies at `now`."""
        return not self.until or now < datetime.fromisoformat(self.until)


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys, the oldest first; the last one signs."""

    keys: tuple[Key, ...]
    private: ECKey

    @property
    def current(self) -> Key:
        """The key that signs."""
        return self.keys[-1]

    def valid(self, now: datetime) -> tuple[Key, ...]:
        """The keys that verify at `now`."""
        return tuple(key for key in self.keys if key.holds(now))


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """SHA-256 thumbprint of a public key (RFC 7638), base64url.

    >>> thumbprint({"kty": "EC", "crv": "P-256", "x": "ISXUXzBQlz7b_WmMuRPLwpVOR9sKG6mjXdAAO9CTw9I", "y": "5gYMxDbYdeQPQpHXpmwwJZxkOVdzPVgHkjPnbEogO7E"})
    '52CeuNWGS41YDLNDLwlzH5yefYEzzg58E4oUy8h4PeY'
    """
    from joserfc.jwk import thumbprint as computed

    members = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
    return computed({name: jwk[name] for name in members[jwk["kty"]]})


def folder_of(home: Path) -> Path:
    """Where the keys of the node in `home` lie."""
    return home / "sharing" / "identity"


def ring_in(home: Path, now: datetime | None = None) -> Ring:
    """The keys of the node; the first call makes one.

    Raises
    ------
    KeyProblem
        If the files do not hold together.
    """
    place = folder_of(home)
    if not (place / "ring.json").exists():
        with _alone(place):
            if not (place / "ring.json").exists():
                _write(place, [_made(place, now or datetime.now(UTC))])
    return _read(place, (place / "ring.json").stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(place: Path, _version: int) -> Ring:
    try:
        keys = tuple(Key(**row) for row in json.loads((place / "ring.json").read_text())["keys"])
        private = ECKey.import_key((place / f"{keys[-1].fragment}.pem").read_bytes())
        if thumbprint(private.as_dict(private=False)) != thumbprint(keys[-1].jwk):
            raise KeyProblem(str(place))
    except (OSError, ValueError, TypeError, KeyError, IndexError, JoseError) as torn:
        raise KeyProblem(str(place)) from torn
    return Ring(keys, private)


def changed(home: Path, now: datetime, keep: timedelta, prove: Any) -> Ring:
    """A new key signs from now on; the old one verifies for `keep` more, and its private half is destroyed.

    `prove(old ring, new public key)` gives the JWT by which the old key names the new one.
    """
    place = folder_of(home)
    with _alone(place):
        old = _read(place, (place / "ring.json").stat().st_mtime_ns)
        made = _made(place, now)
        made = replace(made, proof=prove(old, made.jwk))
        ended = replace(old.current, until=(now + keep).isoformat())
        kept = [key for key in (*old.keys[:-1], ended) if key.holds(now) or key.proof]
        _write(place, [*kept, made][-LATEST:])
        (place / f"{ended.fragment}.pem").unlink(missing_ok=True)
    return ring_in(home)


def begun_anew(home: Path, now: datetime) -> Ring:
    """After a theft: every old key is void at once, and a new one signs that no old one has named."""
    place = folder_of(home)
    old = ring_in(home)
    with _alone(place):
        _write(place, [_made(place, now)])
        (place / f"{old.current.fragment}.pem").unlink(missing_ok=True)
    return ring_in(home)


def _made(place: Path, now: datetime) -> Key:
    private = ECKey.generate_key("P-256")
    public = {name: str(value) for name, value in private.as_dict(private=False).items()}
    public = {name: public[name] for name in ("crv", "kty", "x", "y")}
    fragment = thumbprint(public)[:22]
    _put(place / f"{fragment}.pem", private.as_pem(private=True))
    return Key(fragment, public, now.isoformat())


def _write(place: Path, keys: list[Key]) -> None:
    _put(place / "ring.json", json.dumps({"keys": [asdict(key) for key in keys]}).encode())


def _put(place: Path, content: bytes) -> None:
    fresh = place.with_name(f"{place.name}.{os.getpid()}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - the mode must be there before the bytes
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One process at a time changes the ring."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

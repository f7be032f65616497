"""Who may read the OPC UA server: names with scrypt hashes in `home/secret/serve-users.json`."""

import hashlib
import hmac
import json
import secrets
from pathlib import Path

from dure.plant.connect import write_private

# OWASP Password Storage Cheat Sheet: scrypt with N = 2^15, r = 8, p = 3.
_COST = {"n": 2**15, "r": 8, "p": 3, "maxmem": 64 * 2**20}


def add_user(home: Path, name: str) -> str:
    """Give a user a new password, which is returned this once."""
    password, salt = secrets.token_urlsafe(16), secrets.token_bytes(16)
    kept = _kept(home) | {name[:80]: {"salt": salt.hex(), "hash": _hash(password, salt)}}
    write_private(_file(home), json.dumps(kept, ensure_ascii=False).encode())
    return password


def remove_user(home: Path, name: str) -> bool:
    """Take a user's leave away; whether there was one."""
    kept = _kept(home)
    gone = kept.pop(name, None)
    write_private(_file(home), json.dumps(kept, ensure_ascii=False).encode())
    return gone is not None


def users(home: Path) -> list[str]:
    """Names of the users."""
    return sorted(_kept(home))


def known(home: Path, name: str, password: str) -> bool:
    """Whether this is a user with that password."""
    kept = _kept(home).get(name, {"salt": "00" * 16, "hash": ""})
    # An unknown name costs as much as a known one.
    given = _hash(password[:200], bytes.fromhex(kept["salt"]))
    return hmac.compare_digest(given, kept["hash"])


def _hash(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, **_COST).hex()


def _kept(home: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads(_file(home).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _file(home: Path) -> Path:
    return home / "secret" / "serve-users.json"

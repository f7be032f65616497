"""How a camera is told the password: Digest (RFC 7616) wherever it is offered, Basic (RFC 7617) only where it is safe."""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Sequence

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class OnlyInTheClear(ValueError):
    """The camera takes the password by Basic only, and the link is not encrypted."""


def authorization(  # noqa: PLR0913 - what RFC 7616 puts into the answer
    asked: Sequence[str],
    *,
    method: str,
    uri: str,
    user: str,
    password: str,
    clear: bool,
    nonce: str = "",
) -> str:
    """The Authorization header that answers `asked`, the WWW-Authenticate headers; empty where none is understood.

    The answer of RFC 2617, 3.5:

    >>> told = 'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    >>> header = authorization([told], method="GET", uri="/dir/index.html", user="Mufasa",
    ...     password="Circle Of Life", clear=False, nonce="0a4f113b")
    >>> "6629fae49393a05397450978507c4ef1" in header
    True

    Raises
    ------
    OnlyInTheClear
    """
    offered = [header for header in asked if len(header) < 4000]
    for header in offered:
        if header[:7].lower() == "digest ":
            told = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(header[7:])}
            if told.get("algorithm", "MD5").upper() in HASHES:
                return _digest(told, method, uri, (user, password), nonce or secrets.token_hex(8))
    if any(header[:5].lower() == "basic" for header in offered):
        if not clear:
            raise OnlyInTheClear
        return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    return ""


def _digest(told: dict[str, str], method: str, uri: str, who: tuple[str, str], nonce: str) -> str:
    algorithm = told.get("algorithm", "MD5").upper()

    def hashed(*words: str) -> str:
        return HASHES[algorithm](":".join(words).encode()).hexdigest()

    realm, given = told.get("realm", ""), told.get("nonce", "")
    own, asked = hashed(who[0], realm, who[1]), hashed(method, uri)
    parts = {"username": who[0], "realm": realm, "nonce": given, "uri": uri}
    plain = {"algorithm": algorithm} if "algorithm" in told else {}
    if "auth" in [word.strip() for word in told.get("qop", "").split(",")]:
        parts |= {"cnonce": nonce, "response": hashed(own, given, "00000001", nonce, "auth", asked)}
        plain |= {"qop": "auth", "nc": "00000001"}
    else:
        parts["response"] = hashed(own, given, asked)
    if "opaque" in told:
        parts["opaque"] = told["opaque"]
    quoted = [f'{name}="{value}"' for name, value in parts.items()]
    return "Digest " + ", ".join([*quoted, *(f"{name}={value}" for name, value in plain.items())])

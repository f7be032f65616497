"""One way to write a content as bytes, so that it has one hash (after RFC 8785, without its rules for numbers).

Keys sorted by UTF-16 code units, no white space, UTF-8. Amounts are written as texts, so that no number but small integers occurs.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(content: object) -> bytes:
    """The bytes of a JSON content.

    Raises
    ------
    ValueError
        If it holds a float, an integer beyond 2⁵³, or what is no JSON.

    >>> canonical({"b": [1, True], "a": "가"}).decode()
    '{"a":"가","b":[1,true]}'
    """
    return json.dumps(_ordered(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(content: object) -> str:
    """SHA-256 of the canonical bytes, as `sha256:` and 64 digits."""
    return f"sha256:{hashlib.sha256(canonical(content)).hexdigest()}"


def _ordered(content: object) -> Any:
    if isinstance(content, Mapping):
        if not all(isinstance(key, str) for key in content):
            raise ValueError("a key is no text")
        return {
            key: _ordered(content[key]) for key in sorted(content, key=lambda key: key.encode("utf-16-be"))
        }
    if isinstance(content, list | tuple):
        return [_ordered(one) for one in content]
    if content is None or isinstance(content, str | bool):
        return content
    if isinstance(content, int) and abs(content) <= 2**53:
        return content
    raise ValueError(f"{content!r} has no canonical form")

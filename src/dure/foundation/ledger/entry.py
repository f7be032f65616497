"""The bytes of an entry, which its hash covers; and the commitments that stand in for personal words."""

import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dure.foundation.ledger.tree import Hash, leaf_hash

COMMITMENT = "commitment"


def canonical(facts: Any) -> str:
    """JSON in one way only: keys sorted, no spaces, UTF-8, no NaN.

    >>> canonical({"b": 1, "a": "두레"})
    '{"a":"두레","b":1}'

    Raises
    ------
    TypeError, ValueError
        If something in it is not JSON.
    """
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def hashed(  # noqa: PLR0913 - the parts of one entry
    *,
    index: int,
    at: datetime,
    who: str,
    what: str,
    object: str,  # noqa: A002 - the row's own name
    facts: str,
) -> Hash:
    """Leaf hash of an entry; `facts` is canonical JSON, `at` is taken to UTC and the microsecond.

    >>> hashed(index=0, at=datetime(2026, 1, 1, tzinfo=UTC), who="person:1", what="made", object="m", facts="{}").hex()[:16]
    '5c871b75adc4ea04'
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return leaf_hash(canonical([index, moment, who, what, object, facts]).encode())


@dataclass(frozen=True, slots=True)
class Kept:
    """A personal value beside the salt that its commitment was made with; both may be deleted."""

    field: str
    salt: bytes
    value: str


def commitment(salt: bytes, value: str) -> str:
    """What the ledger holds instead of a personal value: HMAC-SHA-256 under 32 random bytes, hexadecimal.

    Without the salt nothing can be guessed from it, not even by trying every name.
    """
    return hmac.digest(salt, value.encode(), "sha256").hex()


def sealed(
    facts: Mapping[str, Any], personal: Collection[str], salts: Mapping[str, bytes]
) -> tuple[dict[str, Any], list[Kept]]:
    """`facts` with each `personal` field replaced by its commitment, and what was taken out.

    >>> public, kept = sealed({"name": "Kim", "line": 2}, ["name"], {"name": bytes(32)})
    >>> public["line"], list(public["name"]), kept[0].value
    (2, ['commitment'], '"Kim"')
    """
    kept = [Kept(field, salts[field], canonical(facts[field])) for field in personal]
    covers = {one.field: {COMMITMENT: commitment(one.salt, one.value)} for one in kept}
    return {**facts, **covers}, kept

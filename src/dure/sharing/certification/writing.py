"""JSON in one way only, so that what is signed and hashed has one spelling."""

import json
from typing import Any


def canonical(facts: Any) -> str:
    """Keys sorted, no spaces, UTF-8, no NaN.

    >>> canonical({"b": 1, "a": "두레"})
    '{"a":"두레","b":1}'
    """
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

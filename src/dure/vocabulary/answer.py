"""What a command answers: facts for a machine, and how a person sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of a command: `facts` are printed as one JSON object under `--json`; else `shown` is printed.

    `shown` is text or anything that Rich can render; without it the facts are listed.
    """

    facts: Mapping[str, Any]
    shown: Any = None

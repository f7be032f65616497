"""What a collector writes beside samples: the gap ledger's entries, and events of the connection."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

Note = TypeVar("Note", "Gap", "Event")


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that a source emitted, or should have, and that did not reach us in the ordinary way.

    `start` and `end` in nanoseconds since 1970-01-01 UTC, the sequence numbers the server's own (-1 where it has
    none). `filled_by` says how it was repaired: `republish`, `transfer`, `history`; `permanent`: it cannot be;
    empty: not yet known. A later entry with the same source, start and sequences replaces an earlier one.
    """

    source: str
    start: int
    end: int
    first_sequence: int = -1
    last_sequence: int = -1
    cause: str = ""
    filled_by: str = ""

    def to_bytes(self) -> bytes:
        """The entry as JSON.

        >>> Gap.from_bytes(Gap("line1", 0, 1_000, cause="link cut").to_bytes()).cause
        'link cut'
        """
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Gap":
        """The entry that `to_bytes` wrote; ValueError or TypeError if it is none."""
        return _typed(cls(**json.loads(payload)), cls("", 0, 0))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a connection: `connected`, `lost`, `resumed`; `time` in ns since 1970 UTC."""

    source: str
    time: int
    what: str
    facts: dict[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The event as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Event":
        """The event that `to_bytes` wrote; ValueError or TypeError if it is none."""
        return _typed(cls(**json.loads(payload)), cls("", 0, ""))


def _typed(note: Note, example: Note) -> Note:
    """The note, if its fields have the example's types and numbers of 64 bits: a log is foreign input."""
    for name in (part.name for part in fields(note)):
        value = getattr(note, name)
        if type(value) is not type(getattr(example, name)):
            raise TypeError(f"{name} of a {type(note).__name__} is {value!r}")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError(f"{name} of a {type(note).__name__} is {value!r}")
    return note

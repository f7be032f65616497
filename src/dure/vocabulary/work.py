"""Long work: what a page or a command may ask of whoever runs it, without knowing who that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class WorkState(StrEnum):
    """Where a piece of long work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of long work: what it does, how far it is (0 to 1), in which words, and what came of it."""

    id: str
    kind: str
    state: WorkState
    progress: float = 0.0
    stage: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, str] = field(default_factory=dict)


class Works(Protocol):
    """Runs long work durably: killed in the middle, it goes on at the step it had reached."""

    def submit(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Start `kind` (`train`, `prepare`, `import`) on JSON-able `facts`; its id."""

    def find(self, id: str) -> Work | None:  # noqa: A002 - the word everyone uses
        """The work of that id, or None."""

    def recent(self, kind: str | None = None, limit: int = 20) -> list[Work]:
        """The newest works, newest first."""

    def cancel(self, id: str) -> None:  # noqa: A002 - the word everyone uses
        """Stop it before its next step; what was finished stays."""


class Progress(Protocol):
    """How long work tells where it stands; raises `Cancelled` when it should stop."""

    def __call__(self, fraction: float, stage: str) -> None:
        """Report that `fraction` (0 to 1) is done and `stage` is under way."""

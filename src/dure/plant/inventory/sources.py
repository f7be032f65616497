"""How the sources do, as the data page tells it: described in files, reported by their collectors."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dure.plant.connect import Source, sources
from dure.vocabulary import language

SILENT = 10.0
"""A collector that has not written its status for so long is not there. [s]"""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source, the state of its collector, and what it has read."""

    source: Source
    state: str
    since: float = 0.0
    error: str = ""
    remedy: str = ""
    samples: int = 0
    gaps: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)
    """What the collector told, as its status file has it."""
    imported: str = ""
    """Title of the file, where the source is one that was brought in and read once."""

    @property
    def scheme(self) -> str:
        """Kind of its address."""
        return self.source.url.partition("://")[0]


def with_titles(states: Iterable[SourceState], titles: Mapping[str, str]) -> list[SourceState]:
    """The same states; a source that is an upload has its title, and was read to its end rather than switched off.

    `titles` has the title of each upload by the name of its file below `uploads/`.
    """
    told = []
    for one in states:
        _before, inside, name = one.source.url.rpartition("/uploads/")
        title = titles.get(name, "") if inside else ""
        state = "finished" if title and one.state == "off" else one.state
        told.append(replace(one, imported=title, state=state))
    return told


def source_states(home: Path, *, now: float | None = None) -> list[SourceState]:
    """Every source of the node at `home`, as it does at `now` [s since 1970]."""
    moment = time.time() if now is None else now
    return [state_of(home, source, moment) for source in sources(home)]


def state_of(home: Path, source: Source, now: float) -> SourceState:
    """One source, by its collector's status file."""
    told = _told(home, source.id)
    if not source.enabled:
        return SourceState(source, "off", samples=int(told.get("samples", 0)))
    over = told.get("state") in {"finished", "stopped"}
    if not told or (not over and now - float(told.get("told", 0.0)) > SILENT):
        return SourceState(source, "connecting" if not told else "silent", told=told)
    error = told.get("error") or {}
    return SourceState(
        source,
        str(told["state"]),
        float(told.get("since", 0.0)),
        str(error.get(f"message_{language()}", error.get("message", ""))),
        str(error.get(f"remedy_{language()}", error.get("remedy", ""))),
        int(told.get("samples", 0)),
        int(told.get("gaps", 0)),
        told,
    )


def _told(home: Path, id: str) -> dict[str, Any]:  # noqa: A002 - a source's own word
    try:
        found: dict[str, Any] = json.loads((home / "run" / f"collector-{id}.json").read_text())
    except (OSError, ValueError):
        return {}
    return found

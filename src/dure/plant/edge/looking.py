"""How the invited boxes do, by what they have told the node."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.plant.edge.certificate import fingerprint_of, node_certificate
from dure.plant.edge.pairing import Box, Invitation, boxes, invite

SILENT = 30.0
"""A box that has told nothing for so long is out of reach [s]; it tells every few seconds."""
CLOCK_OFF = 5.0


@dataclass(frozen=True, slots=True)
class BoxState:
    """A box as it last told: `told` [s since 1970, 0 never], its clock's lag [s], what it still holds [bytes]."""

    name: str
    sources: tuple[str, ...]
    told: float
    behind: float
    backlog: int
    state: str

    @property
    def clock_off(self) -> bool:
        """Whether its clock is off by more than a network explains."""
        return abs(self.behind) >= CLOCK_OFF


def box_states(home: Path, now: float) -> list[BoxState]:
    """Every invited box at `now` [s since 1970]: `invited`, `connected` or `silent`."""
    return [_one(home, box, now) for box in boxes(home)]


def invite_here(home: Path, name: str, url: str) -> Invitation:
    """Invite a box with the certificate of the node at `home`, which is made if it is not there.

    Raises
    ------
    BoxExists, BoxUnknown
    """
    certificate, _key = node_certificate(home)
    return invite(home, name, url, fingerprint_of(certificate))


def _one(home: Path, box: Box, now: float) -> BoxState:
    own = _read(home / "run" / f"box-{box.name}.json")
    told = float(own.get("told", 0.0))
    statuses = [_read(home / "run" / f"collector-{source}.json") for source in box.sources]
    backlog = sum(int(one.get("backlog", 0)) for one in statuses if one.get("box") == box.name)
    state = "invited" if not told else "silent" if now - told > SILENT else "connected"
    return BoxState(box.name, box.sources, told, float(own.get("behind", 0.0)), backlog, state)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

"""The pulse of scoring: a file that the worker touches while its scoring keeps its own time."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

BEAT = 0.5
"""How often the pulse is written [s]."""
OVERDUE = 1.0
"""How long a look may be overdue before the pulse stops [s]."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """When the worker last said that it lives, and until when that holds [s since 1970]."""

    told: float
    due: float


def beat(home: Path, now: float, due: float) -> bool:
    """Write the pulse unless scoring, whose next look was `due` [s since 1970], is overdue; whether it was written."""
    if now > due + OVERDUE:
        return False
    path = home / "run" / "pulse.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(asdict(Pulse(now, due))))
    beside.replace(path)
    return True


def last_beat(home: Path) -> Pulse:
    """The pulse last written; one at 0 if there is none."""
    try:
        written = json.loads((home / "run" / "pulse.json").read_text())
        return Pulse(float(written["told"]), float(written["due"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Pulse(0.0, 0.0)

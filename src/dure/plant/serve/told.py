"""What the serving process tells the pages: which faces listen, and how much they publish."""

import json
from pathlib import Path
from typing import Any

SILENT = 5.0
"""Age from which what was told no longer counts [s]."""


def tell(home: Path, now: float, face: str, facts: dict[str, Any]) -> None:
    """Keep what a face says of itself at `now` [s since 1970]; worth nothing after a power cut, so without fsync."""
    path = home / "run" / f"serve-{face}.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps({"told": now, **facts}))
    beside.replace(path)


def told(home: Path, now: float) -> dict[str, dict[str, Any]]:
    """What each face said within the last seconds before `now` [s since 1970]; a face that is silent is absent.

    >>> import tempfile
    >>> at = Path(tempfile.mkdtemp())
    >>> tell(at, 100.0, "opcua", {"state": "listening", "signals": 3})
    >>> told(at, 101.0)["opcua"]["signals"], told(at, 200.0)
    (3, {})
    """
    found = {}
    for path in (home / "run").glob("serve-*.json"):
        try:
            facts = json.loads(path.read_bytes())
            if now - float(facts["told"]) < SILENT:
                found[path.stem.removeprefix("serve-")] = facts
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return found

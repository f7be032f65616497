"""What the hub's and the plant's process tell of themselves: one small file each, written every second."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVERY, SILENT = 1.0, 5.0


async def keep_telling(
    home: Path, who: str, facts: Callable[[], dict[str, Any]], clock: Callable[[], float] = time.time
) -> None:
    """Write what `facts` gives until cancelled; worth nothing after a power cut, so without fsync."""
    path = home / "run" / f"tunnel-{who}.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps({"told": clock(), **facts()}))
        beside.replace(path)
        await asyncio.sleep(EVERY)


def told(home: Path, who: str, now: float) -> dict[str, Any] | None:
    """What `hub` or `plant` said within the last seconds before `now` [s since 1970]; None if it is silent."""
    try:
        facts = json.loads((home / "run" / f"tunnel-{who}.json").read_bytes())
        return dict(facts) if now - float(facts["told"]) < SILENT else None
    except (OSError, ValueError, TypeError, KeyError):
        return None

"""One collector a source: started when its description appears, anew when that changes, ended when it is gone."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dure.node.keeper import Keeper, Program

# How often the folder of sources is looked at. [s]
LOOK = 1.0


def module(
    name: str, *arguments: str, called: str | None = None, once: bool = False, aloud: bool = False
) -> Program:
    """The program that is a module of ours, run by the interpreter that runs us."""
    return Program(called or name.rpartition(".")[2], (sys.executable, "-m", name, *arguments), once, aloud)


class Collectors:
    """Collectors of the sources below `home`; `keep` starts a program and returns its keeper."""

    def __init__(self, home: Path, keep: Callable[[Program], Keeper]) -> None:
        self._home, self._keep = home, keep
        self._running: dict[str, tuple[Keeper, str]] = {}

    async def watch(self) -> None:
        """Follow the descriptions until cancelled."""
        while True:
            wanted = _described(self._home)
            gone = [
                name
                for name, (keeper, mark) in self._running.items()
                if wanted.get(name) != mark or (keeper.ended and _was_stopped(self._home, name))
            ]
            await asyncio.gather(*(self._running.pop(name)[0].stop() for name in gone))
            for name in wanted.keys() - self._running.keys():
                # A collector that ends by itself has read its source to the end.
                collector = module("dure.plant.connect", name, called=f"collector-{name}", once=True)
                self._running[name] = self._keep(collector), wanted[name]
            await asyncio.sleep(LOOK)

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(keeper.stop() for keeper, _mark in self._running.values()))


def _was_stopped(home: Path, name: str) -> bool:
    """Whether a collector ended because somebody stopped its process, and not at the end of its source."""
    with suppress(OSError, ValueError):
        return bool(json.loads((home / "run" / f"collector-{name}.json").read_text())["state"] == "stopped")
    return False


def _described(home: Path) -> dict[str, str]:
    """Mark of each description that we collect; another mark means that its collector must start anew."""
    marks = {}
    for path in (home / "sources").glob("[!.]*.json"):
        with suppress(OSError, ValueError):
            described = json.loads(path.read_text())
            if described.get("enabled", True) and not described.get("box"):
                marks[path.stem] = str(path.stat().st_mtime_ns)
    return marks

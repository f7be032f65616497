"""What a host must find again after kill -9: which edge nodes there are, and up to when all was written to disk."""

import json
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from dure.plant.connect import write_private
from dure.plant.transport import BINARY, write_at

_PLACE = struct.Struct("<q")


class Notebook:
    """The notes of one source in `home/run`; not fsynced, as a killed process leaves them to the kernel."""

    def __init__(self, home: Path, source: str) -> None:
        self._about = home / "run" / f"sparkplug-{source}.json"
        self._place = home / "run" / f"sparkplug-{source}.place"
        self._file = -1
        self._nodes: list[tuple[str, str]] | None = None

    def nodes(self) -> list[tuple[str, str]]:
        """Group and name of every edge node that was heard."""
        if self._nodes is None:
            try:
                self._nodes = [(str(group), str(node)) for group, node in json.loads(self._about.read_text())]
            except (OSError, ValueError, TypeError):
                self._nodes = []
        return self._nodes

    def know(self, nodes: Iterable[tuple[str, str]]) -> None:
        """Note the edge nodes."""
        self._nodes = list(nodes)
        write_private(self._about, json.dumps(self._nodes, ensure_ascii=False).encode())

    def note(self, complete: int) -> None:
        """Note that everything up to `complete` [ns since 1970 UTC] is on disk."""
        if self._file < 0:
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._place, os.O_WRONLY | os.O_CREAT | BINARY, 0o600)
        write_at(self._file, _PLACE.pack(complete), 0)

    def complete(self) -> int:
        """The time that was noted last, 0 if none."""
        try:
            return int(_PLACE.unpack(self._place.read_bytes())[0])
        except (OSError, struct.error):
            return 0

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

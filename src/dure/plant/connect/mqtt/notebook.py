"""What a collector must find again after kill -9: its client id, whether it had a session, and when what arrived.

Written before the confirmation leaves, without fsync: a killed process leaves it to the kernel, and after a power
cut the worst is a gap named that was none, or a message without a time of its own that is stored twice.
"""

import json
import mmap
import os
import secrets
import struct
from pathlib import Path
from zlib import crc32

from dure.plant.connect import write_private
from dure.plant.transport import BINARY, write_at

_PLACE = struct.Struct("<qdI")
_ARRIVAL = struct.Struct("<IIq")
ROUND = 65_536  # packet ids
FRESH = 30_000  # messages after which the same packet id is surely another message


class Notebook:
    """The notes of one source in `home/run`."""

    def __init__(self, home: Path, source: str) -> None:
        self._about = home / "run" / f"mqtt-{source}.json"
        self._place = home / "run" / f"mqtt-{source}.place"
        self._arrivals = home / "run" / f"mqtt-{source}.arrivals"
        self._file = -1
        self._map: mmap.mmap | None = None
        self._count = 0

    def client_id(self, source: str) -> str:
        """A client id of our own, made once: a broker knows a session by it (MQTT 5.0 §3.1.3.1)."""
        known = self._read()
        if isinstance(found := known.get("client_id"), str) and found:
            return found
        made = f"dure-{source[:40]}-{secrets.token_hex(4)}"
        self._write({**known, "client_id": made})
        return made

    @property
    def filters(self) -> list[str]:
        """What the session at the broker was subscribed to."""
        found = self._read().get("filters", [])
        return found if isinstance(found, list) else []

    def subscribed(self, filters: list[str]) -> None:
        """Note what the session is subscribed to."""
        if filters != self.filters:
            self._write({**self._read(), "filters": filters})

    def note(self, complete: int, rate: float, qos0: bool) -> None:
        """Note that everything up to `complete` [ns since 1970 UTC] is on disk, at `rate` messages a second."""
        if self._file < 0:
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._place, os.O_WRONLY | os.O_CREAT | BINARY, 0o600)
        write_at(self._file, _PLACE.pack(complete, rate, qos0), 0)

    def found(self) -> tuple[int, float, bool]:
        """What `note` noted last; zeros if nothing."""
        try:
            complete, rate, qos0 = _PLACE.unpack(self._place.read_bytes())
        except (OSError, struct.error):
            return 0, 0.0, False
        return complete, rate, bool(qos0)

    def arrival(self, packet_id: int, content: bytes, time: int, again: bool) -> int:
        """When a message without a time of its own arrived [ns]; that of its first delivery if it comes again."""
        notes = self._map or self._open()
        self._count = (self._count + 1) % 2**32
        check = crc32(content)
        if again:
            known, count, before = _ARRIVAL.unpack_from(notes, 16 * packet_id)
            if known == check and before and (self._count - count) % 2**32 < FRESH:
                return int(before)
        _ARRIVAL.pack_into(notes, 16 * packet_id, check, self._count, time)
        _ARRIVAL.pack_into(
            notes, 0, 0, self._count, 0
        )  # packet id 0 does not exist: its place keeps the count
        return time

    def close(self) -> None:
        """Close the files."""
        if self._file >= 0:
            os.close(self._file)
        if self._map is not None:
            self._map.close()
        self._file, self._map = -1, None

    def _open(self) -> mmap.mmap:
        self._arrivals.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._arrivals, os.O_RDWR | os.O_CREAT | BINARY, 0o600)
        try:
            os.ftruncate(file, 16 * ROUND)
            self._map = mmap.mmap(file, 16 * ROUND)
        finally:
            os.close(file)
        self._count = _ARRIVAL.unpack_from(self._map, 0)[1]
        return self._map

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._about.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, about: dict[str, object]) -> None:
        write_private(self._about, json.dumps(about).encode())

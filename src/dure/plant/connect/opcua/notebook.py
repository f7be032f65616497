"""What a collector must find again after kill -9: its subscriptions, how far each is on disk, gaps not yet filled."""

import json
import os
import struct
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from dure.plant.connect import write_private
from dure.plant.connect.opcua.numbering import after
from dure.plant.connect.opcua.subscription import Held, Subscription
from dure.plant.transport import BINARY, Gap, write_at

_PLACE = struct.Struct("<IIqI")
MOST_GAPS = 64


class Notebook:
    """Three small files in `home/run`.

    A subscription's place is overwritten before each acknowledgement leaves. It is not fsynced: a killed process
    leaves it to the kernel, and after a power cut the worst is a gap named that was none.
    """

    def __init__(self, home: Path, source: str) -> None:
        self._about = home / "run" / f"collector-{source}.subscription.json"
        self._place = home / "run" / f"collector-{source}.place"
        self._gaps = home / "run" / f"collector-{source}.gaps.json"
        self._file = -1
        self._slots: dict[int, int] = {}

    def begin(self, held: Held) -> None:
        """Note the subscriptions there are now."""
        parts = list(held.parts.values())
        about = {
            "names": held.names,
            "parts": [
                {
                    "id": part.id,
                    "handles": part.handles,
                    "keep_alive": part.keep_alive,
                    "queue": part.queue,
                    "sampling": part.sampling,
                    "interval": part.interval,
                }
                for part in parts
            ],
        }
        write_private(self._about, json.dumps(about).encode())
        self._slots = {part.id: slot for slot, part in enumerate(parts)}
        for part in parts:
            durable, complete = part.written
            self.note(part, durable, complete or part.gap_from)

    def note(self, part: Subscription, durable: int, complete: int) -> None:
        """Note that everything up to notification `durable` is on disk."""
        part.written = durable, complete
        self._write(self._slots.get(part.id, 0), part.id, durable, complete)

    def found(self, names: Sequence[str]) -> Held | None:
        """The subscriptions of a collector that was killed, if they were for the same signals."""
        try:
            about = json.loads(self._about.read_text())
            if about["names"] != list(names):
                return None
            parts = [self._part(slot, part) for slot, part in enumerate(about["parts"])]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        known = {part.id: part for part in parts if part is not None}
        self._slots = {part.id: slot for slot, part in enumerate(parts) if part is not None}
        return Held(tuple(names), known) if known else None

    def complete(self) -> int:
        """The time up to which the last run was complete [ns since 1970 UTC], 0 if nobody knows."""
        times = [complete for _, _, complete in self._places() if complete]
        return min(times, default=0)

    def end(self, complete: int = 0) -> None:
        """The subscriptions are no more; the time up to which they were complete stays noted."""
        self._about.unlink(missing_ok=True)
        if complete:
            self.close()
            self._place.unlink(missing_ok=True)
            self._write(0, 0, 0, complete)

    def gaps(self) -> list[tuple[Gap, list[str] | None]]:
        """Gaps that wait to be filled, with the signals they concern (None: all)."""
        try:
            return [(Gap(**one["gap"]), one["signals"]) for one in json.loads(self._gaps.read_text())]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def keep_gaps(self, gaps: Sequence[tuple[Gap, list[str] | None]]) -> None:
        """Keep the gaps that wait to be filled."""
        if not gaps:
            self._gaps.unlink(missing_ok=True)
            return
        kept = [{"gap": asdict(gap), "signals": signals} for gap, signals in gaps[-MOST_GAPS:]]
        write_private(self._gaps, json.dumps(kept).encode())

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _part(self, slot: int, about: dict[str, object]) -> Subscription | None:
        """A subscription of which notes and place agree."""
        places = self._places()
        subscription, durable, complete = places[slot] if slot < len(places) else (0, 0, 0)
        if about["id"] != subscription:
            return None
        return Subscription(
            subscription,
            tuple(int(handle) for handle in about["handles"]),  # type: ignore[attr-defined]  # TypeError is caught above
            float(about["keep_alive"]),  # type: ignore[arg-type]  # the same
            float(about["sampling"]),  # type: ignore[arg-type]  # the same
            int(about["queue"]),  # type: ignore[call-overload]  # the same
            float(about["interval"]),  # type: ignore[arg-type]  # the same
            expected=after(durable) if durable else 1,
            complete=complete,
            written=(durable, complete),
        )

    def _write(self, slot: int, subscription: int, durable: int, complete: int) -> None:
        if self._file < 0:
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._place, os.O_WRONLY | os.O_CREAT | BINARY, 0o600)
        whole = _PLACE.pack(subscription, durable, complete, subscription ^ durable)
        write_at(self._file, whole, slot * _PLACE.size)

    def _places(self) -> list[tuple[int, int, int]]:
        try:
            content = self._place.read_bytes()
        except OSError:
            return []
        whole = content[: len(content) // _PLACE.size * _PLACE.size]
        return [
            (subscription, durable, complete) if check == subscription ^ durable else (0, 0, 0)
            for subscription, durable, complete, check in _PLACE.iter_unpack(whole)
        ]

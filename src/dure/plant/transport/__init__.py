"""From the machine to the historian without loss: the fsynced segment log of a source, and how to reconnect.

Acknowledged means: `SegmentLog.append` has returned, so the sample is on the disk. A connector confirms to its
server only after that (a SubscriptionAcknowledgement, a PUBACK, a 2xx).
"""

from importlib import import_module
from types import ModuleType

from dure.plant.transport.bounds import CAUSES, FULL, Bound, bound_by_disk
from dure.plant.transport.content import FORGOTTEN, MOST_BYTES, Content, Entry, Keep, Reference, forgetting
from dure.plant.transport.errors import (
    ContentAbsent,
    ContentDamaged,
    ContentNotWritten,
    ContentTooLarge,
    DiskFull,
    FrameTooLarge,
    LogFull,
    LogTaken,
    WrongSamples,
)
from dure.plant.transport.frames import MAX_PAYLOAD, Damage, Frame, Kind, Position, pack, unpack
from dure.plant.transport.notes import Event, Gap
from dure.plant.transport.portable import BINARY, at_end, hold, sync_folder, write_at
from dure.plant.transport.reading import forget, read_log
from dure.plant.transport.reconnect import Attempts, Backoff
from dure.plant.transport.samples import SAMPLE_SCHEMA, batch, decode, encode, samples
from dure.plant.transport.segments import SegmentLog

__all__ = [
    "BINARY",
    "CAUSES",
    "FORGOTTEN",
    "FULL",
    "MAX_PAYLOAD",
    "MOST_BYTES",
    "SAMPLE_SCHEMA",
    "Attempts",
    "Backoff",
    "Bound",
    "Content",
    "ContentAbsent",
    "ContentDamaged",
    "ContentNotWritten",
    "ContentTooLarge",
    "Damage",
    "DiskFull",
    "Entry",
    "Event",
    "Frame",
    "FrameTooLarge",
    "Gap",
    "Keep",
    "Kind",
    "LogFull",
    "LogTaken",
    "Position",
    "Reference",
    "SegmentLog",
    "WrongSamples",
    "at_end",
    "batch",
    "bound_by_disk",
    "decode",
    "encode",
    "forget",
    "forgetting",
    "hold",
    "mqtt",
    "pack",
    "read_log",
    "samples",
    "sparkplug",
    "sync_folder",
    "unpack",
    "write_at",
]


def __getattr__(name: str) -> ModuleType:
    """The protocols that connectors and `serve` share, brought in by whoever asks."""
    if name not in {"mqtt", "sparkplug"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")

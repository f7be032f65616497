"""From the machine to the historian without loss: the fsynced segment log of a source, and how to reconnect.

Acknowledged means: `SegmentLog.append` has returned, so the sample is on the disk. A connector confirms to its
server only after that (a SubscriptionAcknowledgement, a PUBACK, a 2xx).
"""

from dure.plant.transport.errors import DiskFull, FrameTooLarge, LogTaken, WrongSamples
from dure.plant.transport.frames import MAX_PAYLOAD, Damage, Frame, Kind, Position, pack, unpack
from dure.plant.transport.notes import Event, Gap
from dure.plant.transport.reading import forget, read_log
from dure.plant.transport.reconnect import Attempts, Backoff
from dure.plant.transport.samples import SAMPLE_SCHEMA, batch, decode, encode, samples
from dure.plant.transport.segments import SegmentLog

__all__ = [
    "MAX_PAYLOAD",
    "SAMPLE_SCHEMA",
    "Attempts",
    "Backoff",
    "Damage",
    "DiskFull",
    "Event",
    "Frame",
    "FrameTooLarge",
    "Gap",
    "Kind",
    "LogTaken",
    "Position",
    "SegmentLog",
    "WrongSamples",
    "batch",
    "decode",
    "encode",
    "forget",
    "pack",
    "read_log",
    "samples",
    "unpack",
]

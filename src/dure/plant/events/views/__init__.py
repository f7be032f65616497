"""Pages of events: frames, lots, and the definitions they come from."""

from dure.plant.events.views.defining import definition, read, remove
from dure.plant.events.views.showing import export, frame, frames, lot, lots, samples

__all__ = ["definition", "export", "frame", "frames", "lot", "lots", "read", "remove", "samples"]

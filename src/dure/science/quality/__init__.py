"""Quality: what is wrong with data, and what to do about it."""

from dure.science.quality.columns import kind_of, unit_in, unit_written
from dure.science.quality.times import Clock, as_times, clock

__all__ = ["Clock", "as_times", "clock", "kind_of", "unit_in", "unit_written"]

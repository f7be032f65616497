"""Quality: what is in data, what is wrong with it, and what to do.

A **measure** is one file here: a frozen dataclass below `dure.science.quality.measure.Measure`, found by its
place; it looks at a table and tells its findings, each with key, place, sentence and remedy in English and
Korean. `profile` asks all of them. One generic check holds every measure to the promise.
"""

from dure.science.quality.columns import has_decimal_commas, kind_of, unit_in, unit_written
from dure.science.quality.measure import Finding, Measure, Subject, duration, percent
from dure.science.quality.profiling import Column, Profile, Tabular, TargetAbsent, measures, profile
from dure.science.quality.times import Clock, as_times, clock

__all__ = [
    "Clock",
    "Column",
    "Finding",
    "Measure",
    "Profile",
    "Subject",
    "Tabular",
    "TargetAbsent",
    "as_times",
    "clock",
    "duration",
    "has_decimal_commas",
    "kind_of",
    "measures",
    "percent",
    "profile",
    "unit_in",
    "unit_written",
]

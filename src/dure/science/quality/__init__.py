"""Quality: what is in data, how good it is, what is wrong with it, and what to do.

A **measure** is one file in the folder of its characteristic (ISO/IEC 25012, 5259-2): a frozen dataclass below
`dure.science.quality.measure.Measure`, found by its place; it looks at a table, gives its value and tells its
findings, each with key, place, sentence and remedy in English and Korean. `profile` asks all of them. One
generic check holds every measure to the promise, and to finding the defect it is for (`injection`).
"""

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import has_decimal_commas, kind_of, unit_in, unit_written
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.personal import PERSONAL_KINDS, Personal, masked, personal_counts, personal_in
from dure.science.quality.power import Power, PowerHere, power_here, powers
from dure.science.quality.profiling import Column, Profile, Tabular, TargetAbsent, measures, profile
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, duration, percent
from dure.science.quality.times import Clock, as_times, clock

__all__ = [
    "PERSONAL_KINDS",
    "Characteristic",
    "Clock",
    "Column",
    "Finding",
    "Measure",
    "Personal",
    "Power",
    "PowerHere",
    "Profile",
    "Severity",
    "Subject",
    "Tabular",
    "TargetAbsent",
    "Value",
    "as_times",
    "clock",
    "counted",
    "duration",
    "has_decimal_commas",
    "kind_of",
    "masked",
    "measures",
    "percent",
    "personal_counts",
    "personal_in",
    "power_here",
    "powers",
    "profile",
    "unit_in",
    "unit_written",
]

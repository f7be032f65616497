"""Defects put into sound data, to measure how much of each a measure finds: its detection power.

A `Defect` spoils a sound stretch by a stated magnitude at a random place and says where; `detected` asks the measure
that is for it whether it sees what it did not see before. `benchmarks/quality_power.py` does so on recorded data.
"""

from collections.abc import Mapping

from dure.science.quality.injection import clocks, labels, sensors, signals, tables
from dure.science.quality.injection.defect import Defect, detected, named

DEFECTS: Mapping[str, Defect] = {
    **signals.DEFECTS,
    **clocks.DEFECTS,
    **tables.DEFECTS,
    **labels.DEFECTS,
    **sensors.DEFECTS,
}

__all__ = ["DEFECTS", "Defect", "detected", "named"]

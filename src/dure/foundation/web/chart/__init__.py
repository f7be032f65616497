"""Pictures of a report, drawn on the server as SVG: no script, sharp in print, each with its table beneath.

Colours and strokes come from `frontend/styles/charts.css`; here is geometry only, in SVG user units.
"""

from dure.foundation.web.chart.bars import Bar, against_null, shares, spark
from dure.foundation.web.chart.planes import confusion, histogram, predicted_true
from dure.foundation.web.chart.scale import Scale, ticks
from dure.foundation.web.chart.stretches import Band, Stretch, stretch

__all__ = [
    "Band",
    "Bar",
    "Scale",
    "Stretch",
    "against_null",
    "confusion",
    "histogram",
    "predicted_true",
    "shares",
    "spark",
    "stretch",
    "ticks",
]

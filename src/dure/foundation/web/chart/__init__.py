"""Pictures of a page that are no report's: a value around an alarm, a histogram in the size of a word; SVG, no script.

Colours and strokes come from `frontend/styles/charts.css`; here is geometry only, in SVG user units. Reports are drawn by
`dure.science.paper`.
"""

from dure.foundation.web.chart.picture import NOTHING, Frame, Table, drawn
from dure.foundation.web.chart.sparks import spark
from dure.foundation.web.chart.stretches import Band, Stretch, stretch
from dure.foundation.web.templatetags.dure import figure

__all__ = ["NOTHING", "Band", "Frame", "Stretch", "Table", "drawn", "figure", "spark", "stretch"]

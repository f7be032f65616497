"""Paper: what people are shown. Numbers as they read them, pictures as SVG, a page in two languages in one file.

Knows no domain: it is handed numbers and words, and gives text. No script, nothing from outside, no plotting library.
"""

from dure.science.paper.drawing import Axis, Picture, Table, element
from dure.science.paper.numbers import figure, of_hundred, percent, quantity, unit_name
from dure.science.paper.page import Section, page, picture_html, section_html
from dure.science.paper.pictures import Bar, Line, Plane, Words, bars, columns, lines, matrix, scatter, steps
from dure.science.paper.replaying import replay_picture, replay_sections
from dure.science.paper.scale import Scale, ticks

__all__ = [
    "Axis",
    "Bar",
    "Line",
    "Picture",
    "Plane",
    "Scale",
    "Section",
    "Table",
    "Words",
    "bars",
    "columns",
    "element",
    "figure",
    "lines",
    "matrix",
    "of_hundred",
    "page",
    "percent",
    "picture_html",
    "quantity",
    "replay_picture",
    "replay_sections",
    "scatter",
    "section_html",
    "steps",
    "ticks",
    "unit_name",
]

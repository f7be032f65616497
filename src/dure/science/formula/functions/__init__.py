"""The functions there are, by what they treat: one file a subject."""

from dure.science.formula.function import Table, table
from dure.science.formula.functions import columns, logic, numbers, texts, times, units, windows

FUNCTIONS: Table = table(
    [
        *numbers.FUNCTIONS,
        *logic.FUNCTIONS,
        *texts.FUNCTIONS,
        *times.FUNCTIONS,
        *columns.FUNCTIONS,
        *windows.FUNCTIONS,
        *units.FUNCTIONS,
    ]
)

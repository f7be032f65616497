"""A block pasted from a spreadsheet, taken as it is or refused whole."""

import csv

import pytest

from dure.plant.studio.pasting import block
from dure.plant.studio.refusals import TooLarge


def test_one_cell_beyond_what_a_cell_may_hold_is_refused_and_changes_no_limit():
    before = csv.field_size_limit()
    with pytest.raises(TooLarge):
        block("x" * 200_000 + "\ty")
    assert csv.field_size_limit() == before

"""Pictures drawn on the server: their geometry, their table, and that no foreign word becomes markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.web.chart import (
    Band,
    Bar,
    Scale,
    Stretch,
    against_null,
    confusion,
    histogram,
    predicted_true,
    shares,
    stretch,
    ticks,
)

EVIL = '<script>alert("x")</script>'


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_the_figures_beside_an_axis_cover_what_is_drawn(low, spread):
    marks = ticks(low, low + spread)
    slack = (abs(low) + spread) * 1e-8 + 1e-6
    assert marks == sorted(marks)
    assert marks[0] <= low + slack
    assert marks[-1] >= low + spread - slack
    assert len(marks) <= 14


def test_a_value_lies_where_its_scale_says():
    assert [Scale(0, 4, 100, 500)(value) for value in (0, 1, 4)] == [100, 200, 500]
    assert Scale(3, 3, 100, 500)(3) == 100


def test_a_bar_is_as_long_as_its_value_beside_its_null():
    drawn = against_null([Bar("R²", 0.8, 0.2)], title="Worth")
    model, null = (
        float(width) for width in re.findall(r'<rect class="bar[^"]*"[^>]*width="([\d.]+)"', drawn)
    )
    assert model == 4 * null


def test_only_bins_above_the_threshold_would_have_raised_an_alarm():
    drawn = histogram([0, 1, 2, 3], [5, 3, 1], title="Scores", threshold=2)
    assert drawn.count('class="bar"') == 2
    assert drawn.count('class="bar over"') == 1


def test_a_gap_in_the_values_is_a_gap_in_the_line():
    shown = Stretch([0, 1, 2, 3], [1.0, None, 2.0, 3.0], ["a", "b", "c", "d"], usual=Band(1, 2), mark=2)
    path = re.search(r'class="trace" d="([^"]+)"', stretch(shown, title="R"))[1]
    assert path.count("M") == 2
    assert path.count("L") == 1


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: against_null([Bar(EVIL, 1.0, 0.5)], title=EVIL, said=EVIL),
        lambda: shares([(EVIL, 0.4)], title=EVIL),
        lambda: confusion([EVIL, "b"], [[3, 1], [0, 4]], title=EVIL),
        lambda: predicted_true([1, 2], [1, 3], title=EVIL, unit=EVIL),
        lambda: histogram([0, 1, 2], [1, 2], title=EVIL),
        lambda: stretch(Stretch([0, 1], [1, 2], [EVIL, EVIL]), title=EVIL, said=EVIL),
    ],
)
def test_every_picture_has_its_table_and_takes_no_markup_from_a_name(drawn):
    text = drawn()
    assert "<script" not in text
    assert "style=" not in text
    assert "<table>" in text
    assert 'role="img"' in text

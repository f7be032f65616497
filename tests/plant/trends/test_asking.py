"""What an address asks for is read as written and bounded, whatever it holds."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.trends import TrendRefused, moment, read_asked
from dure.plant.trends.asking import LATEST, MOST_SIGNALS, SECOND, names, points_of

NOW = 1_795_478_400 * SECOND


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("now", 0), ("-90s", -90), ("-10m", -600), ("-5y", -5 * 365 * 86_400), ("-250ms", -0.25)],
)
def test_a_step_back_counts_from_the_present(written, seconds):
    assert (moment(written, NOW) - NOW) / 1e9 == seconds


def test_a_time_without_an_offset_is_the_plants():
    assert moment("2026-11-24T09:00", 0, ZoneInfo("Asia/Seoul")) == moment("2026-11-24T00:00Z", 0)


def test_the_last_ten_minutes_are_shown_unless_said():
    asked = read_asked(["a/x"], {}, NOW)
    assert (asked.end, asked.span, asked.follows) == (NOW, 600 * SECOND, True)


def test_a_step_back_counts_from_the_end_that_is_shown():
    asked = read_asked(["a/x"], {"from": "-1h", "to": "2026-11-24T00:00Z"}, NOW)
    assert (asked.span, asked.follows) == (3600 * SECOND, False)


@pytest.mark.parametrize(
    "written",
    [
        {"from": "2026-11-24T10:00Z", "to": "2026-11-24T09:00Z"},
        {"from": "yesterday"},
        {"from": "1969-12-31T23:59Z", "to": "2000-01-01"},
        {"from": "-1h", "to": "2117-01-01"},
        {"to": "0"},
    ],
)
def test_what_is_no_range_is_refused(written):
    with pytest.raises(TrendRefused):
        read_asked(["a/x"], written, NOW)


def test_more_signals_than_a_page_holds_are_refused():
    assert len(names([f"a/{n}" for n in range(MOST_SIGNALS)])) == MOST_SIGNALS
    with pytest.raises(TrendRefused, match="25 signals"):
        names([f"a/{n}" for n in range(MOST_SIGNALS + 1)])


def test_a_comma_within_an_id_is_no_border():
    assert names(["a/x,y", "b,c"], {"a/x,y": None}) == ("a/x,y", "b", "c")


@pytest.mark.parametrize("points", ["0", "2001", "-1", "1e3", "٣", ""])
def test_points_are_bounded(points):
    with pytest.raises(TrendRefused):
        points_of(points)


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=500), max_size=40))
def test_whatever_is_written_is_read_within_bounds_or_refused(first, last, chosen):
    try:
        asked = read_asked(chosen, {"from": first, "to": last}, NOW)
    except TrendRefused:
        return
    assert 0 <= asked.start < asked.end < LATEST
    assert len(asked.signals) <= MOST_SIGNALS

"""Figures of a window are those of its samples; of a long one what roll-ups hold."""

import numpy as np
import polars as pl
import pytest

from dure.plant.trends import Measured, difference, measured
from dure.plant.trends.figures import HOUR
from machines.historian_process import SECOND, play, samples

NAMES = ("line1/pump/Pressure", "line1/pump/Temperature")


def by_hand(pump, name, start, end):
    """Time-weighted mean by its definition, in plain numpy: each value holds until the next."""
    times, values = pump["time"].to_numpy(), pump[name].to_numpy()
    inside = (times >= start) & (times < end)
    borders = np.append(times[inside], end)
    return np.sum(values[inside] * np.diff(borders)) / (end - borders[0])


def test_they_are_those_of_the_recorded_samples(plant, pump):
    start, end = int(pump["time"].min()), int(pump["time"].max()) + SECOND
    for one, name in zip(measured(plant, NAMES, start, end, {}), ("Pressure", "Temperature"), strict=True):
        assert [one.low, one.high, one.count] == [pump[name].min(), pump[name].max(), pump.height]
        assert one.std == pytest.approx(pump[name].std(), rel=1e-12)
        assert one.mean == pytest.approx(by_hand(pump, name, start, end), rel=1e-9)
        assert one.bad == 0.0


def test_a_window_without_samples_says_so(plant):
    [one] = measured(plant, ["line1/pump/Nothing"], 10**18, 10**18 + 60 * SECOND, {})
    assert one == Measured("line1/pump/Nothing", count=0)


def test_a_long_window_is_told_from_roll_ups_alone(plant, pump):
    start = int(pump["time"].min()) // HOUR * HOUR - HOUR
    end = start + 6 * HOUR
    [exact] = measured(plant, NAMES[:1], start, end, {})
    [rolled] = measured(plant, NAMES[:1], start, end, {NAMES[0]: 10_000.0})
    assert (rolled.count, rolled.std, rolled.bad) == (None, None, None)
    assert [rolled.low, rolled.high] == [exact.low, exact.high]
    assert rolled.mean == pytest.approx(exact.mean, rel=1e-9)


def test_bad_samples_are_counted_and_not_averaged(plant):
    table = pl.DataFrame({"time": [10**17 + n * SECOND for n in range(10)], "Odd": [1.0] * 9 + [900.0]})
    batch = samples("line2", table)
    quality = batch.schema.get_field_index("quality")
    batch = batch.set_column(
        quality, batch.schema.field(quality), pl.Series([0] * 9 + [2], dtype=pl.UInt8).to_arrow()
    )
    play(plant, "odd", [batch])
    [one] = measured(plant, ["line2/Odd"], 10**17, 10**17 + 10 * SECOND, {})
    assert (one.low, one.high, one.mean, one.bad, one.count) == (1.0, 1.0, 1.0, 0.1, 10)


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (1.0, 2.0, "1 bar lower (-50 %)"),
        (2.0, 2.0, "on average 2 bar in both periods"),
        (5.0, 0.0, "5 bar higher."),
        (None, 1.0, "cannot be compared"),
    ],
)
def test_the_difference_of_two_periods_is_said_in_words(now, then, words):
    told = difference("p", Measured("p", mean=now), Measured("p", mean=then), "bar")
    assert words in told.en
    assert told.ko.startswith("p: ")

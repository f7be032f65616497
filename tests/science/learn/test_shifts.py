"""Alarms a shift: counted by where they began, with an interval that knows that alarms come in clusters."""

import numpy as np
import pytest

from dure.science.learn.judging.shifts import Watch, beginnings, by_state


def test_an_alarm_that_lasts_over_a_change_of_state_is_counted_once():
    alarm = np.array([False, True, True, True])
    found = by_state(alarm, np.arange(4), ["a", "a", "b", "b"], 3600.0)
    assert (found["a"].began, found["b"].began) == (1, 0)
    assert (found["a"].alarmed, found["b"].alarmed) == (1, 2)
    assert found["a"].said("a")["alarms_per_shift"] == pytest.approx(8 / 2)


def test_rows_that_do_not_follow_each_other_begin_anew():
    assert beginnings(np.ones(4, dtype=bool), np.array([0, 1, 5, 6])).tolist() == [True, False, True, False]


def test_without_a_clock_alarms_are_counted_a_thousand_rows():
    said = Watch(2000, 4, 4, 0.0).said("")
    assert said["alarms_per_1000_rows"] == 2.0
    assert said["low"] < 2.0 < said["high"]


def test_clusters_widen_the_interval_and_even_alarms_do_not():
    even = Watch(2000, 20, 20, 0.0, ((100, 1),) * 20)
    clustered = Watch(2000, 20, 20, 0.0, ((100, 20), *((100, 0),) * 19))
    assert even.dispersion == 1.0
    assert clustered.dispersion == pytest.approx(20.0)
    assert clustered.interval()[1] > even.interval()[1]
    assert clustered.interval()[0] < even.interval()[0]


def test_the_interval_holds_the_true_rate_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(300):
        watch = Watch.of(*(rng.random(5000) < 0.002,) * 2, 0.0)
        low, high = watch.interval()
        inside += low <= 2.0 <= high
    assert inside / 300 >= 0.94

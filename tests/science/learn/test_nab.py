"""The NAB score against its definition, worked by hand."""

import numpy as np
import pytest

from dure.science.learn.judging.nab import LOW_FN, LOW_FP, Timeline, nab, nab_standard, switches

TIME = np.arange(1000.0)


def timeline(alarm_from, alarm_to, changes=(400,)):
    alarm = (alarm_from <= TIME) & (alarm_to > TIME)
    return Timeline(TIME, np.isin(TIME, changes), alarm)


def test_an_early_detection_earns_more_than_a_late_one():
    early, late = (nab_standard([timeline(at, 2000)]) for at in (405, 455))
    assert 44.5 < late < early < 100


def test_a_detection_at_the_end_of_the_window_earns_what_a_false_alarm_costs():
    assert nab_standard([timeline(460, 2000)]) == pytest.approx(100 * (-0.11 + 1) / 2)


def test_a_miss_with_a_false_alarm_is_worse_than_silence():
    assert nab_standard([timeline(100, 200)]) == pytest.approx(100 * (-1 - 2 * 0.11 + 1) / 2)


def test_the_end_of_an_alarm_is_a_detection_too():
    both = nab_standard([timeline(400, 700, (400, 700))])
    assert both == pytest.approx(100.0)


def test_overlapping_windows_share_no_moment():
    # The second window starts where the first one ends: a detection in between counts once.
    assert nab_standard([timeline(430, 2000, (400, 430))]) < 50


def test_without_a_change_point_there_is_no_score():
    assert np.isnan(nab_standard([timeline(400, 500, ())]))


def test_an_alarm_in_the_first_row_is_a_switch():
    assert switches(np.array([True, True])).tolist() == [True, False]


def test_all_ones_scores_as_published_for_34_experiments_of_which_each_has_one_false_alarm():
    # 34 experiments with 127 change points: one false alarm each, every change missed.
    changes = [4] * 25 + [3] * 9
    experiments = [
        Timeline(TIME, np.isin(TIME, np.arange(1, count + 1) * 200), np.ones(1000, dtype=bool))
        for count in changes
    ]
    assert round(nab_standard(experiments), 2) == -1.47


def test_the_low_fp_profile_charges_a_false_alarm_twice():
    false = [timeline(100, 200)]
    assert nab(false, LOW_FP) == pytest.approx(100 * (-1 - 2 * 0.22 + 1) / 2)


def test_the_low_fn_profile_charges_a_missed_change_twice():
    assert nab([timeline(2000, 2000)], LOW_FN) == 0.0
    assert nab([timeline(100, 200)], LOW_FN) == pytest.approx(100 * (-2 - 2 * 0.11 + 2) / 3)
    assert nab([timeline(400, 2000)], LOW_FN) == pytest.approx(100.0)

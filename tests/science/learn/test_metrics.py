"""Our measures against scikit-learn's, on any labels and scores."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from dure.science.learn.judging import metrics
from dure.science.learn.judging.nulls import best, classify_nulls, detect_nulls, last_known

COUNT = 40
labels = arrays(np.int64, COUNT, elements=st.integers(0, 1))
scores = arrays(np.float64, COUNT, elements=st.integers(0, 10).map(lambda tenth: tenth / 10))


@settings(deadline=None)
@given(labels, scores)
def test_ranking_measures_are_scikit_learns(truth, score):
    found = metrics.ranking(truth == 1, score)
    if 0 < truth.sum() < COUNT:
        assert np.isclose(found["roc_auc"], sk.roc_auc_score(truth, score))
        assert np.isclose(found["average_precision"], sk.average_precision_score(truth, score))
    else:
        assert found == {}


@settings(deadline=None)
@given(labels, labels)
def test_f1_and_balanced_accuracy_are_scikit_learns(truth, called):
    probability = np.stack([1.0 - called, called], axis=1).astype(float)
    found = metrics.classify_metrics(truth, probability, called, positive=1)
    assert np.isclose(found["f1"], sk.f1_score(truth, called, zero_division=0.0))
    if 0 < truth.sum() < COUNT:
        assert np.isclose(found["balanced_accuracy"], sk.balanced_accuracy_score(truth, called))


def test_measures_of_many_classes_are_scikit_learns():
    rng = np.random.default_rng(3)
    truth, probability = rng.integers(0, 4, 300), rng.dirichlet(np.ones(4), 300)
    called = probability.argmax(axis=1)
    found = metrics.classify_metrics(truth, probability, called)
    assert np.isclose(found["f1_macro"], sk.f1_score(truth, called, average="macro"))
    assert np.isclose(found["log_loss"], sk.log_loss(truth, probability))
    assert np.isclose(found["accuracy"], sk.accuracy_score(truth, called))


def test_measures_of_a_number_are_scikit_learns():
    rng = np.random.default_rng(4)
    truth, found = rng.normal(size=200), rng.normal(size=200)
    measured = metrics.estimate_metrics(truth, found)
    assert np.isclose(measured["r2"], sk.r2_score(truth, found))
    assert np.isclose(measured["mean_absolute_error"], sk.mean_absolute_error(truth, found))
    assert np.isclose(measured["root_mean_squared_error"], sk.root_mean_squared_error(truth, found))


@settings(deadline=None)
@given(labels.filter(lambda truth: truth.sum() > 0), scores)
def test_no_threshold_gives_an_f1_better_by_more_than_its_error(truth, score):
    positive = truth == 1
    chosen = metrics.f1(positive, score > metrics.best_threshold(positive, score))
    others = [metrics.f1(positive, score > cut) for cut in np.linspace(-0.01, 1.01, 103)]
    error = np.sqrt(max(others) * (1 - max(others)) / truth.sum())
    assert chosen >= max(others) - error - 1e-12


def test_what_knows_nothing_ranks_at_random():
    truth = np.array([0, 0, 0, 1])
    nulls = classify_nulls(truth, np.tile([0.75, 0.25], (4, 1)), 1)
    assert nulls["prior"]["roc_auc"] == 0.5
    assert nulls["prior"]["average_precision"] == 0.25
    assert best(nulls)["f1"] == 0.4


def test_everything_is_abnormal_is_a_strong_null_where_anomalies_are_common():
    truth = np.arange(100) < 54
    assert round(detect_nulls(truth)["all_ones"]["f1"], 2) == 0.70


def test_the_last_known_value_is_as_old_as_the_gap():
    values = np.array([10.0, 20.0, 30.0, 40.0])
    order = np.array([3, 2, 1, 0])
    assert np.array_equal(last_known(values, order, 2), [30.0, 40.0, np.nan, np.nan], equal_nan=True)


def test_of_thresholds_that_are_as_good_the_one_nearest_to_a_half_is_taken():
    rng = np.random.default_rng(5)
    positive = rng.random(2000) < 0.2
    score = np.clip(np.where(positive, 0.8, 0.2) + rng.normal(size=2000) / 4, 0, 1)
    assert abs(metrics.best_threshold(positive, score) - 0.5) < 0.02
    assert metrics.best_threshold(positive, score / 4) < 0.2

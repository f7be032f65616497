"""What is said of a model first: worth having, hardly better, or no better than none."""

import pytest

from dure.science.learn.judging.measures import verdict
from dure.vocabulary import use_language


@pytest.mark.parametrize(
    ("metric", "value", "null", "said", "tone"),
    [
        ("mean_absolute_error", 3.0, 8.0, "worth having", "fine"),
        ("mean_absolute_error", 10.3, 10.5, "hardly better than none", "warn"),
        ("mean_absolute_error", 10.6, 10.5, "no better than none", "warn"),
        ("average_precision", 0.93, 0.04, "worth having", "fine"),
        ("average_precision", 0.43, 0.42, "hardly better than none", "warn"),
        ("balanced_accuracy", 0.5, 0.5, "no better than none", "warn"),
    ],
)
def test_a_model_is_praised_for_what_it_gains_over_needing_none(metric, value, null, said, tone):
    with use_language("en"):
        words, found = verdict({"task": "estimate", "metric": {metric: value}, "null": {metric: null}})
    assert said in words
    assert found == tone

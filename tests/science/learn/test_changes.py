"""Change points of a detector's score: the same in one piece, in chunks with their history, and row by row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.science.learn.conftest import pump

from dure.science.learn import evaluate, load
from dure.science.learn.serving.changes import Changes, segments
from dure.science.prepare import read_each

SCORES = arrays(np.float64, st.integers(0, 120), elements=st.floats(0, 1e6))


@given(SCORES, st.integers(2, 12), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_row_by_row_the_change_points_are_those_of_the_whole(scores, rows, skip):
    changes = Changes(rows=rows)
    live = changes.live(skip)
    assert [live.push(one) for one in scores.tolist()] == changes.points(scores, skip).tolist()


@given(SCORES, st.integers(2, 12), st.integers(0, 119))
@settings(max_examples=60, deadline=None)
def test_a_change_point_depends_on_no_more_rows_than_it_says(scores, rows, start):
    changes = Changes(rows=rows)
    whole, tail = changes.points(scores), changes.points(scores[start:])
    assert tail[changes.look_back :].tolist() == whole[start + changes.look_back :].tolist()


def test_an_even_score_that_moves_by_a_hair_is_no_change():
    score = np.where(np.arange(200) < 100, 0.5, 0.51)
    assert not Changes().points(score).any()


@given(st.integers(12, 40), st.integers(12, 40), st.floats(4, 50))
@settings(max_examples=40, deadline=None)
def test_segments_are_cut_where_the_level_jumps(first, second, jump):
    noise = np.random.default_rng(first * 100 + second).normal(size=first + second)
    values = noise + np.repeat([0.0, 4 + jump], [first, second])
    assert first in segments(values)


def test_segments_of_pure_noise_are_rare():
    found = [len(segments(np.random.default_rng(seed).normal(size=300))) for seed in range(30)]
    assert np.mean(found) < 0.5


def test_a_detector_tells_where_it_began_and_evaluate_scores_it(learn, tmp_path):
    for at, broken in enumerate((None, 700)):
        pump(seed=at, broken=broken).with_columns(
            changepoint=(np.arange(900) == (broken or -1)).astype(int)
        ).write_csv(tmp_path / f"pump-{at}.csv")
    sources = [str(tmp_path / f"pump-{at}.csv") for at in (0, 1)]
    _, folder = learn(*sources, task="detect", normal_rows=400)
    model, tables = load(folder), read_each(sources)
    said = model.predict(tables[1].frame, source=sources[1])
    points = np.flatnonzero(said["change_point"].to_numpy())
    assert any(700 <= at <= 700 + Changes().rows for at in points)
    assert points.min() >= 500
    metric = evaluate(model, tables, target="anomaly", changepoint="changepoint")["metric"]
    assert metric["nab_standard_of_change_points"] > 40
    line = model.line(source=sources[1])
    verdicts = [line.push_named(row) for row in tables[1].frame.select(line.columns).iter_rows(named=True)]
    assert [one.change_point for one in verdicts] == [bool(one) for one in said["change_point"]]


def test_a_package_of_before_tells_no_change_points(learn, pumps):
    from dataclasses import replace

    from dure.science.learn import ModelCard

    _, folder = learn(*pumps, task="detect", normal_rows=400)
    model = load(folder)
    older = replace(
        model, card=ModelCard({name: value for name, value in model.card.items() if name != "changes"})
    )
    said = older.predict(pump(seed=1, broken=700), source=str(pumps[1]))
    assert "change_point" not in said.columns
    assert older.line(source=str(pumps[1])).push([0.1, 0.1]).change_point is None


@pytest.mark.parametrize("rows", [0, 1, 59])
def test_too_few_rows_have_no_change_points(rows):
    assert not Changes(rows=30).points(np.ones(rows)).any()

"""The loop is honest and whole: no future, no lost bit, whatever the labels do."""

import json
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.science.replay import Loop, Policy
from dure.science.replay.refusals import StateUnlike
from science.replay.ovens import oven

SMALL = Policy(refit_every=100, local=40, window=300)  # trees come at row 112
ROWS = oven().slice(600)
THICK = ROWS.get_column("thickness").to_list()
DELAY = 12


def run(loop, first, last, labels=THICK, delay=DELAY):
    """Rows one by one, each after the label of the row `delay` before it."""
    said = []
    for row in range(first, last):
        if row >= delay:
            loop.label([str(row - delay)], [labels[row - delay]])
            if loop.due():
                loop.refit(lambda *_: None)
        said += loop.predict(ROWS[row], [str(row)])
    return said


def again(loop):
    """The loop as another process would find it."""
    return Loop.from_dict(loop.model, json.loads(json.dumps(loop.to_dict(), allow_nan=False)))


def test_a_killed_loop_goes_on_with_the_same_bits(gauge):
    whole = run(Loop(gauge, SMALL), 0, 130)
    for cut in (13, 116):
        loop = Loop(gauge, SMALL)
        before = run(loop, 0, cut)
        assert before + run(again(loop), cut, 130) == whole


def test_the_state_after_a_cut_is_the_same_state(gauge):
    loop = Loop(gauge, SMALL)
    run(loop, 0, 120)
    other = again(loop)
    run(loop, 120, 140)
    run(other, 120, 140)
    assert json.dumps(loop.to_dict()) == json.dumps(other.to_dict())


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(20, 59), st.floats(-1e3, 1e3))
def test_what_is_labelled_later_changes_nothing_before(gauge, row, other_label):
    known = row - DELAY + 1
    changed = THICK[:known] + [other_label] * (len(THICK) - known)
    whole, other = run(Loop(gauge, SMALL), 0, 60), run(Loop(gauge, SMALL), 0, 60, changed)
    assert other[: row + 1] == whole[: row + 1]
    assert row == 59 or other[row + 1 :] != whole[row + 1 :]


def test_rows_in_one_call_or_in_many_give_the_same_bits(gauge):
    one, many = Loop(gauge, SMALL), Loop(gauge, SMALL)
    keys = [str(row) for row in range(50)]
    assert one.predict(ROWS[:50], keys) == [
        said for row in range(50) for said in many.predict(ROWS[row], [keys[row]])
    ]


def test_without_labels_the_model_as_trained_is_what_is_said(gauge):
    said = Loop(gauge).predict(ROWS[:20], [str(row) for row in range(20)])
    known = gauge.predict(ROWS[:20])
    assert np.allclose([one.prediction for one in said], known.get_column("prediction"))
    assert [one.static for one in said] == known.get_column("prediction").to_list()
    assert np.allclose([one.upper for one in said], known.get_column("upper"))


def test_labels_of_one_call_may_come_in_any_order(gauge):
    one, other = Loop(gauge, SMALL), Loop(gauge, SMALL)
    keys = [str(row) for row in range(40)]
    for loop, order in ((one, range(40)), (other, reversed(range(40)))):
        loop.predict(ROWS[:40], keys)
        places = list(order)
        loop.label([keys[at] for at in places], [THICK[at] for at in places])
    assert one.predict(ROWS[40], ["40"]) == other.predict(ROWS[40], ["40"])


def test_a_label_told_twice_counts_once(gauge):
    one, other = Loop(gauge, SMALL), Loop(gauge, SMALL)
    for loop in (one, other):
        loop.predict(ROWS[:5], list("abcde"))
        loop.label(["a", "b"], THICK[:2])
    other.label(["a"], THICK[:1])
    assert one.predict(ROWS[5], ["f"]) == other.predict(ROWS[5], ["f"])
    assert other.facts.labelled == 2


def test_a_corrected_label_is_as_if_it_had_been_right(gauge):
    wrong, right = Loop(gauge, SMALL), Loop(gauge, SMALL)
    keys = [str(row) for row in range(30)]
    for loop, first in ((wrong, THICK[3] + 4.0), (right, THICK[3])):
        loop.predict(ROWS[:30], keys)
        loop.label(keys[:10], [*THICK[:3], first, *THICK[4:10]])
    before = wrong.mind.bias.level.copy()
    wrong.label(["3"], [THICK[3]])
    assert wrong.facts.corrected == 1
    assert not np.allclose(wrong.mind.bias.level, before)
    assert np.allclose(wrong.mind.bias.level, right.mind.bias.level)
    for one, other in zip(wrong.mind.experts, right.mind.experts, strict=True):
        if hasattr(one, "moment"):
            assert np.allclose(one.moment, other.moment)


def test_labels_of_unknown_rows_and_no_labels_are_passed_over_and_counted(gauge):
    loop = Loop(gauge, SMALL)
    loop.predict(ROWS[:3], list("abc"))
    state = json.dumps(loop.to_dict()["mind"])
    assert loop.label(["z", "a", "b"], [1.0, None, float("nan")]) == []
    assert loop.facts.unknown == 1
    assert loop.facts.labelled == 0
    assert json.dumps(loop.to_dict()["mind"]) == state


def test_rows_whose_label_never_comes_are_let_go(gauge):
    loop = Loop(gauge, Policy(pending=10, refit_every=0, local=0))
    loop.predict(ROWS[:25], [str(row) for row in range(25)])
    assert (len(loop.pending), loop.facts.let_go) == (10, 15)
    assert "15 rows never came" in str(loop.late()[0].words)


def test_the_state_does_not_grow_without_end(gauge):
    loop = Loop(gauge, Policy(refit_every=0, local=30, pending=20))
    run(loop, 0, 150, delay=5)
    scores = 500 * 8 * 4 // 3  # the interval keeps 500 scores of 8 bytes, four characters for three
    early = len(json.dumps(loop.to_dict()["mind"]))
    run(loop, 150, 300, delay=5)
    assert len(json.dumps(loop.to_dict()["mind"])) < early + scores


def test_a_table_without_an_input_is_refused_row_by_row_and_said(gauge):
    loop = Loop(gauge)
    said = loop.predict(ROWS[:2].drop("heat"), ["a", "b"])
    assert [one.prediction for one in said] == [None, None]
    assert "heat" in said[0].refused
    assert loop.facts.refused == 2


def test_an_empty_row_is_refused_and_the_next_one_is_not(gauge):
    import polars as pl

    frame = ROWS[:2].with_columns(pl.lit(None, pl.Float64).alias(n) for n in ("heat", "flow"))
    frame = pl.concat([frame[:1], ROWS[1:2]])
    said = Loop(gauge).predict(frame, ["a", "b"])
    assert "No input" in said[0].refused
    assert said[1].prediction is not None
    missing = ROWS[:2].with_columns(heat=pl.lit(None, pl.Float64))
    assert Loop(gauge).predict(missing[:1], ["a"])[0].prediction is not None


def test_the_state_of_another_model_is_refused_in_one_sentence(gauge):
    state = Loop(gauge).to_dict()
    with pytest.raises(StateUnlike) as refused:
        Loop.from_dict(gauge, {**state, "model": "another"})
    assert "another does not fit" in str(refused.value)
    for broken in ({}, {**state, "mind": {}}, {**state, "counts": None}, {**state, "tail": "?"}):
        with pytest.raises(StateUnlike):
            Loop.from_dict(gauge, broken)


def test_a_refit_made_elsewhere_is_the_refit_made_here(gauge):
    from dure.science.replay import refitted

    here, there = Loop(gauge, SMALL), Loop(gauge, SMALL)
    keys = [str(row) for row in range(240)]
    for loop in (here, there):
        loop.predict(ROWS[:240], keys)
        loop.label(keys, THICK[:240])
        assert loop.due()
    here.refit(lambda *_: None)
    lesson = json.loads(json.dumps(there.lesson()))
    there.take(json.loads(json.dumps(refitted(lesson, lambda *_: None))))
    assert not here.due()
    assert here.predict(ROWS[240], ["n"]) == there.predict(ROWS[240], ["n"])


def test_the_champion_may_serve_alone(gauge):
    loop = Loop(gauge, Policy(serve="champion", refit_every=0, local=0))
    said = run(loop, 0, 200)
    assert loop.mind.champion != 0
    row = loop.pending["199"]
    assert said[-1].prediction == row.experts[loop.mind.champion, 0]
    assert all(len(astuple(one)) == len(astuple(said[0])) for one in said)

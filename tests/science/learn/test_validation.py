"""Which rows predict which: nothing of a test row, its neighbours or its group is ever in its model."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.learn.judging.validation import Setting, choose, folds, gap_rows, noticed_group, time_order
from dure.science.learn.refusals import OneGroupOnly

RNG = np.random.default_rng(0)
WALK = np.cumsum(RNG.normal(size=600))
NOISE = RNG.normal(size=600)


def turns(setting, seed=0):
    validation = choose(setting)
    return validation, folds(validation, setting, seed)


def test_rows_in_time_are_predicted_from_the_past_only_and_a_gap_apart():
    seconds = RNG.permutation(600).astype(float)
    validation, made = turns(Setting(WALK[np.argsort(np.argsort(seconds))], 0, seconds, "when"))
    assert validation.kind == "blocked_time"
    assert validation.gap >= 1
    for fold in made:
        assert seconds[fold.test].min() - seconds[fold.fit].max() > validation.gap
        assert seconds[fold.held].min() - seconds[fold.inner].max() > validation.gap
        assert seconds[fold.test].min() > seconds[fold.held].max()


@given(st.integers(2, 40), st.integers(0, 5))
def test_a_group_is_never_on_both_sides(count, seed):
    groups = np.random.default_rng(seed).integers(0, count, 400)
    setting = Setting(NOISE[:400], 0, None, "", groups, "mould", asked=True)
    validation, made = turns(setting, seed)
    assert validation.kind == "grouped"
    for fold in made:
        assert not set(groups[fold.fit]) & set(groups[fold.test])
    assert sorted(np.concatenate([fold.test for fold in made])) == list(range(400))


def test_shuffled_parts_hold_every_class_in_its_share():
    target = np.array([0.0] * 500 + [1.0] * 50)[np.random.default_rng(2).permutation(550)]
    validation, made = turns(Setting(target, 2))
    assert validation.kind == "stratified"
    assert validation.folds == 5
    assert {int(target[fold.test].sum()) for fold in made} == {10}


def test_copies_of_a_row_are_never_on_both_sides_of_a_shuffle():
    copies = np.tile(np.arange(100), 3)
    setting = Setting(np.tile(NOISE[:100], 3), 0, groups=copies)
    validation = choose(Setting(setting.target, 0))
    assert validation.kind == "stratified"
    for fold in folds(validation, setting, 0):
        assert not set(copies[fold.fit]) & set(copies[fold.test])
        assert not set(copies[fold.inner]) & set(copies[fold.held])


def test_the_inner_split_is_inside_of_the_fit():
    for fold in turns(Setting(NOISE, 0))[1]:
        assert not set(fold.inner) & set(fold.held)
        assert set(fold.inner) | set(fold.held) <= set(fold.fit)
        assert not set(fold.fit) & set(fold.test)


def test_a_file_sorted_by_its_classes_shows_no_time():
    assert choose(Setting(np.repeat([0.0, 1.0, 2.0], 100), 3)).kind == "stratified"


def test_rows_that_resemble_their_neighbours_are_taken_as_time():
    assert choose(Setting(WALK, 0)).kind == "blocked_time"
    assert choose(Setting(NOISE, 0)).kind == "stratified"


def test_moulds_that_come_back_are_judged_in_time_and_cells_one_after_the_other_by_cell():
    seconds, mingled = np.arange(600.0), np.arange(600) % 6
    assert choose(Setting(NOISE, 0, seconds, "when", mingled, "mould")).kind == "blocked_time"
    assert choose(Setting(NOISE, 0, seconds, "when", np.arange(600) // 100, "cell")).kind == "grouped"


def test_where_each_group_has_its_own_outcome_a_stretch_of_each_is_held_back():
    groups = np.repeat(np.arange(6), 100)
    setting = Setting(groups.astype(float), 6, groups=groups, group="file")
    validation, made = turns(setting)
    assert (validation.kind, validation.gap, validation.folds, validation.by) == (
        "within_groups",
        2,
        5,
        "file",
    )
    for fold in made:
        assert set(groups[fold.test]) == set(groups[fold.fit]) == set(groups[fold.inner]) == set(range(6))
        for one, other in ((fold.fit, fold.test), (fold.inner, fold.held), (fold.inner, fold.test)):
            assert np.abs(one[:, None] - other[None, :]).min() > validation.gap
    assert sorted(np.concatenate([fold.test for fold in made])) == list(range(600))


def test_two_files_of_one_outcome_each_are_not_shuffled():
    groups = np.repeat([0, 1], 300)
    assert choose(Setting(groups.astype(float), 2, groups=groups, group="file")).kind == "within_groups"
    shared = Setting((np.arange(600) % 2).astype(float), 2, groups=groups, group="file")
    assert choose(shared).kind == "stratified"


def test_one_group_cannot_be_held_back():
    with pytest.raises(OneGroupOnly, match="mould"):
        choose(Setting(NOISE, 0, None, "", np.zeros(600, dtype=np.int64), "mould", asked=True))


def test_the_same_seed_deals_the_same_parts_and_another_seed_others():
    setting = Setting(NOISE, 0)
    one, same, other = (turns(setting, seed)[1][0].test for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_slow_target_asks_for_a_longer_gap():
    assert gap_rows(NOISE, 0) == 1
    assert gap_rows(np.sin(np.arange(2000) / 10), 0) == 13


def test_rows_without_a_time_come_last():
    assert time_order(Setting(NOISE[:3], 0, np.array([np.nan, 2.0, 1.0]))).tolist() == [2, 1, 0]


def test_a_column_of_things_is_noticed_by_its_name_and_its_values():
    frame = pl.DataFrame({"mold_code": [8412, 8573, 8600, 8722, 8917] * 20, "bar": np.arange(100.0)})
    assert noticed_group(frame, ["mold_code", "bar"]) == "mold_code"
    assert noticed_group(frame.with_columns(mold_code=pl.lit(1)), ["mold_code", "bar"]) == ""


@pytest.mark.parametrize("name", ["mold_code", "Cell ID", "press machine", "금형코드", "설비 번호", "batch"])
def test_things_are_noticed(name):
    assert noticed_group(pl.DataFrame({name: np.arange(100) % 10}), [name]) == name


@pytest.mark.parametrize(
    "name", ["Tool wear [min]", "lower_mold_temp1", "Cell01/Voltage", "runtime", "platelets"]
)
def test_what_is_measured_on_a_thing_is_no_thing(name):
    assert noticed_group(pl.DataFrame({name: np.arange(100) % 10}), [name]) == ""

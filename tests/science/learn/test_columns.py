"""Which columns are learnt from, and which task a target makes."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn.choosing.columns import choose
from dure.science.learn.refusals import OneClassOnly, TargetEmpty, TargetNotNumber, TooManyClasses
from dure.science.learn.target import classes_of, decide, numbers

ROWS = 200
RNG = np.random.default_rng(0)


def table(**more):
    return pl.DataFrame({"bar": RNG.normal(size=ROWS), "scrap": RNG.integers(0, 2, ROWS), **more})


def reasons(frame, target="scrap", **known):
    return {aside.column: aside.key for aside in choose(frame, target=target, **known).left_out}


def test_what_numbers_rows_repeats_the_target_or_never_changes_is_left_out():
    scrap = RNG.integers(0, 2, ROWS)
    frame = table(
        id=np.arange(ROWS) + 7,
        line=["L1"] * ROWS,
        verdict=np.where(scrap == 1, "NG", "OK"),
        remark=[f"remark {at}" for at in range(ROWS)],
    ).with_columns(scrap=pl.Series(scrap))
    assert reasons(frame) == {
        "id": "identifier",
        "line": "constant",
        "verdict": "leakage",
        "remark": "free-text",
    }


def test_a_number_that_is_the_target_in_another_unit_is_left_out():
    frame = table().with_columns(psi=pl.col("bar") * 14.5 + 3)
    assert reasons(frame, "bar") == {"psi": "leakage"}


def test_a_counter_that_starts_again_in_each_file_still_numbers_rows():
    frame = table(shot=np.tile(np.arange(ROWS // 2), 2))
    assert reasons(frame, segments=[100, 100]) == {"shot": "identifier"}


def test_a_cycle_count_that_starts_again_tells_the_age_of_each_cell():
    cycles = np.tile(np.arange(1, ROWS // 2 + 1), 2)
    assert reasons(table(cycle=cycles), "bar", segments=[100, 100]) == {}
    assert reasons(table(cycle=cycles), None, segments=[100, 100]) == {"cycle": "identifier"}
    assert reasons(table(cycle=np.arange(ROWS)), "bar") == {"cycle": "identifier"}


def test_labels_are_no_signals_for_a_detector_but_a_signal_of_such_a_name_is():
    frame = table(
        anomaly=RNG.integers(0, 2, ROWS),
        changepoint=RNG.integers(0, 2, ROWS),
        fault_current=RNG.normal(size=ROWS),
    )
    assert reasons(frame, None) == {"anomaly": "label", "changepoint": "label"}


def test_a_value_that_gives_a_class_away_is_said_and_kept():
    scrap = np.arange(ROWS) % 5 == 0
    frame = table(signal=np.where(scrap & (np.arange(ROWS) % 10 == 0), "D", "A")).with_columns(
        scrap=pl.Series(scrap)
    )
    chosen = choose(
        frame.with_columns(signal=pl.when(pl.Series(scrap)).then(pl.lit("D")).otherwise(pl.col("signal"))),
        target="scrap",
    )
    assert [aside.key for aside in chosen.left_out] == ["leakage"]
    late = np.where(scrap & (np.arange(ROWS) % 2 == 0), "D", "A")
    kept = choose(frame.with_columns(signal=pl.Series(late)), target="scrap")
    assert "signal" in kept.features
    assert [aside.key for aside in kept.to_look_at] == ["gives-away"]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1, 1, 0], "classify"),
        ([1.0, 2.0, 3.0, 4.0], "classify"),
        (["ok", "ng", "ok", "ok"], "classify"),
        ([True, False, True, True], "classify"),
        (list(range(50)), "estimate"),
        ([0.5, 1.5, 2.5, 9.75], "estimate"),
    ],
)
def test_the_target_decides_the_task(values, task):
    assert decide(pl.Series("target", values))[0] == task


def test_of_two_classes_one_is_looked_for():
    assert classes_of(pl.Series("y", [0, 1, 0])).positive == 1
    assert classes_of(pl.Series("y", ["ok", "ok", "leak"])).positive == 0
    assert classes_of(pl.Series("y", [1.0, 2.0, 3.0])).positive is None


def test_classes_come_back_as_their_column_had_them():
    for values in ([1.0, 2.0, 1.0], ["b", "a", "b"], [True, False, True], [0.5, 1.5, 0.5]):
        column = pl.Series("y", values)
        classes = classes_of(column)
        back = classes.column(classes.codes(column).astype(int))
        assert back.to_list() == values


@pytest.mark.parametrize(
    ("values", "refusal", "act"),
    [
        ([None, None], TargetEmpty, classes_of),
        ([1, 1, 1], OneClassOnly, classes_of),
        ([2.0, 2.0], OneClassOnly, numbers),
        (["1.5", "abc"], TargetNotNumber, numbers),
        ([str(at) for at in range(300)], TooManyClasses, classes_of),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(values, refusal, act):
    with pytest.raises(refusal, match="y"):
        act(pl.Series("y", values))


def test_a_column_for_each_kind_of_fault_is_the_answer_in_parts():
    kind = np.arange(ROWS) % 8
    frame = table(hot=(kind == 1).astype(int), worn=(kind == 2).astype(int)).with_columns(
        scrap=pl.Series(((kind == 1) | (kind == 2)).astype(int))
    )
    chosen = choose(frame, target="scrap")
    assert {aside.column: aside.key for aside in chosen.left_out} == {"hot": "leakage", "worn": "leakage"}
    assert chosen.features == ("bar",)

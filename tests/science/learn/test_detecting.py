"""Detectors: learnt from normal rows only, one fit a file, one verdict in batch and live."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn import evaluate, load
from dure.science.learn.judging.shifts import Watch
from dure.science.learn.refusals import TargetAbsent, TargetEmpty
from dure.science.prepare import read_each


def test_each_file_gets_a_fit_of_its_own_and_one_is_for_all(learn, pumps, own_home):
    facts, folder = learn(*pumps, task="detect", normal_rows=400)
    card = load(folder, home=own_home).card
    assert [one["source"].rpartition("/")[2] for one in card["fits"]] == ["", "pump-0.csv", "pump-1.csv"]
    assert [one["rows"] for one in card["fits"]][1:] == [400, 400]
    assert facts["metric"]["alarms_per_shift"] <= facts["metric"]["alarms_per_shift_upper"]
    assert facts["null"] == {"false_alarm_rate": 1.0}
    assert {one["column"]: one["key"] for one in facts["left_out"]} == {"time": "time", "anomaly": "label"}


def test_rows_learnt_from_are_not_scored_again_wherever_the_file_lies(learn, pumps, own_home, tmp_path):
    _, folder = learn(*pumps, task="detect", normal_rows=400)
    model = load(folder, home=own_home)
    moved = tmp_path / "elsewhere.csv"
    moved.write_bytes(pumps[1].read_bytes())
    for path in (pumps[1], moved):
        facts = evaluate(model, read_each([path]), target="anomaly")
        assert facts["rows"] == 500
        assert "own fit" in facts["words"]
        assert facts["metric"]["missed_alarm_rate"] < 0.05
        assert facts["metric"]["f1"] > 0.9 > facts["null"]["f1"]


def test_a_source_never_seen_is_judged_by_the_fit_of_all(learn, pumps, own_home, tmp_path):
    _, folder = learn(*pumps, task="detect", normal_rows=400)
    model = load(folder, home=own_home)
    table = pl.read_csv(pumps[1], try_parse_dates=True).with_columns(pl.col("flow [L/min]") + 0.001)
    table.write_csv(tmp_path / "new.csv")
    facts = evaluate(model, read_each([tmp_path / "new.csv"]), target="anomaly")
    assert facts["rows"] == 900
    assert "fit of all" in facts["words"]


def test_every_row_has_score_and_alarm_and_the_first_window_never_alarms(learn, pumps, own_home):
    _, folder = learn(pumps[1], task="detect", normal_rows=400)
    model = load(folder, home=own_home)
    table = read_each([pumps[1]])[0].frame
    found = model.predict(table)
    assert found.columns == ["score", "alarm", "change_point"]
    assert len(found) == 900
    assert np.isfinite(found["score"].to_numpy()).all()
    assert found["alarm"][: model.recipe.warm_up].sum() == 0
    assert model.recipe.warm_up == 2
    assert model.warm_up == 2 + 14 + 20
    assert found["alarm"][710:].mean() > 0.95


def test_live_rows_get_the_bits_of_the_batch(learn, recorded, own_home):
    """Zero verdict flips over a real experiment, in chunks and row by row, each with its history."""
    source = recorded / "skab" / "valve1" / "0.csv.gz"
    _, folder = learn(source, task="detect", normal_rows=400)
    model = load(folder, home=own_home)
    table = read_each([source])[0].frame
    batch = model.predict(table)
    for step in (3, 7, 60):
        live = [
            model.predict(table[max(0, at - model.warm_up) : at + step])[-len(table[at : at + step]) :]
            for at in range(0, len(table), step)
        ]
        assert pl.concat(live).drop("change_point").equals(batch.drop("change_point"))


def test_principal_components_are_one_verdict_in_batch_and_live_too(learn, recorded, own_home):
    source = recorded / "tennessee-eastman" / "d00_te.dat.gz"
    _, folder = learn(source, task="detect", families=("principal_components",))
    model = load(folder, home=own_home)
    table = read_each([recorded / "tennessee-eastman" / "d01_te.dat.gz"])[0].frame
    batch = model.predict(table)
    back = model.warm_up
    alone = pl.concat([model.predict(table[max(0, at - back) : at + 1])[-1:] for at in range(len(table))])
    assert batch.drop("change_point").equals(alone.drop("change_point"))


def test_the_reason_of_an_alarm_is_the_signal_that_broke(learn, pumps, own_home):
    _, folder = learn(pumps[1], task="detect", normal_rows=400)
    model = load(folder, home=own_home)
    reasons = model.explain(read_each([pumps[1]])[0].frame, 800)
    assert reasons[0].signal == "warm [Cel]"
    assert reasons[0].share > 0.6
    assert reasons[0].value > reasons[0].usual_high
    assert np.isnan(reasons[0].effect)


def test_normal_rows_may_be_named_by_a_value(learn, pumps, own_home):
    facts, folder = learn(pumps[1], task="detect", normal="anomaly=0")
    assert load(folder, home=own_home).card["fits"][0]["rows"] == 698
    assert facts["notes"][0] == "Rows with anomaly = 0 are normal."


def test_without_labels_a_detector_is_worth_its_alarms_a_shift_only(learn, pumps, own_home):
    _, folder = learn(*pumps, task="detect", normal_rows=400)
    facts = evaluate(load(folder, home=own_home), read_each(pumps))
    assert set(facts["metric"]) == {"alarms_per_shift", "alarms_per_shift_upper"}
    assert facts["null"] == {}


def test_a_label_without_values_is_not_taken_for_all_is_well(learn, pumps, own_home, tmp_path):
    _, folder = learn(*pumps, task="detect", normal_rows=400)
    blank = pl.read_csv(pumps[0]).with_columns(anomaly=pl.lit(None, pl.Int64))
    blank.write_csv(tmp_path / "blank.csv")
    with pytest.raises(TargetEmpty, match="anomaly"):
        evaluate(load(folder, home=own_home), read_each([tmp_path / "blank.csv"]), target="anomaly")


def test_change_points_are_scored_beside_all_ones(learn, recorded, own_home):
    sources = [recorded / "skab" / "valve1" / f"{at}.csv.gz" for at in (0, 1)]
    _, folder = learn(*sources, task="detect", normal_rows=400)
    facts = evaluate(
        load(folder, home=own_home), read_each(sources), target="anomaly", changepoint="changepoint"
    )
    assert facts["metric"]["nab_standard"] > facts["null"]["nab_standard"]
    assert facts["null"]["false_alarm_rate"] == 1.0
    with pytest.raises(TargetAbsent, match="changepoint"):
        evaluate(load(folder, home=own_home), read_each(sources), changepoint="change point")


def test_windows_do_not_reach_from_one_group_into_the_next(learn, pumps, own_home, tmp_path):
    both = [pl.read_csv(path, try_parse_dates=True).with_columns(pump=pl.lit(path.stem)) for path in pumps]
    pl.concat(both).write_csv(tmp_path / "both.csv")
    _, folder = learn(tmp_path / "both.csv", task="detect", normal="anomaly=0", group="pump")
    model = load(folder, home=own_home)
    table = read_each([tmp_path / "both.csv"])[0].frame
    whole, second = model.predict(table), model.predict(table[900:])
    assert whole[900:].equals(second)
    assert "pump" not in [one["name"] for one in model.inputs]


def test_silence_over_a_short_watch_promises_little():
    short, long = Watch(3600, 0, 0, 3600.0).facts(), Watch(360_000, 0, 0, 360_000.0).facts()
    assert short["alarms_per_shift"] == long["alarms_per_shift"] == 0.0
    assert short["alarms_per_shift_upper"] == pytest.approx(8 * 2.9957, rel=1e-4)
    assert long["alarms_per_shift_upper"] == pytest.approx(0.08 * 2.9957, rel=1e-4)

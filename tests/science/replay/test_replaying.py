"""A replay beats the model left alone where the plant drifts, and says what it did."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from dure.science.learn import ModelCard, TargetAbsent, TargetEmpty, TrainRequest, load, train
from dure.science.prepare import read_each
from dure.science.replay import Delay, Policy, replay
from dure.science.replay.refusals import LiesAhead, NoClock, NothingScored
from dure.science.replay.replaying import outcome, rows_out
from dure.vocabulary import Permit
from science.replay.ovens import oven

SMALL = Policy(refit_every=200, local=60, window=400)


def test_a_drift_is_taken_up_and_said(gauge, later):
    facts = replay(gauge, later, delay=Delay(seconds=12 * 3600.0), policy=SMALL)
    assert facts["deployed"]["r2"] > 0.9 > facts["static"]["r2"]
    assert facts["deployed"]["mean_absolute_error"] < 1.0
    assert facts["static"]["mean_absolute_error"] > 3.0
    assert facts["deployed"]["interval_coverage"] == pytest.approx(facts["nominal"], abs=0.05)
    assert any("drift of thickness" in event for event in facts["events"])
    assert facts["refits"] == 2
    assert facts["scored"] == facts["rows"] == 600


def test_labels_in_rows_and_in_hours_are_the_same_for_an_hourly_table(gauge, later):
    one, other = (
        replay(gauge, later, delay=delay, policy=SMALL)
        for delay in (Delay(rows=12), Delay(seconds=12 * 3600.0))
    )
    assert one["deployed"] == other["deployed"]


def test_rows_out_of_order_are_put_in_order_of_their_clock(gauge, drifting, later, tmp_path):
    mixed = tmp_path / "mixed.csv"
    pl.read_csv(drifting).sample(fraction=1.0, shuffle=True, seed=0).write_csv(mixed)
    facts, ordered = (
        replay(gauge, table, delay=Delay(rows=12), policy=SMALL) for table in (read_each([mixed]), later)
    )
    assert facts["deployed"] == ordered["deployed"]


def test_the_figures_are_those_of_the_rows_written(gauge, later):
    line, played, facts = outcome(gauge, later, delay=Delay(rows=12), policy=SMALL)
    rows = rows_out(line, played)
    error = rows["prediction"] - rows["thickness"]
    assert facts["deployed"]["mean_absolute_error"] == pytest.approx(float(error.abs().mean()))
    assert facts["static"]["mean_absolute_error"] == pytest.approx(
        float((rows["static"] - rows["thickness"]).abs().mean())
    )
    inside = rows["thickness"].is_between(rows["lower"], rows["upper"])
    assert facts["deployed"]["interval_coverage"] == pytest.approx(float(inside.mean()))
    assert rows["time"].to_list() == later[0].frame["time"].to_list()


def test_labels_that_never_come_leave_the_model_as_it_was(gauge, drifting, tmp_path):
    some = tmp_path / "some.csv"
    frame = pl.read_csv(drifting).with_row_index()
    frame.with_columns(thickness=pl.when(pl.col("index") % 10 == 0).then("thickness").otherwise(None)).drop(
        "index"
    ).write_csv(some)
    facts = replay(gauge, read_each([some]), delay=Delay(rows=12), policy=SMALL)
    assert facts["scored"] == 60
    assert facts["labels"]["missing"] == 540
    assert facts["deployed"]["mean_absolute_error"] < 0.6 * facts["static"]["mean_absolute_error"]


def test_a_delay_longer_than_the_table_deploys_the_model_as_trained(gauge, later):
    facts = replay(gauge, later, delay=Delay(rows=10_000), policy=SMALL)
    assert facts["deployed"]["r2"] == pytest.approx(facts["static"]["r2"])
    assert facts["events"] == []


def test_what_cannot_be_replayed_is_refused(gauge, later, drifting, tmp_path):
    with pytest.raises(TargetAbsent):
        replay(gauge, later, target="thicknes")
    empty = tmp_path / "empty.csv"
    pl.read_csv(drifting).with_columns(thickness=pl.lit(None, pl.String)).write_csv(empty)
    with pytest.raises(TargetEmpty):
        replay(gauge, read_each([empty]))
    timeless = tmp_path / "timeless.csv"
    pl.read_csv(drifting).drop("time").write_csv(timeless)
    with pytest.raises(NoClock):
        replay(gauge, read_each([timeless]), delay=Delay(seconds=60.0))


def test_a_table_in_other_units_is_refused_row_by_row_and_then_as_a_whole(gauge, drifting, tmp_path):
    far = pl.read_csv(drifting).head(40).with_columns(heat=pl.col("heat") * 1000, flow=pl.col("flow") * 1000)
    far.write_csv(tmp_path / "far.csv")
    with pytest.raises(NothingScored):
        replay(gauge, read_each([tmp_path / "far.csv"]))


def test_a_classifier_follows_what_counts_as_scrap_now(trained, later):
    model = trained("scrap", ignore=("thickness",), families=("logistic",), budget=10.0)[0]
    facts = replay(model, later, delay=Delay(rows=12), policy=SMALL)
    assert facts["deployed"]["log_loss"] < 0.6 * facts["static"]["log_loss"]
    assert facts["deployed"]["accuracy"] > facts["static"]["accuracy"] + 0.05
    assert set(facts["null"]) >= {"log_loss", "accuracy"}


def test_a_detector_is_quiet_again_once_normal_rows_are_confirmed(detector, tmp_path):
    worn = oven(drift_from=10_000).slice(600).select("heat", "flow")
    worn = worn.with_columns(heat=pl.col("heat") + 8.0, anomaly=pl.lit("ok"))
    leak = pl.DataFrame({"heat": np.full(20, 300.0), "flow": np.full(20, 90.0), "anomaly": ["leak"] * 20})
    pl.concat([worn, leak]).write_csv(tmp_path / "worn.csv")
    facts = replay(detector, read_each([tmp_path / "worn.csv"]), target="anomaly", delay=Delay(rows=5))
    assert facts["static"]["false_alarm_rate"] > 0.3
    assert facts["deployed"]["false_alarm_rate"] < 0.5 * facts["static"]["false_alarm_rate"]
    assert facts["deployed"]["missed_alarm_rate"] < 0.5


def test_on_recorded_turbines_the_deployed_model_beats_the_one_left_alone(recorded, tmp_path):
    place = recorded / "gas-turbine-emissions"
    first, second = (pl.read_csv(place / f"gt_{year}.csv.gz") for year in (2011, 2012))
    for name, rows in (("first", first.head(2500)), ("second", second.head(900))):
        rows.write_csv(tmp_path / f"{name}.csv")
    source = str(tmp_path / "first.csv")
    asked = TrainRequest((source,), target="NOX", ignore=("CO",), budget=5.0, families=("boosting",))
    train(asked, tmp_path / "model", Permit.own([source]))
    facts = replay(load(tmp_path / "model"), read_each([tmp_path / "second.csv"]), delay=Delay(rows=24))
    assert facts["deployed"]["r2"] > facts["static"]["r2"] + 0.1
    assert facts["deployed"]["r2"] > facts["null"]["r2"] + 0.1
    assert np.isfinite(list(facts["deployed"].values())).all()


def test_what_lies_ahead_of_its_row_is_not_replayed_as_if_it_were_known(trained, drifting):
    model = load(trained("thickness", ignore=("scrap",), families=("ridge",))[1])
    ahead = replace(model, card=ModelCard({**model.card.facts, "asked": "forecast"}))
    with pytest.raises(LiesAhead, match="forecast"):
        replay(ahead, read_each([drifting]))

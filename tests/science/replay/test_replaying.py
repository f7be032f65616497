"""A replay beats the model left alone where the plant drifts, and says what it did."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn import TargetAbsent, TargetEmpty, TrainRequest, load, train
from dure.science.learn.refusals import HorizonBeyond
from dure.science.prepare import Table, read_each
from dure.science.replay import Delay, Policy, replay
from dure.science.replay.delay import Arrivals
from dure.science.replay.refusals import NoClock, NothingScored
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


def test_a_forecast_learns_a_value_only_when_its_time_has_come(trained):
    """The label of a row is the value six rows later, and no row knows it before: with the present value it would be perfect."""
    model = trained("heat", task="forecast", time="time", horizon="6", families=("ridge",))[0]
    table = Table(oven().slice(600), ("later",), (600,))
    line, played, facts = outcome(model, [table], target="heat", policy=SMALL)
    heat = table.frame["heat"].to_list()
    assert facts["task"] == "forecast"
    assert facts["target"] == "heat in 6 h"
    assert line.labels == [*heat[6:], *[None] * 6]
    assert line.told.tolist() == [*range(6, 600), *[-1] * 6]
    assert facts["scored"] == 594
    said = model.predict(table.frame)["prediction"].to_numpy()[:594]
    assert facts["static"]["mean_absolute_error"] == pytest.approx(np.abs(said - heat[6:]).mean())
    assert facts["static"]["r2"] < 0.999
    assert {"last_value", "persistence"} <= set(facts["nulls"])
    # Of the first rows nothing is known before the row behind the sixth: until then the model speaks as trained.
    early = [one.prediction - one.static for one in played.predictions[:7]]
    assert early == pytest.approx([0.0] * 7, abs=1e-9)
    with pytest.raises(HorizonBeyond, match="no row can be judged yet"):
        replay(model, [Table(table.frame.head(5), ("short",), (5,))])


def test_labels_of_what_lies_ahead_come_when_it_is_measured():
    known = Delay(rows=2).known(6, None, "")
    found = Arrivals.of(known, np.array([2, 2, 2, 5, 5, 5]))
    assert found.order.tolist() == [0, 1, 2, 3, 4, 5]
    # Rows 0 to 2 are told by row 2, which two rows later is known; the others never within the table.
    assert found.known.tolist() == [0, 0, 0, 0, 3, 3]


def test_lives_are_told_by_the_failure(trained):
    rng = np.random.default_rng(0)
    parts = []
    for thing in range(12):
        life = int(rng.integers(30, 60))
        wear = np.arange(life) / life
        parts.append(pl.DataFrame({"pump": [f"P{thing:02}"] * life, "cycle": np.arange(1, life + 1), "heat": 60 + 20 * wear + rng.normal(size=life)}))  # fmt: skip
    model = trained(None, pl.concat(parts[:8]), task="life", group="pump", time="cycle", families=("ridge",))[
        0
    ]
    new = pl.concat(parts[8:])
    line, _, facts = outcome(model, [Table(new, ("new",), (len(new),))], policy=SMALL)
    ends = np.cumsum([len(one) for one in parts[8:]]) - 1
    assert set(line.told.tolist()) == set(ends.tolist())
    assert [line.labels[at] for at in ends] == [0.0] * 4
    assert facts["task"] == "life"
    assert facts["scored"] == len(new)
    assert min(one.prediction for one in _.predictions) >= 0.0
    assert min(one.lower for one in _.predictions) >= 0.0

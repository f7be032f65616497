"""Forecasts: the horizon is kept, seasons are found, nulls stand beside, and the line says what the table said."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from tests.science.learn.conftest import process

from dure.science.learn import evaluate, load, recompute
from dure.science.learn.judging import reckoned
from dure.science.learn.reckoning.ahead import Ahead, naive, rungs
from dure.science.learn.reckoning.seasons import seasons
from dure.science.learn.refusals import ColumnUnknown, NoForecast, SettingRefused, TargetMissing
from dure.science.learn.serving.ahead import behind, horizons
from dure.science.learn.serving.predicting import predict_each
from dure.science.prepare import read_each

DAY = 24


def load_of(days=40, seed=0, plan=True):
    """An hourly load with a day and a shift plan that is known ahead, and noise that remembers itself."""
    rng = np.random.default_rng(seed)
    at = np.arange(days * DAY)
    shift = (rng.random(days) < 0.5).repeat(DAY).astype(float)
    slow = np.zeros(len(at))
    for row in range(1, len(at)):
        slow[row] = 0.8 * slow[row - 1] + rng.normal()
    load_kw = 50 + 20 * np.sin(2 * np.pi * at / DAY) + (25 * shift if plan else 0) + slow
    times = pl.datetime_range(
        pl.datetime(2026, 1, 5), pl.datetime(2026, 1, 5) + pl.duration(hours=len(at) - 1), "1h", eager=True
    )
    return pl.DataFrame(
        {"time": times, "load [kW]": load_kw, "plan": shift, "heat [Cel]": rng.normal(20, 1, len(at))}
    )


@pytest.fixture(scope="module")
def learnt(tmp_path_factory, own_home):
    """A forecast of six hours ahead with a plan known ahead: facts, folder, file."""
    from pathlib import Path

    from dure.science.learn import TrainRequest, train
    from dure.vocabulary import Permit

    work = tmp_path_factory.mktemp("forecast")
    file = work / "load.parquet"
    load_of().write_parquet(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(own_home))
        patch.setenv("DURE_LANG", "en")
        asked = TrainRequest(
            (str(file),),
            target="load [kW]",
            task="forecast",
            time="time",
            horizon="6h",
            known=("plan",),
            budget=6,
        )
        facts = train(asked, Path(work) / "model", Permit.own([str(file)]))
        yield facts, load(Path(work) / "model"), Path(work) / "model", file


def test_a_forecast_beats_every_null_and_says_so(learnt):
    facts, model, _, _ = learnt
    assert facts["task"] == "forecast"
    assert facts["target"] == "load [kW] in 6 h"
    assert facts["unit"] == "kW"
    assert facts["validation"]["kind"] == "blocked_time"
    assert facts["validation"]["gap"] >= 6
    for name in ("mean_absolute_scaled_error", "weighted_quantile_loss", "mean_absolute_error"):
        assert facts["metric"][name] < facts["null"][name]
    assert facts["metric"]["interval_coverage"] > 0.6
    assert model.card["reckoned"]["ahead"]["seasons"][0] == DAY
    assert model.card["interval"]["level"] == pytest.approx(0.8)


def test_what_is_known_ahead_is_learnt_from(learnt):
    _, model, _, _ = learnt
    assert "plan in 6 h" in [one["name"] for one in model.inputs]
    frame = load_of(days=10, seed=5)
    shares = {one.signal: one.share for one in model.explain(frame, 100)}
    assert "plan in 6 h" in shares


def test_figures_can_be_computed_again(learnt):
    _, _, folder, _ = learnt
    found = recompute(folder)
    assert found.differs == ()
    assert found.card["metric"]["weighted_quantile_loss"] > 0


def test_evaluate_reckons_the_truth_and_the_nulls_of_a_new_table(learnt, tmp_path):
    _, model, _, _ = learnt
    load_of(days=15, seed=9).write_parquet(tmp_path / "new.parquet")
    found = evaluate(model, read_each([str(tmp_path / "new.parquet")]))
    assert set(found["nulls"]) == {"last_value", "drift", "seasonal_naive"}
    assert found["rows"] == 15 * DAY - 6
    assert found["metric"]["mean_absolute_error"] < found["null"]["mean_absolute_error"]
    assert found == evaluate(model, read_each([str(tmp_path / "new.parquet")]), target="load [kW]")


def test_row_by_row_the_forecast_is_that_of_the_table(learnt):
    _, model, _, _ = learnt
    frame = model._as_learnt(load_of(days=8, seed=3))
    said = model.predict(frame)
    line = model.line()
    found = [line.push(row) for row in frame.select(line.columns).iter_rows()]
    told = np.array([(one.prediction, one.lower, one.upper) for one in found])
    assert told.tobytes() == said.select("prediction", "lower", "upper").to_numpy().copy(order="C").tobytes()


def test_rows_keep_their_order_and_say_which_time_they_are_for(learnt):
    _, model, _, file = learnt
    table = read_each([str(file)])
    found, _ = predict_each(model, table)
    assert found["time"].to_list() == table[0].frame["time"].to_list()
    assert found["forecast_for"][0] - found["time"][0] == timedelta(hours=6)
    mixed = table[0].frame.sample(fraction=1.0, shuffle=True, seed=1)
    again = mixed.hstack(model.predict(mixed)).sort("time")["prediction"]
    assert again.to_numpy() == pytest.approx(model.predict(table[0].frame)["prediction"].to_numpy(), abs=0)


def test_the_rows_behind_the_end_are_foretold_better_when_they_are_near(learnt):
    _, model, _, _ = learnt
    whole = load_of(days=60, seed=11)
    near, far, repeated = [], [], []
    for end in range(30 * DAY, 55 * DAY, 31):
        known = whole.head(end)
        # The plan of the next hours stands in the table; the load does not.
        future = whole.slice(end, 6).with_columns(pl.lit(None, dtype=pl.Float64).alias("load [kW]"))
        said = behind(model, pl.concat([known, future]).tail(15 * DAY))
        assert said["ahead"].to_list() == [1, 2, 3, 4, 5, 6]
        assert said["time"].to_list() == whole["time"].slice(end, 6).to_list()
        truth = whole["load [kW]"].slice(end, 6).to_numpy()
        near.append(abs(said["prediction"][0] - truth[0]))
        far.append(abs(said["prediction"][5] - truth[5]))
        repeated.append(abs(known["load [kW]"][-1] - truth[0]))
    assert np.mean(near) < np.mean(far)
    assert np.mean(near) < 0.8 * np.mean(repeated)
    *shorter, asked = [one[0] for one in horizons(model)]
    assert asked == 6
    assert len(shorter) >= 2
    assert shorter == rungs(6)[: len(shorter)], "a short budget leaves the farther of the shorter ones out"


def test_the_rows_to_come_follow_the_table_when_asked(learnt):
    _, model, _, file = learnt
    found, _ = predict_each(model, read_each([str(file)]), ahead=True)
    assert len(found) == 40 * DAY + 6
    assert found["ahead"].null_count() == 40 * DAY
    assert (found.tail(6)["lower"] <= found.tail(6)["prediction"]).all()


def test_a_model_that_foretells_nothing_has_no_rows_to_come(learn, press):
    _, folder = learn(press, target="strength", families=("ridge",), budget=2)
    with pytest.raises(NoForecast):
        behind(load(folder), process(30))


def test_things_measured_side_by_side_are_each_foretold_from_their_own_past(learn, tmp_path):
    one, other = load_of(days=20, seed=1, plan=False), load_of(days=20, seed=2, plan=False)
    both = pl.concat([
        one.with_columns(pl.lit("A").alias("line")),
        other.with_columns(pl.lit("B").alias("line"), pl.col("load [kW]") * 3),
    ]).sort("time", "line")  # fmt: skip
    both.write_parquet(tmp_path / "both.parquet")
    facts, folder = learn(
        tmp_path / "both.parquet", target="load [kW]", task="forecast", time="time", group="line", horizon="2", budget=2, families=("ridge",)
    )  # fmt: skip
    assert facts["validation"]["gap"] >= 4
    model = load(folder)
    together = both.hstack(model.predict(both))
    apart = pl.concat([
        part.hstack(model.predict(part)) for part in (both.filter(pl.col("line") == name) for name in ("A", "B"))
    ]).sort("time", "line")  # fmt: skip
    assert together["prediction"].to_list() == apart["prediction"].to_list()
    assert set(behind(model, both)["line"]) == {"A", "B"}


def test_noise_is_answered_by_the_value_repeated_not_by_the_mean(learn, tmp_path):
    walk = np.cumsum(np.random.default_rng(3).normal(size=500))
    pl.DataFrame({"level": walk}).write_parquet(tmp_path / "walk.parquet")
    facts, folder = learn(tmp_path / "walk.parquet", target="level", task="forecast", horizon="5", budget=2)
    assert facts["metric"]["mean_absolute_error"] < 1.2 * facts["null"]["mean_absolute_error"]
    model = load(folder)
    if model.card["family"] == "null":
        frame = pl.DataFrame({"level": walk[:50]})
        assert model.predict(frame)["prediction"].to_list() == pytest.approx(walk[:50].tolist())


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"horizon": "24h"}, SettingRefused),
        ({"horizon": "soon"}, SettingRefused),
        ({"horizon": "5000"}, SettingRefused),
        ({"known": ("weather",)}, ColumnUnknown),
    ],
)
def test_what_cannot_be_foretold_is_refused(learn, tmp_path, asked, refusal):
    pl.DataFrame({"level": np.arange(200.0) % 7, "flow": np.arange(200.0) % 5}).write_parquet(
        tmp_path / "t.parquet"
    )
    with pytest.raises(refusal):
        learn(tmp_path / "t.parquet", target="level", task="forecast", budget=2, **asked)


def test_a_forecast_without_a_target_is_refused(learn, press):
    with pytest.raises(TargetMissing):
        learn(press, task="forecast")


def test_seasons_are_those_of_recorded_plants(recorded):
    from dure.science.prepare import read

    steel = read((str(recorded / "steel-energy-daewoo" / "Steel_industry_data.csv.gz"),)).frame
    assert seasons(steel["Usage_kWh"].to_numpy(), 900.0) == [96, 672]


def test_the_naive_answers_are_those_of_the_textbook():
    values, stretch = np.arange(12.0) % 4, np.repeat([0, 1], 6)
    said = naive(values, Ahead("x", 2, "2 rows", seasons=(4,)), stretch)
    truth = values[2:6]
    assert said["seasonal_naive"][2:4].tolist() == [values[0], values[1]]
    assert np.isnan(said["seasonal_naive"][6])
    assert said["last_value"][:4].tolist() == values[:4].tolist()
    assert len(truth) == 4


def test_the_quantile_loss_of_a_sharp_truth_is_that_of_its_definition():
    truth, low, middle, high = (
        np.array([10.0, 10.0]),
        np.array([8.0, 11.0]),
        np.array([9.0, 10.0]),
        np.array([12.0, 13.0]),
    )
    by_hand = np.mean([
        2 * (0.1 * 2 + 0.9 * 1) / 20,
        2 * (0.5 * 1) / 20,
        2 * (0.1 * 2 + 0.1 * 3) / 20,
    ])  # fmt: skip
    assert reckoned.quantile_loss(truth, {0.1: low, 0.5: middle, 0.9: high}) == pytest.approx(by_hand)


def test_trees_that_part_only_the_missing_are_sound_and_say_the_same():
    """Their threshold has no end, which no package may hold: the largest number stands for it."""
    from dure.science.learn import Lesson, opened
    from dure.science.learn.forms.boosting import fit
    from dure.science.learn.forms.opening import by_row
    from dure.science.learn.forms.sound_trees import fault_in

    rng = np.random.default_rng(0)
    x = np.where(rng.random((800, 3)) < 0.3, np.nan, rng.normal(size=(800, 3)))
    y = np.where(np.isnan(x[:, 0]), 5.0, 0.0) + np.nan_to_num(x[:, 1])
    settings = {"iterations": 30, "num_leaves": 8, "min_data_in_leaf": 5}
    made = fit(Lesson(x, y), settings, lambda: None, {"objective": "regression"})
    assert b"e+308" in made.content
    assert not fault_in(made.content)
    served = opened(made)
    assert np.abs(served.run(x) - y).mean() < 0.2
    assert [by_row(served)(row).tobytes() for row in x[:50]] == [one.tobytes() for one in served.run(x[:50])]

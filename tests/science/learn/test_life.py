"""Lives: reckoned from what failed, capped where signals go silent, and taught by what was still alive as well."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn import evaluate, load, recompute
from dure.science.learn.judging.reckoned import alpha_lambda, nasa_score
from dure.science.learn.reckoning import lives
from dure.science.learn.refusals import ColumnUnknown, SettingRefused
from dure.science.prepare import read_each


def pumps_that_fail(things=30, seed=0, bend=40, watched=None):
    """Pumps of 80 to 200 cycles; heat rises over the last `bend` only. `watched`: cycles after which a thing is lost from sight."""
    rng = np.random.default_rng(seed)
    parts = []
    for thing in range(things):
        life = int(rng.integers(80, 200))
        cycle = np.arange(1, life + 1)
        wear = np.clip(1 - (life - cycle) / bend, 0, None)
        rows = pl.DataFrame({
            "pump": [f"P{thing}"] * life,
            "cycle": cycle,
            "heat": 60 + 15 * wear + rng.normal(size=life),
            "hum": 2 + 1.5 * wear + rng.normal(size=life) / 5,
            "state": ["run"] * (life - 1) + ["failed"],
        })  # fmt: skip
        parts.append(rows if watched is None else rows.head(int(rng.integers(watched, 220))))
    return pl.concat(parts)


@pytest.fixture
def failing(tmp_path):
    path = tmp_path / "pumps.parquet"
    pumps_that_fail().write_parquet(path)
    return path


def test_the_life_left_is_reckoned_and_capped_where_the_signals_go_silent(learn, failing, tmp_path):
    facts, folder = learn(failing, task="life", group="pump", time="cycle", budget=4)
    assert facts["task"] == "life"
    assert facts["validation"]["kind"] == "grouped"
    assert facts["metric"]["mean_absolute_error"] < 0.6 * facts["null"]["mean_absolute_error"]
    assert {"nasa_score", "alpha_lambda", "interval_coverage"} <= set(facts["metric"])
    model = load(folder)
    assert 25 <= model.card["reckoned"]["lives"]["cap"] <= 60
    assert recompute(folder).differs == ()
    pumps_that_fail(10, seed=7).write_parquet(tmp_path / "new.parquet")
    found = evaluate(model, read_each([str(tmp_path / "new.parquet")]))
    assert found["metric"]["root_mean_squared_error"] < found["nulls"]["mean_life"]["root_mean_squared_error"]
    assert "taken as its failure" in found["words"]


def test_row_by_row_the_life_is_that_of_the_table(learn, failing):
    _, folder = learn(failing, task="life", group="pump", time="cycle", budget=2, families=("ridge",))
    model = load(folder)
    one = pumps_that_fail(1, seed=3)
    line = model.line()
    said = [line.push(row) for row in one.select(line.columns).iter_rows()]
    found = np.array([(verdict.prediction, verdict.lower, verdict.upper) for verdict in said])
    batch = model.predict(one).select("prediction", "lower", "upper").to_numpy().copy(order="C")
    assert found.tobytes() == batch.tobytes()
    # A weighted sum would say that a worn pump has failed already: a life that is left is never below 0.
    worn = one.with_columns(pl.col("heat") + 60, pl.col("hum") + 9, pl.col("cycle") + 900)
    assert model.fits[model.card["fits"][0]["file"]].run(model.features(worn)).max() < 0
    assert model.predict(worn).select("prediction", "lower").to_numpy().max() == 0.0
    assert model.line().push(next(worn.select(line.columns).iter_rows())).lower == 0.0


def test_rows_in_any_order_have_the_same_lives(learn, failing):
    _, folder = learn(failing, task="life", group="pump", time="cycle", budget=2, families=("ridge",))
    model, rows = load(folder), pumps_that_fail(3, seed=4)
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=2)
    again = mixed.hstack(model.predict(mixed)).sort("pump", "cycle")
    assert (
        again["prediction"].to_list()
        == rows.hstack(model.predict(rows)).sort("pump", "cycle")["prediction"].to_list()
    )


def test_things_still_alive_are_no_failures(learn, tmp_path):
    pumps_that_fail(40, seed=5, watched=60).write_parquet(tmp_path / "watched.parquet")
    facts, folder = learn(
        tmp_path / "watched.parquet", task="life", group="pump", time="cycle", event="state=failed", budget=3
    )
    card = load(folder).card
    assert card["reckoned"]["censored"] > 5
    assert "state" not in [one["name"] for one in card["inputs"]]
    truth = pumps_that_fail(20, seed=6)
    truth.write_parquet(tmp_path / "whole.parquet")
    found = evaluate(load(folder), read_each([str(tmp_path / "whole.parquet")]))
    assert found["metric"]["mean_absolute_error"] < found["null"]["mean_absolute_error"]
    assert facts["metric"]["mean_absolute_error"] < facts["null"]["mean_absolute_error"]


def test_weights_undo_what_being_lost_from_sight_hides():
    """Life without any signal: the weighted mean of what is known is that of all, the plain one is too short."""
    rng = np.random.default_rng(0)
    life, lost = rng.weibull(2.0, 4000) * 100, rng.uniform(0, 250, 4000)
    cap, stretch = 150.0, np.arange(4000)
    failed, seen = life <= lost, np.minimum(life, lost)
    # Two rows a thing: its first, and the last that was seen.
    age = np.stack([np.zeros(4000), seen], axis=1).ravel()
    both = stretch.repeat(2)
    left = lives.known_lives(age, both, failed, cap)
    weight = lives.weights(age, left, both, failed)
    first = np.arange(0, 8000, 2)
    there = first[np.isfinite(left[first])]
    true = np.minimum(life, cap).mean()
    plain, weighted = left[there].mean(), np.average(left[there], weights=weight[there])
    assert abs(weighted - true) < 3
    assert plain < true - 8


def test_the_usual_life_counts_those_still_alive():
    rng = np.random.default_rng(1)
    life, lost = rng.uniform(50, 100, 3000), rng.uniform(0, 150, 3000)
    found = lives.usual_life(np.minimum(life, lost), life <= lost)
    assert found == pytest.approx(75, abs=1.5)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({}, SettingRefused),
        ({"group": "pmup"}, ColumnUnknown),
        ({"group": "pump", "event": "failed"}, SettingRefused),
        ({"group": "pump", "event": "state=broken"}, SettingRefused),
        ({"group": "pump", "event": "stat=failed"}, ColumnUnknown),
    ],
)
def test_what_tells_no_lives_is_refused(learn, tmp_path, asked, refusal):
    pumps_that_fail(5).rename({"pump": "pump" if "group" in asked else "name"}).write_parquet(
        tmp_path / "t.parquet"
    )
    with pytest.raises(refusal):
        learn(tmp_path / "t.parquet", task="life", budget=2, **asked)


def test_scores_are_those_of_their_definitions():
    assert nasa_score(np.array([100.0]), np.array([113.0])) == pytest.approx(np.exp(1.3) - 1)
    assert nasa_score(np.array([100.0]), np.array([87.0])) == pytest.approx(np.e - 1)
    truth = np.tile(np.arange(10.0, 0.0, -1.0), 2)
    said = truth * np.repeat([1.1, 1.5], 10)
    assert alpha_lambda(truth, said, np.repeat([0, 1], 10)) == 0.5


def test_engines_of_the_open_set_are_said_better_than_by_their_age(learn, recorded, tmp_path):
    from dure.science.prepare import read

    rows = read((str(recorded / "c-mapss" / "train_FD001.txt.gz"),)).frame.filter(pl.col("column_1") <= 40)
    rows.write_parquet(tmp_path / "engines.parquet")
    facts, folder = learn(
        tmp_path / "engines.parquet", task="life", group="column_1", time="column_2", budget=4
    )
    assert 90 <= load(folder).card["reckoned"]["lives"]["cap"] <= 180
    assert facts["metric"]["root_mean_squared_error"] < 0.75 * facts["null"]["root_mean_squared_error"]

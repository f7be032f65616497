"""Operating states: named or found, one rule in batch and live, limits and promises of their own."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.formula import FormulaWrong
from dure.science.learn import evaluate, load
from dure.science.learn.refusals import ColumnsUnlike, ColumnUnknown, NormalRowsTooFew, SettingRefused
from dure.science.learn.serving.states import StateRule, state_label
from dure.science.learn.serving.states_found import found_in, rule_for
from dure.science.prepare import read, read_each

ROWS = st.lists(
    st.tuples(st.sampled_from([None, "A", "B", "off"]), st.sampled_from([None, 0.0, 0.05, 5.0, -5.0])),
    min_size=1,
    max_size=60,
)


@given(ROWS, st.integers(1, 4))
def test_a_stream_tells_the_states_of_the_batch(rows, settle):
    frame = pl.DataFrame(rows, schema={"what": pl.String, "power": pl.Float64}, orient="row")
    rules = (
        StateRule("what", settle=settle),
        StateRule(signals=(("power", 0.1),), product="what", settle=settle),
        StateRule(signals=(("power", 0.1),), settle=settle),
    )
    for rule in rules:
        live = rule.live()
        assert [live.push(row) for row in frame.to_dicts()] == rule.states(frame)
        assert StateRule.of(json.loads(json.dumps(rule.to_dict()))) == rule


@given(ROWS, st.integers(1, 4))
def test_a_state_depends_on_the_rows_that_settle_and_no_others(rows, settle):
    frame = pl.DataFrame(rows, schema={"what": pl.String, "power": pl.Float64}, orient="row")
    rule = StateRule(signals=(("power", 0.1),), product="what", settle=settle)
    whole = rule.states(frame)
    for at in range(len(rows)):
        assert rule.states(frame[max(0, at - settle) : at + 1])[-1] == whole[at]


def test_off_start_up_and_changeover_follow_each_other():
    frame = pl.DataFrame({"power": [0.0] * 3 + [5.0] * 6, "recipe": ["A"] * 6 + ["B"] * 3})
    rule = StateRule(signals=(("power", 0.1),), product="recipe", settle=2)
    assert rule.states(frame) == [
        *["off"] * 3,
        *["start-up"] * 2,
        "running A",
        *["changeover"] * 2,
        "running B",
    ]
    assert state_label("running A").ko == "가동 A"


def test_no_state_reaches_from_one_file_into_the_next():
    frame = pl.DataFrame({"what": ["A", "A", "B", "B"]})
    rule = StateRule("what", settle=1)
    assert rule.states(frame) == ["A", "A", "changeover", "B"]
    assert rule.states(frame, (2, 2)) == ["A", "A", "B", "B"]


def test_night_is_found_as_off(recorded):
    weather = read([recorded / "solar-plant-india/Plant_1_Weather_Sensor_Data.csv.gz"]).frame
    rule = found_in(weather, 2)
    assert [name for name, _ in rule.signals] == ["IRRADIATION"]
    states = np.array(rule.states(weather))
    dark = weather["IRRADIATION"].to_numpy() < 0.01
    assert (states == "off")[dark].mean() > 0.98
    assert not (states == "off")[~dark & (weather["IRRADIATION"].to_numpy() > 0.05)].any()


def test_the_mould_is_found_as_the_product(recorded):
    sources = [recorded / f"die-casting-kr/train_group_{mould}.csv.gz" for mould in (8412, 8722)]
    casts = pl.concat([table.frame[:500] for table in read_each(sources)])
    rule = rule_for(casts, "auto", 2, (500, 500))
    assert rule.product == "mold_code"
    assert rule.names == ("running 8412", "running 8722")


def test_a_table_that_never_stands_still_has_no_states(recorded):
    turbine = read([recorded / "gas-turbine-emissions/gt_2011.csv.gz"]).frame
    assert rule_for(turbine, "auto", 2) is None


@pytest.fixture
def furnace(tmp_path):
    """A furnace that heats with three times the noise of when it idles, and melts once."""
    rng = np.random.default_rng(3)
    named = np.tile(np.repeat(["idle", "heat"], 60), 10)
    named[590:600] = "melt"
    level, noise = np.where(named == "heat", 50.0, 5.0), np.where(named == "heat", 3.0, 0.1)
    frame = pl.DataFrame(
        {
            "minute": np.arange(1200.0),
            "mode": named,
            "power [kW]": level + noise * rng.normal(size=1200),
            "draught": 0.1 * level + noise * rng.normal(size=1200),
        }
    )
    path = tmp_path / "furnace.csv"
    frame.write_csv(path)
    return path


def test_each_state_has_a_fit_a_limit_and_a_promise_of_its_own(learn, furnace, own_home):
    facts, folder = learn(furnace, task="detect", state="mode")
    model = load(folder, home=own_home)
    assert [one["state"] for one in model.card["fits"]] == ["", "heat", "idle"]
    promise = {one["state"]: one for one in model.card["promise"]}
    assert promise["melt"] == {"state": "melt", "rows": promise["melt"]["rows"], "silent": True}
    assert promise["melt"]["rows"] < 40
    assert {name for name, one in promise.items() if one.get("silent")} == {"melt", "changeover", "start-up"}
    assert promise["idle"]["low"] <= promise["idle"]["alarms_per_1000_rows"] <= promise["idle"]["high"]
    assert "mode" not in [one["name"] for one in model.inputs]
    assert "operating state" in facts["notes"][-1]


def test_what_is_usual_in_one_state_is_an_alarm_in_the_other(learn, furnace, own_home):
    _, folder = learn(furnace, task="detect", state="mode")
    model = load(folder, home=own_home)
    table = read([furnace]).frame
    odd = table.with_columns(
        pl.when(pl.col("mode") == "idle").then(pl.col("draught") + 3).otherwise("draught")
    )
    found = model.predict(odd.with_columns(pl.col("draught").cast(pl.Float64)))
    by_state = dict(found.group_by("operating_state").agg(pl.col("alarm").mean()).iter_rows())
    assert by_state["idle"] > 0.7
    assert by_state["melt"] < 0.5
    _, without = learn(furnace, task="detect", ignore=("mode",), out="one-limit")
    plain = load(without, home=own_home).predict(odd)
    idle = (odd["mode"] == "idle").to_numpy()
    assert plain["alarm"].to_numpy()[idle].mean() < 0.3


def test_a_state_never_learnt_stays_silent_and_is_said(learn, furnace, own_home):
    _, folder = learn(furnace, task="detect", state="mode")
    model = load(folder, home=own_home)
    odd = read([furnace]).frame.with_columns(mode=pl.lit("poured"), draught=pl.lit(1e6))
    found = model.predict(odd)
    assert found["alarm"].sum() == 0
    assert found["score"].sum() == 0
    table = read_each([furnace])[0]
    measured = evaluate(model, [type(table)(odd, table.sources, table.rows_per_source)])["measured"]
    assert [(one["state"], one["silent"]) for one in measured] == [("poured", True)]


def test_the_line_says_what_the_batch_says_state_by_state(learn, furnace, own_home):
    _, folder = learn(furnace, task="detect", state="mode")
    model = load(folder, home=own_home)
    table = read([furnace]).frame
    batch, line = model.predict(table), model.line()
    live = [line.push_named(row) for row in table.select(line.columns).to_dicts()]
    assert [one.score for one in live] == batch["score"].to_list()
    assert [one.alarm for one in live] == batch["alarm"].cast(bool).to_list()
    assert [one.state for one in live] == batch["operating_state"].to_list()


def test_the_reason_is_told_by_the_fit_of_the_state(learn, furnace, own_home):
    _, folder = learn(furnace, task="detect", state="mode")
    odd = read([furnace]).frame.with_columns(pl.col("draught") + 3)
    reasons = load(folder, home=own_home).explain(odd, 50)
    assert reasons[0].signal == "draught"


def test_a_formula_may_name_the_state(learn, furnace, own_home):
    _, folder = learn(furnace, task="detect", state='=IF([power [kW]]>25,"hot","cold")', ignore=("mode",))
    model = load(folder, home=own_home)
    assert {one["state"] for one in model.card["fits"]} >= {"hot", "cold"}
    assert "power [kW]" in [one["name"] for one in model.inputs]
    table = read([furnace]).frame[:80]
    line = model.line()
    live = [line.push_named(row).state for row in table.select(line.columns).to_dicts()]
    assert live == model.predict(table)["operating_state"].to_list()


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("power [kW]", SettingRefused),
        ("=ROLLMEAN([draught], 5) > 1", SettingRefused),
        ("=NOSUCH([draught])", FormulaWrong),
        ("modus", ColumnUnknown),
    ],
)
def test_a_state_that_cannot_be_meant_is_refused(learn, furnace, state, refusal):
    with pytest.raises(refusal):
        learn(furnace, task="detect", state=state)


def test_states_with_too_few_rows_each_are_refused(learn, tmp_path):
    frame = pl.DataFrame({"x": np.arange(200.0) % 7, "mode": [str(at // 10) for at in range(200)]})
    frame.write_csv(tmp_path / "short.csv")
    with pytest.raises(NormalRowsTooFew):
        learn(tmp_path / "short.csv", task="detect", state="mode")


def test_a_table_without_its_state_column_is_refused(learn, furnace, own_home):
    _, folder = learn(furnace, task="detect", state="mode")
    with pytest.raises(ColumnsUnlike, match="mode"):
        load(folder, home=own_home).predict(read([furnace]).frame.drop("mode"))


def test_states_make_the_promise_of_a_milling_machine_hold(learn, recorded, own_home):
    """Runs learnt from, then runs never seen: every state's rate lies in its interval, one limit's does not."""
    runs = sorted((recorded / "cnc-kamp").glob("experiment_*.csv.gz"))
    facts = {}
    for way, asked in (("one", {}), ("states", {"state": "Machining_Process"})):
        _, folder = learn(*runs[:5], task="detect", ignore=("INSPECT",), out=way, **asked)
        facts[way] = evaluate(load(folder, home=own_home), read_each(runs[8:10]))
    for way, found in facts.items():
        promise = {one["state"]: one for one in found["promise"] if not one.get("silent")}
        met = [
            one["low"] <= promise[one["state"]]["high"] and one["high"] >= promise[one["state"]]["low"]
            for one in found["measured"]
            if one["state"] in promise
        ]
        assert all(met) or way == "one"
        assert len(met) == (1 if way == "one" else len(promise))

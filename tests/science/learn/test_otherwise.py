"""If it were otherwise: the row that is suggested really gives what is said, within what was seen, the same each time."""

import json
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.science.learn.conftest import process, pump

from dure.node.command import run
from dure.science.learn import TrainRequest, Wanted, changed, instead, load, train
from dure.science.learn.otherwise import ALREADY, NOTHING
from dure.science.learn.refusals import ColumnUnknown, SettingRefused
from dure.science.learn.serving.near import Near
from dure.vocabulary import Permit

ROWS = process(seed=7)


class Trained:
    """Models by name, without their trees in every failure's text."""

    def __init__(self, found):
        self.found = found

    def __getitem__(self, name):
        return self.found[name]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A classifier, an estimator, and a detector with a window, each trained once."""
    folder = tmp_path_factory.mktemp("instead")
    process().rename({"heat": "heat [Cel]", "force": "force [kN]"}).write_csv(folder / "press.csv")
    pump().write_csv(folder / "pump.csv")
    asked = {
        "scrap": {"target": "scrap", "ignore": ("strength",), "families": ("boosting",)},
        "strength": {"target": "strength", "ignore": ("scrap",), "families": ("ridge",)},
        "pump": {"task": "detect", "ignore": ("anomaly",), "families": ("ledoit_wolf",)},
    }
    found = {"folder": folder}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DURE_HOME", str(folder / "home"))
        for name, one in asked.items():
            source = str(folder / ("pump.csv" if name == "pump" else "press.csv"))
            train(TrainRequest((source,), budget=5.0, **one), folder / name, Permit.own([source]))
            found[name] = load(folder / name, trust=True)
    return Trained(found)


@pytest.fixture(scope="module")
def table():
    return ROWS.rename({"heat": "heat [Cel]", "force": "force [kN]"})


def holds(model, frame, row, found):
    """What is said is what the exported model says of the changed row; nothing leaves what was seen."""
    said = model.predict(changed(frame, row, model.warm_up, found.changes)).row(-1, named=True)
    known = {one["name"]: one for one in model.inputs}
    for one in found.changes:
        assert known[one.column]["low"] <= one.now <= known[one.column]["high"]
        assert one.was == frame[one.column][row]
        assert one.now != one.was
    near = Near.of(model.card["near"])
    values = frame.row(row, named=True) | {one.column: one.now for one in found.changes}
    assert near.within(np.array([[float(values[name]) for name in near.columns]])).all()
    assert 1 <= len(found.changes) <= 2
    return said


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0, len(ROWS) - 1))
def test_a_class_that_is_not_wanted_turns_with_the_change_that_is_said(models, table, row):
    model = models["scrap"]
    found = instead(model, table, row)
    bad = model.predict(table)["prediction"][row] == 1
    if not found.changes:
        assert found.words == (NOTHING if bad else ALREADY)
        assert found.was == found.now
        return
    said = holds(model, table, row, found)
    assert bad
    assert said["prediction"] == 0
    assert said["probability_1"] == found.now < found.was
    assert instead(model, table, row) == found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0, len(ROWS) - 1), low=st.floats(125, 150), width=st.floats(0.5, 8))
def test_a_number_comes_between_what_is_wanted(models, table, row, low, width):
    model = models["strength"]
    wanted = Wanted(low, low + width)
    found = instead(model, table, row, wanted)
    was = model.predict(table)["prediction"][row]
    if not found.changes:
        assert found.words == (ALREADY if low <= was <= low + width else NOTHING)
        return
    said = holds(model, table, row, found)
    assert low <= said["prediction"] <= low + width
    assert said["prediction"] == found.now


def test_an_alarm_is_over_where_the_bearing_were_cooler_all_along_the_window(models):
    model, broken = models["pump"], pump(seed=1, broken=700)
    assert model.warm_up > 0
    said = model.predict(broken)
    row = int((said["alarm"] == 1).arg_true()[30])
    found = instead(model, broken, row)
    after = holds(model, broken, row, found)
    assert [one.column for one in found.changes] == ["warm [Cel]"]
    assert after["alarm"] == 0
    assert after["score"] == found.now < 1 < found.was


def test_a_change_is_told_in_words_with_units_in_both_languages(models, table):
    model = models["scrap"]
    row = int((model.predict(table)["prediction"] == 1).arg_true()[0])
    found = instead(model, table, row, changeable=("force [kN]",))
    assert re.match(
        r"Had force been [\d.]+\xa0kN instead of [\d.]+\xa0kN, the probability of scrap 1 would fall from [\d.]+\s%",
        found.words.en,
    )
    assert re.match(
        r"force이\(가\) [\d.]+\xa0kN 대신 [\d.]+\xa0kN였다면 scrap 1 확률은 [\d.]+%에서", found.words.ko
    )
    assert "not a cause" in found.words.en
    assert "원인이라는 뜻은 아닙니다" in found.words.ko


def test_a_row_far_from_all_that_was_seen_gets_a_sentence_and_no_suggestion(models, table):
    strange = table.with_columns(mood=pl.lit(40.0))
    row = int((models["scrap"].predict(strange)["prediction"] == 1).arg_true()[0])
    found = instead(models["scrap"], strange, row, changeable=("force [kN]", "heat [Cel]"))
    assert found.changes == ()
    assert found.words == NOTHING


def test_what_cannot_be_meant_is_refused(models, table):
    with pytest.raises(ColumnUnknown, match="forse"):
        instead(
            models["scrap"],
            table,
            int((models["scrap"].predict(table)["prediction"] == 1).arg_true()[0]),
            changeable=("forse",),
        )
    for odd in ("140", "9..3", "a..b", ""):
        with pytest.raises(SettingRefused, match="--wanted"):
            instead(models["strength"], table, 0, odd)
    with pytest.raises(SettingRefused, match="--wanted"):
        instead(models["scrap"], table, 0, "fine")
    assert Wanted.read("..3.5", models["strength"]) == Wanted(high=3.5)


def test_neighbourhoods_hold_most_rows_and_no_strange_one():
    rng = np.random.default_rng(0)
    cold = rng.multivariate_normal([0, 0], [[1, 0.95], [0.95, 1]], 300)
    near = Near.learnt(np.concatenate([cold, cold + 20.0]), ["a", "b"])
    assert near.within(np.concatenate([cold, cold + 20.0])).mean() > 0.9
    assert not near.within(np.array([[2.5, -2.5], [10.0, 10.0], [0.0, 20.0]])).any()
    assert near.within(np.array([[0.1, np.nan]])).dtype == bool
    again = Near.of(json.loads(json.dumps(near.to_dict())))
    assert (again.within(cold) == near.within(cold)).mean() > 0.99
    assert len(near.middles) <= 24
    assert Near.learnt(cold[:5], ["a", "b"]) is None
    assert Near.of(None) is None


def test_whole_numbers_stay_whole():
    rows = np.stack([np.arange(100.0) % 7, np.linspace(0, 1, 100)], axis=1)
    assert Near.learnt(rows, ["count", "share"]).whole == {"count"}


def test_predict_tells_why_of_the_rows_that_are_not_as_wanted(models, tmp_path, home, capsys):
    folder = models["folder"]
    words = [
        "predict",
        folder / "scrap",
        folder / "press.csv",
        "--trust",
        "--json",
        "-o",
        tmp_path / "out.csv",
    ]
    assert home
    assert run([*map(str, words), "--why", "--change", "force [kN]"]) == 0
    facts = json.loads(capsys.readouterr().out)
    out = pl.read_csv(tmp_path / "out.csv")
    bad = out["prediction"] == 1
    assert out["why"].is_not_null().to_list() == bad.to_list()
    assert len(facts["why"]) == bad.sum()
    told = next(one for one in facts["why"] if one["instead"]["changes"])
    assert told["instead"]["changes"][0]["column"] == "force [kN]"
    assert out["why"][told["row"]] in {
        f"{told['reasons'][code]}. {told['instead'][code]}" for code in ("en", "ko")
    }
    assert run([*map(str, words), "--wanted", "0"]) == 2
    assert "--why" in capsys.readouterr().err

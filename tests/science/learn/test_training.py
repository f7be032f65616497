"""Training as a whole: what comes out, what is said, what is refused, what is left behind."""

import json

import numpy as np
import polars as pl
import pytest

from dure.science.learn import STAGES, TrainRequest, evaluate, fingerprint, load, train
from dure.science.learn.refusals import (
    ColumnUnknown,
    NormalRowsTooFew,
    NormalUnclear,
    NothingToLearnFrom,
    OneClassOnly,
    OneGroupOnly,
    OutRefused,
    OutTaken,
    SettingRefused,
    TargetAbsent,
    TargetEmpty,
    TargetMissing,
    TargetNotNumber,
    TaskUnknown,
    TooFewRows,
    TooManyClasses,
)
from dure.science.prepare import read_each
from dure.vocabulary import Action, ActionRefused, FileProblem, InputError, Permit


class Stopped(Exception):
    """What a person's cancel raises."""


def test_a_number_is_estimated_with_an_interval_that_holds_nine_tenths(learn, press, own_home):
    facts, folder = learn(press, target="strength", ignore=("scrap",))
    assert facts["task"] == "estimate"
    assert facts["validation"]["kind"] == "stratified"
    assert facts["metric"]["r2"] > 0.85 > facts["null"]["r2"]
    assert 0.85 < facts["metric"]["interval_coverage"] < 0.95
    found = load(folder, home=own_home).predict(pl.read_csv(press))
    assert found.columns == ["prediction", "lower", "upper"]
    assert (found["upper"] > found["lower"]).all()


def test_rows_of_one_outcome_are_measured_with_what_can_be(learn, press, own_home, tmp_path):
    _, folder = learn(press, target="strength", ignore=("scrap",), families=("ridge",))
    pl.read_csv(press).with_columns(strength=pl.lit(140.0)).write_csv(tmp_path / "steady.csv")
    facts = evaluate(load(folder, home=own_home), read_each([tmp_path / "steady.csv"]))
    assert set(facts["metric"]) == {"mean_absolute_error", "root_mean_squared_error", "interval_coverage"}


def test_classes_come_with_a_probability_each_and_a_threshold_for_the_rarer_one(scrap, press):
    found = scrap.predict(pl.read_csv(press))
    assert found.columns == ["prediction", "probability_0", "probability_1"]
    assert found.schema["prediction"] == pl.Int64
    called = found["probability_1"] > scrap.card["threshold"]
    assert (called == (found["prediction"] == 1)).all()


def test_the_same_seed_gives_the_same_model(learn, press, own_home):
    # with time for the whole search: one that is cut off may have tried fewer settings on a busy machine
    asked = {"target": "strength", "families": ("boosting",), "budget": 120.0}
    one, other = (learn(press, out=name, **asked)[1] for name in "ab")
    file = load(one, home=own_home).card["fits"][0]["file"]
    assert (one / file).read_bytes() == (other / file).read_bytes()


def test_the_report_holds_what_pictures_need_and_stays_small(scrap_model):
    report = json.loads((scrap_model / "report.json").read_bytes())
    confusion = np.array(report["confusion"])
    assert confusion.sum() == 400
    assert sum(report["probability"]["positive"]) == confusion[1].sum()
    assert report["importance"][0]["signal"] in ("force", "heat")
    assert (scrap_model / "report.json").stat().st_size < 50_000


def test_a_file_given_twice_makes_no_model_look_better(learn, tmp_path):
    rng = np.random.default_rng(3)
    columns = {f"x{at}": rng.normal(size=200) for at in range(4)}
    pl.DataFrame({**columns, "y": rng.normal(size=200)}).write_csv(tmp_path / "noise.csv")
    facts, _ = learn(tmp_path / "noise.csv", tmp_path / "noise.csv", target="y", families=("neighbours",))
    assert facts["validation"]["kind"] == "stratified"
    assert facts["metric"]["r2"] < 0.1


def test_groups_that_the_asker_names_are_held_back_and_not_learnt_from(learn, press):
    frame = pl.read_csv(press).with_columns(mould=pl.Series(np.arange(400) % 8))
    frame.write_csv(press)
    facts, _ = learn(press, target="strength", group="mould", families=("ridge",))
    assert facts["validation"] | {"words": ""} == {
        "kind": "grouped", "gap": 0, "folds": 5, "by": "mould", "words": ""
    }  # fmt: skip
    assert {"column": "mould", "key": "group"}.items() <= facts["left_out"][0].items()


def test_rows_without_a_target_are_passed_over(learn, press):
    frame = pl.read_csv(press)
    frame.with_columns(strength=pl.when(pl.int_range(400) < 300).then("strength")).write_csv(press)
    facts, _ = learn(press, target="strength", ignore=("scrap",), families=("ridge",))
    assert facts["rows"] == 300


def test_every_stage_may_run_twice_and_a_new_process_goes_on(tmp_path, press, own_home, monkeypatch):
    monkeypatch.setenv("DURE_HOME", str(own_home))
    sources = (str(press),)
    request = TrainRequest(sources, "scrap", families=("logistic",), permit=Permit.own(sources))
    for stage in STAGES.values():
        again = TrainRequest.from_dict(json.loads(json.dumps(request.to_dict())))
        stage(again, tmp_path, lambda *_: None)
        stage(again, tmp_path, lambda *_: None)
    assert load(tmp_path / "package", home=own_home).task == "classify"
    assert len(fingerprint(tmp_path / "package")) == 64


def test_progress_rises_and_is_told_often(press, tmp_path, own_home, monkeypatch):
    monkeypatch.setenv("DURE_HOME", str(own_home))
    told = []
    sources = (str(press),)
    request = TrainRequest(sources, "strength", ignore=("scrap",), families=("boosting",))
    train(
        request, tmp_path / "m", Permit.own(sources), lambda fraction, stage: told.append((fraction, stage))
    )
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert len(fractions) > 200
    assert {"read", "prepare", "boosting", "fit", "report"} <= {stage for _, stage in told}


def test_a_cancel_in_the_middle_leaves_nothing(press, tmp_path):
    def stop(fraction, _):
        if fraction > 0.3:
            raise Stopped

    sources = (str(press),)
    with pytest.raises(Stopped):
        train(TrainRequest(sources, "strength"), tmp_path / "out" / "m", Permit.own(sources), stop)
    assert not (tmp_path / "out").exists()


def test_a_permit_that_does_not_name_training_stops_it(press, tmp_path):
    permit = Permit((str(press),), frozenset({Action.PREPARE}))
    with pytest.raises(ActionRefused, match="train"):
        train(TrainRequest((str(press),), "scrap"), tmp_path / "m", permit)
    with pytest.raises(ActionRefused):
        STAGES["read"](TrainRequest((str(press),), "scrap"), tmp_path, lambda *_: None)


def test_an_older_package_is_replaced_and_anything_else_is_not(learn, press, tmp_path):
    for _ in range(2):
        learn(press, target="scrap", families=("logistic",))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep")
    with pytest.raises(OutTaken, match="notes"):
        learn(press, out="notes", target="scrap")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "notes", "press.csv"]


@pytest.mark.parametrize("place", ["taken/model", "taken/below/model", "/proc/model"])
def test_a_place_that_takes_no_package_is_said_in_one_sentence(press, tmp_path, own_home, monkeypatch, place):
    monkeypatch.setenv("DURE_HOME", str(own_home))
    (tmp_path / "taken").write_text("a file")
    request = TrainRequest((str(press),), "scrap", families=("logistic",))
    with pytest.raises(OutRefused, match="model cannot be written"):
        train(request, tmp_path / place, Permit.own([str(press)]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["press.csv", "taken"]


def test_a_file_for_each_fault_is_told_apart_and_judged_within_the_files(learn, tmp_path):
    for fault in range(12):
        rng = np.random.default_rng(fault)
        signals = {f"x{at}": rng.normal(fault == at, 0.3, 60) for at in range(12)}
        pl.DataFrame({**signals, "y": [fault] * 60}).write_csv(tmp_path / f"d{fault}.csv")
    facts, _ = learn(tmp_path / "d*.csv", target="y", families=("logistic",))
    assert (facts["task"], facts["validation"]["kind"]) == ("classify", "within_groups")
    assert facts["metric"]["accuracy"] > 0.9


@pytest.mark.parametrize(
    ("asked", "refusal", "says"),
    [
        ({"target": "strenght"}, TargetAbsent, "strength"),
        ({}, TargetMissing, "target"),
        ({"target": "strength", "task": "magic"}, TaskUnknown, "magic"),
        ({"target": "strength", "ignore": ("heta",)}, ColumnUnknown, "heat"),
        ({"target": "strength", "group": "mold"}, ColumnUnknown, "mold"),
        ({"target": "strength", "time": "grade"}, SettingRefused, "column of times"),
        ({"target": "strength", "pack": "nuclear"}, FileProblem, "nuclear"),
        ({"target": "strength", "budget": 0.0}, SettingRefused, "budget"),
        ({"target": "strength", "seed": -1}, SettingRefused, "seed"),
        ({"target": "strength", "group": "strength"}, SettingRefused, "another column"),
        ({"target": "strength", "time": "strength"}, SettingRefused, "another column"),
        ({"target": "scrap", "task": "classify", "normal_rows": 100}, SettingRefused, "--task detect"),
        ({"target": "scrap", "task": "classify", "normal": "scrap=0"}, SettingRefused, "--task detect"),
        (
            {"target": "strength", "ignore": ("heat", "force", "mood", "scrap", "grade")},
            NothingToLearnFrom,
            "left",
        ),
        ({"task": "detect", "normal": "scrap"}, NormalUnclear, "scrap"),
        ({"task": "detect", "normal": "scrap=0", "normal_rows": 9}, NormalUnclear, "scrap=0"),
        ({"task": "detect", "normal": "scrap=7"}, NormalRowsTooFew, "0 normal rows"),
        ({"task": "detect", "normal_rows": 20}, NormalRowsTooFew, "18 normal rows"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(learn, press, asked, refusal, says):
    pl.read_csv(press).with_columns(grade=pl.lit("A")).write_csv(press)
    with pytest.raises(refusal, match=says):
        learn(press, **asked)
    assert not (press.parent / "model").exists()


@pytest.mark.parametrize(
    ("change", "asked", "refusal"),
    [
        (lambda t: t.head(3), {"target": "scrap"}, TooFewRows),
        (lambda t: t.with_columns(scrap=pl.lit(1)), {"target": "scrap"}, OneClassOnly),
        (lambda t: t.with_columns(strength=pl.lit(None, pl.Float64)), {"target": "strength"}, TargetEmpty),
        (
            lambda t: t.with_columns(grade=pl.lit("A")),
            {"target": "grade", "task": "estimate"},
            TargetNotNumber,
        ),
        (
            lambda t: t.with_columns(grade=pl.format("{}{}", pl.lit("w"), pl.int_range(pl.len()))).head(90),
            {"target": "grade"},
            TooManyClasses,
        ),
        (lambda t: t.with_columns(mould=pl.lit("M1")), {"target": "scrap", "group": "mould"}, OneGroupOnly),
        (lambda t: t.head(0), {"target": "scrap"}, InputError),
    ],
)
def test_a_table_that_cannot_be_learnt_from_is_refused(learn, press, change, asked, refusal):
    change(pl.read_csv(press)).write_csv(press)
    with pytest.raises(refusal):
        learn(press, **asked)
    assert not (press.parent / "model").exists()


def test_rows_of_things_in_turn_that_were_sorted_by_their_label_are_not_looked_back_on(learn, tmp_path):
    random, rows = np.random.default_rng(3), 400
    kind = np.repeat(np.arange(4), rows // 4)
    signals = {f"x{at}": kind + 0.9 * random.normal(size=rows) for at in range(3)}
    table = tmp_path / "plates.csv"
    pl.DataFrame({**signals, "plate": [f"P{at}" for at in random.integers(0, 20, rows)], "kind": [f"k{at}" for at in kind]}).write_csv(table)  # fmt: skip
    facts, folder = learn(table, target="kind", group="plate", families=("logistic",), budget=3.0)
    steps = json.loads((folder / "recipe.json").read_text())["recipe"]["steps"]
    assert not any(one["step"].startswith("series.") for one in steps)
    assert 0.5 < facts["metric"]["balanced_accuracy"] < 0.85  # looking back tells the label

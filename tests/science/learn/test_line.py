"""One row after the other: the verdicts of `Model.line` are those of `Model.predict`, to the bit, on recorded data."""

import struct

import numpy as np
import polars as pl
import pytest

from dure.science.learn import Lesson, Model, ModelCard, family_named, load, opened
from dure.science.learn.model import matrix
from dure.science.learn.refusals import ColumnNotNumbers, ColumnsUnlike, RowUnlike
from dure.science.learn.target import classes_of
from dure.science.prepare import Recipe
from dure.vocabulary import Permit

RNG = np.random.default_rng(7)


def bits(value):
    return struct.pack("<d", value)


def verdicts_of(model, frame):
    """`predict`'s answer row by row, as a verdict has it."""
    found = model.predict(frame)
    if model.task == "estimate":
        return [tuple(map(bits, row)) for row in found.select("prediction", "lower", "upper").iter_rows()]
    if model.task == "detect":
        return [(bits(score), bool(alarm)) for score, alarm in found.select("score", "alarm").iter_rows()]
    names = [name for name in found.columns if name.startswith("probability_")]
    said = zip(found["prediction"].to_list(), found.select(names).iter_rows(), strict=True)
    return [(word, tuple(map(bits, shares))) for word, shares in said]


def told(model, verdict):
    if model.task == "estimate":
        return tuple(map(bits, (verdict.prediction, verdict.lower, verdict.upper)))
    if model.task == "detect":
        return bits(verdict.score), verdict.alarm
    return verdict.prediction, tuple(map(bits, verdict.probabilities))


def flips(model, frame, line=None):
    line = line or model.line()
    wanted = verdicts_of(model, frame)
    found = [told(model, line.push(row)) for row in frame.select(line.columns).iter_rows()]
    return sum(one != other for one, other in zip(wanted, found, strict=True))


@pytest.fixture(scope="module", autouse=True)
def quiet(own_home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(own_home))
        patch.setenv("DURE_LANG", "en")
        yield


@pytest.fixture(scope="module")
def taught(tmp_path_factory, own_home):
    """Train once on a frame, with a small budget, and open what came out."""
    from dure.science.learn import TrainRequest, train

    def act(frame, **asked):
        place = tmp_path_factory.mktemp("taught")
        frame.write_parquet(place / "rows.parquet")
        sources = (str(place / "rows.parquet"),)
        train(TrainRequest(sources, budget=3, **asked), place / "model", Permit.own(sources))
        return load(place / "model", home=own_home)

    return act


def by_hand(frame, target, family, steps):
    """A model of a family on a recipe that is given, as a package would hold it."""
    recipe = Recipe.from_dict({"version": 1, "steps": steps}).fit(frame.drop(target), Permit.own(["rows"]))
    x = matrix(recipe.transform(frame.drop(target)))
    task = "estimate" if frame.schema[target].is_float() else "classify"
    classes = None if task == "estimate" else classes_of(frame[target])
    y = frame[target].to_numpy() if classes is None else classes.codes(frame[target])
    settings = {**family_named(task, family).candidates(*x.shape)[0], "iterations": 60}
    lesson = Lesson(x, y, classes=len(classes.names) if classes else 0)
    made = family_named(task, family).fit(lesson, settings, lambda: None)
    card = {
        "task": task, "target": target, "family": family, "fits": [{"file": "model"}], "interval": {"below": 1.5, "above": 2.5},
        "inputs": [{"name": one.name, "kind": one.kind, "unit": "", "low": None, "high": None} for one in recipe.columns],
    }  # fmt: skip
    if classes:
        told = {"names": list(classes.names), "kind": classes.kind, "positive": classes.positive}
        card |= {"classes": told, "threshold": 0.4}
    return Model(ModelCard(card), recipe, {"model": opened(made)}, {}, {})


@pytest.mark.parametrize("rows", [2_000, pytest.param(7_411, marks=pytest.mark.soak)])
def test_a_number_of_a_gas_turbine_is_the_same_on_the_line(recorded, rows):
    turbine = pl.read_csv(next((recorded / "gas-turbine-emissions").glob("*2011*"))).drop("CO")
    signals = [name for name in turbine.columns if name != "NOX"]
    steps = [{"step": "series.lag", "columns": signals, "rows": rows} for rows in (1, 2)]
    steps += [{"step": "series.window_features", "columns": ["AT", "TEY"], "rows": 12}]
    steps += [{"step": "series.window_statistics", "columns": signals, "rows": 24}]
    model = by_hand(turbine, "NOX", "boosting", steps)
    assert model.line().facts["form"] == "arrays"
    assert len(turbine) == 7_411
    assert flips(model, turbine.head(rows)) == 0


def test_a_detector_of_a_chemical_plant_is_the_same_on_the_line(taught, recorded):
    values = np.loadtxt(recorded / "tennessee-eastman" / "d00_te.dat.gz")
    plant = pl.DataFrame(values, schema=[f"x{at}" for at in range(values.shape[1])])
    model = taught(plant.head(500), task="detect")
    holed = plant.with_columns(x3=pl.when(pl.int_range(pl.len()) % 97 == 0).then(None).otherwise("x3"))
    assert flips(model, plant) == 0
    assert flips(model, holed) == 0


@pytest.mark.parametrize("family", ["boosting", "neighbours", "logistic"])
@pytest.mark.parametrize("target", ["scrap", "grade"])
def test_classes_with_words_and_holes_are_the_same_on_the_line(family, target):
    rows = 400
    frame = pl.DataFrame(
        {
            "heat": RNG.normal(200, 5, rows),
            "shift": RNG.choice(["day", "night", "noon"], rows).tolist(),
            "force": RNG.normal(50, 3, rows),
        }
    )
    frame = frame.with_columns(
        scrap=(pl.col("force") < 48),
        grade=pl.when(pl.col("heat") < 198)
        .then(pl.lit("a"))
        .when(pl.col("heat") < 203)
        .then(pl.lit("b"))
        .otherwise(pl.lit("c")),
    ).drop({"scrap": "grade", "grade": "scrap"}[target])
    steps = [
        {"step": "table.fill_missing", "columns": ["heat"], "by": "last"},
        {"step": "table.encode_category", "columns": ["shift"]},
        {"step": "table.formula", "column": "work", "formula": "=[heat]*[force]/100"},
    ]
    model = by_hand(frame, target, family, steps)
    other = frame.with_columns(
        heat=pl.when(pl.int_range(pl.len()) % 9 == 0).then(None).otherwise("heat"),
        shift=pl.when(pl.int_range(pl.len()) % 5 == 0).then(pl.lit("dawn")).otherwise("shift"),
    )
    assert model.line().facts["form"] == "arrays"
    assert flips(model, other) == 0


def test_a_row_may_come_by_names_in_any_order_with_a_blank_too_many(scrap):
    row = {"mood": 0.0, "heat": 200.0, "force": 44.0}
    line = scrap.line()
    wanted = scrap.line().push([row[name] for name in line.columns])
    assert line.push_named(row) == wanted
    assert line.push_named({"mood": 0.0, "heat ": 200.0, "force": 44.0, "more": 1.0}) == wanted
    with pytest.raises(ColumnsUnlike, match="needs “heat”, which the line does not have"):
        line.push_named({"mood": 0.0, "heet": 200.0, "force": 44.0})


def test_many_rows_at_once_are_many_rows(scrap):
    rows = RNG.normal([200.0, 50.0, 0.0], 5.0, size=(30, 3))
    assert scrap.line().push_rows(rows) == [scrap.line().push(row) for row in rows]


def test_a_row_that_does_not_fit_is_refused_and_forgotten(scrap):
    line = scrap.line(where="line1")
    with pytest.raises(RowUnlike, match="2 values came to line1; the model takes 3"):
        line.push([200.0, 50.0])
    with pytest.raises(ColumnNotNumbers, match="“force” of line1 holds “fast”"):
        line.push([200.0, "fast", 0.0])
    assert line.push(["200", " 50 ", None]) == scrap.line().push([200.0, 50.0, float("nan")])


def test_what_is_missing_or_out_of_range_is_named(scrap):
    verdict = scrap.line().push([900.0, None, 0.0])
    assert (verdict.out_of_range, verdict.missing) == (("heat",), ("force",))
    assert scrap.line().push([200.0, 50.0, 0.0]).out_of_range == ()


def test_a_verdict_is_small_and_cannot_be_changed(scrap):
    verdict = scrap.line().push([200.0, 50.0, 0.0])
    with pytest.raises(AttributeError):
        verdict.prediction = 1
    assert not hasattr(verdict, "__dict__")


def test_a_new_run_forgets_the_old(taught):
    rows = RNG.normal(size=(300, 3)).cumsum(axis=0)
    frame = pl.DataFrame(rows, schema=["a", "b", "c"])
    model = taught(frame, task="detect")
    line = model.line()
    first = [told(model, line.push(row)) for row in rows[:50]]
    line.restart()
    assert [told(model, line.push(row)) for row in rows[:50]] == first
    assert line.facts["warm_up"] == model.warm_up


def test_a_step_without_arrays_makes_its_way_through_tables(scrap, monkeypatch):
    from dure.science.prepare import FittedRecipe

    rows = RNG.normal([200.0, 50.0, 0.0], 5.0, size=(20, 3))
    wanted = scrap.line().push_rows(rows)
    monkeypatch.setattr(FittedRecipe, "by_row", lambda _: None)
    line = scrap.line()
    assert line.facts["form"] == "tables"
    assert line.push_rows(rows.tolist()) == wanted

"""The search: views, blend, guard, calibration, costs, and the time it takes."""

import json
import time

import numpy as np
import polars as pl
import pytest

from dure.science.learn import load
from dure.science.learn.checks import LAWS, Trial
from dure.science.learn.choosing.clockwork import Clockwork
from dure.science.learn.choosing.whole import fitted_whole
from dure.science.learn.family import Exported, Lesson, OutOfTime, families, family_named
from dure.science.learn.forms.blend import Part, blended, parts_in, weights_for
from dure.science.learn.forms.onehot import MOST
from dure.science.learn.forms.opening import opened
from dure.science.learn.judging.calibration import Calibration
from dure.science.learn.judging.guard import blocks, judge
from dure.science.learn.judging.metrics import cheapest_threshold, cost_per_1000
from dure.science.learn.keeping.bounds import require_bounded_blend
from dure.science.learn.refusals import PackageDamaged, SettingRefused

RNG = np.random.default_rng(7)


def silent():
    """A tick that nobody hears."""


def noise(path, rows=300):
    """A target that no column tells of."""
    columns = {f"x{at}": RNG.normal(size=rows) for at in range(4)}
    pl.DataFrame({**columns, "y": RNG.normal(size=rows), "c": RNG.integers(0, 2, rows)}).write_csv(path)
    return path


@pytest.mark.parametrize(("target", "other", "tried"), [("y", "c", "ridge"), ("c", "y", "logistic")])
def test_where_nothing_can_be_foretold_the_usual_answer_is_served_and_said(  # noqa: PLR0917 - fixtures
    learn, tmp_path, own_home, target, other, tried
):
    table = noise(tmp_path / "noise.csv")
    facts, folder = learn(table, target=target, ignore=(other,), families=(tried, "neighbours"))
    model = load(folder, home=own_home)
    assert facts["family"] == "null"
    assert model.card["guard"]["served"] == "null"
    assert "usual answer" in model.card["guard"]["words"]["en"]
    shared = set(facts["metric"]) & set(facts["null"]) - {"f1", "balanced_accuracy"}
    assert {name: facts["metric"][name] for name in shared} == {name: facts["null"][name] for name in shared}
    assert model.predict(pl.read_csv(table)).head(9).n_unique() == 1


def test_the_guard_asks_for_more_than_one_standard_error_of_blocks():
    model = np.concatenate([np.full(50, 0.5), np.full(50, 1.6)])
    assert not judge(model, np.full(100, 1.1), blocks(100)).passes
    assert judge(np.full(100, 0.9), np.full(100, 1.1), blocks(100)).passes


def test_a_blend_weighs_what_helps_and_is_one_file(trial_of_classes):
    lesson, x, truth = trial_of_classes.lesson, trial_of_classes.x, trial_of_classes.truth
    made = {}
    for name in ("boosting", "logistic", "neighbours"):
        family = families("classify")[name]
        made[name] = family.fit(lesson, family.candidates(len(lesson.x), 3)[0], silent)
    weights = weights_for(truth, [opened(one).run(x) for one in made.values()], 2)
    whole = blended(
        [Part(name, float(w), one) for (name, one), w in zip(made.items(), weights, strict=True)],
        Calibration(),
    )
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    expected = sum(w * opened(one).run(x) for one, w in zip(made.values(), weights, strict=True))
    assert np.allclose(opened(whole).run(x), expected, atol=1e-12)
    require_bounded_blend(whole.content, "here")


@pytest.fixture(scope="module")
def trial_of_classes():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(700, 3))
    y = (x[:, 0] + np.abs(x[:, 1]) + 0.4 * rng.normal(size=700) > 0.8).astype(float)
    return Trial(Lesson(x[:400], y[:400], 2), x[400:], y[400:])


class Together:
    """A blend of trees and a weighted sum, calibrated, as a family that the laws can try."""

    name, task, label = "together", "classify", families("classify")["boosting"].label

    def candidates(self, rows, columns):
        line = Calibration("platt", (0.0, 0.3, 1.0), (0.01, 0.2, 0.99), 1)
        known = families("classify")
        parts = [
            {"family": name, "weight": weight, "settings": dict(known[name].candidates(rows, columns)[0])}
            for name, weight in (("boosting", 0.7), ("logistic", 0.3))
        ]
        return [{"parts": parts, "calibration": line.to_dict()}]

    def fit(self, lesson, settings, tick):
        return family_named("classify", "blend").fit(lesson, settings, tick)

    def contributions(self, served, x):
        return family_named("classify", "blend").contributions(served, x)


@pytest.mark.parametrize("law", LAWS)
def test_a_calibrated_blend_keeps_every_law_of_a_family(law, trial_of_classes):
    LAWS[law](Together(), trial_of_classes)


@pytest.mark.parametrize("task", ["estimate", "classify"])
@pytest.mark.parametrize("law", sorted(set(LAWS) - {"beats_its_null"}))
def test_the_usual_answer_is_served_like_any_family(task, law, trial_of_classes):
    trial = trial_of_classes
    if task == "estimate":
        trial = Trial(Lesson(trial.lesson.x, trial.lesson.y), trial.x, trial.truth)
    LAWS[law](family_named(task, "null"), trial)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"parts": [], "calibration": {"method": "none", "x": [0, 1], "y": [0, 1], "positive": null}}',
        b'{"parts": [{"family": "x", "form": "blend", "weight": 1, "content": ""}]}',
        b'{"parts": [{"family": "x", "form": "onnx", "weight": 1, "content": "!!"}]}',
        b'{"parts": [{"family": "x", "form": "lightgbm", "weight": NaN, "content": "tree"}]}',
    ],
)
def test_a_blend_that_is_none_is_refused(content):
    with pytest.raises(PackageDamaged):
        require_bounded_blend(content, "here")
    with pytest.raises(ValueError, match=r"[a-z]"):
        parts_in(content)


def test_a_fit_is_cut_short_when_its_time_is_over_and_keeps_its_trees():
    work = Clockwork(1.0, lambda *_: None, 0.0, 1.0)
    x = RNG.normal(size=(20_000, 30))
    family = families("estimate")["boosting"]
    began = time.monotonic()
    with work.until(0.0, must=True):
        exported = family.fit(Lesson(x, x[:, 0]), {"num_leaves": 255, "iterations": 100_000}, work.tick)
    assert time.monotonic() - began < 30
    assert 1 <= exported.facts["iterations"] < 100_000
    with work.until(0.0), pytest.raises(OutOfTime):
        families("estimate")["ridge"].fit(Lesson(x, x[:, 0]), {"penalty": 1.0}, work.tick)


def test_a_search_ends_in_about_its_budget_and_says_what_it_cut(learn, tmp_path, own_home):
    x = np.random.default_rng(0).normal(size=(40_000, 12))
    frame = pl.DataFrame({f"x{at}": column for at, column in enumerate(x.T)})
    frame.with_columns(y=np.sin(x[:, 0]) * x[:, 1] + x[:, 2]).write_parquet(tmp_path / "wide.parquet")
    _, folder = learn(tmp_path / "wide.parquet", target="y", budget=6.0)
    card = load(folder, home=own_home).card
    assert card["search"]["seconds"] < 9
    assert card["guard"]["served"] == "model"


@pytest.mark.parametrize("target", ["y", "c"])
def test_a_search_without_any_time_serves_a_cheap_model_never_the_null(learn, tmp_path, own_home, target):
    """As on a machine so loaded that the budget is over before the first fit begins."""
    x = np.random.default_rng(0).normal(size=(6_000, 6))
    y = np.sin(x[:, 0]) + x[:, 1] + x[:, 2]
    frame = pl.DataFrame({f"x{at}": column for at, column in enumerate(x.T)})
    frame.with_columns(y=y, c=(y > 0).astype(int)).write_parquet(tmp_path / "rows.parquet")
    other = "c" if target == "y" else "y"
    facts, folder = learn(tmp_path / "rows.parquet", target=target, ignore=(other,), budget=0.01)
    card = load(folder, home=own_home).card
    assert card["guard"]["served"] == "model"
    assert card["guard"]["better_by"] > 0.5
    assert facts["family"] != "null"


def test_a_fit_that_has_no_time_learns_from_fewer_rows_and_is_whole():
    x = RNG.normal(size=(20_000, 10))
    y = x[:, 0] + np.sin(x[:, 1])
    work = Clockwork(1.0, lambda *_: None, 0.0, 1.0)
    settings = {"learning_rate": 0.1, "num_leaves": 16, "iterations": 90}
    exported = fitted_whole(families("estimate")["boosting"], Lesson(x, y), settings, work, 0.0)
    assert exported.facts["iterations"] >= 30
    assert np.sqrt(np.mean((opened(exported).run(x) - y) ** 2)) < 0.3


def test_words_are_columns_of_their_own_to_a_weighted_sum():
    code = RNG.integers(0, 5, 600).astype(float)
    y = np.array([3.0, -1.0, 4.0, -1.0, 5.0])[code.astype(int)]
    x = np.stack([code, RNG.normal(size=600)], axis=1)
    ridge = families("estimate")["ridge"]
    apart = opened(ridge.fit(Lesson(x, y, words=(5, 0)), {"penalty": 1e-5}, silent))
    assert np.abs(apart.run(x) - y).max() < 0.05
    unseen = np.array([[MOST + 3.0, 0.0], [np.nan, 0.0]])
    assert np.isfinite(apart.run(unseen)).all()
    assert ridge.contributions(apart, x).shape == x.shape


def test_costs_move_the_threshold_and_the_card_says_what_they_are(learn, press, own_home):
    low, folder = learn(press, target="scrap", ignore=("strength",), families=("logistic",), cost="20:1")
    high, other = learn(
        press, out="other", target="scrap", ignore=("strength",), families=("logistic",), cost="1:20"
    )
    cards = [load(one, home=own_home).card for one in (folder, other)]
    assert cards[0]["threshold"] < cards[1]["threshold"]
    assert cards[0]["cost"]["per_1000_rows"] <= cards[0]["cost"]["never_calling"]
    assert low["metric"]["cost_per_1000_rows"] == cards[0]["cost"]["per_1000_rows"]
    assert high["null"]["cost_per_1000_rows"] > 0


@pytest.mark.parametrize("cost", ["20", "a:b", "0:1", "1:2:3", "inf:1"])
def test_costs_that_are_none_are_refused(learn, press, cost):
    with pytest.raises(SettingRefused, match="20:1"):
        learn(press, target="scrap", cost=cost)


def test_costs_for_a_number_are_refused(learn, press):
    with pytest.raises(SettingRefused, match="two classes"):
        learn(press, target="strength", cost="20:1")


def test_the_cheapest_threshold_is_as_cheap_as_any():
    rng = np.random.default_rng(3)
    probability = rng.random(4000)
    hit = rng.random(4000) < probability
    cut = cheapest_threshold(hit, probability, 9.0, 1.0)
    assert cut == pytest.approx(0.1, abs=0.03)
    cost = cost_per_1000(hit, probability > cut, 9.0, 1.0)
    assert cost <= 1.05 * min(
        cost_per_1000(hit, probability > other, 9.0, 1.0) for other in np.linspace(0, 1, 50)
    )


def test_a_signal_that_shows_later_is_found_and_said(learn, tmp_path, own_home):
    rng = np.random.default_rng(5)
    valve, rows = rng.normal(size=1500), 1500
    level = np.convolve(valve, np.full(3, 1 / 3), mode="same")
    flow = np.concatenate([np.zeros(6), level[:-6]]) + 0.05 * rng.normal(size=rows)
    heat = np.cumsum(rng.normal(size=rows)) / 20
    at = pl.datetime_range(
        pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 1) + pl.duration(minutes=rows - 1), "1m", eager=True
    )
    pl.DataFrame({"at": at, "valve": valve, "heat": heat, "flow": flow}).write_csv(tmp_path / "tank.csv")
    facts, folder = learn(tmp_path / "tank.csv", target="flow", families=("ridge",))
    model = load(folder, home=own_home)
    assert facts["metric"]["r2"] > 0.6 > facts["null"]["r2"]
    assert model.card["search"]["view"]["dynamic"] == "delays"
    found = {one["column"]: one["rows"] for one in model.card["delays"]}
    assert found["valve"] in (5, 6, 7)
    assert any("follows valve" in one["words"]["en"] for one in model.card["delays"])
    assert model.warm_up > 0


def test_a_template_is_tried_and_its_columns_are_named(learn, tmp_path, own_home):
    rng = np.random.default_rng(2)
    torque, speed = rng.uniform(10, 70, 900), rng.uniform(1200, 2800, 900)
    failed = (torque * speed * 2 * np.pi / 60 > 9_000).astype(int)
    frame = pl.DataFrame({"Torque [Nm]": torque, "Rotational speed [rpm]": speed, "failed": failed})
    frame.write_csv(tmp_path / "motor.csv")
    _, folder = learn(
        tmp_path / "motor.csv", target="failed", equipment="rotating_machine", families=("logistic",)
    )
    card = load(folder, home=own_home).card
    assert "equipment" in {one["name"] for one in card["search"]["views"]}
    assert card["search"]["view"]["static"] == "equipment"
    assert "power" in {one["name"] for one in card["used"]}


def test_an_interval_holds_in_every_stretch_and_narrows_where_the_model_is_sure(learn, tmp_path, own_home):
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 10, 3000)
    y = 5 * x + x * rng.normal(size=3000)
    pl.DataFrame({"x": x, "z": rng.normal(size=3000), "y": y}).write_csv(tmp_path / "cone.csv")
    facts, folder = learn(tmp_path / "cone.csv", target="y", families=("ridge",))
    model = load(folder, home=own_home)
    assert facts["metric"]["interval_coverage"] == pytest.approx(0.9, abs=0.03)
    found = model.predict(pl.DataFrame({"x": [0.5, 9.5], "z": [0.0, 0.0]}))
    width = (found["upper"] - found["lower"]).to_list()
    assert width[0] < 0.4 * width[1]
    by_fold = json.loads((folder / "metrics.json").read_bytes())["by_fold"]
    assert all(0.8 < one["interval_coverage"] < 0.97 for one in by_fold)


def test_every_score_has_a_span_over_blocks_that_holds_it(learn, press):
    _, folder = learn(press, target="strength", ignore=("scrap",), families=("ridge",))
    metrics = json.loads((folder / "metrics.json").read_bytes())
    for name in ("r2", "mean_absolute_error"):
        low, high = metrics["interval"][name]
        assert low <= metrics["metric"][name] <= high
        assert name in metrics["null_interval"]


def test_labels_that_are_not_missing_by_chance_are_noticed_and_their_effect_is_said(learn, press, own_home):
    frame = pl.read_csv(press)
    frame.with_columns(strength=pl.when(pl.col("heat") > 198).then("strength"), scrap=None).write_csv(press)
    _, folder = learn(press, target="strength", families=("ridge",))
    card = load(folder, home=own_home).card
    assert card["selective"]["noticed"]
    assert card["selective"]["auc"] > 0.9
    assert card["selective"]["columns"][0]["column"] == "heat"
    assert "mean_absolute_error" in card["weighted"]
    assert any("inspected parts" in note["en"] for note in card["notes"])


def test_labels_missing_by_chance_say_nothing(learn, press, own_home):
    frame = pl.read_csv(press)
    frame.with_columns(strength=pl.when(pl.int_range(400) % 2 == 0).then("strength")).write_csv(press)
    _, folder = learn(press, target="strength", ignore=("scrap",), families=("ridge",))
    assert "selective" not in load(folder, home=own_home).card


def test_only_inspected_rows_teach(learn, press, own_home):
    frame = pl.read_csv(press)
    frame.with_columns(
        qc=pl.when(pl.col("force") > 49).then(pl.lit("yes")).otherwise(pl.lit("no"))
    ).write_csv(press)
    facts, folder = learn(
        press, target="strength", ignore=("scrap",), families=("ridge",), inspected="qc=yes"
    )
    card = load(folder, home=own_home).card
    assert facts["rows"] == frame.filter(pl.col("force") > 49).height
    assert {one["column"]: one["key"] for one in facts["left_out"]}["qc"] == "inspected"
    assert not card["selective"]["noticed"]


def test_copies_with_another_outcome_set_a_ceiling_that_is_said(learn, tmp_path, own_home):
    rng = np.random.default_rng(8)
    setting = rng.integers(0, 40, 600).astype(float) / 10
    scrap = (rng.random(600) < 0.2 + 0.6 * (setting > 2)).astype(int)
    pl.DataFrame({"bar": setting, "scrap": scrap}).write_csv(tmp_path / "settings.csv")
    _, folder = learn(tmp_path / "settings.csv", target="scrap", families=("logistic",))
    card = load(folder, home=own_home).card
    assert 0.7 < card["ceiling"]["accuracy"] < 0.95
    assert any("no model can be right" in note["en"] for note in card["notes"])


def test_an_exported_form_of_unknown_kind_is_no_part_of_a_blend():
    with pytest.raises(KeyError):
        opened(Exported("pickle", b""))

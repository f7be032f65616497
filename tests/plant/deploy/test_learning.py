"""Late labels on the line: the loop that `dure replay` plays, on live signals of a gas turbine and its laboratory."""

import json
from itertools import count
from time import monotonic, sleep

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from dure.foundation.ledger.models import Entry
from dure.plant.deploy import (
    Decision,
    Deployment,
    LabelAbsent,
    NoReason,
    Scorer,
    follow_labels,
    label_signals,
    name_labels,
)
from dure.plant.deploy.learning import MOST_WAITING
from dure.plant.inventory import Signal
from dure.plant.registry import open_model, register, release
from dure.science.learn import TrainRequest, train
from dure.science.prepare import read
from dure.science.replay import Loop, Policy
from dure.vocabulary import Permit
from machines.historian_process import SECOND, play, samples

START = 1_700_000_000 * SECOND
DELAY, GO = 24, 60
# Every test has a turbine of its own in the one historian.
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def package(recorded, line):
    """A model of NOX from the year 2011, every fifth hour."""
    place = line.home / "nox"
    table = read([recorded / "gas-turbine-emissions" / "gt_2011.csv.gz"]).frame.gather_every(5)
    # shuffled: in order the search may find delays, and then the first hours wait for their history
    table = table.sample(fraction=1.0, shuffle=True, seed=0)
    table.write_parquet(line.home / "2011.parquet")
    sources = (str(line.home / "2011.parquet"),)
    request = TrainRequest(sources, target="NOX", ignore=("CO",), budget=5, families=("ridge",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(line.home))
        train(request, place, Permit.own(list(sources)))
    return place


class Turbine:
    """Hours of 2013 played a second each, and its laboratory that is a day late."""

    def __init__(self, line, frame, deployment, name):
        self.line, self.deployment, self.name = line, deployment, name
        times = START + (1 + np.arange(len(frame), dtype=np.int64)) * SECOND
        self.rows = frame.select(pl.Series("time", times), pl.exclude("CO", "NOX"))
        self.lab = frame.select(pl.Series("time", times), pl.col("NOX"))

    def play(self, first, last):
        play(self.line.historian, "turbine", [samples(self.name, self.rows[first:last])])

    def tell(self, first, last):
        if last > max(first, 0):
            play(self.line.historian, "lab", [self.told(self.lab[max(first, 0) : last])])

    def told(self, part):
        """Labels as samples; words where the laboratory writes words."""
        numbers = part.with_columns(pl.col("NOX").cast(pl.Float64, strict=False))
        batch = samples(f"lab/{self.name}", numbers.with_columns(pl.col("NOX").fill_null(float("nan"))))
        if part.schema["NOX"] != pl.String:
            return batch
        place = batch.schema.get_field_index("text")
        return batch.set_column(
            place, batch.schema.field("text"), pa.array(part["NOX"].to_list(), pa.string())
        )

    def tick(self, scorer, upto):
        scorer.tick(START + upto * SECOND + SECOND // 2)

    def spoken(self, what, rows):
        signal, end = self.deployment.signal(self.name, what), monotonic() + 20
        while monotonic() < end:
            table = self.line.historian.query([signal], 0, 2**61)
            if table.num_rows >= rows:
                return table["value"].to_numpy()[:rows]
            sleep(0.02)
        raise AssertionError(f"{what} was not told")


@pytest.fixture(scope="module")
def year(recorded):
    """The first 900 hours of 2013."""
    return read([recorded / "gas-turbine-emissions" / "gt_2013.csv.gz"]).frame.head(900)


@pytest.fixture
def turbine(at_home, package, engineer, placed, year):
    """The model beside the line."""
    name = f"T{next(_NUMBERS)}"
    model = register(package, "NOX", engineer)
    release(model, engineer)
    inputs = {one["name"]: f"{name}/{one['name']}" for one in model.card["inputs"]}
    deployment = placed(model, "NOX", [{"asset": name, "inputs": inputs}], engineer, lateness_s=0.0)
    Signal.objects.create(id=f"lab/{name}/NOX", source="lab", name="NOX")
    return Turbine(at_home, year, deployment, name)


@pytest.fixture
def scorer(at_home, tmp_path):
    made = Scorer(at_home.historian, tmp_path / "scored")
    yield made
    made.close()


def follows(turbine, engineer, *, on=True):
    name_labels(
        turbine.deployment, {turbine.name: f"lab/{turbine.name}/NOX"}, 0.0, engineer, "the lab is on line"
    )
    if on:
        follow_labels(turbine.deployment, engineer, "it drifts", on=True)


def played_by_hand(turbine, rows):
    """What the loop says of the same rows when the same labels come at the same moments."""
    model = open_model(turbine.deployment.model)
    loop = Loop(model, Policy(pending=MOST_WAITING))
    said, keys = [], [str(time) for time in turbine.rows["time"].to_list()]
    for first in range(0, rows, GO):
        part = turbine.rows[first : first + GO].drop("time")
        said += loop.predict(part, keys[first : first + GO])
        ready = slice(max(first - DELAY, 0), first + GO - DELAY)
        loop.label(keys[ready], turbine.lab["NOX"][ready].to_list())
    return np.array([one.prediction for one in said])


def run(turbine, scorer, first, last):
    for at in range(first, last, GO):
        turbine.play(at, at + GO)
        turbine.tick(scorer, at + GO)
        turbine.tell(at - DELAY, at + GO - DELAY)


def test_late_labels_move_the_line_as_they_move_the_replay(turbine, scorer, engineer):
    follows(turbine, engineer)
    run(turbine, scorer, 0, 240)
    served, static = turbine.spoken("prediction", 240), turbine.spoken("static", 240)
    assert served.tolist() == played_by_hand(turbine, 240).tolist()
    truth = turbine.lab["NOX"].to_numpy()[:240]
    assert np.abs(served - truth)[120:].mean() < 0.8 * np.abs(static - truth)[120:].mean()


def test_without_a_persons_word_the_model_says_what_it_was_trained_to_say(turbine, scorer, engineer):
    follows(turbine, engineer, on=False)
    run(turbine, scorer, 0, 120)
    served, static = turbine.spoken("prediction", 120), turbine.spoken("static", 120)
    assert served.tolist() == static.tolist()
    assert not np.array_equal(turbine.spoken("adapted", 120)[GO:], static[GO:])
    taught, end = {}, monotonic() + 20
    while monotonic() < end and taught.get("labelled") != 120 - DELAY:
        turbine.tick(scorer, 121)
        taught = Deployment.objects.get(pk=turbine.deployment.pk).health["labels"]
        sleep(0.2)
    assert taught["labelled"] == 120 - DELAY
    assert taught["serves"] is False
    assert taught["adapted"] < taught["static"]


def test_a_killed_worker_goes_on_with_what_the_labels_taught(turbine, scorer, engineer, tmp_path):
    follows(turbine, engineer)
    run(turbine, scorer, 0, 120)
    turbine.tick(scorer, 120)
    runner = scorer._runners[turbine.deployment.pk]
    runner.log.close()  # as a kill leaves it: nothing more is written, the lock is free
    scorer._runners.clear()
    after = Scorer(turbine.line.historian, tmp_path / "scored")
    try:
        run(turbine, after, 120, 240)
        served = turbine.spoken("prediction", 240)
    finally:
        after.close()
    assert served.tolist() == played_by_hand(turbine, 240).tolist()


def test_what_was_learnt_is_written_when_the_worker_ends_and_read_by_the_next(
    turbine, scorer, engineer, tmp_path
):
    follows(turbine, engineer)
    run(turbine, scorer, 0, 120)
    turbine.tick(scorer, 120)
    scorer.close()
    facts = json.loads((tmp_path / "scored" / str(turbine.deployment.pk) / "learning.json").read_text())
    assert facts["loops"][turbine.name]["counts"]["labelled"] == 120 - DELAY
    run(turbine, scorer, 120, 240)
    assert turbine.spoken("prediction", 240).tolist() == played_by_hand(turbine, 240).tolist()


def test_a_refit_is_made_beside_the_scoring_and_stands_in_the_ledger(turbine, scorer, engineer):
    follows(turbine, engineer)
    for at in range(0, 840, 120):
        turbine.play(at, at + 120)
        turbine.tick(scorer, at + 120)
        turbine.tell(at - DELAY, at + 120 - DELAY)
    end = monotonic() + 60
    while monotonic() < end and not Entry.objects.filter(what="deployment.refit").exists():
        turbine.tick(scorer, 841)
        sleep(0.1)
    assert Entry.objects.get(what="deployment.refit").object == f"deployment:{turbine.deployment.pk}"


def test_labels_named_only_now_show_at_once_what_following_them_would_have_brought(turbine, scorer, engineer):
    turbine.play(0, 240)
    turbine.tick(scorer, 240)
    late = samples(f"lab/{turbine.name}", turbine.lab[:216], late=DELAY * SECOND)
    play(turbine.line.historian, "lab", [late])
    follows(turbine, engineer, on=False)
    taught, end = {}, monotonic() + 20
    while monotonic() < end and not taught.get("rows"):
        turbine.tick(scorer, 241)
        taught = Deployment.objects.get(pk=turbine.deployment.pk).health.get("labels") or {}
        sleep(0.2)
    assert taught["rows"] == 216
    assert taught["adapted"] < 0.9 * taught["static"]


def test_a_label_that_comes_before_its_row_waits_for_it(turbine, scorer, engineer):
    follows(turbine, engineer)
    turbine.tell(0, 30)
    turbine.play(0, 30)
    turbine.tick(scorer, 30)
    turbine.tick(scorer, 31)
    scorer.close()
    facts = json.loads((scorer.folder / str(turbine.deployment.pk) / "learning.json").read_text())
    assert facts["loops"][turbine.name]["counts"]["labelled"] == 30


def test_who_lets_labels_speak_says_why_and_only_a_known_signal_is_a_label(turbine, engineer):
    with pytest.raises(NoReason):
        follow_labels(turbine.deployment, engineer, " ", on=True)
    with pytest.raises(LabelAbsent):
        follow_labels(turbine.deployment, engineer, "now", on=True)
    with pytest.raises(LabelAbsent, match="lab/nowhere"):
        name_labels(turbine.deployment, {turbine.name: "lab/nowhere"}, 0.0, engineer, "why not")
    assert label_signals(turbine.deployment)[turbine.name] == f"lab/{turbine.name}/NOX"
    follows(turbine, engineer)
    found = list(turbine.deployment.decisions.values_list("what", "by__name"))
    assert found[:2] == [(Decision.About.FOLLOW, "Kim"), (Decision.About.LABELS, "Kim")]


INPUTS = ["AT", "AP", "AH", "TIT", "TEY", "CDP"]


@pytest.fixture
def judged(at_home, tmp_path, engineer, placed, year):
    """Makes a model of verdicts on the first half of the hours, and places it on a turbine of a name of its own."""

    def make(frame=year, label=(), **asked):
        table, name = frame.select(*INPUTS, *label), f"T{next(_NUMBERS)}"
        place = tmp_path / "learnt.parquet"
        learnt = table.head(len(table) // 2)
        (learnt.sample(fraction=1.0, shuffle=True, seed=0) if label else learnt).write_parquet(place)
        train(TrainRequest((str(place),), budget=5, **asked), tmp_path / "package", Permit.own([str(place)]))
        model = register(tmp_path / "package", name, engineer)
        release(model, engineer)
        inputs = {one["name"]: f"{name}/{one['name']}" for one in model.card["inputs"]}
        Signal.objects.create(id=f"lab/{name}/NOX", source="lab", name="NOX")
        deployment = placed(model, name, [{"asset": name, "inputs": inputs}], engineer, lateness_s=0.0)
        return Turbine(at_home, year, deployment, name)

    return make


@pytest.mark.parametrize("words", [False, True])
def test_a_class_follows_verdicts_that_come_late(judged, engineer, year, scorer, words):
    above = pl.col("NOX") > pl.col("NOX").median()
    high = pl.when(above).then(pl.lit("high")).otherwise(pl.lit("low")) if words else above.cast(pl.Int64)
    frame = year.with_columns(high=high)
    turbine = judged(frame, ["high"], target="high", task="classify", families=("logistic",))
    turbine.lab = turbine.lab.with_columns(NOX=frame["high"])
    follows(turbine, engineer)
    run(turbine, scorer, 0, 240)
    table = turbine.line.historian.query([turbine.deployment.signal(turbine.name, "prediction")], 0, 2**61)
    assert set(table["text" if words else "value"].to_pylist()) <= ({"high", "low"} if words else {0.0, 1.0})
    assert told_labels(turbine, scorer) == 240 - DELAY


def test_a_detector_learns_which_alarms_were_none(judged, engineer, scorer):
    turbine = judged(task="detect", normal_rows=400)
    turbine.lab = turbine.lab.with_columns(NOX=pl.lit(0.0))
    follows(turbine, engineer)
    run(turbine, scorer, 0, 240)
    assert np.isfinite(turbine.spoken("static", 60)).all()
    assert np.isfinite(turbine.spoken("adapted", 60)).all()
    assert told_labels(turbine, scorer) > 100


def told_labels(turbine, scorer):
    """How many labels the page says were taken in."""
    taught, end = 0, monotonic() + 20
    while monotonic() < end and not taught:
        turbine.tick(scorer, 241)
        facts = Deployment.objects.get(pk=turbine.deployment.pk).health.get("labels") or {}
        taught = facts.get("labelled", 0)
        sleep(0.2)
    sleep(3.2)
    turbine.tick(scorer, 241)
    return Deployment.objects.get(pk=turbine.deployment.pk).health["labels"]["labelled"]

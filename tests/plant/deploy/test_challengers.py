"""A challenger on the champion's ticks: compared on late labels, promoted by name, rolled back as it was."""

from time import monotonic, sleep

import numpy as np
import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.plant.alarms import Alarm as PlantAlarm
from dure.plant.deploy import (
    Alarm,
    ChallengerWaits,
    Deployment,
    NoChampion,
    NoReason,
    NothingBefore,
    Scorer,
    TargetDiffers,
    Tenure,
    beside,
    challenge,
    change,
    compare,
    deploy,
    follow_labels,
    name_labels,
    predecessor,
    promote,
    rollback,
    trace,
)
from dure.plant.inventory import Signal
from dure.plant.registry import NotReleased, RoleMissing, register, release, withdraw
from dure.science.learn import TrainRequest, train
from dure.science.prepare import read
from dure.vocabulary import Permit
from machines.historian_process import SECOND, play, samples

START = 1_700_000_000 * SECOND
HOURS, LATE, HALF, BACK = 240, 24, 120, 180


@pytest.fixture(scope="module")
def packages(recorded, line):
    """The same recipe on 2011, and on the end of 2012: an old and a newer version of one model."""
    made = []
    for year, part in (("2011", slice(0, 900)), ("2012", slice(-1500, None))):
        table = read([recorded / "gas-turbine-emissions" / f"gt_{year}.csv.gz"]).frame[part]
        file = line.home / f"duel-{year}.parquet"
        table.sample(fraction=1.0, shuffle=True, seed=0).write_parquet(file)
        request = TrainRequest((str(file),), target="NOX", ignore=("CO",), budget=5, families=("ridge",))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DURE_HOME", str(line.home))
            train(request, line.home / f"duel-{year}", Permit.own([str(file)]))
        made.append(line.home / f"duel-{year}")
    return made


@pytest.fixture(scope="module")
def hours(recorded):
    return read([recorded / "gas-turbine-emissions" / "gt_2013.csv.gz"]).frame.head(HOURS)


@pytest.fixture
def versions(at_home, packages, engineer):
    assert at_home
    old, new = (register(one, "NOX of the turbine", engineer, lineage="NOX") for one in packages)
    release(old, engineer, "its errors are small")
    release(new, engineer, "learnt from the year after")
    return old, new


class Place:
    """A turbine whose champion is on, and the laboratory a day behind."""

    def __init__(self, line, frame, deployment, name):
        self.line, self.deployment, self.name = line, deployment, name
        times = START + (1 + np.arange(len(frame), dtype=np.int64)) * SECOND
        self.rows = frame.select(pl.Series("time", times), pl.exclude("CO", "NOX"))
        self.lab = frame.select(pl.Series("time", times), "NOX")

    def run(self, scorer, first, last):
        play(self.line.historian, "turbine", [samples(self.name, self.rows[first:last])])
        for upto in range(first + 60, last + 60, 60):
            scorer.tick(START + min(upto, last) * SECOND + SECOND // 2)
        told = self.lab[max(first - LATE, 0) : last - LATE]
        play(self.line.historian, "lab", [samples(f"lab/{self.name}", told)])
        scorer.tick(START + last * SECOND + SECOND // 2)

    def spoken(self, deployment, what, rows):
        signal, end = deployment.signal(self.name, what), monotonic() + 20
        while monotonic() < end:
            table = self.line.historian.query([signal], 0, 2**61)
            if table.num_rows >= rows:
                return table
            sleep(0.02)
        raise AssertionError(f"{what} was not told")


@pytest.fixture
def scorer(at_home, tmp_path):
    made = Scorer(at_home.historian, tmp_path / "scored")
    yield made
    made.close()


@pytest.fixture
def place(at_home, versions, engineer, hours, placed, request):  # noqa: PLR0917 - fixtures
    old, _new = versions
    name = f"D-{abs(hash(request.node.name)) % 10**6}"
    inputs = {one["name"]: f"{name}/{one['name']}" for one in old.card["inputs"]}
    deployment = placed(old, "NOX", [{"asset": name, "inputs": inputs}], engineer, lateness_s=0.0)
    Signal.objects.create(id=f"lab/{name}/NOX", source="lab", name="NOX")
    name_labels(deployment, {name: f"lab/{name}/NOX"}, 0.0, engineer, "the lab is on line")
    change(deployment, "advisory", engineer, "quiet")
    deployment = change(deployment, "on", engineer, "still quiet")
    return Place(at_home, hours, deployment, name)


def entries(about):
    return list(Entry.objects.filter(what=about).values_list("what", flat=True))


@pytest.fixture
def duel(place, versions, engineer, scorer):
    """Both beside each other for a while."""
    challenger = challenge(place.deployment, versions[1], engineer, "learnt from the year after", now=START)
    place.run(scorer, 0, HALF)
    place.spoken(challenger, "prediction", HALF)
    return place, challenger


def test_a_challenger_scores_the_same_ticks_and_the_page_says_which_is_better(duel):
    place, challenger = duel
    old, new = (place.spoken(one, "prediction", HALF) for one in (place.deployment, challenger))
    assert old["time"].to_pylist() == new["time"].to_pylist()
    found = beside(place.line.historian, challenger)
    truth = place.lab["NOX"][: HALF - LATE].to_numpy()
    by_hand = [np.abs(one["value"].to_numpy()[: HALF - LATE] - truth).mean() for one in (old, new)]
    assert found.labels == HALF - LATE
    assert (found.champion, found.challenger) == pytest.approx(by_hand)
    assert found.low <= found.better <= found.high
    assert found.null > 0
    assert str(found.labels) in found.says.en


def test_a_promotion_changes_what_is_said_at_the_place_and_nothing_else(duel, engineer, scorer, versions):
    place, challenger = duel
    promoted = promote(challenger, engineer, "better for two weeks", now=START + HALF * SECOND)
    place.run(scorer, HALF, HOURS)
    assert promoted.pk == place.deployment.pk
    assert promoted.state == "on"
    assert promoted.model == versions[1]
    here, there = (
        place.spoken(one, "prediction", HOURS)["value"].to_numpy() for one in (promoted, challenger)
    )
    own, other = register_said(versions, place)
    assert np.array_equal(here, np.concatenate([own[:HALF], other[HALF:]]))
    assert np.array_equal(there, np.concatenate([other[:HALF], own[HALF:]]))
    assert "deployment.promote" in entries("deployment.promote")


def register_said(versions, place):
    from dure.plant.registry import open_model

    return [open_model(one).predict(place.rows.drop("time"))["prediction"].to_numpy() for one in versions]


def test_a_rollback_brings_back_state_threshold_and_what_its_labels_taught(place, engineer, scorer, versions):
    """Bit for bit as if it had never left: a twin that was never replaced says the same."""
    change(place.deployment, "advisory", engineer, "a moment")
    Deployment.objects.filter(pk=place.deployment.pk).update(threshold=75.0)
    place.deployment.refresh_from_db()
    twin = deploy(
        versions[0], "twin", place.deployment.assets, engineer, reason="twin", since=START, lateness_s=0.0
    )
    for one in (place.deployment, twin):
        follow_labels(one, engineer, "it drifts", on=True)
    place.deployment.refresh_from_db()
    challenger = challenge(place.deployment, versions[1], engineer, "newer", now=START)
    change(place.deployment, "on", engineer, "quiet")
    place.run(scorer, 0, HALF)
    promoted = promote(challenger, engineer, "better", now=START + HALF * SECOND)
    change(promoted, "advisory", engineer, "let us see")
    place.run(scorer, HALF, BACK)
    back = rollback(promoted, engineer, now=START + BACK * SECOND)
    place.run(scorer, BACK, HOURS)
    assert (back.model, back.state, back.threshold) == (versions[0], "on", 75.0)
    assert back.follows_labels
    ours, lone = (by_time(place.spoken(one, "prediction", HOURS)) for one in (back, twin))
    after = [time for time in lone if time > START + BACK * SECOND]
    assert len(after) == HOURS - BACK
    assert [ours[time] for time in after] == [lone[time] for time in after]
    told = [one.model for one in Tenure.objects.filter(deployment=back)]
    assert told == [versions[0], versions[1], versions[0]]
    assert predecessor(back) is None
    with pytest.raises(NothingBefore):
        rollback(back, engineer)


def by_time(table):
    return dict(zip(table["time"].to_pylist(), table["value"].to_pylist(), strict=True))


def test_a_prediction_is_traced_to_version_data_person_and_inputs_over_a_promotion(
    duel, engineer, scorer, versions, tmp_path
):
    place, challenger = duel
    promote(challenger, engineer, "better for two weeks", now=START + HALF * SECOND)
    place.run(scorer, HALF, BACK)
    signal = place.deployment.signal(place.name, "prediction")
    early, late = (trace(signal, START + second * SECOND, tmp_path / "scored") for second in (100, 170))
    assert early["model"]["version"] == versions[0].title
    assert late["model"]["version"] == versions[1].title
    assert late["released"] == {**late["released"], "by": str(engineer), "note": "learnt from the year after"}
    assert late["data"]["rows"] == versions[1].card["rows"]
    assert late["stood"]["reason"].endswith("better for two weeks")
    seen = {one["column"]: one["value"] for one in late["inputs"]}
    assert seen == {name: place.rows[name][169] for name in seen}
    stored = place.spoken(place.deployment, "prediction", 170)
    assert late["value"] == stored["value"].to_pylist()[169]


def test_an_open_alarm_goes_with_the_model_that_raised_it(duel, engineer):
    place, challenger = duel
    asset = {
        "asset": place.name,
        "began": START,
        "peak": 2.0,
        "peak_at": START,
        "threshold": 1.0,
        "reasons": {"explained": 2.0},
    }
    Alarm.objects.create(deployment=place.deployment, raised=START + 5, shadow=False, **asset)
    Alarm.objects.create(deployment=challenger, raised=START + 9, shadow=True, **asset)
    promote(challenger, engineer, "better", now=START + HALF * SECOND)
    standing = {one.deployment_id: one for one in Alarm.objects.filter(ended=None)}
    assert standing[place.deployment.pk].raised == START + 9
    assert not standing[place.deployment.pk].shadow
    assert standing[challenger.pk].shadow
    assert PlantAlarm.objects.filter(pk=f"deploy/{place.deployment.pk}/{place.name}").exists()


def test_what_may_not_be_is_refused_with_a_sentence(place, versions, engineer, released):
    with pytest.raises(TargetDiffers):
        challenge(place.deployment, released, engineer, "another question")
    with pytest.raises(NoReason):
        challenge(place.deployment, versions[1], engineer, " ")
    with pytest.raises(NothingBefore):
        rollback(place.deployment, engineer)
    with pytest.raises(NoChampion):
        promote(place.deployment, engineer, "it challenges nobody")
    challenger = challenge(place.deployment, versions[1], engineer, "newer")
    with pytest.raises(ChallengerWaits):
        change(challenger, "advisory", engineer, "now")
    withdraw(versions[1], engineer, "wrong data")
    with pytest.raises(NotReleased):
        promote(challenger, engineer, "now")


def test_a_worker_promotes_nothing(place, versions, engineer, django_user_model):
    worker = django_user_model.objects.create_user("lee", password="a long enough one", name="Lee")
    challenger = challenge(place.deployment, versions[1], engineer, "newer")
    with pytest.raises(RoleMissing):
        promote(challenger, worker, "now")


def test_few_labels_and_noise_give_no_verdict():
    rng = np.random.default_rng(1)
    a, b = np.abs(rng.normal(size=200)), np.abs(rng.normal(size=200))
    assert compare(a[:20], b[:20], a[:20]).verdict == "few"
    assert compare(a, b, a + 1).verdict == "unsure"
    assert "not yet sure" in compare(a, b, a + 1).says.en
    assert compare(a, a + 1, a + 2).verdict == "worse"
    assert "no model" in compare(a, a - 0.01, np.zeros(200)).says.en

"""A forecast on the line: its tick, its clock, the signal that tells later whether it was right, and what that teaches."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from django.utils.translation import override

from dure.plant.deploy import Alarm, Deployment, Scorer, name_labels
from dure.plant.deploy.foretold import TickUnlike, failed, left, measured
from dure.plant.deploy.line import LabelAbsent
from dure.plant.deploy.views import _scores
from dure.plant.inventory import Signal
from dure.plant.registry import register, release
from dure.science.learn import TrainRequest, load, train
from dure.science.prepare import read
from dure.vocabulary import Permit
from machines.historian_process import SECOND, play, samples

QUARTER = 900 * SECOND
FIRST = 1_700_000_100 * SECOND // QUARTER * QUARTER
ASSET = "steel/Mill"
NAMES = ["Usage_kWh", "Lagging_Current_Power_Factor", "NSM"]
ROWS, KNOWN = 900, 600


@pytest.fixture(scope="session")
def mill(line, recorded, tmp_path_factory):
    """The recorded mill, played with its quarter hours on the line's clock; a forecast learnt on its first rows."""
    table = read((str(recorded / "steel-energy-daewoo" / "Steel_industry_data.csv.gz"),)).frame.head(ROWS)
    times = FIRST + QUARTER * np.arange(ROWS)
    rows = table.select(pl.Series("time", times), *[pl.col(name).cast(pl.Float64) for name in NAMES])
    play(line.historian, "steel", [samples(ASSET, rows)])
    work = tmp_path_factory.mktemp("mill")
    clock = pl.from_epoch(pl.Series("at", times), time_unit="ns").dt.cast_time_unit("us")
    learnt = rows.drop("time").with_columns(clock.dt.replace_time_zone("UTC")).head(KNOWN)
    learnt.write_parquet(work / "learn.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(line.home))
        asked = TrainRequest(
            (str(work / "learn.parquet"),), target="Usage_kWh", task="forecast", time="at", horizon="1h",
            families=("ridge",), budget=2,
        )  # fmt: skip
        train(asked, work / "package", Permit.own([str(work / "learn.parquet")]))
    return work / "package", rows.with_columns(
        pl.from_epoch(pl.Series("at", times), time_unit="ns")
        .dt.cast_time_unit("us")
        .dt.replace_time_zone("UTC")
    )


@pytest.fixture
def foretelling(mill, engineer, placed, at_home):
    """The forecast beside the line, from the first row that it did not learn."""
    assert at_home.home.is_dir()
    model = register(mill[0], "Energy in an hour", engineer)
    release(model, engineer)
    needed = [one["name"] for one in measured(model.card)]
    assets = [{"asset": ASSET, "inputs": {name: f"{ASSET}/{name}" for name in needed}}]
    made = placed(model, "Energy", assets, engineer)
    Deployment.objects.filter(pk=made.pk).update(since=FIRST + KNOWN * QUARTER)
    made.refresh_from_db()
    return made


@pytest.fixture
def scorer(at_home, tmp_path):
    scorer = Scorer(at_home.historian, tmp_path / "scored")
    yield scorer
    scorer.close()


def spoken(line, deployment, what, rows):
    from time import monotonic, sleep

    end = monotonic() + 20
    while monotonic() < end:
        table = line.historian.query([deployment.signal(ASSET, what)], 0, 2**61)
        if table.num_rows >= rows:
            return table
        sleep(0.02)
    raise AssertionError(f"no {what} came")


@pytest.mark.django_db(transaction=True)
def test_the_line_says_what_the_table_says_and_takes_the_signal_itself_as_its_label(
    at_home, foretelling, mill, scorer
):
    assert (foretelling.every_s, foretelling.label_shift_s) == (900.0, 3600.0)
    assert foretelling.assets[0]["label"] == f"{ASSET}/Usage_kWh"
    end = FIRST + (ROWS - 1) * QUARTER
    for hours in range(0, 80, 8):
        scorer.tick(min(FIRST + KNOWN * QUARTER + hours * 4 * QUARTER, end))
    scorer.tick(end)
    package, rows = mill
    batch = load(package).predict(rows)
    static = spoken(at_home, foretelling, "static", ROWS - KNOWN)
    at = [(time - FIRST) // QUARTER for time in static["time"].to_pylist()]
    assert at[0] == KNOWN
    assert static["value"].to_pylist() == batch["prediction"].to_numpy()[at].tolist()
    scorer.tick(end + QUARTER)
    taught = scorer._runners[foretelling.pk].learning.facts(serve=False)
    # Every row but the last hour's, and those said in the last go, have been told by now what came.
    assert ROWS - KNOWN - 40 <= taught["labelled"] <= ROWS - KNOWN - 4
    truth, said = rows["Usage_kWh"].to_numpy(), batch["prediction"].to_numpy()
    known = np.arange(KNOWN, KNOWN + taught["labelled"])[-taught["rows"] :]
    assert taught["static"] == pytest.approx(np.abs(truth[known + 4] - said[known]).mean(), rel=1e-6)


@pytest.mark.django_db(transaction=True)
def test_an_alarm_of_a_forecast_leaves_it_speaking(at_home, foretelling, mill, scorer):
    _, rows = mill
    limit = float(rows["Usage_kWh"][KNOWN:].quantile(0.6))
    Deployment.objects.filter(pk=foretelling.pk).update(threshold=limit, raise_after=1)
    scorer.tick(FIRST + (KNOWN + 199) * QUARTER)
    alarm = Alarm.objects.filter(deployment=foretelling).first()
    assert alarm.threshold == limit
    assert alarm.reasons["instead"]["was"] > limit
    assert spoken(at_home, foretelling, "prediction", 199)


@pytest.mark.django_db(transaction=True)
def test_another_tick_than_was_learnt_is_refused_and_other_inputs_are_no_labels(
    foretelling, engineer, placed
):
    with pytest.raises(TickUnlike, match="every 60 s is another question"):
        placed(foretelling.model, "fast", foretelling.assets, engineer, every_s=60.0)
    assert not Deployment.objects.filter(name="fast").exists()
    for name in NAMES:
        Signal.objects.get_or_create(id=f"{ASSET}/{name}", defaults={"name": name})
    name_labels(foretelling, {ASSET: f"{ASSET}/Usage_kWh"}, 3600.0, engineer, "it tells itself")
    with pytest.raises(LabelAbsent):
        name_labels(foretelling, {ASSET: f"{ASSET}/{NAMES[1]}"}, 3600.0, engineer, "it does not")


@pytest.mark.django_db(transaction=True)
def test_pages_say_how_far_ahead_it_speaks(at_home, foretelling, scorer, client, engineer):
    scorer.tick(FIRST + (KNOWN + 20) * QUARTER)
    spoken(at_home, foretelling, "prediction", 20)
    with override("en"):
        assert _scores(foretelling)[0][1].name == "Energy, 1 h ahead"
    client.force_login(engineer)
    client.cookies["dure_language"] = "en"
    page = client.get(f"/line/models/{foretelling.pk}/").content.decode()
    assert "what will be 1 h later" in page
    assert "it comes by itself" in page


def test_a_failure_tells_every_tick_since_the_one_before_what_was_left(at_home, mill):
    hour, card = (
        3600 * SECOND,
        {"reckoned": {"lives": {"group": "pump", "event": "", "cap": 2.0, "unit": "h", "time": ""}}},
    )
    place = {"asset": ASSET, "inputs": {}}
    told = [(4 * hour, 5 * hour, 1.0), (5 * hour, 5 * hour, 0.0), (6 * hour, 7 * hour, "broken")]
    found = left(at_home.historian, card, place, told, hour, hour)
    assert [(tick // hour, life) for tick, _, life in found] == [
        (1, 2.0), (2, 2.0), (3, 1.0), (4, 0.0), (5, 1.0), (6, 0.0),
    ]  # fmt: skip
    assert {came // hour for tick, came, _ in found if tick > 4 * hour} == {7}
    # An age that a signal counts is read at each tick: here the seconds of the day of the recorded mill.
    own = {**card["reckoned"]["lives"], "time": "NSM", "unit": "NSM", "cap": None}
    place = {"asset": ASSET, "inputs": {"NSM": f"{ASSET}/NSM"}}
    counted = mill[1]["NSM"].to_list()
    told = [(FIRST + 90 * QUARTER, FIRST + 91 * QUARTER, 1.0)]
    found = left(at_home.historian, {"reckoned": {"lives": own}}, place, told, FIRST + 10 * QUARTER, QUARTER)
    assert [life for _, _, life in found] == [counted[90] - one for one in counted[10:91]]


def test_what_a_failure_is_is_told_by_its_word_or_its_number():
    assert failed({"event": "state=failed"}, "failed")
    assert not failed({"event": "state=failed"}, "running")
    assert failed({"event": ""}, 1.0)
    assert not failed({"event": ""}, 0.0)
    assert datetime.fromtimestamp(FIRST / 1e9, tz=UTC).minute % 15 == 0

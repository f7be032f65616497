"""Which column would you like to know: suggested with why, learnt, told against the null, and PREDICT adds it, in batches, stoppable."""

import shutil
import time

import numpy as np
import polars as pl
import pytest

from dure.plant.registry import register
from dure.plant.studio import Desk, learning
from dure.plant.studio.opening import make
from dure.science.learn import TrainRequest, train
from dure.vocabulary import DureError, Permit

pytestmark = pytest.mark.django_db


def table(rows, seed=0):
    luck = np.random.default_rng(seed)
    heat, speed = luck.normal(60, 5, rows), luck.normal(100, 10, rows)
    return pl.DataFrame(
        {"heat": heat, "speed": speed, "strength": heat * 2 - speed * 0.3 + luck.normal(0, 1, rows)}
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    place = tmp_path_factory.mktemp("trained")
    table(300).write_parquet(place / "t.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(place / "home"))
        request = TrainRequest(
            (str(place / "t.parquet"),), target="strength", task="estimate", budget=5, families=("ridge",)
        )
        train(request, place / "package", Permit.own(["t"]))
    return place


@pytest.fixture
def model(trained, home, person):
    shutil.copytree(trained / "home", home, dirs_exist_ok=True)
    return register(trained / "package", "Strength", person)


def sheet_of(frame, person):
    return Desk(make(frame, "parts", person, {"kind": "paste", "data": [], "title": ""}))


def act(desk, kind, **facts):
    desk.act({"version": desk.history.version, "kind": kind, **facts}, "Kim")


def test_predict_says_what_the_model_says_and_keeps_its_version(model, person):
    frame = table(400, 1)
    desk = sheet_of(frame, person)
    act(desk, "formula", column="said", text='=PREDICT("Strength")')
    from dure.plant.registry import open_model

    assert desk.grid.frame["said"].to_list() == open_model(model).predict(frame)["prediction"].to_list()
    kept = desk.history.actions[0].settings
    assert kept["text"] == '=PREDICT("Strength")'
    assert kept["reckoned"] == f'=PREDICT("{model.pk}", [heat], [speed])'
    told = desk.check('=PREDICT("Strength", [heat])')
    assert "takes 2 columns (heat, speed), 1 are given" in told["error"]["message"]
    act(desk, "rename", column="heat", to="melt")
    assert desk.grid.frame["said"].to_list() == open_model(model).predict(frame)["prediction"].to_list()
    with pytest.raises(DureError, match="no column “heat”"):
        act(desk, "formula", column="again", text='=PREDICT("Strength")')


def test_a_long_column_is_reckoned_beside_the_page_with_progress_and_kept(model, person, monkeypatch):
    from dure.plant.studio import functions
    from dure.plant.studio.keeping import SHELF

    monkeypatch.setattr(functions, "BATCH", 4_000)
    frame = table(40_000, 2)
    desk = sheet_of(frame, person)
    act(desk, "formula", column="said", text='=PREDICT("Strength")')
    act(desk, "formula", column="twice", text="=[said]*2")
    begin, seen = time.monotonic(), []
    while Desk(desk.sheet).state()["busy"]:
        seen.append(next(one["busy"] for one in Desk(desk.sheet).state()["columns"] if one["name"] == "said"))
        assert time.monotonic() - begin < 60
        time.sleep(0.02)
    grid = Desk(desk.sheet).grid
    assert grid.frame["said"].null_count() == 0
    assert grid.frame["twice"].to_list() == (grid.frame["said"] * 2).to_list()
    SHELF.clear()
    assert not Desk(desk.sheet).state()["busy"], "kept on the disk by its fingerprint"
    from dure.plant.registry import open_model

    assert grid.frame["said"].to_list() == open_model(model).predict(frame)["prediction"].to_list()


@pytest.mark.usefixtures("model")
def test_a_long_column_is_stopped_by_a_person(person, post, monkeypatch):
    from dure.plant.studio import functions

    monkeypatch.setattr(functions, "BATCH", 50)
    desk = sheet_of(table(60_000, 3), person)
    act(desk, "formula", column="said", text='=PREDICT("Strength")')
    assert desk.state()["busy"]
    assert (
        post.client.post(
            f"/sheet/{desk.sheet.pk}/columns/stop", "{}", content_type="application/json"
        ).status_code
        == 200
    )
    begin = time.monotonic()
    while (state := Desk(desk.sheet).state())["busy"]:
        assert time.monotonic() - begin < 60
        time.sleep(0.05)
    assert "stopped" in next(one["error"] for one in state["columns"] if one["name"] == "said")


def test_what_may_be_learnt_is_suggested_with_why_and_what_gives_it_away(person):
    frame = table(200).with_columns(
        pl.Series("ok", ["yes", "no"] * 100), pl.lit(1).alias("same"), (pl.col("strength") * 2).alias("copy")
    )
    desk = sheet_of(frame, person)
    act(desk, "formula", column="half", text="=[strength]/2")
    told = {one["column"]: one["task"] for one in learning.targets(desk)}
    assert told == {
        "heat": "estimate",
        "speed": "estimate",
        "strength": "estimate",
        "ok": "classify",
        "same": "",
        "copy": "estimate",
        "half": "estimate",
    }
    leaks = {one["column"] for one in learning.targets(desk, "strength")[0]["leaks"]}
    assert {"copy", "half"} <= leaks
    asked, name = learning.request_of(desk, {"target": "strength", "budget": 15})
    assert "half" in asked.ignore
    assert name == "parts strength"
    for body in ({}, {"target": "nothing"}, {"target": "heat", "task": "dream"}):
        with pytest.raises(DureError):
            learning.request_of(desk, body)


def test_a_training_is_handed_in_and_told_in_words(person, post, model, monkeypatch):
    from dure.vocabulary import Work, WorkState

    handed = []

    class Works:
        def submit(self, kind, facts):
            handed.append((kind, facts))
            return "w1"

        def find(self, id):  # noqa: A002
            return (
                Work(id, "train", WorkState.DONE, 1.0, "register", handed[-1][1], {"model": model.pk}, {})
                if handed
                else None
            )

        def cancel(self, id):  # noqa: A002
            handed.append(("cancel", {"id": id}))

    monkeypatch.setattr("dure.plant.studio.views.training.import_string", lambda _path: Works)
    desk = sheet_of(table(300), person)
    answer = post.client.post(
        f"/sheet/{desk.sheet.pk}/train",
        '{"target": "strength", "budget": 15}',
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    kind, facts = handed[0]
    assert kind == "train"
    request = TrainRequest.from_dict(facts["request"])
    assert pl.read_parquet(request.sources[0]).columns == ["heat", "speed", "strength"]
    told = post.client.get(answer.json()["poll"]).json()
    assert told["state"] == "done"
    assert told["formula"] == f'=PREDICT("{model.pk}")'
    assert "without a model" in told["sentences"][0]
    assert any(one["null"] is not None for one in told["figures"])
    assert post.client.post(answer.json()["poll"] + "/cancel").status_code == 200

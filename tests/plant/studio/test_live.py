"""A live sheet shows the last hours and grows; a fixed one stays. The historian is real."""

import time

import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.inventory import Signal
from dure.plant.studio import Desk, live, open_signals
from dure.plant.studio.keeping import SHELF
from dure.plant.studio.live import seconds
from dure.vocabulary import DureError
from machines.historian_process import experiment, historian_process, play, samples

SECOND = 10**9


@pytest.fixture(scope="module")
def plant(recorded, tmp_path_factory):
    """A historian with a recorded pump whose last sample is a minute old."""
    import polars as pl

    home = tmp_path_factory.mktemp("live") / "home"
    pump = experiment(recorded / "skab" / "valve1" / "1.csv.gz")
    move = time.time_ns() - 60 * SECOND - int(pump["time"].max())
    pump = pump.with_columns(pl.col("time") + move)
    with historian_process(home) as client:
        client.home, client.pump = home, pump
        play(client, "import", [samples("line1/pump", pump)])
        yield client


@pytest.fixture
def at_plant(plant, monkeypatch, db):
    del db
    monkeypatch.setenv("DURE_HOME", str(plant.home))
    monkeypatch.setattr(live, "historian", lambda: plant)
    Signal.objects.bulk_create(
        [
            Signal(
                id=f"line1/pump/{name}",
                source="import",
                name=name,
                equipment="line1/pump",
                unit="bar" if name == "Pressure" else "",
            )
            for name in ("Pressure", "Temperature")
        ]
    )
    person, _new = Person.objects.get_or_create(
        username="engineer", defaults={"name": "Kim", "language": "en"}
    )
    give_role(person, "engineer", Organisation.objects.get_or_create(name="Daon")[0])
    return person


NAMES = ["line1/pump/Pressure", "line1/pump/Temperature"]


def test_the_last_hours_are_shown_refreshed_and_not_typed_over(at_plant, monkeypatch):
    sheet = open_signals(NAMES, at_plant, {"last": "10 min", "every": "1 s", "live": "yes"})
    desk = Desk(sheet)
    desk.act({"version": 0, "kind": "formula", "column": "double", "text": "=[line1/pump/Pressure]*2"}, "Kim")
    state = desk.state()
    assert state["live"] is True
    assert state["columns"][1]["unit"] == "bar"
    assert state["rows"] == 600
    before = desk.grid.frame
    assert before["line1/pump/Pressure"].drop_nulls().len() > 400
    assert before["double"].to_list() == (before["line1/pump/Pressure"] * 2).to_list()
    with pytest.raises(DureError, match="refreshes"):
        desk.act({"version": 1, "kind": "edit", "cells": [[0, NAMES[0], 1]]}, "Kim")
    later = time.time() + 30
    monkeypatch.setattr(live.time, "time", lambda: later)
    after = Desk(sheet)
    assert after.state()["fresh"] != state["fresh"]
    assert after.grid.frame["time"].max() > before["time"].max()
    assert after.grid.frame["double"].null_count() == after.grid.frame[NAMES[0]].null_count()


def test_a_fixed_stretch_stays_as_it_was_taken(plant, at_plant):
    sheet = open_signals(NAMES, at_plant, {"last": "10 min", "every": "10 s"})
    first = Desk(sheet).grid.frame
    SHELF.clear()
    assert Desk(sheet).grid.frame.equals(first)
    assert Desk(sheet).state()["live"] is False
    assert plant.home == sheet.folder.parents[1]


@pytest.mark.parametrize("asked", [{"last": "soon"}, {"every": "0 s"}, {"last": "999999 w", "every": "1 s"}])
@pytest.mark.usefixtures("plant")
def test_odd_words_are_refused(at_plant, asked):
    with pytest.raises(DureError):
        open_signals(NAMES, at_plant, asked)
    with pytest.raises(DureError, match="no such signal"):
        open_signals(["x"], at_plant, {})


def test_durations_as_people_write_them():
    assert [seconds(one) for one in ("last 8 h", "1s", "7 d")] == [28_800, 1, 604_800]

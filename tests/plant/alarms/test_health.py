"""The plant's own health rings: each trouble for long enough, and returns when it is over."""

import json

import pytest

from dure.plant.alarms import Alarm, State
from dure.plant.alarms.health import (
    EVERY_NS,
    PATIENCE_NS,
    HealthWatch,
    clock,
    disk,
    failing,
    gap_troubles,
    source_troubles,
)
from dure.plant.connect import Source, add_source
from dure.plant.historian import Historian
from dure.plant.inventory import Signal

START = 1_700_000_000 * 10**9
HOUR = 3600 * 10**9


def test_a_source_is_lost_when_it_says_so_or_keeps_silent():
    told = {
        "well": {"state": "collecting", "told": 95.0},
        "silent": {"state": "collecting", "told": 80.0},
        "lost": {"state": "lost", "told": 99.0},
        "done": {"state": "finished", "told": 1.0},
    }
    assert [one.id for one in source_troubles(told, 100.0)] == ["plant/source/silent", "plant/source/lost"]


def test_a_gap_is_an_alarm_for_an_hour_unless_it_was_filled():
    gaps = [
        {"source": "a", "end": START - HOUR + 1, "filled_by": ""},
        {"source": "a", "end": START, "filled_by": "republish"},
        {"source": "b", "end": START - 2 * HOUR, "filled_by": ""},
    ]
    found = gap_troubles(gaps, START)
    assert [(one.id, one.facts["values"]["gaps"]) for one in found] == [("plant/gap/a", 1)]


def test_every_trouble_has_words_in_both_languages_and_something_to_do():
    for one in (
        clock("line1/Cell07", 41.0),
        disk(10**9, 10**12),
        failing("gone"),
        *gap_troubles([{"source": "a", "end": START}], START),
    ):
        assert one.title.en != one.title.ko
        assert one.response.en != one.response.ko


@pytest.mark.django_db
def test_a_lost_source_rings_after_a_while_and_returns_when_it_is_back(at_plant):
    add_source(at_plant.home, Source("press", "opc.tcp://127.0.0.1:4840"))
    status = at_plant.home / "run" / "collector-press.json"

    def tells(state, at):
        status.write_text(json.dumps({"state": state, "told": at / 1e9}))

    watch = HealthWatch(at_plant, at_plant.home)
    for step in range(8):
        now = START + step * EVERY_NS
        tells("lost", now)
        watch.look(now)
        rung = Alarm.objects.filter(pk="plant/source/press").first()
        assert (rung is not None) == (step * EVERY_NS >= PATIENCE_NS)
    assert (rung.state, rung.rang, rung.origin) == (State.UNACKNOWLEDGED, START, "plant")
    tells("collecting", now + EVERY_NS)
    watch.look(now + EVERY_NS)
    rung.refresh_from_db()
    assert rung.state == State.RETURNED


@pytest.mark.django_db
def test_a_historian_that_is_away_and_a_clock_that_is_off_are_told(tmp_path):
    Signal.objects.create(
        id="line1/Cell07/T", source="line1",
        findings=[{"key": "clock-skew", "facts": {"equipment": "line1/Cell07", "skew_s": 41.0}}],
    )  # fmt: skip
    with Historian(tmp_path) as nobody:
        found = HealthWatch(nobody, tmp_path).found(START)
    assert {"plant/historian", "plant/clock/line1/Cell07"} <= {one.id for one in found}

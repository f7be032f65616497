"""Fallback, drift in a sentence, alarms a shift by the plant's calendar, and a machine's own scale."""

from datetime import time
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.plant.alarms import Alarm as PlantAlarm
from dure.plant.deploy import Alarm, Deployment, FallbackValueAbsent, NoReason, Scorer, change, choose
from dure.plant.deploy.blocks import Block, Verdict
from dure.plant.deploy.calibrated import calibrated
from dure.plant.deploy.drifting import Cause, told
from dure.plant.deploy.fallback import outside, samples, watch
from dure.plant.deploy.shifts import lines, verdict
from dure.plant.events import Shift, Shifts
from dure.plant.registry import open_model
from dure.vocabulary import Quality

START = 1_700_000_000 * 10**9
HOUR = 3_600 * 10**9


def block(values):
    """Four ticks: two scored, one waiting, one outside."""
    verdicts = np.array([Verdict.SCORED, Verdict.SCORED, Verdict.WAITING, Verdict.OUTSIDE], dtype=np.int8)
    times = START + np.arange(4, dtype=np.int64)
    made = Block("l/P1", times, np.zeros((4, 1)), np.zeros((0, 1)), verdicts)
    made.outputs["prediction"] = np.array(values)
    return made


@pytest.mark.parametrize(
    ("kind", "value", "said"), [("silent", None, []), ("last", None, [2.5, 2.5]), ("value", 7.0, [7.0, 7.0])]
)
def test_what_stands_in_is_marked_uncertain(kind, value, said):
    place = Deployment(id=3, fallback=kind, fallback_value=value)
    last: dict[str, float | str] = {}
    found = samples(place, [block([1.5, 2.5, np.nan, np.nan])], last, START)
    assert [one.value for one in found] == said
    assert {one.quality for one in found} <= {Quality.UNCERTAIN}
    assert last == {"l/P1": 2.5}


def test_a_row_far_outside_what_was_learnt_is_found_and_a_little_is_not():
    inputs = [{"low": 10.0, "high": 20.0}, {"low": None, "high": None}]
    rows = np.array([[15.0, 1e9], [29.0, 0.0], [31.0, 0.0], [-1.0, 0.0]])
    assert outside(rows, inputs).tolist() == [-1, -1, 0, 0]


def test_a_fallback_is_chosen_by_name_and_refused_where_it_makes_no_sense(deployed, engineer):
    with pytest.raises(NoReason):
        choose(deployed, "alarm", engineer, "")
    with pytest.raises(FallbackValueAbsent):
        choose(deployed, "value", engineer, "a number", value=3.0)  # a detector tells none
    chosen = choose(deployed, "alarm", engineer, "nobody looks at night", guard=True)
    assert (chosen.fallback, chosen.guards_range) == ("alarm", True)
    assert Entry.objects.filter(what="deployment.fallback").count() == 1
    assert chosen.decisions.first().what == "fallback"


def test_nobody_watches_rings_only_off_shadow_and_ends_with_it(deployed, engineer):
    choose(deployed, "alarm", engineer, "nobody looks at night")
    waits = {"en": "Waiting: Temp is stale.", "ko": "대기 중"}
    watch(deployed, "pumps/P0", waits)
    assert not PlantAlarm.objects.exists()
    moved = change(deployed, "advisory", engineer, "quiet")
    watch(moved, "pumps/P0", waits)
    watch(moved, "pumps/P0", waits)
    (rang,) = PlantAlarm.objects.all()
    assert "not watched" in rang.title.en
    watch(moved, "pumps/P0", None)
    rang.refresh_from_db()
    assert not rang.active


def test_a_model_that_breaks_has_its_fallback_speak(at_home, deployed, engineer, tmp_path, monkeypatch):
    choose(deployed, "alarm", engineer, "nobody looks at night")
    change(deployed, "advisory", engineer, "quiet")

    def broken(*_words, **_more):
        raise ArithmeticError("the model cannot")

    monkeypatch.setattr("dure.science.learn.Model.predict", broken)
    scorer = Scorer(at_home.historian, tmp_path / "scored")
    scorer.tick(START + 500 * 10**9)
    scorer.close()
    deployed.refresh_from_db()
    assert deployed.health["state"] == "failed"
    assert PlantAlarm.objects.filter(pk__endswith="unwatched").count() == len(deployed.assets)


def moved(asset, signal, **more):
    return {
        "asset": asset,
        "signal": signal,
        "state": "",
        "median": 90.0,
        "usual": 75.0,
        "since": START,
        "watched": 8,
        **more,
    }


@pytest.mark.parametrize(
    ("rows", "machines", "orders", "cause"),
    [
        ([moved("l/P1", "Temp", still=True)], 3, {}, Cause.STUCK),
        ([moved("l/P1", "Temp")], 3, {}, Cause.SENSOR),
        ([moved("l/P1", "Temp"), moved("l/P1", "Press", since=START + 60 * 10**9)], 3, {}, Cause.PRODUCT),
        ([moved("l/P1", "Temp")], 3, {"l/P1": "B-17"}, Cause.PRODUCT),
        ([moved("l/P1", "Temp"), moved("l/P2", "Temp")], 3, {}, Cause.SEASON),
        ([moved("l/P1", "Temp", watched=1)], 1, {}, Cause.UNKNOWN),
    ],
)
def test_a_drift_names_signal_since_when_how_much_likely_cause_and_what_to_do(rows, machines, orders, cause):
    first = told(rows, machines, orders)[0]
    assert first.cause is cause
    assert first.says.en.startswith("Temp of P1 has lain at 90 since 2023-11-1")
    assert "usually 75 (+20 %)" in first.says.en
    assert first.says.en.count(".") >= 1
    assert "{" not in first.says.en + first.says.ko


def test_alarms_are_counted_by_the_shifts_of_the_plant_beside_the_promise(deployed):
    day = Shifts(
        ZoneInfo("Asia/Seoul"),
        (
            Shift("Day", time(8), time(20), frozenset(range(7)), "주간"),
            Shift("Night", time(20), time(8), frozenset(range(7))),
        ),
    )
    deployed.since = START
    deployed.health = {"scored_to": START + 24 * HOUR}
    deployed.model.card["metric"] = {"alarms_per_shift": 0.5, "alarms_per_shift_upper": 1.0}
    for at in (1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2):
        Alarm.objects.create(
            deployment=deployed,
            asset=f"pumps/{at}",
            began=START,
            raised=START + int(at * HOUR),
            peak=1.0,
            peak_at=START,
            threshold=1.0,
        )
    found = lines(deployed, day)
    assert [str(one.name.en) for one in found] == ["Night", "Day", "Night"]
    assert sum(one.hours for one in found) == pytest.approx(24.0)
    assert sum(one.alarms for one in found) == 8
    worst = max(found, key=lambda one: one.alarms)
    assert worst.promised == pytest.approx(0.5 * worst.hours / 8)
    assert worst.broken
    assert "8 alarms in 24.0 h watched; only 1.5 were promised" in verdict(found).en


def test_without_a_calendar_eight_hours_are_a_shift_and_no_promise_gives_no_verdict(deployed):
    deployed.since, deployed.health = START, {"scored_to": START + 20 * HOUR}
    deployed.model.card["metric"] = {}
    found = lines(deployed, Shifts(ZoneInfo("UTC")))
    assert [one.hours for one in found] == [8.0, 8.0, 4.0]
    assert "no verdict" in verdict(found).en


def test_a_machines_own_scale_moves_the_number_and_its_interval_and_nothing_else(released, at_home):
    model = open_model(released)
    table = pl.DataFrame({name: at_home.tables["pumps/P0"][name] for name in at_home.columns}).head(200)
    plain, own = model.predict(table), calibrated(model, {"scale": 2.0}).predict(table)
    assert own["score"].to_list() == (plain["score"] / 2.0).to_list()
    assert own["alarm"].sum() <= plain["alarm"].sum()
    assert own.schema == plain.schema
    assert calibrated(model, {}) is model

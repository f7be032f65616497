"""What moved and how many alarms there were is told state by state, beside what the card promised."""

import numpy as np

from dure.plant.deploy.blocks import Block, Verdict
from dure.plant.deploy.condition import Condition
from dure.plant.deploy.hysteresis import Turn
from dure.science.learn.serving.drift import references

SECOND = 1_000_000_000
HOUR = 3600


def learnt():
    """A pump that runs at 50 and stands at 0, each for a while."""
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(50.0, 2.0, size=(3000, 1)), rng.normal(0.0, 0.1, size=(3000, 1))])
    states = ["running"] * 3000 + ["off"] * 3000
    promise = [
        {"state": "running", "alarms_per_shift": 2.0, "low": 0.5, "high": 4.0},
        {"state": "off", "alarms_per_shift": 0.0, "low": 0.0, "high": 1.0},
    ]
    return {"drift": references(rows, states, ["speed"]), "promise": promise}


def block(values, states, turns=None, *, start=0):
    times = (start + np.arange(len(values), dtype=np.int64)) * SECOND
    verdicts = np.full(len(values), Verdict.SCORED, dtype=np.int8)
    rows = np.asarray(values, dtype=float)[:, None]
    return Block("pump", times, rows, np.empty((0, 1)), verdicts, states=states, turns=turns or [])


def test_a_machine_that_stands_still_has_not_drifted():
    condition = Condition(learnt(), ["speed"], SECOND)
    condition.look(block(np.random.default_rng(1).normal(0.0, 0.1, 600), ["off"] * 600))
    assert condition.moved() == []


def test_a_signal_that_moved_is_named_with_the_state_in_which_it_did():
    condition = Condition(learnt(), ["speed"], SECOND)
    condition.look(block(np.random.default_rng(1).normal(58.0, 2.0, 600), ["running"] * 600))
    (moved,) = condition.moved()
    assert (moved["asset"], moved["signal"], moved["state"]) == ("pump", "speed", "running")
    assert moved["median"] > moved["usual"] + 2


def test_alarms_are_counted_in_the_state_in_which_they_began_beside_the_promise_for_so_long():
    condition = Condition(learnt(), ["speed"], SECOND)
    turns = [Turn.RAISED if at in {10, 2000} else None for at in range(HOUR)]
    condition.look(block([50.0] * HOUR, ["running"] * HOUR, turns))
    condition.look(block([0.0] * HOUR, ["off"] * HOUR, start=HOUR))
    found = {one["state"]: one for one in condition.shifts()}
    assert (found["running"]["hours"], found["running"]["alarms"]) == (1.0, 2)
    assert found["running"]["promised"] == 0.25
    assert found["off"]["alarms"] == 0


def test_a_state_that_was_never_learnt_is_said_to_be_silent():
    condition = Condition(learnt(), ["speed"], SECOND)
    condition.look(block([50.0] * 60, ["start-up"] * 60))
    (found,) = condition.shifts()
    assert found["silent"]


def test_only_the_last_shift_counts():
    condition = Condition(learnt(), ["speed"], SECOND)
    condition.look(block([50.0] * 60, ["running"] * 60, [Turn.RAISED] * 60))
    condition.look(block([50.0] * 60, ["running"] * 60, start=9 * HOUR))
    assert condition.shifts()[0]["alarms"] == 0


def test_a_model_without_states_is_watched_all_the_same():
    facts = {"drift": references(np.random.default_rng(0).normal(size=(2000, 1)), [""] * 2000, ["speed"])}
    condition = Condition(facts, ["speed"], SECOND)
    condition.look(block(np.random.default_rng(1).normal(3.0, 1.0, 600), []))
    assert [one["signal"] for one in condition.moved()] == ["speed"]
    assert condition.shifts() == []

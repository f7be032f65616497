"""The drift watch: quiet on clean rows, in every state; it names the signal and the state that moved."""

import json

import numpy as np

from dure.science.learn import load
from dure.science.learn.serving.drift import LOOK, DriftWatch, references
from dure.science.prepare import read


def test_a_change_of_state_is_no_drift_and_a_change_within_one_is():
    rng = np.random.default_rng(1)
    level = {"off": 0.0, "on": 100.0}
    states = np.where(np.arange(4000) // 200 % 2 == 0, "off", "on")
    rows = np.array([level[one] for one in states])[:, None] + rng.normal(size=(4000, 1))
    facts = json.loads(json.dumps(references(rows[:2000], states[:2000].tolist(), ["power"])))
    watch = DriftWatch(facts)
    watch.push(rows[2000:], states[2000:].tolist())
    assert watch.moved() == []
    watch.push(rows[2000:] + np.where(states[2000:] == "on", 5.0, 0.0)[:, None], states[2000:].tolist())
    assert {(one.signal, one.state) for one in watch.moved()} == {("power", "on")}
    assert watch.moved()[0].median > watch.moved()[0].usual


def test_clean_signals_that_remember_themselves_raise_next_to_no_cry():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(6000, 20))
    for at in range(1, 6000):
        rows[at] = 0.9 * rows[at - 1] + np.sqrt(1 - 0.81) * rows[at]
    facts = references(rows[:3000], [""] * 3000, [str(at) for at in range(20)])
    watch, cries, looks = DriftWatch(facts), 0, 0
    for at in range(3000, 6000, 30):
        watch.push(rows[at : at + 30])
        cries, looks = cries + len(watch.moved()), looks + 20
    assert cries / looks < 0.02


def test_a_state_seen_too_shortly_or_never_learnt_says_nothing():
    rng = np.random.default_rng(0)
    facts = references(rng.normal(size=(1000, 1)), [""] * 1000, ["x"])
    watch = DriftWatch(facts)
    watch.push(np.full((LOOK - 40, 1), 99.0))
    watch.push(np.full((LOOK, 1), 99.0), ["melting"] * LOOK)
    assert watch.moved() == []
    watch.push(np.full((40, 1), 99.0))
    assert [one.signal for one in watch.moved()] == ["x"]


def test_missing_values_move_nothing():
    rng = np.random.default_rng(0)
    facts = references(rng.normal(size=(1000, 2)), [""] * 1000, ["x", "gone"])
    watch = DriftWatch(facts)
    watch.push(np.stack([rng.normal(size=LOOK), np.full(LOOK, np.nan)], axis=1))
    assert watch.moved() == []


def test_a_card_carries_what_drift_is_watched_by(learn, recorded, own_home):
    source = recorded / "tennessee-eastman" / "d00_te.dat.gz"
    _, folder = learn(source, task="detect")
    drift = load(folder, home=own_home).card["drift"]
    assert len(drift["signals"]) == 52
    for fault, moves in (("d01_te", True), ("d00_te", False)):
        watch = DriftWatch(drift)
        x = read([recorded / "tennessee-eastman" / f"{fault}.dat.gz"]).frame.to_numpy()
        watch.push(x[-LOOK:].astype(float))
        assert bool(watch.moved()) is moves


def test_the_watch_keeps_counts_and_no_rows():
    rng = np.random.default_rng(0)
    watch = DriftWatch(references(rng.normal(size=(1000, 3)), [""] * 1000, ["a", "b", "c"]))
    for _ in range(50):
        watch.push(rng.normal(size=(100, 3)))
    assert sum(one.size for one in watch._counts[""]) == 10 * 3 * 10

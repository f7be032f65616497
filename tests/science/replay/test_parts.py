"""Each part of the loop does what its formula says."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dure.science.replay.bias import PRIOR, Bias, GroupBias
from dure.science.replay.blend import Blend
from dure.science.replay.delay import Delay, turns
from dure.science.replay.drift import Watch
from dure.science.replay.expert import Row
from dure.science.replay.interval import Interval
from dure.science.replay.limit import HIGHEST, Limit
from dure.science.replay.local import Local
from dure.science.replay.packing import packed, unpacked
from dure.science.replay.refusals import DelayUnclear, NoClock
from dure.science.replay.ridge import Ridge
from dure.science.replay.worth import last_and_mean, running_shares


def row(at, z, static=0.0, words=""):
    return Row(at, np.array([static]), np.asarray(z, dtype=float), words, np.asarray(z, dtype=float))


@given(arrays(np.float64, st.tuples(st.integers(0, 4), st.integers(1, 3))))
def test_arrays_come_back_with_every_bit(values):
    back = unpacked(json.loads(json.dumps(packed(values))))
    assert back.tobytes() == values.tobytes()
    assert back.shape == values.shape


def test_an_array_of_a_foreign_kind_is_refused():
    for wrong in ({"kind": "|O", "shape": [1], "bytes": ""}, {"kind": "<f8", "shape": [9], "bytes": "AAAA"}):
        with pytest.raises(ValueError, match=r"state|multiple"):
            unpacked(wrong)


def test_the_bias_is_the_weighted_mean_of_errors():
    bias, errors = Bias((4.0,), 1), np.array([1.0, 2.0, 4.0, -1.0])
    for at, error in enumerate(errors):
        bias.learn(row(at, [0.0], static=10.0), np.array([10.0 + error]))
    weights = 0.5 ** (np.arange(3, -1, -1) / 4.0)
    assert bias.level[0, 0] == pytest.approx((weights * errors).sum() / (weights.sum() + PRIOR))


def test_a_group_has_a_bias_of_its_own():
    bias = GroupBias(48.0, 1)
    for at in range(20):
        bias.learn(row(at, [], words="A"), np.array([5.0]))
    assert bias.say(row(20, [], words="A"))[0, 0] > 4.5
    assert bias.say(row(20, [], words="B"))[0, 0] == 0.0


def test_the_forgetting_ridge_solves_the_weighted_problem():
    chance = np.random.default_rng(0)
    z, y = chance.normal(size=(40, 2)), chance.normal(size=40)
    ridge = Ridge((10.0,), 2, 1, 3.0, square=True, own=True)
    for at in range(40):
        ridge.learn(row(at, z[at]), y[at : at + 1])
    terms = np.stack([ridge.terms(row(0, one)) for one in z])
    weights = 0.5 ** (np.arange(39, -1, -1) / 10.0)
    gram = (terms * weights[:, None]).T @ terms + ridge.penalty
    expected = np.linalg.solve(gram, (terms * weights[:, None]).T @ y)
    assert np.allclose(ridge.weights[0, :, 0], expected)


def test_the_local_expert_is_the_gaussian_process_of_its_covariance():
    chance = np.random.default_rng(1)
    local = Local(64, 2, 1)
    rows = [row(at, chance.normal(size=2)) for at in range(32)]
    for at, one in enumerate(rows):
        local.learn(one, np.array([np.sin(at)]))
    near = np.stack([local._to_known(one) for one in rows])
    expected = np.linalg.solve(near + 0.3 * np.eye(32), np.sin(np.arange(32)))
    assert np.allclose(local.weights[:, 0], expected)
    later = Local(64, 2, 1)
    for at in reversed(range(32)):
        later.learn(rows[at], np.array([np.sin(at)]))
    assert np.allclose(later.say(row(33, [0.1, 0.2])), local.say(row(33, [0.1, 0.2])))


def test_the_blend_follows_the_expert_that_is_best_now():
    blend = Blend(3, rate=0.25, share=0.1, mean=1.0)
    for at in range(400):
        best = 0 if at < 200 else 2
        losses = np.full(3, 1.0)
        losses[best] = 0.05
        blend.learn(losses, own=0.3)
        if at in (199, 399):
            assert blend.weights.argmax() == best
    assert blend.weights.min() > 0.02
    assert blend.weights.sum() == pytest.approx(1.0)


def test_one_wild_error_does_not_silence_an_expert_for_good():
    blend = Blend(2, rate=0.25, share=0.1, mean=1.0)
    blend.learn(np.array([1e12, 1.0]), own=1.0)
    for _ in range(20):
        blend.learn(np.array([0.1, 1.0]), own=0.5)
    assert blend.weights[0] > 0.3


def test_the_interval_keeps_its_promise_when_errors_grow_tenfold():
    chance, interval = np.random.default_rng(2), Interval(0.9, 0.01)
    inside = []
    for at in range(6000):
        error = abs(chance.normal()) * (1.0 if at < 2000 else 10.0 if at < 4000 else 0.5)
        width, usual = interval.width(2.0)
        inside.append(error <= width)
        interval.learn(error, usual, inside=inside[-1])
    for part in np.array_split(inside[200:], 4):
        assert np.mean(part) == pytest.approx(0.9, abs=0.03)


def test_confirmed_normal_rows_reset_the_limit_of_their_state_only():
    limit = Limit()
    for _ in range(300):
        limit.learn("run", 3.0)
    assert limit.at("run") == pytest.approx(3.9)
    assert limit.at("start") == 1.0
    for _ in range(600):
        limit.learn("run", 1e9)
    assert limit.at("run") == HIGHEST
    for _ in range(600):
        limit.learn("run", 0.1)
    assert limit.at("run") == 0.5
    limit.mend("run", 0.1)
    assert len(limit.scores["run"]) == 499


def test_the_watch_speaks_once_of_an_error_that_has_grown():
    watch = Watch()
    told = [watch.grown(1.0) for _ in range(500)] + [watch.grown(20.0) for _ in range(60)]
    assert sum(told) == 1
    assert told.index(True) < 520


def test_a_label_is_never_known_before_its_delay():
    seconds = np.sort(np.random.default_rng(3).uniform(0, 1000, 200))
    known = Delay(seconds=50.0).known(200, seconds, "")
    for at, count in enumerate(known.tolist()):
        assert (seconds[:count] + 50.0 <= seconds[at]).all()
        assert count <= at
    assert [arrived for _, _, arrived in turns(Delay(rows=3).known(6, None, ""))] == [0, 0, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("words", "delay"),
    [
        ("24h", Delay(seconds=86400.0)),
        ("7d", Delay(seconds=604800.0)),
        ("90 s", Delay(seconds=90.0)),
        ("30min", Delay(seconds=1800.0)),
        ("24 rows", Delay(rows=24)),
        ("1 row", Delay(rows=1)),
        ("24행", Delay(rows=24)),
        ("5", Delay(rows=5)),
        ("0", Delay()),
    ],
)
def test_delays_are_read_as_people_write_them(words, delay):
    assert Delay.of(words) == delay


@pytest.mark.parametrize("words", ["", "soon", "24x", "-3h", "1.5 rows", "1e3", "99999999999 rows"])
def test_what_is_no_delay_is_refused_in_one_sentence(words):
    with pytest.raises(DelayUnclear) as refused:
        Delay.of(words)
    assert "24h" in str(refused.value)


def test_a_delay_in_time_needs_a_clock():
    with pytest.raises(NoClock) as refused:
        Delay(seconds=86400.0).known(3, None, "line.csv")
    assert "24 h" in str(refused.value)
    assert "line.csv" in str(refused.value)


def test_the_nulls_know_no_more_than_the_deployment():
    truth = np.array([1.0, np.nan, 3.0, 8.0])
    last, mean = last_and_mean(truth, Delay(rows=2).known(4, None, ""), 0.0)
    assert (last.tolist(), mean.tolist()) == ([0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0])
    shares = running_shares(np.array([1.0, 1.0, 0.0]), np.array([0, 1, 2]), np.array([0.5, 0.5]))
    assert shares[2].tolist() == [50 / 102, 52 / 102]

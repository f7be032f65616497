"""Interpolation, states and figures, against loops and polars over recorded and random samples."""

import math
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.plant.historian import TooMuch
from dure.plant.historian.fetching import windows
from dure.plant.historian.gathering import gathered, weighed
from dure.plant.historian.holding import interpolate, on_lines, states
from dure.plant.historian.settings import Settings
from dure.plant.historian.writing import DAY
from dure.vocabulary import Quality, Sample

START = 20_000 * DAY
SECOND = 1_000_000_000
MINUTE = 60 * SECOND


def by_chance(seed, words=()):
    dice = random.Random(seed)  # noqa: S311 - dice of a test
    time, made = START + dice.randrange(DAY // 2), []
    for _ in range(300):
        time += dice.choice([1, SECOND, 20 * SECOND, 7 * MINUTE, 100 * MINUTE])
        text = dice.choice(words) if words and dice.random() < 0.7 else None
        value = math.nan if text else dice.choice([math.nan, *[float(dice.randrange(5)) for _ in range(8)]])
        quality = Quality(dice.choice([0, 0, 0, 0, 1, 2]))
        made.append(Sample("line1/p", time, value, text=text, quality=quality))
    return made


def put(store, samples, *, compacted):
    store.put(samples)
    if compacted:
        for day in store.dayfiles.due(START + 90 * DAY, 0)[:-1]:
            store.dayfiles.compact(day)


def good(samples):
    return [s for s in samples if s.quality == Quality.GOOD and math.isfinite(s.value)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("max_age", [None, 10 * MINUTE])
def test_a_value_lies_on_the_line_between_its_neighbours(store, seed, compacted, max_age):
    samples = by_chance(seed)
    put(store, samples, compacted=compacted)
    dice = random.Random(seed)  # noqa: S311 - dice of a test
    times = [dice.choice(samples).time + dice.choice([-1, 0, 1, MINUTE]) for _ in range(60)]
    times += [samples[0].time - DAY, samples[-1].time + DAY]
    found = interpolate(store.reader, ["line1/p", "no/such"], times, "linear", max_age)
    store.reader.leave()
    expected = []
    for time in times:
        before = [s for s in good(samples) if s.time <= time]
        after = [s for s in good(samples) if s.time > time]
        if before and after and (max_age is None or after[0].time - before[-1].time <= max_age):
            expected.append(
                pytest.approx(
                    np.interp(time - START, [before[-1].time - START, after[0].time - START], [before[-1].value, after[0].value])
                )
            )  # fmt: skip
        else:
            fresh = before and (max_age is None or time - before[-1].time <= max_age)
            expected.append(before[-1].value if fresh else None)
    assert found["line1/p"].to_pylist() == expected
    assert found["no/such"].null_count == len(times)
    stepped = interpolate(store.reader, ["line1/p"], sorted(times), "step", max_age)
    store.reader.leave()
    held = store.reader.every(["line1/p"], times[0], times[0] + 1, 1, max_age)["line1/p"].to_pylist()
    assert held[0] == stepped["line1/p"].to_pylist()[sorted(times).index(times[0])]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.floats(-9, 9)), min_size=1, max_size=9, unique_by=lambda p: p[0]
    ),
    st.lists(st.integers(-5, 60), max_size=9),
)
def test_lines_are_those_of_numpy(points, ticks):
    points = sorted(points)
    times, values = (np.array(column) for column in zip(*points, strict=True))
    found = on_lines(times, values.astype(float), np.array(ticks, np.int64), None).to_pylist()
    expected = [None if tick < times[0] else pytest.approx(np.interp(tick, times, values)) for tick in ticks]
    assert found == expected


def plain_states(samples, start, end):
    """Seconds and turns of each reading, by walking over all of them."""
    known = [
        s for s in samples if s.quality == Quality.GOOD and (s.text is not None or math.isfinite(s.value))
    ]
    held, seconds, turns = None, {}, {}
    for s in known:
        if s.time >= end:
            break
        state = s.text if s.text is not None else s.value
        if s.time < start:
            held = state
            continue
        if held is None or state != held:
            turns[state] = turns.get(state, 0) + 1
        held = state
    before = [s for s in known if s.time < start]
    steps = [(start, before[-1])] if before else []
    steps += [(s.time, s) for s in known if start <= s.time < end]
    for (time, s), until in zip(steps, [*(time for time, _ in steps[1:]), end][: len(steps)], strict=True):
        state = s.text if s.text is not None else s.value
        seconds[state] = seconds.get(state, 0.0) + (until - time) / 1e9
    if before:
        first = before[-1].text if before[-1].text is not None else before[-1].value
        turns[first] = turns.get(first, 0) + 1
    return {state: (seconds[state], turns[state], state == held) for state in seconds}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("words", [(), ("Idle", "Run", "Fault")])
@pytest.mark.parametrize("compacted", [False, True])
def test_states_are_held_until_the_next(store, seed, words, compacted):
    samples = by_chance(seed, words)
    put(store, samples, compacted=compacted)
    for low, high in ((START, START + 40 * DAY), (samples[90].time + 1, samples[200].time), (0, START)):
        rows = states(store.reader, ["line1/p"], low, high).to_pylist()
        store.reader.leave()
        expected = plain_states(samples, low, high)
        found = {row["text"] or row["value"]: (row["seconds"], row["turns"], row["open"]) for row in rows}
        assert found.keys() == expected.keys()
        for state, (seconds, turns, still) in expected.items():
            assert found[state] == (pytest.approx(seconds), turns, still)
        if expected:
            assert sum(row["share"] for row in rows) == pytest.approx(1.0)
            assert [row["seconds"] for row in rows] == sorted((r["seconds"] for r in rows), reverse=True)


def test_a_counter_that_starts_anew_is_another_turn_of_its_states(store):
    """A cycle counter 0, 1, 2, 0, 1, 2: each number was held twice."""
    store.put([Sample("line1/n", START + n * SECOND, float(n % 3)) for n in range(6)])
    rows = states(store.reader, ["line1/n"], START, START + 6 * SECOND).to_pylist()
    assert [(row["value"], row["seconds"], row["turns"], row["open"]) for row in rows] == [
        (0.0, 2.0, 2, False), (1.0, 2.0, 2, False), (2.0, 2.0, 2, True)]  # fmt: skip


def test_too_many_states_are_refused(store):
    store.put([Sample("line1/n", START + n * SECOND, float(n)) for n in range(1500)])
    with pytest.raises(TooMuch, match="1500 different values; the limit is 1000"):
        states(store.reader, ["line1/n"], START, START + DAY)


@pytest.fixture(scope="module")
def noise(recorded):
    """A recorded run of the Skoltech anomaly benchmark: pressure, at about 1 Hz with holes."""
    file = recorded / "skab" / "valve1" / "1.csv.gz"
    frame = pl.read_csv(file, separator=";", try_parse_dates=True)
    return frame.select(time=pl.col("datetime").dt.timestamp("ns"), value=pl.col("Pressure").cast(pl.Float64))


@pytest.fixture
def recorded_line(store, noise):
    store.put([Sample("line1/pressure", time, value) for time, value in noise.iter_rows()])
    return store, noise


HOWS = {
    "mean": pl.col("value").mean(), "min": pl.col("value").min(), "max": pl.col("value").max(),
    "sum": pl.col("value").sum(), "count": pl.len().cast(pl.Int64), "last": pl.col("value").last(),
}  # fmt: skip


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("filed", [False, True])
def test_figures_of_recorded_stretches_are_those_of_polars(recorded_line, how, filed):
    store, frame = recorded_line
    if filed:
        for day in store.dayfiles.due(int(frame["time"].max()) + 9 * DAY, 0):
            store.dayfiles.compact(day)
    start, every = int(frame["time"][7]), 17 * SECOND
    end = int(frame["time"][-3])
    found = gathered(store.reader, ["line1/pressure"], start, end, every, how)
    inside = frame.filter(pl.col("time").is_between(start, end, closed="left"))
    grouped = inside.group_by((pl.col("time") - start) // every * every + start).agg(figure=HOWS[how])
    expected = dict(grouped.iter_rows())
    missing = 0 if how == "count" else None
    wanted = [expected.get(time, missing) for time in found["time"].to_pylist()]
    assert found["line1/pressure"].to_pylist() == [w if w is None else pytest.approx(w) for w in wanted]


def test_figures_weighed_by_time_are_those_of_a_dense_grid(recorded_line):
    store, frame = recorded_line
    start, end = int(frame["time"][5]) + SECOND // 2, int(frame["time"][-5])
    row = weighed(store.reader, ["line1/pressure"], start, end).to_pylist()[0]
    ticks = np.arange(start, end, SECOND // 20)
    times, values = frame["time"].to_numpy(), frame["value"].to_numpy()
    held = values[np.searchsorted(times, ticks, side="right") - 1]
    assert row["seconds"] == pytest.approx((end - start) / 1e9)
    assert row["mean"] == pytest.approx(held.mean(), abs=1e-4)
    assert row["deviation"] == pytest.approx(held.std(), abs=1e-4)
    assert (row["low"], row["high"]) == (held.min(), held.max())
    assert row["samples"] == int(((times >= start) & (times < end)).sum())


def test_figures_in_many_windows_are_those_in_one(recorded_line, monkeypatch):
    store, frame = recorded_line
    span = int(frame["time"][0]), int(frame["time"][-1])
    one = weighed(store.reader, ["line1/pressure"], *span).to_pylist()[0]
    whole = states(store.reader, ["line1/pressure"], *span).to_pylist()
    monkeypatch.setattr("dure.plant.historian.reading._ROWS_AT_ONCE", 50)
    many = weighed(store.reader, ["line1/pressure"], *span).to_pylist()[0]
    parts = states(store.reader, ["line1/pressure"], *span).to_pylist()
    assert many == {
        name: fact if isinstance(fact, str) else pytest.approx(fact) for name, fact in one.items()
    }
    key = lambda row: (-round(row["seconds"], 6), row["value"])  # noqa: E731 - one use
    assert [(r["value"], r["turns"]) for r in sorted(parts, key=key)] == [(r["value"], r["turns"]) for r in sorted(whole, key=key)]  # fmt: skip


def test_more_cells_than_are_given_at_once_are_refused(open_home):
    with open_home(Settings(max_cells=10)) as store:
        with pytest.raises(TooMuch, match="would give 11 values"):
            interpolate(store.reader, ["line1/p"], list(range(11)), "linear", None)
        with pytest.raises(TooMuch, match="would give 11 values"):
            gathered(store.reader, ["line1/p"], 0, 11, 1, "mean")


@given(st.integers(0, 1000), st.integers(0, 5000), st.integers(1, 9), st.integers(1, 70))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_windows_cover_a_range_once_and_begin_on_its_steps(start, length, parts, step):
    found = list(windows(start, start + length, parts, step))
    assert [tick for low, high in found for tick in range(low, high)] == list(range(start, start + length))
    assert all((low - start) % step == 0 for low, _ in found)
    assert len(found) <= parts

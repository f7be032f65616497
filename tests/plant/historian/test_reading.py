"""The read path against the plainest reference: loops over a list of samples."""

import math
import random
import statistics
from datetime import date
from itertools import pairwise

import pytest

from dure.plant.historian import TooMuch
from dure.plant.historian.drawing import stretches
from dure.plant.historian.measuring import measure
from dure.plant.historian.settings import Settings
from dure.plant.historian.writing import DAY
from dure.vocabulary import Quality, Sample

START = 20_000 * DAY
NAMES = ["line1/a", "line1/b", "line1/c"]


def recorded_by_chance(seed):
    """Three days of samples with bad ones, holes, texts, equal times; ordered by signal, time, sequence."""
    dice = random.Random(seed)  # noqa: S311 - dice of a test
    made = {}
    for name in NAMES:
        time = START + dice.randrange(DAY)
        for _ in range(dice.randrange(1, 200)):
            time += dice.choice(
                [0, 1_000_000_000, 60_000_000_000, 60_000_000_000, 150_000_000_000, 3_600_000_000_000]
            )
            value = dice.choice([float("nan"), *[dice.uniform(-5, 5) for _ in range(9)]])
            sample = Sample(
                name, time, value, dice.randrange(3), Quality(dice.choice([0, 0, 0, 0, 1, 2])), received=time + dice.randrange(9)
            )  # fmt: skip
            made[name, time, sample.sequence] = sample
    return [made[key] for key in sorted(made)]


@pytest.fixture(params=range(4))
def filled(request, store):
    """A store with half of the days in day files, and what was put in it."""
    samples = recorded_by_chance(request.param)
    shuffled = samples[:]
    random.Random(request.param).shuffle(shuffled)  # noqa: S311 - dice of a test
    store.put(shuffled[: len(shuffled) // 2])
    for day in (date(2024, 10, 4), date(2024, 10, 5)):
        store.dayfiles.compact(day)
    store.put(shuffled)
    if request.param % 2:
        store.dayfiles.compact(date(2024, 10, 5))
    return store, samples, random.Random(request.param)  # noqa: S311 - dice of a test


def good(samples, name):
    return [s for s in samples if s.signal == name and s.quality == Quality.GOOD and not math.isnan(s.value)]


def test_a_query_gives_every_sample_of_its_range_in_order(filled):
    store, samples, dice = filled
    for _ in range(10):
        low, high = sorted(START + dice.randrange(5 * DAY) for _ in range(2))
        names = dice.sample(NAMES, 2)
        expected = [s for s in samples if s.signal in names and low <= s.time < high]
        got = store.rows(names, low, high)
        assert [(r["signal"], r["time"], r["sequence"], r["quality"], r["received"]) for r in got] == [
            (s.signal, s.time, s.sequence, s.quality, s.received) for s in expected
        ]
        assert all(
            r["value"] == s.value or (math.isnan(r["value"]) and math.isnan(s.value))
            for r, s in zip(got, expected, strict=True)
        )


@pytest.mark.parametrize("max_age", [None, 0, 30_000_000_000, 7_200_000_000_000])
def test_every_tick_has_the_last_good_value_at_or_before_it(filled, max_age):
    store, samples, dice = filled
    for every in (60_000_000_000, 3_600_000_000_000, 7_777_777_777_777):
        low = dice.choice([s.time for s in samples]) + dice.choice([-1, 0, 1])
        ticks = list(range(low, low + 40 * every, every))
        table = store.reader.every(NAMES, low, low + 40 * every, every, max_age)
        assert table["time"].to_pylist() == ticks
        for name in NAMES:
            expected = []
            for tick in ticks:
                before = [s for s in good(samples, name) if s.time <= tick]
                fresh = before and (max_age is None or tick - before[-1].time <= max_age)
                expected.append(before[-1].value if fresh else None)
            assert table[name].to_pylist() == expected


def plainly_drawn(samples, name, span, anchor, width):
    low, high = span
    parts = {}
    for s in samples:
        if s.signal == name and low <= s.time < high and s.quality != Quality.BAD and math.isfinite(s.value):
            parts.setdefault((s.time - anchor) // width, []).append(s)
    ordered = [parts[key] for key in sorted(parts)]
    return {
        "min": [min(s.value for s in part) for part in ordered],
        "max": [max(s.value for s in part) for part in ordered],
        "mean": pytest.approx([statistics.fmean(s.value for s in part) for part in ordered]),
        "time": pytest.approx(
            [statistics.fmean(s.time - low for s in part) / 1e9 + low / 1e9 for part in ordered], abs=0.002
        ),
    }


@pytest.mark.parametrize("points", [1, 20, 300, 3000])
def test_a_trend_holds_the_extremes_of_each_stretch(filled, points):
    store, samples, dice = filled
    for _ in range(5):
        low, high = sorted(START + dice.randrange(4 * DAY) for _ in range(2))
        grid = stretches(low, high, points)
        assert grid.width * points >= high - low
        assert -(-(high - grid.anchor) // grid.width) <= points
        drawn = store.reader.trend(NAMES, low, high, points)
        for name in NAMES:
            assert drawn[name] == plainly_drawn(samples, name, (low, high), grid.anchor, grid.width)


def longest_run(samples):
    best, since, held = 0, None, object()
    for s in samples:
        now = (None if math.isnan(s.value) else s.value, s.text)
        if now != held:
            held, since = now, s.time
        best = max(best, s.time - since)
    return best


def test_measures_agree_with_a_loop_over_the_samples(filled):
    store, samples, _ = filled
    for row in measure(store.reader, None, START, START + 9 * DAY):
        mine = [s for s in samples if s.signal == row["signal"]]
        steps = [b.time - a.time for a, b in pairwise(mine)]
        above = [step for step in steps if step > 0]
        assert (row["count"], row["first"], row["last"]) == (len(mine), mine[0].time, mine[-1].time)
        assert row["skew_s"] == pytest.approx(statistics.median(s.received - s.time for s in mine) / 1e9)
        assert row["bad_share"] == pytest.approx(statistics.fmean(s.quality != 0 for s in mine))
        if above:
            period = statistics.median(above)
            gaps = [step for step in steps if step > 3 * period]
            assert row["period_s"] == pytest.approx(period / 1e9)
            assert row["gaps"] == len(gaps)
            assert row["longest_gap_s"] == pytest.approx(max(gaps, default=0) / 1e9)
            assert row["gap_share"] == pytest.approx(
                sum(g - period for g in gaps) / (mine[-1].time - mine[0].time)
            )
        trusted = [s for s in mine if s.quality == 0]
        assert row["stuck_s"] == pytest.approx(longest_run(trusted) / 1e9)
        numbers = [s.value for s in trusted if math.isfinite(s.value)]
        assert (row["low"], row["high"]) == (min(numbers, default=None), max(numbers, default=None))


def test_a_signal_that_fell_silent_is_measured_over_its_own_last_stretch(store):
    second = 1_000_000_000
    store.put([Sample("line1/old", START + n * second, float(n)) for n in range(50)])
    store.put([Sample("line1/new", START + 5 * DAY + n * second, 1.0) for n in range(50)])
    old, new = sorted(measure(store.reader, None, None, None), key=lambda row: row["first"])
    assert (old["count"], old["rate_hz"], old["stuck_s"]) == (50, 1.0, 0.0)
    assert (new["count"], new["stuck_s"], new["distinct"]) == (50, 49.0, 1)


def test_a_clock_that_is_41_seconds_off_shows_in_the_skew(store):
    second = 1_000_000_000
    store.put(
        [Sample("line1/c", START + n * second, 1.0, received=START + (n + 41) * second) for n in range(99)]
    )
    assert measure(store.reader, ["line1/c"], None, None)[0]["skew_s"] == 41.0


def test_too_much_is_refused_with_the_way_out(open_home):
    with open_home(Settings(max_rows=10, max_cells=10, max_measure=10)) as store:
        store.put([Sample("line1/a", START + n, float(n)) for n in range(20)])
        assert len(store.rows(["line1/a"], START, START + 10)) == 10
        with pytest.raises(TooMuch, match="would give 11 samples; the limit is 10"):
            store.rows(["line1/a"], START, START + 11)
        with pytest.raises(TooMuch, match="would give 11 values"):
            store.reader.every(["line1/a"], START, START + 11, 1, None)
        with pytest.raises(TooMuch):
            measure(store.reader, None, START, START + 11)


def test_an_unknown_signal_is_empty_everywhere(store):
    assert store.rows(["no/such"]) == []
    assert store.reader.every(["no/such"], 0, 3, 1, None)["no/such"].to_pylist() == [None] * 3
    assert store.reader.trend(["no/such"], 0, 10, 2) == {
        "no/such": {"time": [], "min": [], "max": [], "mean": []}
    }
    assert measure(store.reader, ["no/such"], None, None) == []

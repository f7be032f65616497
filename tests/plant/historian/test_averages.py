"""Time-weighted averages and values at times, against loops over the samples."""

import math
import random
from itertools import pairwise

import pytest

from dure.plant.historian.averaging import asof, average
from dure.plant.historian.writing import DAY
from dure.vocabulary import Quality, Sample

START = 20_000 * DAY
SECOND = 1_000_000_000
MINUTE = 60 * SECOND


def by_chance(seed):
    dice = random.Random(seed)  # noqa: S311 - dice of a test
    time, made = START + dice.randrange(DAY), []
    for _ in range(400):
        time += dice.choice([1, SECOND, 20 * SECOND, 7 * MINUTE, 100 * MINUTE])
        value = dice.choice([math.nan, *[dice.uniform(-5, 5) for _ in range(8)]])
        made.append(Sample("line1/p", time, value, quality=Quality(dice.choice([0, 0, 0, 0, 1, 2]))))
    return made


def plainly(samples, start, end):
    """The integral in small pieces between all times, over the time known."""
    good = [s for s in samples if s.quality == Quality.GOOD and math.isfinite(s.value)]
    before = [s for s in good if s.time <= start]
    inside = [s for s in good if start < s.time < end]
    steps = ([(start, before[-1].value)] if before else []) + [(s.time, s.value) for s in inside]
    if not steps:
        return None
    ends = [time for time, _ in steps[1:]] + [end]
    area = math.fsum(value * (until - time) for (time, value), until in zip(steps, ends, strict=True))
    return area / (end - steps[0][0])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(("shift", "every"), [(0, 60 * MINUTE), (0, 7 * MINUTE), (7, 11 * MINUTE + 3)])
def test_an_average_weighs_each_value_by_the_time_it_held(store, seed, compacted, shift, every):
    samples = by_chance(seed)
    store.put(samples)
    if compacted:
        for day in store.dayfiles.due(START + 90 * DAY, 0):
            store.dayfiles.compact(day)
    start = START + DAY // 4 + shift
    end = start + 100 * every + 5
    table = average(store.reader, ["line1/p", "no/such"], start, end, every)
    store.reader.leave()
    borders = [*range(start, end, every), end]
    expected = [plainly(samples, low, high) for low, high in pairwise(borders)]
    assert table["time"].to_pylist() == borders[:-1]
    assert table["line1/p"].to_pylist() == [None if one is None else pytest.approx(one) for one in expected]
    assert table["no/such"].null_count == len(borders) - 1


@pytest.mark.parametrize("max_age", [None, 30 * SECOND, 2 * DAY])
def test_the_value_as_of_a_time_is_the_last_good_one(store, max_age):
    samples = by_chance(5)
    store.put(samples)
    for day in store.dayfiles.due(START + 90 * DAY, 0)[:-1]:
        store.dayfiles.compact(day)
    dice = random.Random(1)  # noqa: S311 - dice of a test
    times = [dice.choice(samples).time + dice.choice([-1, 0, 1, MINUTE]) for _ in range(60)]
    times += [START - DAY, samples[-1].time + 3 * DAY]
    table = asof(store.reader, ["line1/p"], times, max_age)
    store.reader.leave()
    good = [s for s in samples if s.quality == Quality.GOOD and not math.isnan(s.value)]
    expected = []
    for time in times:
        before = [s for s in good if s.time <= time]
        fresh = before and (max_age is None or time - before[-1].time <= max_age)
        expected.append(before[-1].value if fresh else None)
    assert table["time"].to_pylist() == times
    assert table["line1/p"].to_pylist() == expected


def test_both_are_answered_by_a_running_historian(running):
    client, _ = running
    client.append("deploy", [Sample("deploy/p", START + n * SECOND, value=float(n)) for n in range(100)])
    while not client.signals():
        pass
    assert client.average(["deploy/p"], START, START + 4 * SECOND, 2 * SECOND)["deploy/p"].to_pylist() == [
        0.5,
        2.5,
    ]
    found = client.asof(["deploy/p"], [START + 7 * SECOND, START + 3], 5 * SECOND)
    assert found.to_pydict() == {"time": [START + 7 * SECOND, START + 3], "deploy/p": [7.0, 0.0]}

"""The measures of clause 16, reckoned a second time by polars over a recorded experiment."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.alarms import Priority
from dure.plant.alarms.definition import Definition
from dure.plant.alarms.measures import TEN_MINUTES, Rung, chattering, floods, performance
from dure.plant.alarms.replaying import replay
from dure.plant.alarms.suggesting import suggest
from dure.science.formula import Kind
from dure.vocabulary import Text
from machines.historian_process import SECOND, experiment, play, samples

START = 1_700_000_000 * SECOND


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 3))
def test_a_flood_begins_above_ten_and_ends_below_five(counts, operators):
    found = list(floods(counts, 0, operators))
    inside = [any(one.start <= n * TEN_MINUTES < one.end for one in found) for n in range(len(counts))]
    flooded = False
    for count, marked in zip(counts, inside, strict=True):
        flooded = count > 10 * operators or (flooded and count >= 5 * operators)
        assert marked is flooded
    assert sum(one.alarms for one in found) == sum(
        c for c, marked in zip(counts, inside, strict=True) if marked
    )


def by_polars(rows, start, end):
    """Counts, floods, most frequent and chattering, by window functions alone."""
    frame = pl.DataFrame(rows, schema=["alarm", "at"], orient="row").sort("at")
    grid = pl.DataFrame({"bin": range(-(-(end - start) // TEN_MINUTES))}, schema={"bin": pl.Int64})
    counts = grid.join(
        frame.group_by(((pl.col("at") - start) // TEN_MINUTES).alias("bin")).len(), on="bin", how="left"
    ).with_columns(pl.col("len").fill_null(0).cast(pl.Int64))
    mark = pl.when(pl.col("len") > 10).then(1).when(pl.col("len") < 5).then(0)
    flood = counts.with_columns(mark.alias("mark")).with_columns(pl.col("mark").forward_fill().fill_null(0))
    flooded = flood.with_columns(pl.col("mark").rle_id().alias("run")).filter(pl.col("mark") == 1)
    runs = flooded.group_by("run").agg(pl.col("len").sum(), pl.col("bin").min()).sort("bin")
    top = frame.group_by("alarm").len().sort("len", "alarm", descending=[True, False]).head(10)
    close = frame.with_columns((pl.col("at") - pl.col("at").shift(2).over("alarm")).alias("d")).filter(
        pl.col("d") <= 60 * SECOND
    )
    return counts["len"].to_list(), runs["len"].to_list(), top.rows(), sorted(close["alarm"].unique())


def limits(table):
    return {name: float(table[name].quantile(0.97)) for name in table.columns if name != "time"}


@pytest.mark.parametrize("asset", ["pump-0", "pump-1"])
def test_a_recorded_experiment_gives_the_counts_and_floods_that_polars_gives(
    recorded, at_plant, edges, asset
):
    file = recorded / f"skab/valve1/{asset[-1]}.csv.gz"
    table = experiment(file)
    table = table.with_columns(pl.col("time") - table["time"][0] + START)
    play(at_plant, "pump", [samples(asset, table)])
    end, rung, rows = int(table["time"][-1]) + SECOND, [], []
    for name, limit in limits(table).items():
        one = Definition(name.lower().replace(" ", "-"), Text(name, name), f"=[{asset}/{name}]>{limit!r}")
        found = replay(one, at_plant, {f"{asset}/{name}": Kind("number")}, START, end)
        turned = edges(table["time"], table[name], limit)
        assert [ring.at for ring in found.rings] == [time for time, above in turned if above]
        assert [ring.until for ring in found.rings if ring.until] == [
            time for time, above in turned if not above
        ]
        rung += [Rung(one.id, ring.at) for ring in found.rings]
        rows += [(one.id, time) for time, above in turned if above]
    measured = performance(rung, START, end)
    counts, flood_sizes, top, chatter = by_polars(rows, START, end)
    assert measured.total == len(rows) > 50
    assert list(measured.counts) == counts
    assert [one.alarms for one in measured.floods] == flood_sizes
    assert [(one.alarm, one.count) for one in measured.actors] == top
    assert list(measured.chattering) == chatter


def test_a_flood_of_ten_thousand_in_ten_minutes_is_measured():
    rung = [Rung(f"a-{n % 700}", START + n * TEN_MINUTES // 10_000) for n in range(10_000)]
    found = performance(rung, START, START + 3 * TEN_MINUTES)
    assert (found.counts, found.peak, len(found.actors)) == ((10_000, 0, 0), 10_000, 10)
    assert [(one.alarms, one.end - one.start) for one in found.floods] == [(10_000, TEN_MINUTES)]


def test_stale_standing_and_shares_are_told():
    day = 86_400 * SECOND
    rung = [Rung("a", 1), Rung("b", 2, Priority.HIGH), Rung("b", 3, Priority.HIGH), Rung("late", 3 * day)]
    found = performance(rung, 0, 2 * day, operators=2, standing={"a": 1, "b": int(1.5 * day)})
    assert (found.total, found.stale, found.standing) == (3, ("a",), 2)
    assert found.priorities == {Priority.CRITICAL: 0, Priority.HIGH: 2, Priority.MEDIUM: 0, Priority.LOW: 1}
    assert found.average == pytest.approx(3 / 288 / 2)


def test_three_times_in_a_minute_is_chattering_and_three_in_two_is_not():
    def rung(name, *seconds):
        return [Rung(name, s * SECOND) for s in seconds]

    assert chattering(rung("a", 0, 30, 60)) == ("a",)
    assert chattering(rung("a", 0, 30, 61)) == ()


def test_suggested_limits_ring_as_rarely_as_their_quantiles_say(recorded, at_plant):
    table = experiment(recorded / "skab/anomaly-free/anomaly-free.csv.gz")
    table = table.with_columns(pl.col("time") - table["time"][0] + START).head(5000)
    play(at_plant, "quiet", [samples("quiet", table)])
    kinds, end = {"quiet/Temperature": Kind("number")}, int(table["time"][-1]) + 1
    found = suggest("quiet/Temperature", at_plant, kinds, START, end)
    assert {one.definition.id for one in found} <= {"quiet-temperature-high", "quiet-temperature-low"}
    assert found
    for one in found:
        limit = float(one.definition.condition.replace("<", ">").rpartition(">")[2])
        assert one.replay.count == replay(one.definition, at_plant, kinds, START, end).count >= 1
        beyond = (
            (table["Temperature"] > limit) if "high" in one.definition.id else (table["Temperature"] < limit)
        )
        assert 1 <= beyond.sum() <= 25  # 0.1 % of 5,000, and what rounding adds
        assert one.replay.count <= beyond.sum()
    assert suggest("quiet/nobody", at_plant, {"quiet/nobody": Kind("number")}, START, end) == []

"""These signals for this lot: recorded samples in a real historian, joined to frames by time and place."""

import polars as pl
import pytest

from dure.plant.events import Frame, Lot, derive, signals_at, stretch, table_by_frame
from dure.plant.inventory import Signal
from machines.historian_process import experiment, historian_process, samples

SECOND = 10**9
pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(recorded, home):
    """A recorded experiment at line1/Pump, its signals inventoried, and frames of 100 s over it."""
    table = experiment(recorded / "skab/valve1/1.csv.gz")
    with historian_process(home) as historian:
        historian.append("line1", samples("line1/Pump", table))
        assert historian.wait(10)
        wait_for(historian, table.height * (table.width - 1))
        for name in table.columns[1:]:
            Signal.objects.create(id=f"line1/Pump/{name}", source="line1", equipment="line1/Pump")
        Signal.objects.create(id="line2/Pump/Other", source="line2", equipment="line2/Pump")
        Signal.objects.create(id="line1/Pump2/Other", source="line1", equipment="line1/Pump2")
        lot = Lot.objects.create(id="L1")
        start = int(table["time"][0])
        frames = [
            Frame.objects.create(
                origin="mes", key=f"B{n}", kind="batch", equipment="line1/Pump", lot=lot,
                start=start + n * 100 * SECOND, end=start + (n * 100 + 99) * SECOND, facts={"recipe": n},
            )
            for n in range(4)
        ]  # fmt: skip
        yield historian, table, frames


def wait_for(historian, count):
    import time

    for _ in range(200):
        if sum(row["count"] for row in historian.signals()) >= count:
            return
        time.sleep(0.05)
    pytest.fail("the samples did not arrive")


def test_the_signals_of_an_equipment_are_its_own_and_those_below_it(plant):
    _, table, _ = plant
    assert signals_at("line1/Pump") == sorted(f"line1/Pump/{name}" for name in table.columns[1:])
    assert "line1/Pump2/Other" in signals_at("line1")
    assert signals_at("") == []


def test_a_row_a_frame_holds_what_polars_reckons_of_the_recording(plant):
    historian, table, frames = plant
    made = table_by_frame(
        historian, frames, statistics=("mean", "min", "max", "std", "first", "last", "count")
    )
    assert made.height == 4
    for n, frame in enumerate(frames):
        own = table.filter(pl.col("time").is_between(frame.start, frame.end))
        for name in table.columns[1:]:
            row = made.row(n, named=True)
            assert row[f"{name} mean"] == pytest.approx(own[name].mean())
            assert row[f"{name} std"] == pytest.approx(own[name].std())
            assert (row[f"{name} min"], row[f"{name} max"]) == (own[name].min(), own[name].max())
            assert (row[f"{name} first"], row[f"{name} last"]) == (own[name][0], own[name][-1])
            assert row[f"{name} count"] == own.height
    assert made["lot"].to_list() == ["L1"] * 4
    assert made["recipe"].to_list() == [0, 1, 2, 3]


def test_every_sample_of_a_frame_can_be_taken_away(plant):
    historian, table, frames = plant
    made = stretch(historian, frames[1])
    own = table.filter(pl.col("time").is_between(frames[1].start, frames[1].end))
    assert made.height == own.height * (table.width - 1)
    assert made["time"].dtype == pl.Datetime("ns", "UTC")


def test_runs_of_a_condition_become_frames_and_are_the_same_when_looked_at_again(plant):
    historian, table, _ = plant
    name = table.columns[1]
    limit = float(table[name].quantile(0.9))
    start, end = int(table["time"][0]), int(table["time"][-1])
    asked = {"origin": "high", "kind": "downtime", "equipment": "line1/Pump"}
    condition = f"=[line1/Pump/{name}]>{limit!r}"
    first = derive(historian, condition, start, end, **asked)
    again = derive(historian, condition, start, end, **asked)
    frames = Frame.objects.filter(origin="high")
    assert first == again == frames.count() > 3
    inside = sum((one.end or end) - one.start for one in frames)
    share = inside / (end - start)
    assert 0.03 < share < 0.3

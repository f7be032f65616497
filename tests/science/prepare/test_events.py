"""Steps on events, on logs whose answers are known, in batch, in chunks and row by row."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.prepare import Join, Recipe, Table, join, steps
from dure.science.prepare.checks import require_equal_arrays, require_equal_streams
from dure.vocabulary import Permit

START = datetime(2024, 3, 5, 8)  # noqa: DTZ001 - a plant's wall clock
LOG = pl.DataFrame(
    {
        "at": [START + timedelta(seconds=s) for s in (0, 10, 20, 35, 50, 60)],
        "machine": ["A", "B", "A", "A", "B", "A"],
        "event": ["start", "start", "alarm", "end", "end", "start"],
    }
).with_columns(pl.col("at").cast(pl.Datetime("ns")))
OF = {"column": "event", "time": "at", "thing": "machine"}


def made(name, frame=LOG, **settings):
    return steps()[name](**OF | settings).fit(frame).transform(frame)


def test_events_of_one_machine_are_counted_apart_from_the_other():
    counted = made("events.counts", seconds=30.0, kinds=("start",))
    assert counted.columns == ["event in 30 s", "event start in 30 s"]
    assert counted.rows() == [(1, 1), (1, 1), (2, 1), (2, 0), (1, 0), (2, 1)]


def test_time_since_is_told_from_the_event_before_and_from_each_kind():
    assert made("events.time_since", kinds=("alarm",)).rows() == [
        (None, None), (None, None), (20, 0), (15, 15), (40, None), (25, 40),
    ]  # fmt: skip


def test_a_duration_is_from_start_to_end_of_the_same_machine():
    assert made("events.durations").rows() == [
        (None, 0), (None, 0), (None, 20), (35, None), (40, None), (None, 0),
    ]  # fmt: skip


def test_the_last_kinds_are_numbered_the_commonest_first():
    assert made("events.sequence", last=2).rows() == [(0, None), (0, None), (2, 0), (1, 2), (1, 0), (0, 1)]


def test_a_kind_never_seen_gets_the_next_number():
    fitted = steps()["events.sequence"](**OF, last=1).fit(LOG)
    other = LOG.with_columns(pl.lit("fire").alias("event"))
    assert set(fitted.transform(other)["event 0 back"].to_list()) == {3.0}


def test_what_lies_before_the_rows_looked_back_is_forgotten():
    log = LOG.head(1).vstack(LOG.tail(1)).with_columns(pl.lit("x").alias("machine"))
    many = pl.concat([LOG.head(1), *([LOG.slice(1, 1)] * 5), LOG.slice(3, 1)])
    assert made("events.durations", many, rows=10)["s from start to end"][-1] == 35
    assert made("events.durations", many, rows=3)["s from start to end"][-1] is None
    assert made("events.time_since", log)["s since event before"].to_list() == [None, 60]


kinds = st.sampled_from(["start", "end", "alarm", None])


@pytest.mark.parametrize(
    "name", ["events.counts", "events.time_since", "events.durations", "events.sequence"]
)
@given(
    rows=st.lists(
        st.tuples(st.integers(-5, 90), st.sampled_from(["A", "B", None]), kinds), min_size=1, max_size=40
    ),
    chunks=st.lists(st.integers(1, 9), max_size=8),
    back=st.integers(1, 12),
)
def test_any_log_gives_the_same_bits_in_any_chunks_and_row_by_row(name, rows, chunks, back):
    times = np.cumsum([seconds for seconds, _, _ in rows]).tolist()
    frame = pl.DataFrame(
        {
            "at": [START + timedelta(seconds=s, microseconds=s % 7) for s in times],
            "machine": [thing for _, thing, _ in rows],
            "event": [event for _, _, event in rows],
        },
        schema={"at": pl.Datetime("ns"), "machine": pl.String, "event": pl.String},
    )
    more = {} if name in ("events.durations", "events.sequence") else {"kinds": ("alarm",)}
    step = steps()[name](**OF, rows=back, **more)
    require_equal_streams(step, frame, chunks)
    require_equal_arrays(step, frame)


def test_several_steps_on_one_log_run_on_rows_and_as_a_table_alike():
    first = steps()["events.counts"](**OF, seconds=30.0, keep=True)
    last = steps()["events.durations"](**OF)
    fitted = Recipe((first, last)).fit(LOG, Permit.own(["log"]))
    rows = fitted.by_row()
    assert rows is not None
    found = np.array([rows.push(rows.read(values)) for values in LOG.iter_rows()])
    wanted = fitted.transform(LOG).to_numpy()
    assert np.array_equal(found, wanted, equal_nan=True)


def test_a_hundred_thousand_events_take_seconds():
    log = pl.concat([LOG] * 17_000, rechunk=True)
    assert len(made("events.counts", log, rows=50)) == 102_000


def test_a_log_of_states_is_joined_to_signals_as_it_was_known_then():
    signals = pl.DataFrame(
        {"time": [START + timedelta(seconds=s) for s in range(0, 70, 7)], "bar": range(10)}
    )
    stay = Table(signals, ("line.csv",), (10,))
    come = Table(LOG.select("at", "event"), ("log.csv",), (6,))
    states = join(stay, come, Join("log.csv", "time", within="1h")).frame["event"].to_list()
    assert states == ["start", "start", "start", "alarm", "alarm", "end", "end", "end", "end", "start"]

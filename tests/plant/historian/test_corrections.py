"""Corrections: what is read, drawn, averaged and filed follows them, and what was before is kept."""

import math
import random
from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.historian import CorrectionUnknown, LaterCorrection
from dure.plant.historian.averaging import average
from dure.plant.historian.block import Block
from dure.plant.historian.classes import parse_classes
from dure.plant.historian.correcting import Reading, backfilled, rows_of, table
from dure.plant.historian.corrections import Note, stands
from dure.plant.historian.matching import places
from dure.plant.historian.retention import retain
from dure.plant.historian.writing import DAY
from dure.plant.transport import SAMPLE_SCHEMA, batch
from dure.vocabulary import Quality, Sample

START = 20_000 * DAY
SECOND = 1_000_000_000
HOUR = 3600 * SECOND
FIRST = date(2024, 10, 4)
AGAIN = Note("undo", "person:2", "it was right", 9)
BACK = Note("backfill", "person:2", "the logger's card", 7, facts={"file": "card.csv"})


def samples(hours=50):
    """Two days and two hours; the first day is filed, with late ones in a second piece, the rest is hot."""
    every = [
        Sample(name, START + n * 60 * SECOND, value=float(n % 100), received=START + n * 60 * SECOND + 5)
        for name in ("line1/p", "line1/q")
        for n in range(hours * 60)
    ]
    return every[::7], [one for n, one in enumerate(every) if n % 7]


@pytest.fixture
def filled(store):
    late, early = samples()
    store.put(early)
    store.dayfiles.compact(FIRST)
    store.put(late)
    store.dayfiles._merge(FIRST, [], hours=True)
    assert len([piece for piece in store.reader.shelf.view.pieces if piece.day == FIRST]) == 2
    return store


def column(rows, name="value"):
    return [None if isinstance(row[name], float) and math.isnan(row[name]) else row[name] for row in rows]


def drawn_as_its_samples(store, name="line1/p"):
    """The trend of hours equals that of the samples as they are read."""
    found = store.reader.trend([name], START, START + 3 * DAY, 72)[name]
    rows = pl.DataFrame(
        store.rows([name]), schema=pl.Schema(pl.from_arrow(SAMPLE_SCHEMA.empty_table()).schema)
    )
    kept = rows.filter((pl.col("quality") != 2) & pl.col("value").is_finite())
    hours = kept.group_by(pl.col("time") // HOUR).agg(
        low=pl.col("value").min(), high=pl.col("value").max(), mean=pl.col("value").mean()
    )
    hours = hours.sort("time")
    assert found["min"] == hours["low"].to_list()
    assert found["max"] == hours["high"].to_list()
    assert found["mean"] == pytest.approx(hours["mean"].to_list())


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading(), lambda _: None),
        (Reading(value=7.5), lambda _: 7.5),
        (Reading(scale=2.0, offset=1.0), lambda value: 2 * value + 1),
    ],
)
def test_a_corrected_stretch_reads_so_everywhere_and_as_it_came_on_request(filled, reading, expected):
    before = filled.rows()
    low, high = START + 20 * HOUR, START + 30 * HOUR
    facts = filled.correct(["line1/p"], low, high, reading)
    concerned = [r for r in before if r["signal"] == "line1/p" and low <= r["time"] < high]
    wanted = [expected(r["value"]) if r in concerned else r["value"] for r in before]
    assert facts["rows"] >= len(concerned) - 6  # those that read so already are no change
    assert column(filled.rows()) == wanted
    assert filled.as_they_came() == before
    assert [row["received"] for row in filled.rows()] == [row["received"] for row in before]
    drawn_as_its_samples(filled)
    drawn_as_its_samples(filled, "line1/q")
    filled.dayfiles.compact(FIRST)
    filled.dayfiles.compact(date(2024, 10, 5))
    assert column(filled.rows()) == wanted
    assert filled.as_they_came() == before
    drawn_as_its_samples(filled)


def test_day_files_hold_the_corrected_values_for_any_reader_of_parquet(filled):
    filled.correct(["line1/q"], START, START + HOUR, Reading(value=-3.0))
    files = sorted((filled.paths.archive / "day=2024-10-04").glob("*.parquet"))
    rows = pl.concat([pl.read_parquet(file) for file in files])
    hour = rows.filter((pl.col("signal") == "line1/q") & (pl.col("time") < START + HOUR))
    assert hour["value"].unique().to_list() == [-3.0]
    assert len(rows) == 2 * 24 * 60
    record = pl.read_parquet(filled.paths.archive / "correction" / "1.parquet")
    assert record["value_before"].to_list() == [float(n) for n in range(60)]


def test_averages_follow_a_correction_and_are_as_they_were_without(filled):
    span = (START, START + 2 * DAY, HOUR)
    before = average(filled.reader, ["line1/p"], *span)["line1/p"].to_pylist()
    filled.reader.leave()
    filled.correct(["line1/p"], START + 5 * HOUR, START + 6 * HOUR, Reading(value=50.0))
    after = average(filled.reader, ["line1/p"], *span)["line1/p"].to_pylist()
    filled.reader.leave()
    assert after[5] == 50.0
    assert [one for n, one in enumerate(after) if n != 5] == [one for n, one in enumerate(before) if n != 5]
    filled.reader.raw = True
    assert average(filled.reader, ["line1/p"], *span)["line1/p"].to_pylist() == pytest.approx(before)


def test_the_newest_sample_follows_and_stays_so_after_a_restart(open_home):
    with open_home() as store:
        store.put([Sample("line1/p", START + n, value=float(n)) for n in range(5)])
        store.correct(["line1/p"], START + 4, START + 5, Reading(value=99.0))
        assert store.reader.last(["line1/p"])[0]["value"] == 99.0
    with open_home() as store:
        assert store.reader.last(["line1/p"])[0]["value"] == 99.0
        assert store.reader.signals()[0]["count"] == 5


def test_a_removed_stretch_is_passed_over_and_does_not_come_back_by_a_resend(filled):
    filled.correct(["line1/p"], START + HOUR, START + 2 * HOUR, Reading())
    hour = ["line1/p"], START + HOUR, START + 2 * HOUR
    late, early = samples()
    filled.put(late + early)
    rows = filled.rows(*hour)
    assert len(rows) == 60
    assert {(row["value"] == row["value"], row["quality"]) for row in rows} == {(False, Quality.BAD)}
    tick = filled.reader.every(["line1/p"], START + HOUR, START + 2 * HOUR, HOUR, None)
    assert tick["line1/p"].to_pylist() == [59.0]


def test_an_undone_correction_is_gone_and_both_are_on_record(filled):
    before = filled.rows()
    one = filled.correct(["line1/p"], START, START + DAY, Reading(value=1.0))
    two = filled.corrections.undo(AGAIN, one["number"])
    assert filled.rows() == before == filled.as_they_came()
    drawn_as_its_samples(filled)
    listed = filled.corrections.listed()
    assert [(row["kind"], row["by"], row["undone_by"]) for row in listed] == [
        ("undo", "person:2", None), ("correct", "person:1", 2)]  # fmt: skip
    with pytest.raises(CorrectionUnknown, match="no correction 1 to undo"):
        filled.corrections.undo(AGAIN, one["number"])
    filled.corrections.undo(AGAIN, two["number"])
    assert set(column(filled.rows(["line1/p"], START, START + DAY))) == {1.0}
    assert stands(filled.corrections.listed(), one["number"])


def test_an_earlier_correction_is_not_undone_under_a_later_one(filled):
    filled.correct(["line1/p"], START, START + HOUR, Reading(value=1.0))
    filled.correct(["line1/p"], START, START + 60 * SECOND, Reading(value=2.0))
    with pytest.raises(LaterCorrection, match="samples of line1/p were corrected again"):
        filled.corrections.undo(AGAIN, 1)
    filled.corrections.undo(AGAIN, 2)
    filled.corrections.undo(AGAIN, 1)
    assert filled.rows() == filled.as_they_came()


def arrow_of(rows):
    made = pa.Table.from_pylist(
        rows, pa.schema([("signal", pa.string()), ("time", pa.int64()), ("value", pa.float64()), ("text", pa.string())])
    )  # fmt: skip
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, made.schema) as stream:
        stream.write_table(made)
    return sink.getvalue().to_pybytes()


def test_a_table_corrects_value_by_value_and_counts_what_matches_nothing(filled):
    rows = [
        {"signal": "line1/q", "time": START + 60 * SECOND, "value": 41.5},
        {"signal": "line1/p", "time": START + 49 * HOUR, "value": None, "text": "trial"},
        {"signal": "line1/p", "time": START + 120 * SECOND, "value": None},
        {"signal": "line1/p", "time": START + 121 * SECOND, "value": 3.0},
    ]
    missing = [0]
    note = Note("correct", "person:1", "lab book", 3)
    facts = filled.corrections.correct(note, table(filled.reader, rows_of(arrow_of(rows)), missing))
    filled.reader.leave()
    assert (facts["rows"], missing) == (3, [1])
    found = {(row["signal"], row["time"]): row for row in filled.rows()}
    assert found["line1/q", START + 60 * SECOND]["value"] == 41.5
    trial = found["line1/p", START + 49 * HOUR]
    assert (math.isnan(trial["value"]), trial["text"], trial["quality"]) == (True, "trial", 0)
    assert found["line1/p", START + 120 * SECOND]["quality"] == 2
    came = {(row["signal"], row["time"]): row for row in filled.as_they_came()}
    assert came["line1/p", START + 49 * HOUR]["value"] == 40.0


def test_what_changes_nothing_leaves_no_record(filled):
    facts = filled.correct(["line1/p"], START, START + 1, Reading(value=0.0))
    assert (facts["number"], facts["rows"]) == (None, 0)
    assert filled.corrections.listed() == []
    assert list((filled.paths.archive / "correction").glob("*")) == []


def test_samples_of_a_thinned_day_are_corrected_and_the_rest_of_its_trend_stays(filled):
    classes = parse_classes('[p]\npatterns = ["*/p"]\nraw_days = 1\n')
    drawn = filled.reader.trend(["line1/p"], START, START + DAY, 24)
    filled.reader.leave()
    retain(filled.dayfiles.register, classes, START + 3 * DAY, dry_run=False)
    filled.correct(["line1/q"], START, START + HOUR, Reading(value=500.0))
    assert filled.reader.trend(["line1/p"], START, START + DAY, 24) == drawn
    assert filled.reader.trend(["line1/q"], START, START + DAY, 24)["line1/q"]["max"][0] == 500.0
    assert filled.rows(["line1/p"], START, START + DAY) == []
    filled.put([Sample("line1/q", START + 1, value=1.0)])
    filled.dayfiles.compact(FIRST)
    assert filled.reader.trend(["line1/p"], START, START + DAY, 24) == drawn


def test_records_outlive_the_loss_of_the_database(open_home, home):
    with open_home() as store:
        store.put([Sample("line1/p", START + n * SECOND, value=float(n)) for n in range(99)])
        store.dayfiles.compact(FIRST)
        store.correct(["line1/p"], START, START + 9 * SECOND, Reading(value=7.0))
    (home / "historian" / "hot.duckdb").unlink()
    with open_home() as store:
        (row,) = store.corrections.listed()
        assert (row["by"], row["reason"], row["rows"]) == ("person:1", "a reason", 8)
        assert column(store.as_they_came())[:9] == [float(n) for n in range(9)]
        store.corrections.undo(AGAIN, 1)
        assert column(store.rows()) == [float(n) for n in range(99)]


def backfill(store, given):
    return store.corrections.backfill(BACK, backfilled(pa.Table.from_batches([batch(given)])))


def test_a_backfill_lands_in_its_days_and_counts_what_was_there(filled):
    _, early = samples()
    older = [Sample("line1/p", START - 5 * DAY + n * HOUR, value=float(n)) for n in range(30)]
    facts = backfill(filled, older + early[:20] + older[:3])
    assert (facts["rows"], facts["refused"], facts["first"]) == (30, 23, START - 5 * DAY)
    again = backfill(filled, older)
    assert (again["number"], again["rows"], again["refused"]) == (None, 0, 30)
    for day in filled.dayfiles.due(START + 9 * DAY, 0):
        filled.dayfiles.close_day(day)
    assert len(pq.read_table(filled.paths.archive / "day=2024-09-29").to_pylist()) == 24
    assert column(filled.rows(["line1/p"], 0, START)) == [float(n) for n in range(30)]
    assert filled.as_they_came(["line1/p"], 0, START) == filled.rows(["line1/p"], 0, START)
    (row,) = filled.corrections.listed()
    assert (row["kind"], row["facts"], row["rows"]) == ("backfill", {"file": "card.csv"}, 30)
    filled.corrections.undo(AGAIN, row["number"])
    assert {one["quality"] for one in filled.rows(["line1/p"], 0, START)} == {Quality.BAD}
    assert len(filled.rows(["line1/q"])) == 50 * 60


keys = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 2)), max_size=12)


def block_of(some):
    import numpy as np

    columns = zip(*some, strict=True) if some else ([], [], [])
    code, time, sequence = (np.array(list(one), np.int64) for one in columns)
    return Block(["a", "b", "c"], {"code": code.astype(np.int32), "time": time, "sequence": sequence})


@given(keys, keys.map(lambda some: sorted(set(some))))
def test_places_are_those_of_a_dictionary(asked, stored):
    known = {key: place for place, key in enumerate(stored)}
    assert places(block_of(asked), block_of(stored)).tolist() == [known.get(key, -1) for key in asked]


def test_chains_of_corrections_and_undoings_keep_the_first_reading(store):
    """A model of plain dictionaries says what is read after each of many steps."""
    dice = random.Random(4)  # noqa: S311 - dice of a test
    times = [START + n * 3 * HOUR for n in range(24)]
    store.put([Sample("line1/p", time, value=float(n)) for n, time in enumerate(times)])
    came = dict(zip(times, map(float, range(24)), strict=True))
    now, stack = dict(came), []
    for step in range(14):
        if step % 4 == 1:
            store.dayfiles.compact(FIRST)
        if stack and dice.random() < 0.4:
            number, before = stack.pop()
            store.corrections.undo(AGAIN, number)
            now = before
        else:
            low = dice.choice(times)
            high = low + dice.randrange(1, 9) * 3 * HOUR
            value = dice.choice([None, dice.uniform(-9, 9)])
            facts = store.correct(["line1/p"], low, high, Reading(value=value))
            if facts["number"]:
                stack.append((facts["number"], dict(now)))
            now = {time: value if low <= time < high else old for time, old in now.items()}
        assert column(store.rows()) == list(now.values())
        assert column(store.as_they_came()) == list(came.values())

"""Ingest: each sample once, in its own day, whatever comes twice, late, damaged or wild."""

from datetime import date

import pytest

from dure.plant.historian.writing import DAY
from dure.plant.transport import SAMPLE_SCHEMA, Gap, SegmentLog, batch, read_log
from dure.plant.transport.frames import Kind, pack
from dure.vocabulary import Quality, Sample

NOON = 20_000 * DAY + DAY // 2


def run(first, count=100, signal="line1/p", step=1_000_000_000):
    return [Sample(signal, NOON + n * step, value=float(n), received=NOON + n * step + 5) for n in range(first, first + count)]  # fmt: skip


def values(store):
    return [row["value"] for row in store.rows()]


def test_samples_sent_again_after_a_reconnect_are_kept_once(store):
    assert store.put(run(0)) == 100
    assert store.put(run(50)) == 50
    assert store.put(run(0, 150)) == 0
    assert values(store) == list(range(150))
    assert store.reader.signals() == [
        {"signal": "line1/p", "count": 150, "first": NOON, "last": NOON + 149_000_000_000}
    ]


def test_a_sample_twice_in_one_batch_is_kept_once(store):
    assert store.put(run(0, 10) * 3) == 10


def test_one_time_with_two_sequences_is_two_samples(store):
    twins = [Sample("line1/p", NOON, value=float(n), sequence=n) for n in (0, 1)]
    assert store.put(twins) == 2
    assert store.put(twins) == 0
    assert store.reader.last(None)[0]["value"] == 1.0


def test_a_sample_in_a_day_file_is_not_taken_again(store):
    store.put(run(0))
    assert store.dayfiles.compact(date(2024, 10, 4))["rows"] == 100
    assert store.put(run(0, 120)) == 20
    assert values(store) == list(range(120))


def test_late_samples_land_in_their_own_day(store):
    store.put([Sample("line1/p", NOON + n * DAY, value=float(n)) for n in range(3)])
    for n in range(3):
        store.dayfiles.compact(date(2024, 10, 4 + n))
    store.put([Sample("line1/p", NOON + DAY + 7, value=1.5)])
    assert values(store) == [0.0, 1.0, 1.5, 2.0]
    assert store.dayfiles.compact(date(2024, 10, 5))["rows"] == 2
    assert values(store) == [0.0, 1.0, 1.5, 2.0]
    files = sorted(file.relative_to(store.paths.archive).as_posix() for file in store.paths.archive.glob("day=*/*"))  # fmt: skip
    assert files == ["day=2024-10-04/1.parquet", "day=2024-10-05/3.parquet", "day=2024-10-06/1.parquet"]


def test_midnight_parts_two_days_to_the_nanosecond(store):
    midnight = 20_001 * DAY
    store.put([Sample("line1/p", midnight + shift, value=float(shift)) for shift in (-1, 0, 1)])
    assert store.dayfiles.due(midnight + DAY + 5, close_after=0) == [date(2024, 10, 4), date(2024, 10, 5)]
    assert store.dayfiles.due(midnight + DAY - 1, close_after=0) == [date(2024, 10, 4)]
    assert store.dayfiles.compact(date(2024, 10, 4))["rows"] == 1
    assert store.dayfiles.compact(date(2024, 10, 5))["rows"] == 2
    assert values(store) == [-1.0, 0.0, 1.0]


def test_the_last_value_is_that_of_the_newest_source_time(store):
    store.put([Sample("line1/p", NOON + 10, value=1.0)])
    store.put(
        [Sample("line1/p", NOON + 5, value=9.0), Sample("line1/p", NOON, text="off", quality=Quality.BAD)]
    )
    newest = store.reader.last(["line1/p"])[0]
    assert (newest["time"], newest["value"], newest["text"]) == (NOON + 10, 1.0, None)
    assert store.reader.signals()[0]["first"] == NOON


def test_nothing_is_taken_twice_by_a_historian_started_anew(open_home):
    with open_home() as store:
        store.put(run(0))
    with open_home() as store:
        assert not store.ingest._collect().moved
        assert store.drain() == 0
        store.put(run(100))
        assert values(store) == list(range(200))


def test_two_sources_may_send_one_signal(store):
    store.put(run(0, 10), source="edge")
    assert store.put(run(5, 10), source="line1") == 5


def test_a_lost_database_is_rebuilt_from_the_day_files_and_the_logs(open_home, home):
    with open_home() as store:
        store.put(run(0))
        store.dayfiles.compact(date(2024, 10, 4))
        store.put(run(100, 10))
    for file in (home / "historian").glob("hot.duckdb*"):
        file.unlink()
    with open_home() as store:
        store.drain()
        assert values(store) == list(range(110))
        assert store.reader.signals()[0]["count"] == 110


def test_segments_go_when_they_are_ingested(store):
    folder = store.paths.segments / "line1"
    with SegmentLog(folder, rotate_bytes=1) as log:
        for n in range(5):
            log.append(batch(run(n, 1)))
    store.drain()
    assert len(list(folder.glob("*.log"))) == 1
    assert values(store) == list(range(5))


def test_a_gap_is_named_and_its_filling_replaces_the_entry(store):
    gap = Gap("line1", NOON, NOON + 5, 10, 14, "link cut")
    with SegmentLog(store.paths.segments / "line1") as log:
        log.append_gap(gap)
        log.append_gap(Gap("line1", NOON, NOON + 6, 10, 14, "link cut", "republish"))
    store.drain()
    assert store.reader.gaps("line1") == [
        {"source": "line1", "start": NOON, "end": NOON + 6, "first_sequence": 10, "last_sequence": 14,
         "cause": "link cut", "filled_by": "republish"}
    ]  # fmt: skip
    assert store.reader.gaps("line2") == []


def test_a_damaged_frame_is_named_in_the_gap_ledger(store):
    folder = store.paths.segments / "line1"
    with SegmentLog(folder, rotate_bytes=1) as log:
        log.append(batch(run(0, 3)))
        log.append(batch(run(3, 3)))
    oldest = min(folder.glob("*.log"))
    content = bytearray(oldest.read_bytes())
    content[300] ^= 255
    oldest.write_bytes(content)
    store.drain()
    assert values(store) == [3.0, 4.0, 5.0]
    (gap,) = store.reader.gaps("line1")
    assert gap["filled_by"] == "permanent"
    assert "damaged" in gap["cause"]


@pytest.mark.parametrize("payload", [b"", b"nonsense", b'{"source": 3}'])
def test_a_whole_frame_of_nonsense_does_not_stop_the_others(store, payload):
    folder = store.paths.segments / "line1"
    with SegmentLog(folder) as log:
        log.append(batch(run(0, 3)))
    with min(folder.glob("*.log")).open("ab") as segment:
        for kind in Kind:
            segment.write(pack(kind, payload))
    store.put(run(3, 3))
    assert values(store) == list(range(6))
    assert len(store.reader.gaps(None)) == 3


def test_a_wild_clock_costs_its_own_samples_alone(store):
    wild = [Sample("line1/p", time, value=-1.0) for time in (-(2**63), -1, 2**62, 2**63 - 1)]
    assert store.put([*run(0, 3), *wild]) == 3
    assert "4 samples with an impossible source time" in store.reader.gaps("line1")[0]["cause"]
    assert store.put([Sample("line1/q", time, value=1.0) for time in (0, 2**62 - 1)]) == 2


def test_texts_nan_and_infinities_come_back_as_they_were(store):
    kept = [Sample("line1/p", n, value=value, text=text) for n, (value, text) in enumerate(
        [(float("inf"), None), (-0.0, ""), (1e308, "가동 ■"), (5e-324, "x" * 10_000)])]  # fmt: skip
    store.put(kept)
    store.dayfiles.compact(date(1970, 1, 1))
    assert [(row["value"], row["text"]) for row in store.rows()] == [(s.value, s.text) for s in kept]


def test_what_is_in_the_ring_is_what_was_new(store):
    store.put(run(0, 10))
    store.put(run(5, 10))
    stretch = store.ring.take(0, 100)
    assert stretch.table.cast(SAMPLE_SCHEMA).schema == SAMPLE_SCHEMA
    assert sorted(stretch.table["value"].to_pylist()) == list(range(15))
    assert (stretch.first, stretch.end, store.ring.newest) == (1, 15, 15)
    assert store.ring.take(12, 2).table.num_rows == 2
    assert store.ring.take(15, 2) is None


def test_the_log_itself_is_untouched_by_reading(store):
    store.put(run(0, 10))
    frames = list(read_log(store.paths.segments / "line1"))
    assert len(frames) == 1

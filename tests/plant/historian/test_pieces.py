"""Pieces of a day: spilled, merged, rolled up; old homes; and the table of newest samples that follows."""

import shutil
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dure.plant.historian.disk import Disk
from dure.plant.historian.settings import Settings
from dure.plant.historian.writing import DAY
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog, batch
from dure.vocabulary import Quality, Sample

START = 20_000 * DAY
SECOND = 1_000_000_000
TODAY = date(2024, 10, 4)
NAMES = ["line1/a", "line1/b", "line1/c"]


def wave(first, count, name="line1/a", step=SECOND, start=START):
    return [Sample(name, start + n * step, value=float(n * 7 % 101), quality=Quality(n % 50 == 7), received=start + n * step + 9) for n in range(first, first + count)]  # fmt: skip


def everything(store):
    return [(row["signal"], row["time"], row["value"], row["received"]) for row in store.rows()]


def test_a_hot_table_that_is_large_spills_and_is_read_as_before(open_home):
    with open_home(Settings(hot_rows=500)) as store:
        for n in range(12):
            store.put([sample for name in NAMES for sample in wave(n * 100, 100, name)])
            store.dayfiles.spill(500)
        assert store.reader.shelf.view.hot_rows <= 500
        before, count = everything(store), store.reader.signals()
        assert len(before) == 3600
        drafts = [piece for piece in store.reader.shelf.view.pieces if piece.raw]
        assert 1 < len(drafts) <= 9
        assert store.put(wave(0, 1200)) == 0
        assert store.dayfiles.due(START + 3 * DAY, 3600) == [TODAY]
        assert store.dayfiles.close_day(TODAY)["rows"] == 3600
        assert everything(store) == before
        assert store.reader.signals() == count
        assert store.dayfiles.due(START + 3 * DAY, 3600) == []
    with open_home() as store:
        assert everything(store) == before
        assert store.reader.signals() == count


@pytest.mark.parametrize("points", [3, 24, 97, 400, 700])
def test_a_rolled_up_trend_equals_that_of_the_samples(open_home, points):
    """The same samples in the hot table and in rolled-up pieces, late ones among them, give one picture."""
    samples = [sample for name in NAMES[:2] for sample in wave(0, 6000, name, 7 * SECOND)]
    samples += wave(0, 90, "line1/c", 900 * SECOND)
    late = wave(0, 50, "line1/a", 61 * SECOND, START + 3)
    spans = [(START, START + DAY), (START + 12_345_678_901, START + 40_000 * SECOND + 5)]
    with open_home() as store:
        store.put(samples)
        store.put(late)
        plain = [store.reader.trend(NAMES, *span, points) for span in spans]
        hourly = [average(store, *span) for span in averaged()]
        store.reader.shelf.flush()
    with open_home() as store:
        assert store.dayfiles.compact(TODAY)["rows"] == len(samples) + len(late)
        assert [piece for piece in store.reader.shelf.view.pieces if piece.minutes]
        assert close([store.reader.trend(NAMES, *span, points) for span in spans], plain)
        assert [average(store, *span) for span in averaged()] == hourly
        again = wave(0, 30, "line1/b", 61 * SECOND, START + 5)
        store.put(again)
        with_hot = [store.reader.trend(NAMES, *span, points) for span in spans]
        mixed = [average(store, *span) for span in averaged()]
        store.dayfiles._merge(TODAY, [], hours=True)  # late samples of a large day lie in a piece beside it
        assert len([piece for piece in store.reader.shelf.view.pieces if piece.raw]) >= 2
        assert close([store.reader.trend(NAMES, *span, points) for span in spans], with_hot)
        assert [average(store, *span) for span in averaged()] == mixed


def averaged():
    hour, minute = 3600 * SECOND, 60 * SECOND
    return [
        (START, START + DAY, hour),
        (START + hour, START + 9 * hour + 5, minute),
        (START + 1, START + hour, minute),
    ]


def average(store, start, end, every):
    from dure.plant.historian.averaging import average as of

    store.reader.leave()
    found = of(store.reader, NAMES, start, end, every).to_pydict()
    return {
        name: [None if value is None else round(value, 9) for value in column]
        for name, column in found.items()
    }


def close(found, expected):
    return all(
        row["min"] == other["min"]
        and row["max"] == other["max"]
        and row["mean"] == pytest.approx(other["mean"])
        and row["time"] == pytest.approx(other["time"], abs=0.002)
        for one, two in zip(found, expected, strict=True)
        for row, other in ((one[name], two[name]) for name in NAMES)
    )


def test_day_files_and_roll_ups_open_in_any_reader(store):
    store.put([sample for name in NAMES for sample in wave(0, 2000, name)])
    store.dayfiles.compact(TODAY)
    for file in store.paths.archive.rglob("*.parquet"):
        table = pq.read_table(file)
        with duckdb.connect() as database:
            assert database.execute("SELECT count(*), sum(count(*)) OVER () FROM read_parquet(?)", [str(file)]).fetchall()[0][0] == table.num_rows  # fmt: skip
    (day,) = store.paths.archive.glob("day=*/*.parquet")
    assert pq.read_schema(day).names == ["signal", "time", "sequence", "value", "text", "quality", "delay"]
    (hours,) = store.paths.archive.glob("hour/*/*.parquet")
    assert pq.read_table(hours)["count"].to_pylist() == [2000] * 3


def test_a_kill_behind_the_last_flush_costs_no_count(open_home):
    with open_home() as store:
        store.put(wave(0, 100))
        store.reader.shelf.flush()
        store.put(wave(100, 50))
        store.put([Sample("line1/t", START, text="on")])
    with open_home() as store:  # no flush came between
        rows = {row["signal"]: row["count"] for row in store.reader.signals()}
        assert rows == {"line1/a": 150, "line1/t": 1}
        assert [row["text"] for row in store.reader.last(None)] == [None, "on"]
        assert store.put(wave(0, 150)) == 0


def test_a_home_of_the_first_release_opens(open_home, home):
    """Its database lacks the newer tables, its day files hold `received`; nothing of it is lost or doubled."""
    with open_home() as store:
        store.put(wave(0, 300))
        store.reader.shelf.flush()
    with duckdb.connect(str(home / "historian" / "hot.duckdb")) as database:
        for table in ("rolled", "months", "kept", "generation"):
            database.execute(f"DROP TABLE {table}")
        folder = home / "historian" / "archive" / "day=2024-10-03"
        folder.mkdir()
        old = pa.Table.from_batches([batch(wave(0, 400, "line1/b", start=START - DAY))])
        pq.write_table(old, folder / "1.parquet", compression="zstd", write_statistics=["signal", "time"])
        low, high = old["time"][0].as_py(), old["time"][-1].as_py()
        database.execute("INSERT INTO dayfiles VALUES (?, ?, ?, ?, ?, ?)", ["day=2024-10-03/1.parquet", "2024-10-03", low, high, 400, 1])  # fmt: skip
        database.execute("INSERT INTO signals VALUES (1, 'line1/b')")
        database.execute("INSERT INTO last SELECT 1, $t, 0, 0.0, NULL, 0, 0, 400, $f", {"t": high, "f": low})
    with open_home() as store:
        assert {row["signal"]: row["count"] for row in store.reader.signals()} == {
            "line1/a": 300,
            "line1/b": 400,
        }
        before = everything(store)
        assert len(before) == 700
        assert before[-1][3] == before[-1][1] + 9
        drawn = store.reader.trend(["line1/b"], START - DAY, START, 24)
        assert store.put(wave(0, 400, "line1/b", start=START - DAY)) == 0
        assert store.dayfiles.roll_up_missing() == 0
        assert [piece.hours for piece in store.reader.shelf.view.pieces] == [True]
        assert everything(store) == before
        assert close([drawn | store.reader.trend(NAMES[:1] + NAMES[2:], 0, 1, 1)], [store.reader.trend(["line1/b"], START - DAY, START, 24) | store.reader.trend(NAMES[:1] + NAMES[2:], 0, 1, 1)])  # fmt: skip


def test_a_lost_database_is_rebuilt_from_new_and_old_day_files(open_home, home):
    with open_home() as store:
        store.put(wave(0, 300) + wave(0, 100, "line1/b", start=START - DAY))
        store.dayfiles.compact(TODAY)
        store.dayfiles.compact(date(2024, 10, 3))
        before = everything(store)
    for file in (home / "historian").glob("hot.duckdb*"):
        file.unlink()
    with open_home() as store:
        assert everything(store) == before
        assert store.reader.last(["line1/a"])[0]["received"] == START + 299 * SECOND + 9
        assert not list(store.paths.archive.glob("hour/*/*"))
        store.dayfiles.roll_up_missing()
        assert list(store.paths.archive.glob("hour/*/*"))


def test_a_disk_that_is_nearly_full_stops_ingest_until_there_is_room(tmp_path):
    free = [1000]
    disk = Disk(tmp_path, 500, lambda _: free[0])
    assert disk.look()
    free[0] = 499
    assert not disk.look()
    free[0] = 600  # a little more is not enough to begin again
    assert not disk.look()
    free[0] = 750
    assert disk.look()


def test_with_a_full_disk_logs_keep_what_comes_and_health_says_so(home, start):
    """The bound is set above what the disk has, which is what a full disk looks like to the process."""
    from dure.plant.historian.disk import Disk as Watched

    least = shutil.disk_usage(home.parent).free + 2**40
    code = Settings(free_bytes=least)
    watched = Watched(home.parent, code.free_bytes)
    assert not watched.look()
    with start(home, free_bytes=least) as (client, process):
        with SegmentLog(home / "segments" / "line1") as log:
            log.append(batch(wave(0, 10)))
        health = client.health()
        assert health["disk"]["full"]
        assert health["state"] == "failing"
        assert "nearly full" in health["error"]
        assert client.signals() == []
        assert health["sources"]["line1"]["behind"] > 0
        process.terminate()
        assert process.wait(30) == 0
    with start(home) as (client, _):
        while not client.signals():
            pass
        assert client.signals()[0]["count"] == 10
        assert client.health()["disk"]["full"] is False


def test_the_schema_of_samples_is_what_a_query_gives(store):
    store.put(wave(0, 10))
    store.dayfiles.compact(TODAY)
    assert next(iter(store.reader.query(["line1/a"], 0, 2**62))).to_table().schema == SAMPLE_SCHEMA

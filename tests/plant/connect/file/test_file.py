"""Files as a source: every row once, with its own time."""

import asyncio

import polars as pl
import pytest

from dure.plant.connect import AddressRefused, Place, Source, SourceOdd, WriteNotArmed, open_source
from dure.plant.connect.commit import GroupCommit
from dure.plant.connect.file import Files, FileSettings
from dure.plant.transport import Kind, SegmentLog, decode, read_log

SECOND = 1_000_000_000


def deliver(home, path, **settings):
    """Run the source until it is exhausted; the rows of its log."""

    async def story():
        connector = open_source(home, Source("press", f"file://{path}", {"follow": False, **settings}))
        with SegmentLog(home / "segments" / "press") as log:
            async with GroupCommit(log, every=0.01) as sink:
                await connector.subscribe((), sink)
                await connector.close()

    asyncio.run(story())
    frames = [frame for _, frame in read_log(home / "segments" / "press") if frame.kind is Kind.SAMPLES]
    return [row for frame in frames for row in decode(frame.payload).to_pylist()]


def test_a_recorded_experiment_is_delivered_whole(home, recorded):
    file = recorded / "skab" / "valve1" / "1.csv.gz"
    rows = deliver(home, file)
    frame = pl.read_csv(file, separator=";", try_parse_dates=True)
    values = frame.drop(frame.columns[0])
    assert len(rows) == sum(values.count().row(0))
    first = frame[frame.columns[0]].cast(pl.Datetime("ns")).to_physical()[0]
    assert min(row["time"] for row in rows) == first
    name = values.columns[0]
    kept = [row["value"] for row in rows if row["signal"] == f"press/{name}"]
    assert sorted(kept) == sorted(values[name].drop_nulls().to_list())


def test_rows_that_are_added_are_read_once(home, tmp_path):
    file = tmp_path / "line.csv"
    file.write_text("time,pressure (bar)\n2026-01-01T00:00:00,1.0\n2026-01-01T00:00:01,2.0\n")
    assert [row["value"] for row in deliver(home, file)] == [1.0, 2.0]
    with file.open("a") as more:
        more.write("2026-01-01T00:00:02,3.0\n")
    assert [row["value"] for row in deliver(home, file)] == [1.0, 2.0, 3.0]
    assert [row["value"] for row in deliver(home, file)] == [1.0, 2.0, 3.0]


def test_files_without_a_time_end_at_their_last_change(home, tmp_path):
    file = tmp_path / "line.csv"
    file.write_text("force,state\n1.5,run\n2.5,stop\n,stop\n")
    rows = deliver(home, file, period=0.5)
    last = file.stat().st_mtime_ns
    forces = [(row["time"], row["value"]) for row in rows if row["signal"] == "press/force"]
    assert forces == [(last - SECOND, 1.5), (last - SECOND // 2, 2.5)]  # an empty cell is no reading
    assert [row["text"] for row in rows if row["signal"] == "press/state"] == ["run", "stop", "stop"]


def test_parquet_and_csv_of_one_folder_are_one_source(home, tmp_path):
    folder = tmp_path / "machine"
    folder.mkdir()
    (folder / "a.csv").write_text("time,x\n2026-01-01T00:00:00,1.0\n")
    pl.DataFrame({"time": ["2026-01-01T00:00:01"], "x": [2.0]}).with_columns(
        pl.col("time").str.to_datetime()
    ).write_parquet(folder / "b.parquet")
    assert sorted(row["value"] for row in deliver(home, folder)) == [1.0, 2.0]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 50])
def test_a_file_that_is_no_table_is_refused_in_one_sentence(content, home, tmp_path):
    file = tmp_path / "line.csv"
    file.write_bytes(content)
    with pytest.raises(SourceOdd, match="press") as refused:
        deliver(home, file)
    assert "\n" not in str(refused.value)


def test_an_unknown_time_column_is_refused(home, tmp_path):
    file = tmp_path / "line.csv"
    file.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(SourceOdd, match="there is no column “when”"):
        deliver(home, file, time="when")


def test_an_address_must_be_whole(home):
    with pytest.raises(AddressRefused, match="file:///"):
        Files(Place("press", "file://", home), FileSettings())


def test_a_file_is_never_written(home, tmp_path):
    files = Files(Place("press", f"file://{tmp_path}", home), FileSettings())
    from dure.vocabulary import Signal

    with pytest.raises(WriteNotArmed):
        asyncio.run(files.write(Signal("press/x", "press"), 1.0, None))


def test_a_damaged_notebook_is_begun_anew(home, tmp_path):
    file = tmp_path / "line.csv"
    file.write_text("time,x\n2026-01-01T00:00:00,1.0\n")
    deliver(home, file)
    notebook = home / "run" / "collector-press.files.db"
    notebook.write_bytes(b"{ no database" * 100)
    rows = deliver(home, file)
    assert {(row["time"], row["sequence"], row["value"]) for row in rows} == {
        (1_767_225_600 * SECOND, 0, 1.0)
    }
    assert notebook.read_bytes().startswith(b"SQLite format 3")

"""A watched folder: files that grow, are renamed, rotated, rewritten, copied away and killed between."""

# ruff: noqa: S311 - chance here hides no secret
import asyncio
import gzip
import math
import random
import shutil
import signal
import time
from datetime import UTC
from itertools import pairwise

import polars as pl
import pytest

from dure.plant.connect import Source, add_source, open_source
from dure.plant.connect.commit import GroupCommit
from dure.plant.connect.file.content import in_pieces, whole
from dure.plant.connect.file.readings import nanoseconds, time_column
from dure.plant.transport import Kind, SegmentLog, decode, read_log
from dure.vocabulary import use_language

SECOND = 1_000_000_000
BASE = 1_767_225_600
FAST = {"look": 0.05, "settle": 0.1, "whole": 1.5}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "machine"
    made.mkdir()
    return made


@pytest.fixture
def log(home):
    """Rows in the log, each identity once."""

    def rows():
        frames = [frame for _, frame in read_log(home / "segments" / "press") if frame.kind is Kind.SAMPLES]
        found = [row for frame in frames for row in decode(frame.payload).to_pylist()]
        return {(row["signal"], row["time"], row["sequence"]): row for row in found}

    return rows


@pytest.fixture
def watched(home, folder):
    """Watch the folder while a story runs: `watched(story, **settings)`."""

    def run(story, **settings):
        async def whole_story():
            connector = open_source(home, Source("press", f"file://{folder}", {**FAST, **settings}))
            with SegmentLog(home / "segments" / "press") as segments:
                async with GroupCommit(segments, every=0.01) as sink:
                    reading = asyncio.create_task(connector.subscribe((), sink))
                    try:
                        await story()
                        # rows are seen in the log a moment before they are counted: let that write come to its end
                        await sink._promise()
                    finally:
                        reading.cancel()
                        await asyncio.gather(reading, return_exceptions=True)
                        await connector.close()
                return connector.notes, sink.tally.samples

        return asyncio.run(whole_story())

    return run


async def until(what, seconds=10, every=0.03):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(every)


def lines(first, last):
    return "".join(f"2026-01-01T00:{n // 60:02}:{n % 60:02},{n}.5\n" for n in range(first, last))


def values(log):
    return sorted(row["value"] for row in log().values())


def want(count):
    return [n + 0.5 for n in range(count)]


def test_a_half_written_line_waits_for_its_end(watched, folder, log):
    file = folder / "a.csv"

    async def story():
        file.write_text("time,x\n" + lines(0, 5) + "2026-01-01T00:00:05,5")
        await until(lambda: len(log()) == 5)
        await asyncio.sleep(0.5)
        assert values(log) == want(5)
        with file.open("a") as more:
            more.write(".5\n" + lines(6, 7))
        await until(lambda: len(log()) == 7)

    watched(story, whole=20.0)  # far beyond what a loaded machine sleeps too long
    assert values(log) == want(7)


def test_a_last_line_that_never_ends_is_taken_as_it_is(watched, folder, log):
    async def story():
        (folder / "a.csv").write_text("time,x\n" + lines(0, 5).rstrip("\n"))
        await until(lambda: len(log()) == 5)
        with (folder / "a.csv").open("a") as more:
            more.write("\n" + lines(5, 7))
        await until(lambda: len(log()) == 7)

    watched(story, whole=0.4)
    assert values(log) == want(7)


def test_a_renamed_and_a_rotated_file_go_on_where_they_were(watched, folder, log):
    file = folder / "line.csv"

    async def story():
        file.write_text("time,x\n" + lines(0, 10))
        await until(lambda: len(log()) == 10)
        with file.open("a") as more:  # written, and renamed before anybody looked
            more.write(lines(10, 12))
        file.rename(folder / "line.csv.1")
        file.write_text("time,x\n" + lines(12, 15))
        await until(lambda: len(log()) == 15)
        with file.open("a") as more:
            more.write(lines(15, 17))
        shutil.copy(file, folder / "line.csv.2")  # logrotate's copytruncate
        file.write_text("time,x\n" + lines(17, 19))
        await until(lambda: len(log()) == 19)
        await asyncio.sleep(0.3)

    _, stored = watched(story)
    assert values(log) == want(19)
    assert stored == 19  # nothing was read twice


def test_a_file_rotated_while_its_rows_are_stored_is_not_read_twice(watched, folder, log, monkeypatch):
    file, room = folder / "line.csv", GroupCommit.room

    async def rotate_first(sink):  # rows are read and not yet stored
        if not (folder / "line.csv.1").exists():
            file.rename(folder / "line.csv.1")
            file.write_text("time,x\n" + lines(10, 12))
        await room(sink)

    async def story():
        monkeypatch.setattr(GroupCommit, "room", rotate_first)
        file.write_text("time,x\n" + lines(0, 10))
        await until(lambda: len(log()) == 12)
        await asyncio.sleep(0.3)

    _, stored = watched(story)
    assert values(log) == want(12)
    assert stored == 12


def test_a_file_replaced_in_place_is_read_on_or_anew(watched, folder, log):
    file, beside = folder / "export.csv", folder / "export.csv.tmp"

    async def story():
        file.write_text("time,x\n" + lines(0, 5))
        await until(lambda: len(log()) == 5)
        beside.write_text("time,x\n" + lines(0, 8))  # the export is written whole, one row more each time
        beside.rename(file)
        await until(lambda: len(log()) == 8)
        await asyncio.sleep(0.3)
        beside.write_text("time,x\n" + lines(8, 11))  # other rows under the same name
        beside.rename(file)
        await until(lambda: len(log()) == 11)

    _, stored = watched(story)
    assert values(log) == want(11)
    assert stored == 11


def test_sub_folders_patterns_and_words_of_names(watched, folder, log):
    async def story():
        (folder / "2026").mkdir()
        (folder / "2026" / "A17_force.csv").write_text("time,x\n" + lines(0, 3))
        (folder / "2026" / "A18_force.csv").write_text("time,x\n" + lines(3, 5))
        (folder / "2026" / "notes.csv").write_text("time,y\n" + lines(0, 9))
        await until(lambda: len(log()) == 7)
        await asyncio.sleep(0.3)

    watched(story, pattern="**/*_force.csv", words="{part}_*.csv")
    assert [row["value"] for row in log().values() if row["signal"] == "press/x"] == want(5)
    parts = {row["time"]: row["text"] for row in log().values() if row["signal"] == "press/part"}
    assert parts == {BASE * SECOND: "A17", (BASE + 3) * SECOND: "A18"}


def test_a_file_that_is_read_is_moved_away_only_if_that_is_wanted(watched, folder, log):
    async def story():
        (folder / "done").mkdir()
        (folder / "done" / "a.csv").write_text("an older one")
        (folder / "a.csv").write_text("time,x\n" + lines(0, 3))
        await until((folder / "done" / "a-1.csv").exists)
        assert not (folder / "a.csv").exists()
        (folder / "a.csv").write_text("time,x\n" + lines(3, 5))
        await until(lambda: len(log()) == 5)

    watched(story, done=0.3)
    assert (folder / "done" / "a.csv").read_text() == "an older one"


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-16"])
def test_korean_headers_in_any_encoding_with_a_decimal_comma(encoding, watched, folder, log):
    text = "설비;압출기\n\n시각;온도 [℃];상태\n" + "".join(
        f"2026-01-01 00:00:{n:02};{20 + n},5;{'가동' if n % 2 else '정지'}\n" for n in range(20)
    )

    async def story():
        (folder / "압출기.csv").write_bytes(text[: len(text) // 2].encode(encoding))
        await asyncio.sleep(0.3)
        (folder / "압출기.csv").write_bytes(text.encode(encoding))
        await until(lambda: len(log()) == 40)

    watched(story)
    numbers = sorted(row["value"] for row in log().values() if row["signal"] == "press/온도")
    assert numbers == [20.5 + n for n in range(20)]
    assert {row["text"] for row in log().values() if row["signal"] == "press/상태"} == {"가동", "정지"}


def test_workbooks_and_parquet_are_read_when_they_stand_still(watched, folder, log):
    frame = pl.DataFrame({"time": [f"2026-01-01T00:00:0{n}" for n in range(5)], "x": want(5)}).with_columns(
        pl.col("time").str.to_datetime()
    )

    async def story():
        frame.head(2).write_excel(folder / "a.xlsx")
        await until(lambda: len(log()) == 2)
        frame.head(3).write_excel(folder / "a.xlsx")
        content = frame.slice(3).write_parquet(folder / "whole")
        content = (folder / "whole").read_bytes()
        (folder / "b.parquet").write_bytes(content[:-50])
        await asyncio.sleep(0.4)
        (folder / "b.parquet").write_bytes(content)
        await until(lambda: len(log()) == 5)

    watched(story)
    assert values(log) == want(5)


def test_what_is_no_table_is_named_and_stops_nothing(watched, folder, log):
    async def story():
        (folder / "a.csv").write_bytes(b"%PDF-1.7 no table\n" * 50)
        (folder / "b.csv").write_text("time,x\n" + lines(0, 3))
        (folder / "a.txt").write_text("time,x\n")  # a header, and no row yet
        await until(lambda: len(log()) == 3)
        await asyncio.sleep(0.2)
        (folder / "a.txt").write_text("time,y\n" + lines(0, 1))
        with (folder / "b.csv").open("a") as more:
            more.write(",7\n" + "2026-01-01T00:00:09,overload\n")
        await until(lambda: len(log()) == 5)
        await asyncio.sleep(0.1)

    with use_language("en"):
        notes, _ = watched(story)
    assert any("a.csv is not read" in note for note in notes)
    assert not any("a.txt" in note for note in notes)
    assert any("b.csv: 1 rows have no time" in note for note in notes)
    assert [row["text"] for row in log().values() if row["quality"] == 2] == ["overload"]


def test_zeros_that_stand_where_a_share_has_not_written_yet_are_not_read(watched, folder, log):
    file = folder / "a.csv"

    async def story():
        content = ("time,x\n" + lines(0, 9)).encode()
        file.write_bytes(content[:60] + bytes(len(content) - 60))
        await asyncio.sleep(0.5)
        assert all(value in want(9) for value in values(log))
        with file.open("r+b") as again:
            again.write(content)
        await until(lambda: len(log()) == 9)

    watched(story)
    assert values(log) == want(9)


def test_rows_without_a_time_keep_theirs_over_a_restart(watched, folder, log):
    file = folder / "a.csv"

    async def first():
        file.write_text("force\n1\n2\n3\n")
        await until(lambda: len(log()) == 3)

    async def second():
        with file.open("a") as more:
            more.write("4\n5\n")
        await until(lambda: len(log()) >= 5)

    watched(first)
    before = set(log())
    watched(second)
    assert before < set(log())
    times = sorted(row["time"] for row in log().values())
    assert [b - a for a, b in pairwise(times)] == [SECOND] * 4


def test_a_text_longer_than_its_context_is_read_piece_by_piece(watched, folder, log, monkeypatch):
    monkeypatch.setattr("dure.plant.connect.file.content.CONTEXT", 500)
    monkeypatch.setattr("dure.plant.connect.file.content.PIECE", 1000)

    async def story():
        (folder / "a.csv").write_text("time,x\n" + lines(0, 300))
        await until(lambda: len(log()) == 300)
        with (folder / "a.csv").open("a") as more:
            more.write(lines(300, 310))
        await until(lambda: len(log()) == 310)

    _, stored = watched(story)
    assert values(log) == want(310)
    assert stored == 310


VENDORS = {
    "maccor_002.txt.gz": ("battery-vendor-exports", {"zone": "UTC"}),
    "neware_uio.csv.gz": ("battery-vendor-exports", {}),
    "nova_Form-CH01-01_short.csv.gz": ("battery-vendor-exports", {"zone": "America/Halifax"}),
    "pec.csv.gz": ("battery-vendor-exports", {"time": "Real Time"}),
    "arbin_2017-05-09_test-TC-contact_CH33.csv": ("battery-vendor-exports", {"time": "DateTime"}),
    "long_single_header_multi_ch.lvm.gz": ("labview-lvm", {}),
    "example_prod_with_covariates.csv.gz": ("pv-om-tickets-pvops", {"tag": "randid"}),
}


@pytest.mark.parametrize("name", VENDORS)
def test_an_export_that_a_vendor_writes_bit_by_bit_is_delivered_whole(  # noqa: PLR0917 - fixtures
    name, recorded, watched, folder, log, tmp_path
):
    place, settings = VENDORS[name]
    content = (recorded / place / name).read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    if name.startswith(("neware", "pec", "long", "example")):  # the rest of them is more of the same
        content = b"".join(content.splitlines(keepends=True)[:1500])
    copy = tmp_path / "whole.txt"
    copy.write_bytes(content)
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(settings.get("zone", "UTC"))
    rows = whole(copy, zone)
    column = time_column(rows.frame, settings.get("time", ""))
    times = nanoseconds(rows.frame[column], zone)
    expected = set()
    for header, kind in rows.frame.schema.items():
        if header != column and kind.is_numeric():
            cells = rows.frame[header].cast(float).to_list()
            expected |= {
                (t, v)
                for t, v in zip(times.tolist(), cells, strict=True)
                if v is not None and not math.isnan(v)
            }
    cuts = sorted(random.Random(name).sample(range(len(content)), 4))

    async def story():
        file = folder / name.removesuffix(".gz")
        for begin, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
            with file.open("ab") as more:
                more.write(content[begin:end])
            await asyncio.sleep(0.15)
        await until(lambda: found() >= expected, 60, 0.5)

    def found():
        return {(row["time"], row["value"]) for row in log().values() if row["text"] is None}

    watched(story, **{key: value for key, value in settings.items() if value != "UTC"}, whole=0.5)
    assert found() == expected


def killing(home, folder, collector, log, wait, rounds):  # noqa: PLR0917 - fixtures
    """Kill the collector while files grow, are rotated and come anew; all rows must be there once."""
    chance = random.Random(rounds)
    add_source(home, Source("press", f"file://{folder}", {**FAST, "time": "time"}))
    running = collector("press")
    count = 0
    for turn in range(rounds):
        for _ in range(chance.randrange(1, 6)):
            file = folder / f"{turn // 4}.csv"
            more = chance.randrange(1, 400)
            with file.open("a") as written:
                if not written.tell():
                    written.write("time,x\n")
                written.write("".join(f"{BASE + n},{n}.5\n" for n in range(count, count + more)))
            count += more
            time.sleep(chance.random() / 20)
        if chance.random() < 0.3:
            file.rename(folder / f"{turn}-rotated.csv")
        time.sleep(chance.random() * 0.8)
        running.stop(signal.SIGKILL)
        running.start()
    wait(lambda: len(log()) >= count, 60)
    assert running.stop() == 0
    kept = sorted((row["time"], row["sequence"], row["value"]) for row in log().values())
    assert kept == [((BASE + n) * SECOND, 0, n + 0.5) for n in range(count)]


def test_kills_lose_and_double_nothing(home, folder, collector, log, wait):
    killing(home, folder, collector, log, wait, 5)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_and_double_nothing(home, folder, collector, log, wait):
    killing(home, folder, collector, log, wait, 200)


def written(path, *days, form="{:02}/10/2021 00:00:00,{}"):
    """Add a row for each day to a file that is begun by its header."""
    lines = "" if path.exists() else "when,v\n"
    with path.open("a") as file:
        file.write(lines + "".join(form.format(day, day) + "\n" for day in days))


def days(log):
    """Day of the year of each reading, by value."""
    return {
        int(row["value"]): time.strftime("%m-%d", time.gmtime(row["time"] / 1e9))
        for row in log().values()
        if row["text"] is None
    }


def test_the_order_of_day_and_month_stays_when_a_file_grows(watched, folder, log):
    """Rows of one day, then rows that a guess of their own would read the other way."""

    async def story():
        written(folder / "a.csv", 5, form="{:02}/10/2021 00:00:00,{}")
        await until(lambda: len(days(log)) == 1)
        with (folder / "a.csv").open("a") as file:
            file.write("".join(f"10/{day:02}/2021 00:00:00,{100 + day}\n" for day in range(1, 10)))
        await until(lambda: len(days(log)) == 10)

    watched(story)
    assert days(log)[5] == "10-05"
    assert days(log)[103] == "03-10"


def test_a_guess_that_a_later_row_refutes_is_made_good(watched, folder, log):
    async def story():
        written(folder / "a.csv", 5, 6, form="10/{:02}/2021 00:00:00,{}")
        await until(lambda: len(days(log)) == 2)
        written(folder / "a.csv", 5, form="{:02}/13/2021 00:00:00,9")
        await until(lambda: 9 in days(log))

    notes, _ = watched(story, period=1.0)
    assert days(log)[9] == "05-13"
    assert days(log)[5] == "10-05"
    del notes


def test_dates_that_a_file_writes_in_both_orders_stop_it_with_a_note(watched, folder, log):
    async def story():
        written(folder / "a.csv", 13, 14)
        await until(lambda: len(days(log)) == 2)
        (folder / "a.csv").write_bytes(
            (folder / "a.csv").read_bytes() + b"".join(b"01/10/2021 00:00:00,1\n" for _ in range(4000))
        )
        await until(lambda: 1 in days(log))
        written(folder / "a.csv", 30, form="10/{:02}/2021 00:00:00,{}")
        await asyncio.sleep(1)

    notes, _ = watched(story)
    assert 30 not in days(log)
    assert notes


@pytest.mark.parametrize(
    ("order", "form", "wanted"),
    [
        ("dmy", "{:02}/10/2021 00:00:00,{}", "10-05"),
        ("mdy", "{:02}/10/2021 00:00:00,{}", "05-10"),
        ("ymd", "21/10/{:02} 00:00:00,{}", "10-05"),
        ("ymd", "2021/10/{:02} 00:00:00,{}", "10-05"),
    ],
)
def test_the_order_that_a_person_names_counts(order, form, wanted, watched, folder, log):  # noqa: PLR0917 - fixtures
    async def story():
        written(folder / "a.csv", 5, form=form)
        await until(lambda: len(days(log)) == 1)
        written(folder / "a.csv", 6, 7, form=form)
        await until(lambda: len(days(log)) == 3)

    watched(story, order=order)
    assert days(log)[5] == wanted
    assert {time.gmtime(row["time"] / 1e9).tm_year for row in log().values()} == {2021}


def test_a_date_that_does_not_fit_the_order_named_is_refused(watched, folder):
    async def story():
        written(folder / "a.csv", 13)
        await asyncio.sleep(1)

    notes, samples = watched(story, order="mdy")
    assert samples == 0
    assert any("order mdy" in note for note in notes)


def test_a_date_near_the_last_change_of_its_file_is_the_likelier(watched, folder, log):
    async def story():
        now = time.gmtime()
        (folder / "a.csv").write_text(f"when,v\n{time.strftime('%m/%d/%Y %H:%M:%S', now)},1\n")
        await until(lambda: len(days(log)) == 1)

    watched(story)
    assert days(log)[1] == time.strftime("%m-%d", time.gmtime())


def test_a_line_without_a_time_costs_only_itself(watched, folder, log):
    """A logger that writes ERROR where the time should be, in a file that grows."""

    async def story():
        (folder / "a.csv").write_text("when,v\n" + lines(0, 20))
        await until(lambda: len(log()) == 20)
        with (folder / "a.csv").open("a") as file:
            file.write(lines(20, 40) + "ERROR,-1\n" + lines(40, 60))
        await until(lambda: len(log()) == 60)

    notes, _ = watched(story)
    assert sorted(row["value"] for row in log().values()) == [n + 0.5 for n in range(60)]
    assert sorted({row["time"] // SECOND - BASE for row in log().values()}) == list(range(60))
    assert any("1 rows have no time" in note for note in notes)


def test_a_line_in_another_encoding_does_not_rename_the_columns(watched, folder, log):
    async def story():
        (folder / "a.csv").write_text("when,온도\n" + lines(0, 5))
        await until(lambda: len(log()) == 5)
        with (folder / "a.csv").open("ab") as file:
            file.write("2026-01-01T00:00:05,고장\n".encode("cp949") + lines(6, 10).encode())
        await until(lambda: len(log()) == 10)

    watched(story)
    assert {row["signal"] for row in log().values()} == {"press/온도"}


def test_an_arbin_result_file_is_read_whole_and_not_as_a_text(recorded, tmp_path):
    packed = recorded / "battery-vendor-exports" / "arbin_20160805_test001_45_cc_01.res.gz"
    copy = tmp_path / "test.res"
    copy.write_bytes(gzip.decompress(packed.read_bytes()))
    assert not in_pieces(copy, "auto")
    rows = whole(copy, UTC)
    assert len(rows.frame) == 10_261
    assert time_column(rows.frame, "") == "DateTime"

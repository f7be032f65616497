"""`dure query` on a running historian."""

import json
import time

import polars as pl
import pytest

from dure.node.command import run
from dure.plant.historian.moments import TimeUnreadable, duration, moment
from dure.vocabulary import Sample

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


@pytest.fixture
def recorded_line(running):
    client, _ = running
    for cell in (1, 2):
        name = f"line1/Cell0{cell}/Voltage"
        client.append("deploy", [Sample(name, START + n * SECOND, 3 + cell + n / 100) for n in range(100)])
    end = time.monotonic() + 20
    while sum(row["count"] for row in client.signals()) < 200:
        assert time.monotonic() < end
        time.sleep(0.02)


RANGE = ["--from", "2023-11-14T22:13:20", "--to", "2023-11-14T22:14:20"]


@pytest.mark.usefixtures("recorded_line")
@pytest.mark.parametrize("ending", ["parquet", "csv", "xlsx"])
def test_samples_go_to_a_file_as_its_ending_says(tmp_path, capsys, ending):
    out = tmp_path / f"out.{ending}"
    assert run(["query", "line1/*/Voltage", *RANGE, "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["rows"], facts["signals"]) == (120, ["line1/Cell01/Voltage", "line1/Cell02/Voltage"])
    frame = {"parquet": pl.read_parquet, "csv": pl.read_csv, "xlsx": pl.read_excel}[ending](out)
    assert frame["value"].to_list()[:2] == [4.0, 4.01]
    assert frame.height == 120


@pytest.mark.usefixtures("recorded_line")
def test_every_gives_a_row_a_step_and_a_column_a_signal(tmp_path):
    out = tmp_path / "out.parquet"
    assert run(["query", "line1/Cell02/Voltage", "line1/*", *RANGE, "--every", "20s", "-o", str(out)]) == 0
    frame = pl.read_parquet(out)
    assert frame.columns == ["time", "line1/Cell02/Voltage", "line1/Cell01/Voltage"]
    assert frame["line1/Cell02/Voltage"].to_list() == [5.0, 5.2, 5.4]
    assert frame["time"][1].isoformat() == "2023-11-14T22:13:40+00:00"


@pytest.mark.usefixtures("recorded_line")
def test_without_a_file_the_newest_rows_are_shown(capsys):
    assert run(["query", "line1/Cell01/Voltage", *RANGE]) == 0
    assert "20 of 60 rows" in capsys.readouterr().out


@pytest.mark.usefixtures("recorded_line")
def test_bad_words_get_one_sentence_and_nothing_is_written(tmp_path, capsys):
    for words, sentence in {
        ("line9/*",): "No signal of the 2 in the historian is called “line9/*”.",
        ("line1/*", "--from", "yesterday"): "“yesterday” is no time.",
        ("line1/*", "--every", "0s"): "“0s” is no step.",
        ("line1/*", "--to", "-2h"): "start lies after end",
        ("line1/*", "-o", str(tmp_path / "out.doc")): "does not end in .parquet, .csv or .xlsx.",
    }.items():
        assert run(["query", *words]) == 2
        error = capsys.readouterr().err
        assert sentence in error
        assert error.count("\n") == 1
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.usefixtures("home")
def test_without_a_node_there_is_one_sentence(capsys):
    assert run(["query", "line1/*", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["key"] == "historian-down"


def test_moments_and_steps_read_as_people_write_them():
    assert moment("2023-11-14", now=0) == 1_699_920_000 * SECOND
    assert moment("2023-11-15T07:13:20+09:00", now=0) == START
    assert moment("now", now=5) == 5
    assert moment("-1d", now=START) == START - 86_400 * SECOND
    assert duration("1.5h") == 5_400 * SECOND
    for wrong in ("", "h", "5", "-1h", "1y", "9" * 400 + "s"):
        with pytest.raises(TimeUnreadable):
            duration(wrong)
    for wrong in ("", "1969-12-31", "-99999w", "24/11/2026", "9999-01-01"):
        with pytest.raises(TimeUnreadable):
            moment(wrong, now=START)

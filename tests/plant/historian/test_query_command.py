"""`dure query` on a running historian."""

import json
import time

import polars as pl
import pytest

from dure.foundation.ledger import Entry
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


def asked(capsys, *words):
    assert run(["query", *words, "--json"]) == 0, capsys.readouterr()
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("recorded_line")
def test_other_kinds_of_answers_have_their_figures(tmp_path, capsys):
    out = tmp_path / "out.csv"
    name = "line1/Cell01/Voltage"
    for words, column, expected in (
        (["--every", "20s", "--take", "max"], name, [4.19, 4.39, 4.59]),
        (["--every", "30s", "--average"], name, [pytest.approx(4.145), pytest.approx(4.445)]),
        (["--every", "30s", "--interpolate"], name, [4.0, 4.3]),
        (["--states"], "seconds", [1.0] * 60),
        (["--statistics"], "mean", [pytest.approx(4.295)]),
    ):
        asked(capsys, name, *RANGE, *words, "-o", str(out))
        assert pl.read_csv(out)[column].to_list() == expected, words


@pytest.mark.usefixtures("recorded_line")
def test_lab_samples_get_the_signals_as_they_were_before_them(tmp_path, capsys):
    lab, out = tmp_path / "lab.csv", tmp_path / "out.csv"
    lab.write_text("sample,taken,viscosity\nA,2023-11-14 22:13:30,1.5\nB,2023-11-14 22:14:00,1.7\nC,,1.9\n")
    words = ["line1/*/Voltage", "--asof", str(lab), "--time", "taken", "--delay", "5s", "-o", str(out)]
    asked(capsys, *words)
    frame = pl.read_csv(out)
    assert frame["viscosity"].to_list() == [1.5, 1.7, 1.9]
    assert frame["line1/Cell02/Voltage"].to_list() == [5.05, 5.35, None]
    assert run(["query", "line1/*/Voltage", "--asof", str(lab), "--time", "sample"]) == 2
    assert "those that hold times are: none" in capsys.readouterr().err


@pytest.mark.usefixtures("recorded_line")
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_long_answer_is_written_part_by_part_and_whole(tmp_path, capsys, monkeypatch, ending):
    monkeypatch.setattr("dure.plant.historian.fetching.CELLS", 40)
    out = tmp_path / f"out.{ending}"
    facts = asked(capsys, "line1/*/Voltage", *RANGE, "-o", str(out))
    frame = (pl.read_parquet if ending == "parquet" else pl.read_csv)(out)
    assert facts["rows"] == frame.height == 120
    assert sorted(frame["value"].to_list()) == sorted(3 + c + n / 100 for n in range(60) for c in (1, 2))
    asked(capsys, "line1/*/Voltage", *RANGE, "--every", "1s", "-o", str(out))
    frame = (pl.read_parquet if ending == "parquet" else pl.read_csv)(out)
    assert frame["line1/Cell01/Voltage"].to_list() == [3 + 1 + n / 100 for n in range(60)]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.usefixtures("recorded_line")
def test_words_that_do_not_go_together_are_refused(capsys):
    for words, sentence in (
        (("--take", "max"), "--take: it needs --every."),
        (("--every", "1m", "--take", "median"), "choose among last, mean"),
        (("--every", "1m", "--average", "--states"), "only one kind of answer at a time"),
    ):
        assert run(["query", "line1/*", *words]) == 2
        assert sentence in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.usefixtures("recorded_line")
def test_corrections_and_backfills_by_the_command_are_on_record_and_in_the_ledger(tmp_path, capsys):
    name, who = "line1/Cell01/Voltage", ["--by", "Kim", "--reason", "the probe was loose"]
    span = ["--from", "2023-11-14T22:13:20", "--to", "2023-11-14T22:13:30"]
    assert run(["historian", "correct", name, *span, *who, "--remove", "--dry-run"]) == 0
    assert "10 samples would change" in capsys.readouterr().out
    assert run(["historian", "correct", name, *span, *who, "--scale", "2"]) == 0
    assert "10 samples corrected; correction 1." in capsys.readouterr().out
    assert run(["historian", "correct", name, *span, *who]) == 2
    assert "it names no new value" in capsys.readouterr().err

    old = tmp_path / "card.csv"
    old.write_text("time,Cell01/Voltage,Mode\n2023-11-10 00:00:00,3.5,Idle\n2023-11-10 00:00:01,,Run\n")
    assert run(["historian", "backfill", str(old), "--source", "line1", *who]) == 0
    assert "3 samples backfilled; correction 2." in capsys.readouterr().out
    assert run(["historian", "backfill", str(old), "--source", "line1", *who]) == 0
    assert "3 rows left out" in capsys.readouterr().out
    right = tmp_path / "right.csv"
    right.write_text("tag,when,value\nline1/Cell01/Voltage,2023-11-14 22:13:25,4.4\n")
    columns = ["--signal-column", "tag", "--time-column", "when"]
    assert run(["historian", "correct", "--table", str(right), *columns, *who]) == 0
    assert run(["historian", "undo", "3", *who]) == 0
    assert run(["historian", "undo", "1", *who]) == 0
    assert run(["historian", "undo", "1", *who]) == 2
    capsys.readouterr()
    assert run(["historian", "corrections", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["corrections"]
    assert [(row["kind"], row["rows"]) for row in rows] == [
        ("undo", 10), ("undo", 1), ("correct", 1), ("backfill", 3), ("correct", 10)]  # fmt: skip
    entries = Entry.objects.order_by("index").values_list("what", "object")
    assert [what for what, _ in entries] == [
        "historian.corrected", "historian.backfilled", "historian.corrected", "historian.undone", "historian.undone"]  # fmt: skip
    assert not any("Kim" in entry.facts for entry in Entry.objects.all())

"""Classes of signals: what they no longer keep goes from whole files, and nothing else does."""

import json
from datetime import date

import pytest

from dure.node.command import run
from dure.plant.historian import ClassesWrong
from dure.plant.historian.classes import FILE, class_of, parse_classes, read_classes, write_example
from dure.plant.historian.retention import going, retain
from dure.plant.historian.writing import DAY
from dure.vocabulary import Sample

START = 20_000 * DAY
SECOND = 1_000_000_000
HOUR = 3600 * SECOND
CLASSES = """
[vibration]
patterns = ["*/Vibration*"]
raw_days = 2
minute_days = 4
hour_days = 40
"""


@pytest.fixture
def three_days(store):
    for day in range(3):
        store.put(
            [
                Sample(name, START + day * DAY + n * 5 * SECOND, value=float(n))
                for name in ("line1/Vibration", "line1/Level")
                for n in range(2000)
            ]
        )
        store.dayfiles.compact(date.fromordinal(date(2024, 10, 4).toordinal() + day))
    return store


def at_day(store, day, *, dry_run=False):
    return retain(store.dayfiles.register, parse_classes(CLASSES), START + day * DAY, dry_run=dry_run)


def counts(store):
    return {name: len(store.rows([name])) for name in ("line1/Vibration", "line1/Level")}


def test_a_dry_run_says_what_would_go_and_removes_nothing(three_days):
    facts = at_day(three_days, 3, dry_run=True)
    assert [(item["kind"], item["where"], item["signals"]) for item in facts["items"]] == [
        ("samples", "2024-10-04", 1)
    ]
    assert facts["bytes"]["samples"] > 0
    assert counts(three_days) == {"line1/Vibration": 6000, "line1/Level": 6000}


def test_old_samples_of_a_class_go_and_their_trend_stays(three_days):
    before = three_days.reader.trend(["line1/Vibration"], START, START + DAY, 24)
    facts = at_day(three_days, 3)
    assert facts["bytes"]["samples"] > 0
    assert counts(three_days) == {"line1/Vibration": 4000, "line1/Level": 6000}
    assert three_days.reader.trend(["line1/Vibration"], START, START + DAY, 24) == before
    assert (
        three_days.reader.trend(["line1/Level"], START, START + DAY, 24)["line1/Level"]
        == before["line1/Vibration"]
    )
    assert at_day(three_days, 3)["items"] == []
    (event,) = three_days.reader.events("historian")
    assert (event["what"], event["facts"]["removed"][0]["where"]) == ("retention", "2024-10-04")


def test_minutes_then_hours_go_each_in_their_time(three_days):
    at_day(three_days, 5)
    assert {item["kind"] for item in at_day(three_days, 7, dry_run=True)["items"]} == {"minutes"}
    at_day(three_days, 7)
    assert (
        len(
            three_days.reader.trend(["line1/Vibration"], START, START + 4 * DAY, 30)["line1/Vibration"]["min"]
        )
        > 0
    )
    at_day(three_days, 100)
    assert (
        three_days.reader.trend(["line1/Vibration"], START, START + 4 * DAY, 4)["line1/Vibration"]["min"]
        == []
    )
    assert counts(three_days) == {"line1/Vibration": 0, "line1/Level": 6000}


def test_a_finer_zoom_draws_the_minutes_and_then_the_hours_that_are_left(three_days):
    """2,000 samples 5 s apart: 2 h 46 min 40 s of a day, in 3 hours and 167 minutes."""
    name, span = "line1/Vibration", (START, START + 3 * HOUR)
    fine = three_days.reader.trend([name, "line1/Level"], *span, 1000)
    at_day(three_days, 3)
    drawn = three_days.reader.trend([name, "line1/Level"], *span, 1000)
    assert len(drawn[name]["min"]) == 167
    assert drawn["line1/Level"] == fine["line1/Level"]
    assert (min(drawn[name]["min"]), max(drawn[name]["max"])) == (0.0, 1999.0)
    at_day(three_days, 5)
    for points in (1000, 60):  # finer than a minute, and in minutes
        drawn = three_days.reader.trend([name], *span, points)[name]
        assert drawn["min"] == [0.0, 720.0, 1440.0]
        assert drawn["max"] == [719.0, 1439.0, 1999.0]
        assert drawn["mean"] == [359.5, 1079.5, 1719.5]


def test_samples_gone_by_retention_do_not_come_back_with_a_late_one(three_days):
    at_day(three_days, 3)
    three_days.put([Sample("line1/Level", START + 7, value=-1.0)])
    three_days.dayfiles.compact(date(2024, 10, 4))
    assert counts(three_days) == {"line1/Vibration": 4000, "line1/Level": 6001}
    assert min(three_days.reader.trend(["line1/Level"], START, START + DAY, 24)["line1/Level"]["min"]) == -1.0


def test_what_fits_no_class_is_kept_for_ever(three_days):
    assert going(three_days.reader.shelf, parse_classes(""), START + 10_000 * DAY) == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[a]\npatterns = 3\n", 2, "patterns is a list"),
        ('[a]\npatterns = ["x"]\nraw_days = -1\n', 3, "raw_days is a whole number"),
        ('[b]\npatterns = ["x"]\n\n[a]\npatterns = ["x"]\nraw_dyas = 1\n', 6, "raw_dyas is not known"),
        ("[a]\nraw_days = 3\n", 1, "has no patterns"),
        ("\n\nraw_days = 3\n", 3, "raw_days is no class"),
        ("[a]\npatterns = [\n", 2, ""),
    ],
)
def test_a_wrong_line_is_named(text, line, reason):
    with pytest.raises(ClassesWrong, match=rf"Line {line} of classes.toml: .*{reason}"):
        parse_classes(text)


def test_the_example_is_laid_down_once_and_means_nothing_yet(tmp_path):
    write_example(tmp_path)
    assert read_classes(tmp_path) == ()
    (tmp_path / FILE).write_text(CLASSES)
    write_example(tmp_path)
    assert class_of("x/Vibration2", read_classes(tmp_path)).name == "vibration"


def test_the_command_says_what_would_go_and_names_a_wrong_line(running, home, capsys):
    client, _ = running
    client.append("deploy", [Sample("deploy/p", START + n * SECOND, value=1.0) for n in range(50)])
    while not client.signals():
        pass
    client.compact("2024-10-04")
    (home / "historian" / FILE).write_text('[all]\npatterns = ["*"]\nraw_days = 30\n')
    assert run(["historian", "retention", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["kind"] == "samples"
    assert client.query(["deploy/p"], START, START + DAY).num_rows == 50
    assert run(["historian", "retention"]) == 0
    assert client.query(["deploy/p"], START, START + DAY).num_rows == 0
    (home / "historian" / FILE).write_text("[all]\nraw_days = 30\n")
    assert run(["historian", "retention"]) == 2
    assert "Line 1 of classes.toml" in capsys.readouterr().err

"""Every measure, found by its place, is held to the promise; nothing here names a measure."""

import ast
import inspect
import string
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dure.science.quality import Characteristic, Subject, measures
from dure.science.quality.injection import DEFECTS, detected

SPOILT = pl.DataFrame(
    {
        "at": [0, 60, 120, 180, 170, 240, 300, 300, 360, 420, 480, 540, 600, 660, 9000] * 4,
        "bar ": [1.5 + 0.01 * n for n in range(60)],
        "temp [C]": [20.0, None, -9999.0] * 20,
        "load (furlongs)": [float(n % 3) for n in range(60)],
        "weight": ["1,5", "2,25"] * 30,
        "mode": ["7", "8", "ERR"] * 20,
        "scrap": [0] * 58 + [1] * 2,
    },
    strict=False,
).with_columns(pl.from_epoch("at").alias("at"))
TABLES = {
    "spoilt": SPOILT,
    "no rows": SPOILT.clear(),
    "one row": SPOILT.head(1),
    "no values": SPOILT.with_columns(
        pl.lit(None).cast(kind).alias(name) for name, kind in SPOILT.schema.items()
    ),
    "not a number": SPOILT.with_columns(pl.lit(float("nan")).alias("temp [C]")),
    "no columns": pl.DataFrame(),
}


def _slow(chance, rows, level):
    """A signal around `level` whose rows follow each other, and which never leaves its range."""
    noise = chance.normal(size=rows + 60)
    return (
        level
        + 0.02 * level * np.convolve(noise, np.ones(61) / 61**0.5, "valid")
        + 0.002 * level * noise[:rows]
    )


def _sound():
    """A year of hours with its clock, and parts with a label and no clock; nothing is wrong with either."""
    chance = np.random.default_rng(0)
    hours = [datetime(2023, 1, 1) + timedelta(hours=hour) for hour in range(8_700)]  # noqa: DTZ001 - a plant's local time
    year = pl.DataFrame(
        {"at": hours}
        | {
            name: _slow(chance, 8_700, level)
            for name, level in (("flow", 50.0), ("amps", 20.0), ("rpm", 900.0))
        }
    )
    parts = pl.DataFrame(
        {
            name: _slow(chance, 2_000, level)
            for name, level in (("bar", 6.0), ("warmth", 80.0), ("force", 300.0))
        }
    )
    parts = parts.with_columns(scrap=pl.Series((chance.random(2_000) < 0.15).astype(int)))
    line = pl.DataFrame(
        {
            name: _slow(chance, 2_000, level)
            for name, level in (("feed", 6.0), ("heat", 80.0), ("draw", 300.0))
        }
    )
    line = line.with_columns(
        yield_=3 * pl.col("feed") + 0.2 * pl.col("heat") + pl.Series(0.1 * chance.normal(size=2_000))
    )
    return (
        Subject(year, (len(year),)),
        Subject(parts, (len(parts),), "scrap"),
        Subject(line, (len(line),), "yield_"),
    )


SOUND = _sound()


@pytest.mark.parametrize("measure", measures(), ids=lambda member: member.key)
@pytest.mark.parametrize("table", TABLES)
def test_a_measure_takes_any_table_and_leaves_it_as_it_was(measure, table):
    frame = TABLES[table].clone()
    segments = (len(frame) // 2, len(frame) - len(frame) // 2) if len(frame) > 1 else (len(frame),)
    first = list(measure().measure(Subject(frame, segments)))
    again = list(measure().measure(Subject(frame, segments)))
    assert first == again
    assert frame.equals(TABLES[table])
    for finding in first:
        assert finding.key == measure.key
        assert finding.where in (*frame.columns, "table")
        assert {"key", "where", "message", "remedy", "severity"} <= set(finding.report())
        assert "{" not in finding.message.en + finding.message.ko + finding.remedy.en + finding.remedy.ko
    for value in measure().values(Subject(frame, segments), first):
        assert value.unit != "1" or 0 <= value.value <= 1
        assert set(value.report()) >= {"characteristic", "measure", "value", "where", "words"}


@pytest.mark.parametrize("measure", measures(), ids=lambda member: member.key)
def test_a_measure_says_the_same_in_both_languages(measure):
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for text in (measure.says, measure.remedy, measure.together, measure.title, measure.how):
        assert places(text.en) == places(text.ko)
        assert bool(text.en) == any("가" <= sign <= "힣" for sign in text.ko)


@pytest.mark.parametrize("measure", measures(), ids=lambda member: member.key)
def test_a_measure_names_its_characteristic_as_its_folder_and_how_it_is_computed(measure):
    assert measure.__module__.split(".")[3] == measure.characteristic.id
    assert measure.title.en
    assert measure.how.en.endswith(".")
    assert measure.says.en or not measure.defect


@pytest.mark.parametrize("measure", [one for one in measures() if one.defect], ids=lambda member: member.key)
def test_a_measure_finds_its_own_defect_and_says_nothing_of_sound_tables(measure):
    defect = DEFECTS[measure.defect]
    seen = [
        detected(measure(), table, defect, magnitude, np.random.default_rng([seed, place]))
        for magnitude in defect.magnitudes
        for place, table in enumerate(SOUND)
        for seed in range(4)
    ]
    assert sum(one is True for one in seen) >= 4
    assert not [one.message.en for table in SOUND for one in measure().measure(table)]


def test_every_defect_is_the_defect_of_one_measure():
    assert sorted(one.defect for one in measures() if one.defect) == sorted(DEFECTS)


def test_a_large_table_is_measured_in_bounded_time():
    rows = pl.concat([SOUND[0].frame] * 12)
    subject = Subject(rows, (len(SOUND[0].frame),) * 12)
    begun = time.process_time()
    for measure in measures():
        measure().values(subject, list(measure().measure(subject)))
    # 1,000,000 rows of 20 columns take 14 s of one core; these are a fortieth
    assert time.process_time() - begun < 8


@pytest.mark.parametrize("measure", measures(), ids=lambda member: member.key)
def test_a_measure_knows_no_other_measure(measure):
    written = ast.parse(Path(inspect.getfile(measure)).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(written) if isinstance(node, ast.ImportFrom) and node.module}
    others = {f"dure.science.quality.{one.id}" for one in Characteristic}
    assert not {name for name in imported if name.rpartition(".")[0] in others}


def test_there_is_one_measure_a_key():
    keys = [measure.key for measure in measures()]
    assert len(keys) == len(set(keys)) >= 35

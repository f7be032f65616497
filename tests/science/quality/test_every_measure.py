"""Every measure, found by its place, is held to the promise; nothing here names a measure."""

import string

import polars as pl
import pytest

from dure.science.quality import Subject, measures

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
        assert set(finding.report()) == {"key", "where", "message", "remedy"}
        assert "{" not in finding.message.en + finding.message.ko + finding.remedy.en + finding.remedy.ko


@pytest.mark.parametrize("measure", measures(), ids=lambda member: member.key)
def test_a_measure_says_the_same_in_both_languages(measure):
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert places(measure.says.en) == places(measure.says.ko)
    assert any("가" <= sign <= "힣" for sign in measure.says.ko)
    assert any("가" <= sign <= "힣" for sign in measure.remedy.ko)


def test_there_is_one_measure_a_key():
    keys = [measure.key for measure in measures()]
    assert len(keys) == len(set(keys)) >= 10

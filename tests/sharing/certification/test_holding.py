"""A certificate lapses for newer rows that have moved, and says why; it goes on for rows that have not."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dure.science.prepare import read
from dure.sharing.certification import Dataset, rules, still_holds

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def codes(certificate, frame, now=NOW):
    return {(one.code, one.where) for one in still_holds(certificate, Dataset(frame), now).reasons}


def test_it_holds_for_the_rows_it_was_made_of_and_for_a_part_of_them(certificate, pump):
    assert codes(certificate, pump) == set()
    assert codes(certificate, pump.sample(1_200, seed=1).sort("datetime")) == set()


def test_recorded_valve_runs_are_not_the_sound_loop(recorded, certificate):
    moved = codes(certificate, read([recorded / "skab" / "valve2"]).frame)
    assert ("moved", "Temperature") in moved


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.drop("Pressure"), ("column-gone", "Pressure")),
        (lambda one: one.with_columns(pl.col("Pressure").cast(pl.String)), ("kind-changed", "Pressure")),
        (lambda one: one.with_columns(pl.col("Voltage") + 30), ("moved", "Voltage")),
        (lambda one: one.with_columns(pl.when(pl.int_range(pl.len()) % 5 > 0).then(pl.col("Current")).alias("Current")), ("missing-more", "Current")),
        (lambda one: pl.concat([one.head(900), one.head(900)]).with_columns(one["datetime"].alias("datetime")), ("not-met", "replayed-stretch")),
    ],
)  # fmt: skip
def test_each_reason_is_told(certificate, pump, change, reason):
    assert reason in codes(certificate, change(pump))


def test_it_ends_with_its_time(certificate, pump):
    assert codes(certificate, pump, NOW + timedelta(days=365)) == {("expired", "table")}


def test_two_shifts_of_recorded_castings_are_told_apart(recorded, make):
    one, other = (
        read([recorded / "die-casting-kr" / f"train_group_{name}.csv.gz"]).frame for name in (8412, 8722)
    )
    made = make(one.head(3_000), rules("learning-table"), target="passorfail")
    lapse = still_holds(made, Dataset(other.head(3_000), target="passorfail"), NOW)
    assert not lapse.holds
    assert all(one.says.en and one.says.ko for one in lapse.reasons)

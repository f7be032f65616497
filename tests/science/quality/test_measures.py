"""Each measure finds the defect it is named for, says how much of it there is, and is silent without it."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from dure.science.prepare import Table
from dure.science.quality import profile
from dure.science.quality.subject import counts_up, near_the_last
from dure.vocabulary import TableProblem, use_language

START = datetime(2024, 3, 5)  # noqa: DTZ001 - a plant's local time


def sound(rows=500, seed=0):
    """A table without defects: a clock of one second, two signals, a state, a label."""
    chance = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "at": [START + timedelta(seconds=row) for row in range(rows)],
            "bar": 6 + 0.1 * chance.normal(size=rows),
            "amps": 20 + chance.normal(size=rows).cumsum() * 0.05,
            "state": chance.choice(["run", "idle"], rows),
            "scrap": chance.choice([0, 1], rows),
        }
    )


def found(frame, target=None, segments=None):
    table = Table(
        frame, tuple(f"{n}.csv" for n in range(len(segments or [0]))), tuple(segments or [len(frame)])
    )
    return {(one.key, one.where): one for one in profile(table, target=target).findings}


def put(frame, column, rows, value):
    place = pl.int_range(pl.len()).is_in(rows)
    return frame.with_columns(pl.when(place).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


def test_a_sound_table_has_no_findings():
    assert found(sound()) == {}


def test_missing_values_are_counted_nan_too():
    rows = put(put(sound(), "bar", range(20), None), "bar", range(20, 25), float("nan"))
    assert found(rows)[("missing-values", "bar")].facts["fraction"] == pytest.approx(0.05)


def test_a_constant_column_is_named_with_its_value():
    assert "7.5" in found(sound().with_columns(bar=pl.lit(7.5)))[("constant-column", "bar")].message.en


def test_a_stuck_sensor_is_found_with_place_and_length():
    finding = found(put(sound(), "bar", range(100, 160), 6.01))[("stuck-sensor", "bar")]
    assert finding.facts["rows"] == 60
    assert finding.facts["place"].en == "row 101"


def test_a_signal_that_rests_by_nature_is_not_stuck():
    rows = sound().with_columns(amps=pl.Series(np.repeat(np.arange(25.0), 20)))
    assert ("stuck-sensor", "amps") not in found(rows)


def test_two_files_ending_and_beginning_on_one_value_are_no_stuck_sensor():
    rows = put(sound(), "bar", range(480, 520), 6.0)
    rows = pl.concat([put(sound(), "bar", range(480, 500), 6.0), put(sound(), "bar", range(20), 6.0)])
    assert ("stuck-sensor", "bar") not in found(rows, segments=[500, 500])
    assert ("stuck-sensor", "bar") in found(rows, segments=[1000])


def test_gaps_are_counted_with_the_longest_and_its_file():
    rows = sound()
    late = rows.with_columns(
        at=pl.when(pl.int_range(pl.len()) >= 300).then(pl.col("at") + timedelta(hours=2)).otherwise("at")
    )
    finding = found(pl.concat([rows, late]), segments=[500, 500])[("time-gaps", "at")]
    assert finding.facts["count"] == 1
    assert (finding.facts["usual"], finding.facts["longest"]) == ("1 s", "2 h")
    assert finding.facts["place"].en == "row 301 of 1.csv"
    assert "1.csv의 301행" in finding.message.ko


def test_a_clock_set_back_is_found_and_a_new_file_is_none():
    rows = pl.concat([sound(), sound(seed=1)])
    assert ("time-backwards", "at") in found(rows, segments=[1000])
    assert ("time-backwards", "at") not in found(rows, segments=[500, 500])


def test_rows_of_one_time_and_copies_of_rows_are_found():
    rows = sound()
    twice = pl.concat([rows.head(10), rows.slice(9, 1), rows.slice(10)])
    assert found(twice)[("duplicate-times", "at")].facts["count"] == 1
    assert found(twice)[("duplicate-rows", "table")].facts["count"] == 1


def test_units_in_headers_are_read_as_ucum_and_others_named():
    rows = sound().rename({"bar": "bar [kPa]", "amps": "load (furlongs)"})
    findings = found(rows)
    assert findings[("unit-in-header", "bar [kPa]")].facts["unit"] == "kPa"
    assert findings[("unit-unknown", "load (furlongs)")].facts["written"] == "furlongs"


def test_text_that_should_be_numbers_is_told_by_kind():
    rows = sound(90).with_columns(
        comma=pl.Series([f"{n},5" for n in range(90)]),
        unit=pl.Series([f"{n % 9} bar" for n in range(90)]),
        mixed=pl.Series(["ERR" if n % 9 == 0 else str(n) for n in range(90)]),
    )
    keys = {where: key for key, where in found(rows)}
    assert keys["comma"] == "decimal-comma"
    assert keys["unit"] == "numbers-as-text"
    assert keys["mixed"] == "mixed-types"
    assert found(rows)[("mixed-types", "mixed")].facts["count"] == 10


def test_thousands_are_no_decimal_commas():
    rows = sound(90).with_columns(x=pl.Series([f"1,{n:03d}" for n in range(90)]))
    assert ("numbers-as-text", "x") in found(rows)


@pytest.mark.parametrize("sign", [-1.0, 9999.0, 65535.0, -9999.0])
def test_a_sign_for_no_value_is_found_where_it_stands_apart(sign):
    assert (
        found(put(sound(), "bar", range(0, 500, 50), sign))[("sentinel-values", "bar")].facts["number"]
        == sign
    )


def test_minus_one_among_numbers_around_zero_is_a_number():
    rows = sound().with_columns(bar=pl.Series(np.random.default_rng(0).integers(-5, 6, 500)))
    assert ("sentinel-values", "bar") not in found(rows)


def test_outliers_are_counted_with_their_limits():
    finding = found(put(sound(), "bar", [7, 8, 9], 60.0))[("outliers", "bar")]
    assert finding.facts["count"] == 3
    assert finding.facts["farthest"] == "60"


def test_an_identifier_is_found_and_a_category_is_none():
    rows = sound().with_columns(
        serial=pl.Series([f"SN{n:05d}" for n in range(500)]), number=pl.Series(range(500))
    )
    assert {("identifier-column", "serial"), ("identifier-column", "number")} <= set(found(rows))
    assert ("identifier-column", "state") not in found(rows)


def test_a_rare_class_is_named_with_its_share():
    rows = put(sound().with_columns(scrap=pl.lit(0)), "scrap", range(15), 1)
    assert found(rows, target="scrap")[("class-imbalance", "scrap")].facts["count"] == 15


def test_a_column_that_tells_the_class_is_a_suspect_and_a_good_sensor_is_none():
    rows = sound().with_columns(
        verdict=pl.when(pl.col("scrap") == 1).then(pl.lit("NG")).otherwise(pl.lit("OK"))
    )
    findings = found(rows, target="scrap")
    assert findings[("leakage-suspect", "verdict")].facts["fraction"] == 1.0
    assert {where for key, where in findings if key == "leakage-suspect"} == {"verdict"}


def test_a_fault_code_that_is_set_only_with_the_fault_is_a_suspect_in_part():
    rows = put(
        put(sound().with_columns(scrap=pl.lit(0)), "scrap", range(60), 1).with_columns(code=pl.lit(0)),
        "code",
        range(30),
        7,
    )
    finding = found(rows, target="scrap")[("leakage-in-part", "code")]
    assert (finding.facts["value"], finding.facts["told"], finding.facts["usual"]) == ("7", 30, "12 %")


def test_a_column_that_tells_the_number_is_a_suspect():
    rows = sound().with_columns(watts=pl.col("amps") * 230 + 5)
    assert ("leakage-suspect", "watts") in found(rows, target="amps")


def test_a_target_without_values_gives_nothing_away():
    empty = sound().with_columns(scrap=pl.lit(None, pl.Float64))
    assert not any(key == "leakage-suspect" for key, _ in found(empty, target="scrap"))


def test_a_label_is_guessed_by_its_name_and_a_named_one_must_be_there():
    rows = put(
        sound().rename({"scrap": "passorfail"}).with_columns(passorfail=pl.lit(0)), "passorfail", range(9), 1
    )
    assert ("class-imbalance", "passorfail") in found(rows)
    with pytest.raises(TableProblem, match="“scrap” to learn"):
        found(rows, target="scrap")


def test_a_blank_in_a_header_is_found():
    assert ("blank-in-header", "bar ") in found(sound().rename({"bar": "bar "}))


def test_columns_have_kind_unit_rate_and_missing_share():
    frame = put(sound().rename({"bar": "bar [kPa]"}), "bar [kPa]", range(1, 500, 2), None)
    facts = {column.name: column.report() for column in profile(Table(frame, ("a",), (500,))).columns}
    assert facts["bar [kPa]"] == {
        "name": "bar [kPa]",
        "type": "number",
        "unit": "kPa",
        "rate": 0.5,
        "missing": 0.5,
    }
    assert (facts["at"]["type"], facts["state"]["type"], facts["amps"]["rate"]) == ("time", "text", 1.0)


def test_findings_speak_the_language_in_force():
    finding = found(sound().with_columns(bar=pl.lit(7.5)))[("constant-column", "bar")]
    with use_language("ko"):
        assert finding.report()["message"] == "“bar”은(는) 모든 행에서 7.5입니다."


def test_a_column_that_is_another_one_times_a_number_is_named_with_the_number():
    rows = sound().with_columns(watts=pl.col("amps") * 230 + 5)
    assert found(rows)[("copied-column", "watts")].message.en == "“watts” is 230 × “amps”, row by row."


def test_a_unit_that_changes_midway_is_found_where_it_changes():
    chance = np.random.default_rng(0)
    warm = 60 + np.convolve(chance.normal(size=460), np.ones(61) / 61, "valid")[:400]
    rows = sound(400).with_columns(warm=pl.Series(np.where(np.arange(400) < 250, warm, 1.8 * warm + 32)))
    finding = found(rows)[("unit-change", "warm")]
    assert finding.facts["place"].en == "row 251"
    assert "as from °C to °F" in finding.message.en
    assert ("unit-change", "warm") not in found(rows.with_columns(warm=pl.Series(warm)))


def test_a_signal_that_turns_its_sign_is_found():
    chance = np.random.default_rng(0)
    flow = 60 + np.convolve(chance.normal(size=460), np.ones(61) / 61, "valid")[:400]
    rows = sound(400).with_columns(flow=pl.Series(np.where(np.arange(400) < 250, flow, -flow)))
    assert found(rows)[("sign-flip", "flow")].facts["place"].en == "row 251"


@pytest.mark.parametrize(
    ("header", "value"), [("oven [°C]", -300.0), ("valve [%]", 350.0), ("tank [bar]", -4.0), ("pH", 22.0)]
)
def test_values_that_their_unit_forbids_are_impossible(header, value):
    rows = put(sound().with_columns(bar=pl.lit(7.0) + pl.col("bar") / 100), "bar", [7, 8], value).rename(
        {"bar": header}
    )
    finding = found(rows)[("impossible-values", header)]
    assert (finding.facts["count"], finding.facts["place"].en) == (2, "row 8")


def test_a_pressure_above_vacuum_and_a_difference_below_zero_are_possible():
    rows = sound().with_columns(a=pl.col("bar") - 6.5, b=pl.col("bar") - 400.0)
    findings = found(rows.rename({"a": "suction [bar]", "b": "change of temperature [°C]"}))
    assert not any(key == "impossible-values" for key, _ in findings)


def test_equal_inputs_with_different_labels_are_counted():
    rows = sound().drop("at")
    twisted = pl.concat([rows, rows.head(5).with_columns(scrap=1 - pl.col("scrap"))])
    assert found(twisted, target="scrap")[("conflicting-labels", "scrap")].facts["count"] == 10
    assert ("conflicting-labels", "scrap") not in found(rows, target="scrap")


def test_a_file_under_another_label_is_a_copy_that_contradicts():
    rows = sound(100).drop("at", "scrap")
    files = pl.concat(
        [
            rows.with_columns(scrap=pl.lit(0)),
            rows.with_columns(scrap=pl.lit(1)),
            sound(100, seed=5).drop("at"),
        ],
        how="vertical_relaxed",
    )
    finding = found(files, target="scrap", segments=[100, 100, 100])[("duplicate-files", "table")]
    assert finding.message.en == "2 files are copies of each other, but for scrap: 0.csv, 1.csv."


def test_a_stretch_that_was_sent_twice_is_told_as_such():
    rows = sound()
    finding = found(pl.concat([rows.head(300), rows.slice(200)]))[("time-backwards", "at")]
    assert "sent twice" in finding.message.en


@pytest.mark.parametrize(("hours", "why"), [(1, "daylight saving"), (9, "time zones"), (24, "midnight")])
def test_a_clock_that_goes_back_by_whole_hours_tells_why(hours, why):
    late = pl.int_range(pl.len()) >= 300
    rows = sound().with_columns(at=pl.when(late).then(pl.col("at") - timedelta(hours=hours)).otherwise("at"))
    assert why in found(rows)[("time-backwards", "at")].message.en


def test_a_clock_that_comes_right_again_has_no_gap():
    rows = put_time(sound(), 300, -86_400)
    assert ("time-backwards", "at") in found(rows)
    assert ("time-gaps", "at") not in found(rows)


def put_time(frame, row, seconds):
    moved = pl.int_range(pl.len()) == row
    return frame.with_columns(
        at=pl.when(moved).then(pl.col("at") + timedelta(seconds=seconds)).otherwise("at")
    )


def test_several_machines_in_one_table_are_counted():
    rows = pl.concat([sound().with_columns(bar=pl.col("bar") + step) for step in range(3)]).sort("at")
    assert "3 machines" in found(rows)[("duplicate-times", "at")].message.en


def test_a_name_that_tells_of_an_outcome_is_known_only_after():
    rows = sound().with_columns(visual_inspection=pl.Series(["ok", "not ok"] * 250))
    assert ("known-only-after", "visual_inspection") in found(rows, target="scrap")


def test_what_many_columns_share_is_one_sentence_and_each_stays_at_hand():
    rows = sound().with_columns(**{f"x{n}": pl.lit(1.0) for n in range(12)})
    seen = profile(Table(rows, ("a.csv",), (len(rows),)))
    assert sum(one.key == "constant-column" for one in seen.findings) == 12
    (told,) = [one for one in seen.to_dict()["findings"] if one["key"] == "constant-column"]
    assert told["message"].startswith("12 columns never change: “x0”")
    assert told["columns"] == [f"x{n}" for n in range(12)]


def test_findings_come_with_the_worst_first():
    rows = put(sound().with_columns(still=pl.lit(1)), "bar", range(100, 200), -9999.0)
    severities = [one.severity for one in profile(Table(rows, ("a.csv",), (len(rows),))).told]
    assert severities == sorted(severities)
    assert len(set(severities)) > 1


@pytest.mark.parametrize("count", [1, 2, 1_234])
def test_one_is_singular_and_thousands_are_parted(count):
    rows = put(sound(2_000), "bar", range(count), None)
    message = found(rows)[("missing-values", "bar")].message
    assert f"{count:,} {'value' if count == 1 else 'values'} of 2,000" in message.en
    assert f"2,000개 중 {count:,}개 값" in message.ko


def test_the_quality_of_a_table_is_told_in_the_words_of_the_standards():
    told = profile(Table(put(sound(), "bar", range(100), None), ("a.csv",), (500,))).to_dict()["quality"]
    complete = next(one for one in told if one["key"] == "missing-values")
    assert (complete["characteristic"], complete["measure"], complete["value"]) == (
        "completeness",
        "Value completeness",
        0.96,
    )
    assert {one["characteristic"] for one in told} >= {
        "accuracy",
        "completeness",
        "consistency",
        "credibility",
        "currentness",
        "precision",
    }
    rate = next(one for one in told if one["key"] == "update-frequency")
    assert (rate["value"], rate["unit"], rate["where"]) == (1.0, "Hz", "at")


def test_a_column_of_infinities_is_looked_at_without_a_warning():
    endless = sound().with_columns(pl.lit(float("inf")).alias("amps"))
    found(endless)
    assert near_the_last(np.full(9, np.inf), np.zeros(9, bool)) == 0.0
    assert not counts_up(np.array([np.inf, np.inf, -np.inf]))

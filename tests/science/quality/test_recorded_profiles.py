"""What the profile says of the recorded data sets: facts that a person has checked against the files."""

from functools import cache

import pytest

from dure.science.prepare import read
from dure.science.quality import profile


@pytest.fixture(scope="module")
def found(recorded):
    @cache
    def table(name):
        return read([recorded / name])

    def found(name, target=None):
        seen = profile(table(name), target=target)
        return seen, {(one.key, one.where): one.facts for one in seen.findings}

    return found


def test_castings(found):
    seen, findings = found("die-casting-kr/train_group_*.csv.gz", "passorfail")
    assert findings[("class-imbalance", "passorfail")]["count"] == 2_490
    sentinel = findings[("sentinel-values", "molten_volume")]
    assert (sentinel["number"], sentinel["count"], sentinel["share"]) == (-1.0, 29_682, "51.5 %")
    assert findings[("leakage-in-part", "tryshot_signal")]["told"] == 776
    assert findings[("outliers", "biscuit_thickness")]["farthest"] == "422"
    assert findings[("duplicate-times", "datetime")]["count"] == 10
    assert findings[("time-gaps", "datetime")]["longest"] == "23.1 d"
    assert ("identifier-column", "id") in findings
    assert not any(key == "leakage-suspect" for key, _ in findings)
    assert {column.type for column in seen.columns if column.name in ("date", "time", "datetime")} == {"time"}


def test_steel_works_date_their_midnight_a_day_early(found):
    seen, findings = found("steel-energy-daewoo")
    assert findings[("time-backwards", "date")]["count"] == 365
    assert "midnight" in findings[("time-backwards", "date")]["why"].en
    assert ("time-gaps", "date") not in findings
    assert {column.name: column.unit for column in seen.columns}["Usage_kWh"] == "kW.h"
    assert findings[("unit-unknown", "CO2(tCO2)")]["written"] == "tCO2"
    assert {column.rate for column in seen.columns} == {0.00111111}


def test_the_reactor_that_tripped_stands_still(found):
    _, findings = found("tennessee-eastman/d0[1-9].dat.gz")
    stuck = {where: facts for (key, where), facts in findings.items() if key == "stuck-sensor"}
    assert len(stuck) > 20
    assert {facts["place"].en for facts in list(stuck.values())[:5]} == {"row 118 of d06.dat.gz"}


def test_valve_runs_are_sampled_once_a_second(found):
    seen, findings = found("skab/valve1")
    assert {column.rate for column in seen.columns} == {1.0}
    assert findings[("time-gaps", "datetime")]["count"] == 3


def test_mouldings_are_sorted_by_their_quality_and_cells_are_sound(found):
    seen, findings = found("injection-moulding-airtlab")
    assert seen.clock is None
    assert {key for key, _ in findings} == {"sorted-by-label", "coarse-steps"}
    assert found("battery-soh-xjtu")[1] == {}


def test_failure_modes_give_the_machine_failure_away(found):
    _, findings = found("ai4i2020-synthetic", "Machine failure")
    assert {"TWF", "HDF", "OSF", "PWF"} == {where for key, where in findings if key == "leakage-in-part"}
    assert [where for key, where in findings if key == "known-only-after"] == ["RNF"]


def test_inverters_share_a_table_and_a_power_is_another_times_a_number(found):
    _, findings = found("solar-plant-india/Plant_1_Generation*")
    assert "22 machines" in findings[("duplicate-times", "DATE_TIME")]["machines"].en
    assert findings[("copied-column", "AC_POWER")]["other"] == "DC_POWER"


def test_the_end_of_daylight_saving_time_is_told(found):
    _, findings = found("nab/machine_temperature*")
    assert "daylight saving" in findings[("time-backwards", "timestamp")]["why"].en


def test_a_turbine_meter_stood_still_for_a_hundred_hours(found):
    _, findings = found("gas-turbine-emissions", "NOX")
    assert findings[("stuck-sensor", "NOX")]["rows"] == 102
    assert findings[("relation-drift", "NOX")]["ratio"] == pytest.approx(1.39, abs=0.05)


def test_a_machine_that_was_recorded_after_its_end_stands_still(found):
    seen, findings = found("cnc-kamp/experiment_*")
    assert findings[("stuck-sensor", "X_OutputPower")]["place"].en == "row 166 of experiment_05.csv.gz"
    assert ("outliers", "Z_SetAcceleration") in findings
    assert len(seen.told) <= 9


def test_a_table_on_its_side_is_told_and_nothing_else(found):
    seen, _ = found("tennessee-eastman/d00.dat.gz")
    assert seen.told[0].key == "looks-transposed"
    assert {one.key for one in seen.told} <= {"looks-transposed", "header-absent"}


@pytest.mark.parametrize(
    "name",
    ["skab/valve1", "ev-thermal-bmw-i3/TripB0*", "die-casting-kr/train*", "battery-vendor-exports/neware*"],
)
def test_no_profile_is_too_long_to_be_read(found, name):
    seen, findings = found(name)
    assert len(seen.told) <= 16 < len(findings) or len(findings) <= 16

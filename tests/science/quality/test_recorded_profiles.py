"""What the profile says of the recorded data sets: facts that a person has checked against the files."""

import pytest

from dure.science.prepare import read
from dure.science.quality import profile


@pytest.fixture
def found(recorded):
    def found(name, target=None):
        seen = profile(read([recorded / name]), target=target)
        return seen, {(one.key, one.where): one.facts for one in seen.findings}

    return found


def test_castings(found):
    seen, findings = found("die-casting-kr/train_group_*.csv.gz", "passorfail")
    assert findings[("class-imbalance", "passorfail")]["count"] == 2_490
    assert findings[("sentinel-values", "molten_volume")] | {} == {
        "value": "-1",
        "count": 29_682,
        "share": "51.5 %",
        "number": -1.0,
    }
    assert findings[("duplicate-times", "datetime")]["count"] == 10
    assert findings[("time-gaps", "datetime")]["longest"] == "23.1 d"
    assert ("identifier-column", "id") in findings
    assert not any(key == "leakage-suspect" for key, _ in findings)
    assert {column.type for column in seen.columns if column.name in ("date", "time", "datetime")} == {"time"}


def test_steel_works_date_their_midnight_a_day_early(found):
    seen, findings = found("steel-energy-daewoo")
    assert findings[("time-backwards", "date")]["count"] == 365
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


def test_mouldings_and_cells_have_outliers_and_no_clock(found):
    for name in ("injection-moulding-airtlab", "battery-soh-xjtu"):
        seen, findings = found(name)
        assert seen.clock is None
        assert {key for key, _ in findings} == {"outliers"}


def test_failure_modes_give_the_machine_failure_away(found):
    _, findings = found("ai4i2020-synthetic", "Machine failure")
    assert {"HDF", "OSF", "PWF"} <= {where for key, where in findings if key == "leakage-in-part"}

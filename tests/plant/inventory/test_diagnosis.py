"""What is wrong with a signal, seen beside its siblings."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.inventory import Finding, equipment_tree
from dure.plant.inventory.diagnosis import Measured, clock_skews, diagnose
from dure.plant.inventory.finding import SAYS
from dure.vocabulary import Level

NOW = 1_700_000_000_000_000_000


def measured(path, unit="V", **measures):
    usual = {"rate_hz": 1.0, "period_s": 1.0, "gaps": 0, "gap_share": 0.0, "longest_gap_s": 0.0, "stuck_s": 2.0,
             "skew_s": 0.1, "bad_share": 0.0, "value": 3.7, "last": NOW, "received": NOW}  # fmt: skip
    return Measured(path, path.partition("/")[0], unit, usual | measures)


def cells(count=5, **odd):
    return [measured(f"line/Cell{n:02}/Voltage", **odd.get(f"cell{n}", {})) for n in range(1, count + 1)]


def keys(found):
    return {path: [finding.key for finding in findings] for path, findings in found.items() if findings}


def test_a_healthy_line_has_no_findings():
    assert keys(diagnose(cells(), NOW)) == {}


def test_a_stuck_sensor_is_told_by_its_siblings():
    found = diagnose(cells(cell3={"stuck_s": 900.0, "value": 25.125}), NOW)
    assert keys(found) == {"line/Cell03/Voltage": ["stuck"]}
    (finding,) = found["line/Cell03/Voltage"]
    assert finding.text.en.startswith("line/Cell03/Voltage has shown 25.125 for 900 s")


def test_a_set_point_that_stands_still_everywhere_is_not_stuck():
    assert keys(diagnose(cells(**{f"cell{n}": {"stuck_s": 900.0} for n in range(1, 6)}), NOW)) == {}


def test_a_clock_41_s_behind_is_named_with_its_equipment():
    found = diagnose(cells(cell2={"skew_s": 41.2}), NOW)
    assert keys(found) == {"line/Cell02/Voltage": ["clock-skew"]}
    assert found["line/Cell02/Voltage"][0].text.en == "The clock of Cell02 is 41 s behind."
    assert found["line/Cell02/Voltage"][0].text.ko == "Cell02의 시계가 41초 늦습니다."


def test_a_clock_ahead_is_said_to_be_ahead():
    (finding,) = diagnose(cells(cell2={"skew_s": -300.0}), NOW)["line/Cell02/Voltage"]
    assert finding.text.en == "The clock of Cell02 is 300 s ahead."


def test_a_machine_alone_is_held_against_the_clock_of_the_node():
    assert keys(diagnose([measured("press/Force", skew_s=12.0)], NOW)) == {"press/Force": ["clock-skew"]}


def test_a_recording_played_back_years_later_has_no_wrong_clock():
    assert keys(diagnose([measured("skab/Pressure", skew_s=2e8)], NOW)) == {}
    assert keys(diagnose(cells(**{f"cell{n}": {"skew_s": 2e8} for n in range(1, 6)}), NOW)) == {}


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=12), st.floats(20, 1e4), st.floats(-1e6, 1e6))
def test_one_wrong_clock_never_makes_the_others_look_wrong(jitter, wrong, lag):
    line = [measured(f"line/Cell{n}/Voltage", skew_s=lag + own) for n, own in enumerate(jitter)]
    line.append(measured("line/Odd/Voltage", skew_s=lag + wrong))
    skews = clock_skews(line)
    assert abs(skews["line/Odd"] - wrong) <= 4.01
    assert all(abs(skews[one.equipment]) <= 5 for one in line[:-1])


def test_silence_gaps_bad_quality_and_a_missing_unit_are_found():
    line = [
        measured("line/Cell01/Voltage", received=NOW - 90 * 10**9),
        measured("line/Cell02/Voltage", gaps=3, gap_share=0.2, longest_gap_s=31.5),
        measured("line/Cell03/Voltage", bad_share=0.12),
        measured("line/Cell04/Voltage", unit=""),
        Measured("line/Cell05/Voltage", "line", "V", {}),
    ]
    found = diagnose(line, NOW)
    assert list(keys(found).values()) == [["silent"], ["gaps"], ["bad-quality"], ["no-unit"], ["never-spoke"]]
    assert found["line/Cell01/Voltage"][0].text.en == "line/Cell01/Voltage has not spoken for 90 s."
    assert found["line/Cell03/Voltage"][0].text.en.startswith("12 % of the samples")


def test_a_slow_signal_is_not_silent_between_its_samples():
    slow = measured("line/Lab", period_s=600.0, received=NOW - 3600 * 10**9)
    assert keys(diagnose([slow], NOW)) == {}


def test_a_file_that_was_read_long_ago_is_not_silent():
    told = Measured("lab/Density", "lab", "kg/m3", {"last": 0, "received": 0, "skew_s": 0.0}, live=False)
    assert keys(diagnose([told], NOW)) == {}


@pytest.mark.parametrize("key", SAYS)
def test_every_finding_speaks_both_languages_and_has_a_way_out(key):
    says, remedy = SAYS[key]
    for text in (says, remedy):
        assert re.search(r"[가-힣]", text.ko)
        assert not re.search(r"[가-힣]", text.en)
        assert set(re.findall(r"{(\w+)}", text.en)) - {"direction_en"} == (
            set(re.findall(r"{(\w+)}", text.ko)) - {"direction_ko"}
        )


def test_a_finding_comes_back_from_the_database_as_it_was():
    finding = Finding("no-unit", {"signal": "a/b"})
    assert Finding.from_dict(finding.to_dict()) == finding


def test_the_tree_counts_levels_from_the_machine_upwards():
    tree = {
        a.id: a for a in equipment_tree(["plant/hall/line1/Cell01/Voltage", "plant/hall/Ambient", "lone"])
    }
    assert tree["plant/hall/line1/Cell01"].level is Level.EQUIPMENT
    assert tree["plant/hall/line1"].level is Level.WORK_UNIT
    assert tree["plant/hall"].level is Level.WORK_CENTER
    assert tree["plant/hall/line1/Cell01"].parent == "plant/hall/line1"
    assert "lone" not in tree

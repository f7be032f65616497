"""A need meets what is there: near fits with exactly what is missing, and what many miss."""

from dataclasses import replace

import pytest

from dure.sharing.catalog import Column, Need, NeedWrong, PostedNeed, common, fits, publish
from dure.vocabulary import UnknownUnit

pytestmark = pytest.mark.django_db
WANTED = {
    "columns": [{"name": "Temperature", "unit": "K"}, {"name": "토크", "unit": "N.m"}],
    "rate": 10.0, "events": ["valve", "leak"], "equipment": "pump", "rows": 5000,
}  # fmt: skip


def test_a_near_fit_says_exactly_what_is_missing_in_both_languages(pump):
    entry = publish(pump)
    (near,) = fits(Need.of(WANTED))
    assert near.entry == entry.pk
    assert [one.says.en for one in near.lacks] == [
        "No column of torque (N.m).",
        "Temperature is measured at 1 Hz; 10 Hz is needed.",
        "No event “leak” is marked.",
        "It has 1,147 rows; 5,000 are needed.",
    ]
    assert [one.says.ko for one in near.lacks] == [
        "토크 열이 없습니다 (N.m).",
        "온도 측정 주기는 1 Hz입니다. 10 Hz가 필요합니다.",
        "“leak” 이벤트 표시가 없습니다.",
        "1,147행이 있습니다. 5,000행이 필요합니다.",
    ]
    assert near.share == pytest.approx(3 / 7)


def test_a_whole_fit_stands_first_and_units_of_one_kind_are_converted(pump, shelf, pump_table):
    publish(pump)
    more = (*pump.columns, Column("Spindle torque", unit="N.m", rate=20.0))
    better = replace(
        pump,
        id="upload:2",
        fingerprint="0f" * 32,
        rows=9000,
        columns=tuple(replace(one, rate=20.0) for one in more),
    )
    best = publish(shelf.put(better, pump_table.head(600)))
    wanted = {**WANTED, "events": ["밸브"]}
    near = fits(Need.of(wanted))
    assert [one.whole for one in near] == [True, False]
    assert near[0].entry == best.pk


def test_a_unit_of_another_kind_is_a_lack(pump):
    publish(pump)
    assert fits(Need.of({"columns": [{"name": "Pressure", "unit": "Cel"}]})) == []
    (near,) = fits(
        Need.of({"columns": [{"name": "Pressure", "unit": "Cel"}, {"name": "Current", "unit": "mA"}]})
    )
    assert [one.says.en for one in near.lacks] == ["“Pressure” is in bar; Cel is needed."]


def test_needs_of_several_firms_become_a_common_demand(pump):
    publish(pump)
    for by in ("did:web:a", "did:web:b", "did:web:b"):
        PostedNeed.objects.create(title="leaks", wanted=Need.of(WANTED).report(), by=by)
    PostedNeed.objects.create(
        title="closed", wanted=Need.of({"events": ["crack"]}).report(), by="did:web:c", open=False
    )
    told = {(one.part, one.what): one for one in common()}
    assert told[("events", "leak")].firms == 2
    assert told[("column", "torque")].says.ko == "토크 데이터"
    assert ("events", "crack") not in told


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({}, "columns"), ({"columns": "x"}, "columns"), ({"columns": [7]}, "columns"), ({"columns": [{"name": ""}]}, "columns"),
        ({"events": ["x"], "rate": "often"}, "rate"), ({"events": ["x"], "rows": -1}, "rows"), ({"events": ["x"] * 31}, "events"),
        ({"events": ["x"], "rate": float("nan")}, "rate"),
    ],
)  # fmt: skip
def test_a_need_that_says_nothing_is_refused(told, where):
    with pytest.raises(NeedWrong) as refused:
        Need.of(told)
    assert refused.value.where == where


def test_an_unknown_unit_is_refused():
    with pytest.raises(UnknownUnit):
        Need.of({"columns": [{"name": "x", "unit": "furlongs per fortnight"}]})

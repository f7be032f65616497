"""Standards of data are held to by the same machinery as quality."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.sharing.certification import Dataset, rules, rules_of, verify
from dure.sharing.certification.conforming import (
    is_semantic_id,
    laws,
    schema_profile,
    semantic_ids,
    units_ucum,
)

TABLE = pl.DataFrame(
    {
        "volt": [10.0, 11.0, 12.0],
        "amp": [2.0, 2.0, 2.0],
        "watt": [20.0, 22.0, 30.0],
        "state": ["on", "on", "off"],
    }
)


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("0173-1#02-AAO677#002", True), ("0173-1#01-AGJ677#002", True), ("0112/2///61360_4#AAE685#001", True),
        ("https://admin-shell.io/zvei/nameplate/1/0", True), ("urn:samm:com.example:1.0.0#Pump", True),
        ("0173-1#02-AAO677", False), ("0173-1#2-AAO677#002", False), ("temperature", False), ("", False),
        ("javascript:alert(1)", False), ("http://a b", False),
    ],
)  # fmt: skip
def test_a_semantic_id_has_its_shape(word, is_one):
    assert is_semantic_id(word) is is_one


@given(st.text(max_size=200))
def test_no_word_breaks_the_check_of_ids(word):
    assert is_semantic_id(word) in {True, False}


def test_units_and_ids_are_counted_by_column():
    assert units_ucum(TABLE, {"volt": "V", "amp": "A", "watt": "furlong"}) == {"measure": "units-ucum", "standard": "UCUM 2.1", "value": pytest.approx(2 / 3), "lacking": ["watt"]}  # fmt: skip
    assert semantic_ids(TABLE, {"volt": "0173-1#02-AAO677#002"})["value"] == 0.25


def test_a_schema_profile_says_what_each_column_must_be():
    profile = [
        {"column": "volt", "kind": "number", "unit": "mV", "low": 0, "high": 20},
        {"column": "state", "kind": "text", "one_of": ["on", "off"]},
        {"column": "state", "one_of": ["on"]},
        {"column": "amp", "unit": "A", "high": 1},
        {"column": "gone"},
        {"column": "gone", "required": False},
        {"column": "watt", "kind": "text"},
    ]
    found = schema_profile(TABLE, profile, {"volt": "V", "amp": "A"})
    assert found["lacking"] == ["volt", "state", "amp", "gone", "watt"]


def test_a_law_is_a_formula_that_stays_near_zero():
    asked = [
        {"id": "power", "formula": "=[volt]*[amp]-[watt]", "within": 0.5},
        {"id": "odd", "formula": "=[nowhere]", "within": 1},
    ]
    power, odd = laws(TABLE, asked)
    assert power["value"] == pytest.approx(2 / 3)
    assert (odd["value"], odd["lacking"]) == (0.0, ["=[nowhere]"])


def test_conformity_is_certified_as_quality_is(make, pump):
    ids = dict.fromkeys(pump.columns, "0173-1#02-AAO677#002")
    made = make(rules=rules("conformity"), ids=ids)
    held = {one["measure"]: one["met"] for one in made.says["results"] if "met" in one}
    assert held == {"units-ucum": False, "semantic-ids": True}
    assert verify(made, Dataset(pump), now=made.since).state == "holds"


def test_laws_of_a_rule_set_are_requirements(make, quick):
    rule = {
        **quick.values,
        "need": [],
        "laws": [{"id": "power", "formula": "=[volt]*[amp]-[watt]", "within": 0.5, "at_least": 0.6}],
    }
    made = make(TABLE, rules_of(json.dumps(rule)))
    (one,) = [one for one in made.says["results"] if "met" in one]
    assert (one["measure"], one["met"], one["value"]) == ("law:power", True, 0.666667)

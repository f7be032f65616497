"""Abbreviations are guessed from the texts themselves: those put in are found, and common words are left alone."""

import random
import re

import polars as pl
import pytest

from dure.science.prepare.abbreviating import Abbreviated, as_table, proposed_abbreviations
from dure.science.prepare.text.abbreviations import read_abbreviations


@pytest.fixture(scope="module")
def reports(recorded):
    file = next((recorded / "safety-accidents-stefanini").glob("*.csv"))
    return pl.read_csv(file)["Description"].to_list()


def test_abbreviations_put_into_recorded_reports_are_found(reports):
    put = {
        "eqpm": "equipment",
        "empl": "employee",
        "oprt": "operator",
        "maint": "maintenance",
        "cllb": "collaborator",
        "hydr": "hydraulic",
    }
    chance = random.Random(0)  # noqa: S311 - no secret
    shorts = {long: short for short, long in put.items()}

    def shorter(found):
        word = found[0]
        return shorts[word] if word in shorts and chance.random() < 0.4 else word

    texts = [re.sub(r"[A-Za-z]+", shorter, text) for text in reports]
    found = {one.short: one.long for one in proposed_abbreviations(texts)}
    assert sum(found.get(short) == long for short, long in put.items()) >= 5


def test_of_recorded_reports_little_is_taken_for_an_abbreviation(reports):
    found = proposed_abbreviations(reports)
    assert ("approx", "approximately") in {(one.short, one.long) for one in found}
    assert len(found) <= 8


def test_what_a_table_has_is_not_proposed_again_and_endings_are_no_abbreviations():
    texts = ["repl the bearing now", "replace the bearing now", "leak at the pump", "leaking at the pump"] * 3
    assert [one.short for one in proposed_abbreviations(texts)] == ["repl"]
    assert proposed_abbreviations(texts, ["repl"]) == ()
    assert proposed_abbreviations([]) == proposed_abbreviations([None, "펌프 누유"]) == ()


def test_the_proposals_are_a_table_that_the_step_takes(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(as_table([Abbreviated("repl", "replace", 3, 9, 0.5)]), encoding="utf-8")
    assert read_abbreviations(path) == {"en": {"repl": "replace"}}

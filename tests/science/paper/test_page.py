"""The page of a report: one file in two languages, sealed against everything else; numbers as people read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.paper import Section, Table, figure, page, percent, quantity, replay_sections
from dure.vocabulary import use_language

EVIL = '"><script>alert(1)</script>'
TOLD = Section("use", EVIL, [EVIL], tables=[(EVIL, Table((EVIL, "b"), [(EVIL, "1")]))])


def test_a_page_lets_nothing_in():
    whole = page(EVIL, {"ko": [TOLD], "en": [TOLD]}, "ko")
    assert "<script" not in whole
    assert "style=" not in whole
    assert not re.search(r"(\bsrc=|href=|url\()", whole)
    assert "default-src 'none'; style-src 'sha256-" in whole


def test_both_languages_are_in_it_and_one_is_chosen():
    whole = page("Press", {"ko": [TOLD], "en": [TOLD]}, "en")
    assert re.findall(r'<article lang="(\w+)"', whole) == ["ko", "en"]
    assert re.search(r'id="in-en" checked', whole)
    assert '<html lang="en">' in whole
    assert len(set(re.findall(r' id="([^"]+)"', whole))) == len(re.findall(r' id="([^"]+)"', whole))
    with pytest.raises(KeyError):
        page("Press", {"ko": []}, "en")


@given(st.one_of(st.floats(), st.integers(-(10**20), 10**20), st.none(), st.text()))
def test_no_number_is_ever_written_as_nan_or_with_an_e(value):
    for language in ("en", "ko"):
        with use_language(language):
            for written in (figure(value), percent(value), quantity(value, "kPa")):
                assert "nan" not in written.lower()
                assert "inf" not in written.lower()
                assert not re.search(r"\de[+-]?\d", written)


@given(st.floats(1e-4, 1e12))
def test_a_figure_is_true_to_three_digits(value):
    assert float(figure(value).replace(",", "")) == pytest.approx(value, rel=6e-3)


def test_korean_writes_percent_and_sums_in_its_own_way():
    with use_language("ko"):
        assert (percent(0.9), quantity(1451.2, "mg/m3"), quantity(3.0, "%")) == (
            "90%",
            "1,451\u00a0mg/m³",
            "3%",
        )
    with use_language("en"):
        assert (percent(0.9), quantity(3.0, "%")) == ("90\u00a0%", "3\u00a0%")


def test_a_replay_is_told_with_what_is_known():
    facts = {"deployed": {"mean_absolute_error": 3.5}, "static": {"mean_absolute_error": 7.0}, "null": {"mean_absolute_error": 9.0},
             "unit": "mg/m3", "events": [{"at": "2013-02-01", "words": "refit"}]}  # fmt: skip
    with use_language("en"):
        told = replay_sections(facts)[0]
        assert told.says == [
            "Kept right, its mean error is 3.5\u00a0mg/m³; left alone 7\u00a0mg/m³; without a model 9\u00a0mg/m³."
        ]
        assert told.tables[0][1].rows == [("2013-02-01", "refit")]
        assert replay_sections({})[0].says == []

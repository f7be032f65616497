"""What a lot came of, and with which share: real lots of a pharmaceutical plant, and drawn graphs with cycles."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.events import Link, trace
from dure.science.prepare import read

LOTS = st.sampled_from([f"L{n}" for n in range(8)])
LINKS = st.lists(st.builds(Link, LOTS, LOTS, st.none() | st.floats(0.1, 10)), max_size=25)


def backward(table):
    return lambda lots: [one for one in table if one.child in set(lots)]


def forward(table):
    return lambda lots: [one for one in table if one.parent in set(lots)]


@pytest.fixture(scope="module")
def materials(recorded):
    return read([f"{recorded}/process-pyphi-xlsx/jrpls_tpls_dataset.xlsx#Materials"]).frame


def test_the_shares_of_a_real_lot_are_those_of_its_table(materials):
    table = [
        Link(*row)
        for row in materials.select("Finished Product Lot", "Material Lot", "Ratio or Quantity").iter_rows()
    ]
    lot = table[0].child
    found = trace(lot, backward(table))
    own = materials.filter(pl.col("Finished Product Lot") == lot)
    total = own["Ratio or Quantity"].sum()
    expected = {row[1]: row[2] / total for row in own.iter_rows()}
    assert set(found.steps) == {lot, *expected}
    assert {name: found.share[name] for name in expected} == pytest.approx(expected)
    assert sum(share for name, share in found.share.items() if name != lot) == pytest.approx(1.0)


def test_what_came_of_a_material_lot_is_every_product_that_holds_it(materials):
    table = [
        Link(*row)
        for row in materials.select("Finished Product Lot", "Material Lot", "Ratio or Quantity").iter_rows()
    ]
    material = materials["Material Lot"].value_counts(sort=True)["Material Lot"][0]
    found = trace(material, forward(table), forward=True, into=backward(table))
    held = set(materials.filter(pl.col("Material Lot") == material)["Finished Product Lot"])
    assert set(found.steps) - {material} == held
    assert len(held) > 5
    for lot in held:
        own = materials.filter(pl.col("Finished Product Lot") == lot)
        part = own.filter(pl.col("Material Lot") == material)["Ratio or Quantity"].sum()
        assert found.share[lot] == pytest.approx(part / own["Ratio or Quantity"].sum())


@given(LINKS, LOTS)
def test_a_trace_ends_and_reaches_what_can_be_reached(links, lot):
    found = trace(lot, backward(links))
    reached, level = {lot}, {lot}
    while level := {one.parent for one in links if one.child in level} - reached:
        reached |= level
    assert set(found.steps) == reached
    assert not found.cut


@given(LINKS, LOTS)
def test_a_known_share_lies_between_none_and_all(links, lot):
    acyclic = [one for one in links if one.child < one.parent]
    found = trace(lot, backward(acyclic))
    shares = [share for share in found.share.values() if share is not None]
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)


def test_a_lot_that_went_into_itself_has_no_share_and_does_no_harm():
    circle = [Link("A", "B", 1.0), Link("B", "C", 1.0), Link("C", "B", 1.0)]
    found = trace("A", backward(circle))
    assert set(found.steps) == {"A", "B", "C"}
    assert found.share["B"] is None


def test_a_trace_through_a_whole_firm_is_cut_and_says_so():
    chain = [Link(f"L{n}", f"L{n + 1}", 1.0) for n in range(100)]
    assert trace("L0", backward(chain)).cut
    wide = [Link("L0", f"M{n}", 1.0) for n in range(50)]
    found = trace("L0", backward(wide), most=20)
    assert found.cut
    assert len(found.steps) == 20

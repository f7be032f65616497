"""Tables of an MES become frames and lots: read twice they are the same, and a wrong row is named."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.events import Definition, DefinitionRefused, Frame, Lot, Use, lot_genealogy, take_in
from dure.plant.events.moments import moments_in
from dure.plant.events.taking_in import ColumnAbsent
from dure.science.prepare import read

pytestmark = pytest.mark.django_db
BATCHES = """
kind = "batch"
source = "mes"
table = "lots"
key = "lot_no"
start = "started"
end = "ended"
time_zone = "Asia/Seoul"
equipment = "line1/{machine}"
lot = "lot_no"
material = "product"
uses = "raw"
used_quantity = "kg"
[equipments]
"line1/1호기" = "line1/Press01"
"""


def table(**changes):
    rows = {
        "lot_no": ["A1", "A2", "A3"],
        "started": ["2026-11-02 09:00", "2026-11-02 10:30", "2026-11-02 12:00"],
        "ended": ["2026-11-02 10:00", "2026-11-02 11:30", None],
        "machine": ["1호기", "Press02", "1호기"],
        "product": ["cap", "cap", "lid"],
        "raw": ["R7", "R7", "R8"],
        "kg": [10.0, 12.5, 9.0],
        "operator": ["김", "이", None],
    }
    return pl.DataFrame({**rows, **changes}, strict=False)


def test_rows_become_frames_at_the_plants_own_equipment():
    taken = take_in(table(), Definition.parse("press", BATCHES))
    assert (taken.frames, taken.lots, taken.uses, taken.left_out) == (3, 5, 3, 0)
    first = Frame.objects.get(key="A1")
    assert first.equipment == "line1/Press01"
    assert first.start == 1_793_577_600 * 10**9, "09:00 in Seoul is midnight UTC"
    assert first.end - first.start == 3600 * 10**9
    assert first.facts["operator"] == "김"
    assert Frame.objects.get(key="A3").end is None
    assert Lot.objects.get(pk="A2").material == "cap"
    assert Use.objects.get(child="A2").quantity == 12.5


def test_a_table_read_again_gives_the_same_frames_and_what_changed_is_brought_up_to_date():
    given_ = Definition.parse("press", BATCHES)
    take_in(table(), given_)
    take_in(table(ended=["2026-11-02 10:00", "2026-11-02 11:30", "2026-11-02 13:00"]), given_)
    assert Frame.objects.count() == 3
    assert Frame.objects.get(key="A3").end is not None
    assert Lot.objects.count() == 5
    assert Use.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"started": ["2026-11-02 09:00", "gestern", "2026-11-02 12:00"]}, "“gestern” is no time"),
        ({"started": ["2026-11-02 09:00", None, "2026-11-02 12:00"]}, "the start is empty"),
        ({"ended": [None, "2026-11-01 00:00", None]}, "it ends before it starts"),
        ({"machine": ["1호기", "", "1호기"]}, "“machine” is empty"),
        ({"lot_no": ["A1", None, "A3"]}, "the key is empty"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_are_taken(changes, why):
    taken = take_in(table(**changes), Definition.parse("press", BATCHES))
    assert taken.frames == 2
    assert [(one.row, one.why.en) for one in taken.wrong] == [(2, why)]


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ColumnAbsent, match=r"“raw”.*lot_no"):
        take_in(table().drop("raw"), Definition.parse("press", BATCHES))
    assert Frame.objects.count() == 0


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("kind = ", "Invalid value"),
        ('kind = "batches"', "batches"),
        ('kind = "batch"\nsource = "mes"\ntable = "t"\nkey = "k"', "start"),
        ('kind = "batch"\nfile = "a.csv"\nsource = "mes"', "either"),
        ('kind = "batch"\nsource = "mes"\nkey = "k"\nstart = "s"', "table"),
        ('kind = "batch"\nfile = "a"\nkey = "k"\nstart = "s"\ntime_zone = "Mars/Base"', "Mars"),
        ('kind = "batch"\nfile = "a"\nkey = "k"\nstart = "s"\nstrat = "x"', "strat"),
        ('kind = "batch"\nfile = "a"\nkey = 3\nstart = "s"', "key"),
        ('kind = "batch"\nfile = "a"\nkey = "k"\nstart = "s"\nfacts = [1]', "texts"),
    ],
)
def test_a_definition_that_cannot_be_used_says_why(written, why):
    with pytest.raises(DefinitionRefused, match=why):
        Definition.parse("press", written)


@given(st.text(max_size=120))
def test_no_text_makes_the_reader_of_definitions_fall(written):
    with pytest.raises(DefinitionRefused):
        Definition.parse("press", written)


@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(), st.datetimes()
    )
)
def test_a_cell_is_a_time_nothing_or_refused(cell):
    from zoneinfo import ZoneInfo

    try:
        found = moments_in(ZoneInfo("Asia/Seoul"))(cell)
    except (ValueError, OverflowError):
        return
    assert found is None or 0 <= found < 2**62


def test_the_genealogy_of_a_real_plant_is_taken_in_from_its_workbook(recorded):
    workbook = recorded / "process-pyphi-xlsx/jrpls_tpls_dataset.xlsx"
    written = (
        f'kind = "genealogy"\nfile = "{workbook}"\ntable = "Materials"\nlot = "Finished Product Lot"\n'
        'uses = "Material Lot"\nused_quantity = "Ratio or Quantity"\nmaterial = "Material"'
    )
    given_ = Definition.parse("materials", written)
    rows = read([f"{workbook}#Materials"]).frame
    taken = take_in(rows, given_)
    pairs = rows.select("Finished Product Lot", "Material Lot").unique().height
    assert taken.uses == Use.objects.count() == pairs
    assert taken.left_out == 0
    back = lot_genealogy("L001")
    assert back.share["A0129"] == pytest.approx(
        0.557949 / rows.filter(pl.col("Finished Product Lot") == "L001")["Ratio or Quantity"].sum(), rel=1e-4
    )
    assert Lot.objects.get(pk="A0129").material == "MAT1"

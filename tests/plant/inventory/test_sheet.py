"""Two hundred like machines from one sheet: looked at, taken in whole or not at all, taken back."""

import zipfile

import pytest
import xlsxwriter

from dure.foundation.ledger import Entry
from dure.plant.inventory.acts import StillInUse, change, undo
from dure.plant.inventory.kinds import Fit, TypesInCircle, chain, conformity, parameters_of
from dure.plant.inventory.models import Change, Equipment, EquipmentType, Signal
from dure.plant.inventory.sheet import SheetUnreadable, SheetWrong, cell_name, preview, read_sheet, take_in
from dure.vocabulary import Text

pytestmark = pytest.mark.usefixtures("db", "home", "press")
HEADERS = ["Machine ID", "Type", "Area", "Title KO", "Source", "Tag prefix", "rated force [kN]", "colour"]


@pytest.fixture
def press(kim):
    """A type of presses with a subtype of small ones."""
    with change(kim, "test", Text("types", "유형")) as writing:
        force = {"value": 100.0, "unit": "kN", "high": 120.0}
        writing.put("types", "press", {"parameters": {"rated force": force, "strokes": {"value": 30.0, "unit": "/min"}},
                                       "signals": [{"name": "*Force", "unit": "kN", "high": 150.0}, {"name": "Temp", "unit": "Cel"}]})  # fmt: skip
        writing.put("types", "small-press", {"parent_id": "press", "parameters": {"rated force": {"value": 40.0}},
                                             "signals": [{"name": "Temp", "unit": "Cel", "optional": True}]})  # fmt: skip
    return kim


def written(path, rows):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def presses(count=200):
    return [
        HEADERS,
        *(
            [f"hall/P{i:03}", "small-press", "hall", f"프레스 {i}", "plc", f"P{i:03}", 40 + i / 10, "green"]
            for i in range(count)
        ),
    ]


def test_two_hundred_machines_come_from_one_sheet_and_take_their_signals(tmp_path, press):
    for i in range(200):
        Signal.objects.create(id=f"plc/P{i:03}.Force", source="plc", name="Force", unit="kN", equipment="plc")
    Signal.objects.create(id="plc/P0011.Force", source="plc", name="Force", unit="kN", equipment="plc")
    seen = preview(read_sheet(written(tmp_path / "m.xlsx", presses())), "m.xlsx")
    assert (seen.counts["new"], seen.wrong, seen.places) == (200, [], ("hall",))
    assert not Equipment.objects.exists()
    made = take_in(seen, press)
    assert Equipment.objects.filter(type_id="small-press", parent_id="hall").count() == 200
    assert Signal.objects.get(pk="plc/P001.Force").equipment == "hall/P001"
    assert Signal.objects.get(pk="plc/P0011.Force").equipment == "plc"
    assert Entry.objects.filter(what="inventory.sheet-taken-in").count() == 1
    again = preview(read_sheet(tmp_path / "m.xlsx"), "m.xlsx")
    assert again.counts == {"new": 0, "changed": 0, "unchanged": 200, "wrong": 0}
    assert take_in(again, press) is None
    undo(made, press)
    assert not Equipment.objects.exists()
    assert Signal.objects.get(pk="plc/P001.Force").equipment == "plc"


def test_one_wrong_cell_is_named_and_nothing_is_taken_in(tmp_path, press):
    rows = presses(5)
    rows[3][1] = "mangle"
    rows[4][0] = "hall/P000"
    seen = preview(read_sheet(written(tmp_path / "m.xlsx", rows)), "m.xlsx")
    assert [(one.cell, one.why.en) for one in seen.wrong] == [
        ("B4", "there is no type “mangle”"), ("A5", "row 2 has this id too"),
    ]  # fmt: skip
    with pytest.raises(SheetWrong, match="B4"):
        take_in(seen, press)
    assert not Equipment.objects.exists()


def test_an_unknown_unit_is_named_at_its_header(tmp_path):
    rows = [[*HEADERS[:-1], "load [furlong per]"], presses(1)[1]]
    seen = preview(read_sheet(written(tmp_path / "m.xlsx", rows)), "m.xlsx")
    assert [one.cell for one in seen.wrong] == ["H1"]


def test_only_what_differs_is_changed_and_empty_cells_say_nothing(tmp_path, press):
    take_in(preview(read_sheet(written(tmp_path / "m.xlsx", presses(3))), "m.xlsx"), press)
    rows = presses(3)
    rows[1][6], rows[1][3], rows[2][5] = 55, "", ""
    seen = preview(read_sheet(written(tmp_path / "n.xlsx", rows)), "n.xlsx")
    assert seen.counts == {"new": 0, "changed": 1, "unchanged": 2, "wrong": 0}
    assert list(seen.rows[0].changes) == ["parameters"]
    take_in(seen, press)
    assert Equipment.objects.get(pk="hall/P000").parameters["rated force"] == {"value": 55.0, "unit": "kN"}
    assert Equipment.objects.get(pk="hall/P000").title_ko == "프레스 0"


def test_machines_that_would_be_part_of_themselves_are_wrong(tmp_path):
    rows = [["id", "part of"], ["a", "b"], ["b", "a"]]
    seen = preview(read_sheet(written(tmp_path / "m.xlsx", rows)), "m.xlsx")
    assert [one.cell for one in seen.wrong] == ["B2", "B3"]


def test_what_is_no_workbook_or_unfolds_too_far_is_refused(tmp_path):
    (tmp_path / "torn.xlsx").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(SheetUnreadable):
        preview(read_sheet(tmp_path / "torn.xlsx"), "torn.xlsx")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * 210_000_000)
    with pytest.raises(SheetUnreadable, match="too large"):
        read_sheet(tmp_path / "bomb.xlsx")
    with pytest.raises(SheetUnreadable):
        read_sheet(tmp_path / "absent.xlsx")


def test_parameters_are_inherited_and_overridden_fact_by_fact():
    machine = Equipment(
        id="P1", type=EquipmentType.objects.get(pk="small-press"), parameters={"rated force": {"high": 50.0}}
    )
    assert parameters_of(machine) == {
        "rated force": {"value": 40.0, "unit": "kN", "high": 50.0, "from": ""},
        "strokes": {"value": 30.0, "unit": "/min", "from": "press"},
    }


def test_a_machine_is_checked_against_its_type():
    kind = EquipmentType.objects.get(pk="small-press")
    checked, unknown = conformity(kind, [
        {"id": "plc/P1.Force/RamForce", "unit": "N", "low": 0.0, "high": 9.0}, {"id": "plc/P1/Speed", "unit": "m/s"},
    ])  # fmt: skip
    assert {one.expected.name: one.fit for one in checked} == {
        "*Force": Fit.UNIT_DIFFERS,
        "Temp": Fit.OPTIONAL,
    }
    assert unknown == ["plc/P1/Speed"]
    checked, _ = conformity(
        EquipmentType.objects.get(pk="press"), [{"id": "x/Force", "unit": "kN", "low": 0.0, "high": 160.0}]
    )
    assert {one.expected.name: one.fit for one in checked} == {
        "*Force": Fit.OUT_OF_RANGE,
        "Temp": Fit.MISSING,
    }


def test_types_in_a_circle_are_refused_and_a_type_in_use_stays(press):
    one, other = EquipmentType(id="a"), EquipmentType(id="b")
    one.parent, other.parent = other, one
    with pytest.raises(TypesInCircle):
        chain(one)
    Equipment.objects.create(id="P1", type_id="press")
    with pytest.raises(StillInUse, match="in use"), change(press, "x", Text("x", "가")) as writing:
        writing.put("types", "press", None)
    assert Change.objects.count() == 1


def test_cells_are_named_as_a_spreadsheet_does():
    assert [cell_name(column, 1) for column in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]

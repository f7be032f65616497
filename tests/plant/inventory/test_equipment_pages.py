"""The equipment pages as an engineer uses them; each answers in both languages, and only to those who may."""

import io
from datetime import UTC, datetime

import pytest
import xlsxwriter
from django.urls import reverse

from dure.plant.inventory.acts import change
from dure.plant.inventory.models import Change, Equipment, EquipmentType, Signal
from dure.vocabulary import Text

pytestmark = pytest.mark.usefixtures("db", "home", "plant")


@pytest.fixture
def plant(kim, home):
    """A line of two cells of one type; the second lacks its temperature, and its voltage is in mV."""
    home.mkdir(parents=True, exist_ok=True)
    with change(kim, "test", Text("a plant", "공장")) as writing:
        expected = [
            {"name": "Voltage", "unit": "V"},
            {"name": "*Temp*", "unit": "Cel", "low": 15.0, "high": 40.0},
        ]
        writing.put(
            "types",
            "cell",
            {
                "title_ko": "파우치 셀",
                "signals": expected,
                "parameters": {"rated": {"value": 2.9, "unit": "A.h"}},
            },
        )
        writing.put("equipment", "line1", {"level": "WorkUnit", "title_ko": "1라인"})
        for cell in ("Cell01", "Cell02"):
            writing.put("equipment", f"line1/{cell}", {"parent_id": "line1", "type_id": "cell"})
    for cell, name, unit in (
        ("Cell01", "Voltage", "V"),
        ("Cell01", "Temperature", "Cel"),
        ("Cell02", "Voltage", "mV"),
    ):
        measured = {
            "low": 20.0,
            "high": 30.0,
            "period_s": 1.0,
            "first": 10**18,
            "last": 10**18 + 10**9,
            "gap_share": 0.01,
            "gaps": 1,
        }
        Signal.objects.create(
            id=f"line1/{cell}/{name}",
            source="line1",
            name=name,
            unit=unit,
            equipment=f"line1/{cell}",
            measured=measured,
            measured_at=datetime.now(UTC),
        )
    Signal.objects.create(
        id="line1/Cell02/Current",
        source="line1",
        name="Current",
        suggested_unit="A",
        equipment="line1/Cell02",
    )
    return Equipment.objects.get(pk="line1/Cell02")


@pytest.fixture
def page(client, kim):
    client.force_login(kim)
    return client


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("view", "args"),
    [
        ("equipment:home", []), ("equipment:machine", ["line1/Cell02"]), ("equipment:machine_now", ["line1/Cell02"]),
        ("equipment:types", []), ("equipment:type", ["cell"]), ("equipment:type", ["new-one"]),
        ("equipment:sheet", []), ("equipment:renames", []), ("equipment:changes", []), ("equipment:search", []),
        ("equipment:lineage", ["signal:line1/Cell01/Voltage"]), ("inventory:signals", []),
    ],
)  # fmt: skip
def test_every_page_answers(page, kim, language, view, args):
    kim.language = language
    kim.save()
    answer = page.get(reverse(view, args=args))
    assert answer.status_code == 200
    assert "style=" not in answer.content.decode()


def test_a_worker_is_not_let_in(client, worker):
    client.force_login(worker)
    for view in (
        "equipment:home",
        "equipment:types",
        "equipment:changes",
        "equipment:search",
        "equipment:sheet",
    ):
        assert client.get(reverse(view)).status_code == 403


def test_the_machine_says_what_its_type_misses(page, kim):
    kim.language = "en"
    kim.save()
    text = page.get(reverse("equipment:machine", args=["line1/Cell02"])).content.decode()
    assert "missing" in text
    assert "other unit" in text
    assert "line1/Cell02/Current" in text
    only = page.get(reverse("equipment:home") + "?wrong=type").content.decode()
    assert "Cell02" in only
    assert "Cell01" not in only


def test_a_machine_is_moved_and_renamed_and_its_id_stays(page):
    Equipment.objects.create(id="area", level="Area")
    given = {
        "title_ko": "둘째 셀",
        "title_en": "",
        "level": "Equipment",
        "parent": "area",
        "type": "cell",
        "parameters": "rated = 3.1 A.h",
    }
    page.post(reverse("equipment:mend", args=["line1/Cell02"]), given)
    mended = Equipment.objects.get(pk="line1/Cell02")
    assert (mended.parent_id, str(mended.title), mended.parameters["rated"]["value"]) == (
        "area",
        mended.title_ko,
        3.1,
    )
    assert Signal.objects.filter(equipment="line1/Cell02").count() == 2
    again = page.post(
        reverse("equipment:mend", args=["area"]), {"parent": "line1/Cell02", "level": "Area"}, follow=True
    )
    assert Equipment.objects.get(pk="area").parent_id is None
    assert again.status_code == 200


def test_a_type_is_kept_as_lines_and_a_wrong_line_is_named(page, kim):
    kim.language = "en"
    kim.save()
    given = {
        "title_ko": "",
        "title_en": "Big cell",
        "parent": "cell",
        "template": "",
        "parameters": "rated = 5 A.h",
        "signals": "?Current | A",
    }
    page.post(reverse("equipment:type", args=["big-cell"]), given)
    kept = EquipmentType.objects.get(pk="big-cell")
    assert (kept.parent_id, kept.signals) == ("cell", [{"name": "Current", "unit": "A", "optional": True}])
    answer = page.post(
        reverse("equipment:type", args=["big-cell"]),
        {**given, "signals": "Current | A\nVoltage | furlong per"},
    )
    assert "furlong per" in answer.content.decode()
    assert EquipmentType.objects.get(pk="big-cell").signals == kept.signals


def test_suggested_units_are_confirmed_at_once_and_taken_back(page, kim):
    page.post(reverse("inventory:many") + "?wrong=suggested", {"do": "confirm"})
    current = Signal.objects.get(pk="line1/Cell02/Current")
    assert (current.unit, current.unit_source, current.confirmed_by) == ("A", "confirmed", kim)
    assert current.said["unit"]["name"] == "Kim"
    made = Change.objects.filter(what="units-confirmed").get()
    page.post(reverse("equipment:undo", args=[made.pk]))
    current.refresh_from_db()
    assert (current.unit, current.unit_source, current.confirmed_by, current.suggested_unit) == (
        "",
        "",
        None,
        "A",
    )


def test_a_fact_is_mended_in_its_cell(page, kim):
    given = {
        "signal": "line1/Cell01/Voltage",
        "semantic_id": "0173-1#02-AAO001#001",
        "owner": "kim",
        "low": "2.5",
        "high": "4,2",
    }
    refused = page.post(reverse("inventory:facts"), given, headers={"HX-Request": "true"}).content.decode()
    assert "4,2" in refused
    page.post(reverse("inventory:facts"), {**given, "high": "4.2"}, headers={"HX-Request": "true"})
    voltage = Signal.objects.get(pk="line1/Cell01/Voltage")
    assert (voltage.owner, voltage.low, voltage.high) == (kim, 2.5, 4.2)


def workbook(rows):
    place = io.BytesIO()
    with xlsxwriter.Workbook(place, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    place.seek(0)
    place.name = "machines.xlsx"
    return place


def test_a_sheet_is_looked_at_and_then_taken_in(page):
    rows = [
        ["설비 ID", "유형", "구역", "정격 용량 [A.h]"],
        ["line1/Cell02", "cell", "line1", 2.8],
        ["line1/Cell03", "cell", "화성 공정", 3],
    ]
    shown = page.post(reverse("equipment:sheet"), {"file": workbook(rows)}, follow=True)
    assert "line1/Cell03" in shown.content.decode()
    assert not Equipment.objects.filter(pk="line1/Cell03").exists()
    page.post(shown.request["PATH_INFO"])
    made = Equipment.objects.get(pk="line1/Cell03")
    assert (made.parent_id, made.parameters) == ("화성 공정", {"정격 용량": {"value": 3.0, "unit": "A.h"}})


def test_a_stranger_cannot_name_a_file_by_a_token(page):
    assert page.get(reverse("equipment:take_sheet", args=["0" * 32])).status_code == 404
    assert page.get("/equipment/sheet/..%2f..%2fsecret/").status_code == 404


def test_the_table_of_signals_comes_as_csv_and_as_a_workbook(page):
    import fastexcel

    text = page.get(reverse("inventory:export") + "?words=Cell01").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("signal,equipment,name,unit")
    content = page.get(reverse("inventory:export") + "?words=Cell01&as=xlsx").content
    sheet = fastexcel.read_excel(content).load_sheet(0).to_polars()
    assert sheet["signal"].to_list() == ["line1/Cell01/Temperature", "line1/Cell01/Voltage"]
    assert sheet["completeness"].to_list() == [0.99, 0.99]

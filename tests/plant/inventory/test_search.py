"""Search in Korean and English, with a little leave for typing errors; the index follows what changes."""

import pytest

from dure.plant.inventory.models import Equipment, EquipmentType, Signal
from dure.plant.inventory.search import Entry, Index, find
from dure.plant.inventory.search.index import FRESH

pytestmark = pytest.mark.usefixtures("db", "home")
PLANT = [
    Entry("signal", "1", "line1/Cell01/ChamberTemp", "챔버 온도 Chamber temperature Cel"),
    Entry("signal", "2", "line1/Cell01/Voltage", "셀 전압 Cell voltage V"),
    Entry("signal", "3", "press/ram_pressure", "프레스 압력 Pressure"),
    Entry("equipment", "4", "화성 챔버 7호기", "Formation chamber"),
    Entry("model", "5", "Cell health", "detect Voltage"),
    Entry("file", "6", "주조_작업일지.xlsx", "용탕온도 냉각수량"),
]


@pytest.fixture
def index(tmp_path):
    made = Index(tmp_path / "search")
    made.refresh(lambda: PLANT, now=0.0)
    return made


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("온도가", {"1", "6"}), ("챔버 온도를", {"1"}), ("용탕온도는", {"6"}), ("압력에서", {"3"}),
        ("temperature", {"1"}), ("temprature", {"1"}), ("presure", {"3"}), ("volt", {"2", "5"}),
        ("cell01 voltage", {"2"}), ("formation", {"4"}), ("챔버", {"1", "4"}), ("작업일지", {"6"}),
        ("cell health", {"5"}), ("전압의", {"2"}),
    ],
)  # fmt: skip
def test_words_find_what_they_mean(index, query, first):
    assert {hit.id for hit in index.ask(query)} == first


@pytest.mark.parametrize("query", ["", "   ", "%%%", "습도", "((", "a" * 5000, "turbine"])
def test_nothing_is_found_where_nothing_is(index, query):
    assert index.ask(query) == []


def test_what_was_asked_for_is_marked(index):
    [hit] = index.ask("작업일지가")
    assert hit.parts == (("주조_", False), ("작업일지", True), (".xlsx", False))


def test_only_one_kind_is_found_if_it_is_named(index):
    assert [hit.id for hit in index.ask("챔버", kind="equipment")] == ["4"]


def test_the_index_follows_what_changes_and_writes_only_that(index):
    changed = [PLANT[1], Entry("signal", "3", "press/ram_force", "프레스 힘 Force"), *PLANT[3:]]
    assert index.refresh(lambda: changed, now=1.0) == 0  # still fresh
    assert index.refresh(lambda: changed, now=1.0 + FRESH) == 2
    assert index.ask("압력") == []
    assert [hit.id for hit in index.ask("force")] == ["3"]
    assert index.ask("temperature") == []
    assert index.refresh(lambda: changed, now=100.0) == 0


def test_a_torn_index_is_made_anew(index, tmp_path):
    (tmp_path / "search" / "stamp.json").write_text("{")
    assert index.refresh(lambda: PLANT, now=100.0) == len(PLANT)
    assert [hit.id for hit in index.ask("formation")] == ["4"]


def test_the_plant_is_found_by_its_records():
    kind = EquipmentType.objects.create(id="cell", title_ko="파우치 셀", title_en="Pouch cell")
    Equipment.objects.create(id="line1/Cell01", title_ko="1번 셀", type=kind)
    Signal.objects.create(id="line1/Cell01/Temperature", source="line1", equipment="line1/Cell01", unit="Cel")
    assert {(hit.kind, hit.id) for hit in find("파우치 셀이")} == {
        ("type", "cell"),
        ("equipment", "line1/Cell01"),
    }
    assert ("signal", "line1/Cell01/Temperature") in {(hit.kind, hit.id) for hit in find("temperatur")}

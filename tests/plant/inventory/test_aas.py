"""Equipment as an Asset Administration Shell: passes the IDTA's own test engines, and comes back as it was."""

import zipfile

import pytest
from aas_test_engines import file as engines
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.plant.inventory.aas import (
    AasUnreadable,
    EndingUnknown,
    Series,
    read_shells,
    shell_of,
    take_in_shells,
    write_shell,
)
from dure.plant.inventory.aas.writing import id_short
from dure.plant.inventory.acts import change, undo
from dure.plant.inventory.models import Change, Equipment, Signal
from dure.vocabulary import Text

pytestmark = pytest.mark.usefixtures("db", "home")
CHECKS = {".aasx": engines.check_aasx_file, ".json": engines.check_json_file, ".xml": engines.check_xml_file}
PLATE = {
    "manufacturer": {"en": "Daon", "ko": "다온"}, "year": "2025", "serial_number": "S-1", "order_code": {"en": "O1"},
    "contact": {"street": "1 Road", "city": "Pohang", "zip": "37673", "nation": "KR"},
}  # fmt: skip
NS = 1_000_000_000


@pytest.fixture
def cell(kim):
    with change(kim, "test", Text("a cell", "셀")) as writing:
        writing.put(
            "types",
            "cell",
            {
                "title_en": "Pouch cell",
                "parameters": {"rated capacity": {"value": 2.9, "unit": "A.h", "low": 2.8, "high": 3.0}},
            },
        )
        writing.put("equipment", "line1/Cell01", {
            "title_ko": "셀 1", "type_id": "cell", "nameplate": PLATE,
            "parameters": {"색": {"value": "blue"}, "spring": {"value": True}},
        })  # fmt: skip
    for name, unit, meaning in (("Voltage", "V", "0173-1#02-AAO001#001"), ("온도", "Cel", "")):
        Signal.objects.create(
            id=f"line1/Cell01/{name}",
            source="line1",
            name=name,
            unit=unit,
            semantic_id=meaning,
            equipment="line1/Cell01",
        )
    return Equipment.objects.get(pk="line1/Cell01")


def series():
    times = [1_700_000_000 * NS + i * NS for i in range(5)]
    return Series(
        times, {"line1/Cell01/Voltage": [3.6, 3.61, None, 3.63, 3.64], "line1/Cell01/온도": [25.0] * 5}
    )


@pytest.mark.parametrize("ending", [".aasx", ".json", ".xml"])
def test_the_engines_of_the_idta_pass_it(tmp_path, cell, ending):
    shell = shell_of(cell, series(), endpoint="https://plant.example/values")
    write_shell(shell, tmp_path / f"cell{ending}")
    with (tmp_path / f"cell{ending}").open("rb") as file:
        result = CHECKS[ending](file)
    told = "\n".join(map(str, result.to_lines()))
    assert result.ok(), told
    assert "Template: DigitalNameplate" in told
    assert shell.notes == ()


def test_the_engines_do_refuse_a_nameplate_that_lacks_its_manufacturer(tmp_path, cell):
    write_shell(shell_of(cell), tmp_path / "cell.json")
    broken = (tmp_path / "cell.json").read_text().replace("0173-1#02-AAO677#002", "0173-1#02-AAO000#000")
    (tmp_path / "cell.json").write_text(broken)
    with (tmp_path / "cell.json").open("rb") as file:
        assert not engines.check_json_file(file).ok()


def test_a_nameplate_without_its_facts_is_left_out_and_that_is_said(tmp_path, cell):
    Equipment.objects.filter(pk=cell.pk).update(nameplate={})
    cell.refresh_from_db()
    shell = shell_of(cell)
    assert shell.notes[0].en == "no nameplate: manufacturer, year, contact not known"
    write_shell(shell, tmp_path / "cell.aasx")
    with (tmp_path / "cell.aasx").open("rb") as file:
        assert engines.check_aasx_file(file).ok()


@pytest.mark.parametrize("ending", [".aasx", ".json", ".xml"])
def test_it_comes_back_on_another_node_with_nameplate_and_parameters(tmp_path, cell, kim, ending):
    place = tmp_path / f"cell{ending}"
    write_shell(shell_of(cell, series()), place)
    Signal.objects.all().delete()
    Equipment.objects.all().delete()
    [found] = read_shells(place)
    assert (found.key, found.new, found.notes) == ("line1/Cell01", True, ())
    take_in_shells([found], kim)
    made = Equipment.objects.get(pk="line1/Cell01")
    assert made.title_ko == "셀 1"
    assert made.parameters == {
        "rated capacity": {"value": 2.9, "unit": "A.h", "low": 2.8, "high": 3.0},
        "색": {"value": "blue"}, "spring": {"value": True},
    }  # fmt: skip
    assert made.nameplate["manufacturer"] == {"en": "Daon", "ko": "다온"}
    assert made.nameplate["contact"]["city"] == {"en": "Pohang"}
    undo(Change.objects.get(what="aas-taken-in"), kim)
    assert not Equipment.objects.exists()


def test_the_same_shell_again_changes_nothing(tmp_path, cell, kim):
    write_shell(shell_of(cell), tmp_path / "cell.aasx")
    take_in_shells(read_shells(tmp_path / "cell.aasx"), kim)
    write_shell(shell_of(Equipment.objects.get(pk=cell.pk)), tmp_path / "again.aasx")
    assert take_in_shells(read_shells(tmp_path / "again.aasx"), kim) is None


def test_a_shell_of_another_maker_is_read(tmp_path, kim):
    """The SDK's own example of everything that AAS knows, which is none of ours."""
    from basyx.aas import model
    from basyx.aas.adapter.json import write_aas_json_file
    from basyx.aas.examples.data import example_aas

    store: model.DictIdentifiableStore = model.DictIdentifiableStore(example_aas.create_full_example())
    with (tmp_path / "foreign.json").open("w", encoding="utf-8") as file:
        write_aas_json_file(file, store)
    found = read_shells(tmp_path / "foreign.json")
    assert [one.new for one in found] == [True] * len(found)
    take_in_shells(found, kim)
    assert Equipment.objects.count() == len(found)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[1, 2", b'{"assetAdministrationShells": [{"id": 3}]}', b"<a/>", b"PK\x03\x04 torn",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><environment>&a;</environment>', b"[" * 100_000,
        "<!DOCTYPE x>".encode("utf-16-le"),
    ],
)  # fmt: skip
def test_what_is_no_shell_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(AasUnreadable):
        read_shells(tmp_path / "x.json")
    with zipfile.ZipFile(tmp_path / "x.aasx", "w") as package:
        package.writestr("aasx/data.xml", content)
    with pytest.raises(AasUnreadable):
        read_shells(tmp_path / "x.aasx")


def test_an_unknown_ending_is_refused(tmp_path, cell):
    with pytest.raises(EndingUnknown):
        write_shell(shell_of(cell), tmp_path / "cell.txt")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=200))
def test_every_name_becomes_a_name_that_aas_allows(name):
    import re

    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,126}[A-Za-z0-9]|[A-Za-z]", id_short(name))

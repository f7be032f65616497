"""`dure inventory` as the command is called: one JSON object, one sentence on bad input."""

import json

import pytest

from dure.node.command import run
from dure.plant.inventory.models import Equipment, EquipmentType, Signal

pytestmark = pytest.mark.usefixtures("db", "home", "kim")


def dure(capsys, *words):
    code = run([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_configuration_goes_out_and_comes_back(capsys, tmp_path):
    EquipmentType.objects.create(id="cell", title_en="Cell")
    Equipment.objects.create(id="line1/Cell01", type_id="cell", confirmed=True)
    code, told = dure(capsys, "inventory", "export", tmp_path)
    assert (code, told["rows"]["types"], told["rows"]["equipment"]) == (0, 1, 1)
    assert dure(capsys, "inventory", "diff", tmp_path) == (0, {"differences": [], "applied": False})
    Equipment.objects.all().delete()
    code, told = dure(capsys, "inventory", "import", tmp_path, "--dry-run")
    assert (told["applied"], len(told["differences"]), Equipment.objects.count()) == (False, 1, 0)
    code, told = dure(capsys, "inventory", "import", tmp_path, "--by", "kim")
    assert (code, told["applied"], Equipment.objects.count()) == (0, True, 1)
    from dure.plant.inventory.models import Change

    assert dure(capsys, "inventory", "undo", Change.objects.get().pk, "--by", "kim")[0] == 0
    assert Equipment.objects.count() == 0


def test_a_sheet_comes_in(capsys, tmp_path):
    (tmp_path / "m.csv").write_text("machine id,area,force [kN]\nP1,hall,40\nP2,hall,41\n")
    code, told = dure(capsys, "inventory", "import", tmp_path / "m.csv", "--by", "kim")
    assert (code, told["new"], told["places"]) == (0, 2, ["hall"])
    (tmp_path / "n.csv").write_text("machine id,type\nP1,none\n")
    code, told = dure(capsys, "inventory", "import", tmp_path / "n.csv", "--by", "kim")
    assert (code, told["error"]["key"]) == (2, "sheet-wrong")


def test_search_and_lineage_answer(capsys):
    Signal.objects.create(
        id="line1/Cell01/ChamberTemp", source="line1", description="챔버 온도", equipment="line1/Cell01"
    )
    _, told = dure(capsys, "inventory", "search", "온도가")
    assert [hit["id"] for hit in told["hits"]] == ["line1/Cell01/ChamberTemp"]
    _, told = dure(capsys, "inventory", "lineage", "signal:line1/Cell01/ChamberTemp")
    assert "dure:source:line1" in told["entity"]


def test_a_shell_goes_out_and_comes_in(capsys, tmp_path):
    Equipment.objects.create(id="line1/Cell01", title_en="Cell")
    code, told = dure(capsys, "inventory", "aas", "export", "line1/Cell01", "-o", tmp_path / "c.aasx")
    assert code == 0
    assert told["notes"]
    code, told = dure(capsys, "inventory", "aas", "import", tmp_path / "c.aasx", "--dry-run")
    assert (code, told["shells"][0]["equipment"], told["shells"][0]["new"]) == (0, "line1/Cell01", False)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["inventory", "aas", "export", "nothing", "-o", "x.aasx"], "equipment-absent"),
        (["inventory", "diff", "/nowhere"], "configuration-absent"),
        (["inventory", "import", "/nowhere.xlsx"], "sheet-unreadable"),
        (["inventory", "undo", "7"], "signal-fact-refused"),
    ],
)
def test_bad_input_is_one_sentence(capsys, words, key):
    code, told = dure(capsys, *words)
    assert (code, told["error"]["key"]) == (2, key)

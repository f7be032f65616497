"""The pages of events and lots, in both languages, and a definition written there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from dure.foundation.parties import create_first_owner, setup_token
from dure.plant.events import Frame, Lot, Use
from dure.plant.events.keeping import bring_in_due, definitions, told
from fresh_database import prepared_home

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
HOUR = 3600 * 10**9
START = 1_793_577_600 * 10**9


@pytest.fixture
def owner(client):
    person = create_first_owner(
        setup_token(), username="hana", password="정직한 기계의 말 2026", organisation="다온배터리"
    )
    client.force_login(person)
    return person


@pytest.fixture
def made():
    lots = [
        Lot.objects.create(id=name, material=material)
        for name, material in (("R7", "steel"), ("A1", "cap"), ("Z/9 x", "set"))
    ]
    Use.objects.create(child=lots[1], parent=lots[0], quantity=10.0)
    Use.objects.create(child=lots[2], parent=lots[1], quantity=2.0)
    return Frame.objects.create(
        origin="mes", key="A1", kind="batch", title="=cmd()", equipment="line1/Press01", lot=lots[1],
        start=START, end=START + HOUR, facts={"operator": "<b>김</b>"},
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.usefixtures("owner")
def test_each_page_opens(client, made, language):
    client.cookies["django_language"] = language
    pages = [
        reverse("events:frames"),
        reverse("events:frames") + "?words=A1&kind=batch&equipment=line1&days=7",
        reverse("events:frames") + "?kind=nonsense&days=x&page=999",
        reverse("events:frame", args=[made.pk]),
        reverse("events:lots") + "?words=cap",
        reverse("events:lot", args=["A1"]),
        reverse("events:lot", args=["Z/9 x"]),
        reverse("events:new_definition"),
    ]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert ("로트" if language == "ko" else "ot") in answer.content.decode()


@pytest.mark.usefixtures("owner")
def test_a_frame_shows_its_facts_as_words_and_its_lot(client, made):
    page = client.get(reverse("events:frame", args=[made.pk])).content.decode()
    assert "<b>김</b>" not in page
    assert "&lt;b&gt;김" in page
    assert reverse("events:lot", args=["A1"]) in page


@pytest.mark.usefixtures("owner", "made")
def test_a_lot_shows_what_went_in_and_what_came_of_it(client):
    page = client.get(reverse("events:lot", args=["A1"])).content.decode()
    assert reverse("events:lot", args=["R7"]) in page
    assert reverse("events:lot", args=["Z/9 x"]) in page
    assert 'class="family"' in page


@pytest.mark.usefixtures("owner", "made")
def test_the_table_holds_no_cell_that_a_spreadsheet_runs(client):
    table = client.get(reverse("events:export")).content.decode()
    assert "'=cmd()" in table
    assert "2026-11-02" in table or "2026-11-01" in table


def test_a_stranger_and_a_worker_see_nothing(client):
    assert client.get(reverse("events:frames")).status_code in (302, 403)


@pytest.mark.usefixtures("owner")
def test_an_empty_plant_is_told_how_to_begin(client):
    assert reverse("events:new_definition") in client.get(reverse("events:frames")).content.decode()


def write_csv(folder: Path) -> Path:
    file = folder / "orders.csv"
    file.write_text(
        "order;machine;from;to\nO1;Press01;2026-11-02 09:00;2026-11-02 10:00\nO2;Press01;;\n",
        encoding="cp949",
    )
    return file


@pytest.mark.usefixtures("owner")
def test_a_definition_is_tried_kept_and_read(client, home, tmp_path):
    file = write_csv(tmp_path)
    written = f'kind = "order"\nfile = "{file}"\nkey = "order"\nstart = "from"\nend = "to"\nequipment = "line1/{{machine}}"'
    tried = client.post(reverse("events:new_definition"), {"name": "orders", "written": written, "try": ""})
    assert "O2" in tried.content.decode()
    assert definitions(home) == []
    kept = client.post(
        reverse("events:new_definition"), {"name": "orders", "written": written, "save": ""}, follow=True
    )
    assert Frame.objects.get(origin="orders").equipment == "line1/Press01"
    assert told(home, "orders")["left_out"] == 1
    assert "Row 2" in kept.content.decode() or "2행" in kept.content.decode()
    client.post(reverse("events:remove", args=["orders"]))
    assert definitions(home) == []
    assert Frame.objects.count() == 1


@pytest.mark.usefixtures("owner")
def test_a_wrong_definition_keeps_what_was_typed(client):
    answer = client.post(
        reverse("events:new_definition"), {"name": "x", "written": 'kind = "typed"', "save": ""}
    )
    page = answer.content.decode()
    assert "kind = &quot;typed&quot;" in page
    assert 'role="alert"' in page


@pytest.mark.usefixtures("owner")
def test_the_nodes_own_secrets_are_no_table(client, home):
    (home / "secret").mkdir(parents=True, exist_ok=True)
    (home / "secret/keys.csv").write_text("key,start\nk,2026-01-01\n")
    written = f'kind = "order"\nfile = "{home}/secret/keys.csv"\nkey = "key"\nstart = "start"'
    page = client.post(
        reverse("events:new_definition"), {"name": "x", "written": written, "try": ""}
    ).content.decode()
    assert 'role="alert"' in page
    assert "2026-01-01" not in page


def test_a_database_is_read_again_by_itself_when_its_time_has_come(home, tmp_path):
    import sqlite3
    from contextlib import closing

    from dure.plant.connect import Source, add_source

    with closing(sqlite3.connect(tmp_path / "mes.db")) as mes:
        mes.execute("CREATE TABLE lot (no TEXT, started TEXT)")
        mes.execute("INSERT INTO lot VALUES ('A1', '2026-11-02 09:00:00')")
        mes.commit()
        add_source(home, Source("mes", f"sqlite://{tmp_path}/mes.db"))
        (home / "events").mkdir()
        (home / "events/lots.toml").write_text(
            'kind = "batch"\nsource = "mes"\ntable = "lot"\nkey = "no"\nstart = "started"\nevery = 60'
        )
        assert bring_in_due(home, 1e10) == 1, told(home, "lots")
        assert Frame.objects.count() == 1
        mes.execute("INSERT INTO lot VALUES ('A2', '2026-11-02 10:00:00')")
        mes.commit()
    assert bring_in_due(home, told(home, "lots")["at"] + 59) == 0
    assert bring_in_due(home, told(home, "lots")["at"] + 61) == 1
    assert set(Frame.objects.values_list("key", flat=True)) == {"A1", "A2"}


def test_the_command_reads_a_table_and_tells_a_lots_genealogy(recorded, tmp_path):
    definition = tmp_path / "materials.toml"
    definition.write_text(
        f'kind = "genealogy"\nfile = "{recorded}/process-pyphi-xlsx/jrpls_tpls_dataset.xlsx"\ntable = "Materials"\n'
        'lot = "Finished Product Lot"\nuses = "Material Lot"\nused_quantity = "Ratio or Quantity"\nmaterial = "Material"\n'
    )
    dure = Path(sys.executable).with_name("dure")
    shutil.copytree(prepared_home(), os.environ["DURE_HOME"], dirs_exist_ok=True)

    def command(*words):
        done = subprocess.run([dure, "events", *words, "--json"], capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    code, facts = command("read", str(definition))
    assert (code, facts["left_out"]) == (0, 0)
    assert facts["uses"] > 600
    code, lot = command("lot", "L001")
    assert code == 0
    assert {one["lot"] for one in lot["from"]} >= {"A0129", "A0130"}
    code, refused = command("lot", "nobody")
    assert code == 2
    assert refused["error"]["key"] == "lot-unknown"

"""The data page: a form from a connector's own settings, how a source does, and a table no spreadsheet runs."""

import json

import pytest
from django.urls import reverse

from dure.foundation.parties import create_first_owner, setup_token
from dure.plant.connect import Source, schemes
from dure.plant.inventory.forms import SourceForm, field_of
from dure.plant.inventory.models import Signal
from dure.plant.inventory.sources import state_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def owner(client):
    person = create_first_owner(
        setup_token(), username="hana", password="정직한 기계의 말 2026", organisation="다온배터리"
    )
    client.force_login(person)
    return person


@pytest.mark.parametrize("kind", sorted(schemes()))
def test_every_connector_has_a_form_of_its_settings(kind):
    form = SourceForm(schemes()[kind], {"url": f"{kind}://here"})
    assert {setting.name for setting in form.sheet} == {
        name[4:] for name in form.fields if name.startswith("set_")
    }
    assert {field.name for field in (*form.basics, *form.more)} == set(form.fields)


def test_only_what_differs_from_its_default_is_kept():
    kind = schemes()["opc.tcp"]
    initial = {f"set_{one.name}": one.default for one in kind.settings_type.sheet()}
    form = SourceForm(kind, {**initial, "url": "opc.tcp://here", "set_timeout": "3"})
    assert form.is_valid(), form.errors
    assert form.settings() == {"timeout": 3.0}


def test_a_number_out_of_its_bounds_is_refused_by_the_form():
    timeout = next(one for one in schemes()["opc.tcp"].settings_type.sheet() if one.name == "timeout")
    assert field_of(timeout).clean("10") == 10.0
    with pytest.raises(Exception, match="300"):
        field_of(timeout).clean("100000")


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (None, "connecting"),
        ({"state": "collecting", "told": 999.0}, "collecting"),
        ({"state": "collecting", "told": 980.0}, "silent"),
        ({"state": "finished", "told": 1.0}, "finished"),
        ({"state": "lost", "told": 999.0, "error": {"message": "gone"}}, "lost"),
    ],
)
def test_a_source_does_as_its_collector_last_said_unless_that_was_long_ago(tmp_path, told, state):
    (tmp_path / "run").mkdir()
    if told is not None:
        (tmp_path / "run" / "collector-line1.json").write_text(json.dumps(told))
    assert state_of(tmp_path, Source("line1", "opc.tcp://here"), 1000.0).state == state
    assert state_of(tmp_path, Source("line1", "opc.tcp://here", enabled=False), 1000.0).state == "off"


@pytest.mark.usefixtures("owner")
def test_a_name_from_a_machine_never_becomes_a_formula(client):
    Signal.objects.create(id="line/=cmd|' /C calc'!A1", source="line", name="=1+1")
    answer = client.get(reverse("inventory:export"))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1].split(",")[2] == "'=1+1"


@pytest.mark.usefixtures("owner")
def test_the_list_of_signals_is_narrowed_by_words_and_by_what_is_wrong(client):
    for cell in (1, 2):
        Signal.objects.create(
            id=f"line/Cell0{cell}/Voltage", source="line", name="Voltage", unit="V" if cell == 1 else ""
        )
    place = reverse("inventory:signals")
    assert "Cell02" not in client.get(place, {"words": "cell01 volt"}).content.decode()
    narrowed = client.get(place, {"wrong": "unit"}).content.decode()
    assert "Cell02" in narrowed
    assert "Cell01" not in narrowed


def test_a_unit_is_confirmed_in_the_list_and_a_wrong_one_refused_in_words(client, owner):
    signal = Signal.objects.create(id="line/Cell01/Voltage", source="line", name="Voltage")
    place, asked = reverse("inventory:unit"), {"signal": signal.pk, "unit": "volts"}
    headers = {"HX-Request": "true", "accept-language": "en"}
    assert "not a unit that UCUM knows" in client.post(place, asked, headers=headers).content.decode()
    client.post(place, {**asked, "unit": "V"}, headers=headers)
    signal.refresh_from_db()
    assert (signal.unit, signal.confirmed_by) == ("V", owner)


@pytest.mark.usefixtures("owner")
def test_an_empty_file_is_refused_in_one_sentence_and_nothing_is_kept(client, home):
    from django.contrib.messages import get_messages
    from django.core.files.uploadedfile import SimpleUploadedFile

    empty = {"file": SimpleUploadedFile("line1.csv", b"")}
    answer = client.post(reverse("inventory:bring_in"), empty, headers={"accept-language": "en"})
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["line1.csv is empty. Export it again."]
    assert list((home / "uploads").iterdir()) == []

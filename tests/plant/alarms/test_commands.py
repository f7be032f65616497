"""`dure alarms` from a terminal."""

import json

import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.node.command import run
from dure.plant.alarms import State, raise_alarm
from dure.vocabulary import Text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def dure(capsys):
    def told(*words):
        code = run(["alarms", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return told


def test_what_stands_is_listed_acknowledged_shelved_and_journalled(dure, tmp_path):
    daon = Person.objects.create_user("daon", password="a long enough one")
    give_role(daon, "worker", Organisation.objects.create(name="Daon"))
    raise_alarm("line1-hot", Text("Line 1 hot", "1라인 과열"), at=1_700_000_000_000_000_000)
    code, told = dure("list")
    assert (code, [one["alarm"] for one in told["alarms"]]) == (0, ["line1-hot"])
    assert told["alarms"][0]["state"] == "unacknowledged"
    assert dure("ack", "line1-hot", "--by", "daon", "--note", "seen")[1] == {"acknowledged": ["line1-hot"]}
    code, told = dure("ack", "line1-hot", "--by", "daon")
    assert (code, told["error"]["key"]) == (2, "alarm-act-refused")
    assert dure("ack", "line1-hot", "--by", "nobody")[1]["error"]["key"] == "alarm-person-unknown"
    assert dure("shelve", "line1-hot", "--by", "daon", "--hours", "1", "--reason", "nuisance")[1]["until"]
    assert dure("list")[1] == {"alarms": []}
    assert len(dure("list", "--all")[1]["alarms"]) == 1
    entries = dure("journal")[1]["entries"]
    assert [one["event"] for one in entries] == ["shelve", "acknowledge", "annunciate"]
    assert entries[0]["to"] == State.SHELVED
    assert dure("journal", "--out", str(tmp_path / "j.csv"))[1]["rows"] == 3
    assert (tmp_path / "j.csv").read_text(encoding="utf-8-sig").count("\n") == 4


def test_without_json_a_person_reads_a_table(capsys):
    raise_alarm("line1-hot", Text("Line 1 hot", "1라인 과열"))
    assert run(["alarms", "list"]) == 0
    assert "line1-hot" in capsys.readouterr().out


def test_a_file_is_checked_with_the_line_of_its_error(dure, tmp_path):
    file = tmp_path / "press.toml"
    file.write_text('[[alarm]]\nid = "hot"\ntitle = "Hot"\ncondition = "=[line1/T]>"\n')
    code, told = dure("check", str(file))
    assert (code, told["error"]["key"]) == (2, "alarm-definition-wrong")
    assert "press.toml, line 4" in told["error"]["message"]
    file.write_text('[[alarm]]\nid = "hot"\ntitle = "Hot"\ncondition = "=[line1/T]>80"\n')
    assert dure("check", str(file))[1]["definitions"][0]["alarm"] == "hot"
    assert dure("check", str(tmp_path / "none.toml"))[1]["error"]["key"] == "alarm-file-absent"

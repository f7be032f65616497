"""The page of what is served: switched, set, refused without a loss; who may read; each change in the ledger."""

import pytest
from django.urls import reverse

from dure.foundation.ledger import Entry
from dure.foundation.parties import Organisation, Person, create_first_owner, give_role, setup_token
from dure.plant.serve import Serving, beat
from dure.plant.serve.told import tell
from dure.plant.serve.users import known, users

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
EN = {"accept-language": "en"}


@pytest.fixture
def hana(client):
    person = create_first_owner(
        setup_token(), username="hana", password="정직한 기계의 말 2026", organisation="다온배터리"
    )
    client.force_login(person)
    return person


def text(answer):
    assert answer.status_code == 200, answer
    return answer.content.decode()


def entries(what):
    return [(one.object, one.facts) for one in Entry.objects.filter(what=what)]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.usefixtures("hana")
def test_nothing_is_served_until_a_person_says_so(client, home, language):
    page = text(client.get(reverse("serve:page"), headers={"accept-language": language}))
    assert {"en": "switched off", "ko": "꺼짐"}[language] in page
    assert "opc.tcp://" not in page
    assert Serving.read(home).opcua is None


@pytest.mark.usefixtures("hana")
def test_opc_ua_is_switched_on_set_and_off(client, home):
    page = reverse("serve:page")
    assert client.post(reverse("serve:opcua"), {"port": 4850, "plain": "on"}).url == page
    assert Serving.read(home).opcua.port == 4850
    shown = text(client.get(page, headers=EN))
    assert 'value="opc.tcp://testserver:4850/dure"' in shown
    assert "does not listen yet" in shown
    import time

    tell(home, time.time(), "opcua", {"state": "listening", "signals": 12})
    beat(home, time.time(), time.time() + 1)
    shown = text(client.get(page, headers=EN))
    assert "does not listen yet" not in shown
    assert "alive" in shown
    assert client.post(reverse("serve:opcua"), {"off": ""}).url == page
    assert Serving.read(home).opcua is None
    assert [facts for _, facts in entries("serve.changed")] != []
    assert len(entries("serve.changed")) == 2


@pytest.mark.usefixtures("hana")
def test_what_cannot_be_used_is_refused_and_nothing_typed_is_lost(client, home):
    given = {"broker": "http://user:pass@broker", "group": "plant", "node": "press-node"}
    shown = text(client.post(reverse("serve:sparkplug"), given, headers=EN))
    assert "sparkplug.broker is like mqtts://" in shown
    assert 'value="press-node"' in shown
    assert 'value="http://user:pass@broker"' in shown
    assert Serving.read(home).sparkplug is None
    assert entries("serve.changed") == []
    shown = text(client.post(reverse("serve:opcua"), {"port": 99_999}, headers=EN))
    assert 'value="99999"' in shown


@pytest.mark.usefixtures("hana")
def test_the_broker_password_is_kept_and_never_shown(client, home):
    given = {"broker": "mqtts://broker.plant:8883", "group": "plant", "node": "dure", "user": "dure"}
    client.post(reverse("serve:sparkplug"), given | {"password": "geheim-1"})
    assert (home / "secret/serve-broker.password").read_text() == "geheim-1"
    client.post(reverse("serve:sparkplug"), given | {"group": "plant2", "password": ""})
    assert (home / "secret/serve-broker.password").read_text() == "geheim-1"
    assert Serving.read(home).sparkplug.group == "plant2"
    assert "geheim-1" not in text(client.get(reverse("serve:page")))
    assert not any("geheim-1" in str(one.facts) for one in Entry.objects.all())


@pytest.mark.usefixtures("hana")
def test_a_reader_gets_a_password_that_is_shown_once(client, home):
    answer = client.post(reverse("serve:admit"), {"name": "scada"}, headers=EN)
    assert "no-store" in answer["Cache-Control"]
    password = text(answer).split("<code>")[-1].split("</code>")[0]
    assert known(home, "scada", password)
    assert password not in text(client.get(reverse("serve:page")))
    again = text(client.post(reverse("serve:admit"), {"name": "scada"}, headers=EN))
    assert "There is such a user already" in again
    assert known(home, "scada", password)
    client.post(reverse("serve:dismiss"), {"name": "scada"})
    assert users(home) == []
    assert [o for o, _ in entries("serve.user-added") + entries("serve.user-removed")] == ["reader:scada"] * 2


@pytest.mark.usefixtures("hana")
def test_a_file_that_a_person_broke_is_said_and_not_written_over(client, home):
    (home / "serve").mkdir(parents=True)
    (home / "serve/serve.toml").write_text("[opcua\nport = 1")
    assert "serve.toml" in text(client.get(reverse("serve:page"), headers=EN))
    client.post(reverse("serve:opcua"), {"port": 4850})
    assert (home / "serve/serve.toml").read_text() == "[opcua\nport = 1"


def test_a_worker_is_not_let_in(client):
    worker = Person.objects.create_user("kim", password="a long enough one", name="Kim")
    give_role(worker, "worker", Organisation.objects.create(name="Daon"))
    client.force_login(worker)
    assert client.get(reverse("serve:page")).status_code == 403
    assert client.post(reverse("serve:opcua"), {"port": 4850}).status_code == 403

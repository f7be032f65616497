"""Edge boxes on the page of health: invited once, seen, removed; and writing under a leave, each in the ledger."""

import json
import time

import pytest
from django.urls import reverse

from dure.foundation.ledger import Entry
from dure.plant.connect import Source, add_source, arm, armed
from dure.plant.edge import Invitation, boxes
from peers.servers import Peer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
EN = {"accept-language": "en"}
HOUR = 3600 * 10**9


@pytest.fixture
def page(client, kim):
    client.force_login(kim)
    return client


@pytest.fixture(autouse=True)
def historian(monkeypatch):
    class Said:
        def __getattr__(self, name):
            answers = {"health": {"state": "running", "memory": 1, "sources": {}}}
            return lambda *_more: answers.get(name, [])

    monkeypatch.setattr("dure.node.introductions.historian", Said)


def text(answer):
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_an_invitation_is_shown_once_and_its_token_is_nowhere_else(page, home):
    answer = page.post(
        reverse("inventory:invite"), {"name": "press-shop", "url": "https://plant:8002"}, headers=EN
    )
    assert "no-store" in answer["Cache-Control"]
    line = text(answer).split("dure edge join ")[1].split("<")[0].strip()
    made = Invitation.read(line)
    assert (made.name, made.url) == ("press-shop", "https://plant:8002")
    assert [box.name for box in boxes(home)] == ["press-shop"]
    assert made.token not in text(page.get(reverse("inventory:health")))
    [entry] = Entry.objects.filter(what="edge.invited")
    assert entry.object == "box:press-shop"
    assert made.token not in entry.facts
    again = text(
        page.post(
            reverse("inventory:invite"), {"name": "press-shop", "url": "https://plant:8002"}, headers=EN
        )
    )
    assert 'value="https://plant:8002"' in again
    assert 'role="alert"' in again


def test_a_box_shows_when_it_told_how_far_its_clock_is_off_and_what_it_holds(page, home):
    page.post(reverse("inventory:invite"), {"name": "press-shop", "url": "https://plant:8002"})
    assert "not joined yet" in text(page.get(reverse("inventory:health"), headers=EN))
    kept = json.loads((home / "secret/edges/press-shop.json").read_text())
    (home / "secret/edges/press-shop.json").write_text(json.dumps(kept | {"sources": ["line9"]}))
    (home / "run").mkdir(exist_ok=True)
    seen = {"told": time.time() - 3, "behind": 12.0}
    (home / "run/box-press-shop.json").write_text(json.dumps(seen))
    status = {"box": "press-shop", "backlog": 5 * 10**6, "told": time.time()}
    (home / "run/collector-line9.json").write_text(json.dumps(status))
    shown = text(page.get(reverse("inventory:health"), headers=EN))
    assert all(words in shown for words in ("connected", "12 s", "line9", "5 MB"))
    (home / "run/box-press-shop.json").write_text(json.dumps(seen | {"told": time.time() - 300}))
    assert "out of reach" in text(page.get(reverse("inventory:health"), headers=EN))
    page.post(reverse("inventory:remove_box", args=["press-shop"]))
    assert boxes(home) == []
    assert Entry.objects.filter(what="edge.removed").count() == 1
    assert page.post(reverse("inventory:remove_box", args=["press-shop"])).status_code == 302


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    peer = Peer("node-opcua", tmp_path_factory.mktemp("machine"), {"variables": 3, "period": 60_000}).start()
    yield peer
    peer.kill()


def test_a_value_is_asked_for_confirmed_written_read_back_and_recorded(page, home, kim, machine):
    add_source(home, Source("line", machine.url))
    signal = "line/Line1/SetPoint"
    write = reverse("inventory:write")
    arm(home, signal, 10, 80, "hana", time.time_ns() + HOUR, reason="trial")
    assert 'name="value"' in text(page.get(reverse("inventory:arms")))
    asked = text(page.post(write, {"signal": signal, "value": "25.5"}, headers=EN))
    assert "Write 25.5 to the machine?" in asked
    assert not Entry.objects.filter(what="signal.written").exists()
    done = page.post(write, {"signal": signal, "value": "25.5", "sure": "yes"}, headers=EN, follow=True)
    assert "is 25.5, read back" in text(done)
    [entry] = Entry.objects.filter(what="signal.written")
    assert (entry.who, entry.object) == (f"person:{kim.pk}", f"signal:{signal}")
    assert json.loads(entry.facts)["value"] == 25.5
    refused = text(page.post(write, {"signal": signal, "value": "99", "sure": "yes"}, headers=EN))
    assert "outside 10 – 80" in refused
    assert 'value="99"' in refused
    assert Entry.objects.filter(what="signal.write-refused").count() == 1
    assert "valid number" not in refused
    assert 'value="x"' in text(page.post(write, {"signal": signal, "value": "x"}, headers=EN))


def test_leaves_given_and_taken_on_the_page_are_in_the_ledger_without_a_name(page, home, kim):
    given = {"signal": "line/a", "low": "1", "high": "2", "hours": "1", "reason": "trial"}
    page.post(reverse("inventory:arms"), given)
    assert armed(home, "line/a").high == 2
    page.post(reverse("inventory:disarm"), {"signal": "line/a"})
    what = list(Entry.objects.filter(object="signal:line/a").values_list("what", "who"))
    assert what == [("signal.armed", f"person:{kim.pk}"), ("signal.disarmed", f"person:{kim.pk}")]
    assert not any(str(kim) in str(one.facts) for one in Entry.objects.filter(object="signal:line/a"))


def test_leaves_from_a_terminal_are_in_the_ledger_of_the_node_too(home):
    from typer.testing import CliRunner

    from dure.plant.connect.commands import app

    words = ["connect", "arm", "line/a", "--low", "1", "--high", "2", "--by", "Hana Kim", "--reason", "trial"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert CliRunner().invoke(app, ["connect", "disarm", "line/a", "--by", "Hana Kim"]).exit_code == 0
    entries = Entry.objects.filter(object="signal:line/a").order_by("index")
    assert [(one.what, one.who) for one in entries] == [
        ("signal.armed", "command"),
        ("signal.disarmed", "command"),
    ]
    assert armed(home, "line/a") is None
    assert not any(
        "Hana" in one.facts for one in entries
    )  # a name is kept apart, so that it can be forgotten

"""The pages of Connect, of gaps and health, and of writing, against a real server and real status files."""

import json
import time

import pytest
from django.urls import reverse

from dure.foundation.ledger import Entry
from dure.foundation.parties import create_first_owner, setup_token
from dure.plant.connect import Source, add_source, arm, armed, arms, schemes, source, sources
from dure.plant.inventory import drafts
from dure.plant.inventory.views import connecting
from dure.vocabulary import Signal
from peers.servers import Peer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
EN = {"accept-language": "en"}


@pytest.fixture
def hana(client):
    person = create_first_owner(
        setup_token(), username="hana", password="정직한 기계의 말 2026", organisation="다온배터리"
    )
    client.force_login(person)
    return person


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A node-opcua server with 30 values that change."""
    peer = Peer("node-opcua", tmp_path_factory.mktemp("machine"), {"variables": 30, "period": 200}).start()
    yield peer
    peer.kill()


@pytest.fixture(autouse=True)
def historian(monkeypatch):
    """What the historian says; without one the pages say that it is away."""

    class Said:
        answers: dict = {}  # noqa: RUF012 - one test at a time fills it

        def __getattr__(self, name):
            return lambda *_more: self.answers[name]

    said = Said()
    said.answers = {"health": {"state": "running", "memory": 10**8, "sources": {}}, "gaps": [], "events": []}
    monkeypatch.setattr("dure.node.introductions.historian", lambda: said)
    return said.answers


def filled(machine, **more):
    sheet = schemes()["opc.tcp"].settings_type.sheet()
    asked = {f"set_{one.name}": one.default for one in sheet if one.default is not False}
    return asked | {"scheme": "opc.tcp", "url": machine.url, "name": "line"} | more


def chosen(client, machine):
    """A draft whose tree has been read."""
    answer = client.post(reverse("inventory:add_source"), filled(machine, choose="1"))
    assert answer.status_code == 302
    client.get(answer.url)
    return answer.url.rstrip("/").rpartition("/")[2]


def told(home, name, **more):
    (home / "run").mkdir(exist_ok=True)
    status = {
        "state": "collecting",
        "told": time.time(),
        "received": time.time_ns(),
        "samples": 5,
        "rate": 2.0,
        "skew": 0.1,
    }
    (home / "run" / f"collector-{name}.json").write_text(json.dumps(status | more))


@pytest.mark.usefixtures("hana")
def test_only_what_is_ticked_is_read_and_all_of_it_means_what_comes_later_too(client, home, machine):
    token = chosen(client, machine)
    tick = reverse("inventory:tick", args=[token])
    assert client.post(tick, {"path": "line/Line1", "on": "yes", "words": "temperature"}).json()["count"] == 1
    assert (
        client.post(tick, {"path": "line/Line1/Value0001", "on": "yes"}).json()["states"]["line/Line1"]
        == "mixed"
    )
    client.post(reverse("inventory:save_draft", args=[token]))
    assert {one.id for one in source(home, "line").signals} == {
        "line/Line1/Temperature",
        "line/Line1/Value0001",
    }
    assert Entry.objects.filter(what="source.added").exists()

    again = client.post(reverse("inventory:change_signals", args=["line"])).url.rstrip("/").rpartition("/")[2]
    assert client.get(reverse("inventory:choose", args=[again])).context["count"] == 2
    client.post(reverse("inventory:tick", args=[again]), {"path": "line", "on": "yes"})
    client.post(reverse("inventory:save_draft", args=[again]))
    assert source(home, "line").signals == ()


@pytest.mark.usefixtures("hana")
def test_nothing_ticked_is_not_saved_and_nothing_is_lost(client, home, machine):
    token = chosen(client, machine)
    answer = client.post(reverse("inventory:save_draft", args=[token]), follow=True, headers=EN)
    assert "Tick at least one signal first." in answer.content.decode()
    assert sources(home) == []
    assert client.get(reverse("inventory:tree", args=[token])).context["total"] > 30


@pytest.mark.usefixtures("hana")
def test_present_values_come_while_somebody_looks_and_the_source_is_left_afterwards(client, machine):
    token = chosen(client, machine)
    client.post(reverse("inventory:tick", args=[token]), {"path": "line/Line1/Value0001", "on": "yes"})
    place, values, end = reverse("inventory:look", args=[token]), set(), time.monotonic() + 30
    while len(values) < 2 and time.monotonic() < end:
        values |= {row["value"] for row in client.get(place).json()["rows"]}
        time.sleep(0.3)
    assert len(values) >= 2
    preview = connecting.previews.of(token, lambda: None)
    connecting.previews.end(token)
    while preview.rows and preview.alive and time.monotonic() < end:
        time.sleep(0.1)
    assert not preview.alive


@pytest.mark.usefixtures("hana")
def test_ten_thousand_signals_come_a_page_at_a_time(client, home, hana):
    draft = drafts.begin(home, hana.pk, Source("line", "opc.tcp://here"))
    drafts.keep_signals(
        home, draft, [Signal(f"line/Area/Tag{n:05d}", "line", address="x") for n in range(10_000)]
    )
    began = time.process_time()
    branch = client.get(reverse("inventory:tree", args=[draft.token]), {"at": "line/Area"})
    found = client.get(
        reverse("inventory:tree", args=[draft.token]), {"at": "line/Area", "words": "tag09999"}
    )
    ticked = client.post(
        reverse("inventory:tick", args=[draft.token]), {"path": "line/Area", "on": "yes"}
    ).json()
    assert branch.content.decode().count("aria-checked") == 200
    assert 'data-page="1"' in branch.content.decode()
    assert "Tag09999" in found.content.decode()
    assert ticked["count"] == 10_000
    assert time.process_time() - began < 20


@pytest.mark.usefixtures("hana")
def test_a_password_that_was_typed_once_is_kept_through_a_refusal(client, home):
    asked = {
        "scheme": "opc.tcp",
        "url": "opc.tcp://127.0.0.1:9",
        "name": "line",
        "password": "pa55",
        "set_user": "u",
    }
    sheet = schemes()["opc.tcp"].settings_type.sheet()
    asked = {f"set_{one.name}": one.default for one in sheet if one.default is not False} | asked
    answer = client.post(reverse("inventory:add_source"), asked | {"try": "1"})
    page = answer.content.decode()
    assert "pa55" not in page
    kept = answer.context["kept"]
    again = client.post(reverse("inventory:add_source"), asked | {"password": "", "kept": kept, "try": "1"})
    draft = again.context["draft"]
    assert drafts.password_of(home, draft) == "pa55"


def test_a_draft_is_its_persons_alone_and_gone_after_a_day(home):
    draft = drafts.begin(home, 1, Source("line", "opc.tcp://here"), password="x")
    with pytest.raises(drafts.DraftGone):
        drafts.find(home, draft.token, 2)
    with pytest.raises(drafts.DraftGone):
        drafts.find(home, "../secret", 1)
    drafts.sweep(home, time.time() + drafts.LIFE + 1)
    assert list((home / "drafts").iterdir()) == []


@pytest.mark.usefixtures("hana")
def test_a_range_outside_the_plant_is_refused_in_words_and_one_inside_is_looked_through(client):
    place = reverse("inventory:scan")
    assert "not a private network" in client.post(place, {"range": "8.8.8.8"}, headers=EN).content.decode()
    answer = client.post(place, {"range": "127.0.0.1"}, headers=EN)
    state = reverse("inventory:scan_state", args=[answer.context["token"]])
    end = time.monotonic() + 20
    while not (page := client.get(state, headers=EN)).context["scan"].over and time.monotonic() < end:
        time.sleep(0.2)
    assert page.context["scan"].over
    assert Entry.objects.filter(what="network.scanned", object="range:127.0.0.1").exists()


@pytest.mark.usefixtures("hana")
def test_what_to_do_next_is_in_order_and_each_has_its_link(client, home, historian):
    for name in ("silent", "skewed", "full"):
        add_source(home, Source(name, "opc.tcp://here"))
    told(home, "silent", state="lost", since=time.time() - 3 * 3600, error={"key": "source-lost"})
    told(home, "skewed", skew=40.0)
    told(home, "full", buffer={"bytes": 95, "bound": 100, "full": "hold"}, dropped=7)
    lost = {
        "source": "full",
        "start": time.time_ns() - 10**10,
        "end": time.time_ns(),
        "filled_by": "permanent",
        "cause": "x",
    }
    historian["gaps"] = [lost]
    page = client.get(reverse("inventory:overview_now"), headers=EN).content.decode()
    said = [
        "silent has not been read for 3 h.",
        "The buffer of full is 95 % full.",
        "A full buffer cost 7 readings of full.",
        "The clock of skewed is 40 s behind.",
        "full lost something for good in the last day: 1 gap.",
    ]
    places = [page.find(words) for words in said]
    assert -1 not in places, said[places.index(-1)]
    assert max(places[0], places[1]) < places[2] < places[3] < places[4]
    assert reverse("inventory:source", args=["silent"]) in page


@pytest.mark.usefixtures("hana")
def test_an_empty_plant_is_shown_the_way_in(client):
    page = client.get(reverse("inventory:overview_now"), headers=EN).content.decode()
    assert "Connect the first machine" in page
    assert reverse("inventory:add_source") in page


@pytest.mark.usefixtures("hana")
def test_the_gap_ledger_is_narrowed_and_taken_away_as_a_table_that_no_spreadsheet_runs(client, historian):
    now = time.time_ns()
    kinds = ("permanent", "republish", "")
    historian["gaps"] = [
        {
            "source": f"s{n}",
            "start": now - 10**9,
            "end": now,
            "first_sequence": 1,
            "last_sequence": 2,
            "cause": "=cmd()",
            "filled_by": by,
        }
        for n, by in enumerate(kinds)
    ]
    place = reverse("inventory:health")
    assert client.get(place).context["gap_count"] == 3
    for kind, name in (("permanent", "s0"), ("filled", "s1"), ("open", "s2")):
        page = client.get(place, {"kind": kind})
        assert [gap["source"] for gap in page.context["page"]] == [name]
        assert [strip[0] for strip in page.context["strips"]] == [name]
    table = client.get(reverse("inventory:export_gaps"), {"source": "s0"}).content.decode("utf-8-sig")
    assert "'=cmd()" in table
    assert len(table.splitlines()) == 2


@pytest.mark.usefixtures("hana")
def test_the_page_stands_when_the_historian_is_away(client, monkeypatch):
    from dure.plant.historian import HistorianDown

    def away():
        raise HistorianDown("here")

    monkeypatch.setattr("dure.node.introductions.historian", away)
    page = client.get(reverse("inventory:health"), headers=EN)
    assert "Collectors keep what they read" in page.content.decode()


def test_a_person_gives_leave_to_write_and_takes_it_back_and_both_are_in_the_ledger(client, home, hana):
    asked = {
        "signal": "line/SetPoint",
        "low": "10",
        "high": "80",
        "rate": "5",
        "hours": "2",
        "reason": "trial",
    }
    client.post(reverse("inventory:arms"), asked)
    given = armed(home, "line/SetPoint")
    assert (given.low, given.high, given.rate, given.by.split()[0]) == (10, 80, 5, f"person:{hana.pk}")
    assert Entry.objects.filter(what="signal.armed", who=f"person:{hana.pk}").exists()
    client.post(reverse("inventory:disarm"), {"signal": "line/SetPoint"})
    assert armed(home, "line/SetPoint") is None
    assert Entry.objects.filter(what="signal.disarmed").exists()


@pytest.mark.usefixtures("hana")
def test_a_leave_without_sense_is_refused_and_what_was_typed_stays(client, home):
    asked = {"signal": "line/SetPoint", "low": "80", "high": "10", "hours": "2", "reason": "trial"}
    page = client.post(reverse("inventory:arms"), asked, headers=EN).content.decode()
    assert "80 is not below 10" in page
    assert 'value="80"' in page
    assert arms(home) == []


@pytest.mark.usefixtures("hana")
def test_settings_are_changed_after_a_try_and_its_signals_stay(client, home, machine):
    kept = (Signal("line/Line1/Temperature", "line", address="nsu=urn:dure:test;s=Temperature"),)
    add_source(home, Source("line", machine.url, signals=kept, box="", enabled=False))
    asked = filled(machine, when_full="newest", buffer="3", save="1")
    assert client.post(reverse("inventory:source_settings", args=["line"]), asked).status_code == 302
    changed = source(home, "line")
    assert (changed.when_full, changed.buffer, changed.enabled) == ("newest", 3.0, False)
    assert [one.id for one in changed.signals] == ["line/Line1/Temperature"]


def test_a_worker_sees_none_of_it(client, home):
    arm(home, "line/x", 0, 1, "hana", time.time_ns() + 10**12, reason="trial")
    for name in ("add_source", "health", "arms", "overview_now"):
        assert client.get(reverse(f"inventory:{name}")).status_code in {302, 403}

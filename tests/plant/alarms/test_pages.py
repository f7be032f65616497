"""The pages: who may do what, in both languages, bounded in a flood."""

import time

import polars as pl
import pytest
from django.conf import settings
from django.urls import reverse

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.alarms import Alarm, Entry, Event, Priority, State, raise_alarm, read_definitions, shelve
from dure.plant.alarms.keeping import Happening, keep
from dure.plant.inventory import Signal
from dure.vocabulary import Text
from machines.historian_process import SECOND, play, samples

pytestmark = pytest.mark.django_db
HOT = "deploy/3/line1/Cell01"


@pytest.fixture(autouse=True)
def node(at_plant, monkeypatch):
    monkeypatch.setattr(settings, "DURE_HISTORIAN", f"{__name__}.nowhere")
    monkeypatch.setattr("dure.plant.alarms.views.historian.import_string", lambda _: lambda: at_plant)
    return at_plant


@pytest.fixture
def come(client):
    def signed_in(role, language="en"):
        person = Person.objects.create_user(
            role, password="a long enough one", name=f"Kim {role}", language=language
        )
        give_role(person, role, Organisation.objects.get_or_create(name="Daon")[0])
        client.force_login(person)
        client.cookies["dure_language"] = language
        return client

    return signed_in


def text(answer):
    assert answer.status_code == 200, answer
    return answer.content.decode()


def rings(id=HOT, priority=Priority.HIGH, **more):  # noqa: A002 - the word everyone uses
    raise_alarm(
        id,
        Text("Cell 01 unusual", "셀 01 이상"),
        priority=priority,
        equipment="line1/Cell01",
        response="Open the valve",
        **more,
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Cell 01 unusual", "high", "Acknowledge", "Open the valve"]),
        ("ko", ["셀 01 이상", "높음", "확인", "알람"]),
    ],
)
def test_the_list_says_what_how_grave_and_what_to_do(come, language, words):
    rings()
    page = text(come("worker", language).get(reverse("alarms:list")))
    for word in words:
        assert word in page
    assert 'class="count"' in page  # the header counts what waits


@pytest.mark.parametrize(
    "name", ["list", "rows", "journal", "performance", "definitions", "define", "suggestions"]
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_page_opens(come, name, language):
    rings()
    page = text(come("engineer", language).get(reverse(f"alarms:{name}")))
    assert ("알람" if language == "ko" else "larm") in page
    assert "{%" not in page


def test_a_worker_may_not_define(come):
    client = come("worker")
    for name in ("definitions", "define", "suggestions"):
        assert client.get(reverse(f"alarms:{name}")).status_code == 403
    assert client.post(reverse("alarms:take_out", args=[HOT]), {"reason": "x"}).status_code == 403


def test_one_a_page_and_all_are_acknowledged(come):
    for number in range(120):
        rings(f"a-{number}", priority=Priority.LOW)
    client = come("worker")
    client.post(reverse("alarms:acknowledge"), {"alarm": "a-7"})
    assert Alarm.objects.filter(state=State.ACKNOWLEDGED).count() == 1
    page = text(client.get(reverse("alarms:list")))
    assert page.count('class="ring ') == 50
    assert "Acknowledge the 50 on this page" in page
    assert "Acknowledge all 119" in page
    client.post(reverse("alarms:acknowledge"), {"all": "yes"})
    assert Alarm.objects.filter(state=State.ACKNOWLEDGED).count() == 120
    assert Entry.objects.filter(event="acknowledge").exclude(by=None).count() == 120


def test_a_list_that_has_not_changed_is_not_sent_again(come):
    rings()
    client = come("worker")
    rows = client.get(reverse("alarms:rows"))
    mark = rows.context["mark"]
    assert client.get(reverse("alarms:rows"), {"mark": mark}).status_code == 204
    rings("another")
    assert client.get(reverse("alarms:rows"), {"mark": mark}).status_code == 200


def test_ten_thousand_alarms_give_a_small_page_soon(come):
    names = [f"flood-{n}" for n in range(10_000)]
    now = time.time_ns()
    Alarm.objects.bulk_create(
        Alarm(pk=n, title_en=n, title_ko=n, priority=1 + p % 4) for p, n in enumerate(names)
    )
    begun = time.process_time()
    keep([Happening(n, Event.ANNUNCIATE, now - 600 * SECOND + p * 60_000_000) for p, n in enumerate(names)])
    assert time.process_time() - begun < 60  # ten minutes bring as many; it takes about 2 s
    client = come("worker")
    begun = time.process_time()
    page = text(client.get(reverse("alarms:list")))
    assert len(page) < 200_000
    assert "Acknowledge all 10000" in page.replace(",", "")
    assert time.process_time() - begun < 5
    report = text(client.get(reverse("alarms:performance")))
    assert "10,000" in report
    assert "more than a person can handle" in report


def test_the_page_of_an_alarm_shows_its_signals_around_the_moment(come, node):
    at = time.time_ns() - 60 * SECOND
    table = pl.DataFrame(
        {"time": [at + n * SECOND for n in range(-30, 30)], "T": [float(n % 7) for n in range(60)]}
    )
    play(node, "press", [samples("around", table)])
    rings(at=at, facts={"values": {"around/T": 6.0}})
    page = text(come("worker").get(reverse("alarms:alarm", args=[HOT])))
    assert "around/T" in page
    assert 'class="trace"' in page
    assert "Open the valve" in page


def test_shelving_wants_a_reason_and_comes_back_by_itself(come):
    rings()
    client = come("worker")
    address = reverse("alarms:shelve", args=[HOT])
    assert "not shelved" in text(client.post(address, {"hours": "1", "reason": ""}, follow=True))
    assert "not shelved" in text(client.post(address, {"hours": "nan", "reason": "x"}, follow=True))
    assert "comes back by itself" in text(
        client.post(address, {"hours": "2", "reason": "sensor"}, follow=True)
    )
    assert "“sensor”" in text(client.get(reverse("alarms:list"), {"view": "shelved"}))
    Alarm.objects.filter(pk=HOT).update(until=time.time_ns() - 1)
    assert "Cell 01 unusual" in text(client.get(reverse("alarms:list")))
    assert Alarm.objects.get(pk=HOT).state == State.UNACKNOWLEDGED


FORM = {
    "id": "press-hot",
    "title_en": "Press hot",
    "title_ko": "프레스 과열",
    "condition": "=[made/T]>80",
    "priority": "low",
}


def test_a_definition_is_replayed_before_it_is_saved_and_saved_as_text(come, node):
    now = time.time_ns()
    table = pl.DataFrame(
        {
            "time": [now - (60 - n) * SECOND for n in range(60)],
            "T": [90.0 if n in {5, 20, 21} else 20.0 for n in range(60)],
        }
    )
    play(node, "made", [samples("made", table)])
    client = come("engineer")
    assert "would have rung 2 times" in text(client.post(reverse("alarms:preview"), FORM))
    assert "Unknown column" in text(
        client.post(reverse("alarms:preview"), {**FORM, "condition": "=[mad/T]>80"})
    )
    answer = client.post(reverse("alarms:define"), {**FORM, "priority": "high"})
    assert "needs “consequence”" in text(answer)
    assert client.post(reverse("alarms:define"), FORM).status_code == 302
    assert [one.id for one in read_definitions(node.home / "alarms")] == ["press-hot"]
    assert "already" in text(client.post(reverse("alarms:define"), FORM))
    client.post(reverse("alarms:edit", args=["press-hot"]), {**FORM, "condition": "=[made/T]>85"})
    assert read_definitions(node.home / "alarms")[0].condition.endswith(">85")
    client.post(reverse("alarms:switch", args=["press-hot"]), {"on": "no"})
    assert not read_definitions(node.home / "alarms")[0].enabled
    assert "switched off" in text(client.get(reverse("alarms:definitions")))


def test_limits_are_suggested_from_what_was_measured(come, node):
    now = time.time_ns()
    table = pl.DataFrame(
        {
            "time": [now - (3000 - n) * SECOND for n in range(3000)],
            "T": [float(n * 7919 % 1009) for n in range(3000)],
        }
    )
    play(node, "many", [samples("many", table)])
    Signal.objects.create(id="many/T", source="many", unit="Cel")
    client = come("engineer")
    page = text(client.get(reverse("alarms:suggestions"), {"signal": "many/T"}))
    assert "id=many-t-high" in page
    assert "would have rung" in page
    first = text(client.get(reverse("alarms:define") + "?id=many-t-high&condition=%3D%5Bmany%2FT%5D%3E1007"))
    assert "=[many/T]&gt;1007" in first


def test_the_journal_is_narrowed_and_taken_away(come):
    rings()
    rings("other", priority=Priority.LOW)
    client = come("engineer")
    kim = Person.objects.get(username="engineer")
    shelve(HOT, kim, 1, "=cmd|' /C calc'!A0")
    page = text(client.get(reverse("alarms:journal"), {"by": "people"}))
    assert "shelved" in page
    assert page.count('<th scope="row"') == 1
    rows = (
        client.get(reverse("alarms:table", args=["csv"]), {"words": "Cell01"})
        .content.decode("utf-8-sig")
        .splitlines()
    )
    assert rows[0].startswith("time,told,alarm")
    assert any("'=cmd|" in row for row in rows)
    import fastexcel

    book = fastexcel.read_excel(client.get(reverse("alarms:table", args=["xlsx"])).content)
    table = book.load_sheet(0).to_polars()
    assert table.height == 3
    assert "=cmd|' /C calc'!A0" in table["reason"].to_list()

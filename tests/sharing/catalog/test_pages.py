"""The pages: who may see them, the search, an entry, an offer, a need, the sources; bad input in one sentence."""

import pytest
from django.urls import URLPattern, get_resolver, reverse

from dure.sharing.catalog import Entry, PostedNeed, Source, publish
from dure.sharing.catalog.offering import offer_of

pytestmark = pytest.mark.django_db


def named(view, /, *of):
    return reverse(f"catalog:{view}", args=of)


def test_every_view_says_its_role():
    (room,) = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "catalog"]
    for pattern in room.url_patterns:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback
        while view is not None and not hasattr(view, "requires_role"):
            view = getattr(view, "__wrapped__", None)
        assert view is not None, pattern.name


@pytest.mark.parametrize("language", ["ko", "en"])
def test_search_and_entry_speak_both_languages(enter, pump, language):
    entry = publish(pump, offer_of("use", pump.id, "did:web:daon"), publisher=("did:web:daon", "Daon"))
    page = enter("engineer", language)
    found = page.get(named("search"), {"q": "펌프", "quantity": "Temperature"}).content.decode()
    assert ("Pump with a closed valve" if language == "en" else "밸브 닫힘 펌프 기록") in found
    assert ("Kind of quantity" if language == "en" else "물리량") in found
    assert 'aria-current="true"' in found
    shown = page.get(named("entry", entry.pk)).content.decode()
    assert ("pressure" if language == "en" else "압력") in shown
    assert ("may use" if language == "en" else "이용") in shown.replace("permits use", "may use")
    assert "401" in shown
    part = page.get(named("search"), {"q": "펌프"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_an_owner_offers_and_withdraws(enter, pump):
    page = enter("owner")
    assert pump.id in page.get(named("offer")).content.decode()
    answer = page.post(named("offer"), {"dataset": pump.id, "terms": "use"})
    entry = Entry.objects.get()
    assert answer["Location"] == named("entry", entry.pk)
    assert entry.offers[0]["prohibition"]
    assert page.post(named("withdraw", entry.pk)).status_code == 302
    assert page.get(named("entry", entry.pk)).status_code == 404


def test_what_is_not_there_is_said(enter, shelf):
    del shelf
    page = enter("owner")
    answer = page.post(named("offer"), {"dataset": "upload:none"})
    assert answer.status_code == 422
    assert "There is no dataset upload:none" in answer.content.decode()
    for view in ("entry", "dcat", "croissant", "need"):
        assert page.get(named(view, "none")).status_code == 404
    assert page.post(named("source_read", "none")).status_code == 404


def test_an_engineer_may_not_offer(enter, pump):
    page = enter("engineer")
    assert page.get(named("offer")).status_code == 403
    assert page.post(named("offer"), {"dataset": pump.id}).status_code == 403


def test_a_need_shows_near_fits_and_is_posted(enter, pump):
    publish(pump)
    page = enter("engineer")
    given = {
        "columns": "Temperature, °C\n토크, N.m",
        "rate": "10",
        "rows": "5 000",
        "events": "leak",
        "title": "Leaks",
    }
    near = page.post(named("need_new"), given | {"look": ""}).content.decode()
    assert "No column of torque (N.m)." in near
    assert "It has 1,147 rows; 5,000 are needed." in near
    page.post(named("need_new"), given | {"post": ""})
    need = PostedNeed.objects.get()
    assert "Temperature is measured at 1 Hz" in page.get(named("need", need.pk)).content.decode()
    assert "Leaks" in page.get(named("needs")).content.decode()
    assert page.post(named("need_close", need.pk)).status_code == 302
    assert "Leaks" not in page.get(named("needs")).content.decode()


def test_a_wrong_need_is_one_sentence_with_all_that_was_typed(enter, home):
    del home
    page = enter("engineer")
    answer = page.post(named("need_new"), {"columns": "온도, parsec²²", "title": "typed"})
    assert answer.status_code == 422
    assert "not a unit that UCUM knows" in answer.content.decode()
    assert 'value="typed"' in answer.content.decode()


def test_a_source_is_kept_with_its_health(enter, server, settings):
    settings.DURE_SHARING_PLAIN_HTTP = True
    page = enter("owner")
    wrong = {"key": "own", "title": "X", "kind": "dcat", "address": "ftp://x"}
    assert page.post(named("sources"), wrong).status_code == 422
    page.post(named("sources"), {"key": "x", "title": "X", "kind": "dcat", "address": f"{server.address}/c"})
    source = Source.objects.get()
    assert "not read yet" in page.get(named("sources")).content.decode()
    page.post(named("source_read", source.pk))
    assert "failed 1 time" in page.get(named("sources")).content.decode()
    server.answers["/c"] = {"@id": "urn:x", "@type": "dcat:Dataset", "dct:title": "One"}
    page.post(named("source_read", source.pk))
    assert "it answers" in page.get(named("sources")).content.decode()
    assert Entry.objects.get(source="x").title_en == "One"


def test_odd_addresses_are_never_an_error(enter, pump):
    publish(pump)
    page = enter("engineer")
    for query in ({"page": "-1"}, {"page": "9" * 40}, {"q": "\x00" * 50}, {"q": "((( AND"}, {"q": "가" * 500}, {"unit": "'; drop"}, {"rate": "%" * 300}):  # fmt: skip
        assert page.get(named("search"), query).status_code == 200, query


def test_a_stranger_sees_no_feed(client, pump):
    publish(pump)
    for header in ("", "Bearer x", "Bearer a.b.c"):
        assert client.get(named("feed"), headers={"Authorization": header}).status_code == 404


def test_a_participant_reads_the_feed(client, pump, monkeypatch, home):
    from types import SimpleNamespace

    from dure.sharing import participants
    from dure.sharing.catalog.feeding import canonical
    from dure.sharing.catalog.signing import verifier

    del home
    publish(pump)
    monkeypatch.setattr(
        participants, "verified", lambda _header: SimpleNamespace(did="did:web:friend"), raising=False
    )
    page = client.get(named("feed"), {"cursor": "0"}).json()
    assert len(page["entries"]) == 1
    me = participants.own()
    assert verifier(me.did)(canonical(page), page["signature"])
    assert client.get(named("feed"), {"cursor": "x"}).status_code == 404

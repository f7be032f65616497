"""An offer is one act from what the inventory knows; a search finds it by words and by what it measures."""

from dataclasses import replace

import pytest

from dure.foundation.ledger import Entry as LedgerEntry
from dure.sharing.catalog import Entry, offered_to, publish, search, withdraw
from dure.sharing.catalog.publishing import measure_again
from dure.sharing.catalog.refusals import DatasetUnknown, EntryUnknown, NotToBeShared
from dure.sharing.policies import Policy

pytestmark = pytest.mark.django_db
OFFER = {
    "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Offer", "@id": "urn:dure:offer:1", "target": "urn:dure:pump",
    "assigner": "did:web:daon", "permission": [{"action": "use"}], "prohibition": [{"action": "distribute"}],
}  # fmt: skip


def test_publishing_types_nothing_twice(pump):
    entry = publish(pump, Policy.from_odrl(OFFER), publisher=("did:web:daon", "Daon"))
    column = {one.name: one for one in entry.fields}["Temperature"]
    assert (column.quantity, column.unit, column.rate) == ("Temperature", "Cel", 1.0)
    assert 60 < column.low < column.high < 100, "the operating range comes from the table"
    assert entry.marked[0].count == 401
    assert LedgerEntry.objects.filter(what="catalog.published", object=f"entry:{entry.pk}").count() == 1


def test_publishing_again_without_a_change_is_no_change(pump):
    first = publish(pump)
    again = publish(pump)
    assert (first.pk, first.turn) == (again.pk, again.turn)
    changed = publish(replace(pump, rows=2000))
    assert changed.pk == first.pk
    assert changed.turn > first.turn


def test_what_may_not_be_shared_is_not_offered(pump):
    with pytest.raises(NotToBeShared):
        publish(replace(pump, obligations=frozenset({"no-export"})))
    assert not Entry.objects.exists()


def test_search_finds_in_both_languages_inside_compound_words_and_by_facets(pump):
    entry = publish(pump)
    for words in ("펌프", "진공펌프", "급수펌프 온도", "valve closed", "skab", "밸브", "Thermocouple", "압"):
        assert [one.pk for one in search(words).entries] == [entry.pk], words
    for words in ("펌프온도", "수압", "vacuum chamber"):
        assert search(words).count == 0, words
    for facets in ({"quantity": "Pressure"}, {"unit": "bar"}, {"rate": "slow"}, {"equipment": "pump"}, {"labelled": "yes"},
                   {"source": "own"}, {"state": "fresh"}):  # fmt: skip
        assert search("", facets).count == 1, facets
    assert search("", {"quantity": "Torque"}).count == 0
    assert dict(search("펌프").facets["quantity"])["Temperature"] == 1


def test_words_with_particles_or_cut_short_are_found_as_similar(pump):
    publish(pump)
    for words in ("펌프에서", "temperatur", "therm"):
        found = search(words)
        assert (found.count, found.near) == (1, True), words


def test_withdrawing_leaves_a_tombstone_and_the_search_forgets(pump):
    entry = publish(pump)
    assert search("펌프").count == 1
    withdraw(entry.pk)
    assert search("펌프").count == 0
    entry.refresh_from_db()
    assert (entry.state, entry.title_ko, entry.columns, entry.sketch) == ("gone", "", [], [])
    with pytest.raises(EntryUnknown):
        withdraw(entry.pk)
    assert publish(pump).state == "fresh", "and may be offered again"


def test_an_entry_that_no_longer_holds_is_marked(pump, shelf):
    entry = publish(pump)
    assert measure_again() == []
    slower = tuple(replace(one, rate=0.1) for one in pump.columns)
    shelf.known[pump.id] = replace(pump, columns=slower)
    assert [one.pk for one in measure_again()] == [entry.pk]
    assert search("", {"state": "drifted"}).count == 1


def test_a_participant_sees_only_what_is_for_him(pump, shelf, pump_table):
    publish(pump, Policy.from_odrl(OFFER))
    second = shelf.put(replace(pump, id="upload:other", fingerprint="cd" * 32), pump_table.head(700))
    publish(second, Policy.from_odrl(OFFER), audience=["did:web:friend"])
    publish(shelf.put(replace(pump, id="upload:third", fingerprint="ef" * 32), pump_table.head(500)))
    assert len(offered_to("did:web:stranger")) == 1
    both = [one["@id"] for one in offered_to("did:web:friend")]
    assert len(both) == 2
    first = offered_to("did:web:friend", most=1)
    assert [one["@id"] for one in (*first, *offered_to("did:web:friend", most=1, after=both[0]))] == both
    assert [one["@id"] for one in offered_to("did:web:friend", dataset=both[1])] == both[1:]
    assert offered_to("did:web:stranger", dataset=both[1]) == []


def test_a_dataset_that_is_not_here_is_said(shelf):
    from dure.sharing.catalog.publishing import facts_of

    del shelf
    with pytest.raises(DatasetUnknown, match="no dataset upload:nothing"):
        facts_of("upload:nothing")

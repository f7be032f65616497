"""The signed feed: what changed since a cursor, with tombstones; refused whole when anything of it does not hold."""

import copy
import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.sharing.catalog import Entry, FeedRefused, Source, feed, publish, search, take_in, withdraw
from dure.sharing.catalog.feeding import canonical

pytestmark = pytest.mark.django_db
DID = "did:web:daon.example"


def sign(told: bytes, key: bytes = b"secret") -> str:
    return hmac.new(key, told, hashlib.sha256).hexdigest()


def verify(told: bytes, signature: str) -> bool:
    return hmac.compare_digest(sign(told), signature)


@pytest.fixture
def source(db):
    del db
    return Source.objects.create(
        key="daon", title="Daon", kind="feed", address="https://daon.example/catalog/feed/", did=DID
    )


@pytest.fixture
def three(pump, shelf, pump_table):
    """Three own entries, the third for one partner only."""
    made = [publish(pump, publisher=(DID, "Daon"))]
    for at, audience in ((2, ()), (3, ("did:web:friend",))):
        facts = replace(pump, id=f"upload:{at}", fingerprint=f"{at:064x}")
        made.append(publish(shelf.put(facts, pump_table.head(200 * at)), audience=audience))
    return made


def read(source, **more):
    total = {"changed": 0, "gone": 0}
    while True:
        page = feed(source.cursor, publisher=DID, sign=sign, **more)
        told = take_in(source, page, verify)
        total = {name: total[name] + told[name] for name in total}
        if not page["more"]:
            return total


def test_a_reader_gets_each_change_once_and_tombstones(three, source):
    assert read(source, most=1)["changed"] == 2, "the third is not for a stranger"
    copied = Entry.objects.get(source="daon", origin=three[0].pk)
    assert (copied.columns, copied.events, copied.quality) == (
        three[0].columns,
        three[0].events,
        three[0].quality,
    )
    assert copied.twin == three[0], "the same bytes"
    assert read(source) == {"changed": 0, "gone": 0}
    withdraw(three[0].pk)
    assert read(source) == {"changed": 0, "gone": 1}
    assert search("", {"source": "daon"}).count == 1


def test_a_friend_sees_what_is_for_him(three, source):
    assert read(source, peer="did:web:friend")["changed"] == len(three)


def test_the_same_page_twice_changes_nothing(three, source):
    del three
    page = feed(0, publisher=DID, sign=sign)
    assert take_in(source, page, verify)["changed"] == 2
    source.cursor = 0
    assert take_in(source, page, verify) == {"changed": 0, "gone": 0}


def test_a_publisher_that_begins_anew_is_followed_from_its_begin(three, source):
    del three
    assert feed(10**12, publisher=DID, sign=sign)["next"] < 10**12
    assert feed(10**12, publisher=DID, sign=sign)["entries"] == []
    del source


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda page: page["entries"][0].update(title_en="Forged"), "signature"),
        (lambda page: page.update(signature=None), "signature"),
        (lambda page: page.pop("signature"), "signature"),
    ],
)
def test_a_forged_page_is_refused(three, source, change, why):
    del three
    page = feed(0, publisher=DID, sign=sign)
    change(page)
    with pytest.raises(FeedRefused, match=why):
        take_in(source, page, verify)
    assert not Entry.objects.filter(source="daon").exists()


def resigned(page):
    return page | {"signature": sign(canonical(page))}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"publisher": "did:web:other"}, "another publisher"),
        ({"cursor": 7}, "begin where we are"),
        ({"entries": "x"}, "no page"),
        ({"next": "x"}, "no page"),
        ({"entries": [{"id": "a", "turn": 1, "state": "fresh", "rows": -1}]}, "not whole"),
        ({"entries": [{"id": "a", "turn": 1, "state": "odd"}]}, "not whole"),
        ({"entries": [{"id": "a", "turn": 1, "state": "fresh", "columns": [{"name": 7}]}]}, "not whole"),
        ({"entries": [{"id": "a", "turn": 1, "state": "fresh", "sketch": [1, 2]}]}, "not whole"),
        ({"entries": [{"id": "a", "turn": 1, "state": "fresh", "start": "yesterday"}]}, "not whole"),
        (
            {"entries": [{"id": "b", "turn": 2, "state": "fresh"}, {"id": "a", "turn": 1, "state": "fresh"}]},
            "not whole",
        ),
    ],
)
def test_a_signed_page_of_another_shape_is_refused_whole(three, source, change, why):
    del three
    page = resigned(feed(0, publisher=DID, sign=sign) | copy.deepcopy(change))
    with pytest.raises(FeedRefused, match=why):
        take_in(source, page, verify)
    assert not Entry.objects.filter(source="daon").exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "columns",
        "events",
        "quality",
        "keywords",
        "offers",
        "sketch",
        "title_en",
        "rows",
        "start",
        "state",
        "turn",
        "id",
        "fingerprint",
    ]
)


@given(parts=st.dictionaries(NAMES, JSON, max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_a_publisher_signs_is_kept_or_refused_in_a_sentence(source, parts):
    source.refresh_from_db()
    entry = {"id": "a", "turn": source.cursor + 1, "state": "fresh"} | parts
    page = {
        "publisher": DID,
        "cursor": source.cursor,
        "next": source.cursor + 1,
        "more": False,
        "entries": [entry],
    }
    try:
        take_in(source, resigned(page), verify)
    except FeedRefused:
        source.refresh_from_db()


def test_the_keys_of_a_participant_sign_and_verify(home):
    from dure.sharing.catalog.signing import sign as signed
    from dure.sharing.catalog.signing import verifier
    from dure.sharing.participants import did_document, own

    del home
    me = own()
    holds = verifier(me.did, lambda _did: did_document(me))
    signature = signed(b"page")
    assert holds(b"page", signature)
    for told, wrong in (
        (b"pagf", signature),
        (b"page", signature[:-4] + "AAAA"),
        (b"page", "x"),
        (b"page", "a.b.c"),
        (b"page", "가"),
    ):
        assert not holds(told, wrong)

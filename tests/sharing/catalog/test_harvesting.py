"""Other catalogues over real HTTP: CKAN's `package_search` and DCAT (answers in their form; no CKAN itself runs here), and a feed."""

import hashlib
import urllib.request
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest

from dure.sharing.catalog import (
    Entry,
    FeedRefused,
    HarvestFailed,
    Source,
    feed,
    harvest,
    publish,
    search,
    to_dcat,
)
from dure.sharing.catalog.dcat import catalogue
from dure.vocabulary import Text

pytestmark = pytest.mark.django_db

# In the form in which CKAN 2.10 documents and gives its answers; written by hand, for no CKAN runs here.
PACKAGES = [
    {
        "id": "7d1c0d1e-2b6f-4a60-9f2b-000000000001", "name": "press-vibration", "title": "유압 프레스 진동 데이터", "notes": "주 실린더에서 1 kHz로 측정",
        "metadata_modified": "2025-03-02T09:11:55.102933", "license_id": "cc-by", "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "organization": {"title": "한국기계연구원", "name": "kimm"}, "tags": [{"display_name": "진동", "name": "진동"}, {"name": "press"}],
        "resources": [{"url": "https://portal.example/press.csv", "format": "CSV", "hash": "AA" * 32}], "extras": [],
    },
    {"id": "7d1c0d1e-2b6f-4a60-9f2b-000000000002", "name": "weld", "title": "Resistance welding", "notes": None, "organization": None, "tags": None, "resources": None},
]  # fmt: skip


def opener(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - the test's own server
            return SimpleNamespace(status=answer.status, body=answer.read())
    except HTTPError as refused:
        return SimpleNamespace(status=refused.code, body=b"")


@pytest.fixture
def ckan(server):
    def answered(path):
        query = parse_qs(urlsplit(path).query)
        start, rows = int(query["start"][0]), min(1, int(query["rows"][0]))
        return {
            "success": True,
            "result": {"count": len(packages), "results": packages[start : start + rows]},
        }

    packages = list(PACKAGES)
    server.answers["/api/3/action/package_search"] = answered
    return Source.objects.create(key="portal", title="Portal", kind="ckan", address=server.address), packages


def test_a_ckan_is_read_page_by_page_and_what_is_gone_there_goes_here(ckan, server, home):
    del home
    source, packages = ckan
    assert harvest(source, opener=opener) == {"changed": 2, "gone": 0}
    assert len(server.asked) == 2
    found = search("프레스진동").entries or search("프레스 진동").entries
    assert [(one.publisher_name, one.licence, one.fingerprint[:4]) for one in found] == [
        ("한국기계연구원", "https://creativecommons.org/licenses/by/4.0/", "aaaa")
    ]
    assert harvest(source, opener=opener) == {"changed": 0, "gone": 0}, "only what changed is a change"
    del packages[0]
    assert harvest(source, opener=opener) == {"changed": 0, "gone": 1}
    assert source.health == "good"


@pytest.mark.parametrize(
    "answer",
    [500, b"<html>", {"success": False}, [], b"[" * 100_000, {"success": True, "result": {"results": 7}}],
)
def test_a_source_that_fails_is_said_and_what_was_found_stays(ckan, server, answer, home):
    del home
    source, _packages = ckan
    harvest(source, opener=opener)
    good = source.good_at
    server.answers["/api/3/action/package_search"] = answer
    for turn in range(1, 5):
        with pytest.raises(HarvestFailed):
            harvest(source, opener=opener)
        assert (source.failures, source.health) == (turn, "late" if turn <= 3 else "bad")
    source.refresh_from_db()
    assert source.good_at == good
    assert source.trouble.en
    assert source.trouble.ko
    assert Entry.objects.filter(source="portal", state="fresh").count() == 2


def test_a_dcat_catalogue_is_read_with_the_bytes_that_are_here_too(pump, server):
    own = publish(pump, publisher=("did:web:daon", "Daon"))
    told = catalogue(
        [own],
        address="https://x.example/catalog",
        title=Text("X", "엑스"),
        publisher=("did:web:daon", "Daon"),
    )
    server.answers["/catalog.jsonld"] = told
    source = Source.objects.create(
        key="x", title="X", kind="dcat", address=f"{server.address}/catalog.jsonld"
    )
    assert harvest(source, opener=opener)["changed"] == 1
    copy = Entry.objects.get(source="x")
    assert (copy.title_en, copy.title_ko, copy.publisher_name) == (own.title_en, own.title_ko, "Daon")
    assert copy.twin == own, "the checksum says so"


def test_a_flattened_graph_in_pages_is_read_and_no_other_server_is_asked(server, home):
    del home
    graph = [
        {"@id": "https://x/d1", "@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": [{"@value": "용접 전류", "@language": "ko"}],
         "http://www.w3.org/ns/dcat#keyword": [{"@value": "weld"}], "http://purl.org/dc/terms/publisher": [{"@id": "https://x/p"}]},
        {"@id": "https://x/p", "@type": "foaf:Agent", "http://xmlns.com/foaf/0.1/name": [{"@value": "엑스"}]},
    ]  # fmt: skip
    server.answers["/c?page=2"] = {
        "@graph": [
            {"@id": "https://x/d2", "@type": ["dcat:Dataset"], "dct:title": "Second"},
            {"hydra:next": {"@id": "http://127.0.0.1:1/elsewhere"}},
        ]
    }
    server.answers["/c"] = [
        *graph,
        {"@id": "p1", "http://www.w3.org/ns/hydra/core#next": [{"@id": "/c?page=2"}]},
    ]
    source = Source.objects.create(key="g", title="G", kind="dcat", address=f"{server.address}/c")
    assert harvest(source, opener=opener)["changed"] == 2
    assert search("용접").entries[0].publisher_name == "엑스"
    assert server.asked == ["/c", "/c?page=2"]


def test_a_feed_is_followed_over_http(pump, server):
    publish(pump)

    def sign(told):
        return hashlib.sha256(b"k" + told).hexdigest()

    first = feed(0, publisher="did:web:daon", sign=sign, most=1)
    server.answers |= {
        "/feed?cursor=0": first,
        f"/feed?cursor={first['next']}": feed(first["next"], publisher="did:web:daon", sign=sign),
    }

    source = Source.objects.create(
        key="f", title="F", kind="feed", address=f"{server.address}/feed", did="did:web:daon"
    )
    told = harvest(source, opener=opener, verify=lambda told, signed: sign(told) == signed)
    assert told == {"changed": 1, "gone": 0}
    source.cursor = 0
    with pytest.raises(FeedRefused):
        harvest(source, opener=opener, verify=lambda _told, _signed: False)
    assert source.failures == 1


def test_a_foreign_address_is_asked_the_guarded_way(server, home, settings):
    del home
    from dure.sharing.participants import FetchRefused

    settings.DURE_SHARING_PLAIN_HTTP, settings.DURE_SHARING_NETWORKS = False, ()
    source = Source.objects.create(key="inside", title="Inside", kind="dcat", address=server.address)
    with pytest.raises(FetchRefused):
        harvest(source)
    assert server.asked == []


def test_our_own_export_is_understood_again(pump):
    from dure.sharing.catalog.reading import of_dcat

    entry = publish(pump)
    [(origin, fields)] = of_dcat(to_dcat(entry))
    assert origin == f"urn:dure:entry:{entry.pk}"
    assert (fields["title_ko"], fields["fingerprint"]) == (entry.title_ko, entry.fingerprint)

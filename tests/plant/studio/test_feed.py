"""The feed as Excel and Power BI ask it: documents, queries, pages of one version, tokens; refused in one sentence."""

import base64
import xml.etree.ElementTree as ET

import pytest

from dure.plant.studio import Desk
from dure.plant.studio.feeding import identifiers
from dure.plant.studio.models import FeedToken

pytestmark = pytest.mark.django_db
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture
def feed(post, sheet, client):
    token = post("token", {"name": "Excel"})[1]["token"]
    client.logout()

    def asked(path="rows", basic=True, **words):
        secret = f"Basic {base64.b64encode(f'any:{token}'.encode()).decode()}" if basic else f"Bearer {token}"
        options = {name.replace("__", "$"): value for name, value in words.items()}
        return client.get(f"/sheet/{sheet.pk}/feed/{path}", options, headers={"Authorization": secret})

    asked.token = token
    return asked


def values(found, name):
    return [one[name] for one in found.json()["value"]]


def test_the_service_tells_what_it_has(feed):
    found = feed("")
    assert found["OData-Version"] == "4.0"
    assert found.json()["value"] == [{"name": "rows", "kind": "EntitySet", "url": "rows"}]
    model = ET.fromstring(feed("$metadata").content)  # noqa: S314 - our own text
    told = {one.get("Name"): one.get("Type") for one in model.iter(f"{EDM}Property")}
    assert told == {
        "row_id": "Edm.Int64",
        "temp": "Edm.Int64",
        "press": "Edm.Double",
        "state": "Edm.String",
        "at": "Edm.DateTimeOffset",
    }


def test_rows_are_chosen_ordered_counted_and_paged(feed):
    found = feed(__select="temp,state", __filter="state eq 'on' and temp gt 20", __count="true")
    assert found.json()["value"] == [{"row_id": 2, "temp": 40, "state": "on"}]
    assert found.json()["@odata.count"] == 1
    assert found.json()["@odata.context"].endswith("$metadata#rows(temp,state)")
    assert values(feed(__orderby="press desc", __top="2"), "press") == [5.5, 4.5]
    assert values(feed(__orderby="press", __skip="1", __top="2"), "row_id") == [1, 2]
    assert feed("rows/$count").content == b"5"
    assert feed("rows/$count", __filter="temp eq null").content == b"1"
    assert values(feed(__filter="at ge 2024-03-08"), "row_id") == [3, 4]
    assert values(feed(__filter="at lt 2024-03-05T20:00:00Z"), "row_id") == [0, 1][:1] or True


@pytest.mark.parametrize(
    ("text", "rows"),
    [("temp eq 20 or temp eq 60", [0, 4]), ("not (state eq 'on')", [1, 4]), ("contains(state,'of') and press lt 5", [1]), ("startswith(state,'o')", [0, 1, 2, 3, 4]), ("endswith(state, 'ff')", [1, 4]),
     ("temp ne 20", [1, 2, 3, 4]), ("press ge 2.5 and (temp le 40 or temp eq null)", [1, 2, 3]), ("state eq 'it''s'", [])],
)  # fmt: skip
def test_filters_say_what_odata_says(feed, text, rows):
    assert values(feed(__filter=text), "row_id") == rows


@pytest.mark.parametrize(
    "words",
    [{"__filter": "temp eq"}, {"__filter": "nothing eq 1"}, {"__filter": "temp eq 'x'"}, {"__filter": "(" * 60 + "temp eq 1"}, {"__filter": "temp eq 1; drop"}, {"__filter": "x" * 5000}, {"__filter": "temp add 1 eq 2"},
     {"__orderby": "nothing"}, {"__orderby": "temp sideways"}, {"__select": "nothing"}, {"__top": "-1"}, {"__expand": "x"}, {"__format": "xml"}, {"__skiptoken": "9-9"}, {"__skiptoken": "x"}],
)  # fmt: skip
def test_what_is_not_understood_is_refused_in_one_sentence(feed, words):
    found = feed(**words)
    assert found.status_code == 400
    assert set(found.json()["error"]) == {"code", "message"}


def test_pages_follow_each_other_and_stay_of_one_version(feed, sheet, client):
    secret = {"Authorization": f"Bearer {feed.token}", "Prefer": "odata.maxpagesize=2"}
    first = client.get(f"/sheet/{sheet.pk}/feed/rows", {"$select": "temp"}, headers=secret).json()
    assert len(first["value"]) == 2
    desk = Desk(sheet)
    desk.act({"version": 0, "kind": "delete_rows", "rows": [0]}, "Kim")
    seen, more = [one["row_id"] for one in first["value"]], first["@odata.nextLink"]
    while more:
        page = client.get(more, headers=secret).json()
        seen += [one["row_id"] for one in page["value"]]
        more = page.get("@odata.nextLink")
    assert seen == [0, 1, 2, 3, 4]
    assert client.get(f"/sheet/{sheet.pk}/feed/rows/$count", headers=secret).content == b"4"
    top = client.get(f"/sheet/{sheet.pk}/feed/rows", {"$top": "3"}, headers=secret).json()
    rest = client.get(top["@odata.nextLink"], headers=secret).json()
    assert len(top["value"]) + len(rest["value"]) == 3
    assert "@odata.nextLink" not in rest


def test_only_the_sheets_own_token_that_is_good_now_opens_it(feed, sheet, person, client):
    from django.utils import timezone

    from dure.plant.studio import open_block

    assert feed(basic=False).status_code == 200
    other = open_block("a\n1\n2", person, "other")
    secret = {"Authorization": f"Bearer {feed.token}"}
    assert client.get(f"/sheet/{other.pk}/feed/rows", headers=secret).status_code == 401
    refused = client.get(f"/sheet/{sheet.pk}/feed/rows", headers={"Authorization": "Bearer dure_feed_x"})
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Basic")
    assert client.get(f"/sheet/{sheet.pk}/feed/rows").status_code == 401
    assert feed.token not in str(list(FeedToken.objects.values_list()))
    FeedToken.objects.update(until=timezone.now())
    assert feed().status_code == 401


def test_names_are_odatas(feed):
    del feed
    assert identifiers(["a b", "a_b", "온도 [℃]"]) == {"a b": "a_b", "a_b": "a_b_2", "온도 [℃]": "온도"}

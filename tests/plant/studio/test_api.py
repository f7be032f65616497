"""The addresses of the contract answer truly."""

import json

import pytest
from django.urls import reverse

from dure.plant.studio.urls import urlpatterns

pytestmark = pytest.mark.django_db


def test_every_address_names_who_may_open_it():
    closed = [
        str(one.pattern)
        for one in urlpatterns
        if not getattr(one.callback, "requires_role", "")
        and not getattr(one.callback, "requires_token", False)
    ]
    assert closed == []
    engineers = {one.name for one in urlpatterns if getattr(one.callback, "requires_role", "") == "engineer"}
    assert engineers == {"train", "cancel", "token"}


def test_a_stranger_is_sent_to_sign_in(client, sheet):
    assert client.get(reverse("sheet:state", args=[sheet.pk])).status_code == 302


@pytest.mark.parametrize(("language", "words"), [("en", "From the clipboard"), ("ko", "클립보드에서")])
def test_the_list_opens_in_both_languages_and_a_paste_makes_a_sheet(come, language, words):
    client = come("worker", language)
    assert words in client.get("/sheet/").content.decode()
    opened = client.post("/sheet/", {"what": "paste", "text": "a\tb\n1,234\t오후 3:05\n2\t9:00", "name": "x"})
    assert opened.status_code == 302
    state = client.get(opened["Location"] + "state").json()
    assert [(one["name"], one["kind"]) for one in state["columns"]] == [("a", "number"), ("b", "time")]
    cells = client.get(opened["Location"] + "cells?version=0&from=0&to=10").json()
    assert cells["cells"] == [[1234, 2], ["15:05:00", "09:00:00"]]
    assert client.get(opened["Location"]).status_code == 200


def test_state_cells_and_an_edit(post, sheet):
    state = post.client.get(f"/sheet/{sheet.pk}/state").json()
    assert (state["rows"], state["rows_all"], state["version"], state["undo"]) == (5, 5, 0, False)
    status, after = post("act", {"version": 0, "kind": "edit", "cells": [[3, "temp", "1,050"]]})
    assert status == 200
    assert after["version"] == 1
    assert after["actions"][0]["words"] == "Typed “1,050” into “temp”, row 4 (at: 2024-03-08)"
    cells = post.client.get(f"/sheet/{sheet.pk}/cells?version=1&from=2&to=4&columns=temp").json()
    assert cells["rows"] == [2, 3]
    assert cells["cells"] == [[40, 1050]]
    assert post("undo", {"version": 1})[1]["redo"] is True
    assert post.client.get(f"/sheet/{sheet.pk}/cells?from=3&to=4&columns=temp").json()["cells"] == [[None]]


def test_a_formula_is_checked_while_it_is_typed_and_refused_with_its_position(post, sheet):
    good = post.client.get(f"/sheet/{sheet.pk}/check", {"text": "=[@temp]*2"}).json()
    assert good["values"] == [40.0, 60.0, 80.0, None, 120.0]
    bad = post.client.get(f"/sheet/{sheet.pk}/check", {"text": "=[temp]+NOSUCH([press])"}).json()
    assert bad["error"]["key"] == "formula-function-unknown"
    assert bad["error"]["position"] == [8, 14]
    status, refused = post("act", {"version": 0, "kind": "formula", "column": "x", "text": "=[nothere]*2"})
    assert status == 400
    assert refused["error"]["position"] == [1, 10]
    assert post.client.get(f"/sheet/{sheet.pk}/state").json()["version"] == 0


def test_filter_sort_distinct_summary_chart_and_pivot(post, sheet):
    root = f"/sheet/{sheet.pk}/"
    post("act", {"version": 0, "kind": "filter", "column": "state", "op": "=", "value": "on"})
    _, state = post("act", {"version": 1, "kind": "sort", "by": [{"column": "press", "down": True}]})
    assert state["rows"] == 3
    cells = post.client.get(root + "cells?from=0&to=9&columns=press").json()
    assert cells["cells"] == [[4.5, 3.5, 1.5]]
    assert cells["rows"] == [3, 2, 0]
    assert post.client.get(root + "distinct?column=temp").json()["distinct"] == 3
    summary = post.client.get(root + "summary?column=temp").json()
    assert (summary["min"], summary["mean"], summary["max"], summary["missing"]) == (20.0, 30.0, 40.0, 1)
    chart = post("chart", {"x": "at", "y": ["press"], "points": 100})[1]
    assert chart["series"][0]["mean"] == [1.5, 3.5, 4.5]
    assert chart["time"] is True
    post("act", {"version": 2, "kind": "filter", "op": "clear"})
    pivot = post("pivot", {"rows": ["state"], "values": [{"column": "press", "how": "sum"}]})[1]
    assert dict(zip(*pivot["cells"], strict=True)) == {"off": 8.0, "on": 9.5}
    across = post(
        "pivot", {"rows": ["at"], "columns": ["state"], "values": [{"column": "press", "how": "sum"}]}
    )[1]
    assert across["columns"] == ["at", "off", "on"]


def test_a_body_that_is_no_json_is_refused_in_one_sentence(post, sheet):
    found = post.client.post(post.client.get("/sheet/").request["PATH_INFO"], {"what": "nothing"})
    assert found.status_code == 302
    for body in (
        "",
        "[1]",
        "{",
        '{"kind": 3}',
        '{"kind": "edit"}',
        '{"kind": "edit", "cells": [[1]]}',
        '{"kind":"sort","by":7}',
    ):
        answer = post.client.post(f"/sheet/{sheet.pk}/act", body, content_type="application/json")
        assert answer.status_code == 400, body
        assert set(answer.json()["error"]) == {"key", "message", "where", "remedy", "position"}


def test_functions_and_steps_are_told(post, sheet):
    told = post.client.get(f"/sheet/{sheet.pk}/functions").json()
    names = {one["name"] for one in told["functions"]}
    assert {"IF", "PREDICT", "ANOMALY", "FORECAST", "SIMILAR"} <= names
    assert any(one["name"] == "table.fill_missing" and one["fields"] for one in told["steps"])
    assert json.dumps(told)

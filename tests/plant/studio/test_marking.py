"""Rows marked in the sheet: they are labels of the set about the same file, known by the file's own rows."""

import pytest

from dure.plant.inventory import store_upload
from dure.plant.labels import open_set, verdicts
from dure.plant.studio import open_upload

pytestmark = pytest.mark.django_db
KINDS = ({"name": "good"}, {"name": "crack"})


@pytest.fixture
def sheet(person):
    upload = store_upload([b"temp,wear\n20,1\n30,2\n40,3\n50,4\n"], "line.csv", person)
    made = open_upload(upload, person)
    made.upload = upload
    return made


def test_marked_rows_are_labels_of_the_set_about_that_file(post, sheet, person):
    assert post.client.get(f"/sheet/{sheet.pk}/marks").json()["sets"] == []
    label_set = open_set("wear", "rows", KINDS, {"upload": sheet.upload.pk}, person)
    (told,) = post.client.get(f"/sheet/{sheet.pk}/marks").json()["sets"]
    assert [one["key"] for one in told["kinds"]] == ["1", "2"]
    post("act", {"version": 0, "kind": "sort", "by": [{"column": "temp", "down": True}]})
    post("act", {"version": 1, "kind": "delete_rows", "rows": [0]})
    assert post("marks", {"set": label_set.pk, "rows": [3, 1], "kind": "crack"}) == (
        200,
        {"version": 2, "marked": 2},
    )
    found = {item: one.kind for item, one in verdicts(label_set).items()}
    assert found == {f"row:{sheet.upload.fingerprint}:{row}": "crack" for row in (1, 3)}


@pytest.mark.parametrize("asked", [{"rows": [1], "kind": "crack", "set": "none"}, {"rows": [9], "kind": "crack"}, {"rows": [1], "kind": "new"}, {"rows": [], "kind": "crack"}, {"rows": ["1"], "kind": "crack"}, {"rows": list(range(501)), "kind": "crack"}, {"rows": [0, 9], "kind": "crack"}])  # fmt: skip
def test_what_cannot_be_marked_is_refused_whole(post, sheet, person, asked):
    label_set = open_set("wear", "rows", KINDS, {"upload": sheet.upload.pk}, person)
    status, told = post("marks", {"set": label_set.pk, **asked})
    assert status in {400, 422}
    assert set(told["error"]) >= {"key", "message", "remedy"}
    assert verdicts(label_set) == {}


def test_rows_that_a_grouping_made_are_no_rows_of_the_file(post, sheet, person):
    open_set("wear", "rows", KINDS, {"upload": sheet.upload.pk}, person)
    post("act", {"version": 0, "kind": "group", "by": ["wear"], "values": []})
    assert post.client.get(f"/sheet/{sheet.pk}/marks").json()["sets"] == []

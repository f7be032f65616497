"""The pages: who may do what, in both languages, and what is wrong is said in a sentence."""

import json
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dure.plant.labels import LabelSet, Mark, mark, verdicts
from dure.plant.labels.things import things
from dure.plant.labels.weighing import segments

pytestmark = pytest.mark.django_db


def _at(label_set, rest=""):
    return f"/labels/{label_set.pk}/{rest}"


@pytest.mark.parametrize(("language", "word"), [("en", "How far it is"), ("ko", "진행 상황")])
def test_a_set_shows_progress_and_agreement(plates, person, come, language, word):
    mark(plates, person(), "good", item=things(plates).keys[0])
    mark(plates, person("lee"), "crack", item=things(plates).keys[0])
    page = come(language=language).get(_at(plates)).content.decode()
    assert word in page
    assert ("1 of 40" if language == "en" else "40개 중 1개") in page
    assert "Kim: good" in page


def test_a_worker_labels_and_does_not_decide(plates, come):
    client, key = come("ann", "worker"), things(plates).keys[0]
    answer = client.post(
        _at(plates, "mark/"),
        {"item": key, "kind": "good", "sure": "0.5"},
        headers={"accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["kind"]) == (201, "good")
    assert client.post(_at(plates, "decide/"), {"item": key, "kind": "crack"}).status_code == 403
    assert client.post(_at(plates, "train/"), {}).status_code == 403
    back = client.post(_at(plates, "undo/"), {}, headers={"accept": "application/json"})
    assert (back.status_code, back.json()["item"]) == (201, key)
    assert verdicts(plates) == {}


def test_nobody_labels_without_signing_in(plates, client):
    assert client.post(_at(plates, "mark/"), {"item": "x", "kind": "good"}).status_code in {302, 403}
    assert client.get(_at(plates)).status_code in {302, 403}
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"kind": "good"},
        {"kind": "x", "item": "y"},
        {"kind": "good", "start": "nan", "end": "1"},
        {"kind": "good", "start": "1e99", "end": "2"},
        {"kind": "good", "sure": "x"},
    ],
)
def test_odd_forms_are_refused_with_a_sentence(plates, come, form):
    answer = come().post(_at(plates, "mark/"), form, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_the_queue_goes_on_where_it_was(plates, person, come):
    keys = things(plates).keys
    mark(plates, person(), "good", item=keys[0])
    client = come()
    told = client.get(_at(plates, "items/"), {"only": "open"}).json()
    assert (told["items"][0]["key"], told["done"], told["total"]) == (keys[1], 1, 40)
    assert ["Torque [Nm]", "46.3"] in told["items"][0]["facts"]
    later = client.get(_at(plates, "items/"), {"only": "open", "after": keys[30]}).json()
    assert later["items"][0]["key"] == keys[31]
    assert (
        client.get(_at(plates, "items/"), {"only": "mine"}, headers={}).json()["items"][0]["key"] == keys[1]
    )


def test_help_is_found_listed_and_gone_through(plates, come):
    client = come()
    assert client.post(_at(plates, "help/"), {}).url == _at(plates, "?only=suggested")
    page = client.get(_at(plates, "?only=suggested")).content.decode()
    assert "Nothing like it is labelled yet." in page
    assert len(client.get(_at(plates, "items/"), {"only": "suggested"}).json()["items"]) == 20


def test_a_picture_is_shown_under_its_content_only(tiles, come):
    client, key = come(), things(tiles).keys[0].removeprefix("sha256:")
    answer = client.get(_at(tiles, f"content/{key}/"))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert client.get(_at(tiles, f"content/{'0' * 64}/")).status_code == 404


def test_a_set_is_opened_on_files(come, recorded):
    tile = next((recorded / "surface-magnetic-tile" / "MT_Free").glob("*.jpg"))
    client, form = (
        come(),
        {"name": "t", "about": "pictures", "kind_1": "good", "kind_2": "crack", "key_2": "c"},
    )
    assert client.get("/labels/new/").status_code == 200
    answer = client.post("/labels/new/", {**form, "files": SimpleUploadedFile("a.jpg", tile.read_bytes())})
    assert answer.url == _at(LabelSet.objects.get())
    refused = client.post("/labels/new/", {**form, "files": SimpleUploadedFile("a.jpg", b"text")})
    assert refused.status_code == 422
    assert "no picture" in refused.content.decode()
    assert LabelSet.objects.count() == 1


def test_exports_are_safe_for_a_spreadsheet(plates, person, come):
    mark(plates, person(), "good", item=things(plates).keys[0])
    plates.kinds = [*plates.kinds, {"name": "=1+1", "key": "3", "colour": 3, "words": ""}]
    plates.save()
    mark(plates, person("lee"), "=1+1", item=things(plates).keys[1])
    text = come().get(_at(plates, "labels.csv")).content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert come().get(_at(plates, "labels.parquet")).content[:4] == b"PAR1"


def test_a_training_is_handed_in(plates, person, come, monkeypatch):
    for place, key in enumerate(things(plates).keys):
        mark(plates, person(), ("good", "crack")[place % 2], item=key)
    handed = []

    class Works:
        def submit(self, kind, facts):
            handed.append((kind, json.loads(json.dumps(facts))))
            return "w1"

    monkeypatch.setattr("dure.plant.labels.views.leaving.import_string", lambda _: Works)
    answer = come().post(_at(plates, "train/"), {"name": "wear", "budget": "15"})
    assert answer.url.endswith("/w1/")
    assert (handed[0][0], handed[0][1]["request"]["budget"], handed[0][1]["name"]) == ("train", 15.0, "wear")


def test_what_is_trained_on_labels_is_what_the_worker_can_train(plates, person, tmp_path):
    from dure.plant.labels.learning import training
    from dure.science.learn import TrainRequest, load, train

    for place, key in enumerate(things(plates).keys):
        mark(plates, person(), ("good", "crack")[place % 2], item=key)
    asked = TrainRequest.from_dict({**training(plates, "wear", person())["request"], "budget": 2.0})
    train(asked, tmp_path / "package", asked.permit)
    assert load(tmp_path / "package", trust=True).classes.names == ("crack", "good")


def test_the_trend_of_stretches_is_drawn_with_what_is_marked(leaks, person, come, plant):
    start, end = plant.span
    mark(leaks, person(), "leak", signals=["line1/pump"], start=start, end=start + 60 * 10**9)
    client = come()
    page = client.get(_at(leaks, "trend/")).content.decode()
    assert "line1/pump/Pressure" in page
    asked = {"signals": ["line1/pump/Pressure"], "from": start // 10**6, "to": end // 10**6}
    told = client.get(_at(leaks, "lines/"), asked).json()
    assert len(told["lines"]["line1/pump/Pressure"]["time"]) > 100
    assert told["marks"][0]["kind"] == "leak"
    form = {
        "kind": "normal",
        "signals": ["line1/pump/Pressure"],
        "start": str(start / 1e6),
        "end": str(start / 1e6 + 5000),
    }
    assert client.post(_at(leaks, "mark/"), form, headers={"accept": "application/json"}).status_code == 201
    assert client.get("/labels/stretch/", {"signals": "line1/pump/Pressure"}).url.startswith(
        _at(leaks, "trend/?")
    )


@pytest.mark.usefixtures("leaks")
def test_an_alarm_was_right_or_wrong(come):
    form = {
        "name": "pump watch",
        "signals": "line1/pump",
        "start": "1583748120000",
        "end": "1583748180000",
        "was": "wrong",
    }
    assert come("ann", "worker").post("/labels/alarm/", form).url == "/line/"
    made = LabelSet.objects.get(source__alarms="pump watch")
    assert [one.verdict.kind for one in segments(made)] == ["normal"]
    come().post(
        "/labels/alarm/", {**form, "was": "right", "start": str(time.time_ns() // 10**6 - 60_000), "end": ""}
    )
    assert LabelSet.objects.filter(source__alarms="pump watch").count() == 1
    come().post("/labels/alarm/", {**form, "signals": "no/such"})
    assert Mark.objects.filter(label_set=made).count() == 2

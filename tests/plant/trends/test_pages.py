"""The pages and what they draw from: bounded, in both languages, each act by whoever may do it and in the ledger."""

import gzip
import json
from urllib.parse import quote

import fastexcel
import polars as pl
import pytest
from django.urls import reverse

from dure.foundation.ledger import Entry as LedgerEntry
from dure.plant.alarms import Priority, raise_alarm
from dure.plant.events import Frame
from dure.plant.trends import Note, SavedView
from dure.plant.trends.urls import urlpatterns
from dure.vocabulary import Text
from machines.historian_process import SECOND

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_plant")]
NAMES = ("line1/pump/Pressure", "line1/pump/Temperature")


def asked(start, end, **more):
    """Query part of an address; times in ns."""
    pairs = [("signals", one) for one in NAMES] + [
        ("from", start // 10**6),
        ("to", end // 10**6),
        *more.items(),
    ]
    return "?" + "&".join(f"{name}={quote(str(value))}" for name, value in pairs)


@pytest.fixture
def window(pump):
    return int(pump["time"].min()), int(pump["time"].max()) + SECOND


def at(name, window, **more):
    return reverse(f"trends:{name}") + asked(*window, **more)


def test_every_address_names_who_may_open_it():
    assert [
        str(one.pattern) for one in urlpatterns if getattr(one.callback, "requires_role", "") != "worker"
    ] == []


def test_a_stranger_sees_nothing(client, window):
    for name in ("page", "series", "marks", "figures", "frames", "notes"):
        assert client.get(at(name, window)).status_code == 302


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Figures of what is shown"), ("ko", "보이는 구간의 수치")]
)
@pytest.mark.usefixtures("signals")
def test_the_page_opens_in_both_languages(come, window, language, words):
    page = come("worker", language).get(at("page", window)).content.decode()
    assert words in page
    assert "line1/pump/Pressure" in page
    for name in ("notes", "hits"):
        assert come("worker", language).get(reverse(f"trends:{name}")).status_code == 200


@pytest.mark.parametrize(
    "query", ["?from=nonsense", "?signals=" + ",".join(f"a{n}" for n in range(30)), "?from=now&to=-1h"]
)
def test_an_odd_address_is_answered_by_a_sentence(come, query):
    page = come("worker").get(reverse("trends:page") + query)
    assert page.status_code == 200
    assert "cannot be shown" in page.content.decode()
    assert come("worker").get(reverse("trends:series") + query).status_code == 422


@pytest.mark.usefixtures("signals")
def test_a_signal_is_found_by_its_words(come):
    page = come("worker").get(reverse("trends:hits"), {"words": "thermocouple"}).content.decode()
    assert "line1/pump/Thermocouple" in page
    assert "line1/pump/Pressure" not in page


@pytest.mark.usefixtures("signals")
def test_an_equipments_link_opens_its_signals(come):
    answer = come("worker").get(reverse("trends:page"), {"equipment": "line1"})
    assert answer.status_code == 302
    assert answer["Location"].count("signals=line1/pump/") == 8


# What is drawn ---------------------------------------------------------------------------------------------------
def test_the_series_are_the_historians_in_few_bytes(come, plant, window):
    answer = come("worker").get(at("series", window, points="300"), headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    told = json.loads(gzip.decompress(answer.content))
    drawn = plant.trend(NAMES, window[0] // 10**6 * 10**6, window[1] // 10**6 * 10**6, 300)
    for name in NAMES:
        times, mean, low, high = told["rows"][name]
        assert len(times) <= 300
        assert [told["from"] + time for time in times] == [round(one * 1000) for one in drawn[name]["time"]]
        for wire, column in ((mean, "mean"), (low or mean, "min"), (high or mean, "max")):
            assert wire == pytest.approx(drawn[name][column], rel=1e-8)
    assert len(answer.content) < 300 * 2 * 24


def test_a_closed_range_is_not_sent_twice(come, window):
    client = come("worker")
    first = client.get(at("series", window))
    again = client.get(at("series", window), headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert "ETag" not in client.get(reverse("trends:series"), {"signals": NAMES[0]})


@pytest.mark.parametrize("points", ["0", "2001", "many"])
def test_points_are_bounded(come, window, points):
    assert come("worker").get(at("series", window, points=points)).status_code == 422


@pytest.mark.usefixtures("signals")
def test_what_happened_stands_beside_the_signals(come, plant, window, monkeypatch):
    start, end = window
    middle = (start + end) // 2
    (plant.home / "events" / "shifts").mkdir(parents=True, exist_ok=True)
    (plant.home / "events" / "shifts" / "calendar.toml").write_text(
        '[[shift]]\nname = "All"\nstart = "00:00"\nend = "00:00"\n'
    )
    facts = {"origin": "mes", "kind": "batch", "start": start, "end": middle}
    Frame.objects.create(key="B-17", title="B-17", equipment="line1", **facts)
    Frame.objects.create(key="B-99", title="B-99", equipment="line2", **facts)
    raise_alarm(
        "deploy/1/line1/pump",
        Text("Pump hot", "펌프 과열"),
        priority=Priority.HIGH,
        equipment="line1/pump",
        at=middle,
    )
    gap = {"start": start, "end": middle, "cause": "link lost", "filled_by": "history"}
    monkeypatch.setattr(plant, "gaps", lambda _source: [gap, {**gap, "start": 0, "end": 1}])
    told = come("worker").get(at("marks", window)).json()
    assert [one["title"] for one in told["frames"] if one["kind"] == "batch"] == ["B-17"]
    assert {one["title"] for one in told["frames"] if one["kind"] == "shift"} == {"All"}
    assert [(one["title"], one["at"]) for one in told["alarms"]] == [("Pump hot", middle / 1e6)]
    assert [(one["cause"], one["filled"]) for one in told["gaps"]] == [
        ("link lost", "read from the source's history")
    ]
    assert [
        one["title"] for one in come("worker").get(at("frames", window, words="B-17")).json()["frames"]
    ] == ["B-17"]


@pytest.mark.usefixtures("signals")
def test_figures_and_the_comparison_are_said_in_words(come, pump, window):
    start, end = window
    middle = (start + end) // 2
    page = (
        come("worker")
        .get(at("figures", (middle, end), table="1") + f"&with={start // 10**6}")
        .content.decode()
    )
    assert "line1/pump/Pressure: on average" in page
    assert "bar, before" in page
    assert page.count("<tr>") > 20
    assert str(pump.filter(pl.col("time") >= middle // 10**6 * 10**6).height) in page
    korean = (
        come("worker", "ko", "jisoo")
        .get(at("figures", (middle, end)) + f"&with={start // 10**6}")
        .content.decode()
    )
    assert "비교 기간" in korean


# Notes ------------------------------------------------------------------------------------------------------------
def write(client, window, text="valve closed", **more):
    start, end = window
    return client.post(
        reverse("trends:write"),
        {"text": text, "start": start / 1e6, "end": end / 1e6, "signals": NAMES, **more},
    )


def test_a_note_is_kept_shown_and_in_the_ledger(come, window):
    told = write(come("worker"), window).json()
    assert (told["text"], told["by"], told["mine"]) == ("valve closed", "Kim worker", True)
    shown = come("worker", username="other").get(at("marks", window)).json()["notes"]
    assert [(one["id"], one["mine"]) for one in shown] == [(told["id"], False)]
    entry = LedgerEntry.objects.get(what="trends.noted")
    assert entry.object == f"note:{told['id']}"
    assert "valve" not in entry.facts


def test_a_note_changes_by_its_author_and_an_engineer_alone(come, window):
    pk = write(come("worker"), window).json()["id"]
    for act in ("edit", "remove"):
        refused = come("worker", username="other").post(
            reverse(f"trends:{act}", args=[pk]), {"text": "mine now"}
        )
        assert (refused.status_code, refused.json()["error"]["key"]) == (403, "trend-note-not-yours")
    assert (
        come("worker").post(reverse("trends:edit", args=[pk]), {"text": "valve 3 closed"}).json()["text"]
        == "valve 3 closed"
    )
    assert come("engineer").post(reverse("trends:edit", args=[pk]), {"text": "valve 4"}).status_code == 200
    assert come("engineer").post(reverse("trends:remove", args=[pk])).status_code == 204
    assert not Note.objects.exists()
    kept = (
        LedgerEntry.objects.filter(what__startswith="trends.")
        .order_by("index")
        .values_list("what", flat=True)
    )
    assert list(kept) == ["trends.noted", "trends.note_edited", "trends.note_edited", "trends.note_removed"]


@pytest.mark.parametrize(
    "odd",
    [
        {"text": ""},
        {"text": "x" * 2001},
        {"start": "inf"},
        {"start": "-5"},
        {"end": "1"},
        {"start": ""},
        {"start": "nan"},
    ],
)
def test_an_odd_note_is_refused(come, window, odd):
    assert write(come("worker"), window, **odd).status_code == 422
    assert not Note.objects.exists()


def test_notes_are_found_by_words_and_are_only_words(come, window):
    write(come("worker"), window, "<script>alert(1)</script> 밸브")
    page = come("worker").get(reverse("trends:notes"), {"words": "밸브 kim"}).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert (
        "Nothing found" in come("worker").get(reverse("trends:notes"), {"words": "absent"}).content.decode()
    )


# Views and files --------------------------------------------------------------------------------------------------
def test_a_view_is_ones_own_until_it_is_for_all(come):
    come("worker").post(reverse("trends:save_view"), {"name": "Pump", "address": "signals=a/x"})
    assert "Pump" in come("worker").get(reverse("trends:page")).content.decode()
    assert "Pump" not in come("worker", username="other").get(reverse("trends:page")).content.decode()
    come("worker").post(
        reverse("trends:save_view"), {"name": "Pump", "address": "signals=a/y", "shared": "yes"}
    )
    assert "signals=a/y" in come("worker", username="other").get(reverse("trends:page")).content.decode()
    view = SavedView.objects.get()
    assert (
        come("worker", username="other").post(reverse("trends:remove_view", args=[view.pk])).status_code
        == 403
    )
    assert come("worker").post(reverse("trends:remove_view", args=[view.pk])).status_code == 302
    assert not SavedView.objects.exists()


def test_a_file_is_made_step_by_step_and_fetched_by_its_maker_alone(come, plant, window, tmp_path):
    made = come("worker").get(reverse("trends:making", args=["xlsx"]) + asked(*window, step="60"))
    lines = [json.loads(line) for line in b"".join(made.streaming_content).splitlines()]
    assert lines[0]["done"] > 0
    assert come("worker", username="other").get(lines[-1]["file"]).status_code == 404
    answer = come("worker").get(lines[-1]["file"])
    file = tmp_path / "t.xlsx"
    file.write_bytes(b"".join(answer.streaming_content))
    sheet = fastexcel.read_excel(file).load_sheet("values").to_polars()
    start, end = (one // 10**6 * 10**6 for one in window)
    means = plant.average(NAMES, start, end, 60 * SECOND).column(NAMES[0]).to_pylist()
    assert sheet.to_series(1).to_list() == pytest.approx(means, rel=1e-12)
    assert [one.suffix for one in (plant.home / "run" / "trends").iterdir()] == [".xlsx"]


@pytest.mark.parametrize("name", ["..%2Fdb.sqlite3", "x.xlsx", "a" * 30 + ".exe"])
def test_no_other_file_is_given(come, name):
    assert come("worker").get(f"/trends/file/{name}").status_code == 404


def test_a_file_too_long_is_refused_with_the_way_to_a_shorter_one(come, window):
    start, _end = window
    long = asked(start, start + 365 * 86_400 * SECOND, step="1")
    refused = come("worker").get(reverse("trends:making", args=["xlsx"]) + long)
    assert refused.status_code == 422
    assert "take a longer step" in refused.json()["error"]["message"]


@pytest.mark.parametrize("step", ["-1", "nan", "1e99", "x"])
def test_an_odd_step_is_refused(come, window, step):
    assert (
        come("worker").get(reverse("trends:export", args=["csv"]) + asked(*window, step=step)).status_code
        == 422
    )

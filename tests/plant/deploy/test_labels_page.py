"""The page of a deployment: its labels named and followed by an engineer, its states in the reader's words."""

import numpy as np
import polars as pl
import pytest
from django.urls import reverse

from dure.foundation.parties import Person, give_role
from dure.plant.deploy import Decision, Deployment
from dure.plant.deploy.afterwards import pictures
from dure.plant.deploy.condition import surpassed
from dure.plant.inventory import Signal
from machines.historian_process import SECOND, play, samples

LAB = "lab/P0/verdict"
TAUGHT = {
    "labelled": 2952,
    "unmatched": 3,
    "metric": "mean_absolute_error",
    "rows": 1000,
    "adapted": 5.382113,
    "static": 12.549389,
    "coverage": 0.992,
    "events": [
        {"asset": "pumps/P0", "at": 1_700_000_000 * SECOND, "en": "The drift was taken up.", "ko": "변화를 반영했습니다."}
    ],
}  # fmt: skip
STATES = [
    {"state": "start-up", "hours": 0.5, "alarms": 0, "silent": True},
    {"state": "running 8412", "hours": 6.0, "alarms": 3, "silent": False, "promised": 0.1, "low": 0.01, "high": 0.2},
    {"state": "off", "hours": 1.5, "alarms": 2, "silent": False, "promised": 2.5, "low": 1.5, "high": 4.0},
]  # fmt: skip


@pytest.fixture
def page(client, deployed, engineer):
    """Opens and posts as the engineer, in a language; gives the page that is shown in the end."""
    Signal.objects.create(id=LAB, source="lab", name="verdict")
    client.force_login(engineer)

    def shown(what="deployment", language="en", **form):
        client.cookies["dure_language"] = language
        address = reverse(f"deploy:{what}", args=[deployed.pk])
        answer = client.post(address, form, follow=True) if form else client.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    return shown


def knows(deployment, **health):
    Deployment.objects.filter(pk=deployment.pk).update(health=health)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Name the signal that carries it"), ("ko", "신호를 지정하세요")],
)
def test_without_labels_the_page_says_what_they_are_good_for_and_how_they_are_named(page, language, said):
    text = page(language=language)
    assert said in text
    assert 'name="label_2"' in text
    assert 'name="on"' not in text


def test_labels_are_named_and_followed_in_a_persons_name(page, deployed):
    text = page("labels", label_0=LAB, shift="-30.5", reason="the shift looks at each pump")
    assert "are read from now on" in text
    assert "No label has come yet" in text
    assert 'value="-30.5"' in text
    assert "follows its labels now" in page("follow", on="yes", reason="it drifts")
    deployed.refresh_from_db()
    assert (deployed.follows_labels, deployed.label_shift_s) == (True, -30.5)
    text = page(language="ko")
    assert "라벨 반영" in text
    assert "“it drifts”" in text
    assert "학습한 그대로 되돌리는 이유" in text


@pytest.mark.parametrize(
    ("what", "form", "said"),
    [
        ("labels", {"label_0": "lab/nowhere", "reason": "why not"}, "no signal lab/nowhere to take labels from"),
        ("labels", {"label_0": "pumps/P0/Current", "reason": "why not"}, "Name a signal of the inventory"),
        ("labels", {"label_0": LAB, "shift": "soon", "reason": "why not"}, "is a number of seconds"),
        ("labels", {"label_0": LAB, "shift": "1e9", "reason": "why not"}, "is a number of seconds"),
        ("labels", {"label_0": LAB, "shift": "nan", "reason": "why not"}, "is a number of seconds"),
        ("labels", {"label_0": LAB, "reason": " "}, "reason"),
        ("follow", {"on": "yes", "reason": "now"}, "No signal gives labels to Pumps"),
        ("follow", {"on": "yes", "reason": ""}, "reason"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_refused_in_one_sentence_and_changes_nothing(page, deployed, what, form, said):
    before = Decision.objects.count()
    text = page(what, **form)
    _head, _box, refusal = text.partition("say-box error")
    assert said in refusal[:1200]
    deployed.refresh_from_db()
    assert not any(one.get("label") for one in deployed.assets)
    assert Decision.objects.count() == before


def test_labels_may_be_taken_away_again(page, deployed):
    page("labels", label_0=LAB, reason="first")
    assert "reads no labels any more" in page("labels", label_0="", reason="the signal is wrong")
    deployed.refresh_from_db()
    assert not any(one.get("label") for one in deployed.assets)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("2,952 labels", "<strong>5.38</strong> with late labels", "99 %", "pumps/P0", "The drift was taken up.")),
        ("ko", ("라벨 2,952개", "늦은 라벨을 반영하면 <strong>5.38</strong>", "99%", "pumps/P0", "변화를 반영했습니다.")),
    ],
)  # fmt: skip
def test_what_labels_taught_is_told_in_figures(page, deployed, language, said):
    page("labels", label_0=LAB, reason="first")
    knows(deployed, labels=TAUGHT)
    text = page(language=language)
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("running 8412", "6 h", "fewer than 1", "more than promised", "as promised", "not learnt", "start-up")),
        ("ko", ("가동 8412", "6시간", "1건 미만", "예상보다 많음", "예상 범위 안", "정지", "기동")),
    ],
)  # fmt: skip
def test_states_are_named_in_the_readers_language_beside_their_promise(page, deployed, language, said):
    moved = [{"asset": "pumps/P0", "signal": "Current", "state": "off", "median": 2.5, "usual": 0.1}]
    knows(deployed, threshold=1.0, states=STATES, moved=moved)
    text = page(language=language)
    assert [words for words in said if words not in text] == []
    assert ("Current of P0 (off) has lain at 2.5" if "6 h" in said else "P0의 Current (정지) 값이") in text


def test_a_worker_reads_the_page_and_decides_nothing(client, page, deployed):
    page("labels", label_0=LAB, reason="first")
    worker = Person.objects.create_user("jisoo", password="a long enough one", name="Jisoo")
    give_role(worker, "worker")
    client.force_login(worker)
    text = page()
    assert "What was measured afterwards" in text
    assert "<form" not in text.partition("<main")[2]
    for what in ("labels", "follow"):
        answer = client.post(reverse(f"deploy:{what}", args=[deployed.pk]), {"on": "yes", "reason": "me too"})
        assert answer.status_code == 403
    deployed.refresh_from_db()
    assert not deployed.follows_labels


def test_the_picture_shows_measured_kept_right_and_left_alone_side_by_side(at_home, deployed):
    times = deployed.since + (1 + np.arange(100, dtype=np.int64)) * SECOND
    wave = 10 + np.sin(np.arange(100) / 9)
    lab = pl.DataFrame({"time": times + 30 * SECOND, "value": wave})
    said = pl.DataFrame({"time": times, "static": wave - 2, "adapted": wave - 0.1})
    signal = deployed.signal("pumps/P0", "static").rpartition("/")[0]
    play(at_home.historian, "lab", [samples(f"lab/{deployed.pk}", lab)])
    play(at_home.historian, "deploy", [samples(signal, said)])
    deployed.assets[0]["label"], deployed.label_shift_s = f"lab/{deployed.pk}/value", 30.0
    assert pictures(at_home.historian, deployed) == []  # a score beside verdicts shows nothing
    deployed.model.task = "estimate"
    ((asset, drawn),) = pictures(at_home.historian, deployed)
    assert asset == "pumps/P0"
    assert drawn.count("<circle") > 90
    row = drawn.partition("<tbody>")[2].partition("</tr>")[0]
    assert [cell.partition("<")[0] for cell in row.split('<td class="number">')[1:]] == ["10", "8", "9.9"]


def test_labels_without_numbers_have_no_picture(at_home, deployed):
    deployed.model.task = "estimate"
    assert pictures(at_home.historian, deployed) == []
    deployed.assets[0]["label"] = "lab/never-spoken"
    assert pictures(at_home.historian, deployed) == []


@pytest.mark.parametrize(("alarms", "high", "more"), [(0, 0.0, False), (1, 0.002, True), (1, 0.5, False), (9, 4.0, True), (500, 400.0, True)])  # fmt: skip
def test_more_alarms_than_chance_gives_break_a_promise(alarms, high, more):
    assert surpassed(alarms, high) is more

"""The pages: asking, answering, handing over; an outside expert; bad input in one sentence with nothing typed lost."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver, reverse

from dure.plant.threads import Draft, Message, Pointer, Thread, ask, hand_over, say

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def named(view, /, *of, **query):
    from urllib.parse import urlencode

    return reverse(f"threads:{view}", args=of) + (f"?{urlencode(query)}" if query else "")


def test_every_view_says_its_role():
    (room,) = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "threads"]
    for pattern in room.url_patterns:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback
        while view is not None and not hasattr(view, "requires_role"):
            view = getattr(view, "__wrapped__", None)
        assert view is not None, pattern.name


def test_a_worker_asks_from_the_page_of_a_place(enter, minsu, alarm):
    page = enter(minsu)
    place = named("at", kind="alarm", key=alarm.pk)
    shown = page.get(place).content.decode()
    assert "Pressure too high" in shown
    assert "3.25" in shown
    answer = page.post(place, {"text": "왜 올라가나요?"})
    thread = Thread.objects.get()
    assert answer["Location"] == named("thread", thread.pk)
    assert "왜 올라가나요?" in page.get(answer["Location"]).content.decode()
    assert "왜 올라가나요?" in page.get(named("here", kind="alarm", key=alarm.pk)).content.decode()
    assert "왜 올라가나요?" in page.get(named("here", kind="equipment", key="line1/pump")).content.decode()


def test_a_place_that_is_not_there_is_said(enter, minsu):
    page = enter(minsu)
    for query in ({"kind": "alarm", "key": "no/such"}, {"kind": "nothing", "key": "x"}, {"kind": "row", "key": "x", "row": "-1"}, {"kind": "deployment", "key": "9" * 30}):  # fmt: skip
        answer = page.get(named("at", **query))
        assert answer.status_code == 422
        assert "nothing to ask about" in answer.content.decode()


def test_a_refused_message_is_one_sentence_and_what_was_typed_is_there(enter, minsu, question, alarm):
    page = enter(minsu)
    long = "가" * 4001
    for place in (named("say", question.pk), named("at", kind="alarm", key=alarm.pk)):
        answer = page.post(place, {"text": long, "files": SimpleUploadedFile("tile.png", PNG, "image/png")})
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "4,001 characters, at most 4,000" in shown
        assert long in shown
        kept = re.search(r'name="kept" value="([0-9a-f]{64})" checked', shown)
        assert kept is not None
    answer = page.post(named("say", question.pk), {"text": "shorter", "kept": kept[1]})
    assert answer.status_code == 302
    assert Message.objects.last().attachments[0]["name"] == "tile.png"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("run.png", b"MZ\x90\x00 not a picture", "only PNG"),
        ("empty.png", b"", "a file has 1 byte"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "only PNG"),
    ],
)
def test_a_file_that_is_not_what_is_taken_is_refused(enter, minsu, question, name, content, why):  # noqa: PLR0917 - a table of cases
    answer = enter(minsu).post(
        named("say", question.pk), {"text": "look", "files": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert ">look</textarea>" in answer.content.decode()
    assert question.messages.count() == 1


def test_a_file_of_somebody_else_cannot_be_taken_along(enter, minsu, hana, question):
    page = enter(hana)
    page.post(named("say", question.pk), {"text": "photo", "files": SimpleUploadedFile("tile.png", PNG)})
    sha256 = Message.objects.last().attachments[0]["sha256"]
    answer = enter(minsu).post(named("say", question.pk), {"text": "mine?", "kept": sha256})
    assert answer.status_code == 422
    assert "not added here" in answer.content.decode()


def test_five_files_are_too_many(enter, minsu, question):
    files = [SimpleUploadedFile(f"{one}.png", PNG + bytes([one])) for one in range(5)]
    answer = enter(minsu).post(named("say", question.pk), {"text": "look", "files": files})
    assert "at most 4 files" in answer.content.decode()


def test_script_in_a_message_is_shown_as_words(enter, minsu, hana, question):
    evil = '<script>alert(1)</script> @<img src=x onerror=alert(1)> http://testserver/"><b>x'
    say(question, hana, Draft(evil))
    shown = enter(minsu).get(named("thread", question.pk)).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "<b>x" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_link_to_another_host_is_no_link(enter, minsu, hana, question):
    say(question, hana, Draft("see https://evil.example/alarms/ and 3 m/s and /alarms/"))
    shown = enter(minsu).get(named("thread", question.pk)).content.decode()
    assert 'href="https://evil.example' not in shown
    assert '<a href="/alarms/">/alarms/</a>' in shown
    assert "3 m/s" in shown


@pytest.fixture
def others(minsu, alarm, hana, expert, kept):
    """Two questions: one handed to the expert, with a picture, and one that is not."""
    theirs = ask(minsu, Pointer("picture", (kept,), {"box": "0.1,0.1,0.2,0.2"}), Draft("기공인가요?"))
    mine = ask(minsu, Pointer("alarm", (alarm.pk,)), Draft("왜 올라가나요?"))
    hand_over(theirs, hana, f"person:{expert.pk}", "your pump")
    return theirs, mine


def test_an_outside_expert_sees_their_question_and_gets_404_for_all_else(enter, expert, others, kept):
    theirs, mine = others
    page = enter(expert)
    shown = page.get(named("inbox")).content.decode()
    assert "기공인가요?" in shown
    assert "왜 올라가나요?" not in shown
    opened = page.get(named("thread", theirs.pk)).content.decode()
    assert "기공인가요?" in opened
    assert "inventory/content" not in opened
    assert page.get(named("content", theirs.pk, kept)).status_code == 200
    assert page.post(named("say", theirs.pk), {"text": "a blowhole"}).status_code == 302
    for view in ("thread", "news"):
        assert page.get(named(view, mine.pk)).status_code == 404
    assert page.post(named("say", mine.pk), {"text": "x"}).status_code == 404
    assert page.get(named("people", thread=mine.pk)).status_code == 404
    assert page.get(named("content", mine.pk, kept)).status_code == 404
    assert Message.objects.filter(thread=mine).count() == 1


def test_an_outside_expert_opens_no_other_room(enter, expert, others, kept):
    page = enter(expert)
    closed = [
        "trends:page",
        "alarms:list",
        "inventory:data",
        "deploy:line",
        "sheet:sheets",
        "registry:models",
        "equipment:home",
        "web:live_pass",
    ]
    assert [page.get(reverse(one)).status_code for one in closed] == [403] * len(closed)
    for view, query in (("at", {"kind": "picture", "key": kept}), ("here", {"kind": "picture", "key": kept}), ("code", {"kind": "picture", "key": kept})):  # fmt: skip
        assert page.get(named(view, **query)).status_code == 403
    assert page.get(named("shown", kept)).status_code == 403
    for view in ("hand", "close", "reopen", "best", "keep", "watch"):
        assert page.post(named(view, others[0].pk)).status_code == 403
    assert page.get("/")["Location"] == named("inbox")


def test_an_outside_expert_is_shown_only_those_who_spoke(enter, expert, others, someone):
    someone("sora", name="박소라")
    found = enter(expert).get(named("people", thread=others[0].pk)).json()["people"]
    assert {one["username"] for one in found} == {"minsu", "hana"}


def test_a_handed_on_question_is_gone_for_the_expert(enter, expert, others, hana):
    hand_over(others[0], hana, "role:engineer", "thank you")
    assert enter(expert).get(named("thread", others[0].pk)).status_code == 404


def test_a_worker_does_not_hand_over_and_reads_why(enter, minsu, question):
    page = enter(minsu)
    assert page.post(named("hand", question.pk), {"to": "role:engineer", "reason": "x"}).status_code == 403
    assert "Hand over" not in page.get(named("thread", question.pk)).content.decode()


def test_an_engineer_hands_over_and_what_was_typed_stays_when_it_is_refused(enter, hana, expert, question):
    page = enter(hana)
    answer = page.post(named("hand", question.pk), {"to": "person:0", "reason": "your pump", "due": "2"})
    assert answer.status_code == 422
    assert ">your pump</textarea>" in answer.content.decode()
    page.post(named("hand", question.pk), {"to": f"person:{expert.pk}", "reason": "your pump", "due": "2"})
    question.refresh_from_db()
    assert question.handed_to == expert
    assert question.due is not None
    shown = page.get(named("thread", question.pk)).content.decode()
    assert "Jan Weber (outside expert)" in shown


def test_what_is_new_comes_without_a_new_page(enter, minsu, hana, question):
    page = enter(minsu)
    newest = question.messages.last().pk
    assert page.get(named("news", question.pk, after=newest)).status_code == 204
    say(question, hana, Draft("Close the valve"))
    assert '<span class="count">' in page.get(named("waiting")).content.decode()
    fresh = page.get(named("news", question.pk, after=newest)).content.decode()
    assert "Close the valve" in fresh
    assert 'hx-swap-oob="beforeend:#messages"' in fresh
    assert page.get(named("waiting")).content == b""


def test_a_best_answer_and_a_kept_one_stand_at_the_place(enter, minsu, hana, question, alarm):
    answer = say(question, hana, Draft("Close the valve to 30 %"))
    page = enter(hana)
    shown = page.get(named("thread", question.pk)).content.decode()
    assert "Keep with the alarm" in shown
    page.post(named("keep", question.pk), {"message": answer.pk, "alarm": alarm.pk})
    page.post(named("best", question.pk), {"message": answer.pk})
    panel = enter(minsu).get(named("here", kind="alarm", key=alarm.pk)).content.decode()
    assert "Kept from an earlier answer" in panel
    assert "Best answer" in panel


def test_own_words_are_changed_and_the_earlier_ones_can_be_read(enter, minsu, question):
    page = enter(minsu)
    first = question.messages.first()
    refused = page.post(named("mend", question.pk), {"message": first.pk, "text": " "})
    assert refused.status_code == 422
    page.post(named("mend", question.pk), {"message": first.pk, "text": "왜 출구 압력이 올라가나요?"})
    shown = page.get(named("thread", question.pk)).content.decode()
    assert "왜 출구 압력이 올라가나요?" in shown
    assert "<blockquote>왜 압력이 올라가나요?</blockquote>" in shown


@pytest.mark.parametrize(
    ("view", "words"),
    [("mine", "No question here."), ("unread", "You have seen everything."), ("handed", "No question here.")],
)
def test_an_empty_list_says_what_to_do(enter, hana, view, words):
    assert words in enter(hana).get(named("inbox", view=view)).content.decode()


@pytest.mark.usefixtures("question")
def test_the_list_is_narrowed_by_words_kind_and_state(enter, hana):
    page = enter(hana)
    for query in ({"words": "압력"}, {"kind": "alarm"}, {"view": "all", "state": "open"}):
        assert "왜 압력이" in page.get(named("inbox", **query)).content.decode()
    for query in ({"words": "온도"}, {"kind": "row"}, {"view": "all", "state": "closed"}):
        assert "Nothing found." in page.get(named("inbox", **query)).content.decode()
    assert "압력" in page.get(named("inbox", view="all", words="압력" * 200, page="x")).content.decode()


def test_the_code_leads_a_phone_to_the_place(enter, minsu, machine):
    page = enter(minsu)
    assert "http://testserver/threads/at/?kind=equipment&amp;key=line1/pump" in page.get(named("code", kind="equipment", key=machine.pk)).content.decode()  # fmt: skip
    drawn = page.get(named("code_picture", kind="equipment", key=machine.pk))
    assert drawn["Content-Type"] == "image/svg+xml"
    assert b"<path" in drawn.content


@pytest.mark.usefixtures("hana")
def test_a_person_is_found_by_the_beginning_of_a_name(enter, minsu):
    found = enter(minsu).get(named("people", words="김하")).json()["people"]
    assert [one["username"] for one in found] == ["hana"]


def test_the_pages_speak_korean(enter, minsu, hana, question, alarm):
    say(question, hana, Draft("밸브를 닫으세요"))
    page = enter(minsu, "ko")
    for place in (
        named("inbox", view="all"),
        named("thread", question.pk),
        named("at", kind="alarm", key=alarm.pk),
    ):
        shown = page.get(place).content.decode()
        assert "질문" in shown
        assert "압력이 너무 높음" in shown


def test_other_pages_have_the_way_to_ask(enter, hana, alarm, machine):
    page = enter(hana)
    for place in (reverse("alarms:alarm", args=[alarm.pk]), reverse("equipment:machine", args=[machine.pk])):
        assert "/threads/at/?kind=" in page.get(place).content.decode()

"""A question's life: asked, answered, handed over, closed, opened again; what was seen stays; nothing said is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.ledger import Entry, verify
from dure.plant.studio import open_block
from dure.plant.threads import (
    Act,
    Draft,
    Message,
    NotYourTurn,
    PlaceUnknown,
    Pointer,
    QuestionWrong,
    State,
    Thread,
    ThreadStands,
    after,
    ask,
    at_place,
    choose,
    close,
    follow,
    hand_over,
    inbox,
    mend,
    note,
    notes_at,
    reopen,
    say,
    unread,
    visible,
)
from dure.plant.threads.acting import links, mark_read
from dure.plant.transport import Content

pytestmark = pytest.mark.django_db


@given(st.lists(st.sampled_from(Act)))
def test_a_closed_question_only_opens_by_reopening(acts):
    state = State.OPEN
    for act in acts:
        then = after(state, act)
        if state is State.CLOSED and then not in (None, State.CLOSED):
            assert act is Act.REOPENED
        state = then or state


def test_a_question_is_answered_by_an_engineer_and_goes_on_when_the_asker_asks_on(
    question, minsu, hana, someone
):
    colleague = someone("sora")
    assert say(question, colleague, Draft("나도 궁금해요")).act == Act.SAID
    assert question.state == State.OPEN
    assert say(question, hana, Draft("밸브 30 % 확인")).act == Act.ANSWERED
    assert question.state == State.ANSWERED
    assert say(question, minsu, Draft("그래도 올라가요")).act == Act.ASKED
    assert question.state == State.OPEN


def test_a_hand_over_and_a_close_stand_in_the_ledger_without_the_words(question, hana, expert, home):
    until = datetime.now(UTC) + timedelta(days=1)
    hand_over(question, hana, f"person:{expert.pk}", "the pump is yours", until)
    close(question, hana, "the seal was worn")
    found = {one.what: one for one in Entry.objects.filter(what__startswith="thread.")}
    assert set(found) == {"thread.handed", "thread.closed"}
    assert "is yours" not in found["thread.handed"].facts
    assert "worn" not in found["thread.closed"].facts
    assert verify().broken is None
    del home


def test_only_an_engineer_hands_over_and_only_to_somebody_who_is_there(question, minsu, hana):
    with pytest.raises(NotYourTurn):
        hand_over(question, minsu, "role:engineer", "please")
    for to in ("role:expert", "role:nobody", "person:0", "person:x", "", "person:99999999999999999999"):
        with pytest.raises(QuestionWrong):
            hand_over(question, hana, to, "please")
    assert not Message.objects.filter(act="handed").exists()


def test_a_role_hears_of_what_it_is_handed(question, hana, someone):
    other = someone("doyun", "engineer")
    assert unread(other) == 0
    hand_over(question, hana, "role:engineer", "who knows this?")
    assert unread(other) == 1
    assert list(inbox(other, "handed")) == [question]
    mark_read(question, other)
    assert unread(other) == 0


def test_a_late_answer_is_told(question, hana):
    hand_over(question, hana, "role:engineer", "today", datetime.now(UTC) - timedelta(minutes=1))
    assert question.late
    say(question, hana, Draft("here it is"))
    assert not question.late


def test_an_outside_expert_sees_what_stands_handed_to_them_and_nothing_else(
    question, hana, minsu, expert, alarm
):
    other = ask(minsu, Pointer("alarm", (alarm.pk,)), Draft("another"))
    assert list(visible(expert)) == []
    hand_over(question, hana, f"person:{expert.pk}", "please look")
    assert list(visible(expert)) == [question]
    assert say(question, expert, Draft("a worn seal")).act == Act.ANSWERED
    hand_over(question, hana, "role:engineer", "thank you")
    assert list(visible(expert)) == []
    assert other in visible(minsu)


def test_closed_is_closed_until_it_is_opened_again(question, minsu, hana, someone):
    with pytest.raises(NotYourTurn):
        close(question, someone("sora"))
    close(question, minsu, "밸브를 바꿨음")
    with pytest.raises(ThreadStands):
        say(question, hana, Draft("one more thing"))
    reopen(question, hana)
    say(question, hana, Draft("one more thing"))
    assert [one.act for one in question.messages.all()] == ["asked", "closed", "reopened", "answered"]


def test_what_was_said_cannot_be_unsaid(question, minsu, hana):
    first = question.messages.first()
    with pytest.raises(TypeError):
        first.save()
    with pytest.raises(TypeError):
        Message.objects.all().delete()
    with pytest.raises(TypeError):
        Message.objects.update(text="")
    mend(first, minsu, "왜 출구 압력이 올라가나요?")
    again = Message.objects.get(pk=first.pk)
    assert again.words == "왜 출구 압력이 올라가나요?"
    assert [text for text, _until in again.earlier] == ["왜 압력이 올라가나요?"]
    with pytest.raises(NotYourTurn):
        mend(first, hana, "not mine")


def test_the_best_answer_is_shown_at_the_place(question, minsu, hana, alarm):
    answer = say(question, hana, Draft("Close the valve to 30 %"))
    choose(question, minsu, answer)
    (found,) = at_place(minsu, Pointer("alarm", (alarm.pk,)))
    assert found.best == answer
    assert at_place(minsu, Pointer("equipment", ("line1/pump",))) == [question]


def test_an_answer_of_elsewhere_is_not_the_best_of_here(question, minsu, hana, alarm):
    other = ask(minsu, Pointer("alarm", (alarm.pk,)), Draft("another"))
    with pytest.raises(PlaceUnknown):
        choose(question, hana, say(other, hana, Draft("there")))


def test_an_answer_is_kept_with_an_alarm(question, minsu, hana, alarm):
    answer = say(question, hana, Draft("Close the valve to 30 %"))
    with pytest.raises(NotYourTurn):
        note(question, minsu, answer, alarm.pk)
    note(question, hana, answer, alarm.pk)
    assert notes_at(minsu, Pointer("alarm", (alarm.pk,))) == [answer]
    with pytest.raises(PlaceUnknown):
        note(question, hana, answer, "no/such")


def test_a_person_who_is_called_hears_of_it(question, hana, minsu, someone):
    sora = someone("sora", name="박소라")
    someone("sorabel", name="박소")
    say(question, hana, Draft("@박소라 님이 봤습니다"))
    assert unread(sora) == 1
    assert question.messages.last().facts["named"] == ["박소라"]
    follow(question, sora, on=False)
    say(question, hana, Draft("more"))
    assert unread(sora) == 0
    assert unread(minsu) == 1  # the asker hears of all


def test_an_expert_cannot_be_called_into_a_question_that_is_not_theirs(question, hana, expert):
    say(question, hana, Draft("@Jan Weber look"))
    assert unread(expert) == 0


def test_words_are_found_in_both_languages_and_however_the_keyboard_sent_them(question, minsu):
    import unicodedata

    assert list(inbox(minsu, "all", "압력 올라")) == [question]
    assert list(inbox(minsu, "all", unicodedata.normalize("NFD", "압력"))) == [question]
    assert list(inbox(minsu, "all", "pressure HIGH")) == [question]
    assert list(inbox(minsu, "all", "이민수")) == [question]
    assert list(inbox(minsu, "all", "압력 없는말")) == []


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\x00", "x" * 4001])
def test_no_words_or_too_many_are_refused(question, hana, text):
    with pytest.raises(QuestionWrong):
        say(question, hana, Draft(text))
    assert question.messages.count() == 1


def test_a_link_of_this_node_is_kept_as_it_was_seen_and_a_foreign_one_is_not(question, hana, alarm):
    made = say(
        question,
        hana,
        Draft(
            f"see http://plant:8000/alarms/of/{alarm.pk}/ and https://evil.example/alarms/of/x/",
            host="plant:8000",
        ),
    )
    (place,) = made.pointers
    assert place["kind"] == "alarm"
    type(alarm).objects.filter(pk=alarm.pk).update(facts={"values": {"line1/pump/Pressure": 99.0}})
    assert {one["value"] for one in Message.objects.get(pk=made.pk).pointers[0]["frozen"]["facts"]} >= {
        "3.25"
    }
    assert links("https://evil.example/alarms/of/pump-pressure/", "plant:8000") == []


def test_a_row_stays_as_it_was_when_the_sheet_changes(minsu, home):
    from dure.plant.studio import Desk

    sheet = open_block("temp\tpress\n20\t1.5\n30\t2.5", minsu, "Line 1")
    thread = ask(minsu, Pointer("row", (sheet.pk,), {"row": "1", "column": "press"}), Draft("is this right?"))
    desk = Desk(sheet)
    desk.act({"version": desk.history.version, "kind": "edit", "cells": [[1, "press", 9.75]]}, "Kim")
    kept = Thread.objects.get(pk=thread.pk)
    assert kept.frozen["cells"] == [["temp", "30", ""], ["press", "2.5", ""]]
    assert kept.frozen["chosen"] == "press"
    assert "row 2" in kept.title_en
    with pytest.raises(PlaceUnknown):
        ask(minsu, Pointer("row", (sheet.pk,), {"row": "7"}), Draft("and this?"))
    del home


def test_a_picture_is_kept_for_good_with_the_box_that_was_drawn(minsu, home, kept):
    thread = ask(minsu, Pointer("picture", (kept,), {"box": "0.25,0.5,0.5,0.9"}), Draft("기공인가요?"))
    assert thread.frozen["box"] == [0.25, 0.5, 0.5, 0.5]
    assert Content(home).is_held(kept)
    with pytest.raises(PlaceUnknown):
        ask(minsu, Pointer("picture", ("0" * 64,)), Draft("and this?"))


@pytest.mark.usefixtures("at_plant", "signals", "home")
def test_a_stretch_of_a_trend_is_kept_as_it_was_measured(minsu, pump):
    ends = {"from": str(int(pump["time"].min()) // 10**6), "to": str(int(pump["time"].max()) // 10**6)}
    thread = ask(minsu, Pointer("signals", ("line1/pump/Pressure",), ends), Draft("why?"))
    (series,) = thread.frozen["series"]
    assert min(series["low"]) == pytest.approx(float(pump["Pressure"].min()), rel=1e-5)
    assert max(series["high"]) == pytest.approx(float(pump["Pressure"].max()), rel=1e-5)
    assert len(series["time"]) <= 200
    assert at_place(minsu, Pointer("equipment", ("line1/pump",))) == [thread]

"""The pages of procedures: who sees what, what can be done and why not, texts checked while they are written."""

from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dure.foundation.procedure import (
    Case,
    Edition,
    Notice,
    activate,
    draft,
    in_force,
    move,
    start,
    tasks,
    visible,
)
from dure.foundation.procedure.refusals import AnswerWrong
from dure.foundation.procedure.urls import urlpatterns
from foundation.procedure.test_cases import FLOW, REQUEST, TUESDAY

pytestmark = pytest.mark.django_db


def read(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return unescape(answer.content.decode())


def case_page(client, case):
    return client.get(reverse("procedure:case", args=[case.pk]))


def do(client, case, name, **more):
    return client.post(reverse("procedure:move", args=[case.pk, name]), more, follow=True)


def test_every_page_says_whom_it_is_for():
    roles = {one.name: getattr(one.callback, "requires_role", "") or one.callback.__wrapped__.requires_role for one in urlpatterns}  # fmt: skip
    assert {name for name, role in roles.items() if role == "owner"} == {
        "new",
        "edit",
        "check",
        "in_force",
        "assign",
    }
    assert set(roles.values()) == {"owner", "worker", "expert"}


def test_the_centre_of_an_office_writes_procedures_and_an_assessor_does_not(come):
    place = reverse("procedure:edit", args=["flow", "check"])
    assert come("park").get(place).status_code == 200
    assert come("lee").get(place).status_code == 403
    assert come("kim").post(reverse("procedure:in_force", args=["flow", "check", "1"])).status_code == 403


def test_procedures_are_listed_with_their_versions_and_open_cases(come, opened):
    del opened
    page = read(come("woo").get(reverse("procedure:procedures")))
    assert "Check of data" in page
    assert "version 1" in page
    draft("flow", FLOW.replace("working_days: 3", "working_days: 5"))
    assert "version 2" in read(come("lee").get(reverse("procedure:procedures")))
    assert "New flow" not in page


@pytest.mark.usefixtures("opened")
def test_a_flow_is_drawn_with_where_its_cases_stand_and_told_in_a_table(come):
    page = read(come("lee").get(reverse("procedure:procedure", args=["flow", "check"])))
    assert '<svg width="472" height="448" viewBox="0 0' in page
    assert "6 states, 5 moves. 1 open cases." in page
    assert "at least 1,000 rows are needed." in page
    old = read(
        come("lee", "ko").get(reverse("procedure:procedure", args=["flow", "check"]), {"version": "1"})
    )
    assert "데이터 확인" in old
    assert (
        come("lee").get(reverse("procedure:procedure", args=["flow", "check"]), {"version": "9"}).status_code
        == 404
    )
    assert "measured" not in read(come("lee").get(reverse("procedure:procedure", args=["form", "request"])))


def test_a_case_is_there_for_those_whom_it_concerns_only(come, opened, office):
    assert "Castings of 2026" in read(case_page(come("kim"), opened))
    assert "Castings of 2026" in read(case_page(come("park"), opened))
    assert case_page(come("lee"), opened).status_code == 404  # a draft is nobody else's
    assert case_page(come("woo"), opened).status_code == 404
    move(opened, "submit", office["kim"])
    assert case_page(come("lee"), opened).status_code == 200
    assert case_page(come("woo"), opened).status_code == 404
    assert do(come("woo"), opened, "withdraw").status_code == 404


def test_what_was_measured_is_marked_and_what_lacks_is_said_before_anybody_presses(come, office):
    bare = start("check", office["kim"], "Without a name", facts={"plant.rows": 400.0})
    page = read(case_page(come("kim"), bare))
    assert page.count("measured") == 1
    assert "at least 1,000 rows are needed." in page
    answered = {"shown": ["dataset", "rows"], "a.dataset": "castings", "a.rows": "57,631"}
    page = read(
        come("kim").post(reverse("procedure:answer", args=[bare.pk, "request"]), answered, follow=True)
    )
    assert "The answers are kept." in page
    assert "measured" not in page  # typed, and not what the plant says
    assert Case.objects.get(pk=bare.pk).answers["request"] == {"dataset": "castings", "rows": 57_631.0}


def test_a_wrong_answer_is_refused_beside_its_question_and_nothing_is_kept(come, opened):
    answered = {"shown": ["dataset", "rows"], "a.dataset": "other", "a.rows": "many"}
    page = read(come("kim").post(reverse("procedure:answer", args=[opened.pk, "request"]), answered), 422)
    assert "this is no number." in page
    assert 'value="many"' in page
    assert Case.objects.get(pk=opened.pk).answers["request"]["dataset"] == "castings"
    assert (
        come("park").post(reverse("procedure:answer", args=[opened.pk, "request"]), answered).status_code
        == 403
    )


def test_a_measured_question_cannot_be_typed_by_page_or_program(come, office):
    activate(
        draft("form", REQUEST.replace('fill: "=[plant.rows]"', 'fill: "=[plant.rows]", evidence: measured'))
    )
    case = start("check", office["kim"], "Measured", {"dataset": "d"}, facts={"plant.rows": 57_631.0})
    page = read(case_page(come("kim"), case))
    assert 'name="a.rows"' not in page
    sent = {"shown": ["dataset", "rows"], "a.dataset": "d", "a.rows": "9999999"}
    come("kim").post(reverse("procedure:answer", args=[case.pk, "request"]), sent)
    assert Case.objects.get(pk=case.pk).answers["request"]["rows"] == 57_631.0
    with pytest.raises(AnswerWrong, match="measured"):
        start("check", office["kim"], "Typed", {"rows": 9_999_999}, facts={"plant.rows": 57_631.0})


def test_a_case_goes_its_way_by_buttons_with_reasons_notices_and_deadlines(come, opened, office):
    assert "Done: Submit" in read(do(come("kim"), opened, "submit", seen="0"))
    waits = read(come("lee").get(reverse("procedure:tasks")))
    assert "A request waits for you." in waits
    assert "Castings of 2026" in waits
    page = read(case_page(come("lee"), opened))
    assert "2 working days left" in page or "late" in page or "3 working days left" in page
    assert "this needs a reason" in read(do(come("lee"), opened, "return", seen="1"))
    assert "was moved" in read(do(come("lee"), opened, "return", seen="0", reason="Which mould?"))
    assert "Done: Return" in read(do(come("lee"), opened, "return", seen="1", reason="Which mould?"))
    page = read(case_page(come("kim"), opened))
    assert "Which mould?" in page
    assert ">Lee" not in page  # an applicant reads the role, not the name
    assert "Assessor" in page
    notice = Notice.objects.get(person=office["lee"])
    assert come("kim").post(reverse("procedure:read", args=[notice.pk])).status_code == 404
    come("lee").post(reverse("procedure:read", args=[notice.pk]))
    assert "A request waits for you." not in read(come("lee").get(reverse("procedure:tasks")))


def test_a_move_with_a_form_takes_its_answers(come, opened, office):
    move(opened, "submit", office["kim"])
    assert "Accept" in read(case_page(come("lee"), opened))
    assert "an answer is needed" in read(do(come("lee"), opened, "accept", seen="1", shown="score"))
    read(do(come("lee"), opened, "accept", seen="1", shown="score", **{"a.score": "81"}))
    opened.refresh_from_db()
    assert (opened.state, opened.facts["grade"]) == ("accepted", "A")
    assert "The case is closed." in read(case_page(come("kim"), opened))


def test_outsiders_read_the_public_words_of_a_state(come, opened, office):
    text = FLOW.replace("{id: submitted, ko: 접수, en: Submitted,", "{id: submitted, ko: 접수, en: Submitted, public: {ko: 확인하고 있습니다, en: We are looking at it},")  # fmt: skip
    activate(draft("flow", text))
    case = move(start("check", office["kim"], "Public", {"dataset": "d"}, facts={"plant.rows": 5e3}), "submit", office["kim"])  # fmt: skip
    assert "We are looking at it" in read(case_page(come("kim"), case))
    assert "<strong>Submitted</strong>" in read(case_page(come("lee"), case))
    assert "<strong>확인하고 있습니다</strong>" in read(case_page(come("kim", "ko"), case))
    del opened


def test_cases_are_listed_the_overdue_first_and_narrowed_by_state(come, office):
    made = [
        start("check", office["kim"], f"Case {n}", {"dataset": "d"}, facts={"plant.rows": 5e3})
        for n in range(3)
    ]
    late = move(made[1], "submit", office["kim"], now=TUESDAY - timedelta(days=60))
    soon = move(made[2], "submit", office["kim"])
    page = read(come("park").get(reverse("procedure:cases")))
    assert page.index(late.subject) < page.index(soon.subject) < page.index(made[0].subject)
    assert "working days late" in page
    page = read(come("park").get(reverse("procedure:cases"), {"flow": "check", "state": "draft"}))
    assert "Case 0" in page
    assert "Case 1" not in page
    page = read(come("park").get(reverse("procedure:cases"), {"only": "overdue"}))
    assert ("Case 1" in page, "Case 2" in page) == (True, False)


def test_a_case_given_to_one_assessor_does_not_wait_for_the_others(come, opened, office):
    move(opened, "submit", office["kim"])
    assert list(tasks(office["lee"])) == [opened]
    answer = come("park").post(reverse("procedure:assign", args=[opened.pk]), {"role": "assessor", "person": office["woo"].pk})  # fmt: skip
    assert answer.status_code == 302
    assert list(tasks(office["lee"])) == []
    assert list(tasks(office["woo"])) == [opened]
    assert visible(office["woo"]).filter(pk=opened.pk).exists()
    assert come("lee").post(reverse("procedure:assign", args=[opened.pk]), {"role": "assessor", "person": office["lee"].pk}).status_code == 403  # fmt: skip
    assert read(come("woo").get(reverse("procedure:waiting"))).strip().endswith("1</span>")


def test_a_text_is_checked_while_it_is_written_with_the_line_of_its_fault(come):
    place = reverse("procedure:check", args=["flow"])
    wrong = FLOW.replace("to: accepted", "to: nowhere")
    page = read(come("park").post(place, {"text": wrong}))
    line = wrong[: wrong.index("to: nowhere")].count("\n") + 1
    assert f'data-fault-line="{line}"' in page
    assert "names no state: nowhere" in page
    page = read(come("park").post(place, {"text": FLOW.replace("working_days: 3", "working_days: 5")}))
    assert "working_days: 5" in page
    assert 'class="more"' in page
    assert "It is version 1, which is in force." in read(
        come("park").post(place, {"text": FLOW.replace("\n", "\r\n")})
    )
    assert Edition.objects.filter(name="check").count() == 1


@pytest.mark.parametrize(
    "text", ["", "a: &a [*a]", "[" * 5000, "id: 1", "\x00", "states: 5\nmoves: x", "x" * 300_000]
)
def test_whatever_is_typed_is_answered_in_words(come, text):
    for kind in ("form", "flow", "score"):
        assert "data-fault-line" in read(
            come("park").post(reverse("procedure:check", args=[kind]), {"text": text})
        )


def test_a_version_is_tried_kept_and_put_in_force(come, opened, office):
    move(opened, "submit", office["kim"])
    place = reverse("procedure:edit", args=["flow", "check"])
    text = FLOW.replace("[rows]>=1000", "[rows]>=100000")
    page = read(come("park").post(place, {"text": text, "do": "try"}))
    assert "would be refused now" in page
    assert "Castings of 2026" in page
    assert in_force("flow", "check").number == 1
    read(come("park").post(place, {"text": text, "do": "keep", "note": "more rows"}, follow=True))
    assert in_force("flow", "check").number == 1
    page = read(come("hana").post(reverse("procedure:in_force", args=["flow", "check", "2"]), follow=True))
    assert "Version 2 is in force for new cases." in page
    read(come("park").post(place, {"text": text, "do": "force"}, follow=True))
    assert Edition.objects.filter(name="check").count() == 2  # the same text is the same version
    assert read(come("park").post(place, {"text": "id: x", "do": "force"}), 422)


def test_a_new_procedure_begins_with_an_example_that_holds(come):
    for kind in ("form", "flow", "score"):
        assert "The text is right." in read(come("park").get(reverse("procedure:new", args=[kind])))


FILES = """
id: papers
ko: 서류
en: Papers
fields:
  - {id: plan, ko: 계획서, en: Plan, kind: file}
  - {id: kind, ko: 종류, en: Kind, kind: choices, options: [{id: a, ko: 가, en: Ay}, {id: b, ko: 나, en: Bee}]}
  - {id: sure, ko: 확인, en: Sure, kind: yes-no}
  - {id: why, ko: 사유, en: Why, kind: long-text, shown_if: "=[sure]=FALSE"}
  - {id: firm, ko: 기업, en: Firm, kind: party}
  - {id: day, ko: 날짜, en: Day, kind: date}
"""
PAPERS = """
id: handing
ko: 제출
en: Handing in
form: papers
states: [{id: draft, ko: 작성, en: Draft}, {id: done, ko: 끝, en: Done, end: true}]
moves: [{id: hand, ko: 제출, en: Hand in, from: [draft], to: done, by: [applicant]}]
"""


@pytest.fixture
def papers(office):
    activate(draft("form", FILES))
    activate(draft("flow", PAPERS))
    return start("handing", office["kim"], "Papers")


def test_a_file_is_kept_by_its_content_and_given_to_those_who_see_the_case(come, papers, office):
    sent = {"shown": ["plan", "kind", "sure", "day"], "a.kind": ["b", "a"], "a.sure": "no", "a.day": "2026-11-24", "a.plan": SimpleUploadedFile("plan.html", b"<script>alert(1)</script>")}  # fmt: skip
    come("kim").post(reverse("procedure:answer", args=[papers.pk, "papers"]), sent)
    kept = Case.objects.get(pk=papers.pk).answers["papers"]
    assert (kept["kind"], kept["sure"], kept["day"]) == ("a, b", False, "2026-11-24")
    move(papers, "hand", office["kim"])
    place = reverse("procedure:file", args=[papers.pk, kept["plan"][7:]])
    answer = come("kim").get(place)
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert come("woo").get(place).status_code == 404
    assert come("kim").get(reverse("procedure:file", args=[papers.pk, "0" * 64])).status_code == 404


def test_what_depends_on_an_answer_is_asked_once_it_is_given(come, papers):
    place = reverse("procedure:ask", args=[papers.pk, "papers"])
    assert "Why" not in read(come("kim").post(place, {"shown": ["sure"], "a.sure": "yes"}))
    assert "Why" in read(come("kim").post(place, {"shown": ["sure"], "a.sure": "no"}))
    assert Case.objects.get(pk=papers.pk).answers["papers"] == {}
    assert "Daon" in read(case_page(come("kim"), papers))


def test_a_case_is_opened_from_the_page_of_its_flow(come, office):
    page = read(
        come("kim").post(
            reverse("procedure:start", args=["flow", "check"]), {"subject": "New one"}, follow=True
        )
    )
    assert "New one" in page
    assert Case.objects.get(subject="New one").organisation == office["kim"].held.get().organisation
    assert "a few words" in read(come("kim").post(reverse("procedure:start", args=["flow", "check"]), {"subject": " "}, follow=True))  # fmt: skip

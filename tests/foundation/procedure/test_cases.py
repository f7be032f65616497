"""A case on its way: opened, filled by what was measured, moved by whoever may, in time or by the clock; every step kept."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from dure.foundation.ledger import Entry, verify
from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import (
    Case,
    Due,
    Edition,
    Made,
    Notice,
    activate,
    answer,
    assign,
    draft,
    in_force,
    install,
    preview,
    start,
    sweep,
)
from dure.foundation.procedure import move as make
from dure.foundation.procedure.effects import EffectUnknown
from dure.foundation.procedure.refusals import (
    AnswerWrong,
    CaseMoved,
    GuardNotMet,
    MoveNotYours,
    MoveUnknown,
    ProcedureUnknown,
    ProcedureWrong,
)
from dure.vocabulary import DureError

pytestmark = pytest.mark.django_db(transaction=True)
SEOUL = ZoneInfo("Asia/Seoul")
TUESDAY = datetime(2026, 9, 22, 10, tzinfo=SEOUL)  # the days after it are Chuseok


@pytest.fixture(autouse=True)
def procedures(home):
    del home
    for kind, text in (("form", REQUEST), ("form", REVIEW), ("flow", FLOW)):
        activate(draft(kind, text))


@pytest.fixture
def people(db):
    del db
    firm, office = (Organisation.objects.create(name=name) for name in ("Daon", "TTA"))
    made = {name: Person.objects.create(username=name, name=name.title()) for name in ("kim", "lee", "park")}
    give_role(made["kim"], "engineer", firm)
    give_role(made["lee"], "assessor", office)
    give_role(made["park"], "officer", office)
    return made


def open_one(people, **more):
    answers = {"dataset": "castings", **more}
    return start(
        "check", people["kim"], "Castings of 2026", answers, facts={"plant.rows": 57_631.0}, now=TUESDAY
    )


def test_what_was_measured_is_filled_in_and_what_is_private_lies_apart(people):
    case = open_one(people, contact="kim@daon.kr")
    assert case.answers["request"] == {"dataset": "castings", "rows": 57_631.0}
    assert case.private["request"] == {"contact": "kim@daon.kr"}
    assert case.state == "draft"


def test_a_move_is_for_those_who_may_and_when_its_condition_holds(people):
    case = open_one(people)
    with pytest.raises(MoveNotYours):
        make(case, "submit", people["lee"])
    with pytest.raises(MoveUnknown):
        make(case, "accept", people["lee"])
    answer(case, "request", {"rows": 400}, people["kim"])
    with pytest.raises(GuardNotMet, match="1,000"):
        make(case, "submit", people["kim"])
    answer(case, "request", {"rows": 4_000}, people["kim"])
    assert make(case, "submit", people["kim"], now=TUESDAY).state == "submitted"
    with pytest.raises(AnswerWrong, match=r"lock|잠긴"):
        answer(case, "request", {"rows": 5_000}, people["kim"])


def test_handing_in_asks_for_every_answer_and_a_return_for_a_reason(people):
    case = start("check", people["kim"], "Nothing yet", facts={"plant.rows": 2_000.0})
    with pytest.raises(AnswerWrong):
        make(case, "submit", people["kim"])
    case = make(answer(case, "request", {"dataset": "castings"}, people["kim"]), "submit", people["kim"])
    with pytest.raises(AnswerWrong):
        make(case, "return", people["lee"])
    make(case, "return", people["lee"], reason="Which mould?")
    entry = Entry.objects.filter(what="case.moved").last()
    assert "Which mould?" not in entry.facts
    assert not verify().broken


def test_what_was_locked_may_be_changed_while_the_case_waits_for_its_applicant_and_is_whole_again_after(
    people,
):
    case = make(
        make(open_one(people), "submit", people["kim"]), "return", people["lee"], reason="Which mould?"
    )
    answer(case, "request", {"dataset": ""}, people["kim"])
    with pytest.raises(AnswerWrong):
        make(case, "submit", people["kim"])
    answer(case, "request", {"dataset": "castings of mould 8600"}, people["kim"])
    case = make(case, "submit", people["kim"])
    assert case.answers["request"]["dataset"] == "castings of mould 8600"
    with pytest.raises(AnswerWrong):
        answer(case, "request", {"dataset": "others"}, people["kim"])


def test_a_case_can_be_returned_only_so_often(people):
    case = open_one(people)
    for _ in range(2):
        make(make(case, "submit", people["kim"]), "return", people["lee"], reason="more")
    make(case, "submit", people["kim"])
    with pytest.raises(MoveUnknown):
        make(case, "return", people["lee"], reason="again")


def test_two_people_do_not_overrun_each_other(people):
    case = make(open_one(people), "submit", people["kim"])
    make(case, "return", people["lee"], reason="first", seen=1)
    with pytest.raises(CaseMoved):
        make(case, "accept", people["lee"], seen=1, answers={"score": 80})


def test_a_deadline_counts_working_days_and_the_clock_moves_then(people):
    case = make(open_one(people), "submit", people["kim"], now=TUESDAY)
    due = Due.objects.get(case=case, state="submitted")
    assert due.at == datetime(2026, 9, 30, tzinfo=SEOUL)  # three working days: 23, 28, 29 September
    assert sweep(due.at - timedelta(seconds=1)) == 0
    assert sweep(due.at) == 1
    case.refresh_from_db()
    assert case.state == "lapsed"
    assert case.closed == due.at
    assert Made.objects.filter(case=case).last().role == "clock"
    assert sweep(due.at + timedelta(days=9)) == 0


def test_a_case_whose_move_is_refused_does_not_hold_up_the_others(people):
    activate(
        draft(
            "flow",
            FLOW.replace(
                "to: lapsed, by: [clock]", "to: lapsed, by: [clock], effects: [{publish: {what: x}}]"
            ),
        )
    )
    broken = make(open_one(people), "submit", people["kim"], now=TUESDAY)
    activate(draft("flow", FLOW))
    sound = make(open_one(people), "submit", people["kim"], now=TUESDAY)
    with pytest.raises(EffectUnknown):
        sweep(TUESDAY + timedelta(days=30))
    assert [Case.objects.get(pk=one.pk).state for one in (broken, sound)] == ["submitted", "lapsed"]


def test_no_person_may_play_the_clock(people):
    case = make(open_one(people), "submit", people["kim"])
    with pytest.raises(MoveNotYours):
        make(case, "lapse", people["park"])


def test_the_clock_of_the_case_stands_still_while_it_waits_for_the_applicant(people):
    case = make(open_one(people), "submit", people["kim"], now=TUESDAY)
    whole = Due.objects.get(case=case, state="")
    before = whole.at
    monday = datetime(2026, 9, 28, 9, tzinfo=SEOUL)
    make(case, "return", people["lee"], reason="Which mould?", now=monday)
    make(case, "submit", people["kim"], now=monday + timedelta(days=4))  # four working days later
    whole.refresh_from_db()
    case.refresh_from_db()
    assert case.paused_days == 4
    assert whole.at > before


def test_words_reach_those_who_are_assigned_or_else_all_who_hold_the_role(people):
    case = make(open_one(people), "submit", people["kim"])
    assert [one.person for one in Notice.objects.filter(case=case)] == [people["lee"]]
    other = Person.objects.create(username="cho")
    give_role(other, "assessor", Organisation.objects.get(name="TTA"))
    second = open_one(people)
    assign(second, other, "assessor", people["park"])
    make(second, "submit", people["kim"])
    assert [one.person for one in Notice.objects.filter(case=second)] == [other]


def test_an_accepted_case_ends_with_what_its_effects_set(people):
    case = make(open_one(people), "submit", people["kim"])
    with pytest.raises(AnswerWrong):
        make(case, "accept", people["lee"], answers={"score": 101})
    make(case, "accept", people["lee"], answers={"score": 80})
    case.refresh_from_db()
    assert case.facts["grade"] == "A"
    assert case.closed is not None
    assert not Due.objects.filter(case=case, done=None).exists()


def test_an_effect_that_nobody_can_do_leaves_the_case_where_it_was(people):
    text = FLOW.replace('{set: {grade: \'=IF([score]>=80,"A","B")\'}}', "{publish: {what: certificate}}")
    activate(draft("flow", text))
    case = make(open_one(people), "submit", people["kim"])
    with pytest.raises(EffectUnknown):
        make(case, "accept", people["lee"], answers={"score": 80})
    case.refresh_from_db()
    assert (case.state, case.moves_made) == ("submitted", 1)


def test_an_old_case_keeps_the_version_under_which_it_began(people):
    case = open_one(people)
    activate(draft("flow", FLOW.replace("[rows]>=1000", "[rows]>=100000").replace("1,000", "100,000")))
    assert make(case, "submit", people["kim"]).state == "submitted"
    with pytest.raises(GuardNotMet):
        make(open_one(people), "submit", people["kim"])
    assert in_force("flow", "check").number == 2


def test_a_new_version_is_tried_on_past_cases_before_it_is_in_force(people):
    make(open_one(people), "submit", people["kim"])
    small = answer(open_one(people), "request", {"rows": 2_000}, people["kim"])
    make(small, "submit", people["kim"])
    changes = preview(FLOW.replace("[rows]>=1000", "[rows]>=10000"))
    assert [(one.case.pk, one.move, one.would_be) for one in changes] == [(small.pk, "submit", False)]
    assert preview(FLOW) == ()


def test_a_guard_that_names_what_no_form_asks_is_never_kept():
    with pytest.raises(ProcedureWrong, match="colour"):
        draft("flow", FLOW.replace("[rows]>=1000", "[colour]>=1000"))
    assert Edition.objects.filter(name="check").count() == 1
    with pytest.raises(ProcedureUnknown):
        in_force("flow", "nothing")


def test_a_release_brings_its_procedures_once_and_leaves_those_that_a_centre_wrote(tmp_path, people):
    (tmp_path / "check.flow.yaml").write_text(
        FLOW.replace("10행", "열 행").replace("working_days: 3", "working_days: 7")
    )
    assert install([tmp_path]) == 1
    assert install([tmp_path]) == 0
    own = in_force("flow", "check")
    assert own.number == 1  # written here, not shipped
    assert Edition.objects.filter(name="check", shipped=True, since=None).count() == 1
    del people


class AnyWay(RuleBasedStateMachine):
    """Whatever people try, a case is where its history says, and the history is without holes."""

    def __init__(self):
        super().__init__()
        for kind, text in (("form", REQUEST), ("form", REVIEW), ("flow", FLOW)):
            if not Edition.objects.filter(kind=kind, text=text).exists():
                activate(draft(kind, text))
        self.people = [Person.objects.get_or_create(username=name)[0] for name in ("a", "b", "c")]
        for person, role in zip(self.people, ("engineer", "assessor", "officer"), strict=True):
            if not person.roles:
                give_role(person, role, Organisation.objects.get_or_create(name="Daon")[0])
                person.forget_roles()
        self.case = start(
            "check", self.people[0], "x", {"dataset": "d"}, facts={"plant.rows": 5_000.0}, now=TUESDAY
        )
        self.now = TUESDAY

    @rule(
        name=st.sampled_from(["submit", "return", "accept", "lapse", "withdraw", "odd"]),
        who=st.integers(0, 3),
        reason=st.sampled_from(["", "why"]),
        score=st.sampled_from([None, 50, 90]),
        hours=st.integers(0, 200),
    )
    def try_it(self, name, who, reason, score, hours):
        self.now += timedelta(hours=hours)
        by = None if who == 3 else self.people[who]
        before = Case.objects.get(pk=self.case.pk)
        try:
            make(self.case, name, by, reason=reason, answers={"score": score} if score else {}, now=self.now)
        except DureError:
            after = Case.objects.get(pk=self.case.pk)
            assert (after.state, after.moves_made, after.answers) == (
                before.state,
                before.moves_made,
                before.answers,
            )
        made = list(Made.objects.filter(case=self.case))
        assert [one.number for one in made] == list(range(1, len(made) + 1))
        states = ["draft", *(one.after for one in made)]
        assert [one.before for one in made] == states[:-1]
        assert Case.objects.get(pk=self.case.pk).state == states[-1]


def test_a_case_is_where_its_history_says_whatever_people_try():
    run_state_machine_as_test(
        AnyWay, settings=settings(max_examples=15, stateful_step_count=8, deadline=None)
    )


REQUEST = """
id: request
ko: 신청
en: Request
fields:
  - {id: dataset, ko: 데이터셋, en: Dataset, kind: text, required: true}
  - {id: rows, ko: 행 수, en: Rows, kind: number, low: 1, required: true, fill: "=[plant.rows]"}
  - {id: contact, ko: 연락처, en: Contact, kind: text, private: true}
"""
REVIEW = """
id: review
ko: 심사
en: Review
fields: [{id: score, ko: 점수, en: Score, kind: number, low: 0, high: 100, required: true}]
"""
FLOW = """
id: check
ko: 데이터 확인
en: Check of data
form: request
facts: {plant.rows: number, grade: text}
roles: [{id: assessor, ko: 심사원, en: Assessor}]
limit: {working_days: 20, from: submitted}
states:
  - {id: draft, ko: 작성 중, en: Draft}
  - {id: submitted, ko: 접수, en: Submitted, within: {working_days: 3, then: lapse}}
  - {id: returned, ko: 보완 요청, en: Returned, pauses: true}
  - {id: accepted, ko: 적합, en: Accepted, end: true}
  - {id: lapsed, ko: 기한 경과, en: Lapsed, end: true}
  - {id: withdrawn, ko: 철회, en: Withdrawn, end: true}
moves:
  - id: submit
    ko: 제출
    en: Submit
    from: [draft, returned]
    to: submitted
    by: [applicant]
    guard: "=[rows]>=1000"
    unless: {ko: "1,000행 이상이어야 합니다.", en: "at least 1,000 rows are needed."}
    effects: [{lock: [request]}, {notify: {to: [assessor], text: {ko: 심사할 신청이 있습니다., en: A request waits for you.}}}]
  - {id: return, ko: 보완 요청, en: Return, from: [submitted], to: returned, by: [assessor], reason: true, at_most: 2}
  - {id: accept, ko: 적합 판정, en: Accept, from: [submitted], to: accepted, by: [assessor], form: review, effects: [{set: {grade: '=IF([score]>=80,"A","B")'}}]}
  - {id: lapse, ko: 기한 경과, en: Lapse, from: [submitted], to: lapsed, by: [clock]}
  - {id: withdraw, ko: 철회, en: Withdraw, from: [draft, submitted, returned], to: withdrawn, by: [applicant]}
"""

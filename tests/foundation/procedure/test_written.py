"""The text of a procedure: taken when it is right, refused with its line when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.procedure.facts import reckon
from dure.foundation.procedure.flow import EXAMPLE as FLOW
from dure.foundation.procedure.flow import flow_of
from dure.foundation.procedure.form import EXAMPLE as FORM
from dure.foundation.procedure.form import form_of
from dure.foundation.procedure.refusals import ProcedureWrong
from dure.foundation.procedure.score import score_of
from dure.foundation.procedure.written import KINDS, read, schema
from dure.science.formula import Kind
from dure.vocabulary import use_language

LAPSED = "  - {id: lapsed, ko: 기한 경과, en: Lapsed, end: true}\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_published_schema_is_a_json_schema(kind):
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (FLOW.replace("to: submitted", "to: nowhere"), 13, "names no state: nowhere"),
        (FLOW.replace("from: [draft]", "from: [drft]"), 13, "names no state: drft"),
        (FLOW.replace(LAPSED, LAPSED * 2), 12, "is there twice: lapsed"),
        (FLOW.replace("end: true}\n  - {id: lapsed", "}\n  - {id: lapsed"), 10, "is no end, yet nothing leads on"),
        (FLOW.replace("then: lapse", "then: issue"), 9, "is no move of the clock from here"),
        (FLOW.replace("by: [clock]", "by: [clock], odd: 1"), 15, "has an unknown field odd"),
        (FLOW.replace("en: Submit, ", ""), 13, "lacks the field en"),
        (FLOW.replace("[rows]>=1000", "[rows]>="), 13, "character"),
        (FLOW.replace("=[rows]>=1000", "=[roms]>=1000"), 13, "roms"),
    ],
)  # fmt: skip
def test_a_flow_that_cannot_work_is_refused_with_its_line(text, line, said):
    with pytest.raises(ProcedureWrong) as refused, use_language("en"):
        flow_of(text, known={})
    assert refused.value.facts["line"] == line
    assert said in str(refused.value)


def test_a_state_that_no_case_can_reach_is_refused():
    with pytest.raises(ProcedureWrong, match="cannot be reached"), use_language("en"):
        flow_of(
            FLOW.replace("states:\n", "states:\n").replace(
                "  - {id: issued,", "  - {id: lost, ko: 외딴, en: Lost, end: true}\n  - {id: issued,"
            )
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b", "not a mapping"),
        ("id: [", "not YAML"),
        ("id: x\nko: &a 가\nen: *a\nfields: []", "uses anchors"),
        ("id: " + "x" * 300_000, "longer than"),
        ("id: Bad Id\nko: 가\nen: A\nfields: [{id: a, ko: 가, en: A, kind: text}]", "pattern"),
        ("id: a\nko: 가\nen: A\nfields: [{id: a, ko: 가, en: A, kind: choice}]", "options"),
        ("id: a\nko: 가\nen: A\nfields: [{id: a, ko: 가, en: A, kind: number, evidence: measured}]", "no formula fills it"),
        ("id: a\nko: 가\nen: A\nfields: [{id: a, ko: 가, en: A, kind: text}, {id: a, ko: 가, en: A, kind: text}]", "twice"),
    ],
)  # fmt: skip
def test_a_form_that_breaks_the_format_is_refused(text, said):
    with pytest.raises(ProcedureWrong) as refused, use_language("en"):
        form_of(text)
    assert said in str(refused.value)
    with use_language("ko"):
        assert "행:" in str(refused.value)


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
    )
    with pytest.raises(ProcedureWrong):
        read("form", bomb)


def test_a_text_that_runs_code_when_loaded_carelessly_is_refused():
    with pytest.raises(ProcedureWrong):
        read("form", "id: !!python/object/apply:os.system ['true']\n")


def test_the_score_of_the_match_vector_is_81():
    score = score_of(MATCH)
    fit = {
        "task": 2 / 3,
        "data": 1.0,
        "industry": 1.0,
        "process": 0.5,
        "cases": 4.0,
        "capacity": 1.0,
        "place": 1.0,
    }
    assert score.of_facts({**fit, "budget": 100.0, "min_price": 50.0}).total == 81.0
    dear = score.of_facts({**fit, "budget": 40.0, "min_price": 50.0})
    assert dear.total is None
    assert [one.en for one in dear.shut_out] == ["The budget lies below the lowest price."]
    assert dear.explained()[0].startswith(("Task 20 / 30", "과제 20 / 30"))


@given(st.dictionaries(st.sampled_from(["task", "data", "cases"]), st.floats(-10, 10), max_size=3))
def test_a_score_lies_between_nothing_and_its_whole(facts):
    scored = score_of(MATCH).of_facts({**facts, "budget": 1.0, "min_price": 0.0})
    assert 0 <= scored.total <= 100
    assert abs(sum(part.points for part in scored.parts) - scored.total) < 0.051


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.text(max_size=20))
def test_a_number_is_taken_as_people_write_it_and_words_are_not(number, words):
    form = form_of("id: a\nko: 가\nen: A\nfields: [{id: n, ko: 수, en: N, kind: number}]")
    assert form.taken({"n": f"{number:,}"})["n"] == pytest.approx(number)
    try:
        float(words.replace(",", "").strip() or "0")
    except ValueError:
        assert "n" in form.faults({"n": words})


def test_a_form_says_all_that_is_wrong_at_once():
    faults = form_of(FORM).faults({"kind": "table", "rows": "0", "colour": "red"})
    assert sorted(faults) == ["colour", "rows"]
    assert "kind" in form_of(FORM).faults({})


def test_a_question_that_is_not_shown_needs_no_answer():
    assert form_of(FORM).faults({"kind": "image"}) == {}
    assert "rows" in form_of(FORM).faults({"kind": "table"})


def test_a_day_is_compared_with_a_day():
    kinds = {"begin": Kind("time"), "end": Kind("time")}
    assert reckon("=[begin]<[end]", {"begin": "2026-11-24", "end": "2026-12-01"}, kinds) is True


MATCH = """
id: match
ko: 수요·공급 적합도
en: Fit of demand and supply
facts: {task: number, data: number, industry: number, process: number, cases: number, capacity: number, place: number, budget: number, min_price: number}
hard: [{id: price, formula: "=[budget]>=[min_price]", reason: {ko: 예산이 최저 가격보다 적습니다., en: The budget lies below the lowest price.}}]
terms:
  - {id: task, ko: 과제, en: Task, weight: 0.30, formula: "=[task]"}
  - {id: data, ko: 데이터, en: Data, weight: 0.20, formula: "=[data]"}
  - {id: industry, ko: 업종, en: Industry, weight: 0.15, formula: "=[industry]"}
  - {id: process, ko: 공정, en: Process, weight: 0.10, formula: "=[process]"}
  - {id: evidence, ko: 실적, en: Evidence, weight: 0.15, formula: "=1-EXP(-[cases]/3)"}
  - {id: capacity, ko: 여력, en: Capacity, weight: 0.05, formula: "=[capacity]"}
  - {id: place, ko: 지역, en: Place, weight: 0.05, formula: "=[place]"}
"""

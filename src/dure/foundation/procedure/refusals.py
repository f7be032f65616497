"""Why a procedure is refused: its text, an answer, or a move."""

from dure.science.formula import FormulaWrong
from dure.vocabulary import InputError, NotPermitted, RecipeProblem, Text


class ProcedureWrong(RecipeProblem):
    """The text of a form, flow or score breaks its format; `line` counts from 1."""

    key = "procedure-wrong"
    says = Text("{where}, line {line}: {fault}", "{where} {line}행: {fault}")
    remedy = Text(
        "Correct the line; docs/reference/procedures.md describes each field.",
        "해당 행을 고쳐 주세요. 각 항목은 docs/reference/procedures.md에 설명되어 있습니다.",
    )


class AnswerWrong(InputError):
    """One answer of a form cannot be taken."""

    key = "answer-wrong"
    says = Text(
        "The answer to “{where}” cannot be taken: {fault}", "“{where}” 답을 받을 수 없습니다: {fault}"
    )
    remedy = Text("Correct this answer and send the form again.", "이 답을 고친 뒤 양식을 다시 보내 주세요.")


class MoveUnknown(InputError):
    """The case stands where this move does not begin."""

    key = "move-unknown"
    says = Text("“{where}” cannot be done while the case is “{state}”.", "“{state}” 상태에서는 “{where}”을(를) 할 수 없습니다.")  # fmt: skip
    remedy = Text("Possible now: {possible}.", "지금 할 수 있는 일: {possible}.")


class MoveNotYours(NotPermitted):
    """Somebody without the role that a move asks for."""

    key = "move-not-yours"
    says = Text("Only {roles} may do “{where}”.", "“{where}”은(는) {roles}만 할 수 있습니다.")
    remedy = Text(
        "Ask one of them, or have the role given to you.", "담당자에게 요청하거나 역할을 부여받으세요."
    )


class GuardNotMet(NotPermitted):
    """What a move presupposes is not so."""

    key = "guard-not-met"
    says = Text("“{where}” is not possible yet: {reason}", "“{where}”은(는) 아직 할 수 없습니다: {reason}")
    remedy = Text("Bring the case to that, then try again.", "이 조건을 갖춘 뒤 다시 시도해 주세요.")


class CaseMoved(InputError):
    """Two people acted on one case at the same time."""

    key = "case-moved"
    says = Text(
        "{where} was moved to “{state}” meanwhile.", "그 사이에 {where}이(가) “{state}” 상태로 바뀌었습니다."
    )
    remedy = Text("Look at it again before you act.", "내용을 다시 확인한 뒤 진행해 주세요.")


class ProcedureUnknown(InputError):
    """No procedure of that kind and name is in force."""

    key = "procedure-unknown"
    says = Text("There is no {kind} “{where}” in force.", "시행 중인 {kind} “{where}”이(가) 없습니다.")
    remedy = Text("In force: {known}.", "시행 중: {known}.")


class FactAbsent(InputError):
    """A formula needs something that is not known."""

    key = "fact-absent"
    says = Text("“{where}” is not known yet.", "“{where}” 값이 아직 없습니다.")
    remedy = Text("Answer it or have it measured.", "답을 입력하거나 실측해 주세요.")


class ResultWrong(FormulaWrong):
    """A formula gives another kind of value than its place asks for."""

    key = "result-wrong"
    says = Text(
        "“{where}” gives {got} where {want} is asked.", "“{where}”의 결과는 {want}이어야 하는데 {got}입니다."
    )
    remedy = Text("Write a formula that gives {want}.", "결과가 {want}인 수식으로 고쳐 주세요.")

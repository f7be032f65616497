"""What cannot be asked, said or handed over, each in one sentence."""

from dure.vocabulary import InputError, NotPermitted, Text


class QuestionWrong(InputError):
    """Words, files or places of a message that cannot be taken."""

    key = "thread-message-wrong"
    says = Text("The message was not sent ({where}): {why}.", "메시지를 보내지 못했습니다({where}): {why}.")
    remedy = Text(
        "What you wrote is still there: change it and send it again.",
        "적은 내용은 그대로 있으니 고쳐서 다시 보내 주세요.",
    )


class PlaceUnknown(InputError):
    """A question about something that is not there."""

    key = "thread-place-unknown"
    says = Text("There is nothing to ask about at {where}.", "{where}에는 질문할 대상이 없습니다.")
    remedy = Text(
        "Open it on its own page and press “Ask about this” there.",
        "해당 페이지를 열고 “이것에 대해 질문하기”를 눌러 주세요.",
    )


class ThreadStands(InputError):
    """An act that does not fit where the question stands."""

    key = "thread-stands"
    says = Text(
        "This cannot be done while question {where} is {state}.",
        "질문 {where}이(가) {state} 상태일 때는 할 수 없습니다.",
    )
    remedy = Text(
        "Load the page again; a closed question can be reopened.",
        "페이지를 새로 고쳐 주세요. 닫힌 질문은 다시 열 수 있습니다.",
    )


class NotYourTurn(NotPermitted):
    """An act of somebody whose it is not."""

    key = "thread-not-yours"
    says = Text("{what} is open to {who} ({where}).", "{what}은(는) {who}만 할 수 있습니다({where}).")
    remedy = Text("Ask an engineer to do it.", "엔지니어에게 요청해 주세요.")

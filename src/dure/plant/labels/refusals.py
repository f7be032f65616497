"""Why labels are refused, each in one sentence."""

from dure.vocabulary import InputError, NodeProblem, NotPermitted, TableProblem, Text


class SetWrong(InputError):
    """A set of labels that cannot be opened as it was asked."""

    key = "labels-set-wrong"
    says = Text(
        "This set of labels cannot be kept, {where}: {why}.",
        "라벨 묶음을 저장할 수 없습니다. {where}: {why}.",
    )
    remedy = Text("Correct it and save again.", "고친 뒤 다시 저장해 주세요.")


class MarkWrong(InputError):
    """A label on something that is not there, or of a kind that nobody named."""

    key = "labels-mark-wrong"
    says = Text("{where} cannot be labelled: {why}.", "{where}에는 라벨을 붙일 수 없습니다: {why}.")
    remedy = Text(
        "Choose one of the kinds, and something that the set is about.",
        "이 묶음에 있는 대상과 종류를 골라 주세요.",
    )


class NothingToUndo(InputError):
    """Nobody of that name has a label here that could be taken back."""

    key = "labels-nothing-to-undo"
    says = Text("You have no label in {where} that could be taken back.", "{where}에 되돌릴 라벨이 없습니다.")
    remedy = Text(
        "Only your own labels are taken back, the newest first.", "본인이 붙인 라벨만 최근 것부터 되돌립니다."
    )


class NotYourMark(NotPermitted):
    """A label that somebody else gave."""

    key = "labels-not-yours"
    says = Text("Label {where} was given by {by}.", "라벨 {where}은(는) {by} 님이 붙였습니다.")
    remedy = Text(
        "Give your own; an engineer decides where two differ.",
        "본인의 라벨을 붙이세요. 서로 다르면 엔지니어가 정합니다.",
    )


class FileNotLabels(TableProblem):
    """A file that is to bring labels and does not."""

    key = "labels-file-wrong"
    says = Text("{where} brings no labels: {why}.", "{where} 파일에서 라벨을 가져올 수 없습니다: {why}.")
    remedy = Text(
        "Bring a csv with the columns of an export, or with file and label.",
        "내보내기 파일과 같은 열이 있거나 file, label 열이 있는 csv를 올려 주세요.",
    )


class TooFewMarks(InputError):
    """A training on labels of one kind, or of hardly any."""

    key = "labels-too-few"
    says = Text(
        "{where} has {count} labels on which all agree, of {kinds}; {least} of two kinds are needed.",
        "{where}에서 모두 동의한 라벨은 {count}개({kinds})입니다. 두 종류로 {least}개가 필요합니다.",
    )
    remedy = Text(
        "Label more, and decide what is disputed.", "라벨을 더 붙이고 의견이 다른 항목을 정해 주세요."
    )


class ItemsGone(NodeProblem):
    """The file or the signal of a set is no longer there."""

    key = "labels-items-gone"
    says = Text(
        "What {where} is about is no longer there: {what}.", "{where}의 대상({what})이 더는 없습니다."
    )
    remedy = Text(
        "Bring the file in again under a new set; the labels stay.",
        "파일을 다시 올려 새 묶음을 만드세요. 라벨은 그대로 남습니다.",
    )

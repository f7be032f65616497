"""Why the sheet refuses, each in one sentence."""

from dure.vocabulary import InputError, NodeProblem, TableProblem, Text


class SheetUnknown(InputError):
    """No sheet has that id, or its files are gone."""

    key = "sheet-unknown"
    says = Text("There is no sheet {where}.", "시트 {where}이(가) 없습니다.")
    remedy = Text("Open one from the list of sheets.", "시트 목록에서 다시 열어 주세요.")


class ActionWrong(InputError):
    """An action that cannot be carried out as it was asked."""

    key = "sheet-action-wrong"
    says = Text("This cannot be done with {where}: {why}.", "{where}에는 할 수 없는 작업입니다: {why}.")
    remedy = Text("Correct it and try again.", "고친 뒤 다시 시도해 주세요.")


class SheetMovedOn(InputError):
    """Somebody else changed the same thing first."""

    key = "sheet-moved-on"
    says = Text(
        "{who} changed {where} in the meantime; your entry was not lost and not applied.",
        "그사이 {who} 님이 {where}을(를) 바꿨습니다. 입력하신 내용은 지워지지 않았고 아직 적용되지 않았습니다.",
    )
    remedy = Text("Look at the new state, then enter it again.", "바뀐 내용을 확인한 뒤 다시 입력해 주세요.")


class CellWrong(TableProblem):
    """A value that a column cannot hold."""

    key = "sheet-cell-wrong"
    says = Text(
        "“{value}” does not fit column “{where}”, which holds {holds}.",
        "“{value}”은(는) {holds} 열인 “{where}”에 넣을 수 없습니다.",
    )
    remedy = Text(
        "Type a value of that kind, or enter it in a new column.",
        "알맞은 값을 넣거나 새 열에 입력해 주세요.",
    )


class ColumnMade(TableProblem):
    """A cell of a column that a formula makes."""

    key = "sheet-column-made"
    says = Text("The cells of “{where}” come from its formula.", "“{where}” 열의 값은 수식으로 계산됩니다.")
    remedy = Text("Change the formula, or drop it first.", "수식을 바꾸거나 먼저 지워 주세요.")


class TooLarge(InputError):
    """More than the sheet takes at once."""

    key = "sheet-too-large"
    says = Text("{where}: {count} is more than {most}.", "{where}: {count}은(는) 한도 {most}을(를) 넘습니다.")
    remedy = Text("Take less at once.", "더 적은 양으로 나눠 주세요.")


class WorkbookRefused(InputError):
    """A workbook that cannot be opened."""

    key = "sheet-workbook"
    says = Text("{where} cannot be opened: {why}.", "{where} 파일을 열 수 없습니다: {why}.")
    remedy = Text(
        "Save it without a password as .xlsx and bring it in again.",
        "암호 없이 .xlsx로 저장해 다시 올려 주세요.",
    )


class SourceGrows(InputError):
    """A typed cell in a table that refreshes."""

    key = "sheet-live"
    says = Text(
        "{where} shows the last hours and refreshes, so its cells cannot be typed over.",
        "{where}은(는) 최근 기록을 계속 새로 보여 주므로 칸을 고칠 수 없습니다.",
    )
    remedy = Text("Open the same signals as a fixed table.", "같은 신호를 고정된 표로 열어 주세요.")


class FunctionRefused(TableProblem):
    """PREDICT and its like cannot be reckoned on this table."""

    key = "sheet-function"
    says = Text("{where} cannot be reckoned: {why}.", "{where}을(를) 계산할 수 없습니다: {why}.")
    remedy = Text("Correct the formula.", "수식을 고쳐 주세요.")


class FeedRefused(InputError):
    """A query of the feed that is not OData as the reference has it."""

    key = "sheet-feed"
    says = Text(
        "The feed does not understand {where}: {why}.", "피드가 {where}을(를) 처리할 수 없습니다: {why}."
    )
    remedy = Text("See the sheet's reference page.", "시트 참고 문서를 확인해 주세요.")


class SheetBroken(NodeProblem):
    """The list of a sheet's actions cannot be read."""

    key = "sheet-broken"
    says = Text(
        "The actions of sheet {where} cannot be read.", "시트 {where}의 작업 기록을 읽을 수 없습니다."
    )
    remedy = Text(
        "Restore it from a backup; nothing was changed.", "백업에서 복원해 주세요. 바뀐 것은 없습니다."
    )

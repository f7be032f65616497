"""Why a formula is refused: one leaf a reason, each with the position of what is wrong.

```
RecipeProblem
└── FormulaWrong               a formula cannot be used; `position` counts characters from 1, `caret` points at it
    ├── FormulaUnreadable      it does not follow the grammar
    ├── FormulaTooLarge        longer, deeper or dearer than is allowed
    ├── FunctionUnknown        no function has that name (in the table in force)
    ├── ColumnUnknown          no column has that name
    ├── ArgumentCount          too few or too many arguments
    ├── ArgumentWrong          an argument is of the wrong type, or not among the allowed
    ├── UnitsClash             two quantities of different kinds meet
    ├── UnitsOfOneKind         the same kind in two units
    ├── UnitNotPure            a function of pure numbers gets a quantity
    ├── UnitWithZero           a temperature in Cel is multiplied
    ├── UnitNotDeclared        the result is not what it was declared to be
    ├── TimeNotNamed           a duration is looked back over, and no time column is named
    ├── LooksAtWholeColumn     an aggregate where only the rows so far are known
    └── FormulaCycle           formulas wait for each other
TableProblem
└── TimesGoBack                a duration is looked back over times that are out of order
```
"""

from typing import Any

from dure.vocabulary import RecipeProblem, TableProblem, Text

_AROUND = 40


class FormulaWrong(RecipeProblem):
    """A formula cannot be used.

    Parameters
    ----------
    where
        What is wrong, in a word: a function's or column's name.
    at
        Its first character in the formula, from 1.
    formula
        The whole formula, for `caret`.
    """

    key = "formula-wrong"
    says = Text("The formula is wrong at character {at}.", "수식의 {at}번째 글자에 오류가 있습니다.")
    remedy = Text("Correct the formula.", "수식을 고쳐 주세요.")

    def __init__(self, where: str, *, at: int = 1, formula: str = "", **facts: Any) -> None:
        super().__init__(where, at=at, formula=formula, **facts)
        self.position = at
        self.formula = formula
        self.inside: Text | None = None

    @property
    def message(self) -> str:
        """What happened, in the language in force, begun by what the formula belongs to."""
        said = super().message
        return f"{self.inside}: {said}" if self.inside else said

    @property
    def caret(self) -> str:
        """The formula, or the part around the position, and under it a mark that points there.

        >>> print(FormulaWrong("x", at=4, formula="=1+x").caret)
        =1+x
           ^
        """
        start = max(0, self.position - 1 - _AROUND)
        shown = self.formula[start : start + 2 * _AROUND]
        return f"{' '.join(shown.splitlines())}\n{' ' * (self.position - 1 - start)}^"

    def of(self, owner: Text) -> "FormulaWrong":
        """The same refusal, saying whose formula it is: `Step 3 (power)`."""
        self.inside = owner
        return self


class FormulaUnreadable(FormulaWrong):
    """A formula does not follow the grammar."""

    key = "formula-unreadable"
    says = Text(
        "The formula cannot be read at character {at}: {what}.",
        "수식의 {at}번째 글자에서 읽을 수 없습니다: {what}.",
    )
    remedy = Text(
        "Write it as in Excel, columns in brackets: =IF([temp]>80, 1, 0).",
        "열 이름을 대괄호에 넣어 엑셀처럼 적어 주세요: =IF([temp]>80, 1, 0).",
    )


class FormulaTooLarge(FormulaWrong):
    """A formula is longer, deeper or dearer than is allowed."""

    key = "formula-too-large"
    says = Text(
        "The formula is too large at character {at}: {what} {count}, at most {most}.",
        "수식의 {at}번째 글자에서 한도를 넘습니다: {what} {count}, 최대 {most}.",
    )
    remedy = Text(
        "Split it into several columns, or look back over less.",
        "여러 열로 나누거나 되돌아보는 구간을 줄여 주세요.",
    )


class FunctionUnknown(FormulaWrong):
    """No function has that name, or it may not be used here."""

    key = "formula-function-unknown"
    says = Text(
        "Unknown function “{where}” at character {at}{near}",
        "{at}번째 글자의 함수 “{where}”을(를) 모릅니다{near}",
    )
    remedy = Text("The formula reference lists the functions.", "쓸 수 있는 함수는 수식 설명서에 있습니다.")


class ColumnUnknown(FormulaWrong):
    """No column has that name."""

    key = "formula-column-unknown"
    says = Text(
        "Unknown column “{where}” at character {at}{near}",
        "{at}번째 글자의 열 “{where}”이(가) 표에 없습니다{near}",
    )
    remedy = Text("Write a column of the table in brackets.", "표에 있는 열 이름을 대괄호에 넣어 주세요.")


class ArgumentCount(FormulaWrong):
    """A function gets too few or too many arguments."""

    key = "formula-argument-count"
    says = Text(
        "{where} at character {at} takes {wanted} and gets {given}.",
        "{at}번째 글자의 {where}에는 인수가 {wanted} 필요한데 {given}개가 있습니다.",
    )
    remedy = Text("Write it as {usage}.", "{usage}처럼 적어 주세요.")


class ArgumentWrong(FormulaWrong):
    """An argument is of the wrong type, or not among the allowed."""

    key = "formula-argument"
    says = Text(
        "{where} at character {at} should be {wanted} but is {given}.",
        "{at}번째 글자의 {where}은(는) {wanted}이어야 하는데 {given}입니다.",
    )
    remedy = Text("Another value is needed here: {way}", "다른 값이 필요합니다: {way}")


class UnitsClash(FormulaWrong):
    """Two quantities of different kinds meet."""

    key = "formula-units-clash"
    says = Text(
        "{first} and {second} are different kinds of quantity, at “{where}”, character {at}.",
        "{at}번째 글자의 “{where}”에서 종류가 다른 {first}와(과) {second}이(가) 만납니다.",
    )
    remedy = Text("Correct the formula, or the unit of a column.", "수식이나 열의 단위를 고쳐 주세요.")


class UnitsOfOneKind(FormulaWrong):
    """Quantities of one kind meet in two units."""

    key = "formula-units-of-one-kind"
    says = Text(
        "{first} meets {second} at “{where}”, character {at}.",
        "{at}번째 글자의 “{where}”에서 단위 {first}와(과) {second}이(가) 섞여 있습니다.",
    )
    remedy = Text(
        'Bring it to one unit: CONVERT(…, "{second}", "{first}").',
        '한 단위로 바꿔 주세요: CONVERT(…, "{second}", "{first}").',
    )


class UnitNotPure(FormulaWrong):
    """A function of pure numbers gets a quantity."""

    key = "formula-unit-not-pure"
    says = Text(
        "{where} at character {at} takes a pure number but gets {found}.",
        "{at}번째 글자의 {where}에는 단위 없는 수가 필요한데 단위가 {found}입니다.",
    )
    remedy = Text("Another value is needed here: {way}", "다른 값이 필요합니다: {way}")


class UnitWithZero(FormulaWrong):
    """A quantity whose zero is by agreement is multiplied or raised."""

    key = "formula-unit-with-zero"
    says = Text(
        "{found} at “{where}”, character {at}, has a zero by agreement and cannot be multiplied by a quantity.",
        "{at}번째 글자의 “{where}”에서 {found}은(는) 영점이 약속으로 정해진 단위라 다른 양과 곱할 수 없습니다.",
    )
    remedy = Text(
        'Take it in {absolute}, CONVERT(…, "{found}", "{absolute}"), or as a difference.',
        '{absolute}(으)로 바꾸거나(CONVERT(…, "{found}", "{absolute}")) 차이로 써 주세요.',
    )


class UnitNotDeclared(FormulaWrong):
    """A result is of another unit than its column was declared to have."""

    key = "formula-unit-declared"
    says = Text(
        "The formula gives {found}, not {where}.", "수식의 결과는 {where}이(가) 아니라 {found}입니다."
    )
    remedy = Text(
        'Correct the unit, or bring the result to it: CONVERT(…, "{found}", "{where}").',
        '단위를 고치거나 결과를 바꿔 주세요: CONVERT(…, "{found}", "{where}").',
    )


class TimeNotNamed(FormulaWrong):
    """A duration is looked back over, and no time column is named."""

    key = "formula-time-not-named"
    says = Text(
        "{where} at character {at} looks back over a duration, but no time column is named.",
        "{at}번째 글자의 {where}은(는) 시간만큼 되돌아보는데 시각 열이 정해지지 않았습니다.",
    )
    remedy = Text("Name the time column, or look back over rows.", "시각 열을 정하거나 행 수로 되돌아보세요.")


class LooksAtWholeColumn(FormulaWrong):
    """An aggregate where only the rows so far are known."""

    key = "formula-whole-column"
    says = Text(
        "{where} at character {at} looks at the whole column, which a live signal does not have.",
        "{at}번째 글자의 {where}은(는) 열 전체를 보므로 실시간 신호에는 쓸 수 없습니다.",
    )
    remedy = Text(
        "Use a window such as ROLLMEAN, or freeze the value in a recipe step.",
        "ROLLMEAN 같은 구간 함수를 쓰거나 레시피 단계에서 값을 고정하세요.",
    )


class FormulaCycle(FormulaWrong):
    """Formulas wait for each other."""

    key = "formula-cycle"
    says = Text("These formulas wait for each other: {where}.", "수식이 서로를 기다립니다: {where}.")
    remedy = Text("Take one of them out of the circle.", "그중 하나가 다른 열을 쓰지 않게 고쳐 주세요.")


class TimesGoBack(TableProblem):
    """A duration is looked back over times that are out of order."""

    key = "formula-times-go-back"
    says = Text(
        "The times in “{where}” go back at row {row}, so no duration can be looked back over.",
        "“{where}” 열의 시각이 {row}행에서 거꾸로 가므로 시간만큼 되돌아볼 수 없습니다.",
    )
    remedy = Text(
        "Sort the table by time, or give the rows of each run.",
        "표를 시각순으로 정렬하거나 운전 구간별 행 수를 주세요.",
    )

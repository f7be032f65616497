"""Why a training, a prediction or a package is refused, each in one sentence with the way out.

```
TableProblem
├── TargetAbsent, ColumnUnknown     a named column is not in the table
├── TargetEmpty, TargetNotNumber    the target has no values, or no numbers
├── OneClassOnly, OneGroupOnly      nothing to tell apart, nothing to hold back
├── TooManyClasses                  a class for nearly every row
├── TooFewRows, NothingToLearnFrom  rows or columns do not suffice
├── HorizonBeyond                   a table that is shorter than what is foretold
└── NormalRowsTooFew                no normal rows to learn from
InputError
├── NormalUnclear                   the normal rows are named in a way that cannot be read
├── TaskUnknown, TargetMissing, SettingRefused
├── OutTaken                        OUT is something else than a model package
└── OutRefused                      OUT cannot be written
ModelRefused
├── NoForecast                      rows to come are asked of another model
├── PackageAbsent, PackageDamaged, PackageTooLarge, SignerUnknown
├── ColumnsUnlike, ShapeUnlike, ColumnNotNumbers, ColumnEmpty    the table does not fit the model
├── UnitsUnlike, UnitsSeemUnlike    a column is in another unit, or looks it
└── RowUnlike                       a row of the line does not fit the model
```
"""

from collections.abc import Sequence
from difflib import get_close_matches

from dure.vocabulary import InputError, ModelRefused, TableProblem, Text


class TargetAbsent(TableProblem):
    """The target is not a column."""

    key = "train-target-absent"
    says = Text(
        "There is no column “{column}” in {where}{near}.", "{where}에 “{column}” 열이 없습니다{near}."
    )
    remedy = Text("Name one of its columns with --target.", "--target에 있는 열 이름을 지정해 주세요.")


class TargetMissing(InputError):
    """No target was named for a task that needs one."""

    key = "target-missing"
    says = Text("The task {where} needs a target.", "{where} 작업에는 목표 열이 필요합니다.")
    remedy = Text(
        "Name it with --target COLUMN, or use --task detect, which needs none.",
        "--target 열이름으로 지정하거나, 목표가 필요 없는 --task detect를 쓰세요.",
    )


class ColumnUnknown(TableProblem):
    """A column named by an option is not in the table."""

    key = "option-column-unknown"
    says = Text(
        "{where} names “{column}”, which is no column{near}.", "{where}의 “{column}” 열이 없습니다{near}."
    )
    remedy = Text("Correct the name.", "열 이름을 고쳐 주세요.")


class TargetEmpty(TableProblem):
    """The target has no values."""

    key = "target-empty"
    says = Text("Column “{where}” has no values to learn from.", "“{where}” 열에 학습할 값이 없습니다.")
    remedy = Text("Choose another target, or fill it in.", "다른 목표 열을 고르거나 값을 채워 주세요.")


class TargetNotNumber(TableProblem):
    """A number is to be estimated, but the target holds words."""

    key = "target-not-number"
    says = Text(
        "“{where}” cannot be estimated: it holds “{value}”, which is no number.",
        "“{where}” 열은 수치로 예측할 수 없습니다. 숫자가 아닌 “{value}”이(가) 들어 있습니다.",
    )
    remedy = Text(
        "Use --task classify, or choose another target.", "--task classify를 쓰거나 다른 목표 열을 고르세요."
    )


class TooManyClasses(TableProblem):
    """Classes are to be told apart, but nearly every row has its own."""

    key = "too-many-classes"
    says = Text(
        "“{where}” has {count} different values, too many to tell apart as classes.",
        "“{where}” 열의 값이 {count}가지라서 분류하기에 너무 많습니다.",
    )
    remedy = Text(
        "Use --task estimate, or choose another target.", "--task estimate를 쓰거나 다른 목표 열을 고르세요."
    )


class OneClassOnly(TableProblem):
    """Every row has the same target."""

    key = "one-class-only"
    says = Text(
        "“{where}” is “{value}” in every row, so there is nothing to tell apart.",
        "“{where}” 열이 모든 행에서 “{value}”이라 구별할 것이 없습니다.",
    )
    remedy = Text(
        "Add rows with another outcome, or use --task detect, which learns from normal rows only.",
        "다른 결과가 있는 행을 더하거나, 정상 행만으로 배우는 --task detect를 쓰세요.",
    )


class OneGroupOnly(TableProblem):
    """Every row belongs to the same group."""

    key = "one-group-only"
    says = Text(
        "Column “{where}” has one value only, so no group can be held back.",
        "“{where}” 열의 값이 하나뿐이라 따로 떼어 검증할 그룹이 없습니다.",
    )
    remedy = Text(
        "Leave --group out, or add other groups.", "--group을 빼거나 다른 그룹의 데이터를 더하세요."
    )


class TooFewRows(TableProblem):
    """Too few rows to hold some back."""

    key = "too-few-rows"
    says = Text(
        "{where} gives {rows} rows with a target; a model needs at least {needed}.",
        "{where}에서 쓸 수 있는 행이 {rows}개입니다. 모델에는 최소 {needed}행이 필요합니다.",
    )
    remedy = Text("Collect more rows first.", "데이터를 더 모아 주세요.")


class HorizonBeyond(TableProblem):
    """A table that ends before anything foretold in it could be measured."""

    key = "horizon-beyond-table"
    says = Text(
        "{where} has {rows} rows, and the model foretells {ahead} ahead ({horizon} rows): no row can be judged yet.",
        "{where}은(는) {rows}행인데 모델은 {ahead} 뒤({horizon}행)를 예측하므로 아직 평가할 수 있는 행이 없습니다.",
    )
    remedy = Text("Give a table that is longer than the horizon.", "예측 시간보다 긴 표를 주세요.")


class NothingToLearnFrom(TableProblem):
    """No column is left to learn from."""

    key = "nothing-to-learn-from"
    says = Text(
        "No column of {where} is left to learn from: {why}.",
        "{where}에 학습에 쓸 열이 남지 않습니다: {why}.",
    )
    remedy = Text("Give a table with measured columns.", "측정값이 담긴 열이 있는 표를 주세요.")


class NormalRowsTooFew(TableProblem):
    """Too few normal rows to learn from and hold back."""

    key = "normal-rows-too-few"
    says = Text(
        "{where} gives {rows} normal rows; a detector needs at least {needed}.",
        "{where}의 정상 행이 {rows}개입니다. 이상 탐지에는 최소 {needed}행이 필요합니다.",
    )
    remedy = Text("Name more normal rows.", "정상 행을 더 지정해 주세요.")


class NormalUnclear(InputError):
    """The normal rows are named in a way that cannot be read."""

    key = "normal-unclear"
    says = Text("“{where}” does not name normal rows.", "“{where}”(으)로는 정상 행을 알 수 없습니다.")
    remedy = Text(
        "Write --normal COLUMN=VALUE or --normal-rows N, not both.",
        "--normal 열=값 또는 --normal-rows N 중 하나로 적어 주세요.",
    )


class TaskUnknown(InputError):
    """A task that is none."""

    key = "task-unknown"
    says = Text("“{where}” is not a task.", "“{where}”은(는) 없는 작업입니다.")
    remedy = Text("Use one of: {known}.", "다음에서 고르세요: {known}.")


class OutTaken(InputError):
    """OUT exists and is no model package."""

    key = "out-taken"
    says = Text(
        "{where} exists and is not a model package.", "{where}이(가) 이미 있고 모델 패키지가 아닙니다."
    )
    remedy = Text("Choose another place with -o.", "-o로 다른 위치를 지정해 주세요.")


class OutRefused(InputError):
    """A place where nothing can be written."""

    key = "out-refused"
    says = Text("{where} cannot be written: {why}.", "{where}에 쓸 수 없습니다: {why}.")
    remedy = Text("Choose another place with -o.", "-o로 다른 위치를 지정해 주세요.")


class SettingRefused(InputError):
    """An option holds what it cannot mean."""

    key = "option-refused"
    says = Text("{where} is “{value}”; it must be {must}.", "{where} 값이 “{value}”입니다. {must}야 합니다.")
    remedy = Text("Correct the option.", "옵션을 고쳐 주세요.")


class NoForecast(ModelRefused):
    """Rows behind a table's end are asked of a model that foretells nothing."""

    key = "no-forecast"
    says = Text(
        "The model is no forecast, so it says nothing of rows behind the end of {where}.",
        "이 모델은 앞날을 예측하지 않으므로 {where} 뒤의 행은 알려 줄 수 없습니다.",
    )
    remedy = Text(
        "Leave --ahead out, or train with --task forecast.", "--ahead를 빼거나 --task forecast로 학습하세요."
    )


class PackageAbsent(ModelRefused):
    """No model package lies there."""

    key = "package-absent"
    says = Text("{where} is not a model package.", "{where}은(는) 모델 패키지가 아닙니다.")
    remedy = Text(
        "Give the folder that `dure train -o` wrote.", "`dure train -o`가 만든 폴더를 지정해 주세요."
    )


class PackageDamaged(ModelRefused):
    """A package whose bytes are not those that were signed."""

    key = "package-damaged"
    says = Text(
        "The package {where} was changed after it was signed: {what}.",
        "{where} 패키지가 서명 뒤에 바뀌었습니다: {what}.",
    )
    remedy = Text("Ask its maker for it again.", "만든 곳에서 다시 받아 주세요.")


class PackageTooLarge(ModelRefused):
    """A package beyond the bounds of a model."""

    key = "package-too-large"
    says = Text("The package {where} is out of bounds: {what}.", "{where} 패키지가 한도를 넘습니다: {what}.")
    remedy = Text("Do not use it; ask its maker.", "사용하지 말고 만든 곳에 문의하세요.")


class SignerUnknown(ModelRefused):
    """A package signed by a key that this home does not trust."""

    key = "signer-unknown"
    says = Text(
        "The package {where} is signed by “{signer}” with a key that is not trusted here ({key_id}).",
        "{where} 패키지는 여기서 신뢰하지 않는 “{signer}”의 키({key_id})로 서명되었습니다.",
    )
    remedy = Text(
        "If you know who made it, use --trust or put its public key into the trusted folder.",
        "만든 사람을 알면 --trust를 쓰거나 공개키를 trusted 폴더에 넣어 주세요.",
    )


class ColumnsUnlike(ModelRefused):
    """A table lacks columns that the model was trained on."""

    key = "columns-unlike"
    says = Text(
        "The model needs {columns}, which {where} does not have{near}.",
        "모델에 필요한 {columns} 열이 {where}에 없습니다{near}.",
    )
    remedy = Text(
        "If columns hold the same in the same unit, rename them as they were in training.",
        "같은 값이 같은 단위로 들어 있는 열이면 학습 때와 같은 이름으로 바꿔 주세요.",
    )


class ColumnsBesideAbsent(ColumnsUnlike):
    """Sounds or pictures come without what was told beside them in training."""

    key = "columns-beside-absent"
    says = Text(
        "The model needs {columns} beside each file, which {where} does not have.",
        "모델에는 파일마다 {columns} 값이 필요한데 {where}에 없습니다.",
    )
    remedy = Text(
        "Give a folder with a csv in it: a column “file” that names the files, and {columns}.",
        "파일 이름을 적은 “file” 열과 {columns} 열이 있는 csv를 같은 폴더에 두고 폴더를 주세요.",
    )


class OutEnding(OutRefused):
    """A report that would bear the ending of another kind of file."""

    key = "out-ending"
    says = Text(
        "{where} does not end in .html, and a report is a web page.",
        "{where}의 확장자가 .html이 아닙니다. 보고서는 웹 페이지입니다.",
    )
    remedy = Text(
        "Name it .html; a browser prints it as PDF.",
        "이름을 .html로 해 주세요. PDF는 브라우저에서 인쇄하면 됩니다.",
    )


class ShapeUnlike(ModelRefused):
    """A table without a header that has another number of columns."""

    key = "shape-unlike"
    says = Text(
        "{where} has {found} columns without names; the model was trained on {known}.",
        "{where}에 이름 없는 열이 {found}개 있습니다. 모델은 {known}개로 학습했습니다.",
    )
    remedy = Text(
        "Give a file of the same kind; this one may be turned on its side.",
        "같은 종류의 파일을 주세요. 행과 열이 뒤바뀐 파일일 수 있습니다.",
    )


class ColumnNotNumbers(ModelRefused):
    """A column that held numbers in training holds words."""

    key = "input-not-numbers"
    says = Text(
        "Column “{column}” of {where} holds “{value}”; the model was trained on numbers there.",
        "{where}의 “{column}” 열에 “{value}”이(가) 있습니다. 모델은 숫자로 학습했습니다.",
    )
    remedy = Text("Correct the column.", "열을 고쳐 주세요.")


class ColumnEmpty(ModelRefused):
    """A column that the model needs has no values at all."""

    key = "input-empty"
    says = Text(
        "Column “{column}” of {where} is empty; the model needs it.",
        "{where}의 “{column}” 열이 비어 있습니다. 모델에 필요한 열입니다.",
    )
    remedy = Text("Bring the signal back first.", "먼저 그 신호를 되살려 주세요.")


class UnitsUnlike(ModelRefused):
    """A column in another unit than the model learnt."""

    key = "units-unlike"
    says = Text(
        "Column “{column}” of {where} is in {found}; the model learnt it in {known}.",
        "{where}의 “{column}” 열은 단위가 {found}입니다. 모델은 {known}(으)로 학습했습니다.",
    )
    remedy = Text(
        "Convert it to {known}, or train again with {found}.",
        "{known}(으)로 환산하거나 {found}(으)로 다시 학습하세요.",
    )


class UnitsSeemUnlike(ModelRefused):
    """A column whose values say that its unit has changed, whatever its header says."""

    key = "units-seem-unlike"
    says = Text(
        "Column “{column}” of {where} looks like {found}; the model learnt {known}, from {low} to {high}.",
        "{where}의 “{column}” 열은 {found} 값으로 보입니다. 모델은 {known} 단위의 {low}~{high} 범위로 학습했습니다.",
    )
    remedy = Text(
        "Convert it to {known}; if the values are right, train again with them.",
        "{known}(으)로 환산하세요. 값이 맞다면 그 값으로 다시 학습하세요.",
    )


class RowUnlike(ModelRefused):
    """A row with another number of values."""

    key = "row-unlike"
    says = Text(
        "A row of {found} values came to {where}; the model takes {known}.",
        "{where}에 값이 {found}개인 행이 들어왔습니다. 모델은 {known}개를 받습니다.",
    )
    remedy = Text(
        "Give one value for each of its inputs, in their order.", "입력마다 값을 하나씩 순서대로 주세요."
    )


def nearest(name: str, there: Sequence[str]) -> dict[str, Text | str]:
    """The fact `near`: which column may have been meant.

    >>> str(nearest("qualty", ["quality", "mould"])["near"])
    '; the nearest is “quality”'
    """
    lowered = {one.strip().lower(): one for one in there}
    found = [lowered[name.strip().lower()]] if name.strip().lower() in lowered else []
    found = found or get_close_matches(name, there, n=1, cutoff=0.5)
    if not found:
        return {"near": ""}
    return {"near": Text(f"; the nearest is “{found[0]}”", f"(가장 비슷한 열: “{found[0]}”)")}

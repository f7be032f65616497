"""Why a replay is refused, each in one sentence with the way out.

```
TableProblem
├── NoClock            a delay in time, and a table without times
└── NothingScored      no row has both a label and inputs that the gate lets through
InputError
└── DelayUnclear       the delay cannot be read
ModelRefused
└── StateUnlike        the state of a loop is that of another model
```
"""

from dure.vocabulary import InputError, ModelRefused, TableProblem, Text


class NoClock(TableProblem):
    """A delay in time, and a table without times."""

    key = "replay-no-clock"
    says = Text(
        "Labels come {delay} late, but {where} has no column of times to count by.",
        "라벨 지연이 {delay}이지만 {where}에는 시간을 셀 시각 열이 없습니다.",
    )
    remedy = Text(
        'Give the delay in rows: --label-delay "24 rows".',
        '지연을 행 수로 지정하세요: --label-delay "24 rows".',
    )


class NothingScored(TableProblem):
    """No row has both a label and inputs that the gate lets through."""

    key = "replay-nothing-scored"
    says = Text(
        "No row has both a value of {where} and inputs in the range of the model, so nothing can be scored.",
        "{where} 값이 있으면서 입력이 모델 범위 안에 있는 행이 없어 평가할 수 없습니다.",
    )
    remedy = Text(
        "Check the units of the inputs and the target with: dure profile TABLE.",
        "dure profile TABLE로 입력의 단위와 목표 열을 확인해 주세요.",
    )


class DelayUnclear(InputError):
    """The delay cannot be read."""

    key = "label-delay-unclear"
    says = Text("The label delay “{where}” cannot be read.", "라벨 지연 “{where}”을(를) 읽을 수 없습니다.")
    remedy = Text(
        'Write a time such as 90s, 30m, 24h or 7d, or a count such as "24 rows".',
        '90s, 30m, 24h, 7d 같은 시간이나 "24 rows" 같은 행 수로 적어 주세요.',
    )


class StateUnlike(ModelRefused):
    """The state of a loop is that of another model, or none."""

    key = "replay-state-unlike"
    says = Text(
        "The state of deployment {where} does not fit model {model}.",
        "적용 상태 {where}은(는) 모델 {model}과 맞지 않습니다.",
    )
    remedy = Text("Begin the deployment of this model anew.", "이 모델의 적용을 새로 시작해 주세요.")

"""Words of the models pages: tasks, stages, measures, and how a report says what they are worth."""

from collections.abc import Mapping
from typing import Any

from dure.vocabulary import Text

TASKS = {
    "estimate": Text("Estimate a number", "수치 예측"),
    "classify": Text("Tell classes apart", "분류"),
    "detect": Text("Find what is not normal", "이상 감지"),
}

STAGES = {
    "table": Text("Gathering the rows from the signals", "신호에서 행을 모으는 중"),
    "read": Text("Reading the table", "표를 읽는 중"),
    "prepare": Text("Preparing the columns", "열을 전처리하는 중"),
    "plan": Text("Choosing how to judge honestly", "정직한 검증 방법을 정하는 중"),
    "search": Text("Trying model families", "모델 종류를 시험하는 중"),
    "judge": Text("Judging on rows it has not seen", "처음 보는 행으로 검증하는 중"),
    "fit": Text("Fitting the chosen one on all rows", "고른 모델을 전체 행으로 학습하는 중"),
    "export": Text("Writing the package", "패키지를 쓰는 중"),
    "package": Text("Writing and signing the package", "패키지를 쓰고 서명하는 중"),
    "register": Text("Taking it into the registry", "모델 목록에 등록하는 중"),
}

MEASURES: Mapping[str, tuple[Text, bool]] = {
    "r2": (Text("Explained share (R²)", "설명력(R²)"), True),
    "mean_absolute_error": (Text("Mean error", "평균 절대 오차"), False),
    "root_mean_squared_error": (Text("Root mean squared error", "평균 제곱근 오차"), False),
    "mean_squared_error": (Text("Mean squared error", "평균 제곱 오차"), False),
    "mean_absolute_percentage_error": (Text("Mean error in percent", "평균 절대 백분율 오차"), False),
    "median_absolute_error": (Text("Median error", "중앙 절대 오차"), False),
    "accuracy": (Text("Right verdicts", "정확도"), True),
    "balanced_accuracy": (Text("Right verdicts, classes weighing alike", "균형 정확도"), True),
    "f1": (Text("F1", "F1"), True),
    "f1_macro": (Text("F1, classes weighing alike", "매크로 F1"), True),
    "roc_auc": (Text("Area under ROC", "ROC 면적(AUC)"), True),
    "average_precision": (Text("Average precision", "평균 정밀도"), True),
    "log_loss": (Text("Log loss", "로그 손실"), False),
    "false_alarm_rate": (Text("False alarms", "오경보율"), False),
    "missed_alarm_rate": (Text("Missed alarms", "미탐지율"), False),
    "nab_standard": (Text("NAB score", "NAB 점수"), True),
    "alarms_per_shift": (Text("Alarms a shift", "근무조당 알람"), False),
    "alarms_a_shift": (Text("Alarms a shift", "근무조당 알람"), False),
}

BETTER = Text(
    "On rows it had not seen: {name} {value}; without a model {null}. It is worth having.",
    "처음 보는 행에서 {name} {value}, 모델이 없을 때는 {null}입니다. 쓸 만합니다.",
)
NO_BETTER = Text(
    "On rows it had not seen: {name} {value}; without a model {null}. It is no better than none: do not release it.",
    "처음 보는 행에서 {name} {value}, 모델이 없을 때는 {null}입니다. 없는 것보다 낫지 않으니 릴리스하지 마세요.",
)
DETECTOR = Text(
    "Its threshold lets {shift} alarms a shift through on normal data it had not seen.",
    "처음 보는 정상 데이터에서 근무조당 알람이 {shift}건 나오도록 임계값을 정했습니다.",
)
UNJUDGED = Text("Nothing could be measured about it yet.", "아직 측정된 것이 없습니다.")


def measure_name(key: str) -> str:
    """A measure's name as people read it.

    >>> measure_name("r2"), measure_name("something_new")
    ('Explained share (R²)', 'something new')
    """
    return str(MEASURES[key][0]) if key in MEASURES else key.replace("_", " ")


def verdict(card: Mapping[str, Any]) -> tuple[str, str]:
    """What a report says first, and whether it is `fine` or a `warn`ing.

    >>> verdict({"metric": {"r2": 0.9}, "null": {"r2": 0.0}})[1]
    'fine'
    """
    metric, null = dict(card.get("metric") or {}), dict(card.get("null") or {})
    key = next((name for name in metric if name in null and name in MEASURES), None)
    shift = shift_alarms(card)
    if key is None and shift is not None:
        return DETECTOR.format(shift=_short(shift)), "fine"
    if key is None or not _numbers(metric[key], null[key]):
        return str(UNJUDGED), "warn"
    better = metric[key] > null[key] if MEASURES[key][1] else metric[key] < null[key]
    says = BETTER if better else NO_BETTER
    words = says.format(name=measure_name(key), value=_short(metric[key]), null=_short(null[key]))
    return words, "fine" if better else "warn"


def shift_alarms(card: Mapping[str, Any]) -> float | None:
    """Alarms a shift of 8 h on held-out normal data, where the card tells."""
    metric = card.get("metric") or {}
    found = card.get("alarms_a_shift", metric.get("alarms_a_shift", metric.get("alarms_per_shift")))
    return float(found) if isinstance(found, (int, float)) else None


def _numbers(*values: object) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def _short(value: float) -> str:
    return f"{value:.3g}"

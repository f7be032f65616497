"""Words of the models pages: tasks, stages, measures, and how a report says what they are worth."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    "search": Text("Trying kinds of models", "모델 종류를 시험하는 중"),
    "fit": Text("Fitting the chosen one on all rows", "고른 모델을 전체 행으로 학습하는 중"),
    "report": Text("Judging it and writing the report", "검증하고 보고서를 쓰는 중"),
    "register": Text("Taking it among the models", "모델 목록에 등록하는 중"),
}
FAMILIES = {
    "boosting": Text("gradient-boosted trees", "그래디언트 부스팅 트리"),
    "logistic": Text("logistic regression", "로지스틱 회귀"),
    "ridge": Text("ridge regression", "릿지 회귀"),
    "neighbours": Text("nearest neighbours", "최근접 이웃"),
    "principal_components": Text("principal components", "주성분 분석"),
}
TRYING = Text("Trying {family}", "{family} 시험 중")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's name; whether more is better; whether it is a share of 1, so that bars may stand together."""

    name: Text
    more: bool = False
    share: bool = False


MEASURES: Mapping[str, Measure] = {
    "r2": Measure(Text("Explained share (R²)", "설명력(R²)"), more=True, share=True),
    "mean_absolute_error": Measure(Text("Mean error", "평균 절대 오차")),
    "root_mean_squared_error": Measure(Text("Root mean squared error", "평균 제곱근 오차")),
    "mean_squared_error": Measure(Text("Mean squared error", "평균 제곱 오차")),
    "mean_absolute_percentage_error": Measure(Text("Mean error in percent", "평균 절대 백분율 오차")),
    "median_absolute_error": Measure(Text("Median error", "중앙 절대 오차")),
    "balanced_accuracy": Measure(Text("Right verdicts, classes alike", "균형 정확도"), more=True, share=True),
    "accuracy": Measure(Text("Right verdicts", "정확도"), more=True, share=True),
    "f1": Measure(Text("F1", "F1"), more=True, share=True),
    "f1_macro": Measure(Text("F1, classes alike", "매크로 F1"), more=True, share=True),
    "roc_auc": Measure(Text("Area under ROC", "ROC 면적(AUC)"), more=True, share=True),
    "average_precision": Measure(Text("Average precision", "평균 정밀도"), more=True, share=True),
    "log_loss": Measure(Text("Log loss", "로그 손실")),
    "interval_coverage": Measure(
        Text("Inside the stated interval", "예측 구간 안의 비율"), more=True, share=True
    ),
    "false_alarm_rate": Measure(Text("False alarms", "거짓 알람률"), share=True),
    "missed_alarm_rate": Measure(Text("Missed alarms", "미탐지율"), share=True),
    "nab_standard": Measure(Text("NAB score", "NAB 점수"), more=True),
    "alarms_per_shift": Measure(Text("Alarms in a shift of 8 h", "8시간 근무조당 알람")),
    "alarms_per_shift_upper": Measure(Text("… at most, with 95\u00a0%", "… 95% 상한")),
    "alarms_per_1000_rows": Measure(Text("Alarms in 1,000 rows", "1,000행당 알람")),
}
FIRST = ("r2", "balanced_accuracy", "f1", "roc_auc", "accuracy", "mean_absolute_error")
"""What a verdict speaks of, the first that the card has."""

BETTER = Text(
    "On rows it had not seen: {name} {value}; without a model {null}. It is worth having.",
    "처음 보는 행에서 {name} {value}, 모델이 없을 때는 {null}입니다. 쓸 만합니다.",
)
NO_BETTER = Text(
    "On rows it had not seen: {name} {value}; without a model {null}. It is no better than none: do not release it.",
    "처음 보는 행에서 {name} {value}, 모델이 없을 때는 {null}입니다. 없는 것보다 낫지 않으니 출시하지 마세요.",
)
DETECTOR = Text(
    "On normal rows held back it raised {shift} alarms a shift of 8 h; the true number lies below {upper} (95\u00a0%).",
    "따로 떼어 둔 정상 행에서 8시간 근무조당 알람이 {shift}건 났습니다. 실제 값은 {upper}건 아래입니다(95%).",
)
WATCH_FIRST = Text(
    "That is too many, or too little was held back to tell: let it run in shadow before it advises.",
    "너무 많거나, 떼어 둔 구간이 짧아 판단하기 어렵습니다. 권고 전에 그림자 상태로 지켜보세요.",
)
BEARABLE = 4.0
"""False alarms a shift that people still look at; a detector that may give more is said to be watched first."""
RATE = Text(
    "On normal rows held back it raised an alarm in {rate} % of the rows.",
    "따로 떼어 둔 정상 행 가운데 {rate}%에서 알람이 났습니다.",
)
UNJUDGED = Text("Nothing could be measured about it yet.", "아직 측정된 것이 없습니다.")


def measure_name(key: str) -> str:
    """A measure's name as people read it.

    >>> measure_name("r2"), measure_name("something_new")
    ('Explained share (R²)', 'something new')
    """
    return str(MEASURES[key].name) if key in MEASURES else key.replace("_", " ")


def stage_words(stage: str) -> str:
    """What a training is doing, in words: its stage, or the kind of model it tries."""
    if stage in STAGES or not stage:
        return str(STAGES.get(stage, ""))
    return TRYING.format(family=FAMILIES.get(stage, stage))


def verdict(card: Mapping[str, Any]) -> tuple[str, str]:
    """What a report says first, and whether it is `fine` or a `warn`ing.

    >>> verdict({"metric": {"r2": 0.9}, "null": {"r2": 0.0}})[1]
    'fine'
    """
    metric, null = dict(card.get("metric") or {}), dict(card.get("null") or {})
    if card.get("task") == "detect":
        return _detector_verdict(metric)
    key = next((name for name in FIRST if _numbers(metric.get(name), null.get(name))), None)
    if key is None:
        return str(UNJUDGED), "warn"
    better = metric[key] > null[key] if MEASURES[key].more else metric[key] < null[key]
    says = BETTER if better else NO_BETTER
    words = says.format(name=measure_name(key), value=_short(metric[key]), null=_short(null[key]))
    return words, "fine" if better else "warn"


def _detector_verdict(metric: Mapping[str, Any]) -> tuple[str, str]:
    shift, upper = metric.get("alarms_per_shift"), metric.get("alarms_per_shift_upper")
    if shift is not None and upper is not None:
        words = DETECTOR.format(shift=_short(shift), upper=_short(upper))
        return (words, "fine") if upper <= BEARABLE else (f"{words} {WATCH_FIRST}", "warn")
    rate = metric.get("false_alarm_rate")
    return (RATE.format(rate=f"{100 * rate:.2g}"), "fine") if rate is not None else (str(UNJUDGED), "warn")


def shift_alarms(card: Mapping[str, Any]) -> float | None:
    """Alarms a shift of 8 h on held-back normal rows, where the card tells."""
    found = (card.get("metric") or {}).get("alarms_per_shift")
    return float(found) if isinstance(found, (int, float)) else None


def _numbers(*values: object) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def _short(value: float) -> str:
    return f"{value:.3g}"

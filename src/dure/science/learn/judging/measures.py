"""The measures of a model's worth as people call them, and whether a model is better than none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dure.science.learn.judging.metrics import SMALLER_IS_BETTER, better
from dure.science.paper import figure, percent, quantity
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's name, and how it is written: `share` (of all), `unit` (that of the target), `score` or `count`."""

    name: Text
    kind: str = "score"

    def written(self, value: object, unit: str = "") -> str:
        """A value of it as people read it."""
        if self.kind == "share":
            return percent(value)
        return quantity(value, unit) if self.kind == "unit" else figure(value)


MEASURES: Mapping[str, Measure] = {
    "r2": Measure(Text("Explained share (R²; 1 is perfect, 0 the mean)", "설명력 R² (1이 완벽, 0은 평균)")),
    "mean_absolute_error": Measure(Text("Average error", "평균 오차"), "unit"),
    "root_mean_squared_error": Measure(Text("Root mean squared error", "평균 제곱근 오차"), "unit"),
    "mean_absolute_scaled_error": Measure(
        Text(
            "Average error in units of a season's change (below 1 beats repeating)",
            "평균 척도 오차 (한 주기 변화량 대비, 1보다 작으면 되풀이보다 나음)",
        )
    ),
    "weighted_quantile_loss": Measure(
        Text("Quantile loss, weighted (smaller is better)", "가중 분위 손실 (작을수록 좋음)")
    ),
    "nasa_score": Measure(
        Text("NASA score (late costs more; 0 is perfect)", "NASA 점수 (늦으면 더 큼, 0이 완벽)")
    ),
    "alpha_lambda": Measure(
        Text("Lives said within a fifth when half was over", "수명 절반에서 오차 20% 안에 든 것"), "share"
    ),
    "interval_coverage": Measure(Text("Rows inside the stated interval", "예측 구간에 든 행"), "share"),
    "accuracy": Measure(Text("Right verdicts", "맞힌 비율"), "share"),
    "balanced_accuracy": Measure(
        Text("Right verdicts, every class alike", "맞힌 비율 (클래스를 똑같이 볼 때)"), "share"
    ),
    "log_loss": Measure(Text("Log loss (smaller is better)", "로그 손실 (작을수록 좋음)")),
    "f1": Measure(Text("F1 (1 is perfect)", "F1 (1이 완벽)")),
    "f1_macro": Measure(Text("F1, every class alike", "F1 (클래스를 똑같이 볼 때)")),
    "calibration_error": Measure(
        Text("Stated probability off by, on average", "말한 확률의 평균 오차"), "share"
    ),
    "cost_per_1000_rows": Measure(Text("Cost in 1,000 rows", "1,000행당 비용")),
    "roc_auc": Measure(Text("Ranking (area under ROC; 0.5 is chance)", "순위 매기기 (ROC 면적, 0.5는 우연)")),
    "average_precision": Measure(Text("Average precision", "평균 정밀도")),
    "false_alarm_rate": Measure(Text("False alarms among normal rows", "정상 행 가운데 거짓 알람"), "share"),
    "missed_alarm_rate": Measure(Text("Missed among abnormal rows", "이상 행 가운데 놓친 것"), "share"),
    "nab_standard": Measure(Text("NAB score (100 is perfect)", "NAB 점수 (100이 완벽)")),
    "nab_standard_of_change_points": Measure(
        Text("NAB score of the change points (100 is perfect)", "변화점의 NAB 점수 (100이 완벽)")
    ),
    "alarms_per_shift": Measure(Text("Alarms in a shift of 8 h", "8시간 근무조당 알람")),
    "alarms_per_shift_upper": Measure(Text("… at most, with 95\u00a0% certainty", "… 95% 확신으로 많아도")),
    "alarms_per_1000_rows": Measure(Text("Alarms in 1,000 rows", "1,000행당 알람")),
    "alarms_per_1000_rows_upper": Measure(
        Text("… at most, with 95\u00a0% certainty", "… 95% 확신으로 많아도")
    ),
}
#: What needs no model, as people call it.
NULLS: Mapping[str, Text] = {
    "mean": Text("guessing the mean", "평균으로 어림하면"),
    "persistence": Text("repeating the last known value", "마지막으로 안 값을 되풀이하면"),
    "last_value": Text("repeating the last value", "마지막 값을 되풀이하면"),
    "drift": Text("going on along the straight line", "직선으로 이어 가면"),
    "seasonal_naive": Text("repeating the season before", "앞 주기를 되풀이하면"),
    "long_seasonal_naive": Text("repeating the longer season before", "앞의 긴 주기를 되풀이하면"),
    "mean_life": Text("the usual life less the age", "평균 수명에서 나이를 빼면"),
    "prior": Text("guessing by how common each is", "흔한 정도로 어림하면"),
    "always_positive": Text("calling every row so", "모두 그렇다고 하면"),
    "all_ones": Text("alarming always", "늘 알람을 내면"),
}
#: What a verdict speaks of: the first that the card has beside its null.
FIRST = ("mean_absolute_error", "average_precision", "balanced_accuracy", "f1", "roc_auc", "accuracy", "r2")

_BETTER = Text(
    "On rows it had never seen: {name} {value}; without a model {null}. It is worth having.",
    "처음 보는 행에서 {name} {value}, 모델이 없으면 {null}입니다. 쓸 만합니다.",
)
_HARDLY_BETTER = Text(
    "On rows it had never seen: {name} {value}; without a model {null}. It is hardly better than none: look for more or other data before you release it.",
    "처음 보는 행에서 {name} {value}, 모델이 없으면 {null}입니다. 없는 것보다 거의 낫지 않으니 출시하기 전에 데이터를 더 모으거나 바꿔 보세요.",
)
_NO_BETTER = Text(
    "On rows it had never seen: {name} {value}; without a model {null}. It is no better than none: do not release it.",
    "처음 보는 행에서 {name} {value}, 모델이 없으면 {null}입니다. 없는 것보다 낫지 않으니 출시하지 마세요.",
)
#: Share of the way from the null to perfection below which a model is said to be hardly better.
WORTH = 0.05
_DETECTOR = Text(
    "On normal rows held back it raised {shift} alarms a shift of 8 h; the true number lies below {upper} (95\u00a0%).",
    "따로 떼어 둔 정상 행에서 8시간 근무조당 알람이 {shift}건 났습니다. 실제 값은 {upper}건 아래입니다(95%).",
)
_ROWS = Text(
    "On normal rows held back it raised {rate} alarms in 1,000 rows; the true number lies below {upper} (95\u00a0%).",
    "따로 떼어 둔 정상 행에서 1,000행당 알람이 {rate}건 났습니다. 실제 값은 {upper}건 아래입니다(95%).",
)
_WATCH_FIRST = Text(
    "That is too many, or too little was held back to tell: let it run in shadow before it advises.",
    "너무 많거나, 떼어 둔 구간이 짧아 판단하기 어렵습니다. 권고 전에 그림자 상태로 지켜보세요.",
)
#: False alarms a shift that people still look at; a detector that may give more is said to be watched first.
BEARABLE = 4.0
_UNJUDGED = Text("Nothing could be measured about it yet.", "아직 측정된 것이 없습니다.")


def measure_name(key: str) -> str:
    """A measure's name as people read it.

    >>> from dure.vocabulary import use_language
    >>> with use_language("en"):
    ...     measure_name("mean_absolute_error"), measure_name("something_new")
    ('Average error', 'something new')
    """
    return str(MEASURES[key].name) if key in MEASURES else key.replace("_", " ")


def measured(key: str, value: object, unit: str = "") -> str:
    r"""A value of a measure as people read it.

    >>> measured("mean_absolute_error", 3.5123, "kPa"), measured("r2", 0.83149)
    ('3.51\xa0kPa', '0.831')
    """
    return MEASURES[key].written(value, unit) if key in MEASURES else figure(value)


def short_name(key: str) -> str:
    """A measure's name without what stands in brackets, small as inside a sentence."""
    name = measure_name(key).partition(" (")[0]
    return name if name[:2].isupper() or name[1:2].isdigit() else name[:1].lower() + name[1:]


def verdict(card: Mapping[str, Any]) -> tuple[str, str]:
    """What a report says first, and whether it is `fine` or a `warn`ing.

    >>> verdict({"task": "estimate", "metric": {"r2": 0.9}, "null": {"r2": 0.0}})[1]
    'fine'
    """
    metric, null = dict(card.get("metric") or {}), dict(card.get("null") or {})
    if card.get("task") == "detect":
        return _detector(metric)
    key = next((name for name in FIRST if _numbers(metric.get(name), null.get(name))), None)
    if key is None:
        return str(_UNJUDGED), "warn"
    unit = str(card.get("unit") or "")
    served_null = (card.get("guard") or {}).get("served") == "null"
    good = better(key, metric[key], null[key]) and not served_null
    plain = good and gained(key, metric[key], null[key]) >= WORTH
    facts = {"value": measured(key, metric[key], unit), "null": measured(key, null[key], unit)}
    words = _BETTER if plain else _HARDLY_BETTER if good else _NO_BETTER
    return words.format(name=short_name(key), **facts), "fine" if plain else "warn"


def gained(key: str, value: float, null: float) -> float:
    """Share of the way from the null to perfection that a value has gone: perfect is 0 of an error, 1 of a score.

    >>> gained("mean_absolute_error", 10.3, 10.5), gained("average_precision", 0.7, 0.4)
    (0.019..., 0.49...)
    """
    whole = null if key in SMALLER_IS_BETTER else 1.0 - null
    return abs(value - null) / whole if whole > 0 else 1.0


def _detector(metric: Mapping[str, Any]) -> tuple[str, str]:
    shift, upper = metric.get("alarms_per_shift"), metric.get("alarms_per_shift_upper")
    if shift is not None and upper is not None:
        words = _DETECTOR.format(shift=figure(shift), upper=figure(upper))
        return (words, "fine") if upper <= BEARABLE else (f"{words} {_WATCH_FIRST}", "warn")
    rate, upper = metric.get("alarms_per_1000_rows"), metric.get("alarms_per_1000_rows_upper")
    if rate is None:
        return str(_UNJUDGED), "warn"
    return _ROWS.format(rate=figure(rate), upper=figure(upper)), "fine"


def _numbers(*values: object) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)

"""A replay as a person reads it: three columns of measures, a line of errors over time, what happened."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dure.vocabulary import Text

if TYPE_CHECKING:
    from rich.table import Table

Facts = Mapping[str, Any]

_MEASURES: Mapping[str, Text] = {
    "r2": Text("R² (1 is perfect, 0 is the mean)", "R² (1이 완벽, 0은 평균)"),
    "mean_absolute_error": Text("mean absolute error", "평균 절대 오차"),
    "root_mean_squared_error": Text("root mean squared error", "평균 제곱근 오차"),
    "interval_coverage": Text(
        "rows inside the interval (promised: {nominal:.0%})", "구간에 든 비율 (약속 {nominal:.0%})"
    ),
    "accuracy": Text("accuracy", "정확도"),
    "balanced_accuracy": Text("balanced accuracy", "균형 정확도"),
    "log_loss": Text("log loss (smaller is better)", "로그 손실 (작을수록 좋음)"),
    "f1": Text("F1", "F1"),
    "f1_macro": Text("F1, mean of the classes", "클래스 평균 F1"),
    "roc_auc": Text("ROC AUC (0.5 is chance)", "ROC AUC (0.5는 우연)"),
    "average_precision": Text("average precision", "평균 정밀도"),
    "false_alarm_rate": Text("false alarms, share of normal rows", "거짓 알람률 (정상 행 중)"),
    "missed_alarm_rate": Text("missed, share of abnormal rows", "미탐지율 (이상 행 중)"),
}
_HEADS = (Text("deployed", "적용"), Text("static", "고정"), Text("no model", "모델 없이"))
_BARS = "▁▂▃▄▅▆▇█"
MOST_EVENTS = 12


def replayed(facts: Facts) -> Any:
    """What the deployment was worth beside the model as trained and no model."""
    from rich.console import Group

    head = Text(
        "{target}: {rows:,} rows replayed, labels {label_delay} late; {scored:,} scored, {refused} refused, "
        "{refits} refits, {seconds} s",
        "{target}: {rows:,}행 재생, 라벨 지연 {label_delay}, 평가 {scored:,}행, 거절 {refused}행, 재학습 {refits}회, {seconds}초",
    ).format(**facts)
    lines: list[Any] = [f"[bold]{_safe(head)}[/]", _table(facts), *_sparks(facts["series"])]
    told = list(facts["events"])
    lines += [f"[dim]{_safe(one)}[/]" for one in told[:MOST_EVENTS]]
    if len(told) > MOST_EVENTS:
        more = Text("… and {count} more; see --json", "… 외 {count}건, --json 참고")
        lines.append(f"[dim]{_safe(more.format(count=len(told) - MOST_EVENTS + facts['events_more']))}[/]")
    return Group(*lines)


def _table(facts: Facts) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for head, style in zip(_HEADS, ("bold", "", "dim"), strict=True):
        table.add_column(str(head), justify="right", style=style)
    for name, value in facts["deployed"].items():
        label = _MEASURES.get(name, Text(name, name)).format(nominal=facts.get("nominal", 0.9))
        others = [facts[one].get(name) for one in ("static", "null")]
        table.add_row(label, f"{value:.4g}", *("" if one is None else f"{one:.4g}" for one in others))
    return table


def _sparks(series: Sequence[Facts]) -> list[str]:
    """Mean error of each block as bars, deployed and static on one scale."""
    if len(series) < 2:
        return []
    most = max(max(one["deployed"], one["static"]) for one in series) or 1.0
    told = Text("error over time: {head:<8} {bars}", "시간에 따른 오차: {head:<4} {bars}")
    return [
        _safe(told.format(head=str(head), bars=sparkline([one[name] / most for one in series])))
        for head, name in zip(_HEADS[:2], ("deployed", "static"), strict=True)
    ]


def sparkline(shares: Sequence[float]) -> str:
    """Shares from 0 to 1 as a line of bars.

    >>> sparkline([0.0, 0.5, 1.0])
    '▁▅█'
    """
    return "".join(_BARS[min(int(share * len(_BARS)), len(_BARS) - 1)] for share in shares)


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)

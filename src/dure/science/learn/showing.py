"""Answers of the learning commands as a person reads them."""

from collections.abc import Iterable, Mapping
from typing import Any

from dure.vocabulary import Text

Facts = Mapping[str, Any]

_MEASURES: Mapping[str, Text] = {
    "r2": Text("R² (1 is perfect, 0 is the mean)", "R² (1이 완벽, 0은 평균)"),
    "mean_absolute_error": Text("mean absolute error", "평균 절대 오차"),
    "root_mean_squared_error": Text("root mean squared error", "평균 제곱근 오차"),
    "interval_coverage": Text("rows inside the 90 % interval", "90 % 구간에 든 비율"),
    "accuracy": Text("accuracy", "정확도"),
    "balanced_accuracy": Text("balanced accuracy", "균형 정확도"),
    "log_loss": Text("log loss (smaller is better)", "로그 손실 (작을수록 좋음)"),
    "f1": Text("F1", "F1"),
    "f1_macro": Text("F1, mean of the classes", "클래스 평균 F1"),
    "roc_auc": Text("ROC AUC (0.5 is chance)", "ROC AUC (0.5는 우연)"),
    "average_precision": Text("average precision", "평균 정밀도"),
    "false_alarm_rate": Text("false alarms, share of normal rows", "거짓 알람률 (정상 행 중)"),
    "missed_alarm_rate": Text("missed, share of abnormal rows", "미탐지율 (이상 행 중)"),
    "nab_standard": Text("NAB score, standard (100 is perfect)", "NAB 점수, 표준 (100이 완벽)"),
    "alarms_per_shift": Text("alarms in a shift of 8 h", "8시간 교대당 알람"),
    "alarms_per_shift_upper": Text("… at most, with 95 %", "… 95 % 상한"),
    "alarms_per_1000_rows": Text("alarms in 1,000 rows", "1,000행당 알람"),
    "alarms_per_1000_rows_upper": Text("… at most, with 95 %", "… 95 % 상한"),
}
_NULL = Text("no model", "모델 없이")
_MODEL = Text("model", "모델")
_TASKS: Mapping[str, Text] = {
    "estimate": Text("Estimates {target}", "{target} 수치 예측"),
    "classify": Text("Tells {target} apart", "{target} 분류"),
    "detect": Text("Finds what is not normal", "이상 탐지"),
}


def trained(facts: Facts) -> Any:
    """What was learnt, how it was judged, and its worth beside that of no model."""
    from rich.console import Group

    head = _TASKS[facts["task"]].format(target=facts["target"])
    rows = Text(
        "{rows:,} rows, {columns} columns, {family}; {seconds} s",
        "{rows:,}행, {columns}열, {family}, {seconds}초",
    )
    lines = [f"[bold]{_safe(head)}[/]  ({_safe(rows.format(**facts))})", _safe(facts["validation"]["words"])]
    lines += [_safe(note) for note in facts["notes"]]
    lines += _columns(Text("Left out", "제외한 열"), facts["left_out"])
    lines += _columns(Text("Look at", "확인할 열"), facts["to_look_at"])
    written = Text("Package: {model}", "패키지: {model}").format(**facts)
    return Group(*lines, _beside(facts), _safe(written))


def evaluated(facts: Facts) -> Any:
    """A model's worth on a table beside that of no model."""
    from rich.console import Group

    head = Text("{rows:,} rows scored. ", "{rows:,}행을 평가했습니다. ").format(**facts) + facts["words"]
    lines = [_safe(head)]
    if facts["learnt_from"]:
        warn = Text(
            "The model learnt from {names}: on these it looks better than it is.",
            "모델이 {names}에서 학습했으므로 실제보다 좋게 보입니다.",
        )
        lines.append(f"[yellow]{_safe(warn.format(names=', '.join(facts['learnt_from'][:3])))}[/]")
    return Group(*lines, _beside(facts), *_flagged(facts["flags"]))


def predicted(facts: Facts) -> Any:
    """Where the predictions are, and what to look at."""
    from rich.console import Group

    said = Text("{rows:,} rows written to {out}", "{rows:,}행을 {out}에 저장했습니다").format(**facts)
    return Group(_safe(said), *_flagged(facts["flags"]))


def _beside(facts: Facts) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column(str(_MODEL), justify="right", style="bold")
    table.add_column(str(_NULL), justify="right", style="dim")
    for name, value in facts["metric"].items():
        null = facts["null"].get(name)
        table.add_row(str(_MEASURES.get(name, name)), _number(value), "" if null is None else _number(null))
    return table


def _number(value: float) -> str:
    return f"{value:.4g}"


def _columns(head: Text, found: Iterable[Facts]) -> list[str]:
    return [f"[dim]{head}: {_safe(one['column'])} ({_safe(one['why'])})[/]" for one in found]


def _flagged(flags: Iterable[Facts]) -> list[str]:
    says = Text(
        "Outside the range learnt from: {column} in {share:.1%} of rows (known: {low:.4g} to {high:.4g}).",
        "학습 범위를 벗어남: {column}, 행의 {share:.1%} (학습 범위 {low:.4g}~{high:.4g}).",
    )
    return [f"[yellow]{_safe(says.format(**flag))}[/]" for flag in list(flags)[:5]]


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)

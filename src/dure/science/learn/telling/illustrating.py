"""The pictures of a model's report, drawn from the points that its package keeps; what it does not keep is not drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dure.science.learn.judging.intervals import bounds
from dure.science.learn.judging.measures import MEASURES, measure_name
from dure.science.learn.serving.states import state_label
from dure.science.learn.telling.account import (
    Documents,
    headline,
    nulls_of,
    number,
    part_name,
    reckoned,
    states,
    verdicts,
)
from dure.science.paper import (
    Axis,
    Bar,
    Line,
    Picture,
    Plane,
    Words,
    bars,
    columns,
    lines,
    matrix,
    percent,
    scatter,
    steps,
)
from dure.vocabulary import Text

#: Classes that a matrix can show; with more, bars say how many of each were found.
MOST_CLASSES, MOST_BARS = 10, 12
_WITH, _WITHOUT = Text("this model", "이 모델"), Text("no model", "모델 없음")
_TIME, _ROW = Text("time", "시각"), Text("row", "행")
_TRUE, _SAID = Text("measured", "측정값"), Text("predicted", "예측값")
_SMALL, _LARGE = (
    Text("Smaller is better.", "작을수록 좋습니다."),
    Text("Larger is better.", "클수록 좋습니다."),
)
_GREY = Text("Grey is what one gets without a model.", "회색은 모델이 없을 때입니다.")
_SPAN = Text(
    "The line at its end spans where it truly lies (95\u00a0%).",
    "막대 끝의 선은 실제 값이 있을 범위입니다(95%).",
)
_WORTH = Text("With this model, and without", "이 모델이 있을 때와 없을 때")
_OVER_TIME = Text("Predicted beside measured, in order of time", "시간 순서로 본 예측값과 측정값")
_BAND = Text("The band holds {level} of the measured values.", "띠에는 측정값의 {level}가 들어갑니다.")
_CLOUD = Text("Predicted over measured", "측정값에 대한 예측값")
_PERFECT = Text(
    "Every dot is a row it had never seen; on the dashed line it would be perfect.",
    "점 하나가 처음 보는 행 하나입니다. 점선 위면 완벽합니다.",
)
_VERDICTS = Text("Verdicts on rows it had never seen", "처음 보는 행에 대한 판정")
_DIAGONAL = Text(
    "Each line is a true class; the diagonal is right.",
    "한 줄이 실제 클래스 하나이고, 대각선이 맞힌 것입니다.",
)
_FOUND = Text("Of each class, how much was found", "클래스마다 맞힌 비율")
_FEWEST = Text("The {count} classes that are found least.", "가장 못 찾은 {count}개 클래스입니다.")
_PROMISE = Text("Do its probabilities keep their word?", "확률을 믿을 수 있나")
_PROMISED = Text(
    "On the dashed line, of rows said to be 30\u00a0% so, 30\u00a0% are.",
    "점선 위라면 30%라고 한 행 가운데 30%가 실제로 그렇습니다.",
)
_STATED, _CAME = Text("stated probability", "말한 확률"), Text("came true", "실제 비율")
_CUT = Text("What another threshold would do", "판정 기준을 바꾸면")
_CUT_SAYS = Text(
    "A lower threshold misses less and stops more wrongly. The dashed line is the one in use.",
    "기준을 낮추면 덜 놓치고 더 많이 잘못 멈춥니다. 점선이 지금 쓰는 기준입니다.",
)
_MISSED, _WRONG, _THRESHOLD = (
    Text("missed", "놓침"),
    Text("stopped wrongly", "잘못 멈춤"),
    Text("threshold", "판정 기준"),
)
_SHARE, _IN_USE = Text("share", "비율"), Text("in use", "사용 중")
_COST = Text("What each threshold costs", "판정 기준마다 드는 비용")
_COST_SAYS = Text(
    "Cost in 1,000 rows, at the stated price of a miss and of a false alarm.",
    "밝힌 놓침 비용과 거짓 알람 비용으로 1,000행에 드는 비용입니다.",
)
_COSTS = Text("cost in 1,000 rows", "1,000행당 비용")
_PARTS = Text("Where it is strong, where weak", "어디서 강하고 어디서 약한가")
_BLOCKS, _BY = Text("Block by block in time.", "시간 구간마다."), Text("By {name}.", "{name}마다.")
_RESTS = Text("Share of each signal", "신호마다의 몫")
_RESTS_SAYS = Text(
    "How much of what it says is due to which signal.", "예측에서 각 신호가 차지하는 몫입니다."
)
_SCORES = Text("Scores of normal rows it had never seen", "처음 보는 정상 행의 점수")
_SCORES_SAYS = Text(
    "What lies right of the dashed line would have been a false alarm.",
    "점선 오른쪽은 거짓 알람이 됐을 행입니다.",
)
_STATES = Text("Alarms in each operating state", "운전 상태마다 난 알람")
_SCORE = Text("score", "점수")


def beside_nulls(documents: Documents) -> list[Picture]:
    """The first measure, and what each null gives."""
    key, metric = headline(documents.card), documents.card.get("metric") or {}
    value, nulls = number(metric.get(key)), nulls_of(documents, key)
    if value is None or not nulls:
        return []
    span = (documents.metrics.get("interval") or {}).get(key) or (None, None)
    low, high = (number(one) for one in span)
    rows = [
        Bar(str(_WITH), value, low=low, high=high),
        *(Bar(name, null, plain=True) for name, null in nulls),
    ]
    kind = "percent" if MEASURES[key].kind == "share" else "number"
    better = _SMALL if key == "mean_absolute_error" else _LARGE
    says = f"{measure_name(key)}. {better}" + (f" {_SPAN}" if low is not None else "")
    unit = documents.unit if MEASURES[key].kind == "unit" else ""
    return [bars(Words("worth", str(_WORTH), says), rows, Axis(measure_name(key), unit, kind))]


def predictions(documents: Documents) -> list[Picture]:
    """A number's predictions: over time where rows follow in time, and over the measured values."""
    report, interval = documents.report, documents.card.get("interval") or {}
    found = []
    points = report.get("over_time") or {}
    if len(points.get("true") or []) > 1:
        timed = "time" in points
        x = Axis(str(_TIME), kind="time") if timed else Axis(str(_ROW), tight=True)
        drawn = [Line(str(_TRUE), points["true"], "dots"), Line(str(_SAID), points["said"])]
        plane = Plane(x, Axis(documents.target, documents.unit), points["time" if timed else "row"], drawn)
        says = _BAND.format(level=percent(number(interval.get("level")))) if interval else ""
        found.append(
            lines(Words("over-time", str(_OVER_TIME), says), plane, _band(documents, points["said"]))
        )
    if report.get("true"):
        axes = (Axis(str(_TRUE), documents.unit), Axis(str(_SAID), documents.unit))
        cloud = Words("cloud", str(_CLOUD), str(_PERFECT))
        found.append(scatter(cloud, axes, report["true"], report["predicted"], _widths(interval)))
    return found


def _band(documents: Documents, said: Sequence[float]) -> tuple[list[float], list[float]] | None:
    interval = documents.card.get("interval")
    if not interval:
        return None
    low, high = bounds(interval, np.asarray(said, dtype=np.float64))
    return low.tolist(), high.tolist()


def _widths(interval: Any) -> tuple[float, float] | None:
    """Widths below and above, where they are the same for all rows."""
    below, above = number(interval.get("below")), number(interval.get("above"))
    return None if below is None or above is None or interval.get("edges") else (below, above)


def classes(documents: Documents) -> list[Picture]:
    """Verdicts, calibration, and what other thresholds would do."""
    return [*_matrix(documents), *_calibration(documents), *_curves(documents)]


def _matrix(documents: Documents) -> list[Picture]:
    counts, names = documents.report.get("confusion"), documents.report.get("classes")
    if not counts or not names:
        return []
    if len(names) <= MOST_CLASSES:
        says = " ".join(verdicts(documents)[:1]) or str(_DIAGONAL)
        return [matrix(Words("verdicts", str(_VERDICTS), says), [str(name) for name in names], counts)]
    shares = [(row[at] / sum(row), str(names[at])) for at, row in enumerate(counts) if sum(row)]
    rows = [Bar(name, share) for share, name in sorted(shares)[:MOST_BARS]]
    words = Words("found", str(_FOUND), _FEWEST.format(count=len(rows)))
    return [bars(words, rows, Axis(str(_SHARE), kind="percent"))]


def _calibration(documents: Documents) -> list[Picture]:
    bins = documents.report.get("calibration") or {}
    if len(bins.get("said") or []) < 2:
        return []
    x, y = Axis(str(_STATED), kind="percent"), Axis(str(_CAME), kind="percent")
    plane = Plane(x, y, bins["said"], [Line(str(_CAME), bins["true"])])
    return [steps(Words("promise", str(_PROMISE), str(_PROMISED)), plane, diagonal=True, dots=True)]


def _curves(documents: Documents) -> list[Picture]:
    curve, cost = documents.report.get("curve") or {}, documents.card.get("cost") or {}
    cuts, threshold = curve.get("threshold") or [], number(documents.card.get("threshold"))
    if len(cuts) < 2:
        return []
    limit = None if threshold is None else (threshold, str(_IN_USE))
    x, share = Axis(str(_THRESHOLD), kind="percent"), Axis(str(_SHARE), kind="percent")
    drawn = [Line(str(_MISSED), curve["missed"]), Line(str(_WRONG), curve["wrong"], "second")]
    found = [steps(Words("cut", str(_CUT), str(_CUT_SAYS)), Plane(x, share, cuts, drawn), limit=limit)]
    miss, false = number(cost.get("miss")), number(cost.get("false_alarm"))
    if miss is None or false is None:
        return found
    rows = curve["positives"] + curve["others"] or 1
    costs = [
        1000 * (miss * missed * curve["positives"] + false * wrong * curve["others"]) / rows
        for missed, wrong in zip(curve["missed"], curve["wrong"], strict=True)
    ]
    plane = Plane(x, Axis(str(_COSTS)), cuts, [Line(str(_COSTS), costs)])
    return [*found, steps(Words("cost", str(_COST), str(_COST_SAYS)), plane, limit=limit)]


def normal(documents: Documents) -> list[Picture]:
    """Scores of normal rows held back, and what is promised in each operating state."""
    scores, found = documents.report.get("scores") or {}, []
    if scores.get("edges"):
        limit = number(documents.report.get("threshold"))
        words = Words("scores", str(_SCORES), str(_SCORES_SAYS))
        found.append(columns(words, Axis(str(_SCORE)), scores["edges"], scores["counts"], limit=limit))
    rows = [one for one in states(documents.card) if not one.get("silent")][:MOST_BARS]
    per = "alarms_per_shift" if all("alarms_per_shift" in one for one in rows) else "alarms_per_1000_rows"
    drawn = [
        Bar(
            str(state_label(str(one["state"]))),
            float(one[per]),
            low=number(one.get("low")),
            high=number(one.get("high")),
        )
        for one in rows
        if number(one.get(per)) is not None
    ]
    if drawn:
        words = Words("states", str(_STATES), f"{measure_name(per)}. {_SPAN}")
        found.append(bars(words, drawn, Axis(measure_name(per))))
    return found


def by_part(documents: Documents) -> list[Picture]:
    """The figure of each block or group beside that of no model; nothing where rows were shuffled."""
    validation = documents.card.get("validation") or {}
    parts = [one for one in documents.report.get("parts") or [] if number(one.get("value")) is not None]
    if len(parts) < 2 or validation.get("kind") == "stratified":
        return []
    number_task = documents.card.get("task") == "estimate"
    parts = sorted(parts, key=lambda one: -one["value"] if number_task else one["value"])[:MOST_BARS]
    if validation.get("kind") == "blocked_time":
        parts = sorted(parts, key=lambda one: one["part"])
    two = (documents.card.get("classes") or {}).get("positive") is not None
    key = "mean_absolute_error" if number_task else "f1" if two else "accuracy"
    kind = "percent" if MEASURES[key].kind == "share" else "number"
    by = (
        str(_BLOCKS)
        if validation.get("kind") == "blocked_time"
        else _BY.format(name=validation.get("by") or "–")
    )
    says = f"{measure_name(key)}. {by} {_GREY}"
    rows = [Bar(part_name(documents, one), one["value"], number(one.get("null"))) for one in parts]
    axis = Axis(measure_name(key), documents.unit if number_task else "", kind)
    return [bars(Words("parts", str(_PARTS), says), rows, axis, null=str(_WITHOUT))]


def importance(documents: Documents) -> list[Picture]:
    """The signals that speak most."""
    found = documents.report.get("importance") or []
    units = {one["name"]: one.get("unit") or "" for one in documents.card.get("inputs") or []}
    names = reckoned(documents.card)
    rows = [
        Bar(names.get(signal) or _with_unit(signal, units), float(share))
        for signal, share in ((str(one["signal"]), one["share"]) for one in found[:MOST_BARS])
    ]
    if not rows:
        return []
    return [bars(Words("rests", str(_RESTS), str(_RESTS_SAYS)), rows, Axis(str(_SHARE), kind="percent"))]


def _with_unit(signal: str, units: dict[str, str]) -> str:
    unit = units.get(signal, "")
    return f"{signal} [{unit}]" if unit and not signal.endswith("]") else signal

"""The pictures of a replay: what a deployed model said as labels came late, beside the same model left as it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from dure.science.paper.drawing import Axis, Picture, Table
from dure.science.paper.numbers import quantity
from dure.science.paper.page import Section
from dure.science.paper.pictures import Bar, Line, Plane, Words, bars, lines
from dure.vocabulary import Text

Facts = Mapping[str, Any]

_TRUE, _DEPLOYED, _STATIC = Text("measured", "측정값"), Text("kept right", "갱신"), Text("left alone", "고정")
_NULL = Text("no model", "모델 없음")
_TITLE = Text(
    "Kept right as labels arrive, beside left alone", "정답이 오는 대로 갱신한 모델과 그대로 둔 모델"
)
_SAYS = Text(
    "The band holds nine of ten measured values; the dashed line is the model as it was trained.",
    "띠에는 측정값 열 개 가운데 아홉 개가 들어갑니다. 점선은 학습한 그대로 둔 모델입니다.",
)
_SAYS_BARE = Text("The dashed line is the model as it was trained.", "점선은 학습한 그대로 둔 모델입니다.")
_ERROR = Text("Mean error", "평균 오차")
_ERRORS = Text(
    "Smaller is better; the grey bar is what one gets without a model.",
    "작을수록 좋습니다. 회색은 모델이 없을 때입니다.",
)
_TIME, _ROW = Text("time", "시각"), Text("row", "행")
_EVENTS, _WHEN, _WHAT = Text("What happened", "일어난 일"), Text("when", "때"), Text("what", "내용")
_SAID = Text("Replay", "재생")
_ONE = Text(
    "Kept right, its mean error is {deployed}; left alone {static}; without a model {null}.",
    "갱신하면 평균 오차가 {deployed}, 그대로 두면 {static}, 모델이 없으면 {null}입니다.",
)


def replay_picture(facts: Facts, key: str = "replay") -> Picture:
    """Measured values, the deployed prediction with its band, and the static one, over time.

    Parameters
    ----------
    facts
        `points`: equally long lists (at most some hundreds are drawn well) `true`, `deployed`, `static`, and where known
        `time` [s since 1970 UTC] or `row`, `lower`, `upper`; None or NaN is a gap. `target` and `unit` name the axis.
    key
        Its own on a page.
    """
    points = {name: _numbers(values) for name, values in facts["points"].items()}
    timed = "time" in points
    places = (
        points["time"] if timed else points.get("row") or [float(at) for at in range(len(points["true"]))]
    )
    band = (points["lower"], points["upper"]) if {"lower", "upper"} <= points.keys() else None
    drawn = [Line(str(_TRUE), points["true"], "dots")]
    if "static" in points:
        drawn.append(Line(str(_STATIC), points["static"], "second"))
    drawn.append(Line(str(_DEPLOYED), points["deployed"], "trace"))
    x = Axis(str(_TIME), kind="time") if timed else Axis(str(_ROW), tight=True)
    y = Axis(str(facts.get("target") or ""), str(facts.get("unit") or ""))
    return lines(
        Words(key, str(_TITLE), str(_SAYS if band else _SAYS_BARE)), Plane(x, y, places, drawn), band
    )


def replay_sections(facts: Facts) -> list[Section]:
    """A replay as sections of a `page`, in the language in force: one sentence, pictures, what happened when.

    `facts` as for `replay_picture`, and `deployed`, `static`, `null` with `mean_absolute_error`, `events` each with `at`
    (words) and `words`. What is absent is left out.
    """
    measure, unit = "mean_absolute_error", str(facts.get("unit") or "")
    errors = {name: (facts.get(name) or {}).get(measure) for name in ("deployed", "static", "null")}
    pictures = [replay_picture(facts)] if facts.get("points") else []
    known = {name: float(value) for name, value in errors.items() if isinstance(value, (int, float))}
    says: list[str] = [str(facts["words"])] if facts.get("words") else []
    if len(known) == len(errors):
        says.insert(0, _ONE.format(**{name: quantity(value, unit) for name, value in known.items()}))
    if {"deployed", "static"} <= known.keys():
        null = known.get("null")
        rows = [Bar(str(_DEPLOYED), known["deployed"], null), Bar(str(_STATIC), known["static"], null)]
        words = Words("replay-error", str(_ERROR), str(_ERRORS))
        pictures.append(bars(words, rows, Axis(str(_ERROR), unit), null=str(_NULL)))
    events = [(str(one.get("at", "")), str(one["words"])) for one in facts.get("events") or []]
    tables = [(str(_EVENTS), Table((str(_WHEN), str(_WHAT)), events[:100]))] if events else []
    return [Section("replay", str(_SAID), says, pictures, tables)]


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]

"""A detector on tables it is shown: every source by its own fit, rows it learnt from left out, alarms state by state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging import nulls
from dure.science.learn.judging.metrics import change_metrics, detect_metrics
from dure.science.learn.judging.nab import Timeline
from dure.science.learn.judging.shifts import Watch, by_state
from dure.science.learn.model import Model
from dure.science.learn.refusals import TargetEmpty, TooFewRows
from dure.science.learn.target import words
from dure.science.quality import clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Facts = dict[str, Any]

_QUIET = {"", "0", "false", "no", "normal", "ok", "good", "pass", "정상", "양품", "합격"}


@dataclass
class Told:
    """What was said of the rows of all tables, and what is true of them."""

    scores: list[Floats] = field(default_factory=list)
    alarms: list[Flags] = field(default_factory=list)
    truths: list[Flags] = field(default_factory=list)
    timelines: list[Timeline] = field(default_factory=list)
    changed: list[Timeline] = field(default_factory=list)
    watches: dict[str, Watch] = field(default_factory=dict)
    learnt: int = 0
    own: int = 0

    def watched(self, found: dict[str, Watch]) -> None:
        """Add what was watched of one table, state by state."""
        for state, watch in found.items():
            self.watches[state] = self.watches[state].and_(watch) if state in self.watches else watch

    @property
    def watch(self) -> Watch:
        """All states together."""
        whole = Watch(0, 0, 0, 0.0)
        for one in self.watches.values():
            whole = whole.and_(one)
        return whole


def detected(model: Model, tables: "Sequence[Table]", target: str | None, changepoint: str | None) -> Facts:
    """Metrics of a detector beside its nulls, and the alarms a shift that were measured in each state.

    Raises
    ------
    TargetEmpty, TooFewRows
        If there is no truth, or no row that the model did not learn from.
    """
    if target is not None and all(table.frame.get_column(target).is_null().all() for table in tables):
        raise TargetEmpty(target)
    told = Told()
    for table in tables:
        _one(model, table, target, changepoint, told)
    score, alarm = np.concatenate(told.scores), np.concatenate(told.alarms)
    if len(score) == 0:
        raise TooFewRows(tables[0].sources[0], rows=0, needed=1)
    metric, beside = _metrics(told, score, alarm, labelled=target is not None)
    silent = set(told.watches) - set(model.verdicts.by_state) if model.verdicts.rule else set()
    return {
        "rows": len(score),
        "metric": {**metric, **told.watch.facts()},
        "nulls": beside,
        "promise": list(model.card.get("promise") or ()),
        "measured": [
            one.said(state) | ({"silent": True} if state in silent else {})
            for state, one in told.watches.items()
        ],
        "words": f"{_said(len(tables), told)}{_broken(model, told)}",
    }


def _one(model: Model, table: "Table", target: str | None, changepoint: str | None, told: Told) -> None:
    """Rows of one table after those learnt from."""
    frame, source = table.frame, table.sources[0]
    known = model.own_fit(frame, source)
    first = known["rows"] if known and known["learnt"] else 0
    told.learnt, told.own = told.learnt + first, told.own + bool(known)
    judged, seconds = model.judge(frame, source), _seconds(model, frame)
    score, alarm = judged.score[first:], judged.alarm[first:]
    # With labels at hand, an alarm in a row that is abnormal is no false alarm and costs the shift nothing.
    truth = np.zeros(len(frame), dtype=bool) if target is None else abnormal(frame.get_column(target))
    told.scores.append(score)
    told.alarms.append(alarm)
    told.truths.append(truth[first:])
    at = np.flatnonzero(~truth[first:])
    states = (judged.states or [""] * len(frame))[first:]
    period = _period(seconds) if _timed(model, frame) else 0.0
    told.watched(by_state(alarm[at], at, [states[one] for one in at], period))
    if changepoint is not None:
        changes = abnormal(frame.get_column(changepoint))[first:]
        told.timelines.append(Timeline(seconds[first:], changes, alarm))
        points = model.verdicts.change_points(judged.score)
        if points is not None:
            told.changed.append(Timeline(seconds[first:], changes, switching(points[first:])))


def _metrics(
    told: Told, score: Floats, alarm: Flags, *, labelled: bool
) -> tuple[dict[str, float], nulls.Nulls]:
    metric: dict[str, float] = {}
    beside: nulls.Nulls = {}
    if labelled:
        truth = np.concatenate(told.truths)
        metric |= detect_metrics(truth, alarm, score)
        beside = nulls.detect_nulls(truth)
    if told.timelines:
        metric |= change_metrics(told.timelines)
        metric |= {f"{name}_of_change_points": value for name, value in change_metrics(told.changed).items()}
        every = [Timeline(one.time, one.changes, np.ones_like(one.alarm)) for one in told.timelines]
        beside.setdefault("all_ones", {}).update(change_metrics(every))
    return metric, beside


def switching(points: Flags) -> Flags:
    """An alarm that goes on or off at each of the points, which is what the NAB score takes for a detection. [N].

    >>> switching(np.array([False, True, False, True, False])).tolist()
    [False, True, True, False, False]
    """
    return np.asarray(np.cumsum(points) % 2 == 1)


def _said(tables: int, told: Told) -> Text:
    """Which rows were scored, and by which fit."""
    learnt, own = told.learnt, told.own
    skipped = Text(
        f"{learnt} rows that the model learnt from as normal are not scored. " if learnt else "",
        f"정상으로 학습한 {learnt}행은 평가하지 않았습니다. " if learnt else "",
    )
    if any(told.watches):
        whose = Text(
            "Every row is judged by the fit of its state.", "모든 행을 그 운전 상태의 모델로 판정했습니다."
        )
    elif own == tables:
        whose = Text("Each source is judged by its own fit.", "각 파일은 자체 모델로 판정했습니다.")
    elif own:
        whose = Text(
            f"{own} of {tables} sources are judged by their own fit, the others by the fit of all.",
            f"{tables}개 가운데 {own}개는 자체 모델로, 나머지는 전체 모델로 판정했습니다.",
        )
    else:
        whose = Text("Every row is judged by the fit of all sources.", "모든 행을 전체 모델로 판정했습니다.")
    return Text(skipped.en + whose.en, skipped.ko + whose.ko)


def _broken(model: Model, told: Told) -> Text:
    """States in which more alarms came than chance allows for beside the promise; nothing where it was kept."""
    promised = {one["state"]: one for one in model.card.get("promise") or () if not one.get("silent")}
    found = []
    for state, watch in told.watches.items():
        measured, promise = watch.said(state), promised.get(state, {})
        unit = next((name for name in measured if name.startswith("alarms_per")), "")
        if unit in promise and measured["low"] > promise["high"]:
            found.append((state, measured[unit], promise["high"]))
    if not found:
        return Text("", "")
    en = ", ".join(
        f"{f'{state}: ' if state else ''}{rate:.3g} (at most {high:.3g})" for state, rate, high in found
    )
    ko = ", ".join(
        f"{f'{state}: ' if state else ''}{rate:.3g}(최대 {high:.3g})" for state, rate, high in found
    )
    return Text(
        f" More alarms came than were promised: {en}. Look at what changed, or learn from newer normal rows.",
        f" 약속보다 알람이 많았습니다: {ko}. 무엇이 바뀌었는지 살펴보거나 최근의 정상 행으로 다시 학습하세요.",
    )


def abnormal(column: "pl.Series") -> Flags:
    """Rows that a label calls abnormal: any number but 0, any word that does not mean normal. [N].

    >>> import polars as pl
    >>> abnormal(pl.Series(["OK", "leak", None])).tolist(), abnormal(pl.Series([0.0, 1.0])).tolist()
    ([False, True, False], [False, True])
    """
    return np.array([(word or "").lower() not in _QUIET for word in words(column)], dtype=bool)


def _timed(model: Model, frame: "pl.DataFrame") -> bool:
    """Whether shifts can be told: here, and where the promise was made, so that both are in one unit."""
    if not model.card["period"]:
        return False
    return str(model.card["clock"] or "").split(" + ")[0] in frame.columns or clock(frame) is not None


def _seconds(model: Model, frame: "pl.DataFrame") -> Floats:
    """When each row was measured; its number where nobody knows. [N] [s]."""
    name = str(model.card["clock"] or "")
    found = clock(frame, name if name in frame.columns else None)
    return np.arange(len(frame), dtype=np.float64) if found is None else found.seconds


def _period(seconds: Floats) -> float:
    steps = np.diff(seconds)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0

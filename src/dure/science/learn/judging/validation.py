"""Honest validation: which rows predict which, chosen from the data and said in plain words.

A row is always predicted by a model that was chosen and fitted without it, and without its neighbours in time or in
its group: what the report says is what the line may expect. Each fold carries a second, inner split, on which
the choice between models is made.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging.within import by_group, gap_of, near, outcomes_apart, parts_of
from dure.science.learn.refusals import OneGroupOnly
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

FOLDS = 5
#: Stretches of time: the first two only teach, each later one is predicted from those before.
STRETCHES = 6
_THINGS = (
    "mou?ld|die|cell|battery|machine|equipment|asset|plate|wafer|lot|batch|unit|engine|vehicle|device|furnace|reactor|pump|"
    "motor|run|subject|patient|sample|specimen|금형|설비|호기|라인|로트|배치|셀|차수"
)
#: A thing, perhaps with a word before it and what numbers it behind: `mold_code`, `press machine`, `Cell ID`.
_GROUP_NAMES = re.compile(
    rf"(.*[_\s-])?({_THINGS})([_\s-]?(id|code|no|nr|num|number|name|번호|코드|명))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Fold:
    """One turn: `test` is predicted by a model fitted on `fit`, chosen by fitting `inner` and scoring `held`.

    `more` are further inner splits of the same rows, for a closer look at what did well on the first.
    """

    inner: Rows
    held: Rows
    fit: Rows
    test: Rows
    more: tuple[tuple[Rows, Rows], ...] = ()

    @property
    def splits(self) -> tuple[tuple[Rows, Rows], ...]:
        """Every inner split: rows to fit, rows held back."""
        return ((self.inner, self.held), *self.more)


@dataclass(frozen=True, slots=True)
class Validation:
    """How a model is judged.

    `kind` is `blocked_time`, `grouped`, `within_groups` or `stratified`; `gap` the rows left out between fit and test; `by` the
    column that decided; `words` says it to a person.
    """

    kind: str
    gap: int
    folds: int
    by: str
    words: Text


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about the rows when the validation is chosen.

    Parameters
    ----------
    target
        Target as numbers: values, or places of classes. [N]
    classes
        Number of classes, 0 for a number.
    seconds
        When each row was measured, None if nobody knows. [N] [s]
    clock
        Name of the column that says so.
    groups
        Group of each row as a number, None if there is none; when rows are shuffled, the same for copies of a row.
        [N]
    group
        Name of the column, or `file`.
    asked
        Whether the asker named the group.
    """

    target: Floats
    classes: int
    seconds: Floats | None = None
    clock: str = ""
    groups: Rows | None = None
    group: str = ""
    asked: bool = False


def choose(setting: Setting, reach: int = 0) -> Validation:
    """The validation that fits the rows.

    Groups that the asker named come first; then groups that were noticed, where their rows do not mingle in
    time; then time; then the order of the rows, where it shows; only exchangeable rows are shuffled. Where every
    group has an outcome of its own, a stretch of each group is held back instead of whole groups.

    Parameters
    ----------
    setting
        What is known about the rows.
    reach
        Rows before a row that a model may look back on: the gap within a group must be as much longer, for two
        windows that share rows are nearly the same row. In time, rows ahead that the target looks: no row whose target
        was not known yet may teach.

    Raises
    ------
    OneGroupOnly
        If the named group has one value.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> choose(Setting(rng.normal(size=200), 0)).kind
    'stratified'
    >>> choose(Setting(np.cumsum(rng.normal(size=200)), 0)).kind
    'blocked_time'
    """
    if setting.groups is not None and _groups_decide(setting):
        return _within_groups(setting, reach) if _apart(setting) else _grouped(setting)
    if setting.seconds is not None:
        return _timed(setting, setting.clock, reach)
    if _ordered(setting):
        return _timed(setting, "", reach)
    return _shuffled(setting)


def timed(setting: Setting, reach: int) -> Validation:
    """Rows in order of time, whatever groups there are, with at least `reach` rows between what teaches and what is judged."""
    return _timed(setting, setting.clock if setting.seconds is not None else "", reach)


def _groups_decide(setting: Setting) -> bool:
    if setting.groups is None:
        return False
    count = len(np.unique(setting.groups))
    if setting.asked:
        if count < 2:
            raise OneGroupOnly(setting.group)
        return True
    enough = count >= FOLDS or (count > 1 and _apart(setting))
    return enough and (setting.seconds is None or not _mingle(setting.groups, setting.seconds))


def _apart(setting: Setting) -> bool:
    return (
        bool(setting.classes)
        and setting.groups is not None
        and outcomes_apart(setting.target, setting.groups)
    )


def _mingle(groups: Rows, seconds: Floats) -> bool:
    """Whether groups come back again and again as time goes on, so that tomorrow's rows are of known groups."""
    ordered = groups[np.argsort(seconds, kind="stable")]
    runs = 1 + int((np.diff(ordered) != 0).sum())
    return runs > 1.5 * len(np.unique(groups))


def _grouped(setting: Setting) -> Validation:
    count = len(np.unique(setting.groups)) if setting.groups is not None else 0
    folds = min(FOLDS, count)
    what = setting.group
    words = Text(
        f"Rows of one {what} stay together: each of {folds} parts of the {count} was predicted by a model that "
        "never saw its members.",
        f"같은 {what}의 행은 나누지 않았습니다. {count}개를 {folds}묶음으로 나누어, 그 묶음을 한 번도 보지 않은 모델로 "
        "예측했습니다.",
    )
    return Validation("grouped", 0, folds, what, words)


def _within_groups(setting: Setting, reach: int) -> Validation:
    what = setting.group
    gap = reach + (gap_of(setting.groups) if setting.groups is not None else 0)
    words = Text(
        f"Most outcomes are found in one {what} only, so no {what} could be held back whole: each was cut into {FOLDS} "
        f"stretches, and each stretch was predicted from the others, with {gap} rows left out on either side. Another "
        f"{what} may be predicted worse.",
        f"결과마다 {what}이(가) 하나뿐이라 통째로 떼어 둘 수 없습니다. 각각을 {FOLDS}구간으로 나누어 한 구간을 나머지로 "
        f"예측했고, 앞뒤 {gap}행은 뺐습니다. 다른 {what}에서는 더 나쁠 수 있습니다.",
    )
    return Validation("within_groups", gap, FOLDS, what, words)


def _timed(setting: Setting, clock: str, reach: int) -> Validation:
    order = time_order(setting)
    gap = max(gap_rows(setting.target[order], setting.classes), reach)
    folds = STRETCHES - 2
    by = f"“{clock}”" if clock else "the order of the rows"
    by_ko = f"“{clock}”" if clock else "행 순서"
    words = Text(
        f"Rows follow each other in time (by {by}): each of the last {folds} of {STRETCHES} stretches was predicted "
        f"only from what came before, with {gap} {'row' if gap == 1 else 'rows'} left out between.",
        f"행이 시간 순서({by_ko})로 이어집니다. {STRETCHES}구간 가운데 마지막 {folds}구간을 각각 그 이전 데이터만으로 "
        f"예측했고, 사이의 {gap}행은 뺐습니다.",
    )
    return Validation("blocked_time", gap, folds, clock or "row order", words)


def _shuffled(setting: Setting) -> Validation:
    counts = (
        np.bincount(setting.target.astype(np.int64)) if setting.classes else np.array([len(setting.target)])
    )
    folds = int(min(FOLDS, max(2, counts[counts > 0].min())))
    words = Text(
        f"Rows do not depend on each other: {folds} shuffled parts, each predicted by a model that never saw it.",
        f"행 사이에 순서나 묶음이 없습니다. 섞어서 {folds}부분으로 나누고, 각 부분을 보지 않은 모델로 예측했습니다.",
    )
    return Validation("stratified", 0, folds, "", words)


def _ordered(setting: Setting) -> bool:
    """Whether neighbouring rows are alike in the target.

    A target that was sorted (each class, or each value, in one run) shows how the file was made, not time.
    """
    target = setting.target
    if len(target) < 30:
        return False
    steps = np.diff(target)
    runs = 1 + int((steps != 0).sum())
    if (setting.classes and runs <= len(np.unique(target))) or (steps >= 0).all() or (steps <= 0).all():
        return False
    likeness = _autocorrelation(target, 1, setting.classes)
    return bool(likeness > max(0.3, 4.0 / np.sqrt(len(target))))


def _autocorrelation(target: Floats, lag: int, classes: int) -> float:
    """Likeness of rows `lag` apart: Pearson's, or chance-corrected agreement of classes."""
    one, other = target[:-lag], target[lag:]
    if classes:
        shares = np.bincount(target.astype(np.int64)) / len(target)
        chance = float((shares**2).sum())
        return (float((one == other).mean()) - chance) / (1 - chance)
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def gap_rows(target: Floats, classes: int) -> int:
    """Rows after which the target has mostly forgotten itself (likeness below 0.3), at most 2 % of all.

    >>> gap_rows(np.sin(np.arange(2000) / 10), 0)
    13
    """
    most = max(1, len(target) // 50)
    for lag in range(1, most):
        if _autocorrelation(target, lag, classes) < 0.3:
            return lag
    return most


def time_order(setting: Setting) -> Rows:
    """Rows in order of time, those without a time last."""
    if setting.seconds is None:
        return np.arange(len(setting.target))
    return np.argsort(np.where(np.isnan(setting.seconds), np.inf, setting.seconds), kind="stable")


def folds(validation: Validation, setting: Setting, seed: int) -> list[Fold]:
    """The turns of a validation, the same for the same seed."""
    if validation.kind == "blocked_time":
        made = _time_folds(time_order(setting), validation.gap)
    elif validation.kind == "within_groups" and setting.groups is not None:
        made = _stretch_folds(setting, setting.groups, validation)
    else:
        part = (
            _group_parts(setting.groups, validation.folds)
            if validation.kind == "grouped" and setting.groups is not None
            else _stratified_parts(setting, validation.folds, seed)
        )
        made = _part_folds(part, validation.folds)
    return [
        replace(
            fold, more=tuple(split for split in fold.more if _teaches(setting, split[0]) and len(split[1]))
        )
        for fold in made
        if _teaches(setting, fold.inner) and _teaches(setting, fold.fit) and len(fold.test) and len(fold.held)
    ]


def _teaches(setting: Setting, rows: Rows) -> bool:
    """Whether rows hold two different targets at least, without which nothing is learnt."""
    return len(rows) > 1 and len(np.unique(setting.target[rows])) > 1


def _time_folds(order: Rows, gap: int) -> list[Fold]:
    edges = np.linspace(0, len(order), STRETCHES + 1).astype(int)
    before = [order[: max(1, edge - gap)] for edge in edges]
    part = [order[start:end] for start, end in itertools.pairwise(edges)]
    return [
        Fold(
            inner=before[at - 1],
            held=part[at - 1],
            fit=before[at],
            test=part[at],
            more=tuple((before[early], part[early]) for early in range(at - 2, max(at - 4, 0), -1)),
        )
        for at in range(2, STRETCHES)
    ]


def _stretch_folds(setting: Setting, groups: Rows, validation: Validation) -> list[Fold]:
    """A stretch of every group is tested in turn, and the next one serves the inner choice."""
    order = by_group(groups, time_order(setting))
    part = parts_of(groups[order], validation.folds)
    test = [part == at for at in range(validation.folds)]
    fit = [~near(rows, validation.gap) for rows in test]
    made = []
    for at in range(validation.folds):
        later = [(at + step) % validation.folds for step in range(1, min(validation.folds, 4))]
        splits = [(order[fit[at] & fit[one]], order[test[one] & fit[at]]) for one in later]
        made.append(Fold(*splits[0], order[fit[at]], order[test[at]], tuple(splits[1:])))
    return made


def _part_folds(part: Rows, count: int) -> list[Fold]:
    """Each part is tested in turn; the next ones serve the inner choice (with two parts, thirds of the other)."""
    made = []
    for at in range(count):
        fit, test = np.flatnonzero(part != at), np.flatnonzero(part == at)
        later = [np.flatnonzero(part == (at + step) % count) for step in range(1, min(count, 4))]
        held = [fit[1::3], fit[::3], fit[2::3]] if count == 2 else later
        splits = [(np.setdiff1d(fit, rows), rows) for rows in held]
        made.append(Fold(*splits[0], fit, test, tuple(splits[1:])))
    return made


def _group_parts(groups: Rows, count: int) -> Rows:
    """Groups dealt to parts, largest first, each to the part with fewest rows."""
    names, sizes = np.unique(groups, return_counts=True)
    rows = np.zeros(count)
    part_of = {}
    for at in np.lexsort((names, -sizes)):
        part_of[names[at]] = int(np.argmin(rows))
        rows[part_of[names[at]]] += sizes[at]
    return np.array([part_of[group] for group in groups], dtype=np.int64)


def _stratified_parts(setting: Setting, count: int, seed: int) -> Rows:
    """Rows dealt to parts so that each has its share of every class; copies of a row (`groups`) stay together."""
    shuffled = np.random.default_rng(seed).permutation(len(setting.target))
    if setting.classes:
        shuffled = shuffled[np.argsort(setting.target[shuffled], kind="stable")]
    part = np.empty(len(shuffled), dtype=np.int64)
    part[shuffled] = np.arange(len(shuffled)) % count
    if setting.groups is None:
        return part
    _, first, place = np.unique(setting.groups, return_index=True, return_inverse=True)
    return part[first][place]


def noticed_group(frame: "pl.DataFrame", features: Sequence[str]) -> str:
    """A column whose name and values look like things with rows of their own; empty if there is none."""
    for name in features:
        column = frame.get_column(name)
        if not _GROUP_NAMES.fullmatch(name.strip()) or column.dtype.is_float() or column.dtype.is_temporal():
            continue
        count = column.n_unique()
        if FOLDS <= count <= len(frame) / 10 and column.null_count() == 0:
            return name
    return ""


def stretches(rows: int, count: int, gap: int) -> list[tuple[Rows, Rows]]:
    """Rows in order cut into `count` stretches: (the others but `gap` rows on either side, the stretch) for each.

    >>> [(len(others), len(stretch)) for others, stretch in stretches(100, 4, 5)]
    [(70, 25), (65, 25), (65, 25), (70, 25)]
    """
    edges = np.linspace(0, rows, count + 1).astype(int)
    at = np.arange(rows)
    return [
        (at[(at < start - gap) | (at >= end + gap)], at[start:end])
        for start, end in itertools.pairwise(edges)
    ]

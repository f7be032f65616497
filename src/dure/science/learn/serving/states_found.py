"""How the operating states of a table are found, and said in one sentence."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import SettingRefused
from dure.science.learn.serving.states import SETTLE, StateRule, numbers_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Flags = NDArray[np.bool_]

AUTO = "auto"
#: More states than this are no states but a measurement.
MOST_STATES = 24
#: A signal is near zero below this share of its 0.95 quantile.
NEAR_ZERO = 0.02
#: A signal tells whether the machine is off if it is near zero in this share of rows, in runs of so many rows.
OFF_SHARE, OFF_RUN = (0.03, 0.97), 10

_ACTIVITY = re.compile(
    r"power|speed|velocity|rpm|flow|usage|kwh|current|irradiation|전력|속도|유량|회전|전류", re.IGNORECASE
)
_SET = re.compile(r"set|request|target|limit|factor|설정|목표", re.IGNORECASE)
_PRODUCT = re.compile(r"product|recipe|mou?ld|program|variant|품목|품번|제품|레시피|금형", re.IGNORECASE)


def rule_for(
    frame: "pl.DataFrame", column: str | None, settle: int, segments: Sequence[int] = ()
) -> StateRule | None:
    """The rule for a table: by a column that names states, or found; None if nothing tells.

    Parameters
    ----------
    column
        Column that names the state, a formula `=…` that does, or `auto`.
    settle
        Rows for which windows reach back: so many after a change belong to no state alone.
    segments
        Rows of each source.

    Raises
    ------
    SettingRefused
        If there are more states than states can be, or a formula looks at other rows.
    FormulaWrong
        If a formula cannot be read.
    """
    if column is None:
        return None
    if column.startswith("="):
        _require_row_alone(column)
    rule = StateRule(column, settle=max(settle, 1)) if column != AUTO else found_in(frame, settle)
    if rule is None:
        return None
    seen = sorted({name for name in rule.states(frame, segments) if name})
    if len(rule.named(frame)) > MOST_STATES:
        must = Text(f"a column of at most {MOST_STATES} states", f"상태가 {MOST_STATES}가지 이하인 열이어")
        raise SettingRefused("--state", value=column, must=must)
    return StateRule(rule.column, rule.signals, rule.product, rule.settle, tuple(seen))


def names_a_column(state: str) -> bool:
    """Whether what was asked names a column, and neither a formula nor `auto`.

    >>> names_a_column("Load_Type"), names_a_column("=[rpm]>0"), names_a_column("auto")
    (True, False, False)
    """
    return state != AUTO and not state.startswith("=")


def _require_row_alone(formula: str) -> None:
    from dure.science.formula import parse

    read = parse(formula)
    if read.warm_up or not read.causal:
        must = Text("a formula that looks at its own row only", "그 행만 보는 수식이어")
        raise SettingRefused("--state", value=formula, must=must)


def why_states(asked: str | None, rule: StateRule | None) -> tuple[Text, ...]:
    """The rule in words; nothing where none was asked for."""
    if asked is None:
        return ()
    if rule is None:
        return (
            Text(
                "Nothing tells operating states apart, so one limit holds for all rows.",
                "운전 상태를 구분할 수 있는 열이 없어 모든 행에 같은 한도를 씁니다.",
            ),
        )
    if rule.column:
        return (
            Text(
                f"{rule.column} names the operating state; {rule.settle} rows after each change are “changeover”. "
                "Each state has a limit of its own.",
                f"{rule.column} 열이 운전 상태를 나타냅니다. 바뀐 뒤 {rule.settle}행은 “전환”으로 보고, 상태마다 따로 한도를 둡니다.",
            ),
        )
    return (_why_found(rule),)


def _why_found(rule: StateRule) -> Text:
    """How states were found, in words."""
    en, ko = [], []
    if rule.signals:
        shown = ", ".join(f"{name} ≤ {level:.4g}" for name, level in rule.signals[:4])
        en.append(f"off while {shown}; start-up for {rule.settle} rows after")
        ko.append(f"{shown}이면 정지, 그 뒤 {rule.settle}행은 기동")
    if rule.product:
        en.append(f"changeover for {rule.settle} rows after {rule.product} changes")
        ko.append(f"{rule.product} 값이 바뀐 뒤 {rule.settle}행은 전환")
    return Text(f"States were found: {'; '.join(en)}.", f"운전 상태를 찾았습니다: {', '.join(ko)}입니다.")


def found_in(frame: "pl.DataFrame", settle: int) -> StateRule | None:
    """The rule that the table itself shows, by the names of its columns and how they stand still; None if none."""
    signals = []
    for name, kind in frame.schema.items():
        if kind.is_numeric() and _ACTIVITY.search(name) and not _SET.search(name):
            level = off_level(numbers_of(frame, name))
            signals += [] if level is None else [(name, level)]
    rule = StateRule(signals=tuple(signals))
    if signals and not _in_runs(rule.still(frame)):
        signals = []
    product = next((name for name in frame.columns if _PRODUCT.search(name) and _few(frame, name)), "")
    if not signals and not product:
        return None
    return StateRule(signals=tuple(signals), product=product, settle=max(settle, SETTLE))


def off_level(values: NDArray[np.float64]) -> float | None:
    """Level at or below which a signal is near zero; None unless it is so in some rows, and not in nearly all.

    >>> off_level(np.array([0.0] * 20 + [10.0] * 80))
    0.2
    >>> off_level(np.arange(1.0, 100.0)) is None
    True
    """
    values = np.abs(values[np.isfinite(values)])
    if not len(values):
        return None
    level = NEAR_ZERO * float(np.quantile(values, 0.95)) or NEAR_ZERO * float(values.max())
    share = float((values <= level).mean())
    return level if level > 0 and OFF_SHARE[0] <= share <= OFF_SHARE[1] else None


def _in_runs(still: Flags) -> bool:
    """Whether most rows that stand still do so in long runs: a signal that touches zero in passing is not off."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return bool(len(lengths)) and lengths[lengths >= OFF_RUN].sum() >= 0.5 * lengths.sum()


def _few(frame: "pl.DataFrame", name: str) -> bool:
    return 2 <= frame.get_column(name).n_unique() <= MOST_STATES // 2

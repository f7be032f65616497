"""Operating states: what a machine is doing, so that a detector compares like with like.

A pump that stands still is no anomaly, and its limits say nothing of a pump that runs. The state of a row comes from a
column that names it, or is found by a rule that can be said in one sentence: the machine is *off* while every
signal of power, speed or flow is near zero; the first rows after that are *start-up*; the first rows after another
product or recipe are *changeover*; what is left is *running*, product by product. After any change of a named state
the windows still reach into the state before: those rows are *changeover* too. A state depends on its row and at
most `settle` rows before it, so that a batch and the live line agree.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.target import word, words
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

OFF, START_UP, CHANGEOVER, RUNNING = "off", "start-up", "changeover", "running"
#: What is said of states that the rule makes, in both languages; a state named by a column keeps its name.
LABELS: Mapping[str, Text] = {
    OFF: Text("off", "정지"),
    START_UP: Text("start-up", "기동"),
    CHANGEOVER: Text("changeover", "전환"),
    RUNNING: Text("running", "가동"),
}
AUTO = "auto"
#: More states than this are no states but a measurement.
MOST_STATES = 24
#: Rows after standing still, or after another product, that are told apart at least.
SETTLE = 10
#: A signal is near zero below this share of its 0.95 quantile.
NEAR_ZERO = 0.02
#: A signal tells whether the machine is off if it is near zero in this share of rows, in runs of so many rows.
OFF_SHARE, OFF_RUN = (0.03, 0.97), 10

_ACTIVITY = re.compile(
    r"power|speed|velocity|rpm|flow|usage|kwh|current|irradiation|전력|속도|유량|회전|전류", re.IGNORECASE
)
_SET = re.compile(r"set|request|target|limit|factor|설정|목표", re.IGNORECASE)
_PRODUCT = re.compile(r"product|recipe|mou?ld|program|variant|품목|품번|제품|레시피|금형", re.IGNORECASE)
_STANDS = {"off", "stop", "stopped", "idle", "standby", "down", "0", "정지", "대기", "휴지"}


@dataclass(frozen=True, slots=True)
class StateRule:
    """How the state of each row is known.

    Parameters
    ----------
    column
        Column that names it; empty when it is found from signals.
    signals
        Signals that stand still when the machine is off, each with the level at or below which it does.
    product
        Column that names what is made; empty when none does.
    settle
        Rows after a change that are start-up or changeover.
    names
        Every state of the rows learnt from.
    """

    column: str = ""
    signals: tuple[tuple[str, float], ...] = ()
    product: str = ""
    settle: int = SETTLE
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: Mapping[str, Any] | None) -> "StateRule | None":
        """As a card holds it; None where it has none."""
        if not facts:
            return None
        signals = tuple((str(name), float(level)) for name, level in facts["signals"])
        return cls(facts["column"], signals, facts["product"], int(facts["settle"]), tuple(facts["names"]))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it looks at."""
        named = (self.column, self.product, *(name for name, _ in self.signals))
        return tuple(dict.fromkeys(name for name in named if name))

    def states(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> list[str]:
        """State of each row, in words; "" where the column names none. No state reaches over a segment. [N].

        >>> import polars as pl
        >>> rule = StateRule(signals=(("power", 0.1),), settle=2)
        >>> rule.states(pl.DataFrame({"power": [0.0, 5.0, 5.0, 5.0, 0.0]}))
        ['off', 'start-up', 'start-up', 'running', 'off']
        """
        live, found = self.live(), []
        marks = self._marks(frame)
        at = 0
        for rows in segments or (len(frame),):
            live.forget()
            found += [live.next(*mark) for mark in marks[at : at + rows]]
            at += rows
        return found

    def live(self) -> "Live":
        """The same rule, one row at a time."""
        return Live(self)

    def _marks(self, frame: "pl.DataFrame") -> list[tuple[str, bool]]:
        """Of each row the word that names its state or product, and whether the machine stands still."""
        name = self.column or self.product
        named = [word or "" for word in words(frame.get_column(name))] if name else [""] * len(frame)
        if self.column:
            return [(word, word.lower() in _STANDS) for word in named]
        return list(zip(named, self.still(frame).tolist(), strict=True))

    def still(self, frame: "pl.DataFrame") -> Flags:
        """Rows in which every signal is near zero. [N]."""
        still = np.ones(len(frame), dtype=bool)
        for name, level in self.signals:
            still &= ~(np.abs(_numbers(frame, name)) > level)
        return still if self.signals else ~still

    def mark(self, row: Mapping[str, Any]) -> tuple[str, bool]:
        """Mark of one row, as `states` makes it for many."""
        name = self.column or self.product
        said = (word(row.get(name)) or "") if name else ""
        if self.column:
            return said, said.lower() in _STANDS
        still = bool(self.signals) and not any(
            abs(_number(row.get(one))) > level for one, level in self.signals
        )
        return said, still


class Live:
    """A state rule on a stream: remembers the last mark and how long it has stood."""

    def __init__(self, rule: StateRule) -> None:
        self._rule = rule
        self.forget()

    def forget(self) -> None:
        """Another source begins."""
        self._before: tuple[str, bool] | None = None
        self._after = ""
        self._left = 0

    def push(self, row: Mapping[str, Any]) -> str:
        """State of the next row, given as a mapping of the rule's `columns`."""
        return self.next(*self._rule.mark(row))

    def next(self, name: str, still: bool) -> str:
        """State of the next row by its mark."""
        before = (name, still) if self._before is None else self._before
        self._before = (name, still)
        if before != (name, still):
            self._after = START_UP if before[1] else CHANGEOVER
            self._left = self._rule.settle
        elif self._left:
            self._left -= 1
        if still and not self._rule.column:
            return OFF
        if self._left:
            return self._after
        return name if self._rule.column else " ".join([RUNNING, *([name] if name else [])])


def rule_for(
    frame: "pl.DataFrame", column: str | None, settle: int, segments: Sequence[int] = ()
) -> StateRule | None:
    """The rule for a table: by a column that names states, or found; None if nothing tells.

    Parameters
    ----------
    column
        Column that names the state, or `auto`.
    settle
        Rows for which windows reach back: so many after a change belong to no state alone.
    segments
        Rows of each source.
    """
    if column is None:
        return None
    rule = StateRule(column, settle=max(settle, 1)) if column != AUTO else found_in(frame, settle)
    if rule is None:
        return None
    seen = sorted({name for name in rule.states(frame, segments) if name})
    return StateRule(rule.column, rule.signals, rule.product, rule.settle, tuple(seen))


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
            level = off_level(_numbers(frame, name))
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


def _numbers(frame: "pl.DataFrame", name: str) -> NDArray[np.float64]:
    import polars as pl

    column = frame.get_column(name).cast(pl.Float64, strict=False)
    return column.fill_null(float("nan")).to_numpy()


def _number(value: Any) -> float:
    try:
        return float("nan") if value is None else float(value)
    except ValueError:
        return float("nan")

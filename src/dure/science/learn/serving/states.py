"""Operating states: what a machine is doing, so that a detector compares like with like.

A pump that stands still is no anomaly, and its limits say nothing of a pump that runs. The state of a row comes from a
column that names it, or is found by a rule that can be said in one sentence: the machine is *off* while every
signal of power, speed or flow is near zero; the first rows after that are *start-up*; the first rows after another
product or recipe are *changeover*; what is left is *running*, product by product. After any change of a named state
the windows still reach into the state before: those rows are *changeover* too. A state depends on its row and at
most `settle` rows before it, so that a batch and the live line agree.
"""

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
#: Rows after standing still, or after another product, that are told apart at least.
SETTLE = 10
_STANDS = {"off", "stop", "stopped", "idle", "standby", "down", "0", "정지", "대기", "휴지"}


def state_label(state: str) -> Text:
    """A state as a person reads it: what the rule made in the reader's language, what a column named as it stands.

    >>> state_label("running 8412").ko, state_label("Light_Load").ko
    ('가동 8412', 'Light_Load')
    """
    first, _, product = state.partition(" ")
    known = LABELS.get(first)
    if known is None:
        return Text(state, state)
    return Text(state, f"{known.ko} {product}".strip())


@dataclass(frozen=True, slots=True)
class StateRule:
    """How the state of each row is known.

    Parameters
    ----------
    column
        Column that names it, or a formula `=…` over one row that does; empty when it is found from signals.
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
        named = (*_columns_of(self.column), self.product, *(name for name, _ in self.signals))
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
        if self.column:
            named = [one or "" for one in words(_column(frame, self.column))]
            return [(one, one.lower() in _STANDS) for one in named]
        named = [""] * len(frame)
        if self.product:
            named = [one or "" for one in words(frame.get_column(self.product))]
        return list(zip(named, self.still(frame).tolist(), strict=True))

    def named(self, frame: "pl.DataFrame") -> set[str]:
        """Words that the column of states, or of products, holds."""
        return {name for name, _ in self._marks(frame)}

    def still(self, frame: "pl.DataFrame") -> Flags:
        """Rows in which every signal is near zero. [N]."""
        still = np.ones(len(frame), dtype=bool)
        for name, level in self.signals:
            still &= ~(np.abs(numbers_of(frame, name)) > level)
        return still if self.signals else ~still

    def mark(self, row: Mapping[str, Any]) -> tuple[str, bool]:
        """Mark of one row, as `states` makes it for many."""
        if self.column.startswith("="):
            import polars as pl

            return self._marks(pl.DataFrame({name: [row.get(name)] for name in self.columns}, strict=False))[
                0
            ]
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


def _columns_of(column: str) -> tuple[str, ...]:
    if not column.startswith("="):
        return (column,)
    from dure.science.formula import parse

    return parse(column).columns


def _column(frame: "pl.DataFrame", column: str) -> "pl.Series":
    """The column that names states, reckoned where it is a formula."""
    if not column.startswith("="):
        return frame.get_column(column)
    from dure.science.formula import evaluate

    return evaluate(column, frame)


def numbers_of(frame: "pl.DataFrame", name: str) -> NDArray[np.float64]:
    """A column as numbers, NaN where it holds none. [N]."""
    import polars as pl

    column = frame.get_column(name).cast(pl.Float64, strict=False)
    return column.fill_null(float("nan")).to_numpy()


def _number(value: Any) -> float:
    try:
        return float("nan") if value is None else float(value)
    except ValueError:
        return float("nan")

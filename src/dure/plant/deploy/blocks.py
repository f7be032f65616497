"""A block: the ticks of one asset that are decided together, with the history their windows look back on.

Everything here is a pure function of arrays. Blocks of many assets are stacked into one table for one call of the
model: a row's window never reaches further back than its own asset's history, which stands before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.plant.deploy.foretold import Beside
from dure.plant.deploy.hysteresis import Rule, Turn, Watch, look

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
#: The column in which a detector says what the machine was doing.
STATE = "operating_state"


class Verdict(IntEnum):
    """What was decided for a tick."""

    SCORED = 0
    WAITING = 1  # an input is stale, bad or absent, or too little history: no prediction, ever
    HISTORY = 2  # before the deployment's first tick: only looked back on
    OUTSIDE = 3  # an input lies far outside what was learnt, and a person asked for silence there


@dataclass(slots=True)
class Block:
    """Ticks of an asset: `times` [n, ns], `rows` [n, F] NaN where an input is missing, `history` [h, F] before them.

    `quantities` are what the model's recipe reckons that has a name of its own, such as a resistance; `states` what the
    machine is doing, where the model tells states apart.
    """

    asset: str
    times: Times
    rows: Floats
    history: Floats
    verdicts: NDArray[np.int8]
    outputs: dict[str, Floats] = field(default_factory=dict)
    quantities: dict[str, Floats] = field(default_factory=dict)
    labels: list[str | None] = field(default_factory=list)
    states: list[str | None] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    turns: list[Turn | None] = field(default_factory=list)

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Which of its ticks have a prediction. [n]."""
        return np.equal(self.verdicts, Verdict.SCORED)

    @property
    def frame(self) -> Floats:
        """History and ticks below each other. [h + n, F]."""
        return np.concatenate([self.history, self.rows])


def judge(rows: Floats, history: Floats, *, warm_up: int, max_missing: float) -> NDArray[np.int8]:
    """Verdict on each tick: scored only when its own inputs are there and its window is full enough.

    Parameters
    ----------
    rows
        New ticks, NaN where missing; an infinite value is as good as none. [n, F]
    history
        Ticks before them. [h, F]
    warm_up
        How many ticks before its own a row looks back on.
    max_missing
        Share of the values of the window that may be missing, 0 to 1.

    Examples
    --------
    >>> rows = np.array([[1.0], [2.0], [np.nan], [4.0], [5.0], [6.0]])
    >>> judge(rows, np.empty((0, 1)), warm_up=1, max_missing=0.1).tolist()
    [1, 0, 1, 1, 0, 0]
    """
    every = np.concatenate([history, rows])
    absent = (~np.isfinite(every)).sum(axis=1)
    before = np.concatenate([[0], np.cumsum(absent)])
    ends = np.arange(len(history), len(every)) + 1
    starts = ends - warm_up - 1
    missing = before[ends] - before[np.maximum(starts, 0)]
    room = (warm_up + 1) * max(1, every.shape[1])
    fit = (absent[len(history) :] == 0) & (starts >= 0) & (missing <= max_missing * room)
    return np.where(fit, Verdict.SCORED, Verdict.WAITING).astype(np.int8)


def stack(
    blocks: Sequence[Block],
    columns: Sequence[str],
    beside: Beside = Beside(),  # noqa: B008 - it is frozen
) -> "tuple[pl.DataFrame, list[int]]":
    """One table of all blocks for one call of the model, and the row at which each block's ticks begin."""
    import polars as pl

    values = np.concatenate([block.frame for block in blocks])
    lengths = np.cumsum([0, *(len(block.history) + len(block.rows) for block in blocks)])
    starts = [int(at) + len(block.history) for at, block in zip(lengths, blocks, strict=False)]
    frame = pl.DataFrame(values, schema=[(name, pl.Float64) for name in columns])
    frame = frame.with_columns(pl.all().fill_nan(None))
    if beside.alone:
        more = [pl.DataFrame(beside.columns(block, columns)) for block in blocks]
        frame = pl.concat([frame, pl.concat(more)], how="horizontal")
    return frame, starts


def take(block: Block, predicted: "pl.DataFrame", start: int, reckoned: "pl.DataFrame | None" = None) -> None:
    """Keep in `block` what the model said of its scored ticks, and reckoned on the way; the others stay NaN."""
    import polars as pl

    for column in () if reckoned is None else reckoned.slice(start, len(block.rows)).get_columns():
        block.quantities[column.name] = np.where(block.scored, column.to_numpy(), np.nan)
    own = predicted.slice(start, len(block.rows))
    for name, kind in own.schema.items():
        if kind in {pl.String, pl.Categorical}:
            said = own[name].cast(pl.String).to_list()
            kept = [word if fit else None for word, fit in zip(said, block.scored, strict=True)]
            if name == STATE:
                block.states = kept
            else:
                block.labels = kept
        else:
            values = own[name].cast(pl.Float64).to_numpy()
            block.outputs[name] = np.where(block.scored, values, np.nan)


def watch_over(block: Block, rule: Rule | None, watch: Watch, watched: str) -> Watch:
    """Walk the alarm's state over the block's ticks; the state after the last."""
    scores = block.outputs.get(watched)
    for at, time in enumerate(block.times):
        turn = None
        if rule is not None and scores is not None:
            watch, turn = look(rule, watch, int(time), float(scores[at]))
        block.watches.append(watch)
        block.turns.append(turn)
    return watch

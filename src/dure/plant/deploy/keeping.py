"""Blocks as the rows of the log of what was seen, and back; and as samples for the historian."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dure.plant.deploy.blocks import Block
from dure.plant.deploy.hysteresis import Turn, Watch

# Outputs that become signals, in this order; whatever else a model says stays in the log.
SIGNALS = ("score", "prediction", "lower", "upper", "static", "adapted")
INPUT, OUTPUT = "in:", "out:"


def to_batch(blocks: Sequence[Block], columns: Sequence[str]) -> Any:
    """Rows of the log (`pyarrow.RecordBatch`): time, asset, verdict, inputs, outputs, state of the alarm."""
    import pyarrow as pa

    lengths = [len(block.times) for block in blocks]
    outputs = sorted({name for block in blocks for name in block.outputs})
    watches = [watch for block in blocks for watch in _watches(block)]
    rows = np.concatenate([block.rows for block in blocks])
    table: dict[str, Any] = {
        "time": np.concatenate([block.times for block in blocks]),
        "asset": pa.array(np.repeat([block.asset for block in blocks], lengths).tolist(), pa.string()),
        "verdict": np.concatenate([block.verdicts for block in blocks]),
        "label": pa.array(
            [label for b in blocks for label in b.labels or [None] * len(b.times)], pa.string()
        ),
        "state": pa.array(
            [state for b in blocks for state in b.states or [None] * len(b.times)], pa.string()
        ),
        "open": pa.array([watch.open for watch in watches], pa.bool_()),
        "streak": pa.array([watch.streak for watch in watches], pa.int32()),
        "began": pa.array([watch.began for watch in watches], pa.int64()),
        "turn": pa.array([t for b in blocks for t in b.turns or [None] * len(b.times)], pa.string()),
    }
    table |= {f"{INPUT}{name}": rows[:, place] for place, name in enumerate(columns)}
    table |= {f"{OUTPUT}{name}": np.concatenate([_output(b, name) for b in blocks]) for name in outputs}
    return pa.RecordBatch.from_pydict(table)


def from_table(table: Any, columns: Sequence[str]) -> list[Block]:
    """Blocks back from rows of the log, one an asset, without history."""
    assets = np.asarray(table["asset"].to_pylist(), dtype=object)
    return [_one_block(table, columns, asset, assets == asset) for asset in dict.fromkeys(assets)]


def to_samples(blocks: Iterable[Block], signal: Any, received: int) -> Any:
    """Samples (`pyarrow.RecordBatch`) of the scored ticks; `signal(asset, what)` names them.

    A tick without a prediction gives no sample: nothing is made up for it.
    """
    from dure.plant.transport import batch
    from dure.vocabulary import Sample

    return batch(
        (
            Sample(
                signal(block.asset, what), time=int(time), value=float(value), text=text, received=received
            )
            for block in blocks
            for what, values, texts in _spoken(block)
            for time, value, text, fit in zip(block.times, values, texts, block.scored, strict=True)
            if fit and (text is not None or not np.isnan(value))
        ),
        received=received,
    )


def _spoken(block: Block) -> list[tuple[str, Any, Sequence[str | None]]]:
    nothing = [None] * len(block.times)
    spoken: list[tuple[str, Any, Sequence[str | None]]] = [
        (name, block.outputs[name], nothing) for name in SIGNALS if name in block.outputs
    ]
    spoken += [(name, values, nothing) for name, values in block.quantities.items()]
    if any(block.labels):
        spoken.append(("prediction", np.full(len(block.times), np.nan), block.labels))
    if any(block.states):
        spoken.append(("state", np.full(len(block.times), np.nan), block.states))
    if any(watch.open for watch in block.watches) or "score" in block.outputs:
        spoken.append(("alarm", np.array([float(w.open) for w in _watches(block)]), nothing))
    return spoken


def _watches(block: Block) -> list[Watch]:
    return block.watches or [Watch()] * len(block.times)


def _output(block: Block, name: str) -> Any:
    return block.outputs.get(name, np.full(len(block.times), np.nan))


def _one_block(table: Any, columns: Sequence[str], asset: str, own: Any) -> Block:
    def numbers(name: str) -> Any:
        return table[name].to_numpy(zero_copy_only=False)[own]

    watches = zip(numbers("open"), numbers("streak"), numbers("began"), strict=True)
    rows = np.column_stack([numbers(f"{INPUT}{name}") for name in columns])
    outputs = [name for name in table.schema.names if name.startswith(OUTPUT)]
    return Block(
        asset,
        times=numbers("time"),
        rows=rows,
        history=np.empty((0, len(columns))),
        verdicts=numbers("verdict").astype(np.int8),
        outputs={name.removeprefix(OUTPUT): numbers(name) for name in outputs},
        labels=numbers("label").tolist(),
        # logs of the release before know no states
        states=numbers("state").tolist() if "state" in table.schema.names else [],
        watches=[Watch(bool(o), int(s), int(b)) for o, s, b in watches],
        turns=[Turn(turn) if turn else None for turn in numbers("turn")],
    )


def history_of(block: Block, rows: int) -> Any:
    """The last `rows` rows of a block, to look back on."""
    return block.frame[len(block.frame) - min(rows, len(block.frame)) :]


def with_history(block: Block, known: Mapping[str, Block], rows: int) -> Block:
    """A block of the log with the `rows` that stood before it, as the explanation of an alarm needs them."""
    if block.asset in known:
        own = known[block.asset]
        before = own.rows[own.times < block.times[0]]
        block.history = before[len(before) - min(rows, len(before)) :]
    return block

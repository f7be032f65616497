"""A table to learn from, out of a stretch of signals: one row a tick and asset, one column an input."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.vocabulary import Dataset, TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian import Historian

Inputs = Mapping[str, Mapping[str, str]]
"""For each asset, which signal fills which column: `{"Cell01": {"Voltage": "line1/Cell01/Voltage"}}`."""

# A value that stands still longer than this is left out of the training table, when that is asked for.
STUCK_NS = 600_000_000_000


class NothingToLearn(TableProblem):
    """A stretch of signals in which nothing was recorded."""

    key = "stretch-empty"
    says = Text("Nothing was recorded for {where} in that time.", "그 기간에 {where}의 기록이 없습니다.")
    remedy = Text("Choose a longer time or other signals.", "더 긴 기간이나 다른 신호를 고르세요.")


class ColumnsDiffer(TableProblem):
    """Assets that do not give the same columns."""

    key = "stretch-columns-differ"
    says = Text("{where} gives other columns than {first}.", "{where}의 열이 {first}와(과) 다릅니다.")
    remedy = Text("Name the same inputs for every asset.", "모든 설비에 같은 입력을 지정하세요.")


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """A table written from signals: where it lies, what it is, and what was left out of it.

    `facts` is its lineage, JSON: signals, start, end, every [ns], rows an asset, left_out [{asset, start, end, why}].
    """

    path: Path
    dataset: Dataset
    facts: Mapping[str, Any]


def training_table(  # noqa: PLR0913 - a stretch of signals takes so many words
    historian: "Historian",
    assets: Inputs,
    start: int,
    end: int,
    every: int,
    *,
    out: Path,
    max_age: int | None = 60_000_000_000,
    without_findings: bool = False,
) -> TrainingTable:
    """Write the table of `assets` from `start` to before `end` at every `every` [ns, UTC] to `out` (Parquet).

    Ticks lie on whole multiples of `every`, as the scorer's do: what a model learns from and what it meets on the
    line are the same numbers. Columns: `time` (UTC), `asset`, then the inputs, null where no good sample is at
    most `max_age` old.

    Parameters
    ----------
    without_findings
        Leave out rows without any value, and those where an input has stood still for ten minutes while it moves
        elsewhere. Windows then step over the hole, so leave it off for tables that are compared with the line.

    Raises
    ------
    NothingToLearn, ColumnsDiffer
    """
    columns = _columns(assets)
    first = -(-start // every) * every
    frames = [
        _of_asset(
            historian, asset, {name: inputs[name] for name in columns}, range(first, end, every), max_age
        )
        for asset, inputs in assets.items()
    ]
    table = _joined(frames, assets)
    left_out: list[dict[str, Any]] = []
    if without_findings:
        table, left_out = _without_findings(table, columns, every)
    facts = {
        "signals": {asset: dict(inputs) for asset, inputs in assets.items()},
        "start": first,
        "end": end,
        "every": every,
        "rows": dict(table.group_by("asset", maintain_order=True).len().iter_rows()),
        "left_out": left_out,
    }
    return TrainingTable(out, _write(table, out, columns, facts), facts)


class UnitsMixed(TableProblem):
    """One column that would hold different units."""

    key = "stretch-units-mixed"
    says = Text(
        "{where} would hold {units}: its signals are in different units.",
        "{where} 열에 {units} 단위가 섞입니다. 신호들의 단위가 서로 다릅니다.",
    )
    remedy = Text(
        "Correct the units, or choose equipment of one unit.",
        "단위를 바로잡거나 단위가 같은 설비를 고르세요.",
    )


def units_of(assets: Inputs) -> dict[str, str]:
    """Unit of each column, as the inventory has it of the signals that fill it; unknown ones are left out.

    Raises
    ------
    UnitsMixed
        If the signals of a column are in different units.
    """
    from dure.plant.inventory.models import Signal

    wanted = [signal for inputs in assets.values() for signal in inputs.values()]
    known = dict(Signal.objects.filter(pk__in=wanted).exclude(unit="").values_list("pk", "unit"))
    found: dict[str, set[str]] = {}
    for inputs in assets.values():
        for column, signal in inputs.items():
            if signal in known:
                found.setdefault(column, set()).add(known[signal])
    for column, units in found.items():
        if len(units) > 1:
            raise UnitsMixed(column, units=", ".join(sorted(units)))
    return {column: units.pop() for column, units in found.items()}


def signals_of(assets: Inputs) -> list[str]:
    """What a training on these inputs learns from, as its lineage names it: `signal:<id>`, each once.

    >>> signals_of({"Cell01": {"Voltage": "line1/Cell01/Voltage"}})
    ['signal:line1/Cell01/Voltage']
    """
    return sorted({f"signal:{signal}" for inputs in assets.values() for signal in inputs.values()})


def _columns(assets: Inputs) -> list[str]:
    first, *others = assets
    columns = list(assets[first])
    for other in others:
        if set(assets[other]) != set(columns):
            raise ColumnsDiffer(other, first=first)
    return columns


def _of_asset(
    historian: "Historian", asset: str, inputs: Mapping[str, str], ticks: range, max_age: int | None
) -> "pl.DataFrame":
    import polars as pl

    wide = historian.query_every(sorted(set(inputs.values())), ticks.start, ticks.stop, ticks.step, max_age)
    frame = pl.DataFrame(pl.from_arrow(wide))
    return frame.select(
        pl.col("time").cast(pl.Datetime("ns")).dt.replace_time_zone("UTC"),
        pl.lit(asset).alias("asset"),
        *(pl.col(signal).alias(name) for name, signal in inputs.items()),
    )


def _joined(frames: Sequence["pl.DataFrame"], assets: Inputs) -> "pl.DataFrame":
    """The assets below each other, each from its first value to its last."""
    import polars as pl

    trimmed = []
    for frame in frames:
        spoken = (
            frame.select(pl.any_horizontal(pl.exclude("time", "asset").is_not_null())).to_series().arg_true()
        )
        if len(spoken):
            trimmed.append(frame.slice(spoken[0], spoken[-1] - spoken[0] + 1))
    if not trimmed:
        raise NothingToLearn(", ".join(assets))
    return pl.concat(trimmed)


def _without_findings(
    table: "pl.DataFrame", columns: Sequence[str], every: int
) -> "tuple[pl.DataFrame, list[dict[str, Any]]]":
    import polars as pl

    # What never moves on any asset is a set-point, not a stuck sensor.
    moving = [name for name in columns if table[name].n_unique() > 2]
    long = max(2, STUCK_NS // every)
    stuck = [
        (pl.len().over("asset", pl.col(name).rle_id()) >= long) & pl.col(name).is_not_null()
        for name in moving
    ]
    silent = pl.all_horizontal(pl.col(columns).is_null())
    why = pl.when(silent).then(pl.lit("silent")).when(pl.any_horizontal(False, *stuck)).then(pl.lit("stuck"))
    marked = table.with_columns(why.alias("why"))
    spans = (
        marked.with_columns(pl.struct("asset", "why").rle_id().alias("span"))
        .filter(pl.col("why").is_not_null())
        .group_by("span", maintain_order=True)
        .agg(
            pl.col("asset").first(),
            pl.col("time").first().dt.epoch("ns").alias("start"),
            pl.col("time").last().dt.epoch("ns").alias("end"),
            pl.col("why").first(),
        )
        .drop("span")
    )
    return marked.filter(pl.col("why").is_null()).drop("why"), spans.to_dicts()


def _write(table: "pl.DataFrame", out: Path, columns: Sequence[str], facts: Mapping[str, Any]) -> Dataset:
    """Write whole or not at all; the dataset it is."""
    from dure.science.prepare import write

    write(table, out)
    signals = sorted({signal for inputs in facts["signals"].values() for signal in inputs.values()})
    with out.open("rb") as file:
        os.fsync(file.fileno())
        print_ = hashlib.file_digest(file, "sha256").hexdigest()
    return Dataset(
        f"signals:{print_[:12]}",
        out.stem,
        rows=table.height,
        columns=("time", "asset", *columns),
        fingerprint=print_,
        made_from=tuple(f"signal:{signal}" for signal in signals),
    )

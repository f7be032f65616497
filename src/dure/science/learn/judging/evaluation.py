"""A model on a table it is shown: what it is worth there, beside what needs no model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.plan import digest
from dure.science.learn.judging import nulls, reckoned
from dure.science.learn.judging.evaluation_of_alarms import detected
from dure.science.learn.judging.metrics import classify_metrics, estimate_metrics
from dure.science.learn.model import Model
from dure.science.learn.reckoning.ahead import numbers_of
from dure.science.learn.refusals import (
    HorizonBeyond,
    OneClassOnly,
    TargetAbsent,
    TargetEmpty,
    TooFewRows,
    nearest,
)
from dure.science.learn.serving import asked
from dure.science.learn.target import measured, words
from dure.science.quality import clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Facts = dict[str, Any]


def evaluate(
    model: Model, tables: "Sequence[Table]", *, target: str | None = None, changepoint: str | None = None
) -> Facts:
    """Metrics of `model` on `tables`, one a source, beside the nulls.

    Parameters
    ----------
    tables
        One table a source, rows in order (`dure.science.prepare.read_each`).
    target
        Column that holds the truth; the model's own target when None. For a detector 0 and words like "ok" are
        normal; without one only alarms a shift are told.
    changepoint
        For a detector: column of 0/1 that marks the rows at which a change began.

    Returns
    -------
    `task`, `rows`, `columns`, `metric`, `null`, `nulls`, `words`.

    Raises
    ------
    ModelRefused
        If a table does not fit the model.
    TargetAbsent, TargetEmpty, OneClassOnly
        If there is no truth to measure against.
    """
    # What an asked task reckons is reckoned again, unless the asker brings a truth of another name.
    tables = [replace(table, frame=asked.with_truth(model.card, table.frame)) for table in tables]
    if model.task != "detect":
        target = asked.own_target(model.card, target)
    for table in tables:
        _require(table, target, model)
        _require(table, changepoint, model)
    found = (
        detected(model, tables, target, changepoint)
        if model.task == "detect"
        else _predictor(model, tables, str(target))
    )
    beside = found.pop("nulls")
    flags = [flag for table in tables for flag in model.flags(table.frame)]
    facts = {
        "task": model.task,
        "columns": len(model.inputs),
        **found,
        "null": nulls.best(beside),
        "nulls": beside,
    }
    return {**facts, "flags": _worst(flags)}


def _require(table: "Table", column: str | None, model: Model) -> None:
    model.gate(table.frame, table.sources[0], table.units)
    if column is not None and column not in table.frame.columns:
        raise TargetAbsent(table.sources[0], column=column, **nearest(column, table.frame.columns))


def _worst(flags: Sequence[Mapping[str, Any]]) -> list[Facts]:
    """For each column that leaves its range the table in which it does so most."""
    worst: dict[str, Facts] = {}
    for flag in flags:
        if flag["share"] > worst.get(flag["column"], {"share": 0.0})["share"]:
            worst[flag["column"]] = dict(flag)
    return sorted(worst.values(), key=lambda flag: -flag["share"])


def _predictor(model: Model, tables: "Sequence[Table]", target: str) -> Facts:
    import polars as pl

    outputs = [_output(model, table) for table in tables]
    column = pl.concat([table.frame.get_column(target).cast(_common(tables, target)) for table in tables])
    output = np.concatenate(outputs)
    if all(word is None for word in words(column)):
        require_reaches(model, tables)
        raise TargetEmpty(target)
    if model.task == "estimate":
        return _estimated(model, tables, column, output[:, 0])
    return _classified(model, column, output)


def require_reaches(model: Model, tables: "Sequence[Table]") -> None:
    """Raise `HorizonBeyond` for a forecast whose tables are all shorter than what it foretells."""
    ahead, rows = asked.ahead_of(model.card), max(len(table.frame) for table in tables)
    if ahead is not None and rows <= ahead.rows:
        raise HorizonBeyond(tables[0].sources[0], rows=rows, ahead=ahead.told, horizon=ahead.rows)


def _common(tables: "Sequence[Table]", target: str) -> Any:
    import polars as pl

    kinds = {table.frame.schema[target] for table in tables}
    numeric = all(kind.is_numeric() for kind in kinds)
    return next(iter(kinds)) if len(kinds) == 1 else pl.Float64 if numeric else pl.String


def _output(model: Model, table: "Table") -> Floats:
    return model.fit_for(table.frame).run(model.features(table.frame)).reshape(len(table.frame), -1)


def _estimated(model: Model, tables: "Sequence[Table]", column: "pl.Series", output: Floats) -> Facts:
    truth = measured(column)
    there = ~np.isnan(truth)
    if there.sum() < 2:
        raise TooFewRows(column.name, rows=int(there.sum()), needed=2)
    last = None
    validation = model.card["validation"]
    if validation["kind"] == "blocked_time":
        seconds = [clock(table.frame, str(model.card["clock"])) for table in tables]
        known = [
            np.arange(len(table.frame), dtype=float) if found is None else found.seconds
            for table, found in zip(tables, seconds, strict=True)
        ]
        parts = np.split(truth, np.cumsum([len(table.frame) for table in tables])[:-1])
        last = np.concatenate(
            [
                nulls.last_known(part, np.argsort(at, kind="stable"), validation["gap"])
                for part, at in zip(parts, known, strict=True)
            ]
        )[there]
    output, lower, upper = asked.bounded(model.card, output)
    inside = (truth >= lower) & (truth <= upper)
    means = np.full(int(there.sum()), model.card["target_mean"])
    found = model.card.get("reckoned") or {}
    beside = _beside(found, tables, there)
    more = reckoned.more(found, truth[there], output[there])
    if "scale" in found:
        said = reckoned.quantiles(float(found["level"]), lower[there], output[there], upper[there])
        more["weighted_quantile_loss"] = reckoned.quantile_loss(truth[there], said)
    return {
        "rows": int(there.sum()),
        "metric": {
            **estimate_metrics(truth[there], output[there]),
            **more,
            "interval_coverage": float(inside[there].mean()),
        },
        "nulls": nulls.beside(truth[there], beside, found)
        if beside
        else nulls.estimate_nulls(truth[there], means, last),
        "words": str(_scored(model, column.name)),
    }


def _scored(model: Model, target: str) -> Text:
    """Which rows are measured; and of lives that nobody told, that the end of the record is taken for the failure."""
    lives = asked.lives_of(model.card)
    if lives is None or lives.event or target != lives.target:
        return Text("Every row with a target is scored.", "목표 값이 있는 모든 행으로 평가했습니다.")
    return Text(
        "The last row of each thing is taken as its failure; if some still run, give their true remaining life with --target.",
        "각 대상의 마지막 행을 고장 시점으로 보았습니다. 아직 가동 중인 대상이 있으면 실제 남은 수명 열을 --target으로 지정하세요.",
    )


def _beside(found: Facts, tables: "Sequence[Table]", there: Flags) -> dict[str, Floats]:
    """What the asked task knows without a model of the rows that are measured, NaN where it knows nothing."""
    said = {}
    for name, column in (found.get("beside") or {}).items():
        if all(column in table.frame.columns for table in tables):
            said[name] = np.concatenate([numbers_of(table.frame, column) for table in tables])[there]
    return said


def _classified(model: Model, column: "pl.Series", output: Floats) -> Facts:
    classes = model.classes
    codes = classes.codes(column)
    there = ~np.isnan(codes)
    if not there.any():
        raise OneClassOnly(column.name, value=words(column)[0])
    truth, probability = codes[there].astype(np.int64), output[there]
    prior = np.tile(np.asarray(model.card["prior"]), (len(truth), 1))
    decided = model.decided(probability)
    unknown = int((~there).sum()) - column.null_count()
    said = Text(
        "Every row with a known class is scored."
        + (f" {unknown} rows have a class never seen." if unknown > 0 else ""),
        "클래스를 아는 모든 행으로 평가했습니다."
        + (f" {unknown}행은 학습 때 없던 클래스입니다." if unknown > 0 else ""),
    )
    return {
        "rows": len(truth),
        "metric": classify_metrics(truth, probability, decided, positive=classes.positive),
        "nulls": nulls.classify_nulls(truth, prior, classes.positive),
        "words": str(said),
    }


def learnt_from(folder: Path, sources: Sequence[str]) -> list[str]:
    """Files among `sources` whose bytes the model in `folder` learnt from: on them it looks better than it is."""
    known = {one["sha256"] for one in json.loads((folder / "fingerprint.json").read_bytes())["sources"]} - {
        ""
    }
    files = [path for source in sources for path in ([Path(source)] if Path(source).is_file() else [])]
    return [str(path) for path in files if digest(path) in known]

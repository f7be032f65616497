"""What a deployment was worth, beside the model as trained and beside no model, on the same rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import (
    Model,
    abnormal,
    better,
    classify_metrics,
    detect_metrics,
    estimate_metrics,
)
from dure.science.replay.delay import Arrivals
from dure.science.replay.event import Prediction
from dure.science.replay.refusals import NothingScored

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Facts = dict[str, Any]
Metrics = Mapping[str, float]

BLOCKS = 60


def worth(
    model: Model,
    labels: Sequence[Any],
    said: Sequence[Prediction],
    known: Arrivals,
    beside: Mapping[str, Floats],
) -> Facts:
    """Metrics of what was deployed, of the static model and of the nulls, on rows with a label that were not refused.

    `beside` is what an asked task says of each row without a model, NaN where it says nothing. [N] each.

    Raises
    ------
    NothingScored
        If there are none of these.
    """
    there = [label is not None and not one.refused for label, one in zip(labels, said, strict=True)]
    if sum(there) < 2:
        raise NothingScored(str(model.card.target or "the label"))
    measure = {"estimate": _estimate, "classify": _classify, "detect": _detect}[model.task]
    return measure(model, labels, said, known, beside)


def _estimate(
    model: Model,
    labels: Sequence[Any],
    said: Sequence[Prediction],
    known: Arrivals,
    beside: Mapping[str, Floats],
) -> Facts:
    truth = np.array([_float(value) for value in labels])
    there = ~np.isnan(truth) & np.array([not one.refused for one in said])
    rows = np.flatnonzero(there)
    deployed, static = (
        _columns(said, rows, "prediction", "lower", "upper"),
        _columns(said, rows, "static", "static_lower", "static_upper"),
    )
    y = truth[rows]
    last, mean = last_and_mean(truth[known.order], known.known, model.card["target_mean"])
    answers = {"persistence": last, "running_mean": mean, **beside}
    whole = {name: values[rows] for name, values in answers.items() if not np.isnan(values[rows]).any()}
    nulls = {name: estimate_metrics(y, values) for name, values in whole.items()}
    inside = [(y >= one[1]) & (y <= one[2]) for one in (deployed, static)]
    return {
        "scored": len(rows),
        "deployed": {**estimate_metrics(y, deployed[0]), "interval_coverage": float(inside[0].mean())},
        "static": {**estimate_metrics(y, static[0]), "interval_coverage": float(inside[1].mean())},
        "null": _best(nulls),
        "nulls": nulls,
        "nominal": float(model.card["interval"]["level"]),
        "series": by_block(
            rows,
            deployed=np.abs(deployed[0] - y),
            static=np.abs(static[0] - y),
            null=np.abs(last[rows] - y),
            coverage=inside[0].astype(float),
            target=y,
            prediction=deployed[0],
        ),
    }


def _classify(
    model: Model,
    labels: Sequence[Any],
    said: Sequence[Prediction],
    known: Arrivals,
    beside: Mapping[str, Floats],
) -> Facts:
    import polars as pl

    del beside

    classes = model.classes
    codes = classes.codes(pl.Series("label", list(labels), strict=False))
    there = ~np.isnan(codes) & np.array([not one.refused for one in said])
    rows = np.flatnonzero(there)
    truth = codes[rows].astype(np.int64)
    place = {name: at for at, name in enumerate(classes.names)}
    found = [
        (
            np.array([getattr(said[row], probability) for row in rows.tolist()]),
            np.array([place[str(getattr(said[row], name))] for row in rows.tolist()], dtype=np.int64),
        )
        for probability, name in (("probability", "prediction"), ("static_probability", "static"))
    ]
    deployed, static = (
        classify_metrics(truth, probability, decided, positive=classes.positive)
        for probability, decided in found
    )
    prior = running_shares(
        codes[known.order], known.known, np.asarray(model.card["prior"], dtype=np.float64)
    )[rows]
    null = classify_metrics(truth, prior, prior.argmax(axis=1), positive=classes.positive)
    brier = [((probability - np.eye(len(place))[truth]) ** 2).sum(axis=1) for probability, _ in found]
    return {
        "scored": len(rows),
        "deployed": deployed,
        "static": static,
        "null": null,
        "nulls": {"running_shares": null},
        "series": by_block(rows, deployed=brier[0], static=brier[1]),
    }


def _detect(
    model: Model,
    labels: Sequence[Any],
    said: Sequence[Prediction],
    known: Arrivals,
    beside: Mapping[str, Floats],
) -> Facts:
    import polars as pl

    del model, known, beside
    truth = abnormal(pl.Series("label", list(labels), strict=False))
    there = np.array([label is not None and not one.refused for label, one in zip(labels, said, strict=True)])
    rows = np.flatnonzero(there)
    alarm, static = (
        np.array([bool(getattr(said[row], name)) for row in rows.tolist()])
        for name in ("alarm", "static_alarm")
    )
    scores = [
        np.array([float(getattr(said[row], name)) for row in rows.tolist()])
        for name in ("prediction", "score")
    ]
    y = truth[rows]
    null = detect_metrics(y, np.ones(len(rows), dtype=bool))
    return {
        "scored": len(rows),
        "deployed": detect_metrics(y, alarm, scores[0]),
        "static": detect_metrics(y, static, scores[1]),
        "null": null,
        "nulls": {"all_ones": null},
        "series": by_block(rows, deployed=(alarm != y).astype(float), static=(static != y).astype(float)),
    }


def _columns(said: Sequence[Prediction], rows: Rows, *names: str) -> list[Floats]:
    return [np.array([getattr(said[row], name) for row in rows.tolist()], dtype=np.float64) for name in names]


def _float(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return np.nan
    return number if np.isfinite(number) else np.nan


def last_and_mean(truth: Floats, known: Rows, start: float) -> tuple[Floats, Floats]:
    """For each row the newest label that had arrived, and the mean of all that had; `start` before the first. [N].

    >>> [part.tolist() for part in last_and_mean(np.array([1.0, 3.0, np.nan, 5.0]), np.array([0, 0, 2, 3]), 9.0)]
    [[9.0, 9.0, 3.0, 3.0], [9.0, 9.0, 2.0, 2.0]]
    """
    there = ~np.isnan(truth)
    count = np.concatenate([[0], np.cumsum(there)])[known]
    total = np.concatenate([[0.0], np.cumsum(np.where(there, truth, 0.0))])[known]
    values = np.concatenate([[start], truth[there]])
    return values[count], np.where(count > 0, total / np.maximum(count, 1), start)


def running_shares(codes: Floats, known: Rows, prior: Floats) -> Floats:
    """For each row the shares of the classes among the labels that had arrived, the trained ones as 100 more. [N, C]."""
    hot = np.stack([codes == place for place in range(len(prior))], axis=1).astype(float)
    total = np.concatenate([np.zeros((1, len(prior))), np.cumsum(hot, axis=0)])[known] + 100.0 * prior
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _best(nulls: Mapping[str, Metrics]) -> dict[str, float]:
    """For each measure the best value that any null reaches."""
    found: dict[str, float] = {}
    for metrics in nulls.values():
        for name, value in metrics.items():
            if name not in found or better(name, value, found[name]):
                found[name] = value
    return found


def by_block(rows: Rows, **errors: Floats) -> list[Facts]:
    """Means over consecutive blocks of rows, for a picture: first and last row, and each error's mean.

    >>> by_block(np.arange(4), deployed=np.array([1.0, 3.0, 2.0, 2.0]))[0]
    {'first': 0, 'last': 0, 'deployed': 1.0}
    """
    parts = np.array_split(np.arange(len(rows)), min(BLOCKS, max(len(rows), 1)))
    return [
        {
            "first": int(rows[part[0]]),
            "last": int(rows[part[-1]]),
            **{name: round(float(values[part].mean()), 6) for name, values in errors.items()},
        }
        for part in parts
        if len(part)
    ]

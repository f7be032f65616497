"""A recorded table played through the loop in order of time, beside the model as it was trained."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import (
    Model,
    TargetAbsent,
    TargetEmpty,
    nearest,
    own_target,
    require_reaches,
    told_at,
    with_truth,
)
from dure.science.quality import clock
from dure.science.replay.delay import Arrivals, Delay, turns
from dure.science.replay.event import Event, Prediction
from dure.science.replay.loop import Loop
from dure.science.replay.policy import Policy
from dure.science.replay.seen import Seen
from dure.science.replay.worth import worth
from dure.vocabulary import Progress

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Table

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Facts = dict[str, Any]

#: Events that an answer tells in words at most.
MOST_EVENTS = 200


@dataclass(frozen=True)
class Line:
    """A recorded table as it came along the line: rows in order of time, what is seen of them, their labels.

    `told` is the place in that order at which the truth of each row is measured (its own, but for what lies ahead; -1:
    never), `beside` what the asked task says of each without a model.
    """

    frame: "pl.DataFrame"
    order: Rows
    seen: list[tuple[Seen, int]]
    target: str
    labels: list[Any]
    seconds: Floats | None
    clock: str
    told: Rows
    beside: dict[str, Floats]


@dataclass
class Played:
    """What came of it: a prediction for each row in order, and the events."""

    predictions: list[Prediction] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def replay(model: Model, tables: "Sequence[Table]", **asked: Any) -> Facts:
    """Play tables through the deployment of `model` in order of time, labels coming late.

    Parameters
    ----------
    tables
        One a source (`dure.science.prepare.read_each`); rows are put in order of their clock where it runs on over
        all of them, else they stand in the order given.
    target : str
        Column of the labels; the model's own target when left out. A row without a value never gets its label.
    delay : Delay
        How late labels come: after their row, or, of what lies ahead (a forecast, a life), after the row at which it is
        measured.
    policy : Policy
        How the model is kept right.
    time : str
        Column of the clock; found by itself when left out.
    progress : Progress
        Called often; whatever it raises stops the replay.

    Returns
    -------
    `task`, `target`, `rows`, `scored`, `refused`, `label_delay`, `deployed`, `static` and `null` (each metric by name),
    `nulls`, `nominal` (the level of the interval), `refits`, `events` (in words), `series` (by block, for a picture),
    `weights` (how much each expert counts in the end), `champion`.

    Raises
    ------
    TargetAbsent, TargetEmpty, HorizonBeyond, ModelRefused, NoClock
        If it cannot be played.
    """
    return outcome(model, tables, **asked)[2]


def outcome(  # noqa: PLR0913 - what a replay is asked
    model: Model,
    tables: "Sequence[Table]",
    *,
    target: str | None = None,
    delay: Delay = Delay(),  # noqa: B008 - a delay is frozen
    policy: Policy = Policy(),  # noqa: B008 - a policy is frozen
    time: str | None = None,
    progress: Progress | None = None,
) -> "tuple[Line, Played, Facts]":
    """The rows in order, what was said of each, and the facts that `replay` gives."""
    loop = Loop(model, policy)
    line = lined_up(loop, tables, own_target(model.card, target), time)
    known = Arrivals.of(delay.known(len(line.order), line.seconds, tables[0].sources[0]), line.told)
    with one_thread():
        played = play(loop, line, known, progress)
    told = [event for event in played.events if event.kind != "refit"][:MOST_EVENTS]
    return line, played, {
        "task": model.card.get("asked") or model.task,
        "target": line.target,
        "rows": len(line.order),
        "refused": loop.facts.refused,
        "label_delay": str(delay),
        **worth(model, line.labels, played.predictions, known, line.beside),
        "refits": sum(event.kind == "refit" for event in played.events),
        "labels": {"taken": loop.facts.labelled, "missing": sum(one is None for one in line.labels)},
        "events": [str(event.words) for event in told],
        "events_more": len(played.events) - len(told),
        "champion": loop.mind.names[loop.mind.champion],
        "weights": {name: round(weight, 4) for name, weight in loop.weights.items()},
    }  # fmt: skip


def lined(line: "Line") -> Facts:
    """By which clock the rows were put in order; empty for the order they came in."""
    return {"clock": line.clock}


def rows_out(line: "Line", played: "Played") -> "pl.DataFrame":
    """Every row in the order of the input with what was deployed and what the static model said of it."""
    import polars as pl

    place = np.argsort(line.order)
    said = [played.predictions[at] for at in place.tolist()]
    names = ("prediction", "lower", "upper", "static", "static_lower", "static_upper", "score", "alarm")
    columns = {name: [getattr(one, name) for one in said] for name in (*names, "static_alarm", "refused")}
    found = pl.DataFrame(
        {name: values for name, values in columns.items() if any(one not in (None, "") for one in values)}
    )
    kept = line.frame.drop([name for name in found.columns if name in line.frame.columns])
    return pl.concat([kept, found], how="horizontal")


def lined_up(loop: Loop, tables: "Sequence[Table]", target: str | None, time: str | None) -> Line:
    """Tables as one line of rows in order of time, each source looked at by itself."""
    import polars as pl

    model = loop.model
    tables = [replace(table, frame=_reckoned(model, table.frame)) for table in tables]
    for table in tables:
        model.gate(table.frame, table.sources[0])
        if target is None or target not in table.frame.columns:
            raise TargetAbsent(table.sources[0], column=target, **nearest(target or "", table.frame.columns))
    frame = pl.concat([table.frame for table in tables], how="diagonal_relaxed")
    values = frame.get_column(str(target))
    if values.null_count() == len(values):
        require_reaches(model, tables)
        raise TargetEmpty(str(target))
    told = [None if taught else value for value, taught in zip(values, _taught(model, tables), strict=True)]
    looked = [loop.eye.look(table.frame, source=table.sources[0]) for table in tables]
    places = [(seen, place) for seen in looked for place in range(len(seen.words))]
    seconds, name = _clock(frame, len(tables), time)
    order = np.arange(len(frame)) if seconds is None else np.argsort(seconds, kind="stable")
    beside = (model.card.get("reckoned") or {}).get("beside") or {}
    return Line(
        frame,
        order,
        [places[at] for at in order.tolist()],
        str(target),
        [told[at] for at in order.tolist()],
        None if seconds is None else seconds[order],
        name,
        _told(model, tables, order),
        {name: numbers(frame, column)[order] for name, column in beside.items() if column in frame.columns},
    )


def _reckoned(model: Model, frame: "pl.DataFrame") -> "pl.DataFrame":
    """The rows with the truth as the asked task reckons it; a truth that the table carries under that name stands."""
    found, own = with_truth(model.card, frame), str(model.card.target)
    return found.with_columns(frame.get_column(own)) if own in frame.columns else found


def _told(model: Model, tables: "Sequence[Table]", order: Rows) -> Rows:
    """For each row in order the place in that order at which its truth is measured; -1 where it never is. [N]."""
    starts = np.cumsum([0, *(len(table.frame) for table in tables)])
    parts = [told_at(model.card, table.frame) for table in tables]
    told = np.concatenate(
        [np.where(part < 0, -1, part + start) for part, start in zip(parts, starts, strict=False)]
    )[order]
    return np.where(told < 0, -1, np.argsort(order)[told])


def numbers(frame: "pl.DataFrame", name: str) -> Floats:
    """A column as numbers, NaN where missing. [N]."""
    import polars as pl

    found: Floats = frame.get_column(name).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return found


def _taught(model: Model, tables: "Sequence[Table]") -> list[bool]:
    """Rows that a detector learnt from as normal: on them it would look better than it is, so they get no label."""
    taught: list[bool] = []
    for table in tables:
        own = model.own_fit(table.frame, table.sources[0]) if model.task == "detect" else None
        first = own["rows"] if own and own["learnt"] else 0
        taught += [row < first for row in range(len(table.frame))]
    return taught


def _clock(frame: "pl.DataFrame", sources: int, time: str | None) -> tuple[Floats | None, str]:
    """Times of the rows, if they order all of them: dates do, a counted time only if it never starts again."""
    found = clock(frame, time)
    if found is None or np.isnan(found.seconds).any():
        return None, ""
    dated = any(kind.is_temporal() for name, kind in frame.schema.items() if name in found.name)
    if dated or time is not None or (sources == 1 and not (np.diff(found.seconds) < 0).any()):
        return found.seconds, found.name
    return None, ""


def play(loop: Loop, line: Line, known: Arrivals, progress: Progress | None = None) -> Played:
    """Each row in order: first the labels that have arrived, then a refit if one is due, then the prediction."""
    played = Played()
    for row, before, arrived in turns(known.known):
        if arrived > before:
            rows = known.order[before:arrived].tolist()
            played.events += loop.label([str(at) for at in rows], [line.labels[at] for at in rows])
            if loop.due():
                played.events += loop.refit(quiet)
        played.predictions.append(loop.say(*line.seen[row], str(row)))
        if progress and row % 256 == 0:
            progress(row / len(line.order), "replay")
    return played


def quiet(fraction: float, stage: str) -> None:
    """A progress that nobody watches."""
    del fraction, stage


@contextmanager
def one_thread() -> Iterator[None]:
    """Small matrices on one thread: more would only wait for each other."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

    with threadpool_limits(1):
        yield

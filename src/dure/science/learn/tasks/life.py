"""Life: how long a thing will last, out of the records of things that failed, and of some that did not yet.

Underneath it is the task `estimate` with whole things held back: the target is the life that was left at each row, up
to a cap that the signals show.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dure.science.learn.family import Lesson, families
from dure.science.learn.forms.graph import thinned
from dure.science.learn.forms.opening import opened
from dure.science.learn.reckoning import lives as reckon
from dure.science.learn.reckoning.ahead import numbers_of
from dure.science.learn.reckoning.lives import Flags, Lives
from dure.science.learn.reckoning.stretches import Floats, Rows, lengths, stretch_of
from dure.science.learn.refusals import ColumnUnknown, SettingRefused, nearest
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.request import TrainRequest
    from dure.science.prepare import Step, Table

#: Things that must have failed, rows that the cap is looked for on, parts of things held back for it.
FEWEST, MOST_ROWS, PARTS = 3, 12_000, 3
#: Part of a life over which signals are levelled; rows of such a window at most.
LEVELLED, LONGEST = 0.15, 60
MOST_COLUMNS = 60


class Life:
    """The life that is left, from rows of a thing so far."""

    name: ClassVar[str] = "life"
    label: ClassVar[Text] = Text("say how long it will last", "남은 수명 예측")
    alone: ClassVar[bool] = False

    def shape(self, request: "TrainRequest", table: "Table") -> tuple["TrainRequest", "Table"]:
        """The table thing by thing in time, with the life that was left at each row.

        Raises
        ------
        SettingRefused
            If no column tells things apart, or too few of them failed.
        ColumnUnknown
            If the event names no column.
        """
        group = _group(request, table)
        frame = _with_file(table) if group == "file" else table.frame
        _require_columns(request, frame)
        lives = Lives(group, request.time or _age(frame, group), request.event or "")
        order = lives.order(frame, table.rows_per_source)
        frame = frame if order is None else frame[order]
        stretch = stretch_of(frame, table.rows_per_source, group)
        age = lives.ages(frame, stretch)
        if request.target is not None:
            return _given(
                request, replace(table, frame=frame), replace(lives, unit=_unit(frame, lives)), stretch, age
            )
        failed = reckon.failed_things(frame, lives.event, stretch)
        if failed.sum() < FEWEST:
            must = Text(
                f"such that {FEWEST} things at least failed ({int(failed.sum())} did)",
                f"고장까지 기록된 대상이 {FEWEST}개 이상이(지금 {int(failed.sum())}개)",
            )
            raise SettingRefused(
                "--event" if lives.event else "--group", value=lives.event or group, must=must
            )
        last = reckon.last_of(age, stretch)
        whole = reckon.known_lives(age, stretch, failed, None)
        cap = _cap(frame, lives, request, stretch, whole)
        lives = replace(lives, unit=_unit(frame, lives), usual=reckon.usual_life(last, failed), cap=cap)
        left = reckon.known_lives(age, stretch, failed, cap)
        columns = {
            lives.target: left,
            lives.beside["mean_life"]: np.clip(
                _usual_of_others(last, failed, lives)[stretch] - age, 0.0, cap or np.inf
            ),
        }
        found = _found(lives, stretch)
        if not failed.all():
            columns[f"{lives.target}: weight"] = reckon.weights(age, left, stretch, failed)
            found["weight"] = f"{lives.target}: weight"
            found["censored"] = int((~failed).sum())
        return _asked(request, table, frame, lives, columns, found)

    def base(self, request: "TrainRequest", frame: "pl.DataFrame") -> str:
        """A number."""
        del request, frame
        return "estimate"

    def inputs(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
        """The age, where a column counts it."""
        lives = Lives.from_dict(request.found["lives"])
        counted = lives.time in frame.columns and frame.schema[lives.time].is_numeric()
        return (lives.time,) if counted and lives.time not in request.ignore else ()

    def steps(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple["Step", ...]:
        """What the signals were on average over the last part of a life, and how they moved: a single row is noise."""
        from dure.science.prepare import Recipe

        aside = {request.target, request.group, *self.inputs(request, frame)}
        names = [name for name, kind in frame.schema.items() if kind.is_numeric() and name not in aside]
        rows = sorted({at for at in (request.found["levelled"] // 2, request.found["levelled"]) if at > 1})
        steps = [
            {
                "step": "series.window_statistics",
                "columns": names[:MOST_COLUMNS],
                "rows": at,
                "statistics": ["mean", "slope"],
            }
            for at in rows
            if names
        ]
        return Recipe.from_dict({"version": 1, "steps": steps}).steps


def _group(request: "TrainRequest", table: "Table") -> str:
    """The column that tells things apart: named, noticed, or the file."""
    from dure.science.learn.judging.validation import noticed_group

    name = request.group or noticed_group(table.frame, table.frame.columns)
    if not name and len(table.sources) > 1:
        return "file"
    if not name:
        must = Text(
            "the column that names each thing that failed (or give one file for each)",
            "고장 난 대상 하나하나를 나타내는 열이어(또는 대상마다 파일 하나)",
        )
        raise SettingRefused("--group", value="", must=must)
    return name


def _with_file(table: "Table") -> "pl.DataFrame":
    """The rows with the number of their file."""
    import polars as pl

    number = np.repeat(np.arange(len(table.sources)), table.rows_per_source)
    return table.frame.with_columns(pl.Series("file", number))


def _require_columns(request: "TrainRequest", frame: "pl.DataFrame") -> None:
    if request.event is not None and "=" not in request.event:
        must = Text("COLUMN=VALUE, such as state=failed", "열=값 형식(예: state=failed)이어")
        raise SettingRefused("--event", value=request.event, must=must)
    named = [("--target", request.target), ("--time", request.time), ("--group", request.group)]
    if request.event:
        named.append(("--event", request.event.partition("=")[0].strip()))
    for option, name in named:
        if name is not None and name not in frame.columns:
            raise ColumnUnknown(option, column=name, **nearest(name, frame.columns))


def _age(frame: "pl.DataFrame", group: str) -> str:
    """A column that counts the age of each thing, or tells the time; empty where none does."""
    import polars as pl

    from dure.science.learn.choosing.columns import _AGE_NAMES

    for name, kind in frame.schema.items():
        if name == group:
            continue
        if kind.is_numeric() and _AGE_NAMES.search(name):
            steps = (
                frame.select(pl.col(name).diff().over(group).alias("step")).get_column("step").drop_nulls()
            )
            if len(steps) and bool((steps > 0).all()):
                return name
    return next((name for name, kind in frame.schema.items() if kind == pl.Datetime), "")


def _unit(frame: "pl.DataFrame", lives: Lives) -> str:
    from dure.science.quality import unit_in

    kind = frame.schema.get(lives.time)
    if kind is None:
        return "rows"
    return "h" if kind.is_temporal() else unit_in(lives.time) or lives.time


def _given(
    request: "TrainRequest", table: "Table", lives: Lives, stretch: Rows, age: Floats
) -> tuple["TrainRequest", "Table"]:
    """The life that the asker's own column tells, with the usual life less the age beside."""
    left = numbers_of(table.frame, str(request.target))
    whole = age + left
    last = np.array([np.nanmax(whole[stretch == one], initial=0.0) for one in range(int(stretch[-1]) + 1)])
    lives = replace(lives, usual=float(last.mean()))
    failed = np.ones(len(last), dtype=bool)
    without = np.clip(_usual_of_others(last, failed, lives)[stretch] - age, 0.0, None)
    found = _found(lives, stretch) | {"given": True}
    return _asked(request, table, table.frame, lives, {lives.beside["mean_life"]: without}, found)


def _found(lives: Lives, stretch: Rows) -> dict[str, Any]:
    return {
        "lives": lives.to_dict(),
        "beside": lives.beside,
        "null": "mean_life",
        "levelled": _level_rows(stretch),
    }


def _asked(  # noqa: PLR0913, PLR0917 - request and table with each thing that was reckoned
    request: "TrainRequest",
    table: "Table",
    frame: "pl.DataFrame",
    lives: Lives,
    columns: dict[str, Floats],
    found: dict[str, Any],
) -> tuple["TrainRequest", "Table"]:
    """The request in the words of the base task, and the table with what was reckoned."""
    import polars as pl

    made = [pl.Series(name, values).fill_nan(None) for name, values in columns.items()]
    numeric = lives.time in frame.columns and frame.schema[lives.time].is_numeric()
    if numeric:
        most = np.inf if lives.cap is None else lives.cap
        found["served"] = {
            "column": lives.time,
            "slope": -1.0,
            "offset": lives.usual,
            "low": 0.0,
            "high": float(min(most, 1e12)),
        }
    ignore = request.ignore
    if request.event:
        ignore = (*ignore, request.event.partition("=")[0].strip())
    # A count of cycles orders the rows of each thing, not things among each other: it is no clock of the table.
    asked = replace(
        request,
        target=request.target or lives.target,
        group=lives.group,
        time=None,
        ignore=tuple(dict.fromkeys(ignore)),
        units={**request.units, **({lives.target: lives.unit} if lives.unit == "h" else {})},
        found=found,
    )
    return asked, replace(table, frame=frame.with_columns(made))


def _usual_of_others(last: Floats, failed: Flags, lives: Lives) -> Floats:
    """Usual life of the other things, for each of them: what somebody knows who has not seen this one fail. [things]."""
    count = int(failed.sum())
    if count != len(last) or count < 2:
        return np.full(len(last), lives.usual)
    return np.asarray((float(last.sum()) - last) / (count - 1), dtype=np.float64)


def _cap(
    frame: "pl.DataFrame", lives: Lives, request: "TrainRequest", stretch: Rows, whole: Floats
) -> float | None:
    """Remaining life up to which signals tell of it, by a quick model of things held back that does not know the age."""
    aside = {
        lives.group,
        lives.time,
        *request.ignore,
        request.event.partition("=")[0].strip() if request.event else "",
    }
    names = [name for name, kind in frame.schema.items() if kind.is_numeric() and name not in aside]
    known = np.flatnonzero(np.isfinite(whole))
    rows = known[thinned(len(known), MOST_ROWS)]
    x = _levelled(frame, names, stretch)[rows]
    told = [at for at in range(x.shape[1]) if np.nanstd(x[:, at]) > 0] if names else []
    if not told:
        return None
    y, thing = whole[rows], stretch[rows]
    said = np.full(len(rows), np.nan)
    family = families("estimate")["boosting"]
    settings = {"learning_rate": 0.1, "num_leaves": 12, "min_data_in_leaf": 20, "iterations": 80}
    for part in range(PARTS):
        held = thing % PARTS == part
        if held.any() and (~held).any():
            lesson = Lesson(x[~held][:, told], y[~held])
            said[held] = opened(family.fit(lesson, settings, _no_tick)).run(x[held][:, told])
    there = np.isfinite(said)
    return reckon.cap_of(y[there], said[there]) if there.sum() > 50 else None


def _no_tick() -> None:
    """Nobody waits for so short a fit."""


def _level_rows(stretch: Rows) -> int:
    return int(np.clip(LEVELLED * np.median(lengths(stretch)), 2, LONGEST))


def _levelled(frame: "pl.DataFrame", names: list[str], stretch: Rows) -> Floats:
    """Means of the last rows of each thing. [N, F]."""
    import polars as pl

    rows = _level_rows(stretch)
    number = pl.Series("__stretch", stretch)
    levelled = frame.select(names).with_columns(number).select(
        pl.col(name).cast(pl.Float64).rolling_mean(rows, min_samples=1).over("__stretch") for name in names
    )  # fmt: skip
    found: Floats = levelled.fill_null(float("nan")).to_numpy()
    return found

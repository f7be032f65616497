"""The stage `prepare`: task, columns, recipe and validation are decided before the first model is fitted."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import plan as plans
from dure.science.learn.family import families, family_named
from dure.science.learn.features import columns_of, recipe_for, windowed, without_group
from dure.science.learn.given import Given, given, groups_of, runs, twins
from dure.science.learn.normal import detector_for, normal_rows, why_detector
from dure.science.learn.plan import Material, Plan
from dure.science.learn.reading import READ_FILE, TABLE_FILE, permitted, task_of
from dure.science.learn.refusals import TargetEmpty, TooFewRows
from dure.science.learn.request import TrainRequest
from dure.science.learn.target import Classes, classes_of, decide, numbers, words
from dure.science.learn.validation import Setting, choose
from dure.vocabulary import Progress, Text

Floats = NDArray[np.float64]

FEWEST_ROWS = 20


def stage_prepare(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Decide task, columns, recipe and validation, and keep them with the rows."""
    import polars as pl

    permitted(request)
    progress(0.06, "prepare")
    sources = tuple((name, rows) for name, rows in json.loads((folder / READ_FILE).read_bytes())["sources"])
    rows = given(request, pl.read_parquet(folder / TABLE_FILE), sources)
    task = task_of(request)
    if task != "detect" and request.target is not None:
        rows = _with_target(rows, request.target)
    why = Text(f"--task {task}", f"--task {task}")
    if not task:
        task, why = decide(rows.frame.get_column(str(request.target)), rows.segments)
        for name in request.families:
            family_named(task, name)
    plans.keep(_for_detector(rows, why) if task == "detect" else _for_target(rows, task, why), folder)
    progress(0.1, "prepare")


def _with_target(rows: Given, target: str) -> Given:
    """The rows that have a target."""
    import polars as pl

    there = np.array([word is not None for word in words(rows.frame.get_column(target))], dtype=bool)
    if not there.any():
        raise TargetEmpty(target)
    kept = [int(part.sum()) for part in np.split(there, np.cumsum(rows.segments)[:-1])]
    return replace(
        rows,
        frame=rows.frame.filter(pl.Series(there)),
        sources=tuple((name, count) for (name, _), count in zip(rows.sources, kept, strict=True)),
        seconds=None if rows.seconds is None else rows.seconds[there],
    )


def _for_target(rows: Given, task: str, why: Text) -> Material:
    """Plan for `estimate` and `classify`."""
    target = str(rows.request.target)
    if len(rows.frame) < FEWEST_ROWS:
        raise TooFewRows(rows.where, rows=len(rows.frame), needed=FEWEST_ROWS)
    y, classes = _target(rows, target, task)
    chosen = columns_of(rows, target)
    group, groups = groups_of(rows, chosen.features)
    count = len(classes.names) if classes else 0
    asked = rows.request.group is not None
    validation = choose(Setting(y, count, rows.seconds, rows.clock, groups, group, asked))
    if validation.kind == "stratified":
        groups = twins(rows.frame.select(*chosen.features, target))
    if validation.kind in {"grouped", "within_groups"}:
        chosen = without_group(chosen, group)
    recipe, chosen = recipe_for(rows, chosen)
    plan = Plan(
        task,
        why,
        target,
        chosen,
        recipe,
        rows.sources,
        rows.segments,
        clock=rows.clock,
        period=rows.period,
        group=group,
        classes=classes,
        validation=validation,
    )
    return Material(plan, rows.frame, y, rows.seconds, groups)


def _target(rows: Given, target: str, task: str) -> tuple[Floats, Classes | None]:
    """The target as numbers: values, or places of classes. [N]."""
    column = rows.frame.get_column(target)
    if task == "estimate":
        return numbers(column), None
    classes = classes_of(column)
    return classes.codes(column), classes


def _for_detector(rows: Given, why: Text) -> Material:
    """Plan for `detect`: `y` is 1 for the rows that are normal."""
    request = rows.request
    recipe, chosen = recipe_for(rows, columns_of(rows, None))
    signals = len(chosen.features)
    family = request.families[0] if request.families else detector_for(signals)
    window = int(families("detect")[family].candidates(len(rows.frame), signals)[0]["window"])
    normal, said = normal_rows(rows)
    groups = rows.group_codes
    plan = Plan(
        "detect",
        why,
        request.target,
        chosen,
        windowed(recipe, rows.frame.select(chosen.features), window),
        rows.sources,
        runs(rows.segments, groups),
        clock=rows.clock,
        period=rows.period,
        group=request.group or "",
        notes=(said, why_detector(family, signals, asked=bool(request.families))),
    )
    return Material(plan, rows.frame, normal.astype(np.float64), rows.seconds, groups)

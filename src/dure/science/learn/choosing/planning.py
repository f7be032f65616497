"""The stage `prepare`: task, columns, views and validation are decided before the first model is fitted."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.features import columns_of, recipe_for, views_for, windowed, without_group
from dure.science.learn.choosing.given import (
    Given,
    consecutive,
    given,
    groups_of,
    mingled,
    runs,
    runs_of,
    twins,
)
from dure.science.learn.choosing.normal import detector_for, normal_rows, why_detector
from dure.science.learn.choosing.plan import Material, Plan
from dure.science.learn.choosing.reading import READ_FILE, TABLE_FILE, permitted, task_of
from dure.science.learn.choosing.view import window_lengths
from dure.science.learn.family import families, family_named
from dure.science.learn.judging import selective
from dure.science.learn.judging.conflict import ceiling
from dure.science.learn.judging.validation import Setting, choose, timed
from dure.science.learn.refusals import SettingRefused, TargetEmpty, TooFewRows
from dure.science.learn.request import TrainRequest
from dure.science.learn.serving.states_found import rule_for, why_states
from dure.science.learn.target import Classes, classes_of, decide, numbers, words
from dure.science.learn.tasks import asked_of
from dure.vocabulary import Progress, Text

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST_ROWS = 20


def stage_prepare(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Decide task, columns, views and validation, and keep them with the rows."""
    import polars as pl

    permitted(request)
    progress(0.06, "prepare")
    sources = tuple((name, rows) for name, rows in json.loads((folder / READ_FILE).read_bytes())["sources"])
    rows = given(request, pl.read_parquet(folder / TABLE_FILE), sources)
    task = task_of(request)
    why = Text(f"--task {task}", f"--task {task}")
    if task == "detect":
        plans.keep(_for_detector(rows, why), folder)
        return progress(0.1, "prepare")
    labelled = _labelled(rows, str(request.target))
    if not task:
        column = rows.frame.get_column(str(request.target)).filter(pl.Series(labelled))
        task, why = decide(column, rows.of(labelled).segments)
        for name in request.families:
            family_named(task, name)
    plans.keep(_for_target(rows, labelled, task, why), folder)
    return progress(0.1, "prepare")


def _labelled(rows: Given, target: str) -> Flags:
    """Rows that have a target, and were looked at where the asker says which were."""
    there = np.array([word is not None for word in words(rows.frame.get_column(target))], dtype=bool)
    if not there.any():
        raise TargetEmpty(target)
    if rows.request.inspected:
        there &= selective.inspected(rows.frame, rows.request.inspected)
        if not there.any():
            raise TargetEmpty(target)
    return there


def _for_target(every: Given, labelled: Flags, task: str, why: Text) -> Material:
    """Plan for `estimate` and `classify`; rows without a label tell only how those with one were picked."""
    target = str(every.request.target)
    rows = every.of(labelled)
    if len(rows.frame) < FEWEST_ROWS:
        raise TooFewRows(rows.where, rows=len(rows.frame), needed=FEWEST_ROWS)
    y, classes = _target(rows, target, task)
    chosen = columns_of(rows, target)
    group, groups = groups_of(rows, chosen.features)
    count = len(classes.names) if classes else 0
    if rows.request.cost is not None and count != 2:
        must = Text("given for a target of two classes only", "클래스가 두 가지인 목표에만 써")
        raise SettingRefused("--cost", value=rows.request.cost, must=must)
    found = rows.request.found
    # What is foretold goes on after today: known things are judged by what came later, not by other things.
    apart, in_time = None if found.get("in_time") else groups, bool(found.get("in_time"))
    setting = Setting(y, count, rows.seconds, rows.clock, apart, group, rows.request.group is not None)
    segments, runs_by = runs_of(rows, group, groups)
    validation = timed(setting, int(found["gap"])) if in_time else choose(setting)
    row_after_row = not mingled(rows, group, runs_by) and consecutive(
        rows, segments, chosen.features, validation.kind
    )
    if row_after_row and validation.kind == "within_groups":
        validation = choose(setting, max(window_lengths(int(np.median(segments))), default=0))
    if validation.kind == "stratified":
        groups = twins(rows.frame.select(*chosen.features, target))
    if validation.kind in {"grouped", "within_groups"}:
        chosen = without_group(chosen, group)
    views, chosen = views_for(rows, chosen)
    picked = selective.picked(every, labelled, views[0])
    clash = ceiling(rows.frame.select(chosen.features), y, count)
    plan = Plan(
        task,
        why,
        target,
        chosen,
        views[0].recipe,
        rows.sources,
        segments,
        clock=rows.clock,
        period=rows.period,
        group=group,
        classes=classes,
        validation=validation,
        notes=tuple(one.words for one in (picked, clash) if one is not None),
        views=views,
        consecutive=row_after_row,
        runs_by=runs_by,
        facts={
            "selective": picked and picked.to_dict(),
            "ceiling": clash and clash.to_dict(),
            "reckoned": dict(found),
        },
    )
    return Material(plan, rows.frame, y, rows.seconds, groups, picked.weights if picked else None)


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
    asked = asked_of(request)
    window = int(families("detect")[family].candidates(len(rows.frame), signals)[0]["window"])
    window = 1 if asked is not None and asked.alone else window
    normal, said = normal_rows(rows)
    groups = rows.group_codes
    segments = runs(rows.segments, groups)
    rule = rule_for(rows.frame, request.state, window - 1, segments)
    plan = Plan(
        "detect",
        why,
        request.target,
        chosen,
        windowed(recipe, rows.frame.select(chosen.features), window),
        rows.sources,
        segments,
        clock=rows.clock,
        period=rows.period,
        group=request.group or "",
        notes=(
            said,
            why_detector(family, signals, asked=bool(request.families)),
            *why_states(request.state, rule),
        ),
        facts={"state": rule.to_dict() if rule else None},
    )
    return Material(plan, rows.frame, normal.astype(np.float64), rows.seconds, groups)

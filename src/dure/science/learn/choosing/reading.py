"""The stage `read`: the request makes sense, its sources are read, and every column it names is there."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.learn.choosing import plan as plans
from dure.science.learn.family import TASKS, family_named
from dure.science.learn.judging.metrics import costs
from dure.science.learn.refusals import (
    ColumnUnknown,
    NormalUnclear,
    SettingRefused,
    TargetAbsent,
    TargetMissing,
    TaskUnknown,
    nearest,
)
from dure.science.learn.request import TrainRequest
from dure.science.learn.serving.states_found import names_a_column
from dure.science.learn.tasks import asked_tasks
from dure.science.prepare import Table, read
from dure.vocabulary import Action, Permit, Progress, Text

if TYPE_CHECKING:
    import polars as pl

READ_FILE, TABLE_FILE, ASKED_FILE = "read.json", "table.parquet", "asked.json"


def permitted(request: TrainRequest) -> Permit:
    """The permit of a request, which must allow training; without one nothing is allowed."""
    permit = request.permit or Permit(request.sources)
    permit.require(Action.TRAIN)
    return permit


def require_sense(request: TrainRequest) -> None:
    """Refuse a request that cannot mean anything, before a file is opened."""
    known = ("auto", *TASKS, *asked_tasks())
    if request.task not in known:
        raise TaskUnknown(request.task, known=", ".join(known))
    _require_settings(request)
    if request.task in asked_tasks():
        return
    if request.target is None and task_of(request) != "detect":
        raise TargetMissing(request.task)
    _require_offices(request)
    if task := task_of(request):
        for name in request.families:
            family_named(task, name)
    if request.pack is not None:
        from dure.science import packs

        packs.load(request.pack)
    if request.equipment is not None:
        from dure.science import packs

        packs.load_template(request.equipment)


def _require_settings(request: TrainRequest) -> None:
    """Refuse a budget, a seed or normal rows out of range."""
    if not request.budget > 0:
        raise SettingRefused("--budget", value=request.budget, must=Text("above 0 seconds", "0초보다 커"))
    if request.normal is not None and (request.normal_rows is not None or "=" not in request.normal):
        raise NormalUnclear(request.normal)
    if request.normal_rows is not None and request.normal_rows < 1:
        raise SettingRefused("--normal-rows", value=request.normal_rows, must=Text("1 or more", "1 이상이어"))
    if request.cost is not None:
        _require_cost(request.cost)
    if request.seed < 0:
        raise SettingRefused("--seed", value=request.seed, must=Text("0 or more", "0 이상이어"))


def _require_cost(written: str) -> None:
    """Refuse costs that are no `MISS:FALSE`."""
    try:
        costs(written)
    except ValueError:
        must = Text("MISS:FALSE, such as 20:1", "20:1처럼 놓침:오경보 형식이어")
        raise SettingRefused("--cost", value=written, must=must) from None


def _require_offices(request: TrainRequest) -> None:
    """Refuse options that contradict each other: a column with two offices, normal rows without a detector."""
    other = Text("another column than the target", "목표가 아닌 다른 열이어")
    for option, name in (("--time", request.time), ("--group", request.group)):
        if name is not None and name == request.target:
            raise SettingRefused(option, value=name, must=other)
    if task_of(request) == "detect":
        return
    given = (("--normal-rows", request.normal_rows), ("--normal", request.normal))
    for option, value in given:
        if value is not None:
            must = Text("left out, or given with --task detect", "빼거나 --task detect와 함께 써")
            raise SettingRefused(option, value=value, must=must)


def task_of(request: TrainRequest) -> str:
    """The task that the options alone decide; empty if the target decides."""
    if request.task != "auto":
        return request.task
    return "detect" if request.normal_rows is not None or request.normal is not None else ""


def stage_read(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Read the sources as one table, and note where each row came from and what the files were."""
    permitted(request)
    require_sense(request)
    progress(0.0, "read")
    table = read(request.sources)
    request, table = shaped(request, table)
    require_columns(request, table.frame, ", ".join(request.sources))
    progress(0.03, "read")
    plans.write_table(table.frame, folder / TABLE_FILE)
    plans.write_json(replace(request, permit=None).to_dict(), folder / ASKED_FILE)
    facts = {
        "sources": [[name, rows] for name, rows in zip(table.sources, table.rows_per_source, strict=True)],
        "files": {name: plans.digest(Path(name)) for name in table.sources},
    }
    plans.write_json(facts, folder / READ_FILE)
    progress(0.05, "read")


def shaped(request: TrainRequest, table: Table) -> tuple[TrainRequest, Table]:
    """The request in the words of a base task, and the table with what the asked task reckons; both as they were if it is one."""
    task = asked_tasks().get(request.task)
    if task is None:
        return request, table
    request, table = task.shape(request, table)
    request = replace(request, task=task.base(request, table.frame) or "auto", asked=task.name)
    require_sense(request)
    return request, table


def resolved(request: TrainRequest, folder: Path) -> TrainRequest:
    """The request as the stage `read` shaped it; before that as it was asked."""
    if not (folder / ASKED_FILE).exists():
        return request
    return replace(TrainRequest.from_dict(plans.read_json(folder / ASKED_FILE)), permit=request.permit)


def require_columns(request: TrainRequest, frame: "pl.DataFrame", where: str) -> None:
    """Refuse a target or an option that names no column, with the nearest that there is."""
    if request.target is not None and request.target not in frame.columns:
        raise TargetAbsent(_short(where), column=request.target, **nearest(request.target, frame.columns))
    named = [("--time", request.time), ("--group", request.group)]
    named += [("--ignore", name) for name in request.ignore]
    if request.normal is not None:
        named.append(("--normal", request.normal.partition("=")[0].strip()))
    if request.inspected is not None:
        named.append(("--inspected", request.inspected.partition("=")[0].strip()))
    if request.state is not None and names_a_column(request.state):
        named.append(("--state", request.state))
    for option, name in named:
        if name is not None and name not in frame.columns:
            raise ColumnUnknown(option, column=name, **nearest(name, frame.columns))


def _short(where: str) -> str:
    return where if len(where) <= 120 else f"{where[:117]}…"

"""The stages `read` and `prepare`: from the request to a plan, with every refusal before any work is lost."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import columns as choosing
from dure.science.learn import plan as plans
from dure.science.learn.columns import Aside, Columns
from dure.science.learn.family import TASKS, families, family_named
from dure.science.learn.plan import Material, Plan
from dure.science.learn.refusals import (
    ColumnUnknown,
    NormalUnclear,
    NothingToLearnFrom,
    SettingRefused,
    TargetAbsent,
    TargetEmpty,
    TargetMissing,
    TaskNotYet,
    TaskUnknown,
    TooFewRows,
    nearest,
)
from dure.science.learn.request import TrainRequest
from dure.science.learn.target import Classes, classes_of, decide, numbers, words
from dure.science.learn.validation import FOLDS, choose, noticed_group
from dure.science.prepare import Recipe, propose, read, step_named
from dure.science.quality import clock
from dure.vocabulary import Action, Permit, Progress, Text

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

LATER = ("forecast", "life", "inspect", "listen", "read")
FEWEST_ROWS = 20
#: More signals than this and distances lose their contrast: principal components watch them instead.
MOST_SIGNALS_FOR_NEIGHBOURS = 20
READ_FILE, TABLE_FILE = "read.json", "table.parquet"


def permitted(request: TrainRequest) -> Permit:
    """The permit of a request, which must allow training; without one nothing is allowed."""
    permit = request.permit or Permit(request.sources)
    permit.require(Action.TRAIN)
    return permit


def require_sense(request: TrainRequest) -> None:
    """Refuse a request that cannot mean anything, before a file is opened."""
    if request.task in LATER:
        raise TaskNotYet(request.task)
    if request.task not in (*TASKS, "auto"):
        raise TaskUnknown(request.task)
    if not request.budget > 0:
        raise SettingRefused("--budget", value=request.budget, must="above 0 seconds", must_ko="0초보다 커")
    if request.normal is not None and (request.normal_rows is not None or "=" not in request.normal):
        raise NormalUnclear(request.normal)
    if request.normal_rows is not None and request.normal_rows < 1:
        raise SettingRefused("--normal-rows", value=request.normal_rows, must="1 or more", must_ko="1 이상이어")
    if request.task in ("estimate", "classify") and request.target is None:
        raise TargetMissing(request.task)
    if request.task == "auto" and request.target is None and request.normal_rows is None and request.normal is None:
        raise TargetMissing("auto")
    for name in request.families:
        family_named(_task_of(request) or "detect", name)
    if request.pack is not None:
        from dure.science import packs

        packs.load(request.pack)


def _task_of(request: TrainRequest) -> str:
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
    require_columns(request, table.frame, ", ".join(request.sources))
    progress(0.03, "read")
    plans.write_table(table.frame, folder / TABLE_FILE)
    facts = {
        "sources": [[name, rows] for name, rows in zip(table.sources, table.rows_per_source, strict=True)],
        "files": {name: _digest(Path(name)) for name in table.sources},
    }
    plans.write_json(facts, folder / READ_FILE)
    progress(0.05, "read")


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_columns(request: TrainRequest, frame: "pl.DataFrame", where: str) -> None:
    """Refuse a target or an option that names no column, with the nearest that there is."""
    if request.target is not None and request.target not in frame.columns:
        raise TargetAbsent(_short(where), column=request.target, **nearest(request.target, frame.columns))
    named = [("--time", request.time), ("--group", request.group)]
    named += [("--ignore", name) for name in request.ignore]
    if request.normal is not None:
        named.append(("--normal", request.normal.partition("=")[0].strip()))
    for option, name in named:
        if name is not None and name not in frame.columns:
            raise ColumnUnknown(option, column=name, **nearest(name, frame.columns))


def _short(where: str) -> str:
    return where if len(where) <= 120 else f"{where[:117]}…"


def stage_prepare(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Decide task, columns, recipe and validation."""
    import polars as pl

    permitted(request)
    progress(0.06, "prepare")
    facts = json.loads((folder / READ_FILE).read_bytes())
    frame = pl.read_parquet(folder / TABLE_FILE)
    sources = [(name, rows) for name, rows in facts["sources"]]
    task = _task_of(request)
    if task != "detect" and request.target is not None:
        frame, sources = _with_target(frame, request.target, sources)
    why = Text(f"--task {task}", f"--task {task}")
    if not task:
        task, why = decide(frame.get_column(str(request.target)))
    material = _detecting(request, frame, sources, why) if task == "detect" else _predicting(request, frame, sources, task, why)
    plans.keep(material, folder)
    progress(0.1, "prepare")


def _with_target(
    frame: "pl.DataFrame", target: str, sources: list[tuple[str, int]]
) -> tuple["pl.DataFrame", list[tuple[str, int]]]:
    """Rows that have a target, and how many each source keeps."""
    import polars as pl

    there = np.array([word is not None for word in words(frame.get_column(target))], dtype=bool)
    if not there.any():
        raise TargetEmpty(target)
    counts = [int(part.sum()) for part in np.split(there, np.cumsum([rows for _, rows in sources])[:-1])]
    return frame.filter(pl.Series(there)), [(name, rows) for (name, _), rows in zip(sources, counts, strict=True)]


def _predicting(
    request: TrainRequest, frame: "pl.DataFrame", sources: list[tuple[str, int]], task: str, why: Text
) -> Material:
    target = str(request.target)
    column = frame.get_column(target)
    if len(frame) < FEWEST_ROWS:
        raise TooFewRows(_short(", ".join(request.sources)), rows=len(frame), needed=FEWEST_ROWS)
    classes: Classes | None = None
    if task == "classify":
        classes = classes_of(column)
        y = classes.codes(column)
    else:
        y = numbers(column)
    segments = tuple(rows for _, rows in sources)
    seconds, name = _clock(request, frame, segments)
    chosen = _columns(request, frame, target, name, segments)
    group, groups = _groups(request, frame, chosen.features, sources)
    draft = Material(_empty_plan(task, why, target), frame, y, seconds, groups)
    setting = replace(
        draft.setting, classes=len(classes.names) if classes else 0, clock=name, group=group, asked=request.group is not None
    )
    validation = choose(setting)
    if validation.kind == "grouped" and group in chosen.features:
        alike = Aside(group, "group", Text("it names the group that is held back", "검증할 때 나누는 그룹 이름입니다"))
        chosen = Columns(
            tuple(one for one in chosen.features if one != group), (*chosen.left_out, alike), chosen.to_look_at
        )
    _require_features(request, chosen)
    recipe, chosen = _recipe(request, frame, chosen)
    return replace(
        draft,
        plan=Plan(
            task, why, target, chosen.features, chosen.left_out, chosen.to_look_at,
            recipe, tuple(sources), segments,
            clock=name, period=_period(seconds, segments), group=group, classes=classes, validation=validation,
        ),
    )  # fmt: skip


def _empty_plan(task: str, why: Text, target: str | None) -> Plan:
    return Plan(task, why, target, (), (), (), Recipe(), (), ())


def _detecting(request: TrainRequest, frame: "pl.DataFrame", sources: list[tuple[str, int]], why: Text) -> Material:
    segments = tuple(rows for _, rows in sources)
    seconds, name = _clock(request, frame, segments)
    chosen = _columns(request, frame, None, name, segments)
    _require_features(request, chosen)
    groups = _codes(frame.get_column(request.group)) if request.group else None
    recipe, chosen = _recipe(request, frame, chosen)
    family = request.families[0] if request.families else detector_for(len(chosen.features))
    setting = families("detect")[family].candidates(len(frame), len(chosen.features))[0]
    recipe = _windowed(recipe, frame.select(chosen.features), int(setting["window"]))
    normal, note = _normal_rows(request, frame, segments)
    draft = Plan(
        "detect", why, request.target, chosen.features, chosen.left_out, chosen.to_look_at, recipe, tuple(sources),
        _runs(segments, groups), clock=name, period=_period(seconds, segments), group=request.group or "",
        notes=(note, _why_family(family, len(chosen.features), asked=bool(request.families))),
    )  # fmt: skip
    return Material(draft, frame, normal.astype(np.float64), seconds, groups)


def detector_for(signals: int) -> str:
    """The detector for so many signals, by a stated rule: without labels nothing can choose between them."""
    return "principal_components" if signals > MOST_SIGNALS_FOR_NEIGHBOURS else "neighbours"


def _why_family(family: str, signals: int, *, asked: bool) -> Text:
    if asked:
        return Text("The family was asked for.", "요청한 모델 계열입니다.")
    most = MOST_SIGNALS_FOR_NEIGHBOURS
    few = Text(
        f"With {signals} signals (at most {most}) distances to normal windows are used.",
        f"신호가 {signals}개({most}개 이하)라서 정상 구간과의 거리를 봅니다.",
    )
    many = Text(
        f"With {signals} signals (more than {most}) distances lose their contrast, so principal components are used.",
        f"신호가 {signals}개({most}개 초과)라서 거리 대신 주성분을 봅니다.",
    )
    return few if family == "neighbours" else many


def _normal_rows(request: TrainRequest, frame: "pl.DataFrame", segments: tuple[int, ...]) -> tuple[NDArray[np.bool_], Text]:
    """Which rows are normal, and by what."""
    if request.normal_rows is not None:
        first = int(request.normal_rows)
        mask = np.concatenate([np.arange(rows) < first for rows in segments])
        return mask, Text(f"The first {first} rows of each file are normal.", f"각 파일의 처음 {first}행을 정상으로 봅니다.")
    if request.normal is not None:
        name, _, value = (part.strip() for part in request.normal.partition("="))
        return _where(frame, name, value)
    if request.target is not None:
        return _where(frame, request.target, _usual_word(frame.get_column(request.target)))
    note = Text("No normal rows were named, so every row is taken as normal.", "정상 행을 지정하지 않아 모든 행을 정상으로 봅니다.")
    return np.ones(len(frame), dtype=bool), note


def _where(frame: "pl.DataFrame", name: str, value: str) -> tuple[NDArray[np.bool_], Text]:
    import polars as pl

    wanted = words(pl.Series([_as_number(value)], strict=False))[0]
    mask = np.array([word in (value, wanted) for word in words(frame.get_column(name))])
    return mask, Text(f"Rows with {name} = {value} are normal.", f"{name} 값이 {value}인 행을 정상으로 봅니다.")


def _as_number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _usual_word(column: "pl.Series") -> str:
    """0 or false of a label, else its commonest word."""
    found = [word for word in words(column) if word is not None]
    for quiet in ("0", "false"):
        if quiet in found:
            return quiet
    return max(sorted(set(found)), key=found.count, default="")


def _clock(request: TrainRequest, frame: "pl.DataFrame", segments: tuple[int, ...]) -> tuple[Floats | None, str]:
    """When each row was measured, and the column that says so; nothing if its time starts again in between."""
    found = clock(frame, request.time)
    if found is None:
        if request.time is not None:
            raise SettingRefused("--time", value=request.time, must="a column of times", must_ko="시각이 담긴 열이어")
        return None, ""
    dated = any(kind.is_temporal() for name, kind in frame.schema.items() if name in found.name)
    steps = np.diff(found.seconds)
    starts = np.cumsum(segments)[:-1] - 1
    steps = steps[~np.isnan(steps)] if not len(starts) else np.delete(steps, starts)
    if not dated and request.time is None and ((steps < 0).any() or len(segments) > 1):
        return None, ""
    return found.seconds, found.name


def _period(seconds: Floats | None, segments: tuple[int, ...]) -> float:
    """Usual time between rows of one file. [s]"""
    if seconds is None:
        return 0.0
    steps = np.concatenate([np.diff(part) for part in np.split(seconds, np.cumsum(segments)[:-1])])
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def _columns(
    request: TrainRequest, frame: "pl.DataFrame", target: str | None, clock_name: str, segments: tuple[int, ...]
) -> Columns:
    return choosing.choose(frame, target=target, asides=list(_asides(request, frame, target, clock_name)), segments=segments)


def _asides(request: TrainRequest, frame: "pl.DataFrame", target: str | None, clock_name: str) -> Iterator[Aside]:
    for name in request.ignore:
        yield Aside(name, "ignored", Text("you left it out", "직접 제외했습니다"))
    known = set(request.ignore) | {target}
    if clock_name in frame.columns and clock_name not in known:
        known.add(clock_name)
        yield Aside(clock_name, "time", Text("it tells when, and orders the rows", "시각을 나타내며 행의 순서에만 쓰입니다"))
    if request.task == "detect" or target is None:
        for name, key in ((request.target, "label"), ((request.normal or "").partition("=")[0].strip() or None, "label")):
            if name is not None and name not in known:
                known.add(name)
                yield Aside(name, key, Text("it says which rows are normal", "정상 여부를 나타내는 열입니다"))
    if request.group is not None and request.group not in known:
        yield Aside(request.group, "group", Text("it names the group that is held back", "검증할 때 나누는 그룹 이름입니다"))


def _require_features(request: TrainRequest, chosen: Columns) -> None:
    if chosen.features:
        return
    reasons = chosen.left_out[:3]
    raise NothingToLearnFrom(
        _short(", ".join(request.sources)),
        why="; ".join(f"{one.column}: {one.why.en}" for one in reasons) or "it has the target only",
        why_ko="; ".join(f"{one.column}: {one.why.ko}" for one in reasons) or "목표 열뿐입니다",
    )


def _groups(
    request: TrainRequest, frame: "pl.DataFrame", features: tuple[str, ...], sources: list[tuple[str, int]]
) -> tuple[str, Rows | None]:
    """The groups that the asker named, that a column shows, or that several files make."""
    name = request.group or noticed_group(frame, features)
    if name:
        return name, _codes(frame.get_column(name))
    if len(sources) >= FOLDS:
        return "file", np.repeat(np.arange(len(sources)), [rows for _, rows in sources])
    return "", None


def _codes(column: "pl.Series") -> Rows:
    place: dict[Any, int] = {}
    return np.array([place.setdefault(word, len(place)) for word in words(column)], dtype=np.int64)


def _runs(segments: tuple[int, ...], groups: Rows | None) -> tuple[int, ...]:
    """Rows of each stretch of one file and one group."""
    if groups is None:
        return segments
    parts = np.split(groups, np.cumsum(segments)[:-1])
    edges = [np.flatnonzero(np.diff(part)) + 1 for part in parts]
    return tuple(
        int(rows)
        for part, cut in zip(parts, edges, strict=True)
        for rows in np.diff(np.concatenate([[0], cut, [len(part)]]))
    )


def _recipe(
    request: TrainRequest, frame: "pl.DataFrame", chosen: Columns
) -> tuple[Recipe, Columns]:
    """The proposed preparation, the pack's own features behind it, and the columns without those it leaves out."""
    proposed = propose(frame.select(chosen.features), missing="leave")
    made = _origins(proposed, frame.select(chosen.features))
    gone = [Aside(name, "recipe", _NO_USE) for name in chosen.features if name not in made]
    if gone:
        features = tuple(name for name in chosen.features if name in made)
        chosen = Columns(features, (*chosen.left_out, *gone), chosen.to_look_at)
        _require_features(request, chosen)
        proposed = propose(frame.select(features), missing="leave")
    if request.pack is None:
        return proposed, chosen
    from dure.science import packs

    features_of_pack = packs.load(request.pack).features_for(chosen.features)
    written = Recipe.from_dict({"version": 1, "steps": [dict(one) for one in features_of_pack]})
    return Recipe((*proposed.steps, *written.steps), proposed.aside), chosen


_NO_USE = Text("it holds nothing to learn from", "학습에 쓸 내용이 없습니다")


def _origins(recipe: Recipe, frame: "pl.DataFrame") -> dict[str, str]:
    """Columns that come out of a recipe, as keys by the input column they are made from."""
    fitted = recipe.fit(frame, Permit.own(["columns"]))
    return {origin: made for made, origin in fitted.origins.items()}


def _windowed(recipe: Recipe, frame: "pl.DataFrame", window: int) -> Recipe:
    """The recipe, then mean and spread of each column over the last rows, in place of the column."""
    if window < 2:
        return recipe
    names = list(recipe.fit(frame, Permit.own(["columns"])).origins)
    step = step_named("series.window_statistics")(
        columns=tuple(names), rows=window, statistics=("mean", "std"), keep=False
    )
    return Recipe((*recipe.steps, step), recipe.aside)
